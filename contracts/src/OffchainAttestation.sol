// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title EAS off-chain attestations, version 2
/// @notice Recomputes what the attester of an off-chain attestation signed (EIP-712), and says what the attestation is about.
library OffchainAttestation {
    /// @notice One attestation as it stands in its JSON file, without the domain.
    /// @param schema uid of the schema.
    /// @param recipient Whom it is about; ours speak about things, so it is zero.
    /// @param time When it was made, seconds.
    /// @param expirationTime When it ceases to hold, or zero.
    /// @param revocable Whether it may be revoked.
    /// @param refUID The attestation that it corrects, or zero.
    /// @param data The encoded statement.
    /// @param salt Makes equal statements distinct.
    /// @param signature r, s, v or r, s, x, y.
    struct Signed {
        bytes32 schema;
        address recipient;
        uint64 time;
        uint64 expirationTime;
        bool revocable;
        bytes32 refUID;
        bytes data;
        bytes32 salt;
        bytes signature;
    }

    /// @notice Statements under this schema are not judged here.
    /// @param schema The uid given.
    error SchemaNotJudged(bytes32 schema);

    bytes32 private constant DOMAIN_TYPE = keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    bytes32 private constant DOMAIN_NAME = keccak256("EAS Attestation");
    bytes32 private constant ATTEST_TYPE = keccak256(
        "Attest(uint16 version,bytes32 schema,address recipient,uint64 time,uint64 expirationTime,bool revocable,bytes32 refUID,bytes data,bytes32 salt)"
    );
    uint16 private constant VERSION = 2;

    /// @dev The three schemas of the gateway's own statements: no resolver, revocable.
    bytes32 private constant SHIPMENT = keccak256(
        abi.encodePacked(
            "bytes32 shipment,bytes32 eventHash,bytes32 readingsRoot,uint32 readings,uint64 from,uint64 to,uint8 verdict,bytes32 agent", address(0), true
        )
    );
    bytes32 private constant ITEM = keccak256(
        abi.encodePacked("bytes32 lot,bytes32 item,bytes32 imageHash,uint8 defect,uint32 confidencePpm,uint64 time,bytes32 agent", address(0), true)
    );
    bytes32 private constant LOT_VERDICT = keccak256(
        abi.encodePacked(
            "bytes32 lot,bytes32 inspectionRoot,uint32 lotSize,uint32 inspected,uint32 nonconforming,uint8 verdict,uint64 from,uint64 to,bytes32 agent",
            address(0),
            true
        )
    );

    /// @notice Returns the EIP-712 domain separator of an EAS deployment on this chain.
    /// @param version That deployment's EAS version.
    /// @param eas Its address.
    /// @return The separator.
    function separatorOf(string calldata version, address eas) internal view returns (bytes32) {
        return keccak256(abi.encode(DOMAIN_TYPE, DOMAIN_NAME, keccak256(bytes(version)), block.chainid, eas));
    }

    /// @notice Returns the digest that the attester signed.
    /// @param separator The domain separator.
    /// @param attestation The attestation.
    /// @return The EIP-712 digest.
    function digestOf(bytes32 separator, Signed calldata attestation) internal pure returns (bytes32) {
        bytes32 message = keccak256(
            abi.encode(
                ATTEST_TYPE,
                VERSION,
                attestation.schema,
                attestation.recipient,
                attestation.time,
                attestation.expirationTime,
                attestation.revocable,
                attestation.refUID,
                keccak256(attestation.data),
                attestation.salt
            )
        );
        return keccak256(abi.encodePacked(hex"1901", separator, message));
    }

    /// @notice Returns what an attestation is about: its schema, what it corrects, its subject and, for inspected items, the item, and the
    /// agent, by whose rules it judges. Two policies may judge one shipment differently; one policy may not.
    /// @param attestation The attestation.
    /// @return A hash that two attestations share exactly if only one of them may be signed.
    function topicOf(Signed calldata attestation) internal pure returns (bytes32) {
        bytes32 schema = attestation.schema;
        uint256 words = 1;
        uint256 agent;
        if (schema == SHIPMENT) agent = 7;
        else if (schema == LOT_VERDICT) agent = 8;
        else if (schema == ITEM) (words, agent) = (2, 6);
        else revert SchemaNotJudged(schema);
        // A statement too short to name subject and agent reverts here; no gateway signs one. What follows the agent names nothing.
        bytes calldata data = attestation.data;
        return keccak256(abi.encodePacked(schema, attestation.refUID, data[:32 * words], data[32 * agent:32 * (agent + 1)]));
    }
}
