// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Signatures of both curves
/// @notice Tells who signed a digest: 65 bytes r, s, v of secp256k1, or 128 bytes r, s, x, y of P-256, checked by the precompile of EIP-7951.
/// @dev One spelling per signature: the upper half of s is refused on both curves. The address of a P-256 key is derived as Ethereum
/// derives those of secp256k1: the last 20 bytes of keccak256(x . y).
library Signatures {
    /// @notice The signature is malformed, malleable, or of no key.
    error SignatureInvalid();

    /// @notice P256VERIFY: 160 bytes digest, r, s, x, y in; the word 1 out, or nothing.
    address internal constant P256VERIFY = address(0x100);
    /// @notice Length of a secp256k1 signature: r, s, v.
    uint256 internal constant K1_LENGTH = 65;
    /// @notice Length of a P-256 signature: r, s, x, y.
    uint256 internal constant R1_LENGTH = 128;

    /// @dev Half the order of secp256k1 (EIP-2).
    uint256 private constant K1_HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0;
    /// @dev Half the order of P-256.
    uint256 private constant R1_HALF_ORDER = 0x7FFFFFFF800000007FFFFFFFFFFFFFFFDE737D56D38BCF4279DCE5617E3192A8;

    /// @notice Returns who signed a digest.
    /// @param digest What was signed.
    /// @param signature r, s, v or r, s, x, y.
    /// @return The signer's address, never zero.
    function signerOf(bytes32 digest, bytes calldata signature) internal view returns (address) {
        if (signature.length == R1_LENGTH) return _signerR1(digest, signature);
        if (signature.length != K1_LENGTH) revert SignatureInvalid();
        return signerK1(digest, uint8(signature[64]), bytes32(signature[:32]), bytes32(signature[32:64]));
    }

    /// @notice Returns whose secp256k1 key signed a digest.
    /// @param digest What was signed.
    /// @param v 27 or 28.
    /// @param r The signature's r.
    /// @param s The signature's s, in the lower half.
    /// @return signer The signer's address, never zero.
    function signerK1(bytes32 digest, uint8 v, bytes32 r, bytes32 s) internal pure returns (address signer) {
        if (uint256(s) > K1_HALF_ORDER) revert SignatureInvalid();
        signer = ecrecover(digest, v, r, s);
        if (signer == address(0)) revert SignatureInvalid();
    }

    function _signerR1(bytes32 digest, bytes calldata signature) private view returns (address) {
        if (uint256(bytes32(signature[32:64])) > R1_HALF_ORDER) revert SignatureInvalid();
        // Where the precompile does not exist the call succeeds with no output, which is a refusal too.
        (bool success, bytes memory output) = P256VERIFY.staticcall(abi.encodePacked(digest, signature));
        if (!success || output.length != 32 || abi.decode(output, (uint256)) != 1) revert SignatureInvalid();
        return address(uint160(uint256(keccak256(signature[64:128]))));
    }
}
