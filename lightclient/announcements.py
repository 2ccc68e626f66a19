"""What servers announce of forks to come, held against the forks that this software knows.

A fork that is missing here would stop the client on its day, weeks after anyone could have updated it in peace. Nothing that a server
says here is believed for more than a warning: no rule changes by it. Pure.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lightclient.network import FAR_FUTURE_EPOCH, Network

MAX_REPORTED = 8
"""Most announcements told of one server; a liar cannot flood the log."""


@dataclass(frozen=True, slots=True)
class Announcement:
    """A change of rules that a server schedules and this software does not."""

    what: str
    """The fork's name as the server writes it, or `blob parameters`."""
    epoch: int
    """When it begins, by the server."""
    version: str
    """Fork version, or the number of blobs."""

    def text(self, network: Network, now: float) -> str:
        """Returns what a person should read, with the days that remain at a Unix time."""
        starts = network.time_at_slot(self.epoch * network.preset.slots_per_epoch)
        days = (starts - now) / 86_400
        when = f"in {days:.1f} days" if days > 0 else f"{-days:.1f} days ago"
        return f"{self.what} ({self.version}) at epoch {self.epoch}, {when}"


def unknown_forks(network: Network, spec: Mapping[str, Any]) -> tuple[Announcement, ...]:
    """Returns what `/eth/v1/config/spec` schedules and the network record does not, or schedules otherwise; soonest first."""
    found = [*_forks(network, spec), *_blobs(network, spec)]
    return tuple(sorted(found, key=lambda each: each.epoch)[:MAX_REPORTED])


def _forks(network: Network, spec: Mapping[str, Any]) -> list[Announcement]:
    known = {entry.fork.name: entry for entry in network.forks}
    found = []
    for key, value in spec.items():
        name = key.removesuffix("_FORK_EPOCH")
        epoch = _epoch(value)
        if name == key or epoch is None:
            continue
        version = str(spec.get(f"{name}_FORK_VERSION", ""))[:10].lower()
        entry = known.get(name)
        if entry is None or entry.epoch != epoch or (version and version != f"0x{entry.version.hex()}"):
            found.append(Announcement(name[:40].lower(), epoch, version))
    return found


def _blobs(network: Network, spec: Mapping[str, Any]) -> list[Announcement]:
    known = {(entry.epoch, entry.max_blobs_per_block) for entry in network.blob_schedule}
    schedule = spec.get("BLOB_SCHEDULE", ())
    found = []
    for entry in schedule if isinstance(schedule, list | tuple) else ():
        if not isinstance(entry, Mapping):
            continue
        epoch, blobs = _epoch(entry.get("EPOCH")), _epoch(entry.get("MAX_BLOBS_PER_BLOCK"))
        if epoch is not None and blobs is not None and (epoch, blobs) not in known:
            found.append(Announcement("blob parameters", epoch, str(blobs)))
    return found


def _epoch(value: Any) -> int | None:
    """Returns a scheduled epoch, or None for what is no number or never."""
    text = str(value)
    if not (text.isascii() and text.isdecimal()) or len(text) > 20:
        return None
    epoch = int(text)
    return None if epoch >= FAR_FUTURE_EPOCH else epoch
