"""Runs directories laid out as the official consensus-spec-tests: `python -m tests.consensus_spec DIR [--fork F] [--preset P]`."""
