"""Checks of who vouches: the gateway's standing, the attestation's revocation, what other gateways attested. Pure."""

from collections.abc import Sequence
from typing import Any

from lightclient.errors import LightClientError
from lightclient.execution.proof import Account, verify_account_proof, verify_storage_proof
from oracle import anchor, attestation, eas, gateway_registry, quorum
from oracle.attestation import Attestation
from oracle.batch import BatchLeaf
from oracle.bundle import CoAttestation, Journey, KeyProof, Revocation
from oracle.errors import RefusedError
from oracle.gateway_registry import GatewayRecord, KeyRecord, Standing
from oracle.hexes import to_checksum
from oracle.merkle import root_from_proof
from oracle.quorum import Vote
from oracle.schemas import LotStatement, LotVerdictStatement, ShipmentStatement, Statement
from oracle.signature import P256_BYTES
from oracle.verify_content import moment, subject_of
from oracle.verify_errors import (
    AccountError,
    AnchorMismatchError,
    BatchMismatchError,
    CannotTellError,
    CodeMismatchError,
    NotExpectedError,
    QuorumError,
    RevokedError,
    SchemaUnknownError,
    StandingError,
    SubjectMismatchError,
)
from oracle.verify_journey import stated_event
from oracle.verify_walk import Found, Outcome, Walk

OUT_OF_SERVICE = (Standing.SUSPENDED, Standing.UNBONDING, Standing.RETIRED)
"""What a gateway in one of these anchored before stands, and what it anchors now does not; an anchor's slot holds no time that tells."""


def standing(walk: Walk) -> Found:
    """Returns if the attester's key is that of a registered gateway in good standing, and the key that anchored is the same gateway's."""
    stated, signed = walk.bundle.standing, walk.bundle.attestation
    if stated is None:
        if walk.expected.quorum:
            raise CannotTellError("how the gateway stands is not in the file", "ask for a bundle with its standing")
        return Found("not in the file: whether the gateway is registered is not shown", walk.signer, Outcome.MISSING)
    registry = walk.bundle.anchor.gateway_registry
    account = _account(walk, registry, stated.account_proof)
    if account.code_hash != gateway_registry.code_hash():
        raise CodeMismatchError(account.code_hash, gateway_registry.code_hash(), "a GatewayRegistry")
    walk.members_root = account.storage_hash
    walk.member, since = _member(walk, stated.keys, signed.attester, walk.bundle.anchor.gateway, signed.time)
    given = walk.expected.gateway
    if given not in (None, walk.bundle.anchor.gateway, walk.member):
        raise NotExpectedError("gateway", walk.member, given)
    if given == walk.member != walk.bundle.anchor.gateway:
        walk.trusted.append(f"gateway {to_checksum(walk.member)}, given by hand")
    return Found(f"gateway {to_checksum(walk.member)}, active since {since}", f"GatewayRegistry {to_checksum(registry)}")


def revocation(walk: Walk) -> Found | None:
    """Returns if the attester had not revoked the attestation by the bundle's block."""
    stated, signed = walk.bundle.revocation, walk.bundle.attestation
    contract = to_checksum(signed.domain.verifying_contract)
    if stated is not None:
        _require_not_revoked(walk, stated)
    elif not signed.revocable:
        walk.unrevoked = True
        return Found("it cannot be revoked", walk.signer)
    if signed.revocable and len(signed.signature) == P256_BYTES:
        why = "EAS keeps revocations by who sent them, and a key of P-256 sends no transactions"
        return Found(f"this key cannot revoke: {why}", walk.signer, Outcome.MISSING)
    if stated is None:
        return Found(f"not in the file: ask the EAS contract {contract}", walk.signer, Outcome.MISSING)
    walk.unrevoked = True
    return Found(f"not revoked by block {walk.block.block_number}", f"EAS {contract}")


def _require_not_revoked(walk: Walk, stated: Revocation) -> None:
    """Returns if EAS held no revocation by the attester in the bundle's block."""
    signed, contract = walk.bundle.attestation, walk.bundle.attestation.domain.verifying_contract
    if not walk.deployment_pinned:
        lacking = "nothing but the attestation says which EAS contract counts, and its version says where it keeps revocations"
        raise CannotTellError(lacking, "pass a network file that names eas and eas_version")
    walk.revocations_root = _account(walk, contract, stated.account_proof).storage_hash
    revoked_s = _word(contract, walk.revocations_root, _revocation_slot(signed), stated.storage_proof)
    if revoked_s:
        walk.revoked_s = revoked_s
        raise RevokedError(signed.uid, revoked_s, moment(revoked_s * 1000))


def others(walk: Walk) -> Found | None:
    """Returns what other registered gateways attested about the same subject, and the median of what all of them measured."""
    wanted = max(walk.expected.quorum, 1)
    if not walk.bundle.quorum and wanted == 1:
        return None
    if walk.members_root is None:
        raise QuorumError("the others", "cannot be counted without the standing of the gateways")
    event = walk.bundle.content.event if isinstance(walk.bundle.content, Journey) else None
    own = Vote(walk.member, _verdict(walk.statement), _measures(walk.statement, walk, event), 0 if walk.unrevoked else None)
    votes = [own, *(_vote(walk, one) for one in walk.bundle.quorum)]
    counted = quorum.combine(votes)
    if len(counted.agreeing) < wanted:
        few = f"{len(counted.agreeing)} of {len(counted.gateways)} gateways in the file attested this verdict, {wanted} are demanded"
        raise CannotTellError(few, "ask for a bundle with more of them, or read theirs")
    _warn_of_others(walk, votes)
    agree, shown = len(counted.agreeing), len(counted.shown)
    kept = (
        f"none of them had taken it back by block {walk.block.block_number}"
        if shown == agree
        else f"{shown} of them shown not to have taken it back"
    )
    medians = "; ".join(f"median {name} {value:.6g}" for name, value in counted.medians.items())
    by = ", ".join(f"gateway {to_checksum(one)}" for one in counted.agreeing)
    # A demand is met where so many are shown to stand by their word; without one, all who are counted have to be.
    enough = shown >= (wanted if wanted > 1 else agree)
    found = f"{agree} of {len(counted.gateways)} registered gateways attest this verdict, {kept}; {medians}"
    return Found(found, by, Outcome.PROVEN if enough else Outcome.MISSING)


def _warn_of_others(walk: Walk, votes: Sequence[Vote]) -> None:
    """Names the gateways that took their word back, that may have, and that say otherwise."""
    for vote in votes:
        if vote.revoked_s:
            when = moment(vote.revoked_s * 1000)
            walk.warnings.append(f"not counted: {to_checksum(vote.gateway)} took back what it attested {when}")
    unknown = [to_checksum(vote.gateway) for vote in votes[1:] if vote.revoked_s is None]
    if unknown:
        eas_contract = to_checksum(walk.bundle.attestation.domain.verifying_contract)
        whose = f"gateways other than the file's own ({', '.join(unknown)})"
        walk.warnings.append(f"the file does not show whether {whose} took back what they attested: ask the EAS contract {eas_contract}")
    against = [to_checksum(one) for one in sorted(vote.gateway for vote in votes if vote.stands and vote.verdict != votes[0].verdict)]
    if against:
        walk.warnings.append(f"another verdict was attested by {', '.join(against)}")


def _vote(walk: Walk, one: CoAttestation) -> Vote:
    """Returns the vote of another gateway, once its signature, its subject, its anchor and its standing hold."""
    try:
        return _checked_vote(walk, one)
    except RefusedError as error:
        raise QuorumError(f"gateway {to_checksum(one.gateway)}", str(error)) from error


def _checked_vote(walk: Walk, one: CoAttestation) -> Vote:
    signed, main = one.attestation, walk.bundle.attestation
    attestation.verify(signed, domain=main.domain, now_s=walk.now_s)
    if signed.schema != main.schema:
        raise SchemaUnknownError(signed.schema, main.schema)
    statement = type(walk.statement).decode(signed.data)
    for what, theirs, ours in (
        ("subject", subject_of(statement), subject_of(walk.statement)),
        ("item", getattr(statement, "item", b""), getattr(walk.statement, "item", b"")),
        ("agent", statement.agent, walk.statement.agent),
    ):
        if theirs != ours:
            raise SubjectMismatchError(what, theirs, ours)
    measures = _measures(statement, walk, one.event)
    root = root_from_proof(BatchLeaf(signed.uid, signed.attester, signed.digest).hash, one.batch.proof)
    if root != one.batch.root:
        raise BatchMismatchError(root, one.batch.root)
    assert walk.storage_root is not None
    value = _word(walk.bundle.anchor.registry, walk.storage_root, anchor.anchor_slot(one.gateway, one.index), one.storage_proof)
    if value.to_bytes(32, "big") != root:
        raise AnchorMismatchError(value.to_bytes(32, "big"), root)
    member, _ = _member(walk, one.keys, signed.attester, one.gateway, signed.time)
    return Vote(member, _verdict(statement), measures, _taken_back_s(walk, signed, one.revocation_proof))


def _taken_back_s(walk: Walk, signed: Attestation, nodes: Sequence[bytes] | None) -> int | None:
    """Returns when another gateway revoked its attestation, in seconds; 0 for not by the block, None where the file does not show it."""
    if nodes is None:
        return None if signed.revocable else 0
    if walk.revocations_root is None:
        raise QuorumError("its proof of revocation", "rests on the account proof of `revocation`, which is not in the file")
    revoked_s = _word(signed.domain.verifying_contract, walk.revocations_root, _revocation_slot(signed), nodes)
    return None if not revoked_s and signed.revocable and len(signed.signature) == P256_BYTES else revoked_s


def _revocation_slot(signed: Attestation) -> bytes:
    return eas.revocation_slot(eas.layout_of(signed.domain.version), signed.attester, signed.uid)


def _verdict(statement: Statement) -> int:
    return statement.defect if isinstance(statement, LotStatement) else statement.verdict


def _measures(statement: Statement, walk: Walk, event: dict[str, Any] | None) -> dict[str, float]:
    """Returns what a statement measured: of a shipment each quantity's range, as its event says; of a lot its count."""
    if (event is not None) != isinstance(statement, ShipmentStatement):
        raise QuorumError("an event", "stands beside a shipment's statement, and beside no other")
    if isinstance(statement, ShipmentStatement):
        assert event is not None
        recorded = stated_event(event, "$.quorum.event", statement, walk.bundle.subject)
        return {
            f"{bound} {summary.quantity}": value
            for summary in recorded.summaries
            for bound, value in (("lowest", summary.minimum), ("mean", summary.mean), ("highest", summary.maximum))
        }
    if isinstance(statement, LotVerdictStatement):
        return {"nonconforming items": statement.nonconforming}
    return {"confidence (ppm)": statement.confidence_ppm}


def _member(walk: Walk, keys: KeyProof, attester: bytes, anchored_by: bytes, signed_s: int) -> tuple[bytes, str]:
    """Returns the registered gateway whose keys signed and anchored, and since when it is active."""
    registry, root = walk.bundle.anchor.gateway_registry, walk.members_root
    assert root is not None
    named = [(attester, keys.key)]
    if (keys.anchor_key is None) != (attester == anchored_by):
        raise StandingError(attester, "a proof of the anchoring key belongs here exactly where another key signed")
    if keys.anchor_key is not None:
        named.append((anchored_by, keys.anchor_key))
    records = [(key, KeyRecord.decode(_word(registry, root, gateway_registry.key_slot(key), nodes))) for key, nodes in named]
    gateway = records[0][1].gateway
    for key, record in records:
        if not record.known:
            raise StandingError(key, "it is no key of a registered gateway")
        if record.gateway != gateway:
            raise StandingError(key, f"it is a key of another gateway, {to_checksum(record.gateway)}")
        if record.revoked_at:
            lacking = f"key {to_checksum(key)} was revoked {moment(record.revoked_at * 1000)}, before this file's block"
            raise CannotTellError(lacking, "a thief could have used it since: ask for a bundle whose block is older than that")
    if signed_s < records[0][1].since:
        walk.warnings.append(f"it was signed before key {to_checksum(attester)} was registered")
    word = _word(registry, root, gateway_registry.gateway_slot(gateway), keys.gateway)
    stood = GatewayRecord.decode(word)
    _require_active(gateway, stood)
    return gateway, moment(stood.since * 1000)


def _require_active(gateway: bytes, record: GatewayRecord) -> None:
    if record.standing is Standing.ACTIVE:
        return
    stands = f"{record.standing.name.lower()} since {moment(record.since * 1000)}"
    if record.standing in OUT_OF_SERVICE:
        lacking = f"gateway {to_checksum(gateway)} is {stands}, before this file's block"
        raise CannotTellError(lacking, "it could have signed since under an earlier time: ask for a bundle whose block is older than that")
    raise StandingError(gateway, f"the gateway is {stands}")


def _account(walk: Walk, address: bytes, nodes: Sequence[bytes]) -> Account:
    try:
        account = verify_account_proof(walk.block.state_root, address, nodes)
    except LightClientError as error:
        raise AccountError(address, str(error)) from error
    if account is None:
        raise AccountError(address, "the proof shows that there is no such account")
    return account


def _word(address: bytes, root: bytes, slot: bytes, nodes: Sequence[bytes]) -> int:
    try:
        return verify_storage_proof(root, slot, nodes)
    except LightClientError as error:
        raise AccountError(address, str(error)) from error
