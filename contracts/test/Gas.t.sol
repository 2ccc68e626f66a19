// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AnchorRegistry} from "../src/AnchorRegistry.sol";
import {BlsShipmentEscrow} from "../src/BlsShipmentEscrow.sol";
import {DefectBond} from "../src/DefectBond.sol";
import {GatewayRegistry} from "../src/GatewayRegistry.sol";
import {ISchemaResolver} from "@ethereum-attestation-service/eas-contracts/contracts/resolver/ISchemaResolver.sol";
import {QuorumResolver} from "../src/QuorumResolver.sol";
import {ShipmentEscrow} from "../src/ShipmentEscrow.sol";
import {BlsKeys} from "./BlsKeys.sol";
import {Contradicting} from "./Contradicting.sol";
import {Judged} from "./Judged.sol";

/// @title What each call costs, as a whole transaction
/// @dev Each call is a transaction of its own here (`isolate`), so that nothing is warm that would be cold. The numbers are kept in
/// `gas-snapshot/` and compared with what is measured; the limits of the design are asserted besides.
/// forge-config: default.isolate = true
contract GasTest is Judged, Contradicting {
    address private constant BUYER = address(0xB0B);
    address private constant SELLER = address(0x5E11E2);
    uint128 private constant AMOUNT = 1_000_000;
    uint256 private constant ANCHOR_LIMIT = 50_000;
    uint256 private constant OVERHEAD_LIMIT = 40_000;

    ShipmentEscrow private escrow;
    DefectBond private bond;
    uint40 private deadline;
    uint40 private escrowWindow;

    function setUp() public {
        setUpJudges(7);
        escrow = new ShipmentEscrow(eas, registry);
        bond = new DefectBond(eas, registry);
        registerSchema(escrow);
        registerSchema(bond);
        deadline = uint40(block.timestamp) + 30 days;
    }

    function test_anchors() public {
        anchors = new AnchorRegistry(registry);
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
        vm.prank(OPERATOR);
        registry.setDocument(gateway, keccak256("another document"), "did:web:example.org:next");
        vm.snapshotGasLastCall("GatewayRegistry.setDocument");
        vm.deal(STRANGER, 1);
        vm.prank(STRANGER);
        registry.addStake{value: 1}(gateway);
        vm.snapshotGasLastCall("GatewayRegistry.addStake");
        vm.prank(OWNER);
        registry.suspend(gateway);
        vm.snapshotGasLastCall("GatewayRegistry.suspend");
        vm.prank(OWNER);
        registry.reinstate(gateway);
        vm.snapshotGasLastCall("GatewayRegistry.reinstate");
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

    function test_slashing() public {
        anchors = new AnchorRegistry(registry);
        registered(GATEWAY_KEY);
        registry.slashStatements(VERSION, EAS, signed(GATEWAY_KEY, statement(SUBJECT, 0)), signed(GATEWAY_KEY, statement(SUBJECT, 1)), REPORTER);
        vm.snapshotGasLastCall("GatewayRegistry.slashStatements");
        address other = registered(79);
        (Call memory first, Call memory second) = (call(4, keccak256("root")), call(4, keccak256("another root")));
        (first.key, second.key) = (79, 79);
        (bytes memory one, bytes memory two) = (transaction(first), transaction(second));
        registry.slashAnchors(one, two, REPORTER);
        vm.snapshotGasLastCall("GatewayRegistry.slashAnchors");
        assert(!registry.isActive(other));
    }

    function test_bls_keys() public {
        registeredBls(gateways[0], 2000);
        vm.snapshotGasLastCall("GatewayRegistry.registerBlsKey, the first");
        registeredBls(gateways[0], 2001);
        vm.snapshotGasLastCall("GatewayRegistry.registerBlsKey, in the place of another");
        address key = BlsKeys.addressOf(BlsKeys.publicKey(2001));
        vm.prank(OPERATOR);
        registry.revokeKey(key);
        vm.snapshotGasLastCall("GatewayRegistry.revokeKey, BLS12-381");
        registry.slashVotes(STRANGER, SUBJECT, part(2001, STRANGER, SUBJECT, 0, 0), part(2001, STRANGER, SUBJECT, 1, 1800), REPORTER);
        vm.snapshotGasLastCall("GatewayRegistry.slashVotes");
    }

    function test_the_owners_calls() public {
        vm.prank(OWNER);
        registry.admit(STRANGER);
        vm.snapshotGasLastCall("GatewayRegistry.admit");
        vm.prank(OPERATOR);
        registry.setOperator(gateways[0], STRANGER);
        vm.snapshotGasLastCall("GatewayRegistry.setOperator");
        vm.prank(OWNER);
        registry.dismiss(STRANGER);
        vm.snapshotGasLastCall("GatewayRegistry.dismiss");
        vm.prank(OWNER);
        registry.announceSuccessor(address(this));
        vm.snapshotGasLastCall("GatewayRegistry.announceSuccessor");
        vm.prank(OWNER);
        registry.offerOwnership(STRANGER);
        vm.snapshotGasLastCall("GatewayRegistry.offerOwnership");
        vm.prank(STRANGER);
        registry.acceptOwnership();
        vm.snapshotGasLastCall("GatewayRegistry.acceptOwnership");
    }

    function test_a_dispute() public {
        escrowWindow = 3 days;
        bytes32 id = created(3, SUBJECT, 2);
        attest(escrow, BUYER, SUBJECT, 0, CONFORMS, 0);
        attest(escrow, BUYER, SUBJECT, 1, CONFORMS, 0);
        escrow.settle(id);
        vm.snapshotGasLastCall("ShipmentEscrow.settle, proposing");
        vm.prank(BUYER);
        escrow.dispute(id);
        vm.snapshotGasLastCall("ShipmentEscrow.dispute");
        vm.prank(OWNER);
        escrow.resolve(id, AMOUNT / 2);
        vm.snapshotGasLastCall("ShipmentEscrow.resolve");
    }

    function test_the_ends_that_nobody_disputes() public {
        escrowWindow = 3 days;
        bytes32 id = created(3, SUBJECT, 2);
        vm.warp(deadline + 1);
        escrow.settle(id);
        vm.snapshotGasLastCall("ShipmentEscrow.settle, after the deadline");
        vm.warp(block.timestamp + escrowWindow);
        escrow.finalize(id);
        vm.snapshotGasLastCall("ShipmentEscrow.finalize");
    }

    function created(uint256 size, bytes32 subject, uint8 quorum) private returns (bytes32 id) {
        token.mint(BUYER, AMOUNT);
        vm.prank(BUYER);
        token.approve(address(escrow), AMOUNT);
        address[] memory panel = named(size);
        ShipmentEscrow.Terms memory terms =
            ShipmentEscrow.Terms(token, SELLER, OWNER, subject, AGENT, AMOUNT, deadline, escrowWindow, quorum, 600, 3600);
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

    function test_escrow_of_joint_signatures() public {
        BlsShipmentEscrow joint = new BlsShipmentEscrow(eas, registry);
        escrow = joint;
        for (uint256 i = 0; i < 3; i++) {
            registeredBls(gateways[i], 2000 + i);
        }
        bytes32 id = created(3, SUBJECT, 2);
        bytes memory message = joint.verdictMessage(id, QuorumResolver.Verdict.Breach, 1800);
        bytes memory sum = BlsKeys.sign(2000, message, joint.VERDICT_TAG());
        for (uint256 i = 1; i < 3; i++) {
            sum = BlsKeys.add(sum, BlsKeys.sign(2000 + i, message, joint.VERDICT_TAG()));
        }
        joint.voteTogether(id, QuorumResolver.Verdict.Breach, 1800, named(3), sum);
        vm.snapshotGasLastCall("BlsShipmentEscrow.voteTogether, three gateways");
    }

    function test_bond() public {
        token.mint(SELLER, 2 * AMOUNT);
        vm.prank(SELLER);
        token.approve(address(bond), 2 * AMOUNT);
        address[] memory panel = named(3);
        vm.prank(SELLER);
        bytes32 id = bond.open(token, BUYER, AGENT, AMOUNT, 1000, 2, 7 days, panel);
        vm.snapshotGasLastCall("DefectBond.open, three named gateways");
        vm.prank(SELLER);
        bond.fund(id, AMOUNT);
        vm.snapshotGasLastCall("DefectBond.fund");
        vm.prank(SELLER);
        bond.free(id, AMOUNT);
        vm.snapshotGasLastCall("DefectBond.free");
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
