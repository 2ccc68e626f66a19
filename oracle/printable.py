"""Which names a file may hold: a line break or an escape can draw lines of a report that nobody made. Pure.

`str.isprintable` also refuses what Python's own edition of Unicode does not know yet, so a file would be good under one release of Python
and refuted under another, or by the verify page. A character that is not assigned draws nothing.
"""

from unicodedata import category

_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp", "Zs"})
"""Controls, formats, halves of pairs, private use, and all white space but the blank."""
_HIEROGLYPHS = range(0x13430, 0x13460)
"""Egyptian controls, of which Unicode 15 knows more than 14."""


def is_printable(text: str) -> bool:
    """Returns whether every character shows as itself, whatever edition of Unicode is at hand."""
    return (text.isascii() and text.isprintable()) or not any(map(_is_unseen, text))


def _is_unseen(character: str) -> bool:
    return character != " " and (category(character) in _UNSEEN or ord(character) in _HIEROGLYPHS)
