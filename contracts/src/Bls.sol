// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title BLS12-381 signatures, checked by the precompiles of EIP-2537
/// @notice Public keys are points of G1 in 128 bytes, signatures points of G2 in 256, both as EIP-2537 writes them; messages are hashed to
/// G2 by the suite BLS12381G2_XMD:SHA-256_SSWU_RO (RFC 9380).
library Bls {
    /// @notice A precompile refused its input: the bytes are no points of the right groups.
    error BlsInputInvalid();
    /// @notice Nothing answers where a precompile of EIP-2537 should be: this chain has none.
    /// @param precompile Its address.
    error PrecompileMissing(address precompile);

    /// @notice Length of a public key.
    uint256 internal constant KEY_LENGTH = 128;
    /// @notice Length of a signature.
    uint256 internal constant SIGNATURE_LENGTH = 256;

    address private constant MODEXP = address(0x05);
    address private constant G1ADD = address(0x0b);
    address private constant G2ADD = address(0x0d);
    address private constant PAIRING_CHECK = address(0x0f);
    address private constant MAP_FP2_TO_G2 = address(0x11);
    /// @dev The field's modulus in 64 bytes.
    bytes private constant MODULUS =
        hex"000000000000000000000000000000001a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab";
    /// @dev The generator of G1 with its y negated.
    bytes private constant NEGATIVE_GENERATOR =
        hex"0000000000000000000000000000000017f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb00000000000000000000000000000000114d1d6855d545a8aa7d76c8cf2e21f267816aef1db507c96655b9d5caac42364e6f38ba0ecb751bad54dcd6b939c2ca";

    /// @notice Returns the sum of two points of G1.
    /// @param one A point.
    /// @param other Another.
    /// @return Their sum.
    function add(bytes memory one, bytes memory other) internal view returns (bytes memory) {
        return _call(G1ADD, abi.encodePacked(one, other), KEY_LENGTH);
    }

    /// @notice Says whether a signature over a message is by a key. Both are checked to be in their subgroups.
    /// @param key The public key.
    /// @param message The message.
    /// @param signature The signature.
    /// @param tag Domain separation tag.
    /// @return Whether it is.
    function verify(bytes memory key, bytes memory message, bytes calldata signature, string memory tag) internal view returns (bool) {
        bytes memory input = abi.encodePacked(NEGATIVE_GENERATOR, signature, key, hashToG2(message, tag));
        return abi.decode(_call(PAIRING_CHECK, input, 32), (uint256)) == 1;
    }

    /// @notice Hashes a message to a point of G2.
    /// @param message The message.
    /// @param tag Domain separation tag.
    /// @return The point.
    function hashToG2(bytes memory message, string memory tag) internal view returns (bytes memory) {
        bytes32[8] memory words = _expand(message, abi.encodePacked(tag, uint8(bytes(tag).length)));
        bytes memory one = _map(words[0], words[1], words[2], words[3]);
        bytes memory other = _map(words[4], words[5], words[6], words[7]);
        return _call(G2ADD, abi.encodePacked(one, other), SIGNATURE_LENGTH);
    }

    /// @dev expand_message_xmd of RFC 9380 with SHA-256, for 256 bytes.
    function _expand(bytes memory message, bytes memory tag) private pure returns (bytes32[8] memory words) {
        bytes32 seed = sha256(abi.encodePacked(new bytes(64), message, uint16(256), uint8(0), tag));
        bytes32 previous = 0;
        for (uint8 i = 0; i < 8; ++i) {
            previous = sha256(abi.encodePacked(seed ^ previous, i + 1, tag));
            words[i] = previous;
        }
    }

    /// @dev The point of one element of the field's extension, whose two parts are 64 bytes each before they are reduced.
    function _map(bytes32 a, bytes32 b, bytes32 c, bytes32 d) private view returns (bytes memory) {
        return _call(MAP_FP2_TO_G2, abi.encodePacked(_reduce(a, b), _reduce(c, d)), SIGNATURE_LENGTH);
    }

    function _reduce(bytes32 high, bytes32 low) private view returns (bytes memory) {
        return _call(MODEXP, abi.encodePacked(uint256(64), uint256(1), uint256(64), high, low, uint8(1), MODULUS), 64);
    }

    function _call(address precompile, bytes memory input, uint256 length) private view returns (bytes memory output) {
        bool success;
        (success, output) = precompile.staticcall(input);
        // An address without code takes every call, and answers nothing.
        if (success && output.length == 0) revert PrecompileMissing(precompile);
        if (!success || output.length != length) revert BlsInputInvalid();
    }
}
