import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracle.errors import FieldRangeError
from oracle.key_errors import SequenceGapError
from oracle.publication import Kind
from oracle.signing import wire
from oracle.signing.errors import FormRefusedError, FrameRefusedError, KeyDeviceError, SignerFailedError
from oracle.signing.statements import AttestationRequest, BlsPossessionRequest, TransactionRequest, VoteRequest
from oracle.verdicts import VerdictStatement
from tests.oracle.signing.desks import DOMAIN, FEES, anchor, shipment

VERDICT = VerdictStatement(b"\x51" * 32, b"\x57" * 32, 1, 1_100, 1, 2, b"\xa6" * 32)
QUESTIONS = (
    wire.Describe(),
    AttestationRequest(shipment(1), DOMAIN, 0),
    TransactionRequest(Kind.ANCHOR, 0, anchor(0), FEES),
    VoteRequest(b"\x81" * 48, 1337, b"\xe5" * 20, VERDICT, b"\xb0" * 20),
    BlsPossessionRequest(b"\x81" * 48, 1337, b"\xe5" * 20, b"\x6b" * 20),
)


@pytest.mark.parametrize("asked", QUESTIONS)
def test_a_question_comes_back(asked: wire.Question) -> None:
    framed = wire.frame(asked)
    assert wire.length_of(framed[:4]) == len(framed) - 4
    assert wire.question(framed[4:]) == asked


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reader(body: bytes) -> None:
    for read in (wire.question, wire.answer):
        try:
            read(body)
        except FrameRefusedError:
            continue


@pytest.mark.parametrize("asked", QUESTIONS)
def test_no_piece_of_a_question_is_one(asked: wire.Question) -> None:
    body = wire.frame(asked)[4:]
    for end in range(len(body)):
        with pytest.raises(FrameRefusedError):
            wire.question(body[:end])


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"type": "sign-digest", "digest": bytes(32)},
        {"type": "describe", "extra": 1},
        {"type": "attestation"},
        {"type": "transaction", "stream": "anything", "sequence": 0},
        [1],
        None,
    ],
)
def test_what_is_no_question_is_refused(document: object) -> None:
    with pytest.raises(FrameRefusedError):
        wire.question(msgspec.msgpack.encode(document))


@pytest.mark.parametrize("head", [b"", b"\0\0\0", b"\0\0\0\0", b"\xff\xff\xff\xff", (wire.MAX_FRAME + 1).to_bytes(4, "big")])
def test_a_length_beyond_any_message_is_refused_unread(head: bytes) -> None:
    with pytest.raises(FrameRefusedError):
        wire.length_of(head)


def test_what_no_frame_carries_is_refused_before_it_is_sent() -> None:
    with pytest.raises(FrameRefusedError):
        wire.frame(AttestationRequest(shipment(1, data=bytes(wire.MAX_FRAME)), DOMAIN, 0))
    with pytest.raises(FrameRefusedError):
        wire.frame(TransactionRequest(Kind.ANCHOR, 0, anchor(0, value_wei=1 << 64), FEES))


def test_a_refusal_comes_back_as_its_class_and_anything_else_as_a_failure() -> None:
    gap = wire.error_of(wire.refused(SequenceGapError("anchor", 5, 3)))
    assert isinstance(gap, SequenceGapError)
    assert gap.wanted == 3
    assert isinstance(wire.error_of(wire.refused(FrameRefusedError("x"))), FrameRefusedError)
    with pytest.raises(FrameRefusedError, match="not known here"):
        wire.error_of(wire.Refused("no-such-rule", {}))
    with pytest.raises(FrameRefusedError):
        wire.error_of(wire.Refused("gap", {"stream": "anchor"}))


def test_an_error_without_a_rule_crosses_with_its_words() -> None:
    crossed = wire.error_of(wire.refused(FieldRangeError("time", -1, "uint64")))
    assert isinstance(crossed, FormRefusedError)
    assert "uint64" in str(crossed)
    failed = wire.error_of(wire.refused(KeyDeviceError("pkcs11:", "token removed")))
    assert isinstance(failed, SignerFailedError)
    assert "token removed" in str(failed)
