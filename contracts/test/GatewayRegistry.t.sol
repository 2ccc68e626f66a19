// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {GatewayRegistry} from "../src/GatewayRegistry.sol";
import {Signatures} from "../src/Signatures.sol";
import {Registered} from "./Registered.sol";

contract GatewayRegistryTest is Registered {
    uint256 private constant SECOND_KEY = 0x5EC0;

    function setUp() public {
        setUpRegistry();
    }

    function record() private view returns (GatewayRegistry.Gateway memory) {
        return registry.gatewayOf(gateway);
    }

    function added(uint256 key) private {
        bytes memory proof = possession(key, gateway, OPERATOR);
        vm.prank(OPERATOR);
        registry.addKey(gateway, vm.addr(key), proof);
    }

    // Registration

    function test_registered_gateway_is_active_with_its_stake_its_document_and_its_first_key() public {
        bytes memory proof = possession(GATEWAY_KEY, gateway, OPERATOR);
        vm.deal(OPERATOR, 2 * STAKE);
        vm.expectEmit(true, true, true, true, address(registry));
        emit GatewayRegistry.KeyAdded(gateway, gateway, GatewayRegistry.Curve.Secp256k1, 0, 0);
        vm.expectEmit(true, true, true, true, address(registry));
        emit GatewayRegistry.StandingChanged(gateway, GatewayRegistry.Standing.Active);
        vm.expectEmit(true, true, true, true, address(registry));
        emit GatewayRegistry.GatewayRegistered(gateway, OPERATOR, 2 * STAKE);
        vm.expectEmit(true, true, true, true, address(registry));
        emit GatewayRegistry.DocumentStated(gateway, keccak256("document"), "did:web:example.org");
        vm.prank(OPERATOR);
        registry.register{value: 2 * STAKE}(gateway, keccak256("document"), "did:web:example.org", proof);
        GatewayRegistry.Gateway memory known = record();
        assert(known.standing == GatewayRegistry.Standing.Active && registry.isActive(gateway));
        assert(known.since == 1_800_000_000 && known.registeredAt == 1_800_000_000 && known.unbondedAt == 0);
        assert(known.operator == OPERATOR && known.stake == 2 * STAKE && address(registry).balance == 2 * STAKE);
        same(known.documentHash, keccak256("document"));
        same(keccak256(bytes(known.documentUri)), keccak256("did:web:example.org"));
        same(registry.activeGatewayOf(gateway), gateway);
    }

    function test_both_records_have_the_documented_words() public {
        registered(GATEWAY_KEY);
        vm.warp(1_800_000_007);
        vm.prank(OWNER);
        registry.suspend(gateway);
        vm.prank(OPERATOR);
        registry.revokeKey(gateway);
        uint256 slot = uint256(vm.load(address(registry), keccak256(abi.encode(gateway, uint256(0)))));
        same(slot, 2 | (1_800_000_007 << 8) | (1_800_000_000 << 48) | (uint256(uint160(OPERATOR)) << 88));
        slot = uint256(vm.load(address(registry), keccak256(abi.encode(gateway, uint256(1)))));
        same(slot, uint256(uint160(gateway)) | (1_800_000_000 << 160) | (1_800_000_007 << 200));
    }

    function testFuzz_unregistered_is_not_active(address anyone) public view {
        assert(!registry.isActive(anyone) && registry.activeGatewayOf(anyone) == address(0));
    }

    function test_refuses_an_operator_who_is_not_admitted() public {
        bytes memory proof = possession(GATEWAY_KEY, gateway, STRANGER);
        refusedFor(abi.encodeWithSelector(GatewayRegistry.OperatorNotAdmitted.selector, STRANGER), STRANGER);
        registry.register(gateway, 0, "", proof);
        vm.prank(OWNER);
        registry.dismiss(OPERATOR);
        proof = possession(GATEWAY_KEY, gateway, OPERATOR);
        refusedFor(abi.encodeWithSelector(GatewayRegistry.OperatorNotAdmitted.selector, OPERATOR), OPERATOR);
        registry.register(gateway, 0, "", proof);
    }

    function test_refuses_a_second_registration_even_after_retirement() public {
        registered(GATEWAY_KEY);
        bytes memory proof = possession(GATEWAY_KEY, gateway, OPERATOR);
        refusedFor(abi.encodeWithSelector(GatewayRegistry.GatewayTaken.selector, gateway), OPERATOR);
        registry.register(gateway, 0, "", proof);
        retire();
        refusedFor(abi.encodeWithSelector(GatewayRegistry.GatewayTaken.selector, gateway), OPERATOR);
        registry.register(gateway, 0, "", proof);
    }

    function testFuzz_refuses_a_stake_below_the_least(uint256 stake) public {
        stake %= STAKE;
        bytes memory proof = possession(GATEWAY_KEY, gateway, OPERATOR);
        vm.deal(OPERATOR, stake);
        refusedFor(abi.encodeWithSelector(GatewayRegistry.StakeTooLow.selector, stake, STAKE), OPERATOR);
        registry.register{value: stake}(gateway, 0, "", proof);
    }

    /// @dev A signature for another operator, as an onlooker would copy it, or by another key, registers nothing.
    function test_refuses_a_registration_that_the_key_did_not_sign() public {
        bytes memory other = possession(GATEWAY_KEY, gateway, STRANGER);
        address recovered = new Recovery().recover(registry.possessionDigest(gateway, gateway, OPERATOR), other);
        refusedFor(abi.encodeWithSelector(GatewayRegistry.PossessionNotProven.selector, recovered, gateway), OPERATOR);
        registry.register(gateway, 0, "", other);
        bytes memory stranger = signedK1(SECOND_KEY, registry.possessionDigest(gateway, gateway, OPERATOR));
        refusedFor(abi.encodeWithSelector(GatewayRegistry.PossessionNotProven.selector, vm.addr(SECOND_KEY), gateway), OPERATOR);
        registry.register(gateway, 0, "", stranger);
        refusedFor(abi.encodeWithSelector(Signatures.SignatureInvalid.selector), OPERATOR);
        registry.register(gateway, 0, "", "");
    }

    function test_refuses_a_first_key_of_p256_for_it_could_not_anchor() public {
        address key = addressR1(GATEWAY_KEY);
        bytes memory proof = signedR1(GATEWAY_KEY, registry.possessionDigest(key, key, OPERATOR));
        refusedFor(abi.encodeWithSelector(Signatures.SignatureInvalid.selector), OPERATOR);
        registry.register(key, 0, "", proof);
    }

    function test_a_document_is_stated_anew_by_the_operator_alone() public {
        registered(GATEWAY_KEY);
        refusedFor(abi.encodeWithSelector(GatewayRegistry.NotOperator.selector, STRANGER), STRANGER);
        registry.setDocument(gateway, 0, "");
        vm.prank(OPERATOR);
        registry.setDocument(gateway, keccak256("new"), "did:web:new.example.org");
        same(record().documentHash, keccak256("new"));
        same(keccak256(bytes(record().documentUri)), keccak256("did:web:new.example.org"));
    }

    function test_a_gateway_passes_to_an_admitted_operator() public {
        registered(GATEWAY_KEY);
        refusedFor(abi.encodeWithSelector(GatewayRegistry.OperatorNotAdmitted.selector, STRANGER), OPERATOR);
        registry.setOperator(gateway, STRANGER);
        vm.prank(OPERATOR);
        registry.setOperator(gateway, OWNER);
        same(record().operator, OWNER);
        refusedFor(abi.encodeWithSelector(GatewayRegistry.NotOperator.selector, OPERATOR), OPERATOR);
        registry.unbond(gateway);
    }

    // Keys

    function test_a_further_key_counts_until_it_is_revoked_and_keeps_both_times() public {
        registered(GATEWAY_KEY);
        vm.warp(1_800_000_100);
        added(SECOND_KEY);
        address key = vm.addr(SECOND_KEY);
        same(registry.activeGatewayOf(key), gateway);
        vm.warp(1_800_000_200);
        vm.expectEmit(true, true, true, true, address(registry));
        emit GatewayRegistry.KeyRevoked(gateway, key);
        vm.prank(OPERATOR);
        registry.revokeKey(key);
        same(registry.activeGatewayOf(key), address(0));
        same(registry.activeGatewayOf(gateway), gateway);
        GatewayRegistry.Key memory known = registry.keyOf(key);
        assert(known.gateway == gateway && known.since == 1_800_000_100 && known.revokedAt == 1_800_000_200);
        refusedFor(abi.encodeWithSelector(GatewayRegistry.KeyIsRevoked.selector, key), OPERATOR);
        registry.revokeKey(key);
        bytes memory proof = possession(SECOND_KEY, gateway, OPERATOR);
        refusedFor(abi.encodeWithSelector(GatewayRegistry.KeyTaken.selector, key), OPERATOR);
        registry.addKey(gateway, key, proof);
    }

    /// forge-config: default.evm_version = "osaka"
    function test_a_p256_key_is_registered_by_its_own_signature() public {
        registered(GATEWAY_KEY);
        address key = addressR1(SECOND_KEY);
        (uint256 x, uint256 y) = vm.publicKeyP256(SECOND_KEY);
        bytes memory proof = signedR1(SECOND_KEY, registry.possessionDigest(gateway, key, OPERATOR));
        vm.expectEmit(true, true, true, true, address(registry));
        emit GatewayRegistry.KeyAdded(gateway, key, GatewayRegistry.Curve.P256, bytes32(x), bytes32(y));
        vm.prank(OPERATOR);
        registry.addKey(gateway, key, proof);
        assert(registry.keyOf(key).curve == GatewayRegistry.Curve.P256);
        same(registry.activeGatewayOf(key), gateway);
    }

    /// forge-config: default.evm_version = "osaka"
    function test_refuses_a_p256_signature_that_is_wrong_or_malleable() public {
        registered(GATEWAY_KEY);
        address key = addressR1(SECOND_KEY);
        bytes32 digest = registry.possessionDigest(gateway, key, OPERATOR);
        bytes memory wrong = signedR1(SECOND_KEY, keccak256("another digest"));
        refusedFor(abi.encodeWithSelector(Signatures.SignatureInvalid.selector), OPERATOR);
        registry.addKey(gateway, key, wrong);
        bytes memory twin = signedR1(SECOND_KEY, digest);
        (bytes32 r, bytes32 s) = (word(twin, 0), word(twin, 32));
        twin = abi.encodePacked(r, P256_ORDER - uint256(s), word(twin, 64), word(twin, 96));
        refusedFor(abi.encodeWithSelector(Signatures.SignatureInvalid.selector), OPERATOR);
        registry.addKey(gateway, key, twin);
        bytes memory short = abi.encodePacked(r, s, uint256(0));
        refusedFor(abi.encodeWithSelector(Signatures.SignatureInvalid.selector), OPERATOR);
        registry.addKey(gateway, key, short);
    }

    /// @dev Prague has no P256VERIFY: the call succeeds with no output, and nothing is registered.
    /// forge-config: default.evm_version = "prague"
    function test_refuses_p256_where_the_chain_cannot_check_it() public {
        registered(GATEWAY_KEY);
        address key = addressR1(SECOND_KEY);
        bytes memory proof = signedR1(SECOND_KEY, registry.possessionDigest(gateway, key, OPERATOR));
        refusedFor(abi.encodeWithSelector(Signatures.SignatureInvalid.selector), OPERATOR);
        registry.addKey(gateway, key, proof);
    }

    function test_refuses_the_malleable_twin_of_a_secp256k1_signature() public {
        registered(GATEWAY_KEY);
        address key = vm.addr(SECOND_KEY);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(SECOND_KEY, registry.possessionDigest(gateway, key, OPERATOR));
        uint256 order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;
        bytes memory twin = abi.encodePacked(r, order - uint256(s), v == 27 ? uint8(28) : uint8(27));
        refusedFor(abi.encodeWithSelector(Signatures.SignatureInvalid.selector), OPERATOR);
        registry.addKey(gateway, key, twin);
        bytes memory strange = abi.encodePacked(r, s, uint8(29));
        refusedFor(abi.encodeWithSelector(Signatures.SignatureInvalid.selector), OPERATOR);
        registry.addKey(gateway, key, strange);
    }

    function test_keys_are_the_operators_business() public {
        registered(GATEWAY_KEY);
        bytes memory proof = possession(SECOND_KEY, gateway, STRANGER);
        refusedFor(abi.encodeWithSelector(GatewayRegistry.NotOperator.selector, STRANGER), STRANGER);
        registry.addKey(gateway, vm.addr(SECOND_KEY), proof);
        refusedFor(abi.encodeWithSelector(GatewayRegistry.NotOperator.selector, OWNER), OWNER);
        registry.revokeKey(gateway);
        refusedFor(abi.encodeWithSelector(GatewayRegistry.KeyUnknown.selector, STRANGER), OPERATOR);
        registry.revokeKey(STRANGER);
        refusedFor(abi.encodeWithSelector(GatewayRegistry.GatewayUnknown.selector, STRANGER), OPERATOR);
        registry.addKey(STRANGER, STRANGER, proof);
    }

    // Stake

    function retire() private {
        vm.prank(OPERATOR);
        registry.unbond(gateway);
        vm.warp(block.timestamp + DELAY);
        vm.prank(OPERATOR);
        registry.release(gateway);
    }

    function test_a_stake_leaves_after_its_delay_and_is_claimed() public {
        registered(GATEWAY_KEY);
        vm.deal(STRANGER, 3);
        vm.prank(STRANGER);
        registry.addStake{value: 3}(gateway);
        vm.prank(OPERATOR);
        registry.unbond(gateway);
        assert(record().standing == GatewayRegistry.Standing.Unbonding && !registry.isActive(gateway));
        uint40 end = uint40(block.timestamp) + DELAY;
        vm.warp(end - 1);
        refusedFor(abi.encodeWithSelector(GatewayRegistry.StillBound.selector, gateway, end), OPERATOR);
        registry.release(gateway);
        vm.warp(end);
        vm.prank(OPERATOR);
        registry.release(gateway);
        assert(record().standing == GatewayRegistry.Standing.Retired && record().stake == 0);
        uint256 before = OPERATOR.balance;
        vm.expectEmit(true, true, true, true, address(registry));
        emit GatewayRegistry.Claimed(OPERATOR, STAKE + 3);
        vm.prank(OPERATOR);
        registry.claim();
        same(OPERATOR.balance - before, STAKE + 3);
        refusedFor(abi.encodeWithSelector(GatewayRegistry.NothingToClaim.selector, OPERATOR), OPERATOR);
        registry.claim();
    }

    function test_whoever_leaves_does_not_come_back() public {
        registered(GATEWAY_KEY);
        vm.prank(OPERATOR);
        registry.unbond(gateway);
        bytes memory refusal = forbidden(gateway, GatewayRegistry.Standing.Unbonding);
        refusedFor(refusal, OPERATOR);
        registry.unbond(gateway);
        refusedFor(refusal, OWNER);
        registry.suspend(gateway);
        refusedFor(refusal, OWNER);
        registry.reinstate(gateway);
        refusedFor(refusal, OPERATOR);
        registry.addStake(gateway);
        bytes memory proof = possession(SECOND_KEY, gateway, OPERATOR);
        refusedFor(refusal, OPERATOR);
        registry.addKey(gateway, vm.addr(SECOND_KEY), proof);
    }

    function test_a_stake_that_was_not_asked_for_is_not_released() public {
        registered(GATEWAY_KEY);
        refusedFor(forbidden(gateway, GatewayRegistry.Standing.Active), OPERATOR);
        registry.release(gateway);
        refusedFor(forbidden(STRANGER, GatewayRegistry.Standing.Unknown), OPERATOR);
        registry.addStake(STRANGER);
    }

    function test_a_receiver_that_refuses_ether_keeps_its_claim() public {
        registered(GATEWAY_KEY);
        Refusing refusing = new Refusing();
        vm.prank(OWNER);
        registry.admit(address(refusing));
        vm.prank(OPERATOR);
        registry.setOperator(gateway, address(refusing));
        vm.prank(address(refusing));
        registry.unbond(gateway);
        vm.warp(block.timestamp + DELAY);
        vm.prank(address(refusing));
        registry.release(gateway);
        refusedFor(abi.encodeWithSelector(GatewayRegistry.TransferRefused.selector, address(refusing)), address(refusing));
        registry.claim();
        same(registry.claimable(address(refusing)), STAKE);
    }

    function test_a_receiver_that_comes_back_takes_once() public {
        Reentering thief = new Reentering(registry);
        vm.prank(OWNER);
        registry.admit(address(thief));
        registered(GATEWAY_KEY);
        registered(SECOND_KEY);
        vm.prank(OPERATOR);
        registry.setOperator(gateway, address(thief));
        vm.prank(address(thief));
        registry.unbond(gateway);
        vm.warp(block.timestamp + DELAY);
        vm.prank(address(thief));
        registry.release(gateway);
        thief.take();
        same(address(thief).balance, STAKE);
        same(address(registry).balance, STAKE);
        assert(thief.refusals() == 1);
    }

    // The owner

    function test_suspended_is_not_active_until_reinstated() public {
        registered(GATEWAY_KEY);
        vm.expectEmit(true, true, true, true, address(registry));
        emit GatewayRegistry.StandingChanged(gateway, GatewayRegistry.Standing.Suspended);
        vm.prank(OWNER);
        registry.suspend(gateway);
        assert(!registry.isActive(gateway) && registry.activeGatewayOf(gateway) == address(0));
        refusedFor(forbidden(gateway, GatewayRegistry.Standing.Suspended), OWNER);
        registry.suspend(gateway);
        vm.prank(OWNER);
        registry.reinstate(gateway);
        assert(registry.isActive(gateway));
        refusedFor(forbidden(gateway, GatewayRegistry.Standing.Active), OWNER);
        registry.reinstate(gateway);
    }

    function testFuzz_refuses_everyone_but_the_owner(address caller) public {
        vm.assume(caller != OWNER);
        bytes memory refusal = abi.encodeWithSelector(GatewayRegistry.NotOwner.selector, caller);
        refusedFor(refusal, caller);
        registry.admit(caller);
        refusedFor(refusal, caller);
        registry.dismiss(OPERATOR);
        refusedFor(refusal, caller);
        registry.suspend(gateway);
        refusedFor(refusal, caller);
        registry.reinstate(gateway);
        refusedFor(refusal, caller);
        registry.offerOwnership(caller);
        refusedFor(refusal, caller);
        registry.announceSuccessor(caller);
    }

    function test_ownership_moves_in_two_steps() public {
        vm.prank(OWNER);
        registry.offerOwnership(STRANGER);
        same(registry.owner(), OWNER);
        vm.expectEmit(true, true, true, true, address(registry));
        emit GatewayRegistry.OwnershipTransferred(OWNER, STRANGER);
        vm.prank(STRANGER);
        registry.acceptOwnership();
        same(registry.owner(), STRANGER);
        same(registry.pendingOwner(), address(0));
        refusedFor(abi.encodeWithSelector(GatewayRegistry.NotOwner.selector, OWNER), OWNER);
        registry.admit(OWNER);
    }

    function test_refuses_acceptance_of_a_withdrawn_offer() public {
        vm.prank(OWNER);
        registry.offerOwnership(STRANGER);
        vm.prank(OWNER);
        registry.offerOwnership(address(0));
        refusedFor(abi.encodeWithSelector(GatewayRegistry.NotPendingOwner.selector, STRANGER), STRANGER);
        registry.acceptOwnership();
    }

    function test_a_successor_is_announced_and_moves_nothing() public {
        registered(GATEWAY_KEY);
        vm.expectEmit(true, true, true, true, address(registry));
        emit GatewayRegistry.SuccessorAnnounced(STRANGER);
        vm.prank(OWNER);
        registry.announceSuccessor(STRANGER);
        same(registry.successor(), STRANGER);
        assert(registry.isActive(gateway) && record().stake == STAKE);
    }

    function test_refuses_the_zero_address() public {
        bytes memory refusal = abi.encodeWithSelector(GatewayRegistry.ZeroAddress.selector);
        vm.expectRevert(refusal);
        new GatewayRegistry(address(0), 0, 0, address(0));
        refusedFor(refusal, OWNER);
        registry.admit(address(0));
    }

    function word(bytes memory from, uint256 offset) private pure returns (bytes32 found) {
        assembly {
            found := mload(add(add(from, 32), offset))
        }
    }
}


contract Recovery {
    function recover(bytes32 digest, bytes calldata signature) external view returns (address) {
        return Signatures.signerOf(digest, signature);
    }
}

contract Refusing {}

contract Reentering {
    GatewayRegistry private immutable REGISTRY;
    uint256 public refusals;

    constructor(GatewayRegistry registry) {
        REGISTRY = registry;
    }

    function take() external {
        REGISTRY.claim();
    }

    receive() external payable {
        try REGISTRY.claim() {}
        catch {
            refusals++;
        }
    }
}
