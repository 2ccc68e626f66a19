"""Checks of what a shipment's statement rests on: readings, coverage, event, limits, custody. Pure."""

from collections.abc import Iterator, Sequence
from typing import Any

from oracle import policy, policy_readings
from oracle.bundle import Journey, Profile, ReadingRow, Sample
from oracle.custody import Handover, verify_chain
from oracle.epcis import event as epcis_event
from oracle.gs1 import Key
from oracle.hexes import to_checksum
from oracle.leaves import canonical_value, fixed_point
from oracle.merkle import MultiProof, StandardMerkleTree, root_from_multiproof
from oracle.schemas import ShipmentStatement
from oracle.verify_errors import EventMismatchError, ReadingsMismatchError, VerdictContradictedError
from oracle.verify_walk import Found, Outcome, Walk

CONFORMS = 0
"""The verdict that readings can contradict."""
COUNTERS = "the devices' own counters and times"
"""Who vouches for coverage."""
UNMEASURED = "that it conformed also where coverage is missing is the signer's word"
"""Why limits that nothing contradicts are not proven."""
MOST_GAPS = 6
"""Gaps that one line names."""


def readings(walk: Walk) -> Found:
    """Returns if the readings are under the statement's root, none altered, added or, where all are there, left out."""
    content, statement = walk.journey, walk.shipment
    rows = content.rows
    if content.profile is Profile.VERDICT:
        absent = f"none of the {statement.readings} readings is in the file: what they were is the signer's word"
        return Found(absent, walk.signer, Outcome.CLAIMED)
    leaves = _leaves(rows)
    root = _root_of_all(leaves, statement) if content.sample is None else _root_of_sample(leaves, content.sample, statement)
    for what, actual, stated in (
        ("root of the readings", root, statement.readings_root),
        ("time of the first reading", rows[0].time_ms, statement.from_ms),
        ("time of the last reading", rows[-1].time_ms, statement.to_ms),
    ):
        if actual != stated:
            raise ReadingsMismatchError(what, actual, stated)
    walk.leaves = leaves
    devices = ", ".join(sorted({row.device for row in rows}))
    if content.sample is None:
        return Found(f"all {statement.readings} readings of {devices}", walk.signer)
    walk.warnings.append(
        f"the file holds {len(rows)} of {statement.readings} readings: that none of the others lies beyond them is the signer's word"
    )
    return Found(f"{len(rows)} of {statement.readings} readings of {devices}, by one multiproof", walk.signer)


def _root_of_all(leaves: Sequence[bytes], statement: ShipmentStatement) -> bytes:
    if len(leaves) != statement.readings:
        raise ReadingsMismatchError("number of readings", len(leaves), statement.readings)
    return StandardMerkleTree.of(leaves).root


def _root_of_sample(leaves: Sequence[bytes], sample: Sample, statement: ShipmentStatement) -> bytes:
    if len(leaves) >= statement.readings:
        raise ReadingsMismatchError("size of the sample", len(leaves), statement.readings)
    return root_from_multiproof(MultiProof(tuple(sorted(leaves)), sample.proof, sample.flags))


def _leaves(rows: Sequence[ReadingRow]) -> list[bytes]:
    for row in rows:
        # Two values with one fixed point would share a leaf; only one of them is accepted.
        if row.value != canonical_value(row.value):
            raise ReadingsMismatchError("value", row.value, canonical_value(row.value))
    return [row.leaf for row in rows]


def coverage(walk: Walk) -> Found:
    """Returns which deliveries a device counted that are not in the file, and how long nothing was measured; only whole files show it."""
    content = walk.journey
    if content.profile is not Profile.FULL:
        return Found(f"a {content.profile} file does not show gaps: that there are none is the signer's word", walk.signer, Outcome.CLAIMED)
    limits = policy.read_policy(walk.bundle.manifest)
    found = [*_uncounted(content), *(() if limits is None else _unmeasured(limits, walk))]
    if found:
        more = f"; and {len(found) - MOST_GAPS} more" if len(found) > MOST_GAPS else ""
        return Found("; ".join(found[:MOST_GAPS]) + more, COUNTERS, Outcome.MISSING)
    longest = "" if limits is None else ", and no stretch is longer than the policy allows"
    return Found(f"no device's counter leaves one out{longest}", COUNTERS)


def _unmeasured(limits: policy.Policy, walk: Walk) -> list[str]:
    rows, statement = walk.journey.rows, walk.shipment
    return [*policy_readings.gaps(limits, rows, statement.from_ms, statement.to_ms), *policy_readings.scarce(limits, rows)]


def _uncounted(content: Journey) -> Iterator[str]:
    """Yields a line for each device whose own counter shows deliveries that are not in the file."""
    counts: dict[str, set[int]] = {}
    for row in content.rows:
        if row.sequence is not None:
            counts.setdefault(row.device, set()).add(row.sequence)
    for device, counted in sorted(counts.items()):
        missing = max(counted) - min(counted) + 1 - len(counted)
        if missing:
            yield f"{missing} deliveries of {device} between its first and its last here are missing, by its own counter"


def event(walk: Walk) -> Found:
    """Returns if the EPCIS event is the stated one and agrees with statement and readings."""
    content, statement = walk.journey, walk.shipment
    recorded = stated_event(content.event, "$.event", statement, walk.bundle.subject)
    for summary in recorded.summaries if content.rows else ():
        _summary(summary, content)
    walk.recorded = recorded
    return Found(f"EPCIS event {content.event['eventID']}", walk.signer)


def stated_event(document: dict[str, Any], path: str, statement: ShipmentStatement, subject: Key) -> epcis_event.ShipmentEvent:
    """Returns the event of a document if it is the one that a statement names, and says the same; raises EventMismatchError."""
    recorded = epcis_event.ShipmentEvent.from_json(document, path)
    digest = epcis_event.digest(document)
    for what, actual, stated in (
        ("hash of the event", digest, statement.event_hash),
        ("subject of the event", recorded.subject.uri, subject.uri),
        ("start of the event", recorded.from_ms, statement.from_ms),
        ("end of the event", recorded.to_ms, statement.to_ms),
        ("verdict of the event", recorded.verdict, statement.verdict),
    ):
        if actual != stated:
            raise EventMismatchError(what, actual, stated)
    return recorded


def limits(walk: Walk) -> Found:
    """Returns if a verdict of conforming stands against the readings in the file, measured again by the bands of the agent's manifest."""
    content, statement = walk.journey, walk.shipment
    stated = policy.read_policy(walk.bundle.manifest)
    if stated is None or not (stated.bands or stated.peaks) or not content.rows:
        lacking = (
            "there are no readings to measure again" if stated and not content.rows else "the manifest states no limits that are read here"
        )
        return Found(f"{lacking}: the verdict is the agent's word", walk.signer, Outcome.CLAIMED)
    found = [
        *policy_readings.excursions(stated, content.rows),
        *(policy_readings.heat(stated, content.rows) if content.profile is Profile.FULL else ()),
    ]
    beyond = [one for one in found if one.found > one.allowed]
    measured = "; ".join(map(str, beyond or found)) or "the policy bounds no quantity"
    if statement.verdict == CONFORMS and beyond:
        raise VerdictContradictedError(measured)
    # A breach may rest on more than bands, and an open verdict on what is not there; neither can be contradicted from here.
    shown = content.profile is Profile.FULL and bool(beyond) == bool(statement.verdict)
    if shown and not beyond and _unmeasured(stated, walk):
        return Found(f"{measured}; {UNMEASURED}", walk.signer, Outcome.CLAIMED)
    return Found(measured, "this program, from the readings", Outcome.PROVEN if shown else Outcome.CLAIMED)


def custody(walk: Walk) -> Found | None:
    """Returns if every handover is signed by giver and taker, each follows the one before, and the event names the last."""
    content = walk.journey
    named = walk.event.custody
    if not content.custody:
        return Found(f"handovers up to 0x{named.hex()} are not in the file", walk.signer, Outcome.MISSING) if named else None
    verify_chain(content.custody, walk.bundle.subject, now_ms=walk.now_s * 1000)
    newest = content.custody[-1]
    if newest.hash != named:
        raise EventMismatchError("newest handover", newest.hash, named or "none")
    parties = _parties(content.custody)
    for address, name in parties.items():
        how = "given by hand" if address == walk.expected.attester else "not pinned: compare it with the party's published key"
        walk.trusted.append(f"custody party {_called(address, name)}, {how}")
    holder = newest.terms.taker
    return Found(f"{len(content.custody)} handovers, the last to {_called(holder, parties[holder])}", "giver and taker of each")


def _parties(chain: Sequence[Handover]) -> dict[bytes, str]:
    """Returns the keys that gave or took, in the order of the chain, each with what the handovers call it last; empty for nothing."""
    found: dict[bytes, str] = {}
    for one in chain:
        for address, name in ((one.terms.giver, one.terms.giver_party), (one.terms.taker, one.terms.taker_party)):
            found[address] = name or found.get(address, "")
    return found


def _called(address: bytes, name: str) -> str:
    return f'{to_checksum(address)}, which calls itself "{name}"' if name else to_checksum(address)


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
