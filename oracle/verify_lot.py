"""Checks of what a lot's bundle rests on: one item's image, or all items of a sample. Pure; each returns what it found or raises."""

import hashlib

from oracle import attestation
from oracle.bundle import InspectedItem, Inspection, LotSample
from oracle.epcis.event import digest
from oracle.hexes import to_checksum
from oracle.keccak import keccak_of_name
from oracle.lot_event import LotEvent
from oracle.lot_verdict import VERDICTS, inspection_tree, verdict_of_plan
from oracle.schemas import LotStatement, LotVerdictStatement
from oracle.verify_errors import EventMismatchError, ImageMismatchError, ItemsMismatchError, VerdictContradictedError
from oracle.verify_walk import Found, Outcome, Walk


def image(walk: Walk) -> Found:
    """Returns if the image, where there is one, is the frame that was judged."""
    content, statement = walk.bundle.content, walk.statement
    assert isinstance(content, Inspection)
    assert isinstance(statement, LotStatement)
    if content.image is None:
        return Found(f"not in the file; its sha256 is 0x{statement.image_hash.hex()}", walk.signer, Outcome.CLAIMED)
    digest = hashlib.sha256(content.image).digest()
    if digest != statement.image_hash:
        raise ImageMismatchError("sha256 of the image", digest, statement.image_hash)
    return Found(f"{len(content.image)} bytes, sha256 0x{digest.hex()}", walk.signer)


def items(walk: Walk) -> Found:
    """Returns if the inspected items are those under the statement's root, each signed, and count as it says."""
    content, statement = walk.bundle.content, walk.statement
    assert isinstance(content, LotSample)
    assert isinstance(statement, LotVerdictStatement)
    if not content.items:
        counted = f"{statement.nonconforming} of {statement.inspected} items nonconforming"
        return Found(f"{counted}: the items are not in the file, so that is the signer's word", walk.signer, Outcome.CLAIMED)
    root = inspection_tree(one.attestation for one in content.items).root
    if root != statement.inspection_root:
        raise ItemsMismatchError("root of the items", root, statement.inspection_root)
    found = [_item(walk, one, statement) for one in content.items]
    times = [one.time_ms for one in found]
    for what, actual, stated in (
        ("number of items", len(found), statement.inspected),
        ("number of nonconforming items", sum(one.defect != 0 for one in found), statement.nonconforming),
        ("time of the first item", min(times), statement.from_ms),
        ("time of the last item", max(times), statement.to_ms),
    ):
        if actual != stated:
            raise ItemsMismatchError(what, actual, stated)
    signers = sorted({to_checksum(one.attestation.attester) for one in content.items})
    return Found(f"all {len(found)} inspected items, {statement.nonconforming} nonconforming", f"attesters {', '.join(signers)}")


def _item(walk: Walk, one: InspectedItem, verdict: LotVerdictStatement) -> LotStatement:
    signed = one.attestation
    attestation.verify(signed, domain=walk.bundle.attestation.domain, now_s=walk.now_s)
    if signed.schema != LotStatement.UID:
        raise ItemsMismatchError(f"schema of item {one.item}", signed.schema, LotStatement.UID)
    stated = LotStatement.decode(signed.data)
    for what, actual, expected in (
        (f"lot of item {one.item}", stated.lot, verdict.lot),
        (f"name of item {one.item}", keccak_of_name(one.item), stated.item),
    ):
        if actual != expected:
            raise ItemsMismatchError(what, actual, expected)
    return stated


def event(walk: Walk) -> Found:
    """Returns if the EPCIS event is the one whose hash salts the attestation, and says of the lot what the statement says."""
    content, statement = walk.bundle.content, walk.statement
    assert isinstance(content, LotSample)
    assert isinstance(statement, LotVerdictStatement)
    if content.event is None:
        return Found("not in the file: whose the lot is, and where it was inspected, is not shown", walk.signer, Outcome.MISSING)
    recorded = LotEvent.from_json(content.event, "$.event")
    for what, actual, stated in (
        ("hash of the event", digest(content.event), walk.bundle.attestation.salt),
        ("lot of the event", recorded.lot.uri, walk.bundle.subject.uri),
        ("lot size of the event", recorded.lot_size, statement.lot_size),
        ("number of items in the event", recorded.inspected, statement.inspected),
        ("number of nonconforming items in the event", recorded.nonconforming, statement.nonconforming),
        ("verdict of the event", recorded.verdict, statement.verdict),
        ("time of the event", recorded.to_ms, statement.to_ms),
        ("policy of the event", recorded.policy, statement.agent),
    ):
        if actual != stated:
            raise EventMismatchError(what, actual, stated)
    named = (("supplier", recorded.supplier), ("machine", recorded.machine))
    origin = "".join(f', {what} "{name}"' for what, name in named if name)
    return Found(f"EPCIS event {content.event['eventID']}{origin}", walk.signer)


def plan(walk: Walk) -> Found:
    """Returns if the verdict follows from the counts under the sampling plan in the agent's manifest."""
    statement = walk.statement
    assert isinstance(statement, LotVerdictStatement)
    follows = verdict_of_plan(walk.bundle.manifest, statement.lot_size, statement.inspected, statement.nonconforming)
    counts = f"{statement.nonconforming} of {statement.inspected} nonconforming, from a lot of {statement.lot_size}"
    if follows is None:
        return Found("the manifest lists no plan for this lot: the verdict is the agent's word", walk.signer, Outcome.CLAIMED)
    if follows != statement.verdict:
        raise VerdictContradictedError(f"{counts} means {VERDICTS[follows]}, not {VERDICTS[statement.verdict]}")
    return Found(f"{counts}: {VERDICTS[follows]}", "this program, from the manifest's plan")
