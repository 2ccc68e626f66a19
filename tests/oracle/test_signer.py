from dataclasses import replace
from typing import Any

import pytest
from eth_account import Account
from hypothesis import given
from hypothesis import strategies as st

from oracle.key_errors import (
    RateExceededError,
    SchemaForbiddenError,
    SequenceGapError,
    SequenceRepeatedError,
    SigningContendedError,
    SigningRefusedError,
    TimeBackwardsError,
)
from oracle.secret import SecretKey
from oracle.signature import recover
from oracle.signer import (
    ANCHORS,
    ATTESTATIONS,
    REMEMBERED,
    GuardedSigner,
    LocalSigner,
    SigningMemory,
    SigningPolicy,
    SigningRequest,
    decode_memory,
    encode_memory,
    judge,
)

SECRET = bytes(range(1, 33))
SCHEMA = b"\x5c" * 32
POLICY = SigningPolicy(schemas=frozenset({SCHEMA}), limit=100, window_s=60)
NOW = 1_800_000_000


class Memory:
    """Keeps memories in a dictionary as a store does in a table, and can be told to fail before or after it has stored."""

    def __init__(self) -> None:
        self.kept: dict[tuple[bytes, str], bytes] = {}
        self.fail: str | None = None

    def load(self, address: bytes, stream: str) -> SigningMemory | None:
        document = self.kept.get((address, stream))
        return None if document is None else decode_memory(document)

    def swap(self, address: bytes, stream: str, old: SigningMemory | None, new: SigningMemory) -> bool:
        if self.fail == "before":
            raise OSError("disk")
        if self.load(address, stream) != old:
            return False
        self.kept[address, stream] = encode_memory(new)
        if self.fail == "after":
            raise OSError("disk")
        return True


def request(sequence: int, commitment: bytes = b"\x0c" * 32, **changes: object) -> SigningRequest:
    return replace(SigningRequest(ATTESTATIONS, sequence, commitment, commitment, NOW, SCHEMA), **changes)  # type: ignore[arg-type]


def guarded(memory: Memory, now_s: int = NOW, policy: SigningPolicy = POLICY) -> GuardedSigner:
    return GuardedSigner(LocalSigner(SecretKey(SECRET)), memory, policy, now_s=lambda: now_s)


@given(digest=st.binary(min_size=32, max_size=32))
def test_signs_like_eth_account(digest: bytes) -> None:
    signer, reference = LocalSigner(SecretKey(SECRET)), Account.from_key(SECRET)
    signature = signer.sign_digest(digest)
    assert signature == reference.unsafe_sign_hash(digest).signature
    assert signature[64] in (27, 28)
    assert recover(digest, signature) == signer.address == bytes.fromhex(reference.address[2:])


def test_shows_only_its_address() -> None:
    assert SECRET.hex() not in repr(LocalSigner(SecretKey(SECRET)))


def test_signs_in_order_and_remembers_across_restarts() -> None:
    memory = Memory()
    for sequence in range(3):
        assert recover(b"\x0c" * 32, guarded(memory).sign(request(sequence))) == guarded(memory).address


def test_signs_the_same_again_after_a_crash_and_nothing_else() -> None:
    memory = Memory()
    memory.fail = "after"
    with pytest.raises(OSError, match="disk"):
        guarded(memory).sign(request(0))
    memory.fail = None
    with pytest.raises(SequenceRepeatedError):
        guarded(memory).sign(request(0, b"\x0d" * 32))
    assert guarded(memory).sign(request(0))


def test_signs_nothing_that_it_could_not_remember() -> None:
    memory = Memory()
    memory.fail = "before"
    with pytest.raises(OSError, match="disk"):
        guarded(memory).sign(request(0))
    memory.fail = None
    assert guarded(memory).sign(request(0, b"\x0d" * 32))


def test_an_anchor_may_be_signed_again_with_other_fees_while_later_ones_are_under_way() -> None:
    memory = Memory()
    for index in range(3):
        guarded(memory).sign(request(index, bytes([index]) * 32, stream=ANCHORS, schema=None))
    assert guarded(memory).sign(request(0, bytes(32), stream=ANCHORS, schema=None, digest=b"\xfe" * 32))
    with pytest.raises(SequenceRepeatedError):
        guarded(memory).sign(request(0, b"\x09" * 32, stream=ANCHORS, schema=None))


def test_refuses_a_repeat_it_no_longer_remembers() -> None:
    memory = Memory()
    for sequence in range(REMEMBERED + 1):
        guarded(memory).sign(request(sequence))
    assert guarded(memory).sign(request(1))
    with pytest.raises(SequenceRepeatedError):
        guarded(memory).sign(request(0))


@pytest.mark.parametrize(("signed", "asked"), [(0, 1), (1, 2), (1, 99)])
def test_refuses_a_gap(signed: int, asked: int) -> None:
    memory = Memory()
    for sequence in range(signed):
        guarded(memory).sign(request(sequence))
    with pytest.raises(SequenceGapError) as refusal:
        guarded(memory).sign(request(asked))
    assert refusal.value.wanted == signed


def test_refuses_a_time_before_the_last() -> None:
    memory = Memory()
    guarded(memory).sign(request(0))
    with pytest.raises(TimeBackwardsError):
        guarded(memory).sign(request(1, time_s=NOW - 1))
    assert guarded(memory).sign(request(1, time_s=NOW))


@pytest.mark.parametrize("changes", [{"schema": b"\x00" * 32}, {"schema": None}, {"stream": ANCHORS, "schema": b"\x00" * 32}])
def test_refuses_a_schema_that_is_not_listed(changes: dict[str, Any]) -> None:
    with pytest.raises(SchemaForbiddenError):
        guarded(Memory()).sign(request(0, **changes))


def test_refuses_more_than_the_limit_until_the_window_is_over() -> None:
    memory, policy = Memory(), replace(POLICY, limit=2)
    guarded(memory, policy=policy).sign(request(0))
    guarded(memory, policy=policy).sign(request(1))
    with pytest.raises(RateExceededError):
        guarded(memory, NOW + 59, policy).sign(request(2))
    assert guarded(memory, NOW + 60, policy).sign(request(2))


def test_refuses_when_another_signer_was_faster() -> None:
    class Contended(Memory):
        def swap(self, address: bytes, stream: str, old: SigningMemory | None, new: SigningMemory) -> bool:
            super().swap(address, stream, old, new)
            return super().swap(address, stream, old, new)

    with pytest.raises(SigningContendedError):
        guarded(Contended()).sign(request(0))


@given(asked=st.lists(st.tuples(st.integers(0, 6), st.sampled_from([b"\1" * 32, b"\2" * 32])), max_size=30))
def test_never_contradicts_itself_and_never_leaves_a_gap(asked: list[tuple[int, bytes]]) -> None:
    memory, signed = None, dict[int, bytes]()
    for sequence, commitment in asked:
        try:
            memory = judge(request(sequence, commitment), memory, POLICY, NOW)
        except SigningRefusedError:
            continue
        assert signed.setdefault(sequence, commitment) == commitment
    assert sorted(signed) == list(range(len(signed)))
