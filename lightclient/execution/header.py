"""Execution block headers: from a server's JSON to RLP to a hash, so that a block is known by the hash that consensus finalized.

Source: Ethereum yellow paper section 4.4 and the EIPs that appended fields (1559, 4895, 4844, 4788, 7685). The header of a server's answer
is hashed as it stands: fields that it lacks end the list, as they do in blocks of earlier forks.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lightclient.execution import rlp
from lightclient.execution.errors import MalformedAnswer, WrongBlockHash
from lightclient.execution.json_fields import data, get, quantity
from lightclient.execution.trie import keccak256

FIELDS: tuple[tuple[str, int | None], ...] = (
    ("parentHash", 32),
    ("sha3Uncles", 32),
    ("miner", 20),
    ("stateRoot", 32),
    ("transactionsRoot", 32),
    ("receiptsRoot", 32),
    ("logsBloom", 256),
    ("difficulty", None),
    ("number", None),
    ("gasLimit", None),
    ("gasUsed", None),
    ("timestamp", None),
    ("extraData", 0),
    ("mixHash", 32),
    ("nonce", 8),
    ("baseFeePerGas", None),
    ("withdrawalsRoot", 32),
    ("blobGasUsed", None),
    ("excessBlobGas", None),
    ("parentBeaconBlockRoot", 32),
    ("requestsHash", 32),
)
"""JSON names in header order, with their length in bytes; None for an integer, 0 for at most 32 bytes."""

REQUIRED = 15
"""Fields that every header has; the others were appended by later forks."""


@dataclass(frozen=True, slots=True)
class ExecutionHeader:
    """What a verified execution header says."""

    block_hash: bytes
    """Keccak-256 of the header."""
    parent_hash: bytes
    """Hash of the parent block."""
    state_root: bytes
    """Root of the state trie."""
    transactions_root: bytes
    """Root of the transactions' trie."""
    receipts_root: bytes
    """Root of the receipts' trie."""
    logs_bloom: bytes
    """Bloom filter over all logs, 256 bytes."""
    number: int
    """Block number."""
    timestamp: int
    """Seconds since the Unix epoch."""


def header_rlp(block: Mapping[str, Any]) -> bytes:
    """Returns the RLP of the header in an `eth_getBlockBy...` answer.

    Raises:
        MalformedAnswer: a field is missing or is not of its form.
    """
    items: list[bytes] = []
    ended: str | None = None
    for position, (name, length) in enumerate(FIELDS):
        if block.get(name) is None:
            if position < REQUIRED:
                raise MalformedAnswer(name, "missing")
            ended = ended or name
        elif ended is not None:
            raise MalformedAnswer(ended, f"missing although {name} is there")
        else:
            items.append(_item(block[name], name, length))
    return rlp.encode(items)


def verify_header(block: Mapping[str, Any], block_hash: bytes) -> ExecutionHeader:
    """Returns the header of a server's answer after checking that it hashes to the trusted block hash.

    Raises:
        WrongBlockHash: it hashes to something else.
        MalformedAnswer: a field is missing or is not of its form.
    """
    found = keccak256(header_rlp(block))
    if found != block_hash:
        raise WrongBlockHash(found, block_hash)
    return ExecutionHeader(
        block_hash=found,
        parent_hash=data(get(block, "parentHash"), "parentHash", length=32),
        state_root=data(get(block, "stateRoot"), "stateRoot", length=32),
        transactions_root=data(get(block, "transactionsRoot"), "transactionsRoot", length=32),
        receipts_root=data(get(block, "receiptsRoot"), "receiptsRoot", length=32),
        logs_bloom=data(get(block, "logsBloom"), "logsBloom", length=256),
        number=quantity(get(block, "number"), "number", bits=64),
        timestamp=quantity(get(block, "timestamp"), "timestamp", bits=64),
    )


def _item(value: Any, name: str, length: int | None) -> bytes:
    if length is None:
        return rlp.encode_uint(quantity(value, name))
    return data(value, name, max_length=32) if length == 0 else data(value, name, length=length)
