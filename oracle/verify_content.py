"""Checks of what a bundle says: seal, signature, subject, readings, image, event, agent. Pure; each returns one line or raises."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime

from oracle import attestation
from oracle.attestation import Domain
from oracle.bundle import Inspection, Journey
from oracle.epcis import event as epcis_event
from oracle.hexes import to_checksum
from oracle.keccak import keccak_of_name
from oracle.leaves import canonical_value, fixed_point
from oracle.merkle import MultiProof, StandardMerkleTree, root_from_multiproof
from oracle.schemas import MILLION, LotStatement, ShipmentStatement, subject_id
from oracle.verify_errors import (
    EventMismatchError,
    ImageMismatchError,
    ManifestMismatchError,
    NotExpectedError,
    ReadingsMismatchError,
    SchemaUnknownError,
    SealBrokenError,
    StatementMismatchError,
    SubjectMismatchError,
)
from oracle.verify_walk import Walk

VERDICTS = {
    0: "conforms: everything stayed within what the product allows",
    1: "breach: the product's limits were exceeded",
    2: "insufficient data: too few readings or too long a gap to conclude either",
}
"""The statement's verdict in words."""


def seal(walk: Walk) -> str:
    """Returns if the file is as it was written."""
    if walk.seals is None:
        return "not a file"
    stated, computed = walk.seals
    if stated != computed:
        raise SealBrokenError(stated, computed)
    return f"0x{computed.hex()}"


def network(walk: Walk) -> str:
    """Returns if the bundle is for the network whose file was given."""
    if walk.bundle.network != walk.network.name:
        raise NotExpectedError("network", walk.bundle.network, walk.network.name)
    walk.trusted.append(f"network file {walk.network.name}: genesis validators root 0x{walk.network.genesis_validators_root.hex()}")
    return walk.network.name


def signature(walk: Walk) -> str:
    """Returns if the named key signed the attestation, for this chain and the pinned deployment, and it has not expired."""
    signed = walk.bundle.attestation
    contract = None if walk.network.contracts.eas is None else bytes.fromhex(walk.network.contracts.eas.removeprefix("0x"))
    pinned = walk.expected.domain
    if pinned is None and contract is not None:
        pinned = Domain(signed.domain.version, walk.network.chain_id, contract)
    if signed.domain.chain_id != walk.network.chain_id:
        raise NotExpectedError("attestation's chain", signed.domain.chain_id, walk.network.chain_id)
    attestation.verify(signed, domain=pinned, now_s=walk.now_s)
    signer = to_checksum(signed.attester)
    if walk.expected.attester not in (None, signed.attester):
        raise NotExpectedError("attester", signed.attester, walk.expected.attester)
    how = "given by hand" if walk.expected.attester else "not pinned: compare it with the gateway's published key"
    walk.trusted.append(f"attester {signer}, {how}")
    walk.trusted.append(f"{signed.domain}, {'pinned' if pinned else 'contract not pinned'}")
    return f"signed by {signer}, uid 0x{signed.uid.hex()}"


def subject(walk: Walk) -> str:
    """Returns if the statement is about the subject that the bundle names."""
    bundle = walk.bundle
    kind: type[ShipmentStatement | LotStatement] = ShipmentStatement if isinstance(bundle.content, Journey) else LotStatement
    if bundle.attestation.schema != kind.UID:
        raise SchemaUnknownError(bundle.attestation.schema, kind.UID)
    statement = kind.decode(bundle.attestation.data)
    named = statement.shipment if isinstance(statement, ShipmentStatement) else statement.lot
    if named != subject_id(bundle.subject.uri):
        raise SubjectMismatchError("subject", subject_id(bundle.subject.uri), named)
    if isinstance(statement, LotStatement) and isinstance(bundle.content, Inspection):
        item = keccak_of_name(bundle.content.item)
        if statement.item != item:
            raise SubjectMismatchError("item", item, statement.item)
    walk.established = statement
    walk.conclusion = _conclusion(walk)
    return bundle.subject.uri


def readings(walk: Walk) -> str:
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
        walk.warnings.extend(_gaps(content))
        return f"all {statement.readings} readings of {devices}"
    walk.warnings.append(
        f"the file holds {len(rows)} of {statement.readings} readings: that none of the others lies beyond them is the signer's word"
    )
    return f"{len(rows)} of {statement.readings} readings of {devices}, by one multiproof"


def _gaps(content: Journey) -> Iterator[str]:
    """Yields a line for each device whose own counter shows deliveries that are not in the file."""
    for device in sorted({row.device for row in content.rows}):
        counted = {row.sequence for row in content.rows if row.device == device and row.sequence is not None}
        missing = max(counted) - min(counted) + 1 - len(counted) if counted else 0
        if missing:
            yield f"{missing} deliveries of {device} between its first and its last here are missing, by its own counter"


def image(walk: Walk) -> str:
    """Returns if the image, where there is one, is the frame that was judged."""
    content, statement = walk.bundle.content, walk.statement
    assert isinstance(content, Inspection)
    assert isinstance(statement, LotStatement)
    if content.image is None:
        walk.warnings.append(f"the image is not in the file; its sha256 is 0x{statement.image_hash.hex()}")
        return "not in the file"
    digest = hashlib.sha256(content.image).digest()
    if digest != statement.image_hash:
        raise ImageMismatchError("sha256 of the image", digest, statement.image_hash)
    return f"{len(content.image)} bytes, sha256 0x{digest.hex()}"


def event(walk: Walk) -> str:
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
    return f"EPCIS event {content.event['eventID']}"


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


def agent(walk: Walk) -> str:
    """Returns if the manifest is that of the agent which judged."""
    digest = hashlib.sha256(walk.bundle.manifest.encode()).digest()
    if digest != walk.statement.agent:
        raise ManifestMismatchError("sha256 of the manifest", digest, walk.statement.agent)
    walk.trusted.append("verdict: the agent's, signed; it is not worked out again here, and its manifest in the file says how to")
    return f"manifest sha256 0x{digest.hex()}"


def _conclusion(walk: Walk) -> str:
    statement, bundle = walk.statement, walk.bundle
    if isinstance(statement, ShipmentStatement):
        span = f"{_moment(statement.from_ms)} to {_moment(statement.to_ms)}"
        return f"shipment {bundle.subject.path}, {statement.readings} readings from {span}: {VERDICTS[statement.verdict]}"
    assert isinstance(bundle.content, Inspection)
    assert isinstance(statement, LotStatement)
    found = "good" if statement.defect == 0 else f"defect of class {statement.defect} of the agent's manifest"
    sure = f"{statement.confidence_ppm / MILLION:.1%} confident"
    return f"item {bundle.content.item} of lot {bundle.subject.path}, seen {_moment(statement.time_ms)}: {found}, {sure}"


def _moment(milliseconds: int) -> str:
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (ValueError, OverflowError, OSError):
        raise StatementMismatchError("time", milliseconds, "a moment before the year 10000") from None
