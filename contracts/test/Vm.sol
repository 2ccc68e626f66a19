// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title The few cheatcodes of Foundry that these tests use
/// @dev Declared here so that no third-party source is needed; signatures as in Foundry's documentation.
interface Vm {
    function addr(uint256 key) external pure returns (address);
    function assume(bool condition) external pure;
    function chainId(uint256 id) external;
    function deal(address account, uint256 balance) external;
    function expectEmit(bool topic1, bool topic2, bool topic3, bool data, address emitter) external;
    function expectRevert(bytes calldata revertData) external;
    function getCode(string calldata path) external view returns (bytes memory);
    function load(address account, bytes32 slot) external view returns (bytes32);
    function prank(address sender) external;
    function publicKeyP256(uint256 key) external pure returns (uint256 x, uint256 y);
    function snapshotGasLastCall(string calldata name) external returns (uint256);
    function sign(uint256 key, bytes32 digest) external pure returns (uint8 v, bytes32 r, bytes32 s);
    function signP256(uint256 key, bytes32 digest) external pure returns (bytes32 r, bytes32 s);
    function store(address account, bytes32 slot, bytes32 value) external;
    function warp(uint256 timestamp) external;
}

/// @title What every test shares
abstract contract Tested {
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    address internal constant OWNER = address(0xA11CE);
    address internal constant STRANGER = address(0xBAD);
    uint256 internal constant P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551;

    error Unequal(bytes32 left, bytes32 right);

    function same(bytes32 left, bytes32 right) internal pure {
        if (left != right) revert Unequal(left, right);
    }

    function same(address left, address right) internal pure {
        same(bytes32(uint256(uint160(left))), bytes32(uint256(uint160(right))));
    }

    function same(uint256 left, uint256 right) internal pure {
        same(bytes32(left), bytes32(right));
    }

    /// @dev r, s, v of a secp256k1 key.
    function signedK1(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    /// @dev r, s, x, y of a P-256 key, with the lower s.
    function signedR1(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (bytes32 r, bytes32 s) = vm.signP256(key, digest);
        (uint256 x, uint256 y) = vm.publicKeyP256(key);
        if (uint256(s) > P256_ORDER / 2) s = bytes32(P256_ORDER - uint256(s));
        return abi.encodePacked(r, s, x, y);
    }

    function addressR1(uint256 key) internal pure returns (address) {
        (uint256 x, uint256 y) = vm.publicKeyP256(key);
        return address(uint160(uint256(keccak256(abi.encodePacked(x, y)))));
    }
}
