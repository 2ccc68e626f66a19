"""What stands after the question mark of a page's address, checked: a filter that cannot be followed is refused and named. Pure.

An empty value is the field's usual one, as a form sends it for what nobody chose.
"""

import re
from collections.abc import Iterable, Sequence

from gateway.web.errors import QueryRefusedError

_WHOLE = re.compile(r"[0-9]{1,18}", re.ASCII)
_SHOWN = 12
"""So many of the words that are taken are named in a refusal."""


def fields(pairs: Iterable[tuple[str, str]], names: Sequence[str]) -> dict[str, str]:
    """Returns the fields by name; every page takes `format=json` besides its own.

    Raises:
        QueryRefusedError: a name is unknown, or stands twice.
    """
    found: dict[str, str] = {}
    for name, value in pairs:
        if name != "format" and name not in names:
            raise QueryRefusedError(name, value, "this page has no such field", listed(("format", *names)))
        if name in found:
            raise QueryRefusedError(name, value, "it stands twice", "one value")
        found[name] = value
    choice(found, "format", ("json",), "")
    return found


def choice(given: dict[str, str], name: str, taken: Sequence[str], otherwise: str) -> str:
    """Returns the word given for a field.

    Raises:
        QueryRefusedError: it is none of those that are taken.
    """
    value = given.get(name, "")
    if not value:
        return otherwise
    if value not in taken:
        raise QueryRefusedError(name, value, "it is unknown here", listed(taken))
    return value


def whole(given: dict[str, str], name: str, low: int, high: int) -> int | None:
    """Returns the whole number given for a field; None where none is given.

    Raises:
        QueryRefusedError: it is no whole number, or out of range.
    """
    value = given.get(name, "")
    if not value:
        return None
    taken = f"a whole number from {low} to {high}"
    if not _WHOLE.fullmatch(value):
        raise QueryRefusedError(name, value, "it is no whole number", taken)
    if not low <= int(value) <= high:
        raise QueryRefusedError(name, value, "it is out of range", taken)
    return int(value)


def listed(taken: Sequence[str]) -> str:
    """Returns the words that are taken, as many as a sentence holds."""
    more = f" and {len(taken) - _SHOWN} more" if len(taken) > _SHOWN else ""
    return ", ".join(taken[:_SHOWN]) + more
