"""Checks of the file and of the signed word: seal, network, signature, subject, corrections, agent. Pure."""

import hashlib
from datetime import UTC, datetime
from fractions import Fraction

from oracle import attestation
from oracle.attestation import Attestation, Domain
from oracle.bundle import Inspection, Journey, LotSample
from oracle.hexes import to_checksum
from oracle.keccak import keccak_of_name
from oracle.lot_verdict import VERDICTS as LOT_VERDICTS
from oracle.schemas import BY_UID, LotStatement, LotVerdictStatement, ShipmentStatement, Statement, subject_id
from oracle.verify_errors import (
    CorrectionError,
    ManifestMismatchError,
    NotExpectedError,
    SchemaUnknownError,
    SealBrokenError,
    StatementMismatchError,
    SubjectMismatchError,
)
from oracle.verify_walk import Found, Outcome, Walk

VERDICTS = {
    0: "conforms: everything stayed within what the product allows",
    1: "breach: the product's limits were exceeded",
    2: "insufficient data: too few readings or too long a gap to conclude either",
}
"""The statement's verdict in words."""
STATEMENTS: dict[type, type[Statement]] = {Journey: ShipmentStatement, Inspection: LotStatement, LotSample: LotVerdictStatement}
"""Which statement each content calls for."""


def seal(walk: Walk) -> Found:
    """Returns if the file is as it was written."""
    if walk.seals is None:
        return Found("not a file")
    stated, computed = walk.seals
    if stated != computed:
        raise SealBrokenError(stated, computed)
    return Found(f"0x{computed.hex()}", "sha256 over the file itself: it adds no trust")


def network(walk: Walk) -> Found:
    """Returns if the bundle is for the network whose file was given."""
    if walk.bundle.network != walk.network.name:
        raise NotExpectedError("network", walk.bundle.network, walk.network.name)
    walk.trusted.append(f"network file {walk.network.name}: genesis validators root 0x{walk.network.genesis_validators_root.hex()}")
    return Found(walk.network.name, f"network file {walk.network.name}")


def signature(walk: Walk) -> Found:
    """Returns if the named key signed the attestation, for this chain and the pinned deployment, and it has not expired."""
    signed = walk.bundle.attestation
    pinned, unpinned = _deployment(walk)
    if signed.domain.chain_id != walk.network.chain_id:
        raise NotExpectedError("attestation's chain", signed.domain.chain_id, walk.network.chain_id)
    attestation.verify(signed, domain=pinned, now_s=walk.now_s)
    signer = to_checksum(signed.attester)
    walk.trusted.append(f"attester {signer}, {_attester(walk)}")
    walk.trusted.append(f"{signed.domain}, {f'{unpinned} not pinned' if unpinned else 'pinned'}")
    walk.deployment_pinned = not unpinned
    return Found(f"signed by {signer}, uid 0x{signed.uid.hex()}", walk.signer)


def _attester(walk: Walk) -> str:
    """Returns how the attester is pinned. The keys of a gateway that is given are for `standing` to show, where the file holds it."""
    gateway, shown, signer = walk.expected.gateway, walk.bundle.standing is not None, walk.bundle.attestation.attester
    given = walk.expected.attester or (None if shown else gateway)
    if given not in (None, signer):
        raise NotExpectedError("attester", signer, given)
    if given is None and gateway is not None:
        return "a key of the gateway given by hand"
    return "given by hand" if given else "not pinned: compare it with the gateway's published key"


def _deployment(walk: Walk) -> tuple[Domain, str]:
    """Returns the EAS deployment that counts, and which parts of it are the attestation's own word, for nothing pins them."""
    if walk.expected.domain is not None:
        return walk.expected.domain, ""
    known, stated = walk.network.contracts, walk.bundle.attestation.domain
    contract = bytes.fromhex(known.eas.removeprefix("0x")) if known.eas else stated.verifying_contract
    unpinned = [name for name, value in (("contract", known.eas), ("version", known.eas_version)) if not value]
    return Domain(known.eas_version or stated.version, walk.network.chain_id, contract), " and ".join(unpinned)


def subject(walk: Walk) -> Found:
    """Returns if the statement is about the subject that the bundle names."""
    bundle = walk.bundle
    kind = STATEMENTS[type(bundle.content)]
    if bundle.attestation.schema != kind.UID:
        raise SchemaUnknownError(bundle.attestation.schema, kind.UID)
    statement = kind.decode(bundle.attestation.data)
    if subject_of(statement) != subject_id(bundle.subject.uri):
        raise SubjectMismatchError("subject", subject_id(bundle.subject.uri), subject_of(statement))
    if isinstance(statement, LotStatement) and isinstance(bundle.content, Inspection):
        item = keccak_of_name(bundle.content.item)
        if statement.item != item:
            raise SubjectMismatchError("item", item, statement.item)
    walk.established = statement
    walk.conclusion = _conclusion(walk)
    return Found(bundle.subject.uri, walk.signer)


def subject_of(statement: Statement) -> bytes:
    """Returns the hash of the subject that a statement is about."""
    return statement.shipment if isinstance(statement, ShipmentStatement) else statement.lot


def corrections(walk: Walk) -> Found | None:
    """Returns if what this attestation corrects, and what corrects it, is signed, about the same subject, and names the one before."""
    signed, chain = walk.bundle.attestation, walk.bundle.corrections
    link = signed
    for one in chain.earlier:
        _require_linked(walk, "earlier", newer=link, older=one)
        if one.attester != signed.attester:
            walk.warnings.append(f"the attestation that it corrects was signed by another key, {to_checksum(one.attester)}")
        link = one
    corrected = f"corrects 0x{signed.ref_uid.hex()}" if any(signed.ref_uid) else ""
    newest = signed
    for one in chain.later:
        _require_linked(walk, "later", newer=one, older=newest)
        if one.attester != signed.attester:
            raise CorrectionError("later", f"signed by {to_checksum(one.attester)}: only the attester himself corrects")
        newest = one
    if chain.later:
        walk.superseded_by = newest.uid
        superseded = f"SUPERSEDED by 0x{newest.uid.hex()}"
        return Found(f"{corrected}; {superseded}" if corrected else superseded, walk.signer)
    if any(link.ref_uid):
        absent = f"0x{link.ref_uid.hex()}, which is not in the file"
        return Found(f"{corrected}; the chain goes on to {absent}" if chain.earlier else f"corrects {absent}", walk.signer, Outcome.MISSING)
    return Found(f"{corrected}: {len(chain.earlier)} earlier", walk.signer) if chain.earlier else None


def _require_linked(walk: Walk, which: str, *, newer: Attestation, older: Attestation) -> None:
    """Returns if the newer of two attestations names the older; the one that is not the bundle's own is checked here."""
    other = older if which == "earlier" else newer
    if newer.ref_uid != older.uid:
        raise CorrectionError(which, f"refUID is 0x{newer.ref_uid.hex()}, the one before is 0x{older.uid.hex()}")
    attestation.verify(other, domain=walk.bundle.attestation.domain, now_s=None)
    if other.schema != walk.bundle.attestation.schema:
        raise CorrectionError(which, "it follows another schema")
    stated = BY_UID[other.schema].decode(other.data)
    if subject_of(stated) != subject_of(walk.statement) or getattr(stated, "item", b"") != getattr(walk.statement, "item", b""):
        raise CorrectionError(which, "it is about another subject")


def agent(walk: Walk) -> Found:
    """Returns if the manifest is that of the agent which judged."""
    digest = hashlib.sha256(walk.bundle.manifest.encode()).digest()
    if digest != walk.statement.agent:
        raise ManifestMismatchError("sha256 of the manifest", digest, walk.statement.agent)
    walk.trusted.append("verdict: the agent's, signed; where its manifest states limits, what the file holds is measured again")
    return Found(f"manifest sha256 0x{digest.hex()}", walk.signer)


def _conclusion(walk: Walk) -> str:
    statement, bundle = walk.statement, walk.bundle
    if isinstance(statement, ShipmentStatement):
        span = f"{moment(statement.from_ms)} to {moment(statement.to_ms)}"
        return f"shipment {bundle.subject.path}, {statement.readings} readings from {span}: {VERDICTS[statement.verdict]}"
    if isinstance(statement, LotVerdictStatement):
        counts = f"{statement.nonconforming} of {statement.inspected} inspected items of {statement.lot_size} nonconforming"
        seen = f"seen {moment(statement.from_ms)} to {moment(statement.to_ms)}"
        return f"lot {bundle.subject.path}, {seen}, {counts}: {LOT_VERDICTS[statement.verdict]}"
    assert isinstance(bundle.content, Inspection)
    assert isinstance(statement, LotStatement)
    found = "good" if statement.defect == 0 else f"defect of class {statement.defect} of the agent's manifest"
    sure = f"{_percent(statement.confidence_ppm)} confident"
    return f"item {bundle.content.item} of lot {bundle.subject.path}, seen {moment(statement.time_ms)}: {found}, {sure}"


def _percent(ppm: int) -> str:
    """Returns parts per million as a percentage with one digit, half to even: of the number itself, not of the float next to it."""
    tenths = round(Fraction(ppm, 1000))
    return f"{tenths // 10}.{tenths % 10}%"


def moment(milliseconds: int) -> str:
    """Returns a time as people read it; raises StatementMismatchError for one beyond the year 9999."""
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (ValueError, OverflowError, OSError):
        raise StatementMismatchError("time", milliseconds, "a moment before the year 10000") from None
