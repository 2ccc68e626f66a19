"""Receipts: JSON to the encoding that the header commits to, and a block's whole list against its header.

`verify_receipts(answers, header, transactions)` proves the answer of `eth_getBlockReceipts` and everything in it that follows from the
block. Without transactions the consensus part is proven all the same, but which hash each belongs to is not, and the records have none.
`verify_receipt_in_block(index, proof, header)` proves one by a proof, which `receipts_proof(receipts, index)` makes;
`check_receipt(answer, receipt, header)` binds the answer of `eth_getTransactionReceipt` to a record of the proven list.
Not proven by any header: `blobGasPrice`, which follows from the network's schedule, and whatever else a server adds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lightclient.execution import rlp
from lightclient.execution.block_errors import (
    RemovedLog,
    TooMany,
    UnindexedEntry,
    UnsupportedTransactionType,
    WrongBloom,
    WrongCount,
    WrongLog,
    WrongLogIndex,
    WrongReceiptField,
    WrongReceiptsRoot,
    WrongTransactionHash,
)
from lightclient.execution.bloom import bloom_of
from lightclient.execution.errors import MalformedAnswer, MalformedRlp
from lightclient.execution.header import ExecutionHeader
from lightclient.execution.json_fields import data, get, quantity
from lightclient.execution.ordered_trie import index_key, ordered_trie_proof, ordered_trie_root
from lightclient.execution.place import check_block, check_bytes, check_index, check_number
from lightclient.execution.transactions import MAX_LIST_NODE_BYTES, MIN_TRANSACTION_GAS, Transaction
from lightclient.execution.trie import verify_trie_proof

GAS_PER_LOG_BYTE = 8
"""What a byte of a log's data costs (yellow paper, G_logdata); bounds how many a block can hold."""

BLOB_GAS = 131072
"""GAS_PER_BLOB (EIP-4844)."""

MAX_TOPICS = 4
"""Most topics of a log."""


@dataclass(frozen=True, slots=True)
class Log:
    """What a contract reported, as the receipts' trie holds it."""

    address: bytes
    """The contract, 20 bytes."""
    topics: tuple[bytes, ...]
    """At most four words of 32 bytes."""
    data: bytes
    """The rest."""

    def bloom_entries(self) -> tuple[bytes, ...]:
        """Returns what the bloom filter holds of it."""
        return (self.address, *self.topics)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a transaction came to, with what follows from its place in the block."""

    kind: int
    """EIP-2718 type of the transaction."""
    status: int | None
    """1 for success, 0 for failure; None before byzantium."""
    post_state: bytes | None
    """State root after the transaction; before byzantium only."""
    cumulative_gas_used: int
    """Gas used in the block up to and with this transaction."""
    logs_bloom: bytes
    """Bloom filter over its logs, 256 bytes."""
    logs: tuple[Log, ...]
    """What contracts reported."""
    index: int = 0
    """Place of the transaction in the block."""
    first_log_index: int = 0
    """Place of its first log among those of the block."""
    gas_used: int = 0
    """Gas used by this transaction."""
    transaction: Transaction | None = None
    """The transaction, where the block's transactions were given."""

    def encoding(self) -> bytes:
        """Returns its encoding as the receipts' trie holds it."""
        outcome = self.post_state if self.post_state is not None else rlp.encode_uint(self.status or 0)
        logs: list[list[rlp.Encodable]] = [[log.address, log.topics, log.data] for log in self.logs]
        body = rlp.encode([outcome, rlp.encode_uint(self.cumulative_gas_used), self.logs_bloom, logs])
        return bytes([self.kind]) + body if self.kind else body


def verify_receipts(answers: Any, header: ExecutionHeader, transactions: Sequence[Transaction] | None = None) -> tuple[Receipt, ...]:
    """Returns a block's receipts from the answer of `eth_getBlockReceipts`, proven by the header.

    With the block's proven transactions, each receipt carries its own and all that follows from it is checked.

    Raises:
        WrongReceiptsRoot: they are not the block's.
        WrongCount: there are more or fewer than transactions.
        WrongBloom: a bloom filter is not that of the logs.
        UnindexedEntry: the answer, an entry or a field is null.
        PeerError: a field is malformed or belongs elsewhere; the class says why.
    """
    if answers is None:
        raise UnindexedEntry("receipts")
    if not isinstance(answers, list):
        raise MalformedAnswer("receipts", "not a list")
    if len(answers) > (limit := header.gas_used // MIN_TRANSACTION_GAS):
        raise TooMany("receipts", len(answers), limit)
    if transactions is not None and len(answers) != len(transactions):
        raise WrongCount("receipts", len(answers), len(transactions))
    receipts: list[Receipt] = []
    gas_used = logs = 0
    for index, answer in enumerate(answers):
        receipt = _read(answer, index, gas_used, logs, header, None if transactions is None else transactions[index])
        gas_used, logs = receipt.cumulative_gas_used, logs + len(receipt.logs)
        receipts.append(receipt)
    _check_list(receipts, header)
    for answer, receipt in zip(answers, receipts, strict=True):
        _check_statements(answer, f"receipts[{receipt.index}]", receipt, header)
    return tuple(receipts)


def check_receipt(answer: Any, receipt: Receipt, header: ExecutionHeader) -> None:
    """Refuses an answer to `eth_getTransactionReceipt` that is not this proven receipt.

    Raises:
        PeerError: it is null, another one, or says that it belongs elsewhere; the class says which.
    """
    first_gas = receipt.cumulative_gas_used - receipt.gas_used
    found = _read(answer, receipt.index, first_gas, receipt.first_log_index, header, receipt.transaction)
    if found.encoding() != receipt.encoding():
        raise WrongReceiptField("receipt", f"0x{found.encoding().hex()[:80]}..", f"0x{receipt.encoding().hex()[:80]}..")
    _check_statements(answer, "receipt", receipt, header)


def receipts_proof(receipts: Sequence[Receipt], index: int) -> tuple[bytes, ...]:
    """Returns the nodes that prove one of a block's receipts under its header."""
    return ordered_trie_proof([receipt.encoding() for receipt in receipts], index)


def verify_receipt_in_block(index: int, proof: Sequence[bytes], header: ExecutionHeader) -> Receipt | None:
    """Returns the receipt that a proof shows at a place of the block, or None where it shows that the block has fewer.

    What follows from earlier receipts (gas used, place of its logs) is not proven by it and stays zero.

    Raises:
        PeerError: the nodes do not prove that place under the header, or what they prove is malformed.
    """
    encoded = verify_trie_proof(header.receipts_root, index_key(index), proof, max_node_bytes=MAX_LIST_NODE_BYTES)
    return None if encoded is None else decode_receipt(encoded, index)


def decode_receipt(encoded: bytes, index: int = 0) -> Receipt:
    """Returns the receipt that the bytes encode.

    Raises:
        MalformedRlp, UnsupportedTransactionType: they are not one canonical receipt.
        WrongBloom: its bloom filter is not that of its logs.
    """
    kind = 0 if encoded[:1] >= b"\xc0" else int.from_bytes(encoded[:1], "big")
    if kind > 4 or encoded[:1] in {b"", b"\0"}:
        raise UnsupportedTransactionType(kind)
    items = rlp.decode(encoded[1:] if kind else encoded)
    if not isinstance(items, list) or len(items) != 4:
        raise MalformedRlp("a receipt is not a list of four items")
    outcome, gas, bloom, logs = items
    if not isinstance(logs, list):
        raise MalformedRlp("a receipt's logs are no list")
    if not (isinstance(outcome, bytes) and len(outcome) in {0, 1, 32} and isinstance(bloom, bytes) and len(bloom) == 256):
        raise MalformedRlp("a receipt's outcome or bloom is not of its length")
    old = len(outcome) == 32
    receipt = Receipt(
        kind=kind,
        status=None if old else rlp.decode_uint(outcome),
        post_state=outcome if old else None,
        cumulative_gas_used=rlp.decode_uint(gas, max_bytes=8),
        logs_bloom=bloom,
        logs=tuple(_decode_log(log) for log in logs),
        index=index,
    )
    _check_bloom(receipt)
    return receipt


def _decode_log(item: rlp.Item) -> Log:
    if not isinstance(item, list) or len(item) != 3:
        raise MalformedRlp("a log is not a list of three items")
    address, topics, rest = item
    if not (isinstance(address, bytes) and len(address) == 20 and isinstance(rest, bytes) and isinstance(topics, list)):
        raise MalformedRlp("a log's address, topics or data are not of their form")
    words = tuple(topic for topic in topics if isinstance(topic, bytes) and len(topic) == 32)
    if len(words) != len(topics) or len(words) > MAX_TOPICS:
        raise MalformedRlp("a log's topics are not at most four words")
    return Log(address, words, rest)


def _read(answer: Any, index: int, gas_before: int, logs_before: int, header: ExecutionHeader, transaction: Transaction | None) -> Receipt:
    """Returns the receipt that the JSON's consensus fields make, at its place."""
    where = f"receipts[{index}]"
    if answer is None:
        raise UnindexedEntry(where)
    kind = quantity(get(answer, "type"), f"{where}.type", bits=7) if isinstance(answer, Mapping) and "type" in answer else 0
    if kind > 4:
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
    if len(answers) > (limit := header.gas_used // 375):  # G_log
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


def _check_list(receipts: Sequence[Receipt], header: ExecutionHeader) -> None:
    found = ordered_trie_root([receipt.encoding() for receipt in receipts])
    if found != header.receipts_root:
        raise WrongReceiptsRoot(found, header.receipts_root)
    union = 0
    for receipt in receipts:
        _check_bloom(receipt)
        union |= int.from_bytes(receipt.logs_bloom, "big")
    if (computed := union.to_bytes(256, "big")) != header.logs_bloom:
        raise WrongBloom(f"block {header.number}", header.logs_bloom, computed)
    gas_used = receipts[-1].cumulative_gas_used if receipts else 0
    if gas_used != header.gas_used:
        raise WrongReceiptField("receipts[-1].cumulativeGasUsed", hex(gas_used), hex(header.gas_used))


def _check_bloom(receipt: Receipt) -> None:
    computed = bloom_of(entry for log in receipt.logs for entry in log.bloom_entries())
    if computed != receipt.logs_bloom:
        raise WrongBloom(f"receipts[{receipt.index}]", receipt.logs_bloom, computed)


def _check_statements(answer: Mapping[str, Any], where: str, receipt: Receipt, header: ExecutionHeader) -> None:
    """Refuses a receipt that says something else than follows from the block; what cannot be proven is left out of our records."""
    check_block(answer, where, header)
    check_index(answer, where, receipt.index)
    check_number(answer, "gasUsed", where, receipt.gas_used, WrongReceiptField)
    if receipt.transaction is not None:
        _check_transaction(answer, where, receipt, receipt.transaction, header)
    for offset, log in enumerate(receipt.logs):
        check_log_place(answer["logs"][offset], f"{where}.logs[{offset}]", log, receipt, receipt.first_log_index + offset, header)


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
    check_block(answer, where, header)
    check_index(answer, where, receipt.index)
    check_number(answer, "logIndex", where, log_index, WrongLogIndex)
    if receipt.transaction is not None:
        check_bytes(answer, "transactionHash", where, receipt.transaction.hash, WrongTransactionHash)
    if answer.get("removed") not in {None, False}:
        raise RemovedLog(f"{where}.removed")
