"""SSZ types whose values are one Python int, bool or bytes.

Implements the consensus specification's `ssz/simple-serialize.md` for uintN, boolean, ByteVector, ByteList, Bitvector and Bitlist.
Bit fields stay packed bytes (little-endian bit order, as on the wire): `int.from_bytes(bits, "little")` gives tests and counts at once.
Invariant: `decode` accepts exactly the bytes that `encode` produces.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Generic, TypeVar

from lightclient.errors import InvalidValue, MalformedSsz
from lightclient.ssz.merkle import merkleize, mix_in_length, pack

T = TypeVar("T")


class SszType(ABC, Generic[T]):
    """A type of SSZ as a value: knows how its Python values are written, read and hashed."""

    __slots__ = ()

    @property
    @abstractmethod
    def size(self) -> int | None:
        """Bytes of every encoding, or None where they vary."""

    @abstractmethod
    def encode(self, value: T) -> bytes:
        """Returns the serialization. Raises InvalidValue where the value does not fit."""

    @abstractmethod
    def decode(self, data: bytes) -> T:
        """Returns the value. Raises MalformedSsz unless `data` is exactly one canonical encoding."""

    @abstractmethod
    def root(self, value: T) -> bytes:
        """Returns the hash tree root, 32 bytes."""

    @abstractmethod
    def default(self) -> T:
        """Returns the default value: zero, empty, recursively."""

    def _refuse_size(self, data: bytes) -> None:
        if self.size is not None and len(data) != self.size:
            raise MalformedSsz(str(self), f"{len(data)} bytes instead of {self.size}")


@dataclass(frozen=True, slots=True)
class Uint(SszType[int]):
    """An unsigned integer of `width` bytes, little-endian."""

    width: int
    """Bytes: 1, 2, 4, 8, 16 or 32."""

    @property
    def size(self) -> int:
        """Bytes of every encoding."""
        return self.width

    def encode(self, value: int) -> bytes:
        """Returns the little-endian bytes."""
        try:
            return value.to_bytes(self.width, "little")
        except OverflowError:
            raise InvalidValue(str(self), f"{value} does not fit {self.width} bytes") from None

    def decode(self, data: bytes) -> int:
        """Returns the integer."""
        self._refuse_size(data)
        return int.from_bytes(data, "little")

    def root(self, value: int) -> bytes:
        """Returns the integer's chunk."""
        return self.encode(value).ljust(32, b"\0")

    def default(self) -> int:
        """Returns zero."""
        return 0


@dataclass(frozen=True, slots=True)
class Boolean(SszType[bool]):
    """One byte, 0 or 1."""

    @property
    def size(self) -> int:
        """Bytes of every encoding."""
        return 1

    def encode(self, value: bool) -> bytes:
        """Returns one byte."""
        return b"\1" if value else b"\0"

    def decode(self, data: bytes) -> bool:
        """Returns the truth value; any byte but 0 and 1 is refused."""
        if data not in (b"\0", b"\1"):
            raise MalformedSsz(str(self), f"0x{data[:8].hex()} is neither 00 nor 01")
        return data == b"\1"

    def root(self, value: bool) -> bytes:
        """Returns the byte's chunk."""
        return self.encode(value).ljust(32, b"\0")

    def default(self) -> bool:
        """Returns False."""
        return False


@dataclass(frozen=True, slots=True)
class ByteVector(SszType[bytes]):
    """Exactly `length` bytes."""

    length: int
    """Bytes of every value."""

    @property
    def size(self) -> int:
        """Bytes of every encoding."""
        return self.length

    def encode(self, value: bytes) -> bytes:
        """Returns the bytes themselves."""
        if len(value) != self.length:
            raise InvalidValue(str(self), f"{len(value)} bytes instead of {self.length}")
        return bytes(value)

    def decode(self, data: bytes) -> bytes:
        """Returns the bytes themselves."""
        self._refuse_size(data)
        return bytes(data)

    def root(self, value: bytes) -> bytes:
        """Returns the root over the bytes' chunks."""
        data = self.encode(value)
        return data if self.length == 32 else merkleize(pack(data))

    def default(self) -> bytes:
        """Returns zero bytes."""
        return bytes(self.length)


@dataclass(frozen=True, slots=True)
class ByteList(SszType[bytes]):
    """At most `limit` bytes."""

    limit: int
    """Most bytes of any value."""

    @property
    def size(self) -> None:
        """None: the length varies."""
        return

    def encode(self, value: bytes) -> bytes:
        """Returns the bytes themselves."""
        if len(value) > self.limit:
            raise InvalidValue(str(self), f"{len(value)} bytes exceed the limit of {self.limit}")
        return bytes(value)

    def decode(self, data: bytes) -> bytes:
        """Returns the bytes themselves."""
        if len(data) > self.limit:
            raise MalformedSsz(str(self), f"{len(data)} bytes exceed the limit of {self.limit}")
        return bytes(data)

    def root(self, value: bytes) -> bytes:
        """Returns the root over the bytes' chunks with the length mixed in."""
        return mix_in_length(merkleize(pack(self.encode(value)), (self.limit + 31) // 32), len(value))

    def default(self) -> bytes:
        """Returns no bytes."""
        return b""


@dataclass(frozen=True, slots=True)
class Bitvector(SszType[bytes]):
    """Exactly `length` bits, kept packed; bits past the end are zero."""

    length: int
    """Number of bits."""

    def __post_init__(self) -> None:
        if self.length < 1:
            raise InvalidValue("Bitvector", "a bit vector has at least one bit")

    @property
    def size(self) -> int:
        """Bytes of every encoding."""
        return (self.length + 7) // 8

    def encode(self, value: bytes) -> bytes:
        """Returns the packed bits."""
        if len(value) != self.size or int.from_bytes(value, "little") >> self.length:
            raise InvalidValue(str(self), f"0x{value.hex()} is not {self.length} bits")
        return bytes(value)

    def decode(self, data: bytes) -> bytes:
        """Returns the packed bits; a set bit past the end is refused."""
        self._refuse_size(data)
        if int.from_bytes(data, "little") >> self.length:
            raise MalformedSsz(str(self), f"a bit past the {self.length}th is set")
        return bytes(data)

    def root(self, value: bytes) -> bytes:
        """Returns the root over the packed bits' chunks."""
        return merkleize(pack(self.encode(value)))

    def default(self) -> bytes:
        """Returns no bit set."""
        return bytes(self.size)


@dataclass(frozen=True, slots=True)
class Bitlist(SszType[tuple[bool, ...]]):
    """At most `limit` bits; the encoding ends with a set delimiter bit."""

    limit: int
    """Most bits of any value."""

    @property
    def size(self) -> None:
        """None: the length varies."""
        return

    def encode(self, value: tuple[bool, ...]) -> bytes:
        """Returns the packed bits and the delimiter."""
        if len(value) > self.limit:
            raise InvalidValue(str(self), f"{len(value)} bits exceed the limit of {self.limit}")
        return ((1 << len(value)) | _packed(value)).to_bytes(len(value) // 8 + 1, "little")

    def decode(self, data: bytes) -> tuple[bool, ...]:
        """Returns the bits; a missing delimiter and more bits than the limit are refused."""
        if not data or data[-1] == 0:
            raise MalformedSsz(str(self), "the delimiting bit is missing")
        length = 8 * (len(data) - 1) + data[-1].bit_length() - 1
        if length > self.limit:
            raise MalformedSsz(str(self), f"{length} bits exceed the limit of {self.limit}")
        return tuple(bool(data[i >> 3] >> (i & 7) & 1) for i in range(length))

    def root(self, value: tuple[bool, ...]) -> bytes:
        """Returns the root over the packed bits with the length mixed in."""
        if len(value) > self.limit:
            raise InvalidValue(str(self), f"{len(value)} bits exceed the limit of {self.limit}")
        data = _packed(value).to_bytes((len(value) + 7) // 8, "little")
        return mix_in_length(merkleize(pack(data), (self.limit + 255) // 256), len(value))

    def default(self) -> tuple[bool, ...]:
        """Returns no bits."""
        return ()


def _packed(bits: tuple[bool, ...]) -> int:
    return sum(1 << i for i, bit in enumerate(bits) if bit)
