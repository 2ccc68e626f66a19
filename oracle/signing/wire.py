"""The protocol on the signer's socket: frames of four bytes of length and one msgpack message, asked and answered one at a time. Pure.

Both sides read a frame's length before its bytes and refuse what is longer than any message; every message is a typed record, and unknown
fields are refused. A refusal crosses as its rule and the values it holds.
"""

from typing import Any

import msgspec

from oracle.errors import MisuseError, OracleError
from oracle.signer import Curve
from oracle.signing.errors import RULES, FormRefusedError, FrameRefusedError, SignerFailedError, again, values
from oracle.signing.statements import (
    AttestationRequest,
    BlsPossessionRequest,
    HandoverRequest,
    PossessionRequest,
    TransactionRequest,
    VoteRequest,
)

VERSION = 1
"""The protocol's version; another one is refused by name, not misread."""
MAX_FRAME = 32 * 1024
"""Bytes of one message; the longest, an attestation with 8 KiB of data, takes some 9,000."""
HEAD = 4
"""Bytes of a frame's length, big endian."""


class Describe(msgspec.Struct, tag="describe", forbid_unknown_fields=True, frozen=True):
    """Asks who signs."""

    version: int = VERSION
    """The protocol that the asker speaks."""


class KeyInfo(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The public side of a key."""

    address: bytes
    """Its address."""
    curve: Curve
    """Its curve."""
    public_key: bytes
    """x and y, 64 bytes."""


class Described(msgspec.Struct, tag="described", forbid_unknown_fields=True, frozen=True):
    """Who signs."""

    attester: KeyInfo
    """The key of attestations."""
    gateway: KeyInfo
    """The key of transactions."""
    records: int
    """How many records the log has."""
    head: bytes
    """Hash of its newest line."""
    bls: bytes = b""
    """The BLS key, 48 bytes; empty where there is none."""


class Signed(msgspec.Struct, tag="signed", forbid_unknown_fields=True, frozen=True):
    """A signature."""

    signature: bytes
    """In either form of `oracle.signature`, or a BLS signature in 96 bytes."""


class Refused(msgspec.Struct, tag="refused", forbid_unknown_fields=True, frozen=True):
    """A refusal."""

    rule: str
    """Which rule."""
    held: dict[str, Any]
    """The values that the refusal holds."""


Question = Describe | AttestationRequest | TransactionRequest | PossessionRequest | HandoverRequest | VoteRequest | BlsPossessionRequest
"""What may be asked."""
Answer = Described | Signed | Refused
"""What is answered."""

_encoder = msgspec.msgpack.Encoder()
_questions: msgspec.msgpack.Decoder[Question] = msgspec.msgpack.Decoder(Question)
_answers: msgspec.msgpack.Decoder[Answer] = msgspec.msgpack.Decoder(Answer)


def frame(message: Question | Answer) -> bytes:
    """Returns the frame of a message; raises FrameRefusedError for a number or a length that no frame carries."""
    try:
        body = _encoder.encode(message)
    except (OverflowError, msgspec.ValidationError) as error:
        raise FrameRefusedError(str(error)[:200]) from error
    if len(body) > MAX_FRAME:
        raise FrameRefusedError(f"{len(body)} bytes, at most {MAX_FRAME}")
    return len(body).to_bytes(HEAD, "big") + body


def length_of(head: bytes) -> int:
    """Returns how many bytes follow a frame's head; raises FrameRefusedError for more than any message has."""
    size = int.from_bytes(head, "big")
    if len(head) != HEAD or not 0 < size <= MAX_FRAME:
        raise FrameRefusedError(f"{size} bytes, at most {MAX_FRAME}")
    return size


def question(body: bytes) -> Question:
    """Returns what is asked; raises FrameRefusedError for anything else."""
    try:
        return _questions.decode(body)
    except (msgspec.DecodeError, RecursionError, OracleError, ValueError) as error:
        raise FrameRefusedError(str(error)[:200]) from error


def answer(body: bytes) -> Answer:
    """Returns what is answered; raises FrameRefusedError for anything else."""
    try:
        return _answers.decode(body)
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        raise FrameRefusedError(str(error)[:200]) from error


def refused(error: OracleError) -> Refused:
    """Returns how a refusal crosses the socket; one without a rule crosses with its text, as the asker's fault or as the signer's."""
    if RULES.get(getattr(error, "rule", "")) is not type(error):
        error = FormRefusedError(str(error)) if isinstance(error, MisuseError) else SignerFailedError(str(error))
    return Refused(error.rule, values(error))  # type: ignore[attr-defined]


def error_of(refusal: Refused) -> OracleError:
    """Returns the error that a refusal stands for."""
    return again(refusal.rule, refusal.held)
