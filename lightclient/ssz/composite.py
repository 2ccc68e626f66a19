"""SSZ types made of others: Vector, List and Container.

Implements the consensus specification's `ssz/simple-serialize.md`. Values of vectors and lists are tuples; values of a container are
instances of its record, a frozen dataclass. Invariant: offsets of variable-size parts start exactly where the fixed part ends, never fall,
and never pass the end, so one byte string has one reading; counts are checked against the limit before anything is allocated.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from operator import attrgetter
from typing import Any, TypeVar

from lightclient.errors import InvalidValue, MalformedSsz
from lightclient.ssz.basic import Boolean, ByteVector, SszType, Uint
from lightclient.ssz.merkle import build_branch, merkleize, mix_in_length, pack, tree_depth

E = TypeVar("E")
R = TypeVar("R")

OFFSET_BYTES = 4
"""Width of the offset that stands in the fixed part for each variable-size part."""


@dataclass(frozen=True, slots=True)
class Vector(SszType[tuple[E, ...]]):
    """Exactly `length` elements."""

    element: SszType[E]
    """Type of every element."""
    length: int
    """Number of elements."""

    def __post_init__(self) -> None:
        if self.length < 1:
            raise InvalidValue("Vector", "a vector has at least one element")

    @property
    def size(self) -> int | None:
        """Bytes of every encoding, or None where elements vary."""
        return None if self.element.size is None else self.element.size * self.length

    def encode(self, value: tuple[E, ...]) -> bytes:
        """Returns the elements one after the other."""
        self._refuse_length(value)
        return _encode_parts([(self.element, item) for item in value])

    def decode(self, data: bytes) -> tuple[E, ...]:
        """Returns the elements."""
        self._refuse_size(data)
        return _decode_sequence(self, self.element, data, self.length, exact=True)

    def root(self, value: tuple[E, ...]) -> bytes:
        """Returns the root over the elements."""
        self._refuse_length(value)
        return merkleize(_chunks(self.element, value), _chunk_limit(self.element, self.length))

    def default(self) -> tuple[E, ...]:
        """Returns default elements."""
        return (self.element.default(),) * self.length

    def _refuse_length(self, value: tuple[E, ...]) -> None:
        if len(value) != self.length:
            raise InvalidValue(str(self), f"{len(value)} elements instead of {self.length}")


@dataclass(frozen=True, slots=True)
class List(SszType[tuple[E, ...]]):
    """At most `limit` elements."""

    element: SszType[E]
    """Type of every element."""
    limit: int
    """Most elements of any value."""

    @property
    def size(self) -> None:
        """None: the length varies."""
        return

    def encode(self, value: tuple[E, ...]) -> bytes:
        """Returns the elements one after the other."""
        self._refuse_length(value)
        return _encode_parts([(self.element, item) for item in value])

    def decode(self, data: bytes) -> tuple[E, ...]:
        """Returns the elements."""
        return _decode_sequence(self, self.element, data, self.limit, exact=False)

    def root(self, value: tuple[E, ...]) -> bytes:
        """Returns the root over the elements with their number mixed in."""
        self._refuse_length(value)
        return mix_in_length(merkleize(_chunks(self.element, value), _chunk_limit(self.element, self.limit)), len(value))

    def default(self) -> tuple[E, ...]:
        """Returns no elements."""
        return ()

    def _refuse_length(self, value: tuple[E, ...]) -> None:
        if len(value) > self.limit:
            raise InvalidValue(str(self), f"{len(value)} elements exceed the limit of {self.limit}")


@dataclass(frozen=True, slots=True)
class Container(SszType[R]):
    """Named fields in order, read into a record.

    The record may have more fields than the container (those of later forks): they must have defaults and are not hashed or written.
    """

    record: Callable[..., R]
    """The dataclass that values are instances of."""
    fields: tuple[tuple[str, SszType[Any]], ...]
    """Field names, as in the record, with their types."""

    def __str__(self) -> str:
        return getattr(self.record, "__name__", "Container")

    @property
    def size(self) -> int | None:
        """Bytes of every encoding, or None where a field varies."""
        sizes = [kind.size for _, kind in self.fields]
        return None if None in sizes else sum(size for size in sizes if size is not None)

    def encode(self, value: R) -> bytes:
        """Returns the fixed part followed by the variable-size parts."""
        return _encode_parts([(kind, self._field(value, name)) for name, kind in self.fields])

    def decode(self, data: bytes) -> R:
        """Returns the record."""
        self._refuse_size(data)
        kinds = [kind for _, kind in self.fields]
        parts = _split(str(self), kinds, data)
        return self.record(**{name: kind.decode(part) for (name, kind), part in zip(self.fields, parts, strict=True)})

    def root(self, value: R) -> bytes:
        """Returns the root over the fields' roots."""
        return merkleize(self.field_roots(value))

    def default(self) -> R:
        """Returns the record with every field at its default."""
        return self.record(**{name: kind.default() for name, kind in self.fields})

    def field_roots(self, value: R) -> list[bytes]:
        """Returns the leaves of the container's tree, in field order."""
        return [kind.root(self._field(value, name)) for name, kind in self.fields]

    def field_branch(self, value: R, name: str) -> tuple[bytes, ...]:
        """Returns the branch from the named field's root up to the container's root."""
        return build_branch(self.field_roots(value), self._index(name))

    def field_gindex(self, name: str) -> int:
        """Returns the generalized index of the named field within this container."""
        return (1 << tree_depth(len(self.fields))) + self._index(name)

    def _index(self, name: str) -> int:
        return [field for field, _ in self.fields].index(name)

    def _field(self, value: R, name: str) -> Any:
        found = attrgetter(name)(value)
        if found is None:
            raise InvalidValue(str(self), f"field {name} is absent; the value belongs to an earlier fork")
        return found


def _chunks(element: SszType[Any], value: Sequence[Any]) -> list[bytes]:
    if isinstance(element, Uint | Boolean):
        return pack(b"".join(element.encode(item) for item in value))
    if isinstance(element, ByteVector) and 32 < element.length <= 64:
        # Public keys: two chunks each, hashed in one call. This is most of a sync committee's root.
        pad = bytes(64 - element.length)
        return [sha256(element.encode(item) + pad).digest() for item in value]
    return [element.root(item) for item in value]


def _chunk_limit(element: SszType[Any], length: int) -> int:
    if isinstance(element, Uint | Boolean):
        return (length * element.size + 31) // 32
    return length


def _encode_parts(parts: list[tuple[SszType[Any], Any]]) -> bytes:
    encoded = [(kind.size, kind.encode(value)) for kind, value in parts]
    offset = sum(OFFSET_BYTES if size is None else size for size, _ in encoded)
    head: list[bytes] = []
    tail: list[bytes] = []
    for size, data in encoded:
        if size is None:
            head.append(offset.to_bytes(OFFSET_BYTES, "little"))
            tail.append(data)
            offset += len(data)
        else:
            head.append(data)
    return b"".join(head + tail)


def _split(kind: str, types: list[SszType[Any]], data: bytes) -> list[bytes]:
    """Returns each part's bytes, checking that the offsets leave nothing over and nothing out."""
    fixed = sum(OFFSET_BYTES if t.size is None else t.size for t in types)
    if len(data) < fixed:
        raise MalformedSsz(kind, f"{len(data)} bytes are fewer than the fixed part's {fixed}")
    position = 0
    parts: list[bytes] = []
    variable: list[int] = []
    offsets: list[int] = []
    for index, t in enumerate(types):
        size = t.size
        if size is None:
            variable.append(index)
            offsets.append(int.from_bytes(data[position : position + OFFSET_BYTES], "little"))
            parts.append(b"")
            position += OFFSET_BYTES
        else:
            parts.append(data[position : position + size])
            position += size
    offsets.append(len(data))
    if offsets[0] != fixed:
        raise MalformedSsz(kind, f"first offset is {offsets[0]} instead of {fixed}")
    for index, start, end in zip(variable, offsets, offsets[1:], strict=False):
        if start > end:
            raise MalformedSsz(kind, f"offset {start} lies past the next one, {end}")
        parts[index] = data[start:end]
    return parts


def _decode_sequence(kind: SszType[Any], element: SszType[E], data: bytes, limit: int, *, exact: bool) -> tuple[E, ...]:
    size = element.size
    if size is not None:
        count, rest = divmod(len(data), size)
        if rest:
            raise MalformedSsz(str(kind), f"{len(data)} bytes are no multiple of {size}")
    else:
        first = int.from_bytes(data[:OFFSET_BYTES], "little") if len(data) >= OFFSET_BYTES else 0
        count, rest = divmod(first, OFFSET_BYTES)
        if rest or (data and first == 0) or first > len(data):
            raise MalformedSsz(str(kind), f"first offset {first} is not a table of offsets within {len(data)} bytes")
    if count > limit or (exact and count != limit):
        raise MalformedSsz(str(kind), f"{count} elements where {'exactly' if exact else 'at most'} {limit} may be")
    if size is not None:
        return tuple(element.decode(data[i : i + size]) for i in range(0, len(data), size))
    if not count:
        return ()
    return tuple(element.decode(part) for part in _split(str(kind), [element] * count, data))
