"""Checks of what a shipment's statement rests on: readings, coverage, event. Pure; each returns what it found or raises."""

from collections.abc import Iterator

from oracle.bundle import Journey
from oracle.epcis import event as epcis_event
from oracle.leaves import canonical_value, fixed_point
from oracle.merkle import MultiProof, StandardMerkleTree, root_from_multiproof
from oracle.schemas import ShipmentStatement
from oracle.verify_errors import EventMismatchError, ReadingsMismatchError
from oracle.verify_walk import Found, Outcome, Walk


def readings(walk: Walk) -> Found:
    """Returns if the readings are under the statement's root, none altered, added or, where all are there, left out."""
    content, statement = walk.bundle.content, walk.statement
    assert isinstance(content, Journey)
    assert isinstance(statement, ShipmentStatement)
    rows = content.rows
    for row in rows:
        # Two values with one fixed point would share a leaf; only one of them is accepted.
        if row.value != canonical_value(row.value):
            raise ReadingsMismatchError("value", row.value, canonical_value(row.value))
    leaves = [row.leaf for row in rows]
    if content.sample is None:
        if len(rows) != statement.readings:
            raise ReadingsMismatchError("number of readings", len(rows), statement.readings)
        root = StandardMerkleTree.of(leaves).root
    else:
        if len(rows) >= statement.readings:
            raise ReadingsMismatchError("size of the sample", len(rows), statement.readings)
        root = root_from_multiproof(MultiProof(tuple(sorted(leaves)), content.sample.proof, content.sample.flags))
    if root != statement.readings_root:
        raise ReadingsMismatchError("root of the readings", root, statement.readings_root)
    for name, actual, stated in (("first", rows[0].time_ms, statement.from_ms), ("last", rows[-1].time_ms, statement.to_ms)):
        if actual != stated:
            raise ReadingsMismatchError(f"time of the {name} reading", actual, stated)
    devices = ", ".join(sorted({row.device for row in rows}))
    if content.sample is None:
        return Found(f"all {statement.readings} readings of {devices}", walk.signer)
    walk.warnings.append(
        f"the file holds {len(rows)} of {statement.readings} readings: that none of the others lies beyond them is the signer's word"
    )
    return Found(f"{len(rows)} of {statement.readings} readings of {devices}, by one multiproof", walk.signer)


def coverage(walk: Walk) -> Found | None:
    """Returns which deliveries a device counted that are not in the file; only whole files show it."""
    content = walk.bundle.content
    assert isinstance(content, Journey)
    if content.sample is not None:
        return Found("a sample does not show gaps: that there are none is the signer's word", walk.signer, Outcome.CLAIMED)
    gaps = list(_gaps(content))
    if gaps:
        return Found("; ".join(gaps), "the devices' own counters", Outcome.MISSING)
    return Found("no device's counter leaves one out", "the devices' own counters")


def _gaps(content: Journey) -> Iterator[str]:
    """Yields a line for each device whose own counter shows deliveries that are not in the file."""
    for device in sorted({row.device for row in content.rows}):
        counted = {row.sequence for row in content.rows if row.device == device and row.sequence is not None}
        missing = max(counted) - min(counted) + 1 - len(counted) if counted else 0
        if missing:
            yield f"{missing} deliveries of {device} between its first and its last here are missing, by its own counter"


def event(walk: Walk) -> Found:
    """Returns if the EPCIS event is the stated one and agrees with statement and readings."""
    content, statement = walk.bundle.content, walk.statement
    assert isinstance(content, Journey)
    assert isinstance(statement, ShipmentStatement)
    recorded = epcis_event.ShipmentEvent.from_json(content.event, "$.event")
    digest = epcis_event.digest(content.event)
    if digest != statement.event_hash:
        raise EventMismatchError("hash of the event", digest, statement.event_hash)
    for what, actual, stated in (
        ("subject of the event", recorded.subject.uri, walk.bundle.subject.uri),
        ("start of the event", recorded.from_ms, statement.from_ms),
        ("end of the event", recorded.to_ms, statement.to_ms),
        ("verdict of the event", recorded.verdict, statement.verdict),
    ):
        if actual != stated:
            raise EventMismatchError(what, actual, stated)
    for summary in recorded.summaries:
        _summary(summary, content)
    return Found(f"EPCIS event {content.event['eventID']}", walk.signer)


def _summary(summary: epcis_event.Summary, content: Journey) -> None:
    values = [row.value for row in content.rows if row.quantity == summary.quantity]
    if not values:
        raise EventMismatchError(f"{summary.quantity} in the event", summary, "no reading of it")
    counted = epcis_event.summarize(summary.quantity, values)
    if content.sample is None:
        if counted != summary:
            raise EventMismatchError(f"{summary.quantity} in the event", summary, counted)
        return
    # A sample keeps the smallest and the largest value, so these are proven; the mean can only be bounded.
    if (counted.minimum, counted.maximum) != (summary.minimum, summary.maximum):
        raise EventMismatchError(f"range of {summary.quantity}", (summary.minimum, summary.maximum), (counted.minimum, counted.maximum))
    if not fixed_point(summary.minimum) <= fixed_point(summary.mean) <= fixed_point(summary.maximum):
        raise EventMismatchError(f"mean of {summary.quantity}", summary.mean, "outside its range")
