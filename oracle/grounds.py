"""What the publisher stands on: proofs against the light client's finalized state, or, where there is no light client, what RPCs say.

Signing needs a nonce to begin from and a contract that is what it should be; both come from here, together with what is known of each
publication. Which of the two a network has is settled when the gateway is composed, and is never mixed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from oracle import anchor
from oracle.chain import Chain
from oracle.finality import NO_CODE, AnchorTarget, Finality, Search, prove
from oracle.keccak import keccak256
from oracle.publication import Key, Kind, Publication, PublicationStore
from oracle.publication_errors import ContractChangedError, RegistryAbsentError, RegistryNotGenuineError
from oracle.publication_steps import ProvenState, ReportedState


@dataclass(frozen=True, slots=True)
class Ground:
    """What is known of the chain in one round."""

    nonce: int
    """The gateway's account nonce: new transactions begin here."""
    after_s: int = 0
    """Time of the block that is final: nothing signed from now on is in it or before it."""
    states: Mapping[Key, ProvenState] = field(default_factory=dict)
    """What is proven of each publication."""
    reported: ReportedState | None = None
    """What is said instead, where nothing is proven."""


class Grounds(Protocol):
    """Where the ground of a round comes from."""

    async def look(self, records: Sequence[Publication]) -> Ground:
        """Returns the ground for these publications.

        Raises ContractChangedError or RegistryNotGenuineError where nothing may be sent, any other OracleError where it is not known.
        """


class ProvenGrounds:
    """The light client's: asked anew with each finalized block, and when what is under way changed."""

    def __init__(self, chain: Chain, finality: Finality, target: AnchorTarget, store: PublicationStore) -> None:
        """Takes who supplies proofs, who verifies them, and where contracts' fingerprints are kept."""
        self._chain, self._finality, self._target, self._store = chain, finality, target, store
        # May be lost at any time: what the last proof said, and how far verdicts were searched for.
        self._last: tuple[object, Ground] | None = None
        self._search = Search()

    async def look(self, records: Sequence[Publication]) -> Ground:
        """Returns what is proven."""
        key = (self._finality.finalized(), tuple((record.key, record.kind is Kind.VERDICT and record.after_s) for record in records))
        if self._last is not None and self._last[0] == key:
            return self._last[1]
        proofs = await prove(self._chain, self._finality, self._target, records, self._search)
        if proofs.fingerprint is not None:
            await check_pin(self._store, self._target.eas, proofs.fingerprint)
        ground = Ground(proofs.nonce, proofs.block.time_s, proofs.states)
        # Kept only if it is whole: a search that has not come to its end goes on in the next round.
        self._last = (key, ground) if len(proofs.states) == len(records) else None
        return ground


class ReportedGrounds:
    """Words: for networks that no light client of ours follows."""

    def __init__(self, chain: Chain, target: AnchorTarget, store: PublicationStore) -> None:
        """Takes who is asked and believed, for want of better."""
        self._chain, self._target, self._store = chain, target, store

    async def look(self, records: Sequence[Publication]) -> Ground:
        """Returns what is said."""
        reported = await self._chain.reported(self._target.gateway)
        for address in {record.registry for record in records if record.kind is not Kind.FILLER}:
            code_hash = keccak256(await self._chain.get_code(address))
            if code_hash in NO_CODE:
                raise RegistryAbsentError(address, reported.number)
            if address == self._target.eas:
                await check_pin(self._store, address, code_hash)
            elif code_hash != (genuine := anchor.anchor_registry_code_hash(self._target.gateway_registry)):
                raise RegistryNotGenuineError(address, genuine, code_hash)
        return Ground(reported.nonce, reported=reported)


async def check_pin(store: PublicationStore, address: bytes, fingerprint: bytes) -> None:
    """Returns if a contract is what it was when it was first used; raises ContractChangedError."""
    kept = await store.pin(address, fingerprint)
    if kept != fingerprint:
        raise ContractChangedError(address, kept, fingerprint)
