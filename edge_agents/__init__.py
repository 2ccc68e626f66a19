"""Readings become Findings here: what an agent concludes, with the hash of what it used.

An agent is a manifest (TOML: model hash, inputs, outputs, metric, source) and a pure function over a trip or a frame. Agents know neither
the store nor the oracle; the gateway's pipeline brings readings and takes findings. Start reading at `edge_agents.agent`.
"""
