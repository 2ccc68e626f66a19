"""What the execution chain says, proven under a state root or a block hash that the sync protocol finalized.

Pure: answers of `eth_getProof` and `eth_getBlockBy...` come in as decoded JSON and are bound to what was asked. Start at `proof`.
"""
