// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AnchorRegistry} from "../src/AnchorRegistry.sol";
import {GatewayRegistry} from "../src/GatewayRegistry.sol";
import {Tested} from "./Vm.sol";

contract AnchorRegistryTest is Tested {
    /// @dev Limit of one anchor as a whole transaction: intrinsic gas and calldata included.
    uint256 private constant GAS_LIMIT = 50_000;
    bytes32 private constant ROOT = keccak256("root");
    address private constant GATEWAY = address(0x6A7E);

    GatewayRegistry private gateways;
    AnchorRegistry private anchors;

    function setUp() public {
        gateways = new GatewayRegistry(OWNER, 0, 0, address(0));
        anchors = new AnchorRegistry(gateways);
    }

    function anchored(uint64 index, bytes32 root) private {
        vm.prank(GATEWAY);
        anchors.anchor(index, root, 1);
    }

    function refused(bytes memory refusal, uint64 index, bytes32 root, uint32 count) private {
        vm.expectRevert(refusal);
        vm.prank(GATEWAY);
        anchors.anchor(index, root, count);
    }

    function slotOf(address gateway, uint64 index) private pure returns (bytes32) {
        return keccak256(abi.encode(uint256(index), keccak256(abi.encode(gateway, uint256(0)))));
    }

    function test_anchors_and_says_so() public {
        vm.expectEmit(true, true, true, true, address(anchors));
        emit AnchorRegistry.Anchored(GATEWAY, 0, ROOT, 7);
        vm.prank(GATEWAY);
        anchors.anchor(0, ROOT, 7);
        same(anchors.anchorOf(GATEWAY, 0), ROOT);
        same(anchors.anchorOf(GATEWAY, 1), bytes32(0));
        same(address(anchors.GATEWAY_REGISTRY()), address(gateways));
    }

    function testFuzz_each_anchor_has_the_documented_slot(bytes32[8] calldata roots) public {
        for (uint64 index = 0; index < 8; index++) {
            vm.assume(roots[index] != bytes32(0));
            anchored(index, roots[index]);
        }
        for (uint64 index = 0; index < 8; index++) {
            same(vm.load(address(anchors), slotOf(GATEWAY, index)), roots[index]);
            same(anchors.anchorOf(GATEWAY, index), roots[index]);
        }
    }

    function testFuzz_refuses_a_gap(uint64 index) public {
        vm.assume(index > 1);
        anchored(0, ROOT);
        refused(abi.encodeWithSelector(AnchorRegistry.IndexSkipped.selector, GATEWAY, index), index, ROOT, 1);
    }

    function test_refuses_to_begin_after_zero() public {
        refused(abi.encodeWithSelector(AnchorRegistry.IndexSkipped.selector, GATEWAY, 1), 1, ROOT, 1);
    }

    function testFuzz_refuses_to_overwrite(bytes32 other) public {
        vm.assume(other != bytes32(0));
        anchored(0, ROOT);
        anchored(1, ROOT);
        refused(abi.encodeWithSelector(AnchorRegistry.IndexTaken.selector, GATEWAY, 0), 0, other, 1);
        refused(abi.encodeWithSelector(AnchorRegistry.IndexTaken.selector, GATEWAY, 1), 1, other, 1);
        same(anchors.anchorOf(GATEWAY, 0), ROOT);
    }

    function test_refuses_a_zero_root() public {
        refused(abi.encodeWithSelector(AnchorRegistry.EmptyRoot.selector), 0, bytes32(0), 1);
    }

    function test_refuses_an_empty_batch() public {
        refused(abi.encodeWithSelector(AnchorRegistry.EmptyBatch.selector), 0, ROOT, 0);
    }

    function testFuzz_whoever_anchors_commits_only_himself(address other) public {
        vm.assume(other != GATEWAY);
        anchored(0, ROOT);
        vm.prank(other);
        anchors.anchor(0, keccak256("other"), 1);
        same(anchors.anchorOf(GATEWAY, 0), ROOT);
        same(anchors.anchorOf(other, 0), keccak256("other"));
        same(anchors.anchorOf(GATEWAY, 1), bytes32(0));
    }

    function test_refuses_a_registry_that_is_no_contract() public {
        vm.expectRevert(abi.encodeWithSelector(AnchorRegistry.NoGatewayRegistry.selector, STRANGER));
        new AnchorRegistry(GatewayRegistry(STRANGER));
    }

    /// @dev Each test function is a transaction of its own whose accounts `setUp` left warm, so the cold surcharge is added by hand.
    function test_an_anchor_stays_under_its_gas_limit() public {
        anchored(0, ROOT);
        bytes memory input = abi.encodeCall(AnchorRegistry.anchor, (1, keccak256("next"), type(uint32).max));
        vm.prank(GATEWAY);
        uint256 before = gasleft();
        anchors.anchor(1, keccak256("next"), type(uint32).max);
        uint256 used = before - gasleft();
        uint256 intrinsic = 21_000;
        for (uint256 i = 0; i < input.length; i++) {
            intrinsic += input[i] == 0 ? 4 : 16;
        }
        // The root before this one, 2,000 more where it is cold.
        assert(used + intrinsic + 2_000 <= GAS_LIMIT);
    }
}
