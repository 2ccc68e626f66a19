"""Execution by EELS under Osaka rules: accounts, blocks, receipts and a real Merkle-Patricia state, in one process."""
