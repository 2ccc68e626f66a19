// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {GatewayRegistry} from "../src/GatewayRegistry.sol";
import {Tested} from "./Vm.sol";

contract GatewayRegistryTest is Tested {
    GatewayRegistry private registry;

    function setUp() public {
        registry = new GatewayRegistry(OWNER);
    }

    function registered() private {
        vm.prank(OWNER);
        registry.register(GATEWAY, bytes32(uint256(1)), bytes32(uint256(2)));
    }

    function test_registered_gateway_is_active_and_its_record_is_kept() public {
        vm.warp(1_800_000_000);
        vm.expectEmit(true, true, true, true, address(registry));
        emit GatewayRegistry.GatewayRegistered(GATEWAY, bytes32(uint256(1)), bytes32(uint256(2)));
        registered();
        assert(registry.isActive(GATEWAY));
        GatewayRegistry.Gateway memory record = registry.gatewayOf(GATEWAY);
        assert(record.standing == GatewayRegistry.Standing.Active && record.since == 1_800_000_000);
        same(record.keyId, bytes32(uint256(1)));
        same(record.metadataHash, bytes32(uint256(2)));
    }

    function testFuzz_unregistered_is_not_active(address anyone) public view {
        assert(!registry.isActive(anyone));
    }

    function test_suspended_is_not_active_until_reinstated() public {
        registered();
        vm.expectEmit(true, true, true, true, address(registry));
        emit GatewayRegistry.GatewaySuspended(GATEWAY);
        vm.prank(OWNER);
        registry.suspend(GATEWAY);
        assert(!registry.isActive(GATEWAY));
        vm.expectEmit(true, true, true, true, address(registry));
        emit GatewayRegistry.GatewayReinstated(GATEWAY);
        vm.prank(OWNER);
        registry.reinstate(GATEWAY);
        assert(registry.isActive(GATEWAY));
    }

    function test_refuses_a_second_registration_even_after_suspension() public {
        registered();
        vm.prank(OWNER);
        registry.suspend(GATEWAY);
        vm.expectRevert(abi.encodeWithSelector(GatewayRegistry.GatewayAlreadyRegistered.selector, GATEWAY));
        vm.prank(OWNER);
        registry.register(GATEWAY, bytes32(0), bytes32(0));
    }

    function test_refuses_changes_that_change_nothing() public {
        vm.expectRevert(abi.encodeWithSelector(GatewayRegistry.GatewayUnknown.selector, GATEWAY));
        vm.prank(OWNER);
        registry.suspend(GATEWAY);
        vm.expectRevert(abi.encodeWithSelector(GatewayRegistry.GatewayUnknown.selector, GATEWAY));
        vm.prank(OWNER);
        registry.reinstate(GATEWAY);
        registered();
        vm.expectRevert(abi.encodeWithSelector(GatewayRegistry.GatewayAlreadyActive.selector, GATEWAY));
        vm.prank(OWNER);
        registry.reinstate(GATEWAY);
        vm.prank(OWNER);
        registry.suspend(GATEWAY);
        vm.expectRevert(abi.encodeWithSelector(GatewayRegistry.GatewayAlreadySuspended.selector, GATEWAY));
        vm.prank(OWNER);
        registry.suspend(GATEWAY);
    }

    function test_refuses_the_zero_address() public {
        vm.expectRevert(abi.encodeWithSelector(GatewayRegistry.ZeroAddress.selector));
        new GatewayRegistry(address(0));
        vm.expectRevert(abi.encodeWithSelector(GatewayRegistry.ZeroAddress.selector));
        vm.prank(OWNER);
        registry.register(address(0), bytes32(0), bytes32(0));
    }

    function testFuzz_refuses_everyone_but_the_owner(address caller) public {
        vm.assume(caller != OWNER);
        bytes memory refusal = abi.encodeWithSelector(GatewayRegistry.NotOwner.selector, caller);
        vm.expectRevert(refusal);
        vm.prank(caller);
        registry.register(GATEWAY, bytes32(0), bytes32(0));
        vm.expectRevert(refusal);
        vm.prank(caller);
        registry.suspend(GATEWAY);
        vm.expectRevert(refusal);
        vm.prank(caller);
        registry.reinstate(GATEWAY);
        vm.expectRevert(refusal);
        vm.prank(caller);
        registry.offerOwnership(caller);
    }

    function test_ownership_moves_in_two_steps() public {
        vm.expectEmit(true, true, true, true, address(registry));
        emit GatewayRegistry.OwnershipOffered(OWNER, STRANGER);
        vm.prank(OWNER);
        registry.offerOwnership(STRANGER);
        same(registry.owner(), OWNER);
        same(registry.pendingOwner(), STRANGER);
        vm.expectEmit(true, true, true, true, address(registry));
        emit GatewayRegistry.OwnershipTransferred(OWNER, STRANGER);
        vm.prank(STRANGER);
        registry.acceptOwnership();
        same(registry.owner(), STRANGER);
        same(registry.pendingOwner(), address(0));
        vm.expectRevert(abi.encodeWithSelector(GatewayRegistry.NotOwner.selector, OWNER));
        vm.prank(OWNER);
        registry.suspend(GATEWAY);
    }

    function test_refuses_acceptance_of_a_withdrawn_offer() public {
        vm.prank(OWNER);
        registry.offerOwnership(STRANGER);
        vm.prank(OWNER);
        registry.offerOwnership(address(0));
        vm.expectRevert(abi.encodeWithSelector(GatewayRegistry.NotPendingOwner.selector, STRANGER));
        vm.prank(STRANGER);
        registry.acceptOwnership();
    }
}
