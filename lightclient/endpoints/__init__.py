"""Execution endpoints: JSON-RPC servers that are asked and never believed. Start with `endpoint.py`; scores are in `lightclient.pool`."""
