"""Recursive Length Prefix, strictly: one encoding per value, bounded depth.

Source: Ethereum yellow paper, appendix B. Own code, because a verifier must refuse what lenient decoders accept (long forms of short
lengths, a prefixed single byte, trailing bytes) and must do so before it recurses.
"""

from collections.abc import Sequence

from lightclient.execution.errors import MalformedRlp

Item = bytes | list["Item"]
"""A byte string or a list of items."""

Encodable = bytes | Sequence["Encodable"]
"""What can be encoded."""

MAX_NESTING = 8
"""Deepest nesting of lists: a trie node embeds at most a few nodes, a header none."""


MAX_ITEMS = 1 << 17
"""Most items of all lists together: more storage keys than any block's gas pays for, and less memory than an empty list per byte takes."""


def decode(data: bytes) -> Item:
    """Returns the one item that the bytes encode.

    Raises:
        MalformedRlp: the bytes are not exactly one item in canonical form.
    """
    item, end = _decode(data, 0, len(data), 0, [MAX_ITEMS])
    if end != len(data):
        raise MalformedRlp(f"{len(data) - end} bytes follow the item")
    return item


def encode(item: Encodable) -> bytes:
    """Returns the canonical encoding."""
    if isinstance(item, bytes):
        return item if len(item) == 1 and item[0] < 0x80 else _length(len(item), 0x80) + item
    payload = b"".join(encode(part) for part in item)
    return _length(len(payload), 0xC0) + payload


def encode_uint(value: int) -> bytes:
    """Returns an unsigned integer's byte string: big-endian without leading zeros, empty for zero. It still has to be encoded."""
    return value.to_bytes((value.bit_length() + 7) // 8, "big")


def decode_uint(data: Item, *, max_bytes: int = 32) -> int:
    """Returns the unsigned integer of a byte string.

    Raises:
        MalformedRlp: it has a leading zero, is too long, or is a list.
    """
    if not isinstance(data, bytes) or len(data) > max_bytes or data[:1] == b"\0":
        raise MalformedRlp("an integer has a leading zero, is a list, or is too long")
    return int.from_bytes(data, "big")


def _decode(data: bytes, start: int, limit: int, depth: int, left: list[int]) -> tuple[Item, int]:
    if start >= limit:
        raise MalformedRlp("an item is missing")
    first = data[start]
    if first < 0x80:
        return data[start : start + 1], start + 1
    base = 0x80 if first < 0xC0 else 0xC0
    begin, end = _span(data, start, limit, base)
    if base == 0x80:
        if end - begin == 1 and data[begin] < 0x80:
            raise MalformedRlp(f"byte {data[begin]:#04x} carries a prefix that it does not need")
        return data[begin:end], end
    if depth == MAX_NESTING:
        raise MalformedRlp(f"lists nest deeper than {MAX_NESTING}")
    items: list[Item] = []
    position = begin
    while position < end:
        left[0] -= 1
        if left[0] < 0:
            raise MalformedRlp(f"lists hold more than {MAX_ITEMS} items")
        item, position = _decode(data, position, end, depth + 1, left)
        items.append(item)
    return items, end


def _span(data: bytes, start: int, limit: int, base: int) -> tuple[int, int]:
    """Returns where the payload of a prefixed item begins and ends."""
    length = data[start] - base
    begin = start + 1
    if length > 55:
        width = length - 55
        digits = data[begin : min(begin + width, limit)]
        length = int.from_bytes(digits, "big")
        if len(digits) != width or digits[0] == 0 or length < 56:
            raise MalformedRlp("a length is cut off or not in its shortest form")
        begin += width
    if begin + length > limit:
        raise MalformedRlp(f"an item of {length} bytes passes the end")
    return begin, begin + length


def _length(length: int, base: int) -> bytes:
    if length < 56:
        return bytes([base + length])
    digits = encode_uint(length)
    return bytes([base + 55 + len(digits)]) + digits
