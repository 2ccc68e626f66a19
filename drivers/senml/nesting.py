"""How deep JSON may nest, checked before any parser sees it. Pure.

Parsers recurse and rely on the interpreter's recursion limit, but some libraries raise that limit for the whole process past what the C
stack holds; a few hundred kilobytes of opening brackets then end the process. One pass of byte counting, a second one only when suspicious.
"""

from drivers.senml.errors import TooDeep

HARMLESS = 8192
"""So many brackets cannot exhaust the C stack however they nest; a pack of the most records has half of that."""

_NOT_BRACKETS = bytes(byte for byte in range(256) if byte not in b"[]{}")


def check_nesting(data: bytes, limit: int) -> None:
    """Returns if a parser may safely recurse into the text.

    Raises:
        TooDeep: there are more brackets than are harmless, and they nest deeper than `limit`.
    """
    if data.count(b"[") + data.count(b"{") <= HARMLESS:
        return
    # Without escaped backslashes and escaped quotes, every second part between quotes is the inside of a string.
    outside = b"".join(data.replace(rb"\\", b"").replace(rb"\"", b"").split(b'"')[::2])
    depth = 0
    for bracket in outside.translate(None, _NOT_BRACKETS):
        depth += 1 if bracket in b"[{" else -1
        if depth > limit:
            raise TooDeep(limit)
