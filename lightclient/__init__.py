"""What the chain says, proven: a light client that believes no server.

Layers, each importing only those before it: `ssz` and `types` (encodings), `bls`, `network` (data), `spec` (the sync protocol, pure),
`execution` (account and storage proofs, pure), `beacon_json`; around them the shell: `sources` (HTTP), `persistence` (one file) and
`client` (the loop). Everything but the shell takes its clock as an argument and touches nothing outside. Start at `lightclient.spec`.
"""
