"""Checks of the file and of the signed word: seal, network, signature, subject, agent. Pure; each returns what it found or raises."""

import hashlib
from datetime import UTC, datetime

from oracle import attestation
from oracle.attestation import Domain
from oracle.bundle import Inspection, Journey
from oracle.hexes import to_checksum
from oracle.keccak import keccak_of_name
from oracle.schemas import MILLION, LotStatement, ShipmentStatement, subject_id
from oracle.verify_errors import (
    ManifestMismatchError,
    NotExpectedError,
    SchemaUnknownError,
    SealBrokenError,
    StatementMismatchError,
    SubjectMismatchError,
)
from oracle.verify_walk import Found, Walk

VERDICTS = {
    0: "conforms: everything stayed within what the product allows",
    1: "breach: the product's limits were exceeded",
    2: "insufficient data: too few readings or too long a gap to conclude either",
}
"""The statement's verdict in words."""


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
    return Found(f"signed by {signer}, uid 0x{signed.uid.hex()}", walk.signer)


def subject(walk: Walk) -> Found:
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
    return Found(bundle.subject.uri, walk.signer)


def agent(walk: Walk) -> Found:
    """Returns if the manifest is that of the agent which judged."""
    digest = hashlib.sha256(walk.bundle.manifest.encode()).digest()
    if digest != walk.statement.agent:
        raise ManifestMismatchError("sha256 of the manifest", digest, walk.statement.agent)
    walk.trusted.append("verdict: the agent's, signed; it is not worked out again here, and its manifest in the file says how to")
    return Found(f"manifest sha256 0x{digest.hex()}", walk.signer)


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
