"""What the running gateway says of itself, for `aios status` and the dashboard's health page."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gateway.compose import Gateway

COUNTED = ("devices", "readings", "rejects", "findings", "attestations", "batches", "bundles")
"""Tables whose size a person asks for."""


async def status(gateway: "Gateway", _: Mapping[str, Any]) -> dict[str, Any]:
    """Returns heads, counts and conditions as JSON values."""
    with gateway.store.read() as connection:
        counts = {name: connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in COUNTED}  # noqa: S608 - own constants
    stats = gateway.store.stats()
    return {
        "gateway": gateway.settings.gateway.name,
        "dashboard": gateway.url,
        **counts,
        "waiting": stats.waiting,
        "store_bytes": stats.file_bytes,
        **(gateway.chain.status() if gateway.chain else {}),
        "conditions": [
            {"name": c.name, "severity": c.severity.value, "text": c.text, "since_ms": c.since_ms} for c in gateway.health.active()
        ],
    }
