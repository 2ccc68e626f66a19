// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title The few cheatcodes of Foundry that these tests use
/// @dev Declared here so that no third-party source is needed; signatures as in Foundry's documentation.
interface Vm {
    function prank(address sender) external;
    function assume(bool condition) external pure;
    function warp(uint256 timestamp) external;
    function load(address account, bytes32 slot) external view returns (bytes32);
    function expectRevert(bytes calldata revertData) external;
    function expectEmit(bool topic1, bool topic2, bool topic3, bool data, address emitter) external;
}

/// @title What every test shares
abstract contract Tested {
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    address internal constant OWNER = address(0xA11CE);
    address internal constant GATEWAY = address(0x6A7E);
    address internal constant STRANGER = address(0xBAD);

    error Unequal(bytes32 left, bytes32 right);

    function same(bytes32 left, bytes32 right) internal pure {
        if (left != right) revert Unequal(left, right);
    }

    function same(address left, address right) internal pure {
        same(bytes32(uint256(uint160(left))), bytes32(uint256(uint160(right))));
    }
}
