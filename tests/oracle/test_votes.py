"""Parts of a verdict given together: their file, their sum, and every refusal before anything is sent."""

import json
from dataclasses import replace
from typing import Any

import pytest
from eth_abi.abi import encode
from hypothesis import given
from hypothesis import strategies as st

from oracle import bls, canonical_json, votes
from oracle.bls import PointRefusedError
from oracle.bls_secret import BlsSecretKey
from oracle.errors import MalformedDocumentError, MalformedStatementError, OracleError
from oracle.escrow import Ballot
from oracle.joint_verdict import Agreed, possession_message
from oracle.keccak import keccak256
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
from oracle.votes import Together, Vote, together

CHAIN, CONTRACT, ESCROW, REGISTRY = 31_337, b"\xe5" * 20, b"\x1d" * 32, b"\x6a" * 20
AGREED = Agreed(CHAIN, CONTRACT, ESCROW, 1, 1_100)
KEYS = [BlsSecretKey(bytes(31) + bytes([number])) for number in (1, 2, 3)]
GATEWAYS = [bytes([0x60 + number]) * 20 for number in (1, 2, 3)]


def part(number: int, agreed: Agreed = AGREED, **changes: Any) -> Vote:
    key = KEYS[number]
    return replace(Vote(agreed, GATEWAYS[number], key.public_key, key.sign(agreed.message(), bls.VERDICT_TAG)), **changes)


# Adding up


def test_parts_add_up_to_one_signature_of_all_their_keys() -> None:
    whole = together([part(0), part(1), part(2)])
    assert whole.gateways == tuple(GATEWAYS)
    assert bls.verify([key.public_key for key in KEYS], AGREED.message(), whole.signature, bls.VERDICT_TAG)
    kinds = ["bytes32", "uint8", "uint64", "address[]", "bytes"]
    wanted = encode(kinds, [ESCROW, 1, 1_100, GATEWAYS, bls.contract_signature(whole.signature)])
    assert whole.calldata() == keccak256(b"voteTogether(bytes32,uint8,uint64,address[],bytes)")[:4] + wanted


@pytest.mark.parametrize(
    ("field", "value"), [("chain_id", 1), ("contract", b"\xe6" * 20), ("escrow", b"\x1e" * 32), ("verdict", 0), ("measure", 1_099)]
)
def test_parts_of_different_verdicts_do_not_add_up(field: str, value: Any) -> None:
    with pytest.raises(VotesDifferError) as refusal:
        together([part(0), part(1, replace(AGREED, **{field: value}))])
    assert refusal.value.field == field


def test_one_gateway_twice() -> None:
    with pytest.raises(VoteTwiceError):
        together([part(0), part(1), part(0)])
    with pytest.raises(VoteTwiceError):
        together([part(0), part(1, gateway=GATEWAYS[0])])


@pytest.mark.parametrize(
    "wrong",
    [
        part(1, key=KEYS[2].public_key),
        part(1, signature=part(2).signature),
        part(1, signature=part(1, replace(AGREED, measure=1_099)).signature),
        part(1, signature=KEYS[1].sign(AGREED.message(), bls.POSSESSION_TAG)),
    ],
)
def test_a_signature_by_another_key_or_over_another_verdict(wrong: Vote) -> None:
    with pytest.raises(VoteSignatureError) as refusal:
        together([part(0), wrong])
    assert refusal.value.gateway == GATEWAYS[1]


@pytest.mark.parametrize(
    "wrong", [{"key": bytes(48)}, {"key": b"\xc0" + bytes(47)}, {"signature": b"\xc0" + bytes(95)}, {"signature": b""}]
)
def test_what_is_no_point(wrong: dict[str, Any]) -> None:
    with pytest.raises(PointRefusedError):
        together([part(0, **wrong)])


def test_nothing_adds_up_to_nothing() -> None:
    with pytest.raises(PointRefusedError):
        together([])


# What a node says


def test_a_key_that_is_not_registered_or_is_another() -> None:
    votes.check_key(part(0), KEYS[0].public_key)
    with pytest.raises(VoteKeyError, match=r"no BLS key in the GatewayRegistry.*add-bls-key"):
        votes.check_key(part(0), b"")
    with pytest.raises(VoteKeyError, match=KEYS[1].public_key.hex()):
        votes.check_key(part(0), KEYS[1].public_key)


def test_a_gateway_that_is_not_active() -> None:
    votes.check_active(part(0), active=True)
    with pytest.raises(VoteInactiveError):
        votes.check_active(part(0), active=False)


def whole(count: int) -> Together:
    return Together(AGREED, tuple(GATEWAYS[:count]), b"")


@pytest.mark.parametrize(("count", "cast"), [(2, ()), (1, ((1, 900),)), (1, ((1, 900), (0, 0)))])
def test_a_quorum_that_then_agrees(count: int, cast: tuple[tuple[int, int], ...]) -> None:
    votes.check_ballot(whole(count), Ballot(cast, 100, 2, 3), 100, incomplete=False)


@pytest.mark.parametrize("cast", [(), ((0, 0),), ((2, 0), (0, 0))])
def test_too_few_of_them(cast: tuple[tuple[int, int], ...]) -> None:
    ballot = Ballot(cast, 100, 2, 3)
    with pytest.raises(VotesTooFewError) as refusal:
        votes.check_ballot(whole(1), ballot, 100, incomplete=False)
    assert (refusal.value.given, refusal.value.cast, refusal.value.quorum) == (1, 0, 2)
    votes.check_ballot(whole(1), ballot, 100, incomplete=True)


@pytest.mark.parametrize(("deadline", "reason"), [(0, "nobody opened it"), (99, "counted until 99")])
def test_an_escrow_that_awaits_nothing(deadline: int, reason: str) -> None:
    with pytest.raises(BallotAwaitsNothingError, match=reason):
        votes.check_ballot(whole(2), Ballot((), deadline, 2, 3), 100, incomplete=True)


def test_a_ballot_is_read_lane_by_lane() -> None:
    lanes = [1_100 << 2 | 2, 0, 1, (1 << 26) - 1 << 2 | 3]
    packed = sum(lane << 28 * place for place, lane in enumerate(lanes))
    ballot = Ballot.decode(encode(["uint256"] * 4, [packed, 77, 3, 0]))
    assert ballot == Ballot(((1, 1_100), (0, 0), (2, (1 << 26) - 1)), 77, 3, 0)
    assert (ballot.voices, ballot.count(1), ballot.count(0)) == (5, 1, 1)
    for answer in (b"", bytes(127), encode(["uint256"] * 4, [1 << 200, 77, 3, 0])):
        with pytest.raises(MalformedStatementError):
            Ballot.decode(answer)


# Keys


def test_the_key_in_a_contracts_answer() -> None:
    key = KEYS[0].public_key
    assert votes.decode_bls_key(encode(["bytes"], [bls.contract_key(key)])) == key
    assert votes.decode_bls_key(encode(["bytes"], [b""])) == b""
    for answer in (b"", bytes(32), bytes(64), encode(["bytes"], [bls.contract_key(key)])[:-1], encode(["bytes"], [b""]) + b"\0" * 32):
        with pytest.raises(MalformedStatementError):
            votes.decode_bls_key(answer)
    with pytest.raises(PointRefusedError):
        votes.decode_bls_key(encode(["bytes"], [b"\x01" * 128]))


def test_a_possession_is_checked_before_it_is_sent() -> None:
    key = KEYS[0]
    agreed = key.sign(possession_message(CHAIN, REGISTRY, GATEWAYS[0], key.public_key), bls.POSSESSION_TAG)
    votes.check_possession(CHAIN, REGISTRY, GATEWAYS[0], key.public_key, agreed)
    for where in ((1, REGISTRY, GATEWAYS[0]), (CHAIN, CONTRACT, GATEWAYS[0]), (CHAIN, REGISTRY, GATEWAYS[1])):
        with pytest.raises(PossessionRefusedError):
            votes.check_possession(*where, key.public_key, agreed)
    calldata = votes.register_key_calldata(GATEWAYS[0], key.public_key, agreed)
    wanted = encode(["address", "bytes", "bytes"], [GATEWAYS[0], bls.contract_key(key.public_key), bls.contract_signature(agreed)])
    assert calldata == keccak256(b"registerBlsKey(address,bytes,bytes)")[:4] + wanted


# The file


@given(st.integers(0, 2), st.integers(0, 1 << 26), st.binary(min_size=32, max_size=32))
def test_a_file_comes_back(verdict: int, measure: int, escrow: bytes) -> None:
    vote = replace(part(0), agreed=Agreed(CHAIN, CONTRACT, escrow, verdict, measure))
    assert votes.loads(votes.dumps(vote)) == vote


def test_a_file_says_that_it_is_a_part_however_broken_it_is() -> None:
    said = votes.dumps(part(0))
    assert votes.is_meant(said)
    assert votes.is_meant(said[:-40])
    assert not votes.is_meant(said.replace(b"aios-vote-1", b"aios-vote-2"))
    assert not votes.is_meant(b"")


DOCUMENT = json.loads(votes.dumps(part(0)))


@pytest.mark.parametrize(
    ("changed", "path"),
    [
        ({"verdict": 3}, r"\$\.verdict"),
        ({"verdict": True}, r"\$\.verdict"),
        ({"measure": -1}, r"\$\.measure"),
        ({"measure": 1.5}, r"\$\.measure"),
        ({"chainId": "1"}, r"\$\.chainId"),
        ({"contract": DOCUMENT["contract"].lower()}, r"\$\.contract"),
        ({"escrow": "0x00"}, r"\$\.escrow"),
        ({"gateway": None}, r"\$\.gateway"),
        ({"key": "0x" + "00" * 47}, r"\$\.key"),
        ({"signature": DOCUMENT["signature"].upper()}, r"\$\.signature"),
        ({"format": "aios-vote-2"}, "aios-vote-1"),
        ({"more": 1}, "fields"),
    ],
)
def test_a_field_that_does_not_fit_is_named(changed: dict[str, Any], path: str) -> None:
    with pytest.raises(MalformedDocumentError, match=path):
        votes.loads(canonical_json.canonical(DOCUMENT | changed))


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"null", b"{", b"[" * 3_000, b"\xff", b" " * (votes.MAX_BYTES + 1), b'{"format":"a","format":"aios-vote-1"}']
)
def test_what_is_no_part(data: bytes) -> None:
    with pytest.raises(MalformedDocumentError):
        votes.loads(data)


@pytest.mark.parametrize(("old", "new"), [(b'"measure":', b'"measure": '), (b'"verdict":1', b'"verdict":1.0'), (b"{", b'{"verdict":0,')])
def test_another_spelling_is_refused(old: bytes, new: bytes) -> None:
    with pytest.raises(MalformedDocumentError, match=r"RFC 8785|occurs twice"):
        votes.loads(votes.dumps(part(0)).replace(old, new, 1))


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    try:
        votes.loads(data)
    except OracleError as error:
        assert isinstance(error, MalformedDocumentError)  # noqa: PT017 - anything else escapes
