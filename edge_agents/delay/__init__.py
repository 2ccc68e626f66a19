"""Delay: how late a delivery will be, as far as can be told when it changes hands.

`forecast` is the interface and its records, `history` counts what is known of deliveries before, `features` turns both into numbers,
`model` is the forecaster that is shipped, `naive` the one that it must beat, `train` makes and measures the model. It knows no shipment and
no store: whoever asks brings a Handover. Start reading at `edge_agents.delay.forecast`.
"""
