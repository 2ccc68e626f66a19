// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessDenied, Attestation} from "@ethereum-attestation-service/eas-contracts/contracts/Common.sol";
import {AttestationRequest} from "@ethereum-attestation-service/eas-contracts/contracts/IEAS.sol";
import {ISchemaResolver} from "@ethereum-attestation-service/eas-contracts/contracts/resolver/ISchemaResolver.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {GatewayRegistry} from "../src/GatewayRegistry.sol";
import {PullPayments} from "../src/PullPayments.sol";
import {QuorumResolver} from "../src/QuorumResolver.sol";
import {ShipmentEscrow} from "../src/ShipmentEscrow.sol";
import {Judged} from "./Judged.sol";
import {TestToken} from "./TestToken.sol";

contract ShipmentEscrowTest is Judged {
    address internal constant BUYER = address(0xB0B);
    address internal constant SELLER = address(0x5E11E2);
    address internal constant ARBITER = address(0xA2B);
    uint128 internal constant PRICE = 1_000_000;
    uint40 internal constant WINDOW = 3 days;
    /// @dev What a resolver may add to an attestation.
    uint256 private constant OVERHEAD_LIMIT = 40_000;

    ShipmentEscrow internal escrow;
    uint40 internal deadline;
    bytes32 internal id;

    function setUp() public virtual {
        setUpJudges(8);
        escrow = new ShipmentEscrow(eas, registry);
        registerSchema(escrow);
        deadline = uint40(block.timestamp) + 30 days;
        id = escrow.topicOf(BUYER, SUBJECT, AGENT);
    }

    function terms() internal view returns (ShipmentEscrow.Terms memory) {
        return ShipmentEscrow.Terms(token, SELLER, ARBITER, SUBJECT, AGENT, PRICE, deadline, WINDOW, 2, 600, 3600);
    }

    function created(ShipmentEscrow.Terms memory agreed, address[] memory panel) internal {
        token.mint(BUYER, agreed.amount);
        vm.prank(BUYER);
        token.approve(address(escrow), agreed.amount);
        vm.prank(BUYER);
        same(escrow.create(agreed, panel), id);
    }

    function refusedCreate(bytes memory refusal, ShipmentEscrow.Terms memory agreed, address[] memory panel) private {
        refusedFor(refusal, BUYER);
        escrow.create(agreed, panel);
    }

    function vote(uint256 gateway_, uint8 verdict, uint64 measure) internal {
        attest(escrow, BUYER, SUBJECT, gateway_, verdict, measure);
    }

    function refusedVote(bytes memory refusal, uint256 gateway_) private {
        refusedAttest(refusal, escrow, BUYER, SUBJECT, gateway_);
    }

    function closedWith(uint256 sellerPart) internal view {
        assert(escrow.escrowOf(id).state == ShipmentEscrow.State.Closed);
        same(escrow.credits(token, SELLER), sellerPart);
        same(escrow.credits(token, BUYER), PRICE - sellerPart);
    }

    function stateForbids(ShipmentEscrow.State state) private view returns (bytes memory) {
        return abi.encodeWithSelector(ShipmentEscrow.StateForbids.selector, id, state);
    }

    // The ways a trip can end

    function test_a_conforming_trip_pays_the_seller_who_fetches_it() public {
        created(terms(), named(3));
        vote(0, CONFORMS, 0);
        vote(2, CONFORMS, 0);
        vm.expectEmit(true, true, true, true, address(escrow));
        emit ShipmentEscrow.Proposed(id, true, QuorumResolver.Verdict.Conforms, 0, PRICE, uint40(block.timestamp) + WINDOW);
        vm.prank(STRANGER);
        escrow.settle(id);
        vm.warp(block.timestamp + WINDOW);
        vm.expectEmit(true, true, true, true, address(escrow));
        emit ShipmentEscrow.Closed(id, PRICE, 0);
        vm.prank(STRANGER);
        escrow.finalize(id);
        closedWith(PRICE);
        vm.prank(SELLER);
        escrow.withdraw(token);
        same(token.balanceOf(SELLER), PRICE);
        refusedFor(abi.encodeWithSelector(PullPayments.NothingCredited.selector, token, SELLER), SELLER);
        escrow.withdraw(token);
        refusedFor(abi.encodeWithSelector(PullPayments.NothingCredited.selector, token, BUYER), BUYER);
        escrow.withdraw(token);
    }

    function test_an_excursion_splits_by_the_median() public {
        created(terms(), named(3));
        vote(0, BREACH, 9999);
        vote(1, BREACH, 1600);
        vote(2, BREACH, 100);
        escrow.settle(id);
        vm.warp(block.timestamp + WINDOW);
        escrow.finalize(id);
        closedWith(uint256(PRICE) * 2000 / 3000);
    }

    function test_of_two_middle_measures_the_lower_counts_and_the_buyer_keeps_what_does_not_divide() public {
        ShipmentEscrow.Terms memory agreed = terms();
        agreed.window = 0;
        created(agreed, named(3));
        vote(0, BREACH, 3000);
        vote(1, BREACH, 1601);
        escrow.settle(id);
        closedWith(666_333);
    }

    function testFuzz_the_sellers_part_falls_from_tolerance_to_ruin(uint32 tolerance, uint32 ruin, uint64 measure, uint128 price) public {
        ruin = uint32(1 + ruin % escrow.MAX_MEASURE());
        tolerance %= ruin;
        vm.assume(price != 0);
        ShipmentEscrow.Terms memory agreed = terms();
        (agreed.tolerance, agreed.ruin, agreed.window, agreed.quorum, agreed.amount) = (tolerance, ruin, 0, 1, price);
        created(agreed, named(1));
        vote(0, BREACH, measure);
        escrow.settle(id);
        uint256 kept = measure > escrow.MAX_MEASURE() ? escrow.MAX_MEASURE() : measure;
        uint256 part = escrow.credits(token, SELLER);
        if (kept <= tolerance) same(part, price);
        else if (kept >= ruin) same(part, 0);
        else assert(part * (ruin - tolerance) <= uint256(price) * (ruin - kept) && part <= price);
        same(part + escrow.credits(token, BUYER), price);
    }

    function test_a_missed_deadline_refunds() public {
        created(terms(), named(3));
        vote(0, CONFORMS, 0);
        vm.warp(deadline);
        vm.expectRevert(abi.encodeWithSelector(ShipmentEscrow.Undecided.selector, id, deadline));
        escrow.settle(id);
        vm.warp(deadline + 1);
        refusedVote(abi.encodeWithSelector(QuorumResolver.BallotClosed.selector, id, deadline), 1);
        escrow.settle(id);
        vm.warp(block.timestamp + WINDOW);
        escrow.finalize(id);
        closedWith(0);
    }

    function test_insufficient_data_waits_for_the_deadline_and_refunds() public {
        created(terms(), named(3));
        vote(0, INSUFFICIENT, 0);
        vote(1, INSUFFICIENT, 0);
        vm.expectRevert(abi.encodeWithSelector(ShipmentEscrow.Undecided.selector, id, deadline));
        escrow.settle(id);
        vm.warp(deadline + 1);
        escrow.settle(id);
        vm.warp(block.timestamp + WINDOW);
        escrow.finalize(id);
        closedWith(0);
    }

    function test_gateways_that_disagree_decide_nothing() public {
        created(terms(), named(3));
        vote(0, CONFORMS, 0);
        vote(1, BREACH, 9000);
        vm.expectRevert(abi.encodeWithSelector(ShipmentEscrow.Undecided.selector, id, deadline));
        escrow.settle(id);
        vote(2, BREACH, 4000);
        escrow.settle(id);
        same(escrow.escrowOf(id).sellerPart, 0);
    }

    function test_a_verdict_before_the_deadline_may_take_effect_after_it() public {
        created(terms(), named(3));
        vote(0, CONFORMS, 0);
        vote(1, CONFORMS, 0);
        vm.warp(deadline + 100 days);
        escrow.settle(id);
        same(escrow.escrowOf(id).sellerPart, PRICE);
    }

    // Disputes

    function disputed() private {
        created(terms(), named(3));
        vote(0, CONFORMS, 0);
        vote(1, CONFORMS, 0);
        escrow.settle(id);
        vm.prank(BUYER);
        escrow.dispute(id);
    }

    function testFuzz_the_arbiter_divides(uint128 part) public {
        disputed();
        if (part > PRICE) {
            refusedFor(abi.encodeWithSelector(ShipmentEscrow.PartTooLarge.selector, part, PRICE), ARBITER);
            escrow.resolve(id, part);
        } else {
            vm.prank(ARBITER);
            escrow.resolve(id, part);
            closedWith(part);
            refusedFor(stateForbids(ShipmentEscrow.State.Closed), ARBITER);
            escrow.resolve(id, part);
        }
    }

    function test_an_arbiter_who_says_nothing_lets_the_proposal_stand() public {
        disputed();
        uint40 until = uint40(block.timestamp) + escrow.ARBITRATION_PERIOD();
        vm.expectRevert(abi.encodeWithSelector(ShipmentEscrow.TooEarly.selector, id, until));
        escrow.finalize(id);
        vm.warp(until);
        refusedFor(abi.encodeWithSelector(ShipmentEscrow.TooLate.selector, id, until), ARBITER);
        escrow.resolve(id, 0);
        escrow.finalize(id);
        closedWith(PRICE);
    }

    function testFuzz_only_the_arbiter_resolves(address caller) public {
        vm.assume(caller != ARBITER);
        disputed();
        refusedFor(abi.encodeWithSelector(ShipmentEscrow.NotArbiter.selector, caller), caller);
        escrow.resolve(id, PRICE);
    }

    function testFuzz_only_the_parties_dispute(address caller) public {
        vm.assume(caller != BUYER && caller != SELLER);
        created(terms(), named(3));
        vote(0, CONFORMS, 0);
        vote(1, CONFORMS, 0);
        escrow.settle(id);
        refusedFor(abi.encodeWithSelector(ShipmentEscrow.NotParty.selector, caller), caller);
        escrow.dispute(id);
    }

    function test_the_seller_disputes_a_refund() public {
        created(terms(), named(3));
        vm.warp(deadline + 1);
        escrow.settle(id);
        vm.prank(SELLER);
        escrow.dispute(id);
        vm.prank(ARBITER);
        escrow.resolve(id, PRICE);
        closedWith(PRICE);
    }

    function test_a_dispute_comes_in_time_and_needs_an_arbiter() public {
        created(terms(), named(3));
        refusedFor(stateForbids(ShipmentEscrow.State.Open), BUYER);
        escrow.dispute(id);
        vote(0, CONFORMS, 0);
        vote(1, CONFORMS, 0);
        escrow.settle(id);
        uint40 until = uint40(block.timestamp) + WINDOW;
        vm.expectRevert(abi.encodeWithSelector(ShipmentEscrow.TooEarly.selector, id, until));
        escrow.finalize(id);
        vm.warp(until);
        refusedFor(abi.encodeWithSelector(ShipmentEscrow.TooLate.selector, id, until), BUYER);
        escrow.dispute(id);
    }

    function test_refuses_a_dispute_where_no_arbiter_was_agreed_on() public {
        ShipmentEscrow.Terms memory agreed = terms();
        agreed.arbiter = address(0);
        created(agreed, named(3));
        vm.warp(deadline + 1);
        escrow.settle(id);
        refusedFor(abi.encodeWithSelector(ShipmentEscrow.NoArbiter.selector, id), SELLER);
        escrow.dispute(id);
    }

    function test_nothing_happens_twice() public {
        ShipmentEscrow.Terms memory agreed = terms();
        agreed.window = 0;
        created(agreed, named(3));
        vote(0, CONFORMS, 0);
        vote(1, CONFORMS, 0);
        escrow.settle(id);
        bytes memory refusal = stateForbids(ShipmentEscrow.State.Closed);
        vm.expectRevert(refusal);
        escrow.settle(id);
        vm.expectRevert(refusal);
        escrow.finalize(id);
        refusedFor(refusal, BUYER);
        escrow.dispute(id);
        refusedCreate(abi.encodeWithSelector(QuorumResolver.BallotExists.selector, id), terms(), named(3));
        closedWith(PRICE);
    }

    function test_the_largest_measure_ruins_by_any_terms() public {
        ShipmentEscrow.Terms memory agreed = terms();
        (agreed.tolerance, agreed.ruin, agreed.window) = (uint32(escrow.MAX_MEASURE()) - 1, uint32(escrow.MAX_MEASURE()), 0);
        created(agreed, named(3));
        vote(0, BREACH, uint64(escrow.MAX_MEASURE()));
        vote(1, BREACH, type(uint64).max);
        escrow.settle(id);
        closedWith(0);
    }

    // Creation

    function test_refuses_terms_that_contradict_themselves() public {
        bytes memory refusal = abi.encodeWithSelector(ShipmentEscrow.TermsImpossible.selector);
        ShipmentEscrow.Terms memory agreed = terms();
        agreed.amount = 0;
        refusedCreate(refusal, agreed, named(3));
        agreed = terms();
        agreed.seller = address(0);
        refusedCreate(refusal, agreed, named(3));
        agreed.seller = BUYER;
        refusedCreate(refusal, agreed, named(3));
        agreed = terms();
        agreed.arbiter = BUYER;
        refusedCreate(refusal, agreed, named(3));
        agreed.arbiter = SELLER;
        refusedCreate(refusal, agreed, named(3));
        agreed = terms();
        agreed.window = escrow.MAX_WINDOW() + 1;
        refusedCreate(refusal, agreed, named(3));
        agreed = terms();
        agreed.ruin = agreed.tolerance;
        refusedCreate(refusal, agreed, named(3));
        agreed.ruin = uint32(escrow.MAX_MEASURE()) + 1;
        refusedCreate(refusal, agreed, named(3));
        agreed = terms();
        agreed.deadline = uint40(block.timestamp);
        refusedCreate(abi.encodeWithSelector(QuorumResolver.DeadlinePassed.selector, agreed.deadline), agreed, named(3));
    }

    function test_refuses_panels_without_a_majority() public {
        uint8[4] memory quorums = [0, 1, 4, 2];
        uint8[4] memory sizes = [3, 2, 3, 8];
        for (uint256 i = 0; i < 4; i++) {
            ShipmentEscrow.Terms memory agreed = terms();
            agreed.quorum = quorums[i];
            refusedCreate(abi.encodeWithSelector(QuorumResolver.QuorumImpossible.selector, quorums[i], sizes[i]), agreed, named(sizes[i]));
        }
        ShipmentEscrow.Terms memory open = terms();
        open.quorum = 5;
        refusedCreate(abi.encodeWithSelector(QuorumResolver.QuorumImpossible.selector, 5, 0), open, named(0));
        open.quorum = 0;
        refusedCreate(abi.encodeWithSelector(QuorumResolver.QuorumImpossible.selector, 0, 0), open, named(0));
        address[] memory twice = named(3);
        twice[2] = twice[0];
        refusedCreate(abi.encodeWithSelector(QuorumResolver.GatewayNamedTwice.selector, twice[0]), terms(), twice);
    }

    function test_refuses_a_token_that_takes_a_fee() public {
        TakingToken taking = new TakingToken();
        taking.mint(BUYER, PRICE);
        vm.prank(BUYER);
        taking.approve(address(escrow), PRICE);
        ShipmentEscrow.Terms memory agreed = terms();
        agreed.token = taking;
        refusedCreate(abi.encodeWithSelector(PullPayments.TokenTakesFee.selector, taking, PRICE, PRICE - 1), agreed, named(3));
    }

    function test_refuses_a_deposit_that_was_not_approved() public {
        token.mint(BUYER, PRICE);
        vm.prank(BUYER);
        try escrow.create(terms(), named(3)) {
            assert(false);
        } catch {}
        assert(escrow.escrowOf(id).state == ShipmentEscrow.State.None);
    }

    function test_nobody_occupies_another_buyers_escrow() public {
        token.mint(STRANGER, PRICE);
        vm.prank(STRANGER);
        token.approve(address(escrow), PRICE);
        vm.prank(STRANGER);
        bytes32 other = escrow.create(terms(), named(3));
        assert(other != id);
        created(terms(), named(3));
        vote(0, CONFORMS, 0);
        vote(1, CONFORMS, 0);
        vm.expectRevert(abi.encodeWithSelector(ShipmentEscrow.Undecided.selector, other, deadline));
        escrow.settle(other);
        escrow.settle(id);
    }

    /// @dev A token that calls back while it is paid cannot take twice, nor create in between.
    function test_a_token_that_comes_back_takes_once() public {
        ReturningToken returning = new ReturningToken(escrow);
        ShipmentEscrow.Terms memory agreed = terms();
        (agreed.token, agreed.window, agreed.seller) = (returning, 0, address(returning));
        returning.mint(BUYER, PRICE);
        returning.mint(address(escrow), PRICE);
        vm.prank(BUYER);
        returning.approve(address(escrow), PRICE);
        vm.prank(BUYER);
        escrow.create(agreed, named(3));
        vote(0, CONFORMS, 0);
        vote(1, CONFORMS, 0);
        escrow.settle(id);
        returning.take();
        same(returning.balanceOf(address(returning)), PRICE);
        same(returning.balanceOf(address(escrow)), PRICE);
        assert(returning.refusals() != 0);
    }

    // Verdicts

    function test_a_double_verdict_is_refused() public {
        created(terms(), named(3));
        vote(0, CONFORMS, 0);
        refusedVote(abi.encodeWithSelector(QuorumResolver.DoubleVerdict.selector, id, gateways[0]), 0);
    }

    function test_a_second_key_gives_no_second_verdict() public {
        created(terms(), named(3));
        vote(0, CONFORMS, 0);
        address key = vm.addr(77);
        bytes memory proof = possession(77, gateways[0], OPERATOR);
        vm.prank(OPERATOR);
        registry.addKey(gateways[0], key, proof);
        bytes32 schema = escrow.SCHEMA_UID();
        refusedFor(abi.encodeWithSelector(QuorumResolver.DoubleVerdict.selector, id, gateways[0]), key);
        eas.attest(request(schema, BUYER, verdictData(SUBJECT, CONFORMS, 0, AGENT)));
    }

    function test_refuses_gateways_that_are_not_named_not_active_or_none() public {
        created(terms(), named(3));
        refusedVote(abi.encodeWithSelector(QuorumResolver.GatewayNotNamed.selector, id, gateways[3]), 3);
        vm.prank(OWNER);
        registry.suspend(gateways[0]);
        refusedVote(abi.encodeWithSelector(QuorumResolver.GatewayNotActive.selector, gateways[0]), 0);
        vm.prank(OPERATOR);
        registry.revokeKey(gateways[1]);
        refusedVote(abi.encodeWithSelector(QuorumResolver.GatewayNotActive.selector, gateways[1]), 1);
        bytes32 schema = escrow.SCHEMA_UID();
        refusedFor(abi.encodeWithSelector(QuorumResolver.GatewayNotActive.selector, STRANGER), STRANGER);
        eas.attest(request(schema, BUYER, verdictData(SUBJECT, CONFORMS, 0, AGENT)));
    }

    function test_refuses_verdicts_that_nobody_awaits() public {
        created(terms(), named(3));
        bytes32 schema = escrow.SCHEMA_UID();
        bytes32 topic = escrow.topicOf(BUYER, SUBJECT, keccak256("another policy"));
        refusedFor(abi.encodeWithSelector(QuorumResolver.VerdictNotAwaited.selector, topic), gateways[0]);
        eas.attest(request(schema, BUYER, verdictData(SUBJECT, CONFORMS, 0, keccak256("another policy"))));
        topic = escrow.topicOf(SELLER, SUBJECT, AGENT);
        refusedFor(abi.encodeWithSelector(QuorumResolver.VerdictNotAwaited.selector, topic), gateways[0]);
        eas.attest(request(schema, SELLER, verdictData(SUBJECT, CONFORMS, 0, AGENT)));
    }

    function refusedAsMalformed(AttestationRequest memory asked) private {
        refusedFor(abi.encodeWithSelector(QuorumResolver.VerdictMalformed.selector, asked.schema), gateways[0]);
        eas.attest(asked);
    }

    function test_refuses_malformed_verdicts() public {
        created(terms(), named(3));
        bytes32 schema = escrow.SCHEMA_UID();
        refusedAsMalformed(request(schema, BUYER, verdictData(SUBJECT, 3, 0, AGENT)));
        refusedAsMalformed(request(schema, BUYER, ""));
        refusedAsMalformed(request(schema, BUYER, abi.encodePacked(verdictData(SUBJECT, 0, 0, AGENT), hex"00")));
        bytes memory large = abi.encode(SUBJECT, bytes32(0), CONFORMS, uint256(1) << 64, uint64(1), uint64(2), AGENT);
        refusedAsMalformed(request(schema, BUYER, large));
        AttestationRequest memory expiring = request(schema, BUYER, verdictData(SUBJECT, 0, 0, AGENT));
        expiring.data.expirationTime = uint64(block.timestamp) + 1;
        refusedAsMalformed(expiring);
        bytes32 other = schemas.register("bytes32 anything", ISchemaResolver(address(escrow)), false);
        refusedAsMalformed(request(other, BUYER, verdictData(SUBJECT, CONFORMS, 0, AGENT)));
    }

    function test_a_verdict_is_not_revoked() public {
        created(terms(), named(3));
        bytes32 uid = attest(escrow, BUYER, SUBJECT, 0, CONFORMS, 0);
        bytes32 schema = escrow.SCHEMA_UID();
        vm.prank(gateways[0]);
        try eas.revoke(revocation(schema, uid)) {
            assert(false);
        } catch {}
        same(escrow.tallyOf(id).cast, 1);
    }

    function test_only_eas_hands_in_attestations() public {
        created(terms(), named(3));
        Attestation memory forged;
        (forged.schema, forged.attester, forged.recipient) = (escrow.SCHEMA_UID(), gateways[0], BUYER);
        forged.data = verdictData(SUBJECT, CONFORMS, 0, AGENT);
        vm.expectRevert(abi.encodeWithSelector(AccessDenied.selector));
        escrow.attest(forged);
        same(address(escrow.EAS()), address(eas));
    }

    // Open panels

    function test_on_an_open_panel_any_gateway_speaks_once_until_it_is_full() public {
        created(terms(), named(0));
        vote(7, CONFORMS, 0);
        refusedVote(abi.encodeWithSelector(QuorumResolver.DoubleVerdict.selector, id, gateways[7]), 7);
        vote(3, BREACH, 100);
        vote(5, BREACH, 5000);
        refusedVote(abi.encodeWithSelector(QuorumResolver.BallotFull.selector, id), 1);
        QuorumResolver.Tally memory tally = escrow.tallyOf(id);
        assert(tally.decided && tally.verdict == QuorumResolver.Verdict.Breach && tally.measure == 100 && tally.cast == 3);
    }

    /// @dev Against a plain sort: the median is what stands in the middle, of two the lower.
    function testFuzz_the_median_is_what_stands_in_the_middle(uint8 size, uint64[7] calldata measures) public {
        size = 1 + size % 7;
        ShipmentEscrow.Terms memory agreed = terms();
        agreed.quorum = size / 2 + 1;
        created(agreed, named(size));
        uint256[] memory sorted = new uint256[](size);
        for (uint256 i = 0; i < size; i++) {
            vote(i, BREACH, measures[i]);
            uint256 kept = measures[i] > escrow.MAX_MEASURE() ? escrow.MAX_MEASURE() : measures[i];
            uint256 place = i;
            for (; place > 0 && sorted[place - 1] > kept; place--) {
                sorted[place] = sorted[place - 1];
            }
            sorted[place] = kept;
        }
        QuorumResolver.Tally memory tally = escrow.tallyOf(id);
        assert(tally.decided && tally.cast == size);
        same(tally.measure, sorted[(size - 1) / 2]);
    }

    /// @dev No two verdicts can reach the quorum, so that the order of counting means nothing.
    function testFuzz_a_quorum_is_counted_right(uint8 size, uint8 quorum, uint8[7] calldata verdicts) public {
        size = 1 + size % 7;
        quorum = size / 2 + 1 + quorum % (size - size / 2);
        ShipmentEscrow.Terms memory agreed = terms();
        agreed.quorum = quorum;
        created(agreed, named(size));
        uint256[3] memory counts;
        for (uint256 i = 0; i < size; i++) {
            vote(i, verdicts[i] % 3, 5);
            counts[verdicts[i] % 3]++;
        }
        QuorumResolver.Tally memory tally = escrow.tallyOf(id);
        assert(tally.decided == (counts[0] >= quorum || counts[1] >= quorum || counts[2] >= quorum));
        if (tally.decided) assert(counts[uint256(tally.verdict)] >= quorum);
    }

    function test_refuses_a_registry_that_is_no_contract() public {
        vm.expectRevert(abi.encodeWithSelector(QuorumResolver.NoGatewayRegistry.selector, STRANGER));
        new ShipmentEscrow(eas, GatewayRegistry(STRANGER));
    }
}

contract TakingToken is TestToken {
    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, from == address(0) ? value : value - 1);
    }
}

contract ReturningToken is TestToken {
    ShipmentEscrow private immutable ESCROW;
    uint256 public refusals;

    constructor(ShipmentEscrow escrow) {
        ESCROW = escrow;
    }

    function take() external {
        ESCROW.withdraw(IERC20(address(this)));
    }

    function transfer(address to, uint256 value) public override returns (bool) {
        try ESCROW.withdraw(IERC20(address(this))) {}
        catch {
            refusals++;
        }
        return super.transfer(to, value);
    }
}
