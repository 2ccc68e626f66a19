// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Bls} from "../src/Bls.sol";

/// @title What the owner of a BLS12-381 key computes, by the same precompiles (EIP-2537)
library BlsKeys {
    address private constant G1MSM = address(0x0c);
    address private constant G2ADD = address(0x0d);
    address private constant G2MSM = address(0x0e);
    bytes private constant GENERATOR =
        hex"0000000000000000000000000000000017f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb0000000000000000000000000000000008b3f481e3aaa0f1a09e30ed741d8ae4fcf5e095d5d00af600db18cb2c04b3edd03cc744a2888ae40caa232946c5e7e1";

    /// @dev Order of the groups: no scalar from here on is another key.
    uint256 internal constant ORDER = 0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001;

    function publicKey(uint256 secret) internal view returns (bytes memory) {
        return _call(G1MSM, abi.encodePacked(GENERATOR, secret));
    }

    function sign(uint256 secret, bytes memory message, string memory tag) internal view returns (bytes memory) {
        return _call(G2MSM, abi.encodePacked(Bls.hashToG2(message, tag), secret));
    }

    /// @dev What the registry calls a key.
    function addressOf(bytes memory key) internal pure returns (address) {
        return address(uint160(uint256(keccak256(key))));
    }

    function add(bytes memory one, bytes memory other) internal view returns (bytes memory) {
        return _call(G2ADD, abi.encodePacked(one, other));
    }

    function _call(address precompile, bytes memory input) private view returns (bytes memory output) {
        bool success;
        (success, output) = precompile.staticcall(input);
        require(success, "precompile");
    }
}
