// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AnchorRegistry} from "../src/AnchorRegistry.sol";
import {JointVerdict} from "../src/JointVerdict.sol";
import {OffchainAttestation} from "../src/OffchainAttestation.sol";
import {BlsKeys} from "./BlsKeys.sol";
import {Registered} from "./Registered.sol";

/// @title What a gateway's keys sign: attestations about shipments, transactions that anchor, and votes on escrows
abstract contract Contradicting is Registered {
    string internal constant VERSION = "1.4.0";
    address internal constant EAS = address(0xEA5);
    bytes32 internal constant SHIPMENT = keccak256(
        abi.encodePacked(
            "bytes32 shipment,bytes32 eventHash,bytes32 readingsRoot,uint32 readings,uint64 from,uint64 to,uint8 verdict,bytes32 agent",
            address(0),
            true
        )
    );

    AnchorRegistry internal anchors;

    function statement(bytes32 subject, uint8 verdict) internal pure returns (OffchainAttestation.Signed memory) {
        bytes memory data = abi.encode(subject, keccak256("event"), keccak256("readings"), 9, 1, 2, verdict, keccak256("agent"));
        return OffchainAttestation.Signed(SHIPMENT, address(0), 1_800_000_000, 0, true, 0, data, keccak256("salt"), "");
    }

    function digest(OffchainAttestation.Signed memory said) internal view returns (bytes32) {
        bytes32 separator = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("EAS Attestation"),
                keccak256(bytes(VERSION)),
                block.chainid,
                EAS
            )
        );
        bytes32 message = keccak256(
            abi.encode(
                keccak256(
                    "Attest(uint16 version,bytes32 schema,address recipient,uint64 time,uint64 expirationTime,bool revocable,bytes32 refUID,bytes data,bytes32 salt)"
                ),
                2,
                said.schema,
                said.recipient,
                said.time,
                said.expirationTime,
                said.revocable,
                said.refUID,
                keccak256(said.data),
                said.salt
            )
        );
        return keccak256(abi.encodePacked(hex"1901", separator, message));
    }

    function signed(uint256 key, OffchainAttestation.Signed memory said) internal view returns (OffchainAttestation.Signed memory) {
        said.signature = signedK1(key, digest(said));
        return said;
    }

    /// @dev A vote as the keys of `oracle/joint_verdict.py` sign it, spelled out here once more.
    function part(uint256 secret, address escrow, bytes32 id, uint8 verdict, uint64 measure) internal view returns (JointVerdict.Part memory) {
        bytes memory message = abi.encode(block.chainid, escrow, id, verdict, measure);
        bytes memory signature = BlsKeys.sign(secret, message, "BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_");
        return JointVerdict.Part(BlsKeys.publicKey(secret), verdict, measure, signature);
    }

    struct Call {
        uint256 key;
        uint256 chain;
        address to;
        uint64 index;
        bytes32 root;
        bytes accessList;
        bytes rest;
    }

    function call(uint64 index, bytes32 root) internal view returns (Call memory) {
        return Call(GATEWAY_KEY, block.chainid, address(anchors), index, root, hex"c0", "");
    }

    function number(uint256 value) internal pure returns (bytes memory encoded) {
        if (value == 0) return hex"80";
        uint256 length = 0;
        for (uint256 rest = value; rest != 0; rest >>= 8) {
            length++;
        }
        encoded = new bytes(length);
        for (uint256 i = 0; i < length; i++) {
            encoded[i] = bytes1(uint8(value >> (8 * (length - 1 - i))));
        }
        if (length == 1 && value < 0x80) return encoded;
        return abi.encodePacked(uint8(0x80 + length), encoded);
    }

    function list(bytes memory content) internal pure returns (bytes memory) {
        if (content.length < 56) return abi.encodePacked(uint8(0xc0 + content.length), content);
        if (content.length < 256) return abi.encodePacked(uint8(0xf8), uint8(content.length), content);
        return abi.encodePacked(uint8(0xf9), uint16(content.length), content);
    }

    function transaction(Call memory made) internal pure returns (bytes memory) {
        bytes memory data = abi.encodePacked(abi.encodeCall(AnchorRegistry.anchor, (made.index, made.root, 3)), made.rest);
        bytes memory fields = abi.encodePacked(number(made.chain), number(7), number(1 gwei), number(30 gwei), number(100_000));
        fields = abi.encodePacked(fields, uint8(0x94), made.to, number(0), uint8(0xb8), uint8(data.length), data, made.accessList);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(made.key, keccak256(abi.encodePacked(hex"02", list(fields))));
        return abi.encodePacked(hex"02", list(abi.encodePacked(fields, number(v - 27), number(uint256(r)), number(uint256(s)))));
    }
}
