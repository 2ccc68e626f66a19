"""What is final, and what is proven in it: the only ground on which the publisher calls an anchor final or a nonce spent.

The light client says which block is final; proofs against that block's state root say the rest. An RPC supplies proofs and is not believed.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from lightclient.errors import LightClientError
from lightclient.execution.proof import verify_proof_answer
from oracle import anchor
from oracle.chain import Chain
from oracle.publication import FinalizedBlock
from oracle.publication_errors import NothingFinalizedError, ProofRefusedError, RegistryAbsentError, RegistryNotGenuineError
from oracle.publication_steps import ProvenState

NO_CODE = (bytes(32), bytes.fromhex("c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"))
"""Code hashes of an account that does not exist, and of one without code (keccak256 of nothing)."""


@dataclass(frozen=True, slots=True)
class AnchorTarget:
    """Where anchors go, and whose they are."""

    chain_id: int
    """Chain that the registries are on (EIP-155)."""
    registry: bytes
    """Address of the AnchorRegistry, 20 bytes."""
    gateway_registry: bytes
    """Address of the GatewayRegistry that it must have been built with, 20 bytes."""
    gateway: bytes
    """Address that anchors, 20 bytes."""


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


async def prove(chain: Chain, finality: Finality, target: AnchorTarget, indices: Sequence[int]) -> dict[int, ProvenState]:
    """Returns what is proven of each anchor in the newest finalized block: two questions to the RPC, however many anchors.

    Raises NothingFinalizedError, RegistryAbsentError, RegistryNotGenuineError, ProofRefusedError, and what `Chain` raises.
    """
    block = finality.finalized()
    if block is None:
        raise NothingFinalizedError
    slots = [anchor.anchor_slot(target.gateway, index) for index in indices]
    registry = finality.verify(await chain.get_proof(target.registry, slots, block.number), block, target.registry, slots)
    if registry.code_hash in NO_CODE:
        raise RegistryAbsentError(target.registry, block.number)
    genuine = anchor.anchor_registry_code_hash(target.gateway_registry)
    # Other code could keep other promises: overwrite roots, or let anybody anchor.
    if registry.code_hash != genuine:
        raise RegistryNotGenuineError(target.registry, genuine, registry.code_hash)
    account = finality.verify(await chain.get_proof(target.gateway, [], block.number), block, target.gateway, [])
    return {index: ProvenState(block, root, account.nonce) for index, root in zip(indices, registry.storage, strict=True)}
