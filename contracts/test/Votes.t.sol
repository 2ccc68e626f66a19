// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Bls} from "../src/Bls.sol";
import {GatewayRegistry} from "../src/GatewayRegistry.sol";
import {JointVerdict} from "../src/JointVerdict.sol";
import {BlsKeys} from "./BlsKeys.sol";
import {Contradicting} from "./Contradicting.sol";

/// @title BLS keys of gateways, and what two votes that contradict cost
contract VotesTest is Contradicting {
    uint256 private constant SECRET = 0xB15;
    uint256 private constant OTHER_SECRET = 0xB16;
    uint256 private constant OTHER_GATEWAY = 0xB0A7;
    address private constant ESCROW = address(0xE5C);
    bytes32 private constant ID = keccak256("escrow");
    uint8 private constant CONFORMS = 0;
    uint8 private constant BREACH = 1;

    function setUp() public {
        setUpRegistry();
        registered(GATEWAY_KEY);
    }

    // Keys

    function refusedKey(bytes memory refusal, address caller, address named, bytes memory key, bytes memory proof) private {
        refusedFor(refusal, caller);
        registry.registerBlsKey{gas: 1_000_000}(named, key, proof);
    }

    function keyRefused(address named) private pure returns (bytes memory) {
        return abi.encodeWithSelector(GatewayRegistry.BlsKeyRefused.selector, named);
    }

    function recordOf(uint256 secret) private view returns (GatewayRegistry.Key memory) {
        return registry.keyOf(BlsKeys.addressOf(BlsKeys.publicKey(secret)));
    }

    function isNow(address named, bytes memory key) private view {
        same(keccak256(registry.blsKeyOf(named)), keccak256(key));
    }

    function test_an_operator_registers_a_key_that_says_whose_it_is() public {
        bytes memory key = BlsKeys.publicKey(SECRET);
        bytes memory proof = blsPossession(gateway, SECRET);
        same(
            keccak256(registry.blsPossessionMessage(gateway, key)),
            keccak256(abi.encode(block.chainid, address(registry), gateway, key))
        );
        vm.expectEmit(true, true, true, true, address(registry));
        emit GatewayRegistry.BlsKeyAdded(gateway, BlsKeys.addressOf(key), key);
        vm.prank(OPERATOR);
        registry.registerBlsKey(gateway, key, proof);
        isNow(gateway, key);
        GatewayRegistry.Key memory record = recordOf(SECRET);
        assert(record.gateway == gateway && record.since == block.timestamp && record.revokedAt == 0);
        assert(record.curve == GatewayRegistry.Curve.Bls12381);
    }

    function testFuzz_a_key_needs_its_operator_and_its_own_word(uint256 secret) public {
        vm.assume(secret % BlsKeys.ORDER != 0 && secret % BlsKeys.ORDER != SECRET);
        bytes memory key = BlsKeys.publicKey(SECRET);
        bytes memory message = registry.blsPossessionMessage(gateway, key);
        bytes memory proof = blsPossession(gateway, SECRET);
        string memory tag = registry.BLS_POSSESSION_TAG();
        refusedKey(abi.encodeWithSelector(GatewayRegistry.NotOperator.selector, STRANGER), STRANGER, gateway, key, proof);
        refusedKey(abi.encodeWithSelector(GatewayRegistry.GatewayUnknown.selector, STRANGER), OPERATOR, STRANGER, key, proof);
        refusedKey(keyRefused(gateway), OPERATOR, gateway, key, BlsKeys.sign(secret, message, tag));
        refusedKey(keyRefused(gateway), OPERATOR, gateway, key, BlsKeys.sign(SECRET, message, JointVerdict.TAG));
        refusedKey(keyRefused(gateway), OPERATOR, gateway, BlsKeys.publicKey(secret), proof);
        // Made for one gateway, it is no word for another; nor for another registry, or another chain.
        address other = registered(OTHER_GATEWAY);
        refusedKey(keyRefused(other), OPERATOR, other, key, proof);
        GatewayRegistry first = registry;
        registry = new GatewayRegistry(OWNER, 0, 0, address(0));
        bytes memory elsewhere = blsPossession(gateway, SECRET);
        registry = first;
        refusedKey(keyRefused(gateway), OPERATOR, gateway, key, elsewhere);
        vm.chainId(99);
        refusedKey(keyRefused(gateway), OPERATOR, gateway, key, proof);
    }

    /// @dev The identity signs everything with the identity, and bytes may be cut between key and signature otherwise.
    function test_what_is_no_key_is_refused() public {
        bytes memory key = BlsKeys.publicKey(SECRET);
        bytes memory proof = blsPossession(gateway, SECRET);
        refusedKey(keyRefused(gateway), OPERATOR, gateway, new bytes(Bls.KEY_LENGTH), new bytes(Bls.SIGNATURE_LENGTH));
        refusedKey(keyRefused(gateway), OPERATOR, gateway, key, new bytes(Bls.SIGNATURE_LENGTH));
        refusedKey(keyRefused(gateway), OPERATOR, gateway, "", abi.encodePacked(proof, key));
        refusedKey(keyRefused(gateway), OPERATOR, gateway, abi.encodePacked(key, hex"00"), proof);
        bytes memory noPoint = abi.encodeWithSelector(Bls.BlsInputInvalid.selector);
        refusedKey(noPoint, OPERATOR, gateway, key, "");
        key[127] ^= 0x01;
        refusedKey(noPoint, OPERATOR, gateway, key, proof);
    }

    /// @dev The key that would cancel another's: without the proof of possession it could sign for both.
    function test_a_key_made_of_anothers_cannot_be_registered() public {
        registeredBls(gateway, SECRET);
        address other = registered(OTHER_GATEWAY);
        bytes memory rogue = Bls.add(BlsKeys.publicKey(7), BlsKeys.publicKey(BlsKeys.ORDER - SECRET));
        bytes memory proof = BlsKeys.sign(7, registry.blsPossessionMessage(other, rogue), registry.BLS_POSSESSION_TAG());
        refusedKey(keyRefused(other), OPERATOR, other, rogue, proof);
    }

    function test_a_key_is_registered_once_and_by_one_gateway() public {
        bytes memory key = registeredBls(gateway, SECRET);
        address other = registered(OTHER_GATEWAY);
        bytes memory taken = abi.encodeWithSelector(GatewayRegistry.KeyTaken.selector, BlsKeys.addressOf(key));
        refusedKey(taken, OPERATOR, other, key, blsPossession(other, SECRET));
        refusedKey(taken, OPERATOR, gateway, key, blsPossession(gateway, SECRET));
        registeredBls(gateway, OTHER_SECRET);
        refusedKey(taken, OPERATOR, gateway, key, blsPossession(gateway, SECRET));
        refusedKey(taken, OPERATOR, other, key, blsPossession(other, SECRET));
    }

    function test_a_new_key_revokes_the_one_before_and_keeps_whose_it_was() public {
        bytes memory key = registeredBls(gateway, SECRET);
        uint256 since = block.timestamp;
        vm.warp(since + 100);
        vm.expectEmit(true, true, true, true, address(registry));
        emit GatewayRegistry.KeyRevoked(gateway, BlsKeys.addressOf(key));
        isNow(gateway, registeredBls(gateway, OTHER_SECRET));
        GatewayRegistry.Key memory record = recordOf(SECRET);
        assert(record.gateway == gateway && record.since == since && record.revokedAt == since + 100);
        assert(recordOf(OTHER_SECRET).revokedAt == 0);
        // The one before cannot be revoked again, and takes the new one with it no more.
        refusedFor(abi.encodeWithSelector(GatewayRegistry.KeyIsRevoked.selector, BlsKeys.addressOf(key)), OPERATOR);
        registry.revokeKey(BlsKeys.addressOf(key));
        isNow(gateway, BlsKeys.publicKey(OTHER_SECRET));
    }

    function test_a_revoked_key_leaves_none_and_the_signer_keys_alone() public {
        address key = BlsKeys.addressOf(registeredBls(gateway, SECRET));
        refusedFor(abi.encodeWithSelector(GatewayRegistry.NotOperator.selector, STRANGER), STRANGER);
        registry.revokeKey(key);
        vm.prank(OPERATOR);
        registry.revokeKey(key);
        same(registry.blsKeyOf(gateway).length, 0);
        assert(recordOf(SECRET).revokedAt == block.timestamp && registry.activeGatewayOf(gateway) == gateway);
        registeredBls(gateway, OTHER_SECRET);
        vm.prank(OPERATOR);
        registry.revokeKey(gateway);
        isNow(gateway, BlsKeys.publicKey(OTHER_SECRET));
    }

    function test_a_gateway_out_of_service_registers_none() public {
        bytes memory key = BlsKeys.publicKey(SECRET);
        bytes memory proof = blsPossession(gateway, SECRET);
        vm.prank(OPERATOR);
        registry.unbond(gateway);
        refusedKey(forbidden(gateway, GatewayRegistry.Standing.Unbonding), OPERATOR, gateway, key, proof);
    }

    /// forge-config: default.evm_version = "cancun"
    function test_a_chain_without_the_precompiles_says_so_and_loses_nothing_else() public {
        bytes memory missing = abi.encodeWithSelector(Bls.PrecompileMissing.selector, address(0x11));
        bytes memory key = new bytes(Bls.KEY_LENGTH);
        key[127] = 0x01;
        refusedKey(missing, OPERATOR, gateway, key, new bytes(Bls.SIGNATURE_LENGTH));
        JointVerdict.Part memory one = JointVerdict.Part(key, CONFORMS, 0, new bytes(Bls.SIGNATURE_LENGTH));
        JointVerdict.Part memory other = JointVerdict.Part(key, BREACH, 1, new bytes(Bls.SIGNATURE_LENGTH));
        refused(abi.encodeWithSelector(GatewayRegistry.KeyUnknown.selector, BlsKeys.addressOf(key)), one, other);
        // A key in the registry all the same: the word that `_keys` would hold.
        bytes32 slot = keccak256(abi.encode(BlsKeys.addressOf(key), 1));
        vm.store(address(registry), slot, bytes32(uint256(uint160(gateway)) | (2 << 240)));
        refused(missing, one, other);
        registry.slashStatements(
            VERSION, EAS, signed(GATEWAY_KEY, statement(ID, CONFORMS)), signed(GATEWAY_KEY, statement(ID, BREACH)), REPORTER
        );
        assert(!registry.isActive(gateway));
    }

    // Votes

    /// @dev A precompile that refuses its input takes all the gas that it was given.
    function slash(JointVerdict.Part memory one, JointVerdict.Part memory other) private {
        registry.slashVotes{gas: 1_000_000}(ESCROW, ID, one, other, REPORTER);
    }

    function refused(bytes memory refusal, JointVerdict.Part memory one, JointVerdict.Part memory other) private {
        vm.expectRevert(refusal);
        slash(one, other);
        vm.expectRevert(refusal);
        slash(other, one);
    }

    function vote(uint256 secret, uint8 verdict, uint64 measure) private view returns (JointVerdict.Part memory) {
        return part(secret, ESCROW, ID, verdict, measure);
    }

    function notSigned(uint256 secret) private view returns (bytes memory) {
        return abi.encodeWithSelector(GatewayRegistry.VoteNotSigned.selector, BlsKeys.addressOf(BlsKeys.publicKey(secret)));
    }

    function unknown(uint256 secret) private view returns (bytes memory) {
        return abi.encodeWithSelector(GatewayRegistry.KeyUnknown.selector, BlsKeys.addressOf(BlsKeys.publicKey(secret)));
    }

    function assertSlashed(uint256 reward) private view {
        GatewayRegistry.Gateway memory record = registry.gatewayOf(gateway);
        assert(record.standing == GatewayRegistry.Standing.Slashed && record.stake == 0 && !registry.isActive(gateway));
        same(registry.claimable(REPORTER), reward);
        same(registry.claimable(TREASURY), reward * 9);
    }

    function test_two_verdicts_on_one_escrow_cost_the_stake() public {
        bytes memory key = registeredBls(gateway, SECRET);
        JointVerdict.Part memory one = vote(SECRET, CONFORMS, 0);
        JointVerdict.Part memory other = vote(SECRET, BREACH, 1800);
        bytes32 first = keccak256(abi.encode(block.chainid, ESCROW, ID, CONFORMS, uint64(0)));
        bytes32 second = keccak256(abi.encode(block.chainid, ESCROW, ID, BREACH, uint64(1800)));
        vm.expectEmit(true, true, true, true, address(registry));
        emit GatewayRegistry.EquivocationProven(
            gateway, BlsKeys.addressOf(key), REPORTER, first, second, STAKE / 10, STAKE - STAKE / 10
        );
        vm.prank(STRANGER);
        slash(one, other);
        assertSlashed(STAKE / 10);
        refusedFor(forbidden(gateway, GatewayRegistry.Standing.Slashed), STRANGER);
        slash(one, other);
        vm.prank(REPORTER);
        registry.claim();
        same(REPORTER.balance, STAKE / 10);
    }

    function testFuzz_votes_that_differ_cost_the_stake_and_the_same_vote_does_not(uint8 verdict, uint64 measure, uint8 other, uint64 another)
        public
    {
        registeredBls(gateway, SECRET);
        bytes memory refusal = abi.encodeWithSelector(GatewayRegistry.NoContradiction.selector);
        refused(refusal, vote(SECRET, verdict, measure), vote(SECRET, verdict, measure));
        vm.assume(verdict != other || measure != another);
        slash(vote(SECRET, verdict, measure), vote(SECRET, other, another));
        assertSlashed(STAKE / 10);
    }

    function test_two_measures_of_one_breach_contradict() public {
        registeredBls(gateway, SECRET);
        slash(vote(SECRET, BREACH, 1800), vote(SECRET, BREACH, 1801));
        assertSlashed(STAKE / 10);
    }

    function test_a_key_and_the_one_in_its_place_are_one_gateways() public {
        registeredBls(gateway, SECRET);
        registeredBls(gateway, OTHER_SECRET);
        slash(vote(SECRET, CONFORMS, 0), vote(OTHER_SECRET, BREACH, 1800));
        assertSlashed(STAKE / 10);
    }

    function test_a_gateway_answers_for_a_revoked_key_as_long_as_the_delay() public {
        address key = BlsKeys.addressOf(registeredBls(gateway, SECRET));
        JointVerdict.Part memory one = vote(SECRET, CONFORMS, 0);
        JointVerdict.Part memory other = vote(SECRET, BREACH, 1800);
        vm.prank(OPERATOR);
        registry.revokeKey(key);
        uint256 end = block.timestamp + DELAY;
        vm.warp(end + 1);
        refused(abi.encodeWithSelector(GatewayRegistry.KeyIsRevoked.selector, key), one, other);
        vm.warp(end);
        slash(one, other);
        assertSlashed(STAKE / 10);
    }

    function test_a_key_replaced_long_ago_contradicts_nobody() public {
        address key = BlsKeys.addressOf(registeredBls(gateway, SECRET));
        registeredBls(gateway, OTHER_SECRET);
        vm.warp(block.timestamp + DELAY + 1);
        bytes memory refusal = abi.encodeWithSelector(GatewayRegistry.KeyIsRevoked.selector, key);
        refused(refusal, vote(SECRET, CONFORMS, 0), vote(OTHER_SECRET, BREACH, 1800));
    }

    function test_a_leaving_gateway_answers_until_its_stake_has_left() public {
        registeredBls(gateway, SECRET);
        vm.prank(OPERATOR);
        registry.unbond(gateway);
        vm.warp(block.timestamp + DELAY);
        slash(vote(SECRET, CONFORMS, 0), vote(SECRET, BREACH, 1800));
        assertSlashed(STAKE / 10);
        refusedFor(forbidden(gateway, GatewayRegistry.Standing.Slashed), OPERATOR);
        registry.release(gateway);
    }

    function test_votes_on_another_escrow_contract_or_chain_are_none_on_this_one() public {
        registeredBls(gateway, SECRET);
        JointVerdict.Part memory one = vote(SECRET, CONFORMS, 0);
        refused(notSigned(SECRET), one, part(SECRET, ESCROW, keccak256("another"), BREACH, 1800));
        refused(notSigned(SECRET), one, part(SECRET, STRANGER, ID, BREACH, 1800));
        JointVerdict.Part memory other = vote(SECRET, BREACH, 1800);
        vm.chainId(99);
        refused(notSigned(SECRET), one, other);
        assert(registry.isActive(gateway));
    }

    function test_keys_of_two_gateways_and_unknown_ones_prove_nothing() public {
        address key = BlsKeys.addressOf(registeredBls(gateway, SECRET));
        JointVerdict.Part memory one = vote(SECRET, CONFORMS, 0);
        refused(unknown(OTHER_SECRET), one, vote(OTHER_SECRET, BREACH, 1800));
        address other = BlsKeys.addressOf(registeredBls(registered(OTHER_GATEWAY), OTHER_SECRET));
        JointVerdict.Part memory forged = vote(OTHER_SECRET, BREACH, 1800);
        vm.expectRevert(abi.encodeWithSelector(GatewayRegistry.SignersDiffer.selector, key, other));
        slash(one, forged);
        vm.expectRevert(abi.encodeWithSelector(GatewayRegistry.SignersDiffer.selector, other, key));
        slash(forged, one);
        // The other's signature is none of this key.
        forged.key = one.key;
        refused(notSigned(SECRET), one, forged);
        assert(registry.isActive(gateway));
    }

    /// @dev Neither the sum of two gateways' signatures under one's key, nor the sum of their keys, accuses anybody.
    function test_a_signature_of_several_gateways_proves_nothing_against_one() public {
        bytes memory key = registeredBls(gateway, SECRET);
        bytes memory another = registeredBls(registered(OTHER_GATEWAY), OTHER_SECRET);
        JointVerdict.Part memory one = vote(SECRET, CONFORMS, 0);
        JointVerdict.Part memory together = vote(SECRET, BREACH, 1800);
        together.signature = BlsKeys.add(together.signature, vote(OTHER_SECRET, BREACH, 1800).signature);
        refused(notSigned(SECRET), one, together);
        together.key = Bls.add(key, another);
        refused(unknown(SECRET + OTHER_SECRET), one, together);
        assert(registry.isActive(gateway));
    }

    function test_identities_prove_nothing() public {
        registeredBls(gateway, SECRET);
        JointVerdict.Part memory one = vote(SECRET, CONFORMS, 0);
        JointVerdict.Part memory other = vote(SECRET, BREACH, 1800);
        other.signature = new bytes(Bls.SIGNATURE_LENGTH);
        refused(notSigned(SECRET), one, other);
        other.key = new bytes(Bls.KEY_LENGTH);
        refused(abi.encodeWithSelector(GatewayRegistry.KeyUnknown.selector, BlsKeys.addressOf(other.key)), one, other);
    }

    /// @dev Whatever is altered after signing, the key did not sign it, or the bytes are no point.
    function testFuzz_a_damaged_vote_proves_nothing(uint256 place, uint8 bit) public {
        registeredBls(gateway, SECRET);
        JointVerdict.Part memory one = vote(SECRET, CONFORMS, 0);
        JointVerdict.Part memory other = vote(SECRET, BREACH, 1800);
        place %= Bls.SIGNATURE_LENGTH;
        other.signature[place] ^= bytes1(uint8(1 << (bit % 8)));
        refused(abi.encodeWithSelector(Bls.BlsInputInvalid.selector), one, other);
        other = vote(SECRET, BREACH, 1800);
        other.key[place % Bls.KEY_LENGTH] ^= bytes1(uint8(1 << (bit % 8)));
        refused(abi.encodeWithSelector(GatewayRegistry.KeyUnknown.selector, BlsKeys.addressOf(other.key)), one, other);
        other = vote(SECRET, BREACH, 1800);
        other.measure ^= uint64(1) << (bit % 64);
        refused(notSigned(SECRET), one, other);
        other = vote(SECRET, BREACH, 1800);
        bytes memory cut = new bytes(place);
        for (uint256 i = 0; i < place; i++) {
            cut[i] = other.signature[i];
        }
        other.signature = cut;
        refused(abi.encodeWithSelector(Bls.BlsInputInvalid.selector), one, other);
        assert(registry.isActive(gateway));
    }

    /// @dev Whoever signs that a key is his cannot be shown to have voted, nor the other way.
    function test_a_proof_of_possession_is_no_vote() public {
        registeredBls(gateway, SECRET);
        JointVerdict.Part memory other = vote(SECRET, BREACH, 1800);
        bytes memory message = abi.encode(block.chainid, ESCROW, ID, BREACH, uint64(1800));
        other.signature = BlsKeys.sign(SECRET, message, registry.BLS_POSSESSION_TAG());
        refused(notSigned(SECRET), vote(SECRET, CONFORMS, 0), other);
    }

    function test_refuses_the_zero_reporter() public {
        registeredBls(gateway, SECRET);
        JointVerdict.Part memory one = vote(SECRET, CONFORMS, 0);
        JointVerdict.Part memory other = vote(SECRET, BREACH, 1800);
        vm.expectRevert(abi.encodeWithSelector(GatewayRegistry.ZeroAddress.selector));
        registry.slashVotes(ESCROW, ID, one, other, address(0));
    }
}
