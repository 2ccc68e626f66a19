"""EPCIS 2.0 in JSON: the event that records a shipment's cold chain, and the CBV hash that names any event. Pure.

XML documents (EPCIS 1.2 and 2.0) are not read: partners that send them convert first. `event` builds ours; `document` reads and writes
anyone's, by the tables of `schema`, `facts`, `vocabulary` and `units`; `query` says which of them are asked for; `event_hash` names each,
with `fields` as the standard's field order.
"""
