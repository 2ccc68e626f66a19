// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title What a gateway signs of a verdict that several give together
/// @notice The escrow that counts such verdicts and the registry that slashes for two that contradict read the same words.
library JointVerdict {
    /// @notice One gateway's part, by one key of BLS12-381.
    /// @param key The key, as EIP-2537 writes it.
    /// @param verdict What the gateway found.
    /// @param measure What it measured.
    /// @param signature The key's signature over the message, under TAG, as EIP-2537 writes it.
    struct Part {
        bytes key;
        uint8 verdict;
        uint64 measure;
        bytes signature;
    }

    /// @notice Domain separation tag of verdicts.
    string internal constant TAG = "BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_";

    /// @notice Returns what is signed; it names the chain, so that a key's exercises on a test network cost nothing here.
    /// @param escrow The contract that counts the verdict.
    /// @param id The escrow in it.
    /// @param verdict What was found.
    /// @param measure What was measured.
    /// @return The message.
    function messageOf(address escrow, bytes32 id, uint8 verdict, uint64 measure) internal view returns (bytes memory) {
        return abi.encode(block.chainid, escrow, id, verdict, measure);
    }
}
