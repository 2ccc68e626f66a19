"""`aios rejects`: what was said and not recorded, and why."""

import json
from typing import Annotated

import typer

from gateway.cli.terminal import DEFAULT_CONFIG, ConfigOption, JsonOption, out, print_table

SHOWN_BYTES = 60
"""Of a payload in the table; JSON shows all that was kept."""


def rejects(
    path: ConfigOption = DEFAULT_CONFIG,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many, newest first.")] = 20,
    as_json: JsonOption = False,
) -> None:
    """Lists payloads that did not become readings, newest first, with the reason and as much of each as was kept.

    Works whether the gateway runs or not.

    Example: `aios rejects --config demo-data/gateway.toml`
    """
    from gateway.cli.reading import moment, open_store
    from gateway.settings import load
    from gateway.store import rejects as table

    with open_store(load(path)) as connection:
        found = list(table.select_latest(connection, limit=limit))
    if as_json:
        rows = [
            {
                "driver": one.driver,
                "source": one.source,
                "reason": one.reason,
                "detail": one.detail,
                "received_ms": one.received_ms,
                "bytes": one.payload_bytes,
                "sha256": one.sha256.hex(),
                "payload_hex": one.payload.hex(),
            }
            for one in found
        ]
        out.print_json(json.dumps(rows))
        return
    columns = ("reason", "source", "received", "detail", "payload")
    shown = [(r.reason, r.source, moment(r.received_ms), r.detail, ascii(r.payload[:SHOWN_BYTES])[2:-1]) for r in found]
    print_table(columns, shown)
