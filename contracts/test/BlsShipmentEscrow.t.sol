// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Bls} from "../src/Bls.sol";
import {BlsShipmentEscrow} from "../src/BlsShipmentEscrow.sol";
import {QuorumResolver} from "../src/QuorumResolver.sol";
import {BlsKeys} from "./BlsKeys.sol";
import {ShipmentEscrowTest} from "./ShipmentEscrow.t.sol";

/// @title All that holds for a ShipmentEscrow, and one signature of many gateways
contract BlsShipmentEscrowTest is ShipmentEscrowTest {
    uint256 private constant SECRET = 0xB15;

    BlsShipmentEscrow private joint;

    function setUp() public override {
        setUpJudges(8);
        joint = new BlsShipmentEscrow(eas, registry);
        escrow = joint;
        registerSchema(escrow);
        deadline = uint40(block.timestamp) + 30 days;
        id = escrow.topicOf(BUYER, SUBJECT, AGENT);
    }

    function registerKey(uint256 gateway_) private {
        registeredBls(gateways[gateway_], SECRET + gateway_);
    }

    /// @dev The sum of what the first `count` gateways sign about a verdict.
    function together(uint256 count, QuorumResolver.Verdict verdict, uint64 measure) private view returns (bytes memory sum) {
        bytes memory message = joint.verdictMessage(id, verdict, measure);
        sum = BlsKeys.sign(SECRET, message, joint.VERDICT_TAG());
        for (uint256 i = 1; i < count; i++) {
            sum = BlsKeys.add(sum, BlsKeys.sign(SECRET + i, message, joint.VERDICT_TAG()));
        }
    }

    function opened(uint256 keys) private {
        created(terms(), named(3));
        for (uint256 i = 0; i < keys; i++) {
            registerKey(i);
        }
    }

    function refusedTogether(bytes memory refusal, uint64 measure, address[] memory panel, bytes memory signature) private {
        vm.expectRevert(refusal);
        joint.voteTogether(id, QuorumResolver.Verdict.Conforms, measure, panel, signature);
    }

    function test_two_gateways_sign_once_and_a_stranger_hands_it_in() public {
        opened(2);
        bytes memory sum = together(2, QuorumResolver.Verdict.Breach, 1800);
        vm.prank(STRANGER);
        joint.voteTogether(id, QuorumResolver.Verdict.Breach, 1800, named(2), sum);
        escrow.settle(id);
        vm.warp(block.timestamp + WINDOW);
        escrow.finalize(id);
        closedWith(600_000);
    }

    function test_a_gateways_voice_counts_once_whichever_way_it_came() public {
        opened(2);
        vote(0, CONFORMS, 0);
        bytes memory sum = together(2, QuorumResolver.Verdict.Conforms, 0);
        refusedTogether(abi.encodeWithSelector(QuorumResolver.DoubleVerdict.selector, id, gateways[0]), 0, named(2), sum);
        address[] memory twice = new address[](2);
        (twice[0], twice[1]) = (gateways[1], gateways[1]);
        refusedTogether(abi.encodeWithSelector(QuorumResolver.DoubleVerdict.selector, id, gateways[1]), 0, twice, sum);
    }

    function testFuzz_a_signature_of_others_or_about_something_else_is_none(uint64 measure) public {
        vm.assume(measure != 0);
        opened(3);
        bytes memory refusal = abi.encodeWithSelector(BlsShipmentEscrow.BlsSignatureInvalid.selector);
        refusedTogether(refusal, 0, named(2), together(1, QuorumResolver.Verdict.Conforms, 0));
        refusedTogether(refusal, 0, named(2), together(3, QuorumResolver.Verdict.Conforms, 0));
        refusedTogether(refusal, 0, named(2), together(2, QuorumResolver.Verdict.Breach, 0));
        refusedTogether(refusal, measure, named(2), together(2, QuorumResolver.Verdict.Conforms, 0));
        refusedTogether(refusal, 0, new address[](0), new bytes(Bls.SIGNATURE_LENGTH));
    }

    function testFuzz_bytes_that_are_no_point_are_refused(bytes32 noise) public {
        opened(1);
        bytes memory signature = together(1, QuorumResolver.Verdict.Conforms, 0);
        assembly {
            // The upper half of the first coordinate's 64 bytes is not all zero any more, or the point leaves the curve.
            mstore(add(signature, 32), xor(mload(add(signature, 32)), or(noise, 1)))
        }
        refusedTogether(abi.encodeWithSelector(Bls.BlsInputInvalid.selector), 0, named(1), signature);
        refusedTogether(abi.encodeWithSelector(Bls.BlsInputInvalid.selector), 0, named(1), "");
    }

    function test_only_active_gateways_with_a_key_vote_together() public {
        opened(1);
        bytes memory sum = together(2, QuorumResolver.Verdict.Conforms, 0);
        refusedTogether(abi.encodeWithSelector(BlsShipmentEscrow.BlsKeyUnknown.selector, gateways[1]), 0, named(2), sum);
        vm.prank(OWNER);
        registry.suspend(gateways[0]);
        refusedTogether(abi.encodeWithSelector(QuorumResolver.GatewayNotActive.selector, gateways[0]), 0, named(1), sum);
    }

    function test_a_revoked_key_speaks_no_more() public {
        opened(2);
        bytes memory sum = together(2, QuorumResolver.Verdict.Conforms, 0);
        address key = BlsKeys.addressOf(BlsKeys.publicKey(SECRET));
        vm.prank(OPERATOR);
        registry.revokeKey(key);
        refusedTogether(abi.encodeWithSelector(BlsShipmentEscrow.BlsKeyUnknown.selector, gateways[0]), 0, named(2), sum);
    }

    function test_a_key_that_took_anothers_place_speaks_for_its_gateway() public {
        opened(2);
        bytes memory message = joint.verdictMessage(id, QuorumResolver.Verdict.Conforms, 0);
        bytes memory old = together(2, QuorumResolver.Verdict.Conforms, 0);
        registeredBls(gateways[0], 77);
        refusedTogether(abi.encodeWithSelector(BlsShipmentEscrow.BlsSignatureInvalid.selector), 0, named(2), old);
        bytes memory sum = BlsKeys.sign(77, message, joint.VERDICT_TAG());
        sum = BlsKeys.add(sum, BlsKeys.sign(SECRET + 1, message, joint.VERDICT_TAG()));
        joint.voteTogether(id, QuorumResolver.Verdict.Conforms, 0, named(2), sum);
        assert(joint.tallyOf(id).decided);
    }
}
