// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AnchorRegistry} from "../src/AnchorRegistry.sol";
import {DefectBond} from "../src/DefectBond.sol";
import {GatewayRegistry} from "../src/GatewayRegistry.sol";
import {ISchemaResolver} from "@ethereum-attestation-service/eas-contracts/contracts/resolver/ISchemaResolver.sol";
import {QuorumResolver} from "../src/QuorumResolver.sol";
import {ShipmentEscrow} from "../src/ShipmentEscrow.sol";
import {Judged} from "./Judged.sol";

/// @title What each call costs, as a whole transaction
/// @dev Each call is a transaction of its own here (`isolate`), so that nothing is warm that would be cold. The numbers are kept in
/// `gas-snapshot/` and compared with what is measured; the limits of the design are asserted besides.
/// forge-config: default.isolate = true
contract GasTest is Judged {
    address private constant BUYER = address(0xB0B);
    address private constant SELLER = address(0x5E11E2);
    uint128 private constant AMOUNT = 1_000_000;
    uint256 private constant ANCHOR_LIMIT = 50_000;
    uint256 private constant OVERHEAD_LIMIT = 40_000;

    ShipmentEscrow private escrow;
    DefectBond private bond;
    uint40 private deadline;

    function setUp() public {
        setUpJudges(7);
        escrow = new ShipmentEscrow(eas, registry);
        bond = new DefectBond(eas, registry);
        registerSchema(escrow);
        registerSchema(bond);
        deadline = uint40(block.timestamp) + 30 days;
    }

    function test_anchors() public {
        AnchorRegistry anchors = new AnchorRegistry(registry);
        vm.prank(gateways[0]);
        anchors.anchor(0, keccak256("root"), type(uint32).max);
        vm.snapshotGasLastCall("AnchorRegistry.anchor, the first");
        vm.prank(gateways[0]);
        anchors.anchor(1, keccak256("next root"), type(uint32).max);
        assert(vm.snapshotGasLastCall("AnchorRegistry.anchor, every later one") <= ANCHOR_LIMIT);
    }

    /// forge-config: default.evm_version = "osaka"
    function test_gateways() public {
        bytes memory proof = possession(GATEWAY_KEY, gateway, OPERATOR);
        vm.deal(OPERATOR, STAKE);
        vm.prank(OPERATOR);
        registry.register{value: STAKE}(gateway, keccak256("document"), "did:web:example.org", proof);
        vm.snapshotGasLastCall("GatewayRegistry.register");
        proof = possession(77, gateway, OPERATOR);
        vm.prank(OPERATOR);
        registry.addKey(gateway, vm.addr(77), proof);
        vm.snapshotGasLastCall("GatewayRegistry.addKey, secp256k1");
        address key = addressR1(78);
        proof = signedR1(78, registry.possessionDigest(gateway, key, OPERATOR));
        vm.prank(OPERATOR);
        registry.addKey(gateway, key, proof);
        vm.snapshotGasLastCall("GatewayRegistry.addKey, P-256");
        vm.prank(OPERATOR);
        registry.revokeKey(key);
        vm.snapshotGasLastCall("GatewayRegistry.revokeKey");
        vm.prank(OWNER);
        registry.suspend(gateway);
        vm.snapshotGasLastCall("GatewayRegistry.suspend");
        vm.prank(OPERATOR);
        registry.unbond(gateway);
        vm.snapshotGasLastCall("GatewayRegistry.unbond");
        vm.warp(block.timestamp + DELAY);
        vm.prank(OPERATOR);
        registry.release(gateway);
        vm.snapshotGasLastCall("GatewayRegistry.release");
        vm.prank(OPERATOR);
        registry.claim();
        vm.snapshotGasLastCall("GatewayRegistry.claim");
    }

    function created(uint256 size, bytes32 subject, uint8 quorum) private returns (bytes32 id) {
        token.mint(BUYER, AMOUNT);
        vm.prank(BUYER);
        token.approve(address(escrow), AMOUNT);
        address[] memory panel = named(size);
        ShipmentEscrow.Terms memory terms =
            ShipmentEscrow.Terms(token, SELLER, OWNER, subject, AGENT, AMOUNT, deadline, 0, quorum, 600, 3600);
        vm.prank(BUYER);
        id = escrow.create(terms, panel);
    }

    /// @dev Gas of the same attestation under the same schema without a resolver.
    function bare(address recipient) private returns (uint256) {
        bytes32 schema = schemas.register(escrow.SCHEMA(), ISchemaResolver(address(0)), false);
        vm.prank(gateways[0]);
        eas.attest(request(schema, recipient, verdictData(SUBJECT, BREACH, 1800, AGENT)));
        return vm.snapshotGasLastCall("EAS.attest of a verdict without a resolver");
    }

    function voted(QuorumResolver resolver, address recipient, uint256 gateway_, string memory name) private returns (uint256) {
        bytes32 schema = resolver.SCHEMA_UID();
        vm.prank(gateways[gateway_]);
        eas.attest(request(schema, recipient, verdictData(SUBJECT, BREACH, 1800, AGENT)));
        return vm.snapshotGasLastCall(name);
    }

    function test_escrow_with_named_gateways() public {
        bytes32 id = created(3, SUBJECT, 2);
        vm.snapshotGasLastCall("ShipmentEscrow.create, three named gateways");
        uint256 without = bare(BUYER);
        for (uint256 i = 0; i < 3; i++) {
            assert(voted(escrow, BUYER, i, "EAS.attest of a verdict for an escrow, named gateway") <= without + OVERHEAD_LIMIT);
        }
        escrow.settle(id);
        vm.snapshotGasLastCall("ShipmentEscrow.settle, closing at once");
        vm.prank(SELLER);
        escrow.withdraw(token);
        vm.snapshotGasLastCall("ShipmentEscrow.withdraw");
    }

    function test_escrow_with_any_gateway() public {
        created(0, SUBJECT, 4);
        vm.snapshotGasLastCall("ShipmentEscrow.create, any gateway");
        uint256 without = bare(BUYER);
        for (uint256 i = 0; i < 7; i++) {
            assert(voted(escrow, BUYER, i, "EAS.attest of a verdict for an escrow, any gateway") <= without + OVERHEAD_LIMIT);
        }
    }

    function test_bond() public {
        token.mint(SELLER, AMOUNT);
        vm.prank(SELLER);
        token.approve(address(bond), AMOUNT);
        address[] memory panel = named(3);
        vm.prank(SELLER);
        bytes32 id = bond.open(token, BUYER, AGENT, AMOUNT, 1000, 2, 7 days, panel);
        vm.snapshotGasLastCall("DefectBond.open, three named gateways");
        vm.prank(SELLER);
        bond.cover(id, SUBJECT, deadline);
        vm.snapshotGasLastCall("DefectBond.cover");
        uint256 without = bare(SELLER);
        for (uint256 i = 0; i < 3; i++) {
            assert(voted(bond, SELLER, i, "EAS.attest of a verdict for a bond, named gateway") <= without + OVERHEAD_LIMIT);
        }
        bond.settle(id, SUBJECT);
        vm.snapshotGasLastCall("DefectBond.settle");
    }
}
