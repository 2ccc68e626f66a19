import re

import pytest

from fullnode.devnet.execution.accounts import derive_account
from fullnode.devnet.execution.errors import RefusedTransactionError
from fullnode.devnet.execution.pool import NONCE_GAP, Pool
from fullnode.devnet.execution.transaction import SignedTransaction, parse_transaction
from tests.fullnode.execution.builders import signed

ALICE = derive_account("aios", 0)
RICH = 10**24


def transaction(nonce: int, **fields: object) -> SignedTransaction:
    return parse_transaction(signed(ALICE, nonce, **fields), 1337)


def filled(*transactions: SignedTransaction, size: int = 10) -> Pool:
    pool = Pool(size)
    for item in transactions:
        pool.add(item, nonce=0, balance=RICH)
    return pool


def test_transactions_wait_in_the_order_of_their_nonces() -> None:
    first, second = transaction(0), transaction(1)
    pool = filled(second, first)
    assert list(pool.waiting().values()) == [[first, second]]
    assert pool.next_nonce(ALICE.address, 0) == 2
    assert pool.next_nonce(bytes(20), 5) == 5


@pytest.mark.parametrize(
    ("nonce", "account_nonce", "balance", "reason"),
    [
        (0, 1, RICH, "nonce too low"),
        (NONCE_GAP + 1, 0, RICH, "nonce too high"),
        (0, 0, 1, "insufficient funds for gas * price + value"),
    ],
)
def test_what_cannot_be_included_is_refused(nonce: int, account_nonce: int, balance: int, reason: str) -> None:
    with pytest.raises(RefusedTransactionError, match="^" + re.escape(reason)):
        Pool(10).add(transaction(nonce), nonce=account_nonce, balance=balance)


def test_a_replacement_must_outbid_by_a_tenth() -> None:
    old = transaction(0)
    pool = filled(old)
    with pytest.raises(RefusedTransactionError, match="replacement transaction underpriced"):
        pool.add(transaction(0, maxFeePerGas=10**10 + 1), nonce=0, balance=RICH)
    better = transaction(0, maxFeePerGas=11 * 10**9, maxPriorityFeePerGas=11 * 10**8)
    pool.add(better, nonce=0, balance=RICH)
    assert (pool.get(old.hash), pool.get(better.hash), len(pool)) == (None, better, 1)


def test_a_full_pool_refuses() -> None:
    pool = filled(transaction(0), size=1)
    with pytest.raises(RefusedTransactionError, match="txpool is full"):
        pool.add(transaction(1), nonce=0, balance=RICH)


def test_inclusion_frees_the_nonce_and_tells_the_rival_why() -> None:
    rival, winner = transaction(0), transaction(0, value=2)
    pool = filled(rival)
    pool.included(winner)
    assert len(pool) == 0
    assert "another transaction" in str(pool.reason(rival.hash))


def test_reasons_are_kept_but_not_for_ever() -> None:
    pool = Pool(10)
    first = transaction(0)
    pool.evict(first, "why")
    assert pool.reason(first.hash) == "why"
    for nonce in range(1, 4):
        pool.evict(transaction(nonce), "later")
    pool.add(first, nonce=0, balance=RICH)
    assert pool.reason(first.hash) is None
