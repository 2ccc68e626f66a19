"""Taking in what another gateway attested about one of our subjects: the command behind `aios quorum add`."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from gateway.control import Command
from gateway.errors import GatewayError
from gateway.pipeline.quorum import member_of
from gateway.pipeline.stage import keep
from gateway.store import attestations, co_attestations
from gateway.store.store import Store
from oracle import attestation
from oracle.attestation import Attestation
from oracle.bundle import CoAttestation
from oracle.errors import MalformedDocumentError
from oracle.gs1 import Key
from oracle.hexes import to_checksum
from oracle.schemas import BY_UID, ShipmentStatement, subject_id


class NotOurSubjectError(GatewayError):
    """Somebody's word is about a subject on which this gateway has not said anything."""

    def __init__(self, subject: str, reason: str) -> None:
        """Holds the subject and the reason."""
        self.subject = subject
        self.reason = reason
        super().__init__(f"{subject}: {reason}")


def quorum_add(store: Store, now_ms: Callable[[], int]) -> Command:
    """Returns the command that keeps a member of a quorum until the subject's bundle is written anew."""

    async def add(arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        subject = Key.from_path(str(arguments.get("subject", ""))).path
        document = arguments.get("member")
        try:
            member = member_of(document)
        except msgspec.ValidationError as error:
            raise MalformedDocumentError("$.member", str(error)) from error
        await asyncio.to_thread(_require_ours, store, subject, member)
        assert isinstance(document, dict)
        await keep(store, lambda connection: co_attestations.insert(connection, subject, member.gateway, document, now_ms()))
        return {"subject": subject, "gateway": to_checksum(member.gateway)}

    return add


def _require_ours(store: Store, subject: str, member: CoAttestation) -> None:
    """Raises unless another key's valid word is about a subject that this gateway has attested under the same schema."""
    signed = member.attestation
    attestation.verify(signed, domain=None, now_s=None)
    with store.read() as connection:
        own = [one.attestation for one in attestations.select_subject(connection, subject) if one.attestation.schema == signed.schema]
    if not own:
        raise NotOurSubjectError(subject, "this gateway has attested nothing of the kind about it")
    if signed.attester in {one.attester for one in own}:
        raise NotOurSubjectError(subject, "that is this gateway's own word: a quorum is of others")
    if _subject_of(signed) != subject_id(Key.from_path(subject).uri):
        raise NotOurSubjectError(subject, "the attestation is about another subject")
    if signed.domain not in {one.domain for one in own}:
        raise NotOurSubjectError(subject, f"the attestation is for another deployment: {signed.domain}")
    if _agent_of(signed) not in {_agent_of(one) for one in own}:
        raise NotOurSubjectError(subject, "the other gateway judged by another manifest, so the two cannot be counted together")


def _subject_of(signed: Attestation) -> bytes:
    statement = BY_UID[signed.schema].decode(signed.data)
    return statement.shipment if isinstance(statement, ShipmentStatement) else statement.lot


def _agent_of(signed: Attestation) -> bytes:
    return BY_UID[signed.schema].decode(signed.data).agent
