"""The conditions of a shipment: rules over a whole trip, with no model.

`policy` is what a product tolerates, as data; `trip` the readings of all attached devices in arrays; `stretches` the algebra of time
outside a limit; `kinetic` and `route` the measures that are no band; `judge` asks its questions in one order, and `agent` makes a Finding
of the answer. Each product is one manifest in `profiles/`. docs/conditions.md explains the rules.
"""
