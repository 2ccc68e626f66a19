"""Execution payloads of beacon blocks (REST JSON) against a trusted block hash, and the SSZ roots by which consensus names their lists.

A beacon block carries the whole execution block, so a beacon server can stand in for an execution server: `verify_payload(payload, hash)`
gives the same `Block` as `blocks.verify_block`. `transactions_ssz_root` and `withdrawals_ssz_root` are what an `ExecutionPayloadHeader`
has, and `check_payload_header(block, header)` compares a block with one.
Source: `specs/{bellatrix,capella,deneb,electra}/beacon-chain.md#executionpayload`; EIP-7685 for the requests' hash.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from lightclient.execution.block_errors import TooMany, WrongTransactionsRoot, WrongWithdrawalsRoot
from lightclient.execution.blocks import MAX_WITHDRAWALS, NO_UNCLES, Block, Withdrawal, requests_hash
from lightclient.execution.errors import MalformedAnswer, WrongBlockHash
from lightclient.execution.header import header_of_fields
from lightclient.execution.json_fields import data, get
from lightclient.execution.ordered_trie import ordered_trie_root
from lightclient.execution.transactions import MIN_TRANSACTION_GAS, Transaction, decode_transaction
from lightclient.ssz import ByteList, ByteVector, Container, List, Uint
from lightclient.types import ExecutionPayloadHeader

MAX_TRANSACTION_BYTES = 1 << 24
"""Largest transaction accepted; MAX_BYTES_PER_TRANSACTION is 2**30, which no block's gas pays for."""

_TRANSACTIONS = List(ByteList(1 << 30), 1 << 20)
_WITHDRAWALS = List(
    Container(Withdrawal, (("index", Uint(8)), ("validator_index", Uint(8)), ("address", ByteVector(20)), ("amount", Uint(8)))),
    MAX_WITHDRAWALS,
)
_BYTES = {"parent_hash": 32, "fee_recipient": 20, "state_root": 32, "receipts_root": 32, "logs_bloom": 256, "prev_randao": 32}
_NUMBERS = {"block_number": "number", "gas_limit": "gas_limit", "gas_used": "gas_used", "timestamp": "timestamp"}
_BLOB_NUMBERS = ("blob_gas_used", "excess_blob_gas")


def verify_payload(
    payload: Mapping[str, Any], block_hash: bytes, *, parent_beacon_block_root: bytes | None = None, requests: Sequence[bytes] | None = None
) -> Block:
    """Returns the block of an `execution_payload` in the beacon API's JSON, proven by the trusted execution block hash.

    From deneb on the beacon block's parent root is needed, from electra on the body's execution requests as EIP-7685 has them (a type byte
    followed by the SSZ list): both enter the hash.

    Raises:
        WrongBlockHash: it is another block.
        PeerError: something is malformed; the class says what.
    """
    fields: dict[str, bytes | int | None] = {name: data(get(payload, name), name, length=length) for name, length in _BYTES.items()}
    fields |= {ours: _decimal(get(payload, name), name, 64) for name, ours in _NUMBERS.items()}
    transactions = _transactions(get(payload, "transactions"), _decimal(get(payload, "gas_used"), "gas_used", 64))
    withdrawals = _withdrawals(payload["withdrawals"]) if payload.get("withdrawals") is not None else None
    if "excess_blob_gas" in payload:
        fields |= {name: _decimal(get(payload, name), name, 64) for name in _BLOB_NUMBERS}
    header = header_of_fields(
        **fields,
        uncles_hash=NO_UNCLES,
        transactions_root=ordered_trie_root([transaction.raw for transaction in transactions]),
        difficulty=0,
        extra_data=data(get(payload, "extra_data"), "extra_data", max_length=32),
        nonce=bytes(8),
        base_fee_per_gas=_decimal(get(payload, "base_fee_per_gas"), "base_fee_per_gas", 256),
        withdrawals_root=None if withdrawals is None else ordered_trie_root([one.encoding() for one in withdrawals]),
        parent_beacon_block_root=parent_beacon_block_root,
        requests_hash=None if requests is None else requests_hash(requests),
    )
    if header.block_hash != block_hash:
        raise WrongBlockHash(header.block_hash, block_hash)
    return Block(header, transactions, withdrawals)


def transactions_ssz_root(transactions: Sequence[Transaction]) -> bytes:
    """Returns the `transactions_root` of an `ExecutionPayloadHeader`, which is no trie root."""
    return _TRANSACTIONS.root(tuple(transaction.raw for transaction in transactions))


def withdrawals_ssz_root(withdrawals: Sequence[Withdrawal]) -> bytes:
    """Returns the `withdrawals_root` of an `ExecutionPayloadHeader`, which is no trie root."""
    return _WITHDRAWALS.root(tuple(withdrawals))


def check_payload_header(block: Block, header: ExecutionPayloadHeader) -> None:
    """Refuses a block that is not the one of a verified payload header.

    Raises:
        WrongBlockHash, WrongTransactionsRoot, WrongWithdrawalsRoot: it is another block, or a list of it is another one.
    """
    if block.header.block_hash != header.block_hash:
        raise WrongBlockHash(block.header.block_hash, header.block_hash)
    found = transactions_ssz_root(block.transactions)
    if found != header.transactions_root:
        raise WrongTransactionsRoot(found, header.transactions_root)
    if header.withdrawals_root is not None:
        found = withdrawals_ssz_root(block.withdrawals or ())
        if found != header.withdrawals_root:
            raise WrongWithdrawalsRoot(found, header.withdrawals_root)


def _transactions(answers: Any, gas_used: int) -> tuple[Transaction, ...]:
    if not isinstance(answers, list):
        raise MalformedAnswer("transactions", "not a list")
    if len(answers) > (limit := gas_used // MIN_TRANSACTION_GAS):
        raise TooMany("transactions", len(answers), limit)
    return tuple(decode_transaction(data(answer, "transactions", max_length=MAX_TRANSACTION_BYTES)) for answer in answers)


def _withdrawals(answers: Any) -> tuple[Withdrawal, ...]:
    if not isinstance(answers, list):
        raise MalformedAnswer("withdrawals", "not a list")
    if len(answers) > MAX_WITHDRAWALS:
        raise TooMany("withdrawals", len(answers), MAX_WITHDRAWALS)
    return tuple(
        Withdrawal(
            index=_decimal(get(answer, "index"), "withdrawals.index", 64),
            validator_index=_decimal(get(answer, "validator_index"), "withdrawals.validator_index", 64),
            address=data(get(answer, "address"), "withdrawals.address", length=20),
            amount=_decimal(get(answer, "amount"), "withdrawals.amount", 64),
        )
        for answer in answers
    )


def _decimal(value: Any, field: str, bits: int) -> int:
    if not (isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 78) or int(value) >> bits:
        raise MalformedAnswer(field, f"{str(value)[:80]!r} is not a decimal number of at most {bits} bits")
    return int(value)
