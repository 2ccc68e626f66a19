"""Reading windows become Findings here: what an agent concludes, with the hash of what it used.

An agent is a manifest (TOML: model hash, inputs, outputs, metric, source) and a pure function over a window. Agents know neither the
store nor the oracle; the gateway's pipeline brings windows and takes findings. Start reading at `edge_agents.agent`.
"""
