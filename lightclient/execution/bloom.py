"""The bloom filter over a block's logs: 2048 bits, three for each address and topic (yellow paper section 4.3.1)."""

from collections.abc import Iterable
from functools import lru_cache

from lightclient.execution.trie import keccak256

BLOOM_BYTES = 256
"""Length of a bloom filter."""


@lru_cache(maxsize=1024)
def bloom_bits(entry: bytes) -> int:
    """Returns the three bits of one address or topic as a number."""
    digest = keccak256(entry)
    bits = 0
    for position in (0, 2, 4):
        bits |= 1 << (int.from_bytes(digest[position : position + 2], "big") & 2047)
    return bits


def bloom_of(entries: Iterable[bytes]) -> bytes:
    """Returns the bloom filter of addresses and topics."""
    bits = 0
    for entry in entries:
        bits |= bloom_bits(entry)
    return bits.to_bytes(BLOOM_BYTES, "big")


def may_contain(bloom: int, entry: bytes) -> bool:
    """Returns whether a bloom filter, as a number, leaves the entry possible; False is a proof that no log has it."""
    bits = bloom_bits(entry)
    return bloom & bits == bits
