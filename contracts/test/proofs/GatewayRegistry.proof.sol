// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {GatewayRegistry} from "../../src/GatewayRegistry.sol";
import {OffchainAttestation} from "../../src/OffchainAttestation.sol";
import {Proof} from "./Halmos.sol";

/// @dev One gateway and two keys of which nothing is known: their words in storage are whatever they may be, and so are the registry's own.
contract GatewayRegistryProof is Proof {
    address private constant GATEWAY = address(0x6A7E);
    address private constant KEY = address(0x5E7);
    address private constant SECOND_KEY = address(0x2E7);
    address private constant EAS = address(0xEA5);

    bytes32 private constant SHIPMENT = keccak256(
        abi.encodePacked(
            "bytes32 shipment,bytes32 eventHash,bytes32 readingsRoot,uint32 readings,uint64 from,uint64 to,uint8 verdict,bytes32 agent",
            address(0),
            true
        )
    );
    bytes32 private constant ITEM = keccak256(
        abi.encodePacked(
            "bytes32 lot,bytes32 item,bytes32 imageHash,uint8 defect,uint32 confidencePpm,uint64 time,bytes32 agent", address(0), true
        )
    );

    GatewayRegistry private registry;

    function setUp() public {
        registry = new GatewayRegistry(address(1), 0, 0, address(0));
        bytes32 record = keccak256(abi.encode(GATEWAY, uint256(0)));
        vm.store(address(registry), record, svm.createBytes32("gateway_first_word"));
        vm.store(address(registry), bytes32(uint256(record) + 1), svm.createBytes32("gateway_second_word"));
        vm.store(address(registry), keccak256(abi.encode(KEY, uint256(1))), svm.createBytes32("key_word"));
        vm.store(address(registry), keccak256(abi.encode(SECOND_KEY, uint256(1))), svm.createBytes32("second_key_word"));
        for (uint256 slot = 4; slot < 10; ++slot) {
            vm.store(address(registry), bytes32(slot), svm.createBytes32("the_registry_word"));
        }
        vm.warp(svm.createUint(40, "now"));
    }

    function standing() private view returns (uint256) {
        return uint8(uint256(vm.load(address(registry), keccak256(abi.encode(GATEWAY, uint256(0))))));
    }

    function stake() private view returns (uint256) {
        return uint128(uint256(vm.load(address(registry), bytes32(uint256(keccak256(abi.encode(GATEWAY, uint256(0)))) + 1))));
    }

    function unbondedAt() private view returns (uint256) {
        return uint40(uint256(vm.load(address(registry), bytes32(uint256(keccak256(abi.encode(GATEWAY, uint256(0)))) + 1))) >> 128);
    }

    function operator() private view returns (address) {
        return address(uint160(uint256(vm.load(address(registry), keccak256(abi.encode(GATEWAY, uint256(0))))) >> 88));
    }

    function anyCall(uint256 which, address one, address other) private pure returns (bytes memory) {
        if (which == 0) return abi.encodeCall(GatewayRegistry.register, (one, 0, "", svm.createBytes(65, "possession")));
        if (which == 1) return abi.encodeCall(GatewayRegistry.addKey, (one, other, svm.createBytes(65, "possession")));
        if (which == 2) return abi.encodeCall(GatewayRegistry.revokeKey, (one));
        if (which == 3) return abi.encodeCall(GatewayRegistry.setOperator, (one, other));
        if (which == 4) return abi.encodeCall(GatewayRegistry.addStake, (one));
        if (which == 5) return abi.encodeCall(GatewayRegistry.unbond, (one));
        if (which == 6) return abi.encodeCall(GatewayRegistry.release, (one));
        if (which == 7) return abi.encodeCall(GatewayRegistry.claim, ());
        if (which == 8) return abi.encodeCall(GatewayRegistry.admit, (one));
        if (which == 9) return abi.encodeCall(GatewayRegistry.dismiss, (one));
        if (which == 10) return abi.encodeCall(GatewayRegistry.suspend, (one));
        if (which == 11) return abi.encodeCall(GatewayRegistry.reinstate, (one));
        if (which == 12) return abi.encodeCall(GatewayRegistry.announceSuccessor, (one));
        if (which == 13) return abi.encodeCall(GatewayRegistry.offerOwnership, (one));
        if (which == 14) return abi.encodeCall(GatewayRegistry.acceptOwnership, ());
        return abi.encodeCall(GatewayRegistry.setDocument, (one, bytes32(uint256(1)), ""));
    }

    /// @dev Whatever anybody calls, but the functions that take a proof: nobody becomes slashed or ceases to be, and a stake shrinks only when
    /// its own operator releases it, unbonding and after its delay. Left out are also the calls that rest on EIP-2537, whose precompiles
    /// halmos does not have (`registerBlsKey`; of those that take a proof, `slashVotes`): `Votes.t.sol` tests and fuzzes them.
    function check_without_a_proof_nobody_is_slashed(uint8 which, address caller, address one, address other, uint128 value) public {
        vm.assume(which < 16);
        (uint256 was, uint256 had, uint256 until, address whose) = (standing(), stake(), unbondedAt(), operator());
        vm.deal(caller, value);
        vm.prank(caller);
        (bool done,) = address(registry).call{value: value}(anyCall(which, one, other));
        assert((standing() == 5) == (was == 5));
        if (stake() < had) {
            assert(done && which == 6 && one == GATEWAY && caller == whose && was == 3 && block.timestamp >= until);
            assert(stake() == 0 && registry.claimable(caller) == had);
        }
    }

    function digestOf(OffchainAttestation.Signed memory said) private view returns (bytes32) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("EAS Attestation"),
                keccak256("1.4.0"),
                block.chainid,
                EAS
            )
        );
        bytes32 message = keccak256(
            abi.encode(
                keccak256(
                    "Attest(uint16 version,bytes32 schema,address recipient,uint64 time,uint64 expirationTime,bool revocable,bytes32 refUID,bytes data,bytes32 salt)"
                ),
                uint256(2),
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
        return keccak256(abi.encodePacked(hex"1901", domain, message));
    }

    function signerOf(OffchainAttestation.Signed memory said) private view returns (address) {
        bytes memory signature = said.signature;
        bytes32 r;
        bytes32 s;
        uint8 v;
        assembly {
            r := mload(add(signature, 32))
            s := mload(add(signature, 64))
            v := byte(0, mload(add(signature, 96)))
        }
        return ecrecover(digestOf(said), v, r, s);
    }

    function anyAttestation(string memory name, bytes32 schema) private pure returns (OffchainAttestation.Signed memory) {
        return OffchainAttestation.Signed(
            schema,
            svm.createAddress(name),
            uint64(svm.createUint(64, name)),
            uint64(svm.createUint(64, name)),
            svm.createUint(1, name) == 1,
            svm.createBytes32(name),
            svm.createBytes(288, name),
            svm.createBytes32(name),
            svm.createBytes(65, name)
        );
    }

    function word(bytes memory data, uint256 place) private pure returns (bytes32 found) {
        assembly {
            found := mload(add(data, add(32, mul(32, place))))
        }
    }

    /// @dev Whoever hands in whichever two attestations: the gateway loses its stake only if its own keys signed both, about one subject and
    /// by one agent's rules, with different data; then all of it goes to reporter and treasury, a tenth and the rest.
    function check_only_two_contradicting_signatures_of_its_keys_slash(address caller, address reporter) public {
        OffchainAttestation.Signed memory one = anyAttestation("one", svm.createBytes32("any_schema"));
        OffchainAttestation.Signed memory other = anyAttestation("other", svm.createBytes32("another_schema"));
        (uint256 was, uint256 had) = (standing(), stake());
        address treasury = registry.treasury();
        vm.assume(reporter != treasury);
        vm.prank(caller);
        (bool done,) = address(registry).call(abi.encodeCall(GatewayRegistry.slashStatements, ("1.4.0", EAS, one, other, reporter)));
        if (standing() == was && stake() == had) return;
        assert(done && was != 5 && standing() == 5 && stake() == 0);
        assert(registry.keyOf(signerOf(one)).gateway == GATEWAY && registry.keyOf(signerOf(other)).gateway == GATEWAY);
        assert(one.schema == other.schema && one.refUID == other.refUID);
        assert(word(one.data, 0) == word(other.data, 0) && keccak256(one.data) != keccak256(other.data));
        bool items = one.schema == ITEM;
        assert(!items || word(one.data, 1) == word(other.data, 1));
        uint256 agent = items ? 6 : one.schema == SHIPMENT ? 7 : 8;
        assert(word(one.data, agent) == word(other.data, agent));
        assert(registry.claimable(reporter) + registry.claimable(treasury) == had);
    }
}
