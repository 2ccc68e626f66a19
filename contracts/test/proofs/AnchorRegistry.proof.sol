// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AnchorRegistry} from "../../src/AnchorRegistry.sol";
import {GatewayRegistry} from "../../src/GatewayRegistry.sol";
import {Proof} from "./Halmos.sol";

contract AnchorRegistryProof is Proof {
    AnchorRegistry private anchors;

    function setUp() public {
        anchors = new AnchorRegistry(new GatewayRegistry(address(1), 0, 0, address(0)));
        svm.enableSymbolicStorage(address(anchors));
    }

    /// @dev Whoever anchors whatever: no anchor is ever changed, and none stands without the one before it.
    function check_an_anchor_leaves_no_gap_and_changes_none(address caller, uint64 index, bytes32 root, uint32 count) public {
        address gateway = svm.createAddress("gateway");
        uint64 any = uint64(svm.createUint(64, "any_index"));
        bytes32 before = anchors.anchorOf(gateway, any);
        vm.assume(any == 0 || before == 0 || anchors.anchorOf(gateway, any - 1) != 0);
        vm.prank(caller);
        (bool done,) = address(anchors).call(abi.encodeCall(AnchorRegistry.anchor, (index, root, count)));
        bytes32 afterwards = anchors.anchorOf(gateway, any);
        assert(any == 0 || afterwards == 0 || anchors.anchorOf(gateway, any - 1) != 0);
        if (before != 0) assert(afterwards == before);
        if (afterwards != before) assert(done && caller == gateway && any == index && afterwards == root);
    }
}
