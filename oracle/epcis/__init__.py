"""EPCIS 2.0 in JSON: the event that records a shipment's cold chain, and the CBV hash that names any event. Pure.

XML documents (EPCIS 1.2 and 2.0) are not read: partners that send them convert first. `event` builds ours, `event_hash` hashes anyone's;
`fields` is the standard's field order as data.
"""
