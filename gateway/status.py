"""What the running gateway says of itself, for `aios status`."""

import asyncio
from collections.abc import Mapping
from typing import Any

from gateway.chain import Chain
from gateway.control import Command
from gateway.health import Health
from gateway.store.store import Store

COUNTED = ("devices", "readings", "rejects", "findings", "attestations", "batches", "bundles")
"""Tables whose size a person asks for."""


def status_command(name: str, url: str, store: Store, health: Health, chain: Chain | None) -> Command:
    """Returns the command that answers with heads, counts and conditions as JSON values."""

    def count() -> dict[str, int]:
        with store.read() as connection:
            return {table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in COUNTED}  # noqa: S608 - own constants

    async def status(_: Mapping[str, Any]) -> dict[str, Any]:
        # Off the loop: among millions of readings this takes a while.
        counts = await asyncio.to_thread(count)
        stats = store.stats()
        return {
            "gateway": name,
            "dashboard": url,
            **counts,
            "waiting": stats.waiting,
            "store_bytes": stats.file_bytes,
            **(chain.status() if chain else {}),
            "conditions": [{"name": c.name, "severity": c.severity.value, "text": c.text, "since_ms": c.since_ms} for c in health.active()],
        }

    return status
