// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AnchorRegistry} from "../src/AnchorRegistry.sol";
import {AnchorTransaction} from "../src/AnchorTransaction.sol";
import {GatewayRegistry} from "../src/GatewayRegistry.sol";
import {OffchainAttestation} from "../src/OffchainAttestation.sol";
import {Signatures} from "../src/Signatures.sol";
import {Contradicting} from "./Contradicting.sol";

/// @dev What is proven here is proven once more from Python, with attestations and transactions that the gateway itself signed.
contract SlashingTest is Contradicting {
    uint256 private constant OTHER_KEY = 0x07E4;
    bytes32 private constant ITEM = keccak256(
        abi.encodePacked(
            "bytes32 lot,bytes32 item,bytes32 imageHash,uint8 defect,uint32 confidencePpm,uint64 time,bytes32 agent", address(0), true
        )
    );

    function setUp() public {
        setUpRegistry();
        registered(GATEWAY_KEY);
        anchors = new AnchorRegistry(registry);
    }

    // Attestations

    function slash(OffchainAttestation.Signed memory one, OffchainAttestation.Signed memory other) private {
        registry.slashStatements(VERSION, EAS, one, other, REPORTER);
    }

    function refused(bytes4 refusal, OffchainAttestation.Signed memory one, OffchainAttestation.Signed memory other) private {
        vm.expectRevert(abi.encodeWithSelector(refusal));
        slash(one, other);
    }

    function assertSlashed(uint256 reward) private view {
        GatewayRegistry.Gateway memory record = registry.gatewayOf(gateway);
        assert(record.standing == GatewayRegistry.Standing.Slashed && record.stake == 0 && !registry.isActive(gateway));
        same(registry.claimable(REPORTER), reward);
        same(registry.claimable(TREASURY), reward * 9);
    }

    function test_two_verdicts_about_one_shipment_cost_the_stake() public {
        OffchainAttestation.Signed memory one = signed(GATEWAY_KEY, statement(keccak256("shipment"), 0));
        OffchainAttestation.Signed memory other = signed(GATEWAY_KEY, statement(keccak256("shipment"), 1));
        vm.expectEmit(true, true, true, true, address(registry));
        emit GatewayRegistry.EquivocationProven(gateway, gateway, REPORTER, digest(one), digest(other), STAKE / 10, STAKE - STAKE / 10);
        slash(one, other);
        assertSlashed(STAKE / 10);
        refusedFor(forbidden(gateway, GatewayRegistry.Standing.Slashed), address(this));
        slash(one, other);
        vm.prank(REPORTER);
        registry.claim();
        same(REPORTER.balance, STAKE / 10);
    }

    /// forge-config: default.evm_version = "osaka"
    function test_a_p256_key_is_slashed_by_its_signatures() public {
        address key = addressR1(OTHER_KEY);
        bytes memory proof = signedR1(OTHER_KEY, registry.possessionDigest(gateway, key, OPERATOR));
        vm.prank(OPERATOR);
        registry.addKey(gateway, key, proof);
        OffchainAttestation.Signed memory one = statement(keccak256("shipment"), 0);
        OffchainAttestation.Signed memory other = statement(keccak256("shipment"), 2);
        one.signature = signedR1(OTHER_KEY, digest(one));
        other.signature = signedR1(OTHER_KEY, digest(other));
        slash(one, other);
        assertSlashed(STAKE / 10);
    }

    function test_refuses_what_does_not_contradict() public {
        bytes4 refusal = GatewayRegistry.NoContradiction.selector;
        OffchainAttestation.Signed memory one = signed(GATEWAY_KEY, statement(keccak256("shipment"), 0));
        refused(refusal, one, one);
        refused(refusal, one, signed(GATEWAY_KEY, statement(keccak256("another shipment"), 1)));
        OffchainAttestation.Signed memory again = statement(keccak256("shipment"), 0);
        again.salt = keccak256("signed once more after a crash");
        refused(refusal, one, signed(GATEWAY_KEY, again));
        OffchainAttestation.Signed memory correction = statement(keccak256("shipment"), 1);
        correction.refUID = keccak256("the uid of what it corrects");
        refused(refusal, one, signed(GATEWAY_KEY, correction));
    }

    function judgedBy(bytes32 agent, uint8 verdict) private pure returns (OffchainAttestation.Signed memory said) {
        said = statement(keccak256("shipment"), verdict);
        said.data = abi.encode(keccak256("shipment"), keccak256("event"), keccak256("readings"), 9, 1, 2, verdict, agent);
    }

    function test_two_policies_may_judge_one_shipment_differently_and_one_may_not() public {
        OffchainAttestation.Signed memory strict = signed(GATEWAY_KEY, judgedBy(keccak256("strict"), 1));
        OffchainAttestation.Signed memory mild = signed(GATEWAY_KEY, judgedBy(keccak256("mild"), 0));
        refused(GatewayRegistry.NoContradiction.selector, strict, mild);
        slash(mild, signed(GATEWAY_KEY, judgedBy(keccak256("mild"), 1)));
        assertSlashed(STAKE / 10);
    }

    /// @dev No schema has a word behind the agent, so one that is there makes no other subject of it.
    function test_words_beyond_the_schema_hide_no_contradiction() public {
        OffchainAttestation.Signed memory one = judgedBy(keccak256("agent"), 0);
        OffchainAttestation.Signed memory other = judgedBy(keccak256("agent"), 1);
        (one.data, other.data) = (bytes.concat(one.data, keccak256("one")), bytes.concat(other.data, keccak256("other")));
        slash(signed(GATEWAY_KEY, one), signed(GATEWAY_KEY, other));
        assertSlashed(STAKE / 10);
    }

    function test_verdicts_on_one_lot_by_two_plans_are_told_apart() public {
        bytes32 schema = keccak256(
            abi.encodePacked(
                "bytes32 lot,bytes32 inspectionRoot,uint32 lotSize,uint32 inspected,uint32 nonconforming,uint8 verdict,uint64 from,uint64 to,bytes32 agent",
                address(0),
                true
            )
        );
        OffchainAttestation.Signed memory one = statement(0, 0);
        one.schema = schema;
        one.data = abi.encode(keccak256("lot"), keccak256("items"), 500, 50, 1, 0, 1, 2, keccak256("plan"));
        OffchainAttestation.Signed memory other = statement(0, 0);
        other.schema = schema;
        other.data = abi.encode(keccak256("lot"), keccak256("items"), 500, 50, 1, 1, 1, 2, keccak256("another plan"));
        refused(GatewayRegistry.NoContradiction.selector, signed(GATEWAY_KEY, one), signed(GATEWAY_KEY, other));
        other.data = abi.encode(keccak256("lot"), keccak256("items"), 500, 50, 1, 1, 1, 2, keccak256("plan"));
        slash(one, signed(GATEWAY_KEY, other));
        assertSlashed(STAKE / 10);
    }

    function test_refuses_a_statement_too_short_to_name_its_agent() public {
        OffchainAttestation.Signed memory one = statement(keccak256("shipment"), 0);
        one.data = abi.encode(keccak256("shipment"), keccak256("event"), keccak256("readings"), 9, 1, 2, 0);
        OffchainAttestation.Signed memory other = statement(keccak256("shipment"), 1);
        other.data = abi.encode(keccak256("shipment"), keccak256("event"), keccak256("readings"), 9, 1, 2, 1);
        (one, other) = (signed(GATEWAY_KEY, one), signed(GATEWAY_KEY, other));
        try registry.slashStatements(VERSION, EAS, one, other, REPORTER) {
            assert(false);
        } catch {}
        assert(registry.isActive(gateway));
    }

    function test_two_corrections_of_one_attestation_contradict() public {
        OffchainAttestation.Signed memory one = statement(keccak256("shipment"), 0);
        OffchainAttestation.Signed memory other = statement(keccak256("shipment"), 1);
        (one.refUID, other.refUID) = (keccak256("corrected"), keccak256("corrected"));
        slash(signed(GATEWAY_KEY, one), signed(GATEWAY_KEY, other));
        assertSlashed(STAKE / 10);
    }

    function test_items_of_a_lot_are_told_apart() public {
        OffchainAttestation.Signed memory one = statement(0, 0);
        one.schema = ITEM;
        one.data = abi.encode(keccak256("lot"), keccak256("item 1"), keccak256("image"), 0, 900_000, 5, keccak256("agent"));
        OffchainAttestation.Signed memory other = statement(0, 0);
        other.schema = ITEM;
        other.data = abi.encode(keccak256("lot"), keccak256("item 2"), keccak256("image"), 1, 900_000, 5, keccak256("agent"));
        refused(GatewayRegistry.NoContradiction.selector, signed(GATEWAY_KEY, one), signed(GATEWAY_KEY, other));
        other.data = abi.encode(keccak256("lot"), keccak256("item 1"), keccak256("image"), 1, 900_000, 5, keccak256("agent"));
        slash(one, signed(GATEWAY_KEY, other));
        assertSlashed(STAKE / 10);
    }

    function added(uint256 key) private {
        bytes memory proof = possession(key, gateway, OPERATOR);
        vm.prank(OPERATOR);
        registry.addKey(gateway, vm.addr(key), proof);
    }

    function test_two_keys_of_one_gateway_that_contradict_cost_the_stake() public {
        added(OTHER_KEY);
        slash(signed(GATEWAY_KEY, statement(keccak256("shipment"), 0)), signed(OTHER_KEY, statement(keccak256("shipment"), 1)));
        assertSlashed(STAKE / 10);
    }

    function test_two_keys_of_one_gateway_that_say_the_same_cost_nothing() public {
        added(OTHER_KEY);
        OffchainAttestation.Signed memory said = statement(keccak256("shipment"), 1);
        refused(GatewayRegistry.NoContradiction.selector, signed(GATEWAY_KEY, said), signed(OTHER_KEY, said));
    }

    /// @dev Whoever found a key that was revoked long ago cannot turn it against the one in use, in either order.
    function test_a_key_revoked_long_ago_contradicts_nobody() public {
        added(OTHER_KEY);
        vm.prank(OPERATOR);
        registry.revokeKey(vm.addr(OTHER_KEY));
        vm.warp(block.timestamp + DELAY + 1);
        OffchainAttestation.Signed memory one = signed(GATEWAY_KEY, statement(keccak256("shipment"), 0));
        OffchainAttestation.Signed memory other = signed(OTHER_KEY, statement(keccak256("shipment"), 1));
        bytes memory refusal = abi.encodeWithSelector(GatewayRegistry.KeyIsRevoked.selector, vm.addr(OTHER_KEY));
        vm.expectRevert(refusal);
        slash(one, other);
        vm.expectRevert(refusal);
        slash(other, one);
    }

    function test_refuses_keys_of_two_gateways() public {
        uint256 key = 0xB0A7;
        registered(key);
        OffchainAttestation.Signed memory other = signed(key, statement(keccak256("shipment"), 1));
        vm.expectRevert(abi.encodeWithSelector(GatewayRegistry.SignersDiffer.selector, gateway, vm.addr(key)));
        slash(signed(GATEWAY_KEY, statement(keccak256("shipment"), 0)), other);
    }

    function test_two_keys_of_one_gateway_anchor_each_its_own() public {
        added(OTHER_KEY);
        Call memory one = call(4, keccak256("root"));
        Call memory other = call(4, keccak256("other"));
        other.key = OTHER_KEY;
        refusedAnchors(abi.encodeWithSelector(GatewayRegistry.SignersDiffer.selector, gateway, vm.addr(OTHER_KEY)), one, other);
    }

    function test_refuses_signatures_of_different_keys_and_of_unknown_ones() public {
        OffchainAttestation.Signed memory one = signed(GATEWAY_KEY, statement(keccak256("shipment"), 0));
        OffchainAttestation.Signed memory other = signed(OTHER_KEY, statement(keccak256("shipment"), 1));
        vm.expectRevert(abi.encodeWithSelector(GatewayRegistry.SignersDiffer.selector, gateway, vm.addr(OTHER_KEY)));
        slash(one, other);
        one = signed(OTHER_KEY, one);
        vm.expectRevert(abi.encodeWithSelector(GatewayRegistry.KeyUnknown.selector, vm.addr(OTHER_KEY)));
        slash(one, other);
    }

    /// @dev Whatever is altered after signing, another signer than the gateway recovers, or none.
    function testFuzz_a_changed_statement_proves_nothing(uint8 field, uint256 value) public {
        OffchainAttestation.Signed memory one = signed(GATEWAY_KEY, statement(keccak256("shipment"), 0));
        OffchainAttestation.Signed memory other = signed(GATEWAY_KEY, statement(keccak256("shipment"), 1));
        bytes32 before = digest(other);
        field %= 5;
        if (field == 0) other.recipient = address(uint160(value));
        if (field == 1) other.time = uint64(value);
        if (field == 2) other.expirationTime = uint64(value);
        if (field == 3) other.salt = bytes32(value);
        if (field == 4) other.revocable = false;
        vm.assume(digest(other) != before);
        try registry.slashStatements(VERSION, EAS, one, other, REPORTER) {
            assert(false);
        } catch {}
        assert(registry.isActive(gateway));
    }

    function test_refuses_a_schema_that_it_cannot_judge() public {
        OffchainAttestation.Signed memory one = statement(keccak256("shipment"), 0);
        one.schema = keccak256("another schema");
        one = signed(GATEWAY_KEY, one);
        vm.expectRevert(abi.encodeWithSelector(OffchainAttestation.SchemaNotJudged.selector, one.schema));
        slash(one, one);
    }

    function test_refuses_attestations_for_another_chain() public {
        OffchainAttestation.Signed memory one = signed(GATEWAY_KEY, statement(keccak256("shipment"), 0));
        OffchainAttestation.Signed memory other = signed(GATEWAY_KEY, statement(keccak256("shipment"), 1));
        vm.chainId(99);
        try registry.slashStatements(VERSION, EAS, one, other, REPORTER) {
            assert(false);
        } catch {}
        assert(registry.isActive(gateway));
    }

    function test_refuses_the_zero_reporter() public {
        OffchainAttestation.Signed memory one = signed(GATEWAY_KEY, statement(keccak256("shipment"), 0));
        OffchainAttestation.Signed memory other = signed(GATEWAY_KEY, statement(keccak256("shipment"), 1));
        vm.expectRevert(abi.encodeWithSelector(GatewayRegistry.ZeroAddress.selector));
        registry.slashStatements(VERSION, EAS, one, other, address(0));
    }

    // Who answers, and how long

    function test_a_leaving_gateway_answers_until_its_stake_has_left() public {
        OffchainAttestation.Signed memory one = signed(GATEWAY_KEY, statement(keccak256("shipment"), 0));
        OffchainAttestation.Signed memory other = signed(GATEWAY_KEY, statement(keccak256("shipment"), 1));
        vm.prank(OPERATOR);
        registry.unbond(gateway);
        vm.warp(block.timestamp + DELAY);
        slash(one, other);
        assertSlashed(STAKE / 10);
        refusedFor(forbidden(gateway, GatewayRegistry.Standing.Slashed), OPERATOR);
        registry.release(gateway);
    }

    function test_a_gateway_that_has_left_loses_its_name_only() public {
        vm.prank(OPERATOR);
        registry.unbond(gateway);
        vm.warp(block.timestamp + DELAY);
        vm.prank(OPERATOR);
        registry.release(gateway);
        slash(signed(GATEWAY_KEY, statement(keccak256("shipment"), 0)), signed(GATEWAY_KEY, statement(keccak256("shipment"), 1)));
        assertSlashed(0);
        same(registry.claimable(OPERATOR), STAKE);
    }

    function test_a_gateway_answers_for_a_revoked_key_as_long_as_the_delay() public {
        OffchainAttestation.Signed memory one = signed(GATEWAY_KEY, statement(keccak256("shipment"), 0));
        OffchainAttestation.Signed memory other = signed(GATEWAY_KEY, statement(keccak256("shipment"), 1));
        vm.prank(OPERATOR);
        registry.revokeKey(gateway);
        uint256 end = block.timestamp + DELAY;
        vm.warp(end + 1);
        vm.expectRevert(abi.encodeWithSelector(GatewayRegistry.KeyIsRevoked.selector, gateway));
        slash(one, other);
        vm.warp(end);
        slash(one, other);
        assertSlashed(STAKE / 10);
    }

    function test_without_a_treasury_the_rest_is_out_of_the_world() public {
        registry = new GatewayRegistry(OWNER, STAKE, DELAY, address(0));
        vm.prank(OWNER);
        registry.admit(OPERATOR);
        registered(GATEWAY_KEY);
        slash(signed(GATEWAY_KEY, statement(keccak256("shipment"), 0)), signed(GATEWAY_KEY, statement(keccak256("shipment"), 1)));
        same(registry.claimable(address(0)), STAKE - STAKE / 10);
    }

    // Anchors

    function refusedAnchors(bytes memory refusal, Call memory one, Call memory other) private {
        bytes memory first = transaction(one);
        bytes memory second = transaction(other);
        vm.expectRevert(refusal);
        registry.slashAnchors(first, second, REPORTER);
    }

    function testFuzz_two_anchors_under_one_index_cost_the_stake(uint64 index, bytes32 root, bytes32 otherRoot) public {
        vm.assume(root != otherRoot);
        registry.slashAnchors(transaction(call(index, root)), transaction(call(index, otherRoot)), REPORTER);
        assertSlashed(STAKE / 10);
    }

    function test_an_access_list_or_more_calldata_hides_nothing() public {
        Call memory other = call(4, keccak256("other"));
        other.accessList =
            hex"f838f794de0b295669a9fd93d5f28d9ec85e40f4cb697baee1a00000000000000000000000000000000000000000000000000000000000000003";
        other.rest = hex"00";
        registry.slashAnchors(transaction(call(4, keccak256("root"))), transaction(other), REPORTER);
        assertSlashed(STAKE / 10);
    }

    function test_refuses_anchors_that_do_not_contradict() public {
        bytes memory refusal = abi.encodeWithSelector(GatewayRegistry.NoContradiction.selector);
        refusedAnchors(refusal, call(4, keccak256("root")), call(4, keccak256("root")));
        refusedAnchors(refusal, call(4, keccak256("root")), call(5, keccak256("other")));
        Call memory elsewhere = call(4, keccak256("other"));
        elsewhere.to = address(new AnchorRegistry(registry));
        refusedAnchors(refusal, call(4, keccak256("root")), elsewhere);
    }

    function test_refuses_calls_of_contracts_that_do_not_rest_on_this_registry() public {
        Call memory one = call(4, keccak256("root"));
        Call memory other = call(4, keccak256("other"));
        (one.to, other.to) = (STRANGER, STRANGER);
        refusedAnchors(abi.encodeWithSelector(GatewayRegistry.NotOurAnchors.selector, STRANGER), one, other);
        one.to = address(new AnchorRegistry(new GatewayRegistry(OWNER, 0, 0, address(0))));
        other.to = one.to;
        refusedAnchors(abi.encodeWithSelector(GatewayRegistry.NotOurAnchors.selector, one.to), one, other);
    }

    function test_refuses_transactions_for_another_chain_and_of_other_keys() public {
        Call memory one = call(4, keccak256("root"));
        Call memory other = call(4, keccak256("other"));
        other.chain = 99;
        refusedAnchors(abi.encodeWithSelector(GatewayRegistry.WrongChain.selector, 99), one, other);
        refusedAnchors(abi.encodeWithSelector(GatewayRegistry.WrongChain.selector, 99), other, one);
        other = call(4, keccak256("other"));
        other.key = OTHER_KEY;
        refusedAnchors(abi.encodeWithSelector(GatewayRegistry.SignersDiffer.selector, gateway, vm.addr(OTHER_KEY)), one, other);
    }

    /// @dev Cut, lengthened or with one bit flipped, a transaction is refused, or read as somebody else's: the gateway stands.
    function testFuzz_a_damaged_transaction_proves_nothing(uint256 place, uint8 bit) public {
        bytes memory one = transaction(call(4, keccak256("root")));
        bytes memory other = transaction(call(4, keccak256("other")));
        place %= other.length;
        other[place] ^= bytes1(uint8(1 << (bit % 8)));
        try registry.slashAnchors(one, other, REPORTER) {
            assert(false);
        } catch {}
        other[place] ^= bytes1(uint8(1 << (bit % 8)));
        bytes memory cut = new bytes(place);
        for (uint256 i = 0; i < place; i++) {
            cut[i] = other[i];
        }
        vm.expectRevert(abi.encodeWithSelector(AnchorTransaction.NotAnAnchor.selector));
        registry.slashAnchors(one, cut, REPORTER);
        vm.expectRevert(abi.encodeWithSelector(AnchorTransaction.NotAnAnchor.selector));
        registry.slashAnchors(one, abi.encodePacked(other, hex"00"), REPORTER);
        assert(registry.isActive(gateway));
    }

    function test_refuses_a_malleable_transaction_signature() public {
        bytes memory one = transaction(call(4, keccak256("root")));
        bytes memory other = transaction(call(4, keccak256("other")));
        uint256 order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;
        uint256 s;
        assembly {
            s := mload(add(other, mload(other)))
            mstore(add(other, mload(other)), sub(order, s))
        }
        vm.expectRevert(abi.encodeWithSelector(Signatures.SignatureInvalid.selector));
        registry.slashAnchors(one, other, REPORTER);
    }
}
