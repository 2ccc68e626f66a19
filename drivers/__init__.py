"""Bytes from devices become Readings here, and commands go back.

One folder per protocol, each with the same anatomy: `codec.py` (pure: bytes in, values out), `driver.py` (the only place that owns a
socket), `settings.py`. A driver knows neither the store nor the agents: it hands each `Delivery` to a `Sink` and acknowledges the
device only when the sink says that the delivery is durable. Start reading at `drivers.reading`, then `drivers.driver`.
"""
