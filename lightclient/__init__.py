"""What the chain says, proven: sync-committee protocol and execution proofs.

`lightclient.spec` follows the consensus specification's names and order; `lightclient.execution` checks `eth_getProof` answers;
`lightclient.client` is the shell that fetches and persists. Nothing here believes a server. Start reading at `lightclient.spec`.
"""
