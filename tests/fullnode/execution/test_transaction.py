from contextlib import suppress

import pytest
from eth_account import Account
from hypothesis import given
from hypothesis import strategies as st

from fullnode.devnet.execution.accounts import derive_account
from fullnode.devnet.execution.encoding import keccak
from fullnode.devnet.execution.errors import RefusedTransactionError
from fullnode.devnet.execution.transaction import MAX_SIZE, parse_transaction
from tests.fullnode.execution.builders import make_chain, mine, receipt_of, signed

ALICE = derive_account("aios", 0)
LEGACY = {"type": None, "gasPrice": 3, "maxFeePerGas": None, "maxPriorityFeePerGas": None}
LISTED = LEGACY | {"type": 1, "accessList": [], "gas": 30_000}
BLOB = {"type": 3, "maxFeePerBlobGas": 1, "blobVersionedHashes": [b"\x01" + bytes(31)]}


@pytest.mark.parametrize(("fields", "kind", "tip"), [(LEGACY, 0, 3), (LISTED, 1, 3), ({}, 2, 10**9)])
def test_hash_sender_and_fees_are_read(fields: dict[str, object], kind: int, tip: int) -> None:
    raw = signed(ALICE, 4, **fields)
    transaction = parse_transaction(raw, 1337)
    assert (transaction.hash, transaction.sender, transaction.nonce, transaction.type) == (keccak(raw), ALICE.address, 4, kind)
    assert transaction.tip(0) == tip
    assert transaction.tip(transaction.max_fee + 1) == -1


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "empty"),
        (b"\x05\xc0", "unknown transaction type"),
        (b"\x02", "rlp"),
        (b"\x02\xc0", "rlp"),
        (b"\xc0", "rlp"),
        (b"\x7f", "unknown transaction type"),
        (bytes(MAX_SIZE + 1), "oversized data"),
        (signed(ALICE, 0) + b"\x00", "rlp"),
        (signed(ALICE, 0, chainId=1), "invalid chain id for signer: have 1 want 1337"),
        (signed(ALICE, 0, **LEGACY | {"chainId": 1}), "bad v"),
        (signed(ALICE, 0, gas=20_999), "intrinsic gas too low"),
        (signed(ALICE, 0, gas=2**24 + 1), "transaction gas limit too high"),
        (signed(ALICE, 0, maxFeePerGas=1, maxPriorityFeePerGas=2), "max priority fee per gas higher than max fee per gas"),
        (signed(ALICE, 0, to=None, data=b"\x00" * 49_153, gas=2**24), "max initcode size exceeded"),
        (signed(ALICE, 0, **BLOB), "transaction type not supported"),
    ],
)
def test_what_is_wrong_is_refused_with_the_reason(raw: bytes, reason: str) -> None:
    with pytest.raises(RefusedTransactionError) as caught:
        parse_transaction(raw, 1337)
    assert reason in caught.value.reason


@given(st.binary(max_size=200))
def test_any_bytes_are_a_transaction_or_refused(raw: bytes) -> None:
    with suppress(RefusedTransactionError):
        assert parse_transaction(raw, 1337).raw == raw


@given(st.integers(0, 8 * 112 - 1))
def test_a_flipped_bit_changes_the_sender_or_is_refused(bit: int) -> None:
    raw = bytearray(signed(ALICE, 0))
    raw[(bit // 8) % len(raw)] ^= 1 << bit % 8
    try:
        transaction = parse_transaction(bytes(raw), 1337)
    except RefusedTransactionError:
        return
    assert transaction.sender != ALICE.address


def test_an_account_can_delegate_to_code() -> None:
    chain = make_chain()
    a, b, _ = chain.accounts
    authorization = Account.sign_authorization({"chainId": 1337, "address": b"\x44" * 20, "nonce": 0}, b.private_key)
    delegate = chain.submit(signed(a, 0, type=4, gas=100_000, authorizationList=[authorization]))
    mine(chain)
    assert receipt_of(chain, delegate).succeeded
    account = chain.world(chain.head).account(b.address)
    assert account is not None
    assert account.code == b"\xef\x01\x00" + b"\x44" * 20
