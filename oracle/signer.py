"""Who signs, and what a signer will not sign.

A `Signer` holds a key and asks no questions. A `GuardedSigner` asks first: its memory is on disk before a signature leaves it, so that
neither a crash nor a bug makes this key contradict itself (the idea of EIP-3076). Every statement belongs to a stream and carries the
stream's next sequence number and a commitment: the content it must never contradict. Signing the same commitment again is allowed, for a
crash may have swallowed the first signature and a transaction may be outbid; another commitment under the same number never is.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import msgspec

from oracle.key_errors import (
    RateExceededError,
    SchemaForbiddenError,
    SequenceGapError,
    SequenceRepeatedError,
    SigningContendedError,
    TimeBackwardsError,
)
from oracle.secret import SecretKey

ATTESTATIONS = "attestation"
"""Stream of attestations: the commitment is the EIP-712 digest."""
ANCHORS = "anchor"
"""Stream of anchors: the sequence is the batch's index, the commitment the call's; the digest, the transaction's, changes with the fees."""
REMEMBERED = 64
"""How many of a stream's latest commitments are remembered; more than publications may be under way at once."""


class Signer(ABC):
    """Signs digests with one key of secp256k1. Implementers never show the key, and may block while a device works."""

    @property
    @abstractmethod
    def address(self) -> bytes:
        """Returns the key's address, 20 bytes; the same for the signer's whole life."""

    @abstractmethod
    def sign_digest(self, digest: bytes) -> bytes:
        """Returns r, s, v in 65 bytes over a 32-byte digest: s in the low half (EIP-2), v 27 or 28."""


class LocalSigner(Signer):
    """Signs with a key in this process's memory."""

    def __init__(self, key: SecretKey) -> None:
        """Takes the key; get it from `oracle.keystore.load`."""
        self._key = key

    @property
    def address(self) -> bytes:
        """Returns the key's address."""
        return self._key.address

    def sign_digest(self, digest: bytes) -> bytes:
        """Returns r, s, v over the digest."""
        signature = self._key.sign_recoverable(digest)
        return signature[:64] + bytes((27 + signature[64],))

    def __repr__(self) -> str:
        """Returns the address only."""
        return f"LocalSigner(0x{self.address.hex()})"


# What is asked, what is allowed, what is remembered


@dataclass(frozen=True, slots=True)
class SigningRequest:
    """One signature that somebody wants."""

    stream: str
    """Which sequence the number belongs to: ATTESTATIONS or ANCHORS."""
    sequence: int
    """The stream's number: 0 at first, then one more each time."""
    commitment: bytes
    """What must never be contradicted under this number, 32 bytes."""
    digest: bytes
    """What is signed, 32 bytes."""
    time_s: int
    """Time that the statement names, seconds since the Unix epoch; 0 in a stream whose statements name none."""
    schema: bytes | None = None
    """Uid of the statement's schema; None in streams that have none."""


@dataclass(frozen=True, slots=True)
class SigningPolicy:
    """What a signer signs."""

    schemas: frozenset[bytes] = frozenset()
    """Uids of the schemas that may be attested."""
    bare_streams: frozenset[str] = frozenset({ANCHORS})
    """Streams whose statements name no schema."""
    limit: int = 3_600
    """Signatures per stream and window; a gateway that wants more is broken or not ours."""
    window_s: int = 3_600
    """Length of a window, in seconds."""


@dataclass(frozen=True, slots=True)
class SigningMemory:
    """What a signer remembers of one stream."""

    recent: tuple[tuple[int, bytes], ...]
    """Sequence numbers and commitments signed last, ascending."""
    time_s: int
    """Time of the newest statement."""
    window_start_s: int
    """When the current window began, by the signer's own clock."""
    window_count: int
    """Signatures in the current window."""


class SignerMemory(Protocol):
    """Keeps what signers remember. What `swap` answered True to is on disk."""

    def load(self, address: bytes, stream: str) -> SigningMemory | None:
        """Returns what is remembered of a stream, None where nothing was signed yet."""

    def swap(self, address: bytes, stream: str, old: SigningMemory | None, new: SigningMemory) -> bool:
        """Stores `new` if `old` is what is stored, and says whether it did."""


def encode_memory(memory: SigningMemory) -> bytes:
    """Returns the memory as JSON, for a store's column."""
    return msgspec.json.encode(memory)


def decode_memory(document: bytes | str) -> SigningMemory:
    """Returns the memory that `encode_memory` wrote."""
    return msgspec.json.decode(document, type=SigningMemory)


def judge(request: SigningRequest, memory: SigningMemory | None, policy: SigningPolicy, now_s: int) -> SigningMemory:
    """Returns what must be remembered before the signature is made; pure.

    Raises SchemaForbiddenError, SequenceRepeatedError, SequenceGapError, TimeBackwardsError or RateExceededError.
    """
    if request.schema not in policy.schemas and not (request.schema is None and request.stream in policy.bare_streams):
        raise SchemaForbiddenError(request.schema)
    window_start_s, used = (memory.window_start_s, memory.window_count) if memory else (now_s, 0)
    if not window_start_s <= now_s < window_start_s + policy.window_s:
        window_start_s, used = now_s, 0
    if used >= policy.limit:
        raise RateExceededError(request.stream, policy.limit, policy.window_s)
    recent = memory.recent if memory else ()
    time_s = memory.time_s if memory else request.time_s
    last = recent[-1][0] if recent else -1
    if request.sequence <= last:
        if dict(recent).get(request.sequence) != request.commitment:
            raise SequenceRepeatedError(request.stream, request.sequence, last)
        return SigningMemory(recent, time_s, window_start_s, used + 1)
    if request.sequence != last + 1:
        raise SequenceGapError(request.stream, request.sequence, last + 1)
    if request.time_s < time_s:
        raise TimeBackwardsError(request.stream, request.time_s, time_s)
    remembered = (*recent[1 - REMEMBERED :], (request.sequence, request.commitment))
    return SigningMemory(remembered, request.time_s, window_start_s, used + 1)


class GuardedSigner:
    """A signer that judges first, remembers on disk, then signs. Deliberately no Signer: it never signs a bare digest."""

    def __init__(self, signer: Signer, memory: SignerMemory, policy: SigningPolicy, *, now_s: Callable[[], int]) -> None:
        """Takes the key's signer, its memory and policy, and the clock that windows are measured by."""
        self._signer = signer
        self._memory = memory
        self._policy = policy
        self._now_s = now_s

    @property
    def address(self) -> bytes:
        """Returns the key's address."""
        return self._signer.address

    def number_of(self, stream: str, commitment: bytes) -> int | None:
        """Returns the number under which this key signed a commitment, None if it did not or it is too long ago to remember."""
        memory = self._memory.load(self.address, stream)
        return next((number for number, signed in (memory.recent if memory else ()) if signed == commitment), None)

    def sign(self, request: SigningRequest) -> bytes:
        """Returns r, s, v over the request's digest, once the memory of it is on disk.

        Raises what `judge` raises, and SigningContendedError where another signer was faster.
        """
        old = self._memory.load(self.address, request.stream)
        new = judge(request, old, self._policy, self._now_s())
        if not self._memory.swap(self.address, request.stream, old, new):
            raise SigningContendedError(request.stream)
        # Remembered, not yet signed: a restart that asks for the same commitment is served, for any other it is refused.
        return self._signer.sign_digest(request.digest)
