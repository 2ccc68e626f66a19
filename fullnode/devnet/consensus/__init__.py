"""The devnet's consensus layer: a stand-in for a beacon node that produces what a light client reads, and says what it leaves out."""
