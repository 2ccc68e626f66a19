"""Complete logs: exactly those that match a filter in a range of blocks, with the statement that nothing was left out.

`parse_filter(json)` reads a filter, `blocks_needed(wanted, headers)` says of which verified headers the bloom does not exclude a match, and
`complete_logs(wanted, first, last, headers, receipts, transactions)` takes receipts and transactions of those and returns `CompleteLogs`.
What a server answers to `eth_getLogs` is at most compared with that (`check_logs_answer`), never believed: no header says how many logs
match. A block whose bloom excludes the filter is proven empty by its header alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from lightclient.execution.block_errors import (
    BrokenHeaderChain,
    MalformedFilter,
    MissingEvidence,
    TooMany,
    UnindexedEntry,
    WrongBlockNumber,
    WrongCount,
)
from lightclient.execution.bloom import may_contain
from lightclient.execution.errors import MalformedAnswer
from lightclient.execution.header import ExecutionHeader
from lightclient.execution.json_fields import data
from lightclient.execution.receipt import MAX_TOPICS, Log, Receipt
from lightclient.execution.receipt_answers import check_log_place
from lightclient.execution.receipts import verify_receipts
from lightclient.execution.transactions import Transaction, check_transactions

MAX_ALTERNATIVES = 1000
"""Most addresses, or topics at one place, of a filter."""

MAX_BLOCKS = 100_000
"""Most blocks of a range."""


@dataclass(frozen=True, slots=True)
class LogFilter:
    """Which logs are wanted."""

    addresses: frozenset[bytes] = frozenset()
    """Contracts, any of which may have reported; empty for every contract."""
    topics: tuple[frozenset[bytes] | None, ...] = ()
    """For each place the words, any of which may stand there; None where any word may, but one has to."""

    def excluded_by(self, bloom: bytes) -> bool:
        """Returns whether a bloom filter proves that no log matches."""
        bits = int.from_bytes(bloom, "big")
        choices = [self.addresses or None, *self.topics]
        return any(choice is not None and not any(may_contain(bits, entry) for entry in choice) for choice in choices)

    def matches(self, log: Log) -> bool:
        """Returns whether a log is wanted."""
        if self.addresses and log.address not in self.addresses:
            return False
        if len(self.topics) > len(log.topics):
            return False
        return all(choice is None or topic in choice for choice, topic in zip(self.topics, log.topics, strict=False))


@dataclass(frozen=True, slots=True)
class LocatedLog:
    """A proven log with its proven place."""

    log: Log
    """The log."""
    receipt: Receipt
    """The receipt that holds it, with its transaction."""
    header: ExecutionHeader
    """The block that holds it."""
    log_index: int
    """Its place among the logs of the block."""


@dataclass(frozen=True, slots=True)
class CompleteLogs:
    """All logs that match, and over which blocks that is proven."""

    wanted: LogFilter
    """What was asked."""
    logs: tuple[LocatedLog, ...]
    """Every match, in the chain's order."""
    first: ExecutionHeader
    """First block of the range."""
    last: ExecutionHeader
    """Last block of the range; every header between hangs on it."""
    examined: int
    """Blocks whose receipts were read; the blooms of the others exclude the filter."""

    def statement(self) -> str:
        """Returns what is proven, for people."""
        return f"complete over blocks {self.first.number} to {self.last.number} (0x{self.last.block_hash.hex()})"


def parse_filter(answer: Mapping[str, Any]) -> LogFilter:
    """Returns the `address` and `topics` of a JSON-RPC filter; its range is the caller's to resolve.

    Raises:
        MalformedFilter: a field is not of its form, or too large.
    """
    if not isinstance(answer, Mapping):
        raise MalformedFilter("filter", "not an object")
    topics = answer.get("topics")
    if topics is not None and (not isinstance(topics, list) or len(topics) > MAX_TOPICS):
        raise MalformedFilter("topics", f"not a list of at most {MAX_TOPICS}")
    places = tuple(_alternatives(topic, f"topics[{place}]", 32) or None for place, topic in enumerate(topics or []))
    return LogFilter(_alternatives(answer.get("address"), "address", 20), places)


def blocks_needed(wanted: LogFilter, headers: Sequence[ExecutionHeader]) -> tuple[ExecutionHeader, ...]:
    """Returns the headers whose bloom does not exclude a match: for these, receipts and transactions have to be fetched."""
    return tuple(header for header in headers if not wanted.excluded_by(header.logs_bloom))


def complete_logs(
    wanted: LogFilter,
    first: int,
    last: int,
    headers: Sequence[ExecutionHeader],
    receipts: Mapping[bytes, Any],
    transactions: Mapping[bytes, Sequence[Transaction]],
) -> CompleteLogs:
    """Returns every log of blocks `first` to `last` that matches; `headers` are verified and ascending.

    `receipts` are answers of `eth_getBlockReceipts` as received, and `transactions` the blocks' lists, both by block hash.

    Raises:
        WrongBlockNumber, BrokenHeaderChain: the headers are not exactly those of the range, each the parent of the next.
        MissingEvidence: receipts or transactions of a block that the bloom does not exclude are not there.
        PeerError: receipts or transactions are not the block's; the class says why.
    """
    _check_range(first, last, headers)
    found: list[LocatedLog] = []
    needed = blocks_needed(wanted, headers)
    for header in needed:
        its_transactions = transactions.get(header.block_hash)
        if its_transactions is None:
            raise MissingEvidence("transactions", header.number, header.block_hash)
        if header.block_hash not in receipts:
            raise MissingEvidence("receipts", header.number, header.block_hash)
        check_transactions(its_transactions, header)
        verified = verify_receipts(receipts[header.block_hash], header, its_transactions)
        found += logs_of_block(wanted, header, verified)
    return CompleteLogs(wanted, tuple(found), headers[0], headers[-1], len(needed))


def logs_of_block(wanted: LogFilter, header: ExecutionHeader, receipts: Sequence[Receipt]) -> list[LocatedLog]:
    """Returns the matching logs of one block from its verified receipts."""
    return [
        LocatedLog(log, receipt, header, receipt.first_log_index + offset)
        for receipt in receipts
        for offset, log in enumerate(receipt.logs)
        if wanted.matches(log)
    ]


def check_logs_answer(answer: Any, complete: CompleteLogs) -> None:
    """Refuses an answer of `eth_getLogs` that is not exactly the proven logs: a way to find out which server lies.

    Raises:
        UnindexedEntry: the answer, an entry or a field that says where it belongs is null.
        WrongCount: logs are left out or added.
        PeerError: a log is another one, or says that it belongs elsewhere; the class says which.
    """
    if answer is None:
        raise UnindexedEntry("logs")
    if not isinstance(answer, list):
        raise MalformedAnswer("logs", "not a list")
    for place, entry in enumerate(answer):
        if not isinstance(entry, Mapping):
            raise UnindexedEntry(f"logs[{place}]")
    if len(answer) != len(complete.logs):
        raise WrongCount("logs", len(answer), len(complete.logs))
    for place, (entry, known) in enumerate(zip(answer, complete.logs, strict=True)):
        check_log_place(entry, f"logs[{place}]", known.log, known.receipt, known.log_index, known.header)


def _check_range(first: int, last: int, headers: Sequence[ExecutionHeader]) -> None:
    if not 0 <= first <= last:
        raise MalformedFilter("fromBlock", f"the range {first} to {last} has no block")
    if last - first >= MAX_BLOCKS:
        raise TooMany("blocks of a range", last - first + 1, MAX_BLOCKS)
    if len(headers) != last - first + 1:
        raise WrongCount("headers", len(headers), last - first + 1)
    if headers[0].number != first:
        raise WrongBlockNumber(headers[0].number, first)
    for parent, child in pairwise(headers):
        if child.parent_hash != parent.block_hash:
            raise BrokenHeaderChain(parent.number, parent.block_hash, child.parent_hash)


def _alternatives(value: Any, field: str, length: int) -> frozenset[bytes]:
    options = [] if value is None else value if isinstance(value, list) else [value]
    if len(options) > MAX_ALTERNATIVES:
        raise MalformedFilter(field, f"{len(options)} alternatives where at most {MAX_ALTERNATIVES} may be")
    try:
        return frozenset(data(option, field, length=length) for option in options)
    except MalformedAnswer as error:
        raise MalformedFilter(field, error.reason) from None
