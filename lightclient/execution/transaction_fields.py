"""The fields of each transaction type as tables, and how each kind of field stands in JSON and in RLP.

Sources: yellow paper section 4.3 (legacy), EIP-2930 (0x1), EIP-1559 (0x2), EIP-4844 (0x3), EIP-7702 (0x4). One table per type drives both
directions, so a type differs from another by its row only.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lightclient.execution import rlp
from lightclient.execution.block_errors import MalformedTransaction
from lightclient.execution.errors import MalformedAnswer
from lightclient.execution.json_fields import data, get, mapping, quantity

MAX_DATA_BYTES = 1 << 24
"""Largest calldata accepted: more than any block's gas has paid for."""

MAX_ENTRIES = 1 << 14
"""Most entries of an access list, its keys, blob hashes or authorizations: more than any block's gas has paid for."""

AccessList = tuple[tuple[bytes, tuple[bytes, ...]], ...]
"""Addresses with their 32-byte storage keys."""


@dataclass(frozen=True, slots=True)
class Authorization:
    """One EIP-7702 authorization: the signer's account shall run the code at an address."""

    chain_id: int
    """Chain that it is for; zero for any."""
    address: bytes
    """Where the code is, 20 bytes."""
    nonce: int
    """The signer's nonce."""
    y_parity: int
    """Parity of the signature's point."""
    r: int
    """First half of the signature."""
    s: int
    """Second half of the signature."""


@dataclass(frozen=True, slots=True)
class Kind:
    """How one kind of field is read; each function refuses what is not of the kind."""

    from_json: Callable[[Any, str], rlp.Encodable]
    """JSON value and its path to RLP item."""
    from_item: Callable[[rlp.Item, str], Any]
    """RLP item and its name to the value in our record."""


def _uint_kind(bits: int) -> Kind:
    return Kind(
        lambda value, field: rlp.encode_uint(quantity(value, field, bits=bits)),
        lambda item, _: rlp.decode_uint(item, max_bytes=bits // 8),
    )


def _bytes_item(item: rlp.Item, field: str, lengths: tuple[int, ...]) -> bytes:
    if not isinstance(item, bytes) or len(item) not in lengths:
        raise MalformedTransaction(f"{field} is not of {' or '.join(map(str, lengths))} bytes")
    return item


def _list(value: Any, field: str) -> list[Any]:
    if not isinstance(value, list) or len(value) > MAX_ENTRIES:
        raise MalformedAnswer(field, f"not a list of at most {MAX_ENTRIES} entries")
    return value


def _items(item: rlp.Item, field: str) -> list[rlp.Item]:
    if not isinstance(item, list) or len(item) > MAX_ENTRIES:
        raise MalformedTransaction(f"{field} is not a list of at most {MAX_ENTRIES} entries")
    return item


def _data_item(item: rlp.Item, field: str) -> bytes:
    if not isinstance(item, bytes) or len(item) > MAX_DATA_BYTES:
        raise MalformedTransaction(f"{field} is not of at most {MAX_DATA_BYTES} bytes")
    return item


def _access_json(value: Any, field: str) -> rlp.Encodable:
    return [
        [
            data(get(entry, "address"), f"{field}.address", length=20),
            [data(key, f"{field}.storageKeys", length=32) for key in _list(get(entry, "storageKeys"), f"{field}.storageKeys")],
        ]
        for entry in _list(value, field)
    ]


def _access_item(item: rlp.Item, field: str) -> AccessList:
    result: list[tuple[bytes, tuple[bytes, ...]]] = []
    for entry in _items(item, field):
        if len(parts := _items(entry, field)) != 2:
            raise MalformedTransaction(f"an entry of {field} has {len(parts)} parts")
        keys = tuple(_bytes_item(key, f"{field} key", (32,)) for key in _items(parts[1], field))
        result.append((_bytes_item(parts[0], f"{field} address", (20,)), keys))
    return tuple(result)


def _authorizations_json(value: Any, field: str) -> rlp.Encodable:
    return [
        [
            rlp.encode_uint(quantity(get(entry, "chainId"), f"{field}.chainId")),
            data(get(entry, "address"), f"{field}.address", length=20),
            rlp.encode_uint(quantity(get(entry, "nonce"), f"{field}.nonce", bits=64)),
            rlp.encode_uint(quantity(_y_parity(entry), f"{field}.yParity", bits=8)),
            rlp.encode_uint(quantity(get(entry, "r"), f"{field}.r")),
            rlp.encode_uint(quantity(get(entry, "s"), f"{field}.s")),
        ]
        for entry in _list(value, field)
    ]


def _authorizations_item(item: rlp.Item, field: str) -> tuple[Authorization, ...]:
    result: list[Authorization] = []
    for entry in _items(item, field):
        if len(parts := _items(entry, field)) != 6:
            raise MalformedTransaction(f"an entry of {field} has {len(parts)} parts")
        chain_id, address, nonce, y_parity, r, s = parts
        result.append(
            Authorization(
                rlp.decode_uint(chain_id),
                _bytes_item(address, f"{field} address", (20,)),
                rlp.decode_uint(nonce, max_bytes=8),
                rlp.decode_uint(y_parity, max_bytes=1),
                rlp.decode_uint(r),
                rlp.decode_uint(s),
            )
        )
    return tuple(result)


def _y_parity(entry: Mapping[str, Any]) -> Any:
    return get(entry, "yParity" if "yParity" in mapping(entry, "signature") else "v")


UINT = _uint_kind(256)
"""An unsigned integer."""
UINT64 = _uint_kind(64)
"""An unsigned integer of at most 64 bits."""
PARITY = _uint_kind(8)
"""`yParity`; older servers name it `v`."""
ADDRESS = Kind(lambda value, field: data(value, field, length=20), lambda item, field: _bytes_item(item, field, (20,)))
"""An address that must be there."""
TO = Kind(
    lambda value, field: b"" if value is None or value == "0x" else data(value, field, length=20),
    lambda item, field: _bytes_item(item, field, (0, 20)) or None,
)
"""An address, or none where a contract is created."""
DATA = Kind(lambda value, field: data(value, field, max_length=MAX_DATA_BYTES), _data_item)
"""Calldata."""
ACCESS_LIST = Kind(_access_json, _access_item)
"""EIP-2930 access list."""
HASHES = Kind(
    lambda value, field: [data(one, field, length=32) for one in _list(value, field)],
    lambda item, field: tuple(_bytes_item(one, field, (32,)) for one in _items(item, field)),
)
"""Versioned hashes of blobs."""
AUTHORIZATIONS = Kind(_authorizations_json, _authorizations_item)
"""EIP-7702 authorizations."""

Field = tuple[str, str, Kind]
"""JSON name, our name, kind."""

_SIGNATURE: tuple[Field, ...] = (("yParity", "v", PARITY), ("r", "r", UINT), ("s", "s", UINT))
_GAS_TO_DATA: tuple[Field, ...] = (("gas", "gas", UINT64), ("to", "to", TO), ("value", "value", UINT), ("input", "data", DATA))
_GAS_CALL_DATA: tuple[Field, ...] = (("gas", "gas", UINT64), ("to", "to", ADDRESS), ("value", "value", UINT), ("input", "data", DATA))
_CHAIN: tuple[Field, ...] = (("chainId", "chain_id", UINT), ("nonce", "nonce", UINT64))
_PRICE: tuple[Field, ...] = (("gasPrice", "gas_price", UINT),)
_FEES: tuple[Field, ...] = (("maxPriorityFeePerGas", "max_priority_fee_per_gas", UINT), ("maxFeePerGas", "max_fee_per_gas", UINT))
_ACCESS: tuple[Field, ...] = (("accessList", "access_list", ACCESS_LIST),)

FIELDS: dict[int, tuple[Field, ...]] = {
    0: (("nonce", "nonce", UINT64), *_PRICE, *_GAS_TO_DATA, ("v", "v", UINT64), ("r", "r", UINT), ("s", "s", UINT)),
    1: (*_CHAIN, *_PRICE, *_GAS_TO_DATA, *_ACCESS, *_SIGNATURE),
    2: (*_CHAIN, *_FEES, *_GAS_TO_DATA, *_ACCESS, *_SIGNATURE),
    3: (
        *_CHAIN,
        *_FEES,
        *_GAS_CALL_DATA,
        *_ACCESS,
        ("maxFeePerBlobGas", "max_fee_per_blob_gas", UINT),
        ("blobVersionedHashes", "blob_versioned_hashes", HASHES),
        *_SIGNATURE,
    ),
    4: (*_CHAIN, *_FEES, *_GAS_CALL_DATA, *_ACCESS, ("authorizationList", "authorizations", AUTHORIZATIONS), *_SIGNATURE),
}
"""Fields of each transaction type in signing order, the signature last."""


def json_value(transaction: Mapping[str, Any], name: str) -> Any:
    """Returns the field of a server's transaction under the names in use; a missing `to` creates a contract."""
    if name == "yParity":
        return _y_parity(transaction)
    if name == "input" and name not in transaction:
        return get(transaction, "data")
    return transaction.get("to") if name == "to" else get(transaction, name)
