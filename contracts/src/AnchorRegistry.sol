// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {GatewayRegistry} from "./GatewayRegistry.sol";

/// @title One storage slot per batch
/// @notice A gateway anchors the Merkle roots of its batches under 0, 1, 2, ... without gaps and without overwriting, so that a batch
/// left out, doubled or changed afterwards shows.
/// @dev The root of batch `index` of `gateway` lies in slot keccak256(index . keccak256(gateway . 0)), each term padded to 32 bytes:
/// anyone proves it with one `eth_getProof` against a block's state root, and needs neither logs nor this contract's cooperation.
/// The contract has no owner, holds no value, cannot be upgraded and deletes nothing. It does not see what is in a batch: that a root
/// stands here says who committed to it and by when, never that the statements under it are true. It does not ask who anchors either:
/// whoever does so commits nobody but himself, and a verifier looks the address up in GATEWAY_REGISTRY by proofs of that contract's slots.
contract AnchorRegistry {
    /// @notice A batch cannot be empty.
    error EmptyBatch();
    /// @notice The zero root means "nothing anchored" and cannot be anchored.
    error EmptyRoot();
    /// @notice The index before this one has not been anchored yet.
    /// @param gateway Who tried.
    /// @param index The index given.
    error IndexSkipped(address gateway, uint64 index);
    /// @notice This index has been anchored already and stands for good.
    /// @param gateway Who tried.
    /// @param index The index given.
    error IndexTaken(address gateway, uint64 index);
    /// @notice There is no contract where the gateway registry should be.
    /// @param gatewayRegistry The address given.
    error NoGatewayRegistry(address gatewayRegistry);

    /// @notice A batch was anchored.
    /// @param gateway Who committed to it.
    /// @param index Its number among this gateway's batches.
    /// @param root Its Merkle root.
    /// @param count How many statements the gateway says are under the root.
    event Anchored(address indexed gateway, uint64 indexed index, bytes32 root, uint32 count);

    /// @notice Says whose key an anchoring address is and how its gateway stands; part of the runtime code, so a proof of the code's
    /// hash proves it too.
    GatewayRegistry public immutable GATEWAY_REGISTRY;

    /// @dev Slot 0, and it must stay there: verifiers compute slots from it.
    mapping(address gateway => mapping(uint256 index => bytes32 root)) private _roots;

    /// @notice Fixes, for good, which registry says whose key is whose.
    /// @param gatewayRegistry That registry.
    constructor(GatewayRegistry gatewayRegistry) {
        if (address(gatewayRegistry).code.length == 0) revert NoGatewayRegistry(address(gatewayRegistry));
        GATEWAY_REGISTRY = gatewayRegistry;
    }

    /// @notice Commits the calling gateway to a batch.
    /// @param index The batch's number: 0 at first, then one more each time.
    /// @param root The batch's Merkle root, not zero.
    /// @param count How many statements are under the root, not zero.
    function anchor(uint64 index, bytes32 root, uint32 count) external {
        if (root == bytes32(0)) revert EmptyRoot();
        if (count == 0) revert EmptyBatch();
        mapping(uint256 index => bytes32 root) storage roots = _roots[msg.sender];
        // A root is never zero and never deleted, so the one before this says by itself that none before it is missing.
        if (index != 0 && roots[index - 1] == bytes32(0)) revert IndexSkipped(msg.sender, index);
        if (roots[index] != bytes32(0)) revert IndexTaken(msg.sender, index);
        roots[index] = root;
        emit Anchored(msg.sender, index, root, count);
    }

    /// @notice Returns the root of a gateway's batch.
    /// @param gateway Who committed to it.
    /// @param index Its number among this gateway's batches.
    /// @return The root, or zero where nothing was anchored.
    function anchorOf(address gateway, uint64 index) external view returns (bytes32) {
        return _roots[gateway][index];
    }
}
