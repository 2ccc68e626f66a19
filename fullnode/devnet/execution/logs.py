"""Finds logs of the canonical chain by address and topics, as eth_getLogs asks for them.

Pure. Each block's bloom filter is asked first, so blocks without a match cost next to nothing.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ethereum.forks.osaka.blocks import Log

from fullnode.devnet.execution.block import Receipt, StoredBlock
from fullnode.devnet.execution.encoding import keccak


@dataclass(frozen=True, slots=True)
class LogFilter:
    """What to look for; every part must match."""

    addresses: frozenset[bytes]
    """Emitters, any of them; empty for all."""
    topics: tuple[frozenset[bytes], ...]
    """Per position the topics of which any matches; an empty set matches everything, a missing topic does not."""


@dataclass(frozen=True, slots=True)
class FoundLog:
    """A log and its place."""

    stored: StoredBlock
    """Block."""
    receipt: Receipt
    """Transaction."""
    index: int
    """Index within the block."""
    log: Log
    """The log itself."""


def find(blocks: Iterable[StoredBlock], wanted: LogFilter) -> Iterator[FoundLog]:
    """Yields the matching logs of the blocks, in order."""
    for stored in blocks:
        if stored.receipts and may_contain(stored.block.logs_bloom, wanted):
            for found in logs_of(stored):
                if matches(found.log, wanted):
                    yield found


def logs_of(stored: StoredBlock) -> Iterator[FoundLog]:
    """Yields every log of a block, in order."""
    for receipt in stored.receipts:
        for offset, log in enumerate(receipt.logs):
            yield FoundLog(stored, receipt, receipt.first_log_index + offset, log)


def matches(log: Log, wanted: LogFilter) -> bool:
    """Returns whether the log is one of those wanted."""
    if wanted.addresses and bytes(log.address) not in wanted.addresses:
        return False
    if len(wanted.topics) > len(log.topics):
        return False
    return all(not options or bytes(topic) in options for options, topic in zip(wanted.topics, log.topics, strict=False))


def may_contain(bloom: bytes, wanted: LogFilter) -> bool:
    """Returns whether a block with this bloom can hold a match (Yellow Paper section 4.3.1); never wrong when it says no."""
    parts = [options for options in (wanted.addresses, *wanted.topics) if options]
    return all(any(_in_bloom(bloom, option) for option in options) for options in parts)


def _in_bloom(bloom: bytes, item: bytes) -> bool:
    digest = keccak(item)
    for at in (0, 2, 4):
        bit = int.from_bytes(digest[at : at + 2], "big") & 0x7FF
        if not bloom[255 - bit // 8] >> (bit % 8) & 1:
            return False
    return True
