"""Receipts and logs in servers' JSON: their consensus fields read, and everything they state beside them compared with the verified block.

What no header commits to (`blobGasPrice` and whatever else a server adds) is neither read nor passed on.
"""

from collections.abc import Mapping
from typing import Any

from lightclient.execution.block_errors import (
    RemovedLog,
    TooMany,
    UnindexedEntry,
    UnsupportedTransactionType,
    WrongLog,
    WrongLogIndex,
    WrongReceiptField,
    WrongTransactionHash,
)
from lightclient.execution.errors import MalformedAnswer
from lightclient.execution.header import ExecutionHeader
from lightclient.execution.json_fields import data, get, mapping, quantity
from lightclient.execution.place import check_block, check_bytes, check_index, check_number
from lightclient.execution.receipt import MAX_KIND, MAX_TOPICS, Log, Receipt
from lightclient.execution.transactions import Transaction

GAS_PER_LOG = 375
"""What a log costs (yellow paper, G_log); bounds how many a block can hold."""

GAS_PER_LOG_BYTE = 8
"""What a byte of a log's data costs (yellow paper, G_logdata); bounds how large a log can be."""

BLOB_GAS = 131072
"""GAS_PER_BLOB (EIP-4844)."""


def read_receipt(
    answer: Any, index: int, gas_before: int, logs_before: int, header: ExecutionHeader, transaction: Transaction | None
) -> Receipt:
    """Returns the receipt that the JSON's consensus fields make, after receipts with so much gas and so many logs.

    Raises:
        UnindexedEntry: it is null.
        MalformedAnswer, UnsupportedTransactionType, TooMany: a field is missing or is not of its form.
    """
    where = f"receipts[{index}]"
    if answer is None:
        raise UnindexedEntry(where)
    answer = mapping(answer, where)
    kind = quantity(answer["type"], f"{where}.type", bits=7) if "type" in answer else 0
    if kind > MAX_KIND:
        raise UnsupportedTransactionType(kind)
    old = get(answer, "root") if answer.get("status") is None and answer.get("root") is not None else None
    gas = quantity(get(answer, "cumulativeGasUsed"), f"{where}.cumulativeGasUsed", bits=64)
    return Receipt(
        kind=kind,
        status=quantity(get(answer, "status"), f"{where}.status", bits=1) if old is None else None,
        post_state=None if old is None else data(old, f"{where}.root", length=32),
        cumulative_gas_used=gas,
        logs_bloom=data(get(answer, "logsBloom"), f"{where}.logsBloom", length=256),
        logs=_read_logs(get(answer, "logs"), where, header),
        index=index,
        first_log_index=logs_before,
        gas_used=gas - gas_before,
        transaction=transaction,
    )


def _read_logs(answers: Any, where: str, header: ExecutionHeader) -> tuple[Log, ...]:
    if not isinstance(answers, list):
        raise MalformedAnswer(f"{where}.logs", "not a list")
    if len(answers) > (limit := header.gas_used // GAS_PER_LOG):
        raise TooMany(f"{where}.logs", len(answers), limit)
    return tuple(read_log(answer, f"{where}.logs[{place}]", header.gas_used // GAS_PER_LOG_BYTE) for place, answer in enumerate(answers))


def read_log(answer: Any, where: str, max_data: int) -> Log:
    """Returns the consensus part of a log's JSON.

    Raises:
        UnindexedEntry: it is null.
        MalformedAnswer: a field is missing or is not of its form.
    """
    if answer is None:
        raise UnindexedEntry(where)
    topics = get(answer, "topics")
    if not isinstance(topics, list) or len(topics) > MAX_TOPICS:
        raise MalformedAnswer(f"{where}.topics", f"not a list of at most {MAX_TOPICS}")
    return Log(
        data(get(answer, "address"), f"{where}.address", length=20),
        tuple(data(topic, f"{where}.topics", length=32) for topic in topics),
        data(get(answer, "data"), f"{where}.data", max_length=max_data),
    )


def check_statements(answer: Mapping[str, Any], where: str, receipt: Receipt, header: ExecutionHeader) -> None:
    """Refuses a receipt that says something else than follows from the block.

    Raises:
        UnindexedEntry: a field that says where it belongs is null.
        WrongStatement, RemovedLog: a field says something else; the class says which.
    """
    check_block(answer, where, header)
    check_index(answer, where, receipt.index)
    check_number(answer, "gasUsed", where, receipt.gas_used, WrongReceiptField)
    if receipt.transaction is not None:
        _check_transaction(answer, where, receipt, receipt.transaction, header)
    for offset in range(len(receipt.logs)):
        _check_place(answer["logs"][offset], f"{where}.logs[{offset}]", receipt, receipt.first_log_index + offset, header)


def _check_transaction(answer: Mapping[str, Any], where: str, receipt: Receipt, transaction: Transaction, header: ExecutionHeader) -> None:
    check_bytes(answer, "transactionHash", where, transaction.hash, WrongTransactionHash)
    if receipt.kind != transaction.kind:
        raise WrongReceiptField(f"{where}.type", hex(receipt.kind), hex(transaction.kind))
    check_bytes(answer, "from", where, transaction.sender, WrongReceiptField)
    for field, expected in (("to", transaction.to), ("contractAddress", transaction.created_address())):
        if answer.get(field) is None and expected is None:
            continue
        if answer.get(field) is None or expected is None:
            # Servers disagree on whether a failed creation has an address; null then says nothing wrong.
            if field == "contractAddress" and receipt.status == 0 and answer.get(field) is None:
                continue
            raise WrongReceiptField(f"{where}.{field}", str(answer.get(field))[:42], "null" if expected is None else f"0x{expected.hex()}")
        check_bytes(answer, field, where, expected, WrongReceiptField)
    if answer.get("effectiveGasPrice") is not None:
        price = transaction.effective_gas_price(header.base_fee_per_gas)
        check_number(answer, "effectiveGasPrice", where, price, WrongReceiptField)
    if answer.get("blobGasUsed") is not None:
        check_number(answer, "blobGasUsed", where, BLOB_GAS * len(transaction.blob_versioned_hashes), WrongReceiptField)


def check_log_place(answer: Mapping[str, Any], where: str, log: Log, receipt: Receipt, log_index: int, header: ExecutionHeader) -> None:
    """Refuses a log's JSON that is not this log of this receipt at this place of the block.

    Raises:
        WrongLog, WrongLogIndex, WrongTransactionIndex, WrongTransactionHash, WrongBlockReference, UnindexedEntry, RemovedLog: as named.
    """
    found = read_log(answer, where, header.gas_used // GAS_PER_LOG_BYTE)
    if found != log:
        raise WrongLog(where, str(found)[:200], str(log)[:200])
    _check_place(answer, where, receipt, log_index, header)


def _check_place(answer: Mapping[str, Any], where: str, receipt: Receipt, log_index: int, header: ExecutionHeader) -> None:
    check_block(answer, where, header)
    check_index(answer, where, receipt.index)
    check_number(answer, "logIndex", where, log_index, WrongLogIndex)
    if receipt.transaction is not None:
        check_bytes(answer, "transactionHash", where, receipt.transaction.hash, WrongTransactionHash)
    if answer.get("removed") not in (None, False):
        raise RemovedLog(f"{where}.removed")
