"""Execution block headers: between a server's JSON, RLP and hash, so that a block is known by the hash that consensus finalized.

Source: Ethereum yellow paper section 4.4 and the EIPs that appended fields (1559, 4895, 4844, 4788, 7685), that is, every fork through fulu
(Osaka). The header of a server's answer is hashed as it stands: fields that it lacks end the list, as they do in blocks of earlier forks.
`verify_header` is for a hash that is trusted, `verify_parent` for the header below a verified one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lightclient.execution import rlp
from lightclient.execution.block_errors import BrokenHeaderChain, WrongBlockNumber, WrongFieldCount
from lightclient.execution.errors import MalformedAnswer, MalformedRlp, WrongBlockHash
from lightclient.execution.json_fields import data, mapping, quantity
from lightclient.execution.trie import keccak256

FIELDS: tuple[tuple[str, str, int | None], ...] = (
    ("parentHash", "parent_hash", 32),
    ("sha3Uncles", "uncles_hash", 32),
    ("miner", "fee_recipient", 20),
    ("stateRoot", "state_root", 32),
    ("transactionsRoot", "transactions_root", 32),
    ("receiptsRoot", "receipts_root", 32),
    ("logsBloom", "logs_bloom", 256),
    ("difficulty", "difficulty", None),
    ("number", "number", None),
    ("gasLimit", "gas_limit", None),
    ("gasUsed", "gas_used", None),
    ("timestamp", "timestamp", None),
    ("extraData", "extra_data", 0),
    ("mixHash", "prev_randao", 32),
    ("nonce", "nonce", 8),
    ("baseFeePerGas", "base_fee_per_gas", None),
    ("withdrawalsRoot", "withdrawals_root", 32),
    ("blobGasUsed", "blob_gas_used", None),
    ("excessBlobGas", "excess_blob_gas", None),
    ("parentBeaconBlockRoot", "parent_beacon_block_root", 32),
    ("requestsHash", "requests_hash", 32),
)
"""JSON names in header order with our names and their length in bytes; None for an integer, 0 for at most 32 bytes."""

FIELD_COUNTS = frozenset({15, 16, 17, 20, 21})
"""How many fields a header may have: frontier, london, shanghai, cancun, prague and osaka."""

REQUIRED = 15
"""Fields that every header has; the others were appended by later forks."""

MAX_HEADER_BYTES = 1024
"""Largest RLP of a header: all fields at their largest take some 830 bytes."""


@dataclass(frozen=True, slots=True)
class ExecutionHeader:
    """What a verified execution header says; None where its fork has no such field."""

    block_hash: bytes
    """Keccak-256 of the header."""
    parent_hash: bytes
    """Hash of the parent block."""
    uncles_hash: bytes
    """Hash of the list of uncles."""
    fee_recipient: bytes
    """Address that receives the priority fees, 20 bytes; COINBASE in the EVM."""
    state_root: bytes
    """Root of the state trie after the block."""
    transactions_root: bytes
    """Root of the transactions' trie."""
    receipts_root: bytes
    """Root of the receipts' trie."""
    logs_bloom: bytes
    """Bloom filter over all logs, 256 bytes."""
    difficulty: int
    """Zero since the merge."""
    number: int
    """Block number."""
    gas_limit: int
    """Gas that the block may use."""
    gas_used: int
    """Gas that it used."""
    timestamp: int
    """Seconds since the Unix epoch."""
    extra_data: bytes
    """At most 32 bytes of the builder's choice."""
    prev_randao: bytes
    """Randomness of the beacon chain, 32 bytes; `mixHash` in JSON."""
    nonce: bytes
    """Eight zero bytes since the merge."""
    base_fee_per_gas: int | None = None
    """Wei; london and later."""
    withdrawals_root: bytes | None = None
    """Root of the withdrawals' trie; shanghai and later."""
    blob_gas_used: int | None = None
    """Blob gas that the block used; cancun and later."""
    excess_blob_gas: int | None = None
    """Running excess of blob gas; cancun and later."""
    parent_beacon_block_root: bytes | None = None
    """Root of the beacon block before this one; cancun and later."""
    requests_hash: bytes | None = None
    """SHA-256 over the hashes of the execution requests (EIP-7685); prague and later."""


def header_rlp(block: Mapping[str, Any]) -> bytes:
    """Returns the RLP of the header in an `eth_getBlockBy...` answer.

    Raises:
        MalformedAnswer: a field is missing or is not of its form.
    """
    return rlp.encode(_items(block))


def header_from_json(block: Mapping[str, Any]) -> ExecutionHeader:
    """Returns the header of a server's answer with the hash that it has, which the caller still has to compare with one that is trusted.

    Raises:
        MalformedAnswer: a field is missing or is not of its form.
        WrongFieldCount: no fork has so many fields.
    """
    return _header(_items(block))


def header_from_rlp(encoded: bytes) -> ExecutionHeader:
    """Returns the header that the RLP encodes, with the hash that it has, which the caller still has to compare with one that is trusted.

    Raises:
        MalformedRlp: it is not one canonical header.
        WrongFieldCount: no fork has so many fields.
    """
    if len(encoded) > MAX_HEADER_BYTES:
        raise MalformedRlp(f"a header of {len(encoded)} bytes")
    decoded = rlp.decode(encoded)
    items = [item for item in decoded if isinstance(item, bytes)] if isinstance(decoded, list) else []
    if not isinstance(decoded, list) or len(items) != len(decoded):
        raise MalformedRlp("a header is not a list of byte strings")
    for (name, _, length), item in zip(FIELDS, items, strict=False):
        if length is not None and not (len(item) == length or (length == 0 and len(item) <= 32)):
            raise MalformedRlp(f"{name} has {len(item)} bytes")
    return _header(items)


def verify_header(block: Mapping[str, Any], block_hash: bytes) -> ExecutionHeader:
    """Returns the header of a server's answer after checking that it hashes to the trusted block hash.

    Raises:
        WrongBlockHash: it hashes to something else.
        MalformedAnswer: a field is missing or is not of its form.
    """
    header = header_from_json(block)
    if header.block_hash != block_hash:
        raise WrongBlockHash(header.block_hash, block_hash)
    return header


def verify_parent(block: Mapping[str, Any], child: ExecutionHeader) -> ExecutionHeader:
    """Returns the header of a server's answer after checking that it is the parent of a verified header.

    Raises:
        BrokenHeaderChain: the child names another parent.
        WrongBlockNumber: the numbers do not follow one another.
        MalformedAnswer: a field is missing or is not of its form.
    """
    header = header_from_json(block)
    if header.block_hash != child.parent_hash:
        raise BrokenHeaderChain(child.number - 1, header.block_hash, child.parent_hash)
    if header.number != child.number - 1:
        raise WrongBlockNumber(header.number, child.number - 1)
    return header


def header_of_fields(**fields: bytes | int | None) -> ExecutionHeader:
    """Returns the header with these fields, by our names, and the hash that it has."""
    items = [fields[ours] for _, ours, _ in FIELDS if fields.get(ours) is not None]
    return _header([rlp.encode_uint(item) if isinstance(item, int) else item for item in items if item is not None])


def _items(block: Mapping[str, Any]) -> list[bytes]:
    block = mapping(block, "block")
    items: list[bytes] = []
    ended: str | None = None
    for position, (name, _, length) in enumerate(FIELDS):
        if block.get(name) is None:
            if position < REQUIRED:
                raise MalformedAnswer(name, "missing")
            ended = ended or name
        elif ended is not None:
            raise MalformedAnswer(ended, f"missing although {name} is there")
        else:
            items.append(_item(block[name], name, length))
    return items


def _header(items: list[bytes]) -> ExecutionHeader:
    if len(items) not in FIELD_COUNTS:
        raise WrongFieldCount(len(items))
    values: dict[str, Any] = {}
    for (_, ours, length), item in zip(FIELDS, items, strict=False):
        values[ours] = rlp.decode_uint(item) if length is None else item
    return ExecutionHeader(block_hash=keccak256(rlp.encode(items)), **values)


def _item(value: Any, name: str, length: int | None) -> bytes:
    if length is None:
        return rlp.encode_uint(quantity(value, name, bits=64 if name == "number" else 256))
    return data(value, name, max_length=32) if length == 0 else data(value, name, length=length)
