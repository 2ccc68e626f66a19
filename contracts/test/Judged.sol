// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    AttestationRequest,
    AttestationRequestData,
    IEAS,
    RevocationRequest,
    RevocationRequestData
} from "@ethereum-attestation-service/eas-contracts/contracts/IEAS.sol";
import {ISchemaRegistry} from "@ethereum-attestation-service/eas-contracts/contracts/ISchemaRegistry.sol";
import {ISchemaResolver} from "@ethereum-attestation-service/eas-contracts/contracts/resolver/ISchemaResolver.sol";

import {QuorumResolver} from "../src/QuorumResolver.sol";
import {Registered} from "./Registered.sol";
import {TestToken} from "./TestToken.sol";

/// @title Gateways that give verdicts through the real EAS, deployed from npm's artifacts
abstract contract Judged is Registered {
    string private constant ARTIFACTS = "node_modules/@ethereum-attestation-service/eas-contracts/artifacts/contracts/";
    uint8 internal constant CONFORMS = 0;
    uint8 internal constant BREACH = 1;
    uint8 internal constant INSUFFICIENT = 2;
    bytes32 internal constant SUBJECT = keccak256("https://id.gs1.org/00/095060001343520001");
    bytes32 internal constant AGENT = keccak256("policy");

    IEAS internal eas;
    ISchemaRegistry internal schemas;
    TestToken internal token;
    address[] internal gateways;

    /// @dev Registers `count` gateways with the keys 1000, 1001, ...
    function setUpJudges(uint256 count) internal {
        setUpRegistry();
        token = new TestToken();
        schemas = ISchemaRegistry(deployed("SchemaRegistry.sol/SchemaRegistry.json", ""));
        eas = IEAS(deployed("EAS.sol/EAS.json", abi.encode(schemas)));
        for (uint256 i = 0; i < count; i++) {
            gateways.push(registered(1000 + i));
        }
    }

    function deployed(string memory artifact, bytes memory arguments) private returns (address created) {
        bytes memory code = abi.encodePacked(vm.getCode(string.concat(ARTIFACTS, artifact)), arguments);
        assembly {
            created := create(0, add(code, 32), mload(code))
        }
        assert(created != address(0));
    }

    function registerSchema(QuorumResolver resolver) internal {
        same(schemas.register(resolver.SCHEMA(), ISchemaResolver(address(resolver)), false), resolver.SCHEMA_UID());
    }

    function verdictData(bytes32 subject, uint8 verdict, uint64 measure, bytes32 agent) internal pure returns (bytes memory) {
        return abi.encode(subject, keccak256("statement"), verdict, measure, uint64(1), uint64(2), agent);
    }

    function request(bytes32 schema, address recipient, bytes memory data) internal pure returns (AttestationRequest memory) {
        return AttestationRequest(schema, AttestationRequestData(recipient, 0, false, 0, data, 0));
    }

    function attest(QuorumResolver resolver, address recipient, bytes32 subject, uint256 gateway_, uint8 verdict, uint64 measure)
        internal
        returns (bytes32)
    {
        bytes32 schema = resolver.SCHEMA_UID();
        vm.prank(gateways[gateway_]);
        return eas.attest(request(schema, recipient, verdictData(subject, verdict, measure, AGENT)));
    }

    function refusedAttest(bytes memory refusal, QuorumResolver resolver, address recipient, bytes32 subject, uint256 gateway_) internal {
        bytes32 schema = resolver.SCHEMA_UID();
        refusedFor(refusal, gateways[gateway_]);
        eas.attest(request(schema, recipient, verdictData(subject, CONFORMS, 0, AGENT)));
    }

    function revocation(bytes32 schema, bytes32 uid) internal pure returns (RevocationRequest memory) {
        return RevocationRequest(schema, RevocationRequestData(uid, 0));
    }

    function named(uint256 count) internal view returns (address[] memory some) {
        some = new address[](count);
        for (uint256 i = 0; i < count; i++) {
            some[i] = gateways[i];
        }
    }
}
