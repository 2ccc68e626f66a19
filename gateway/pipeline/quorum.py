"""The stage that puts what other gateways attested into bundles that lie on the disk already, with fresh proofs of everything."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec
import structlog

from gateway.pipeline.proof import BundleRefusedError, BundleWriter, Proof, Prover
from gateway.pipeline.stage import Stage, keep
from gateway.store import bundles, co_attestations
from gateway.store.records import Bundle as WrittenBundle
from gateway.store.store import Store
from oracle import bundle_codec, bundle_parts
from oracle.bundle import Bundle, CoAttestation, Journey, KeyProof
from oracle.bundle_schema import CoAttestationDocument
from oracle.errors import OracleError
from oracle.hexes import to_checksum

PLACEHOLDER = (b"\xc0",)
"""Stands for a proof that is made when the bundle is: one empty node."""


def co_attestation(bundle: Bundle) -> dict[str, Any]:
    """Returns what another gateway's bundle says, as a member of a quorum whose proofs are still to be made."""
    content = bundle.content
    member = CoAttestation(
        attestation=bundle.attestation,
        event=content.event if isinstance(content, Journey) else None,
        batch=bundle.batch,
        gateway=bundle.anchor.gateway,
        index=bundle.anchor.index,
        storage_proof=PLACEHOLDER,
        keys=KeyProof(PLACEHOLDER, None, PLACEHOLDER),
    )
    return bundle_parts.write_quorum((member,))[0]


def member_of(document: object) -> CoAttestation:
    """Returns the member that a document holds.

    Raises:
        MalformedDocumentError, msgspec.ValidationError: it does not have the shape of one.
    """
    (member,) = bundle_parts.read_quorum([msgspec.convert(document, CoAttestationDocument, strict=True)])
    return member


@dataclass(frozen=True, slots=True)
class Waiting:
    """A bundle that is to be written anew."""

    subject: str
    """Its subject."""
    bundle: Bundle
    """As it lies on the disk."""
    others: tuple[CoAttestation, ...]
    """What others attested."""


class AddQuorum(Stage):
    """Rewrites a bundle once another gateway's word about its subject has come."""

    name = "quorum"

    def __init__(self, store: Store, prover: Prover, directory: Path, now_ms: Callable[[], int]) -> None:
        """Writes into `directory`."""
        self._store = store
        self._prover = prover
        self._writer = BundleWriter(prover, directory, now_ms)
        self._log = structlog.get_logger("pipeline.quorum")
        # Told once each; a restart tells again.
        self._unreadable: set[str] = set()

    async def step(self) -> bool:
        """Rewrites at most one bundle; returns whether another may wait."""
        found = await asyncio.to_thread(self._next)
        if found is None:
            return False
        try:
            written = await self._write(found, found.others)
        except BundleRefusedError as refusal:
            return await self._without_the_bad(found, refusal)
        if written is None:
            return False
        # True now: the new file lies in its place. A restart before the next line writes it again, over itself.

        def record(connection: sqlite3.Connection) -> None:
            bundles.insert(connection, written)
            co_attestations.mark_bundled(connection, found.subject)

        await keep(self._store, record)
        return True

    def _prove(self, found: Waiting, others: tuple[CoAttestation, ...]) -> Awaitable[Proof | None]:
        anchor = found.bundle.anchor
        return self._prover.prove(anchor.gateway, anchor.index, found.bundle.attestation, others)

    async def _write(self, found: Waiting, others: tuple[CoAttestation, ...]) -> WrittenBundle | None:
        proof = await self._prove(found, others)
        if proof is None:
            return None
        return await asyncio.to_thread(self._writer.write, found.subject, proof.within(found.bundle), proof.checkpoint)

    async def _without_the_bad(self, found: Waiting, refusal: BundleRefusedError) -> bool:
        """Forgets each member with which alone the bundle does not verify; returns whether those that are left can be written now."""
        stands = [(member.gateway, await self._stands(found, (member,))) for member in found.others]
        own = await self._stands(found, ())
        if own is None or any(one is None for _, one in stands):
            return False  # whose fault it is shows once there is a proof again
        if not own:
            # It is no member's fault. The file on the disk stays as it was, until somebody's next word or a bundle written anew.
            self._log.warning("bundle refused", subject=found.subject, reason=str(refusal))
            await keep(self._store, lambda connection: co_attestations.mark_bundled(connection, found.subject))
            return True
        bad = [gateway for gateway, one in stands if not one]
        for gateway in bad:
            self._log.warning("member refused", subject=found.subject, gateway=to_checksum(gateway), reason=str(refusal))
        forgotten = bad or [gateway for gateway, _ in stands]  # each stands alone and they do not together: none is kept

        def forget(connection: sqlite3.Connection) -> None:
            for gateway in forgotten:
                co_attestations.remove(connection, found.subject, gateway)

        await keep(self._store, forget)
        return True

    async def _stands(self, found: Waiting, others: tuple[CoAttestation, ...]) -> bool | None:
        """Returns whether the bundle verifies with these members, or None where no proof is to be had."""
        proof = await self._prove(found, others)
        if proof is None:
            return None
        try:
            await asyncio.to_thread(self._writer.require_proven, found.subject, proof.within(found.bundle), proof.checkpoint)
        except BundleRefusedError:
            return False
        return True

    def _next(self) -> Waiting | None:
        with self._store.read() as connection:
            for subject in co_attestations.waiting(connection):
                written = bundles.get(connection, subject)
                assert written is not None, "only subjects with a bundle wait"
                others = (member_of(one) for one in co_attestations.select(connection, subject))
                try:
                    bundle = bundle_codec.loads(Path(written.path).read_bytes())
                except (OSError, OracleError) as error:
                    # Somebody moved or altered the file; the other subjects do not wait for it.
                    if subject not in self._unreadable:
                        self._unreadable.add(subject)
                        self._log.warning("bundle unreadable", subject=subject, path=written.path, reason=str(error))
                    continue
                same = (one for one in others if one.attestation.schema == bundle.attestation.schema)
                return Waiting(subject, replace(bundle, quorum=()), tuple(same))
        return None
