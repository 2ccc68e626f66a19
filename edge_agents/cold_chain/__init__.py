"""The cold-chain agent: a rule over a trip's temperatures, with no model.

`excursion` measures time outside a band, `kinetic` the mean kinetic temperature, `agent` turns both into a Finding. Each product is
one manifest in `products/`.
"""
