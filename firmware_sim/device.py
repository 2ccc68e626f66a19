"""A device: an id and the messages it sends, in order of time. Pure, so a whole fleet can be looked at before it is run."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from firmware_sim.inspection.line import Shot
from firmware_sim.senml import Value, checked, pack, pack_cbor
from firmware_sim.signer import Signer
from firmware_sim.trip import Measurement


@dataclass(frozen=True, slots=True)
class Message:
    """One MQTT message, and when it leaves the device."""

    time_ms: int
    """True time, milliseconds since the Unix epoch; a wrong device clock shows in the payload only."""
    topic: str
    """Where it goes."""
    payload: bytes
    """What it says."""


@dataclass(frozen=True, slots=True)
class Device:
    """What a fleet runs."""

    id: str
    """Also its MQTT client id."""
    messages: Iterable[Message]
    """In order of time; read once."""


def container(device: str, trip: Iterable[Measurement], *, skew_ms: int = 0, signer: Signer | None = None) -> Device:
    """Returns a container's logger: one SenML pack per measurement on `devices/<device>/senml`.

    `skew_ms` is how far its clock is ahead. With a `signer` it writes CBOR, signs it, and sends it on `devices/<device>/cose` instead.
    """
    return Device(checked("device", device), _packs(device, trip, skew_ms, signer))


def camera(device: str, gtin: str, lot: str, taken: Iterable[Shot], *, skew_ms: int = 0) -> Device:
    """Returns an inspection camera: one PNG per item on `devices/<device>/frame/<gtin>/<lot>/<item>/<sequence>/<time_ms>`.

    `skew_ms` is how far its clock is ahead.
    """
    root = f"devices/{checked('device', device)}/frame/{checked('gtin', gtin)}/{checked('lot', lot)}"
    return Device(device, _frames(root, taken, skew_ms))


def _packs(device: str, trip: Iterable[Measurement], skew_ms: int, signer: Signer | None) -> Iterator[Message]:
    """Yields a logger's messages; units are SenML's (RFC 8428 section 12.1)."""
    for sequence, one in enumerate(trip):
        values: list[tuple[str, str, Value]] = [
            ("temperature", "Cel", one.temperature),
            ("humidity", "%RH", one.humidity),
            ("door", "", one.door),
        ]
        stated_ms = one.time_ms + skew_ms
        if signer is None:
            yield Message(one.time_ms, f"devices/{device}/senml", pack(device, stated_ms, sequence, values))
        else:
            yield Message(one.time_ms, f"devices/{device}/cose", signer.wrap(device, pack_cbor(device, stated_ms, sequence, values)))


def _frames(root: str, taken: Iterable[Shot], skew_ms: int) -> Iterator[Message]:
    """Yields a camera's messages."""
    for shot in taken:
        yield Message(shot.time_ms, f"{root}/{checked('item', shot.item)}/{shot.sequence}/{shot.time_ms + skew_ms}", shot.png)
