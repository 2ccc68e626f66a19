"""The JavaScript verifier held to the Python one and to real peers."""
