"""One gateway's part of a verdict given together: a small file, checked before anything is sent; and what several add up to. Pure.

A part is believed for nothing but its signature, which is held against the words of the contract. Whether its key is the gateway's own,
only the GatewayRegistry knows (`blsKeyOf`); `check_key` compares what a node says of that.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from oracle import abi, bls, canonical_json
from oracle.errors import MalformedDocumentError, MalformedStatementError, shorten
from oracle.escrow import Ballot, custom_errors
from oracle.hexes import from_checksum, from_hex, to_checksum, to_hex
from oracle.joint_verdict import Agreed, possession_message
from oracle.statement import MAX_VERDICT
from oracle.vote_errors import (
    BallotAwaitsNothingError,
    PossessionRefusedError,
    VoteInactiveError,
    VoteKeyError,
    VotesDifferError,
    VoteSignatureError,
    VotesTooFewError,
    VoteTwiceError,
)

FORMAT = "aios-vote-1"
"""What a file says that it is."""
MAX_BYTES = 4_096
"""Longest file; one has some 700 bytes."""
FIELDS = ("chainId", "contract", "escrow", "format", "gateway", "key", "measure", "signature", "verdict")
"""Every field of a file."""

ERRORS = custom_errors(
    "BallotClosed(bytes32 topic,uint40 deadline)",
    "BallotFull(bytes32 topic)",
    "BlsInputInvalid()",
    "BlsKeyUnknown(address gateway)",
    "BlsSignatureInvalid()",
    "DoubleVerdict(bytes32 topic,address gateway)",
    "GatewayNotActive(address attester)",
    "GatewayNotNamed(bytes32 topic,address gateway)",
    "PrecompileMissing(address precompile)",
    "VerdictNotAwaited(bytes32 topic)",
)
"""Errors of `voteTogether`, as an ABI."""


@dataclass(frozen=True, slots=True)
class Vote:
    """One gateway's part."""

    agreed: Agreed
    """What it signed."""
    gateway: bytes
    """Whose it says that it is."""
    key: bytes
    """Its BLS key, 48 bytes."""
    signature: bytes
    """Its signature, 96 bytes."""


@dataclass(frozen=True, slots=True)
class Together:
    """What several gateways say with one signature."""

    agreed: Agreed
    """What each of them signed."""
    gateways: tuple[bytes, ...]
    """Who they are."""
    signature: bytes
    """The sum of their signatures, 96 bytes."""

    def calldata(self) -> bytes:
        """Returns the calldata by which anybody hands it in."""
        return abi.call(
            "voteTogether(bytes32,uint8,uint64,address[],bytes)",
            abi.bytes32("id", self.agreed.escrow),
            abi.uint("verdict", self.agreed.verdict, 8),
            abi.uint("measure", self.agreed.measure, 64),
            abi.dynamic_list(*(abi.address("gateway", gateway) for gateway in self.gateways)),
            abi.dynamic_bytes(bls.contract_signature(self.signature)),
        )


# Adding up


def together(votes: Sequence[Vote]) -> Together:
    """Returns what parts say together.

    Raises:
        VotesDifferError, VoteTwiceError, VoteSignatureError: they cannot be added up.
        PointRefusedError: there are none, or a key or signature is no such point.

    """
    seen: set[bytes] = set()
    for vote in votes:
        for field in ("chain_id", "contract", "escrow", "verdict", "measure"):
            one, other = getattr(votes[0].agreed, field), getattr(vote.agreed, field)
            if one != other:
                raise VotesDifferError(field, one, other)
        if vote.gateway in seen:
            raise VoteTwiceError(vote.gateway)
        seen.add(vote.gateway)
        check_signature(vote)
    signature = bls.aggregate([vote.signature for vote in votes])
    return Together(votes[0].agreed, tuple(vote.gateway for vote in votes), signature)


def check_signature(vote: Vote) -> None:
    """Returns if a part is signed by its key; raises VoteSignatureError or PointRefusedError otherwise."""
    if not bls.verify([vote.key], vote.agreed.message(), vote.signature, bls.VERDICT_TAG):
        raise VoteSignatureError(vote.gateway)


def check_key(vote: Vote, registered: bytes) -> None:
    """Returns if a part's key is the one that the registry has, 48 bytes or none; raises VoteKeyError otherwise."""
    if vote.key != registered:
        raise VoteKeyError(vote.gateway, vote.key, registered)


def check_active(vote: Vote, *, active: bool) -> None:
    """Returns if the registry holds a part's gateway for active; raises VoteInactiveError otherwise."""
    if not active:
        raise VoteInactiveError(vote.gateway)


def check_ballot(whole: Together, ballot: Ballot, now_s: int, *, incomplete: bool) -> None:
    """Returns if a ballot awaits the verdict and a quorum then agrees, unless it may stay `incomplete`.

    Raises:
        BallotAwaitsNothingError: there is no such escrow, or verdicts on it no longer count.
        VotesTooFewError: more must agree.

    """
    escrow = whole.agreed.escrow
    if not ballot.deadline_s:
        raise BallotAwaitsNothingError(escrow, "nobody opened it in this contract")
    if now_s > ballot.deadline_s:
        raise BallotAwaitsNothingError(escrow, f"verdicts counted until {ballot.deadline_s} s, it is {now_s} s")
    cast = ballot.count(whole.agreed.verdict)
    if len(whole.gateways) + cast < ballot.quorum and not incomplete:
        raise VotesTooFewError(len(whole.gateways), cast, ballot.quorum)


# Registering a key


def register_key_calldata(gateway: bytes, key: bytes, possession: bytes) -> bytes:
    """Returns the calldata by which a gateway's operator registers its key; an earlier one is revoked by it."""
    return abi.call(
        "registerBlsKey(address,bytes,bytes)",
        abi.address("gateway", gateway),
        abi.dynamic_bytes(bls.contract_key(key)),
        abi.dynamic_bytes(bls.contract_signature(possession)),
    )


def check_possession(chain_id: int, registry: bytes, gateway: bytes, key: bytes, possession: bytes) -> None:
    """Returns if a key signed that it belongs to a gateway; raises PossessionRefusedError or PointRefusedError otherwise."""
    if not bls.verify([key], possession_message(chain_id, registry, gateway, key), possession, bls.POSSESSION_TAG):
        raise PossessionRefusedError(gateway, key)


# Calls


def bls_key_of_calldata(gateway: bytes) -> bytes:
    """Returns the calldata that asks for a gateway's BLS key."""
    return abi.call("blsKeyOf(address)", abi.address("gateway", gateway))


def decode_bls_key(answer: bytes) -> bytes:
    """Returns the key in the answer to that, 48 bytes, or nothing where there is none.

    Raises MalformedStatementError or PointRefusedError for what the registry never answers.
    """
    length = int.from_bytes(answer[abi.WORD : 2 * abi.WORD], "big")
    if answer != abi.arguments(abi.dynamic_bytes(answer[2 * abi.WORD : 2 * abi.WORD + length])):
        raise MalformedStatementError("BLS key", f"{len(answer)} bytes, which are no `bytes`: is there such a contract?")
    words = answer[2 * abi.WORD :]
    return bls.key_of_contract(words) if words else b""


# The file


def dumps(vote: Vote) -> bytes:
    """Returns a part's file: canonical JSON."""
    said = vote.agreed
    document = {
        "format": FORMAT,
        "chainId": said.chain_id,
        "contract": to_checksum(said.contract),
        "escrow": to_hex(said.escrow),
        "verdict": said.verdict,
        "measure": said.measure,
        "gateway": to_checksum(vote.gateway),
        "key": to_hex(vote.key),
        "signature": to_hex(vote.signature),
    }
    return canonical_json.canonical(document)


def is_meant(data: bytes) -> bool:
    """Returns whether a file says that it is a part, well-formed or not."""
    return f'"format":"{FORMAT}"'.encode() in data[:MAX_BYTES]


def loads(data: bytes) -> Vote:
    """Returns the part in a file of at most MAX_BYTES; its signature is not looked at.

    Raises MalformedDocumentError for anything but what `dumps` writes.
    """
    document = canonical_json.read(data, limit=MAX_BYTES)
    if not isinstance(document, dict) or sorted(document) != list(FIELDS) or document["format"] != FORMAT:
        raise MalformedDocumentError("$", f"expected an object of format {FORMAT} with the fields {', '.join(FIELDS)}")
    return _vote(document)


def _vote(document: dict[str, Any]) -> Vote:
    agreed = Agreed(
        chain_id=_integer("$.chainId", document["chainId"], canonical_json.MAX_INTEGER),
        contract=from_checksum("$.contract", document["contract"]),
        escrow=from_hex("$.escrow", document["escrow"], length=32),
        verdict=_integer("$.verdict", document["verdict"], MAX_VERDICT),
        measure=_integer("$.measure", document["measure"], canonical_json.MAX_INTEGER),
    )
    return Vote(
        agreed,
        gateway=from_checksum("$.gateway", document["gateway"]),
        key=from_hex("$.key", document["key"], length=bls.KEY_LENGTH),
        signature=from_hex("$.signature", document["signature"], length=bls.SIGNATURE_LENGTH),
    )


def _integer(path: str, value: object, most: int) -> int:
    if type(value) is not int or not 0 <= value <= most:
        raise MalformedDocumentError(path, f"expected an integer from 0 to {most}, got {shorten(value)}")
    return value
