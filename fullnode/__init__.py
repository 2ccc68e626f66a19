"""The companion node. Today it holds one room: `fullnode.devnet`, a one-process chain for demos and tests."""
