"""Simple Serialize: encoding, strict decoding, hash tree roots and Merkle branches over hashlib.

Types are values (`Uint(8)`, `Vector(ByteVector(48), 512)`, `Container(record, fields)`), so one record serves every fork and preset, and
the tables in `lightclient.types` say which fields each has. Not a general library: unions and progressive types, which no light-client
message uses, are absent. Spec: https://github.com/ethereum/consensus-specs/blob/v1.6.1/ssz/simple-serialize.md
"""

from typing import Any, Protocol, TypeVar

from lightclient.ssz.basic import Bitlist, Bitvector, Boolean, ByteList, ByteVector, SszType, Uint
from lightclient.ssz.composite import Container, List, Vector
from lightclient.ssz.merkle import (
    ZERO_HASHES,
    build_branch,
    concat_generalized_indices,
    floorlog2,
    get_subtree_index,
    is_valid_merkle_branch,
    is_valid_normalized_merkle_branch,
    merkleize,
    mix_in_length,
    normalize_merkle_branch,
    pack,
    root_from_branch,
    tree_depth,
)

T = TypeVar("T")


class SelfDescribing(Protocol):
    """A record that can tell its own SSZ type from its fields."""

    def ssz_type(self) -> SszType[Any]:
        """Returns the type that fits the record."""
        ...


def hash_tree_root(value: SelfDescribing) -> bytes:
    """Returns the hash tree root of a record that knows its own type, 32 bytes."""
    return value.ssz_type().root(value)


def serialize(value: SelfDescribing) -> bytes:
    """Returns the SSZ encoding of a record that knows its own type."""
    return value.ssz_type().encode(value)


def deserialize(kind: SszType[T], data: bytes) -> T:
    """Returns the value that the bytes encode.

    Raises:
        MalformedSsz: the bytes are not exactly one canonical encoding of the type.
    """
    return kind.decode(data)


__all__ = [
    "ZERO_HASHES",
    "Bitlist",
    "Bitvector",
    "Boolean",
    "ByteList",
    "ByteVector",
    "Container",
    "List",
    "SelfDescribing",
    "SszType",
    "Uint",
    "Vector",
    "build_branch",
    "concat_generalized_indices",
    "deserialize",
    "floorlog2",
    "get_subtree_index",
    "hash_tree_root",
    "is_valid_merkle_branch",
    "is_valid_normalized_merkle_branch",
    "merkleize",
    "mix_in_length",
    "normalize_merkle_branch",
    "pack",
    "root_from_branch",
    "serialize",
    "tree_depth",
]
