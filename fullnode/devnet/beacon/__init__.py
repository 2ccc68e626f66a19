"""The beacon API of the devnet: HTTP in front of the chain."""
