"""Whole blocks: a server's `eth_getBlockBy...` answer, or a beacon block's execution payload, against a trusted block hash.

`verify_block(answer, block_hash)` proves header, transactions (full objects) and withdrawals. `verify_chain(answers, head)` walks parent
hashes down from a verified header; `lightclient.execution.history` jumps instead. Withdrawals (EIP-4895) and requests (EIP-7685) have
`verify_withdrawals` and `verify_requests`. Payloads are in `lightclient.execution.payload`, JSON made anew from records in `.render`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from lightclient.execution import rlp
from lightclient.execution.block_errors import (
    TooMany,
    UnclesNotSupported,
    UnindexedEntry,
    WrongRequestsHash,
    WrongWithdrawalsRoot,
)
from lightclient.execution.errors import MalformedAnswer
from lightclient.execution.header import ExecutionHeader, verify_header, verify_parent
from lightclient.execution.json_fields import data, get, quantity
from lightclient.execution.ordered_trie import ordered_trie_root
from lightclient.execution.transactions import Transaction, verify_transactions
from lightclient.execution.trie import keccak256

MAX_WITHDRAWALS = 16
"""MAX_WITHDRAWALS_PER_PAYLOAD."""

MAX_REQUESTS = 256
"""Most request types of a block: their type is a byte and each stands once (EIP-7685)."""

MAX_CHAIN = 8192
"""Most headers of one walk; EIP-2935 reaches as far with one proof."""

NO_UNCLES = keccak256(rlp.encode([]))
"""Hash of the empty list of uncles, which every block since the merge has."""


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A withdrawal from the beacon chain to an account (EIP-4895)."""

    index: int
    """Count of withdrawals before it."""
    validator_index: int
    """Whose stake."""
    address: bytes
    """To whom, 20 bytes."""
    amount: int
    """Gwei."""

    def encoding(self) -> bytes:
        """Returns its encoding as the withdrawals' trie holds it."""
        numbers = (rlp.encode_uint(self.index), rlp.encode_uint(self.validator_index))
        return rlp.encode([*numbers, self.address, rlp.encode_uint(self.amount)])


@dataclass(frozen=True, slots=True)
class Block:
    """A block whose every part is proven by its hash."""

    header: ExecutionHeader
    """The header."""
    transactions: tuple[Transaction, ...]
    """The transactions, in order."""
    withdrawals: tuple[Withdrawal, ...] | None
    """The withdrawals, in order; None before shanghai."""


def verify_block(answer: Any, block_hash: bytes) -> Block:
    """Returns the block of an `eth_getBlockBy...` answer with full transactions, proven by the trusted block hash.

    Raises:
        UnindexedEntry: the answer is null.
        WrongBlockHash: it is another block.
        TransactionsNotFull: its transactions are hashes only.
        WrongTransactionsRoot, WrongWithdrawalsRoot: a list is not the block's.
        UnclesNotSupported: the block is from before the merge.
        PeerError: something is malformed; the class says what.
    """
    if answer is None:
        raise UnindexedEntry("block")
    if not isinstance(answer, Mapping):
        raise MalformedAnswer("block", "not an object")
    header = verify_header(answer, block_hash)
    if header.uncles_hash != NO_UNCLES:
        raise UnclesNotSupported(header.number)
    transactions = verify_transactions(get(answer, "transactions"), header)
    withdrawals = None
    if header.withdrawals_root is not None:
        withdrawals = verify_withdrawals(get(answer, "withdrawals"), header.withdrawals_root)
    return Block(header, transactions, withdrawals)


def verify_chain(answers: Sequence[Mapping[str, Any]], head: ExecutionHeader) -> tuple[ExecutionHeader, ...]:
    """Returns the headers below a verified one, nearest first, from `eth_getBlockBy...` answers in that order.

    Raises:
        TooMany: there are more than `MAX_CHAIN`.
        BrokenHeaderChain: one is not the parent of the one before.
        PeerError: one is malformed; the class says how.
    """
    if len(answers) > MAX_CHAIN:
        raise TooMany("headers of a walk", len(answers), MAX_CHAIN)
    headers: list[ExecutionHeader] = []
    child = head
    for answer in answers:
        if not isinstance(answer, Mapping):
            raise UnindexedEntry(f"block {child.number - 1}")
        child = verify_parent(answer, child)
        headers.append(child)
    return tuple(headers)


def verify_withdrawals(answers: Any, withdrawals_root: bytes) -> tuple[Withdrawal, ...]:
    """Returns the withdrawals of a block's JSON, proven by the root in its header.

    Raises:
        WrongWithdrawalsRoot: they are not the block's.
        MalformedAnswer, TooMany: they are not of their form.
    """
    if not isinstance(answers, list):
        raise MalformedAnswer("withdrawals", "not a list")
    if len(answers) > MAX_WITHDRAWALS:
        raise TooMany("withdrawals", len(answers), MAX_WITHDRAWALS)
    withdrawals = tuple(
        Withdrawal(
            index=quantity(get(answer, "index"), "withdrawals.index", bits=64),
            validator_index=quantity(get(answer, "validatorIndex"), "withdrawals.validatorIndex", bits=64),
            address=data(get(answer, "address"), "withdrawals.address", length=20),
            amount=quantity(get(answer, "amount"), "withdrawals.amount", bits=64),
        )
        for answer in answers
    )
    found = ordered_trie_root([withdrawal.encoding() for withdrawal in withdrawals])
    if found != withdrawals_root:
        raise WrongWithdrawalsRoot(found, withdrawals_root)
    return withdrawals


def requests_hash(requests: Sequence[bytes]) -> bytes:
    """Returns the header's commitment to execution requests, each its type byte followed by its data; those without data do not count."""
    return sha256(b"".join(sha256(request).digest() for request in requests if len(request) > 1)).digest()


def verify_requests(requests: Sequence[bytes], header: ExecutionHeader) -> tuple[bytes, ...]:
    """Returns a block's execution requests after comparing them with its header (EIP-7685).

    Raises:
        TooMany: there are more than types.
        WrongRequestsHash: they are not the block's, or the block has none.
    """
    if len(requests) > MAX_REQUESTS:
        raise TooMany("requests", len(requests), MAX_REQUESTS)
    found = requests_hash(requests)
    if found != header.requests_hash:
        raise WrongRequestsHash(found, header.requests_hash or b"")
    return tuple(requests)
