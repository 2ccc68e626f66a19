"""Lots: how many items to inspect, what the inspected ones say about the lot, and whether it is accepted.

`tables` holds the facts of ISO 2859-1, `plan` finds the plan of a lot, `switching` says how severe the next inspection is, `rate`
estimates the share of nonconforming items, `policy` writes a plan down as a manifest, and `verdict` judges. It looks at no image: what was
found on each item comes from a frame agent. Start reading at `edge_agents.lots.verdict`.
"""
