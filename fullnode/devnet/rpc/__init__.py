"""JSON-RPC 2.0 over the execution chain, as much of the eth_ namespace as web3 and the gateway need."""
