"""One receipt and its logs, as the receipts' trie holds them (yellow paper section 4.3.1, EIP-658, EIP-2718)."""

from dataclasses import dataclass

from lightclient.execution import rlp
from lightclient.execution.block_errors import UnsupportedTransactionType, WrongBloom
from lightclient.execution.bloom import bloom_of
from lightclient.execution.errors import MalformedRlp
from lightclient.execution.transactions import Transaction

MAX_TOPICS = 4
"""Most topics of a log."""

MAX_KIND = 4
"""Highest EIP-2718 type that is known."""


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


def decode_receipt(encoded: bytes, index: int = 0) -> Receipt:
    """Returns the receipt that the bytes encode.

    Raises:
        MalformedRlp, UnsupportedTransactionType: they are not one canonical receipt.
        WrongBloom: its bloom filter is not that of its logs.
    """
    kind = 0 if encoded[:1] >= b"\xc0" else int.from_bytes(encoded[:1], "big")
    if kind > MAX_KIND or encoded[:1] in {b"", b"\0"}:
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
    check_bloom(receipt)
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


def check_bloom(receipt: Receipt) -> None:
    """Refuses a receipt whose bloom filter is not that of its logs.

    Raises:
        WrongBloom: it is not.
    """
    computed = bloom_of(entry for log in receipt.logs for entry in log.bloom_entries())
    if computed != receipt.logs_bloom:
        raise WrongBloom(f"receipts[{receipt.index}]", receipt.logs_bloom, computed)
