// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {DefectBond} from "../src/DefectBond.sol";
import {QuorumResolver} from "../src/QuorumResolver.sol";
import {Judged} from "./Judged.sol";

contract DefectBondTest is Judged {
    address internal constant SUPPLIER = address(0x5A991);
    address internal constant BUYER = address(0xB0B);
    uint128 internal constant PENALTY = 1_000;
    uint40 internal constant SHORTEST = 7 days;
    uint8 internal constant REJECT = 1;
    uint8 internal constant ACCEPT = 0;
    bytes32 internal constant LOT = keccak256("https://id.gs1.org/01/09506000134352/10/LOT1");
    bytes32 internal constant OTHER_LOT = keccak256("https://id.gs1.org/01/09506000134352/10/LOT2");

    DefectBond internal bond;
    bytes32 internal id;
    uint40 internal deadline;

    function setUp() public {
        setUpJudges(4);
        bond = new DefectBond(eas, registry);
        registerSchema(bond);
        deadline = uint40(block.timestamp) + 30 days;
        id = bond.idOf(SUPPLIER, BUYER, AGENT, token);
    }

    function paid(uint128 amount) private {
        token.mint(SUPPLIER, amount);
        vm.prank(SUPPLIER);
        token.approve(address(bond), amount);
    }

    function opened(uint128 amount, uint8 quorum, uint256 size) private {
        paid(amount);
        address[] memory panel = named(size);
        vm.prank(SUPPLIER);
        same(bond.open(token, BUYER, AGENT, amount, PENALTY, quorum, SHORTEST, panel), id);
    }

    function covered(bytes32 lot) private {
        vm.prank(SUPPLIER);
        bond.cover(id, lot, deadline);
    }

    function vote(bytes32 lot, uint256 gateway_, uint8 verdict) private {
        attest(bond, SUPPLIER, lot, gateway_, verdict, verdict == REJECT ? 12 : 0);
    }

    function holds(uint256 balance, uint256 reserved) private view {
        same(bond.bondOf(id).balance, balance);
        same(bond.bondOf(id).reserved, reserved);
    }

    function test_a_rejected_lot_pays_the_buyer() public {
        opened(3 * PENALTY, 2, 3);
        covered(LOT);
        covered(OTHER_LOT);
        assert(bond.covers(id, LOT));
        holds(3 * PENALTY, 2 * PENALTY);
        vote(LOT, 0, REJECT);
        vote(LOT, 1, REJECT);
        vm.expectEmit(true, true, true, true, address(bond));
        emit DefectBond.LotSettled(id, LOT, true, QuorumResolver.Verdict.Breach, 12, PENALTY);
        vm.prank(STRANGER);
        bond.settle(id, LOT);
        holds(2 * PENALTY, PENALTY);
        same(bond.credits(token, BUYER), PENALTY);
        vm.expectRevert(abi.encodeWithSelector(DefectBond.LotNotCovered.selector, id, LOT));
        bond.settle(id, LOT);
        vm.prank(BUYER);
        bond.withdraw(token);
        same(token.balanceOf(BUYER), PENALTY);
        assert(!bond.covers(id, LOT) && bond.covers(id, OTHER_LOT));
    }

    function test_an_accepted_lot_frees_its_reserve() public {
        opened(PENALTY, 2, 3);
        covered(LOT);
        vote(LOT, 0, ACCEPT);
        vote(LOT, 2, ACCEPT);
        bond.settle(id, LOT);
        holds(PENALTY, 0);
        same(bond.credits(token, BUYER), 0);
        vm.prank(SUPPLIER);
        bond.free(id, PENALTY);
        holds(0, 0);
        vm.prank(SUPPLIER);
        bond.withdraw(token);
        same(token.balanceOf(SUPPLIER), PENALTY);
    }

    function test_a_lot_without_a_quorum_is_free_after_its_deadline() public {
        opened(PENALTY, 2, 3);
        covered(LOT);
        vote(LOT, 0, REJECT);
        vote(LOT, 1, ACCEPT);
        vote(LOT, 2, INSUFFICIENT);
        vm.warp(deadline);
        vm.expectRevert(abi.encodeWithSelector(DefectBond.Undecided.selector, id, LOT, deadline));
        bond.settle(id, LOT);
        vm.warp(deadline + 1);
        bond.settle(id, LOT);
        holds(PENALTY, 0);
        same(bond.credits(token, BUYER), 0);
    }

    function test_what_is_reserved_stays() public {
        opened(2 * PENALTY, 2, 3);
        covered(LOT);
        refusedFor(abi.encodeWithSelector(DefectBond.BondTooSmall.selector, id, PENALTY + 1, PENALTY), SUPPLIER);
        bond.free(id, PENALTY + 1);
        covered(OTHER_LOT);
        refusedFor(abi.encodeWithSelector(DefectBond.BondTooSmall.selector, id, PENALTY, 0), SUPPLIER);
        bond.cover(id, keccak256("a third lot"), deadline);
        refusedFor(abi.encodeWithSelector(DefectBond.BondTooSmall.selector, id, 1, 0), SUPPLIER);
        bond.free(id, 1);
    }

    function test_anybody_adds_to_a_bond() public {
        opened(PENALTY, 2, 3);
        token.mint(STRANGER, 5);
        vm.prank(STRANGER);
        token.approve(address(bond), 5);
        vm.prank(STRANGER);
        bond.fund(id, 5);
        holds(PENALTY + 5, 0);
        vm.expectRevert(abi.encodeWithSelector(DefectBond.BondUnknown.selector, bytes32(0)));
        bond.fund(0, 5);
    }

    function test_a_lot_is_covered_once() public {
        opened(3 * PENALTY, 2, 3);
        covered(LOT);
        bytes32 topic = bond.topicOf(SUPPLIER, LOT, AGENT);
        refusedFor(abi.encodeWithSelector(QuorumResolver.BallotExists.selector, topic), SUPPLIER);
        bond.cover(id, LOT, deadline);
    }

    /// @dev Covered until the next second and settled in the one after, a lot could never be covered, and so never be paid for, again.
    function testFuzz_no_cover_is_shorter_than_the_terms(uint40 time) public {
        opened(PENALTY, 2, 3);
        uint40 earliest = uint40(block.timestamp) + SHORTEST;
        bytes32 topic = bond.topicOf(SUPPLIER, LOT, AGENT);
        if (time < earliest) refusedFor(abi.encodeWithSelector(DefectBond.CoverTooShort.selector, id, time, earliest), SUPPLIER);
        else vm.prank(SUPPLIER);
        bond.cover(id, LOT, time);
        same(bond.deadlineOf(topic), time < earliest ? 0 : time);
    }

    function test_the_shortest_cover_is_judged_until_its_last_second() public {
        opened(PENALTY, 2, 3);
        deadline = uint40(block.timestamp) + SHORTEST;
        refusedFor(abi.encodeWithSelector(DefectBond.CoverTooShort.selector, id, deadline - 1, deadline), SUPPLIER);
        bond.cover(id, LOT, deadline - 1);
        covered(LOT);
        vm.warp(deadline);
        vote(LOT, 0, REJECT);
        vote(LOT, 1, REJECT);
        bond.settle(id, LOT);
        same(bond.credits(token, BUYER), PENALTY);
    }

    function test_a_bond_is_the_suppliers_business() public {
        opened(PENALTY, 2, 3);
        bytes memory refusal = abi.encodeWithSelector(DefectBond.NotSupplier.selector, BUYER);
        refusedFor(refusal, BUYER);
        bond.cover(id, LOT, deadline);
        refusedFor(refusal, BUYER);
        bond.free(id, 1);
        refusedFor(abi.encodeWithSelector(DefectBond.BondUnknown.selector, bytes32(0)), SUPPLIER);
        bond.cover(0, LOT, deadline);
        vm.expectRevert(abi.encodeWithSelector(DefectBond.LotNotCovered.selector, bytes32(0), LOT));
        bond.settle(0, LOT);
    }

    function test_refuses_terms_that_contradict_themselves() public {
        bytes memory refusal = abi.encodeWithSelector(DefectBond.TermsImpossible.selector);
        address[] memory panel = named(3);
        refusedFor(refusal, SUPPLIER);
        bond.open(token, BUYER, AGENT, 1, 0, 2, SHORTEST, panel);
        refusedFor(refusal, SUPPLIER);
        bond.open(token, address(0), AGENT, 1, 1, 2, SHORTEST, panel);
        refusedFor(refusal, SUPPLIER);
        bond.open(token, SUPPLIER, AGENT, 1, 1, 2, SHORTEST, panel);
        refusedFor(refusal, SUPPLIER);
        bond.open(token, BUYER, AGENT, 1, 1, 2, 0, panel);
        refusedFor(abi.encodeWithSelector(QuorumResolver.QuorumImpossible.selector, 1, 3), SUPPLIER);
        bond.open(token, BUYER, AGENT, 1, 1, 1, SHORTEST, panel);
        opened(PENALTY, 2, 3);
        refusedFor(abi.encodeWithSelector(DefectBond.BondExists.selector, id), SUPPLIER);
        bond.open(token, BUYER, AGENT, 0, 1, 2, SHORTEST, panel);
    }

    function test_named_gateways_speak_on_each_lot_once() public {
        opened(2 * PENALTY, 2, 3);
        covered(LOT);
        covered(OTHER_LOT);
        vote(LOT, 0, REJECT);
        vote(OTHER_LOT, 0, ACCEPT);
        bytes32 topic = bond.topicOf(SUPPLIER, LOT, AGENT);
        refusedAttest(abi.encodeWithSelector(QuorumResolver.DoubleVerdict.selector, topic, gateways[0]), bond, SUPPLIER, LOT, 0);
        refusedAttest(abi.encodeWithSelector(QuorumResolver.GatewayNotNamed.selector, topic, gateways[3]), bond, SUPPLIER, LOT, 3);
    }

    function test_on_an_open_panel_any_gateway_speaks_on_each_lot() public {
        opened(2 * PENALTY, 1, 0);
        covered(LOT);
        covered(OTHER_LOT);
        vote(LOT, 3, REJECT);
        vote(OTHER_LOT, 3, ACCEPT);
        bond.settle(id, LOT);
        bond.settle(id, OTHER_LOT);
        holds(PENALTY, 0);
        same(bond.credits(token, BUYER), PENALTY);
    }
}
