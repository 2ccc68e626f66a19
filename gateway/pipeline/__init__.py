"""Where rooms that do not know each other meet: recorded readings are judged, findings are attested, batched, published and bundled.

Each stage is a small class with one method, `step`: it reads the store, does one bounded piece of work, and keeps the result in one
commit. A stage holds nothing that a restart would miss, so recovery is the normal path. Start reading at `gateway.pipeline.stage`.
"""
