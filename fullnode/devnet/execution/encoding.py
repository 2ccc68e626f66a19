"""RLP (Yellow Paper appendix B), keccak-256 and the trie's key paths, as small fast functions.

Deliberately not a general RLP library: it only builds what the trie needs. Everything that EELS encodes (headers, receipts,
transactions) goes through EELS; this module exists because its trie is rebuilt from nothing for every root.
"""

from functools import lru_cache
from typing import Final

from sha3 import keccak_256

_HEX_TO_NIBBLE: Final = bytes.maketrans(b"0123456789abcdef", bytes(range(16)))
_NIBBLE_TO_HEX: Final = bytes.maketrans(bytes(range(16)), b"0123456789abcdef")
EMPTY_STRING: Final = b"\x80"
"""RLP of the empty byte string."""


def keccak(data: bytes) -> bytes:
    """Returns the keccak-256 hash, 32 bytes."""
    digest: bytes = keccak_256(data).digest()
    return digest


@lru_cache(maxsize=1024)
def code_hash(code: bytes) -> bytes:
    """Returns keccak-256 of contract code; few codes are hashed again and again."""
    return keccak(code)


@lru_cache(maxsize=65536)
def path_of(key: bytes) -> bytes:
    """Returns the 64 nibbles of keccak-256(key): the key's path in a secure trie."""
    return nibbles(keccak(key))


def nibbles(data: bytes) -> bytes:
    """Returns one byte per nibble of data, high nibble first."""
    return data.hex().encode().translate(_HEX_TO_NIBBLE)


def hex_prefix(path: bytes, *, leaf: bool) -> bytes:
    """Returns the hex-prefix encoding of a nibble path (Yellow Paper appendix C)."""
    flag = 2 if leaf else 0
    prefix = bytes((flag + 1,)) if len(path) % 2 else bytes((flag, 0))
    return bytes.fromhex((prefix + path).translate(_NIBBLE_TO_HEX).decode())


def rlp_bytes(data: bytes) -> bytes:
    """Returns the RLP of a byte string."""
    if len(data) == 1 and data[0] < 0x80:
        return data
    return _header(0x80, len(data)) + data


def rlp_list(payload: bytes) -> bytes:
    """Returns the RLP of a list whose items are already encoded and joined."""
    return _header(0xC0, len(payload)) + payload


def rlp_int(value: int) -> bytes:
    """Returns the RLP of a non-negative integer: big endian without leading zeros."""
    return rlp_bytes(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def _header(base: int, length: int) -> bytes:
    if length < 56:
        return bytes((base + length,))
    size = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes((base + 55 + len(size),)) + size
