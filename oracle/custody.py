"""Custody: who had the goods, from handover to handover, signed by the giver and the taker of each. Pure.

A handover is EIP-712 typed data under a domain of its own: `Terms` is what both parties sign, and its digest is the handover's hash. Each
handover names the hash of the one before it, so the newest hash stands for the whole chain. `verify_chain` lets pass only a chain in which
- numbers run from 0 without a gap, and every handover names its predecessor: nothing is left out in the middle, and nothing forks;
- the giver is the party that took last, and is not the taker; time only moves forwards, and not past the verifier's clock;
- both signatures are over the same terms, in either form of `oracle.signature`.

What it cannot show: that no later handover exists. Whoever holds the goods can keep quiet about it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from oracle import abi, signature
from oracle.attestation_errors import SignatureError
from oracle.custody_errors import (
    CustodyForkError,
    CustodyFutureError,
    CustodyHolderError,
    CustodyNumberError,
    CustodyPreviousError,
    CustodySamePartyError,
    CustodyShipmentError,
    CustodySignatureError,
    CustodyTimeError,
)
from oracle.errors import MalformedDocumentError, MisuseError, shorten
from oracle.gs1 import Key
from oracle.hexes import from_hex, to_checksum
from oracle.keccak import keccak256
from oracle.schemas import subject_id

DOMAIN_TYPE = "EIP712Domain(string name,string version)"
"""A domain without chain and contract: goods change hands in the same way whatever chain the statement about them is anchored on."""
DOMAIN_NAME, DOMAIN_VERSION = "AiOS Custody", "1"
"""The domain's name and the version of this type."""
HANDOVER_TYPE = (
    "Handover(bytes32 shipment,uint32 number,bytes32 previous,address giver,string giverParty,"
    "address taker,string takerParty,uint64 time,string place)"
)
"""The message's type."""
FIRST = bytes(32)
"""What the first handover names as its predecessor."""
MAX_HANDOVERS = 64
"""Handovers of one shipment; an intermodal trip has about ten."""
MAX_TEXT = 200
"""Characters of a party's name and of a place."""
CLOCK_TOLERANCE_MS = 300_000
"""How far a party's clock may run ahead of the verifier's; five minutes, as for devices."""

_SEPARATOR = keccak256(keccak256(DOMAIN_TYPE.encode()) + keccak256(DOMAIN_NAME.encode()) + keccak256(DOMAIN_VERSION.encode()))
_TYPE_HASH = keccak256(HANDOVER_TYPE.encode())
_TRANSACTION = "urn:aios:handover:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What both parties sign."""

    shipment: Key
    """SSCC of what changes hands."""
    number: int
    """Its place in the chain, from 0."""
    previous: bytes
    """Hash of the handover before it; 32 zero bytes for the first."""
    giver: bytes
    """Address of the party that gives, 20 bytes."""
    giver_party: str
    """How it is called, such as a GLN's Digital Link; empty where nobody said."""
    taker: bytes
    """Address of the party that takes, 20 bytes."""
    taker_party: str
    """How it is called; empty where nobody said."""
    time_ms: int
    """When the goods changed hands, milliseconds since the Unix epoch."""
    place: str
    """Where, such as a GLN's Digital Link; empty where nobody said."""

    @property
    def hash(self) -> bytes:
        """The EIP-712 digest, 32 bytes: what is signed, and how the next handover names this one."""
        message = keccak256(
            _TYPE_HASH
            + subject_id(self.shipment.uri)
            + abi.uint("number", self.number, 32)
            + abi.bytes32("previous", self.previous)
            + abi.address("giver", self.giver)
            + keccak256(self.giver_party.encode())
            + abi.address("taker", self.taker)
            + keccak256(self.taker_party.encode())
            + abi.uint("time", self.time_ms, 64)
            + keccak256(self.place.encode())
        )
        return keccak256(b"\x19\x01" + _SEPARATOR + message)


@dataclass(frozen=True, slots=True)
class Handover:
    """Terms with the signatures of both parties; on its way from one to the other a signature is still empty."""

    terms: Terms
    """What was agreed."""
    giver_signature: bytes = b""
    """65 or 128 bytes; empty while the giver has not signed."""
    taker_signature: bytes = b""
    """65 or 128 bytes; empty while the taker has not signed."""

    @property
    def hash(self) -> bytes:
        """The hash of its terms."""
        return self.terms.hash

    @property
    def complete(self) -> bool:
        """Whether both parties have signed."""
        return bool(self.giver_signature and self.taker_signature)

    def signed_by(self, address: bytes, signed: bytes) -> "Handover":
        """Returns the handover with one party's signature added, and checked.

        Raises:
            MisuseError: the address is neither the giver's nor the taker's.
            CustodySignatureError: the signature is not that party's over these terms.

        """
        if address == self.terms.giver:
            added = replace(self, giver_signature=signed)
        elif address == self.terms.taker:
            added = replace(self, taker_signature=signed)
        else:
            between = f"{to_checksum(self.terms.giver)} and {to_checksum(self.terms.taker)}"
            raise MisuseError(f"{to_checksum(address)} is no party of this handover, which is between {between}")
        role = "giver" if address == self.terms.giver else "taker"
        _check_signature("$", role, added.hash, signed, address)
        return added

    def verify(self, path: str = "$") -> None:
        """Returns if both signatures are there and are the parties' own; raises CustodySignatureError naming the field."""
        _check_signature(path, "giver", self.hash, self.giver_signature, self.terms.giver)
        _check_signature(path, "taker", self.hash, self.taker_signature, self.terms.taker)


# The chain


def next_terms(chain: Sequence[Handover], **agreed: Any) -> Terms:
    """Returns the terms that follow a chain; `agreed` are all fields but `number` and `previous`."""
    return Terms(number=len(chain), previous=chain[-1].hash if chain else FIRST, **agreed)


def verify_chain(handovers: Sequence[Handover], subject: Key, *, now_ms: int, path: str = "$.custody") -> None:
    """Returns if the handovers are one unbroken chain of custody of `subject`.

    Raises:
        CustodyError: one of its subclasses, naming the field of the handover that contradicts.

    """
    for place, handover in enumerate(handovers):
        check_next(handovers[:place], handover, subject, now_ms=now_ms, path=f"{path}[{place}]")


def check_next(chain: Sequence[Handover], handover: Handover, subject: Key, *, now_ms: int, path: str = "$") -> None:
    """Returns if `handover` continues `chain`, which holds by itself; raises what `verify_chain` raises."""
    terms = handover.terms
    if terms.shipment != subject:
        raise CustodyShipmentError(path, terms.shipment.uri, subject.uri)
    expected = chain[-1].hash if chain else FIRST
    if terms.previous != expected:
        follower = {one.terms.previous: one.hash for one in chain}.get(terms.previous)
        if follower is not None:
            raise CustodyForkError(path, terms.previous, follower)
        raise CustodyPreviousError(path, terms.previous, expected)
    if terms.number != len(chain):
        raise CustodyNumberError(path, terms.number, len(chain))
    check_parties(chain[-1].terms if chain else None, terms, path=path)
    if terms.time_ms > now_ms + CLOCK_TOLERANCE_MS:
        raise CustodyFutureError(path, terms.time_ms, now_ms)
    handover.verify(path)


def check_parties(before: Terms | None, terms: Terms, *, path: str = "$") -> None:
    """Returns if the goods can pass between these parties at this time, where `before` says who took them last.

    Raises:
        CustodySamePartyError, CustodyHolderError, CustodyTimeError: they cannot.

    """
    if terms.giver == terms.taker:
        raise CustodySamePartyError(path, terms.taker)
    if before is not None and terms.giver != before.taker:
        raise CustodyHolderError(path, terms.giver, before.taker)
    if before is not None and terms.time_ms <= before.time_ms:
        raise CustodyTimeError(path, terms.time_ms, before.time_ms)


def transaction_uri(handover_hash: bytes) -> str:
    """Returns how an EPCIS event names a handover, as a business transaction of type `pedigree`."""
    return _TRANSACTION + handover_hash.hex()


def from_transaction_uri(uri: str) -> bytes:
    """Returns the hash of a handover that an event names; raises MalformedDocumentError for any other spelling."""
    if not uri.startswith(_TRANSACTION):
        raise MalformedDocumentError("bizTransaction", f"expected {_TRANSACTION} and 64 digits, got {shorten(uri)}")
    return from_hex("bizTransaction", "0x" + uri.removeprefix(_TRANSACTION), length=32)


def _check_signature(path: str, role: str, digest: bytes, signed: bytes, address: bytes) -> None:
    if not signed:
        raise CustodySignatureError(path, role, f"missing: the {role} {to_checksum(address)} has not signed")
    try:
        recovered = signature.recover(digest, signed)
    except SignatureError as error:
        raise CustodySignatureError(path, role, error.reason) from error
    if recovered != address:
        raise CustodySignatureError(path, role, f"is by {to_checksum(recovered)}, the {role} is {to_checksum(address)}")
