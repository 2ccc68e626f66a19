"""Readings of a bundle in columns, and which of them a sample keeps. Pure.

Columns with tables of names are a third of the size of one object per reading. There is one document for one set of rows: rows in order,
tables sorted and without a name that no row uses.
"""

from collections.abc import Mapping, Sequence
from math import inf
from typing import Any

from oracle.bundle import ReadingRow, Sample
from oracle.bundle_schema import ReadingsDocument
from oracle.canonical_json import MAX_INTEGER
from oracle.errors import MalformedDocumentError
from oracle.hexes import from_hexes, to_hexes
from oracle.leaves import NO_SEQUENCE, fixed_point


def to_columns(rows: Sequence[ReadingRow], sample: Sample | None) -> dict[str, Any]:
    """Returns the rows as a document."""
    devices = sorted({row.device for row in rows})
    quantities = sorted({row.quantity for row in rows})
    evidences = sorted({row.evidence for row in rows})
    device_at = {name: place for place, name in enumerate(devices)}
    quantity_at = {name: place for place, name in enumerate(quantities)}
    evidence_at = {digest: place for place, digest in enumerate(evidences)}
    document: dict[str, Any] = {
        "devices": devices,
        "quantities": quantities,
        "evidences": to_hexes(evidences, 32),
        "device": [device_at[row.device] for row in rows],
        "quantity": [quantity_at[row.quantity] for row in rows],
        "evidence": [evidence_at[row.evidence] for row in rows],
        "time": [row.time_ms for row in rows],
        "value": [row.value for row in rows],
        "sequence": [str(row.sequence) if row.sequence is not None and row.sequence > MAX_INTEGER else row.sequence for row in rows],
    }
    if sample is not None:
        document["multiproof"] = {"proof": to_hexes(sample.proof, 32), "flags": "".join(map("01".__getitem__, sample.flags))}
    return document


def from_columns(document: ReadingsDocument) -> tuple[ReadingRow, ...]:
    """Returns the rows of a document; raises MalformedDocumentError if the columns do not fit each other and their tables."""
    evidences = from_hexes("$.readings.evidences", document.evidences, 32)
    columns = (document.device, document.quantity, document.time, document.value, document.sequence, document.evidence)
    if len({len(column) for column in columns}) != 1:
        raise MalformedDocumentError("$.readings", "columns differ in length")
    try:
        devices = [document.devices[place] for place in document.device]
        quantities = [document.quantities[place] for place in document.quantity]
        digests = [evidences[place] for place in document.evidence]
    except IndexError:
        raise MalformedDocumentError("$.readings", "a row names a place beyond its table") from None
    sequences = [None if number is None else int(number) for number in document.sequence]
    highest = max((number for number in sequences if number is not None), default=0)
    if highest >= NO_SEQUENCE:
        # What leaves write for "none" is no counter, or one leaf would have two rows.
        raise MalformedDocumentError("$.readings.sequence", f"{highest} is no device's counter: it stands for having none")
    return tuple(map(ReadingRow, devices, quantities, document.time, document.value, sequences, digests))


def choose(rows: Sequence[ReadingRow], spread: int, bands: Mapping[str, tuple[float, float]]) -> list[int]:
    """Returns which rows a sample keeps, in order: about `spread` of them evenly spaced, and all that a verdict rests on.

    Always kept: the first and the last, each quantity's smallest and largest, every one outside its quantity's allowed band, and the
    readings of the same device right before and after those, between which the limit was crossed.
    """
    kept = {0, len(rows) - 1}
    channels: dict[tuple[str, str], list[int]] = {}
    extremes: dict[str, list[int]] = {}
    for place, row in enumerate(rows):
        channels.setdefault((row.device, row.quantity), []).append(place)
        extremes.setdefault(row.quantity, []).append(place)
    for places in extremes.values():
        kept.add(min(places, key=lambda place: fixed_point(rows[place].value)))
        kept.add(max(places, key=lambda place: fixed_point(rows[place].value)))
    for (_, quantity), places in channels.items():
        low, high = bands.get(quantity, (-inf, inf))
        for step, place in enumerate(places):
            if not low <= rows[place].value <= high:
                kept.update(places[max(step - 1, 0) : step + 2])
    return sorted(kept.union(_spread(range(len(rows)), spread)))


def _spread(places: Sequence[int], count: int) -> list[int]:
    if count >= len(places):
        return list(places)
    return [places[step * len(places) // count] for step in range(count)]
