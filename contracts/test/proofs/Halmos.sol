// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title The few cheatcodes of halmos that the proofs use
/// @dev Declared here as in halmos' documentation. What they return stands for every value of its type at once.
interface Svm {
    function createUint256(string calldata name) external pure returns (uint256);
    function createUint(uint256 bits, string calldata name) external pure returns (uint256);
    function createAddress(string calldata name) external pure returns (address);
    function createBytes32(string calldata name) external pure returns (bytes32);
    function createBytes(uint256 size, string calldata name) external pure returns (bytes memory);
    function enableSymbolicStorage(address account) external;
}

/// @title The few cheatcodes of Foundry that halmos knows and the proofs use
interface ProofVm {
    function assume(bool condition) external pure;
    function load(address account, bytes32 slot) external view returns (bytes32);
    function prank(address sender) external;
    function store(address account, bytes32 slot, bytes32 value) external;
    function warp(uint256 timestamp) external;
    function deal(address account, uint256 balance) external;
}

/// @title What every proof shares
/// @dev A proof begins from a state of which nothing is known but what it assumes, lets anybody call anything, and asserts what holds
/// afterwards: one step for all states, hence for every history.
abstract contract Proof {
    Svm internal constant svm = Svm(address(uint160(uint256(keccak256("svm cheat code")))));
    ProofVm internal constant vm = ProofVm(address(uint160(uint256(keccak256("hevm cheat code")))));
}
