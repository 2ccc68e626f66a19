"""A one-process chain for demos and tests: real execution, real light-client objects, no peers and no adversary.

It is not a beacon node: one process proposes, votes and finalizes by rule. What it serves is what a real node serves.
"""
