"""What is final, and what is proven in it: the only ground on which the publisher calls anything final or a nonce spent.

The light client says which block is final; proofs against that block's state root say the rest. An RPC supplies proofs and is not believed.
A verdict's uid depends on its block's time, which nobody's receipt is needed for: every time at which a block can have been made since the
verdict was first signed is looked at, so both that it stands and that it does not are proven.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from lightclient.errors import LightClientError
from lightclient.execution.proof import verify_proof_answer
from oracle import anchor, calls, eas
from oracle.chain import Chain
from oracle.eas import SINCE_1_0, Layout
from oracle.keccak import keccak256
from oracle.publication import FinalizedBlock, Key, Kind, Publication
from oracle.publication_errors import NothingFinalizedError, ProofRefusedError, RegistryAbsentError, RegistryNotGenuineError
from oracle.publication_steps import ProvenState

NO_CODE = (bytes(32), bytes.fromhex("c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"))
"""Code hashes of an account that does not exist, and of one without code (keccak256 of nothing)."""
IMPLEMENTATION_SLOT = (int.from_bytes(keccak256(b"eip1967.proxy.implementation"), "big") - 1).to_bytes(32, "big")
"""Where a proxy keeps the address of its code (EIP-1967): an upgrade changes it and not the proxy's own code."""
SLOTS_PER_PROOF = 64
"""Slots asked for at once; each proof has some 3 to 4 kB."""


@dataclass(frozen=True, slots=True)
class AnchorTarget:
    """Where publications go, and whose they are."""

    chain_id: int
    """Chain that the contracts are on (EIP-155)."""
    registry: bytes
    """Address of the AnchorRegistry, 20 bytes."""
    gateway_registry: bytes
    """Address of the GatewayRegistry that it must have been built with, 20 bytes."""
    gateway: bytes
    """Address that sends, 20 bytes."""
    eas: bytes = bytes(20)
    """Address of EAS, 20 bytes."""
    eas_layout: Layout = SINCE_1_0
    """Where that version of EAS keeps its mappings."""
    spacing_s: int = 12
    """Seconds between two blocks, or what divides them: a network's seconds per slot."""


@dataclass(frozen=True, slots=True)
class ProvenAccount:
    """What a proof says of one account."""

    nonce: int
    """How many of its transactions are mined."""
    code_hash: bytes
    """keccak256 of its code."""
    storage: tuple[bytes, ...]
    """Values of the slots asked for, 32 bytes each, in that order."""


class Finality(Protocol):
    """The light client, as the publisher needs it. Neither method asks the network."""

    def finalized(self) -> FinalizedBlock | None:
        """Returns the newest finalized execution block that is proven, None while there is none. Its number never falls."""

    def verify(self, answer: Mapping[str, Any], block: FinalizedBlock, address: bytes, slots: Sequence[bytes]) -> ProvenAccount:
        """Returns what an answer of eth_getProof proves in the block's state about exactly this address and these slots.

        Raises ProofRefusedError for anything else.
        """


class LightClientFinality:
    """Finality as the light client proves it."""

    def __init__(self, finalized: Callable[[], FinalizedBlock | None]) -> None:
        """Takes what answers with the light client's newest finalized execution block."""
        self._finalized = finalized

    def finalized(self) -> FinalizedBlock | None:
        """Returns the newest finalized execution block."""
        return self._finalized()

    def verify(self, answer: Mapping[str, Any], block: FinalizedBlock, address: bytes, slots: Sequence[bytes]) -> ProvenAccount:
        """Returns what the answer proves; raises ProofRefusedError."""
        try:
            proven = verify_proof_answer(answer, state_root=block.state_root, address=address, keys=slots)
        except LightClientError as error:
            raise ProofRefusedError(address, block.number, f"{type(error).__name__}: {error}") from error
        return ProvenAccount(proven.account.nonce, proven.account.code_hash, tuple(value.to_bytes(32, "big") for value in proven.storage))


@dataclass(slots=True)
class Search:
    """How far the times of blocks were searched for each verdict: what was absent in a final block's state stays absent. May be lost."""

    until_s: dict[Key, int] = field(default_factory=dict)
    """Time up to which no block holds the verdict."""
    found: dict[Key, bytes] = field(default_factory=dict)
    """Uid under which it stands."""


@dataclass(frozen=True, slots=True)
class Proofs:
    """What is proven in one finalized block."""

    block: FinalizedBlock
    """The block."""
    nonce: int
    """The gateway's account nonce."""
    states: Mapping[Key, ProvenState]
    """Of each publication; one whose search has not come to its end is not in it."""
    fingerprint: bytes | None = None
    """Of EAS' code, where it was asked about."""


async def prove(
    chain: Chain, finality: Finality, target: AnchorTarget, records: Sequence[Publication], search: Search | None = None
) -> Proofs:
    """Returns what is proven of each publication in the newest finalized block: a few questions to the RPC, however many publications.

    Raises NothingFinalizedError, RegistryAbsentError, RegistryNotGenuineError, ProofRefusedError, and what `Chain` raises.
    """
    block = finality.finalized()
    if block is None:
        raise NothingFinalizedError
    prover = _Prover(chain, finality, target, block)
    states = await prover.anchors([record for record in records if record.kind is Kind.ANCHOR])
    called = [record for record in records if record.registry == target.eas]
    fingerprint = None
    if called:
        fingerprint = await prover.fingerprint()
        states |= await prover.marks([record for record in called if record.kind is not Kind.VERDICT])
        states |= await prover.verdicts([record for record in called if record.kind is Kind.VERDICT], search or Search())
    account = await prover.ask(target.gateway, [])
    for record in records:
        if record.kind is Kind.FILLER:
            spent = record.nonce is not None and account.nonce > record.nonce
            states[record.key] = ProvenState(block, record.root if spent else bytes(32), 0)
    proven = {key: replace(state, nonce=account.nonce) for key, state in states.items()}
    return Proofs(block, account.nonce, proven, fingerprint)


class _Prover:
    """Asks for proofs in one block's state."""

    def __init__(self, chain: Chain, finality: Finality, target: AnchorTarget, block: FinalizedBlock) -> None:
        self._chain, self._finality, self._target, self._block = chain, finality, target, block

    async def ask(self, address: bytes, slots: Sequence[bytes]) -> ProvenAccount:
        """Returns what is proven of an account; several endpoints are asked until one proves it."""
        block = self._block

        def check(answer: Mapping[str, Any]) -> ProvenAccount:
            return self._finality.verify(answer, block, address, slots)

        return await self._chain.checked_proof(address, slots, block.number, check)

    async def anchors(self, records: Sequence[Publication]) -> dict[Key, ProvenState]:
        """Returns what stands of each anchor, in a registry that is proven to be genuine."""
        if not records:
            return {}
        target = self._target
        slots = [anchor.anchor_slot(target.gateway, record.index) for record in records]
        registry = await self.ask(target.registry, slots)
        if registry.code_hash in NO_CODE:
            raise RegistryAbsentError(target.registry, self._block.number)
        genuine = anchor.anchor_registry_code_hash(target.gateway_registry)
        # Other code could keep other promises: overwrite roots, or let anybody anchor.
        if registry.code_hash != genuine:
            raise RegistryNotGenuineError(target.registry, genuine, registry.code_hash)
        return {record.key: ProvenState(self._block, root, 0) for record, root in zip(records, registry.storage, strict=True)}

    async def fingerprint(self) -> bytes:
        """Returns what changes when EAS is upgraded: hash of its code and, behind a proxy, the address of the code that counts."""
        found = await self.ask(self._target.eas, [IMPLEMENTATION_SLOT])
        if found.code_hash in NO_CODE:
            raise RegistryAbsentError(self._target.eas, self._block.number)
        return keccak256(found.code_hash + found.storage[0])

    async def marks(self, records: Sequence[Publication]) -> dict[Key, ProvenState]:
        """Returns which stamps and revocations stand."""
        values = await self._words([calls.slot_of(record, self._target.eas_layout) for record in records])
        # EAS keeps the block's time; whoever stamped first, what we stamped existed then.
        return {
            record.key: ProvenState(self._block, record.root if any(value) else bytes(32), 0)
            for record, value in zip(records, values, strict=True)
        }

    async def verdicts(self, records: Sequence[Publication], search: Search) -> dict[Key, ProvenState]:
        """Returns which verdicts stand, having looked at every time at which a block can hold them."""
        states: dict[Key, ProvenState] = {}
        for record in records:
            if record.after_s is not None and record.key not in search.found:
                await self._look_for(record, record.after_s, search)
            uid = search.found.get(record.key)
            if uid is not None:
                states[record.key] = ProvenState(self._block, record.root, 0, uid)
            elif record.after_s is None or search.until_s.get(record.key, 0) >= self._block.time_s:
                states[record.key] = ProvenState(self._block, bytes(32), 0)
        return states

    async def _look_for(self, record: Publication, after_s: int, search: Search) -> None:
        searched_s = search.until_s.get(record.key, after_s)
        candidates = calls.verdict_uids(record, searched_s=searched_s, until_s=self._block.time_s, spacing_s=self._target.spacing_s)
        words = await self._words([eas.attestation_slot(self._target.eas_layout, uid) for _, uid in candidates])
        for (_, uid), word in zip(candidates, words, strict=True):
            if word == uid:
                search.found[record.key] = uid
                return
        search.until_s[record.key] = candidates[-1][0] if candidates else max(searched_s, self._block.time_s)

    async def _words(self, slots: Sequence[bytes]) -> list[bytes]:
        words: list[bytes] = []
        for at in range(0, len(slots), SLOTS_PER_PROOF):
            words += (await self.ask(self._target.eas, slots[at : at + SLOTS_PER_PROOF])).storage
        return words
