"""SenML as a small device's firmware writes it: packs of RFC 8428 in JSON, or in CBOR to be signed. Pure.

The simulator imports no sibling, so that the gateway's decoder is tested against an encoder it does not share. Encoding only.
"""

import json
import re
from collections.abc import Sequence

from firmware_sim import cbor
from firmware_sim.errors import NameRefused

Value = float | bool | str
"""What one record may hold."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}", re.ASCII)
"""A part of a name that is allowed both in SenML (RFC 8428 section 4.5.1) and as one level of an MQTT topic."""


def checked(kind: str, name: str) -> str:
    """Returns `name` if it can stand in a topic and in a SenML name.

    Raises:
        NameRefused: it is empty, too long, or has other characters; `kind` says which name it was.
    """
    if _NAME.fullmatch(name) is None:
        raise NameRefused(kind, name)
    return name


_LABELS: dict[str, int] = {"bn": -2, "bt": -3, "n": 0, "u": 1, "v": 2, "vs": 3, "vb": 4}
"""Integer labels of the CBOR form (RFC 8428 section 6); `seq`, our extension, stays text."""


def pack(device: str, time_ms: int, sequence: int, values: Sequence[tuple[str, str, Value]]) -> bytes:
    """Returns one pack in JSON: every value as (name, unit, value), all at `time_ms` (milliseconds since the Unix epoch).

    The first record carries base name, base time, and `seq`, the device's own counter: a field that readers who do not know it ignore
    (RFC 8428 section 4.4).
    """
    records = _records(device, time_ms, sequence, values)
    return json.dumps(records, separators=(",", ":"), allow_nan=False).encode()


def pack_cbor(device: str, time_ms: int, sequence: int, values: Sequence[tuple[str, str, Value]]) -> bytes:
    """Returns the same pack in CBOR."""
    records = _records(device, time_ms, sequence, values)
    return cbor.encode([{_LABELS.get(name, name): value for name, value in record.items()} for record in records])


def _records(device: str, time_ms: int, sequence: int, values: Sequence[tuple[str, str, Value]]) -> list[dict[str, Value | int]]:
    records: list[dict[str, Value | int]] = []
    for name, unit, value in values:
        record: dict[str, Value | int] = {"n": checked("quantity", name)}
        if unit:
            record["u"] = unit
        # A truth value is a number to Python, so it is asked for first.
        record["vb" if isinstance(value, bool) else "vs" if isinstance(value, str) else "v"] = value
        records.append(record)
    base: dict[str, Value | int] = {"bn": f"{checked('device', device)}/", "bt": time_ms / 1000, "seq": sequence}
    records[0] = base | records[0]
    return records
