"""What the execution chain says, proven under a state root or a block hash that the sync protocol finalized.

Pure: servers' answers come in as decoded JSON and are bound to what was asked. Where to start:

- `proof`: accounts, storage and code (`eth_getProof`, `eth_getCode`) under a state root.
- `header`: a header by a trusted hash, or by its verified child; `history`: block hashes 8191 back by one proof (EIP-2935).
- `blocks`: whole blocks, walks of headers, withdrawals, requests; `payload`: the same from a beacon block.
- `transactions`, `receipts`: lists against their roots, single entries by proofs; `logs`: `eth_getLogs` with nothing left out.
- `render`: JSON-RPC forms made from proven records alone.
- `evm`: `eth_call`, `eth_estimateGas`, `eth_createAccessList` over proven state (the extra `evm`).
"""
