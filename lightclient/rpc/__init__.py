"""A JSON-RPC endpoint whose answers are proven: what is asked of it is answered from verified headers, proofs and local execution."""
