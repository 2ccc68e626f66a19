"""What options pin, hexadecimal for the most part: exactly so many bytes, or the call ends with a line that names the option.

An option that was given empty, by an unset variable perhaps, is a wrong value and never the same as one that was left out.
"""

import re

from gateway.cli.terminal import fail

_VERSION = re.compile(r"[0-9]{1,4}(\.[0-9]{1,4}){1,3}")
SHOWN = 70
"""Characters of a wrong value that are repeated."""


def exactly(option: str, text: str, length: int) -> bytes:
    """Returns the bytes of 0x-prefixed hexadecimal of exactly that length; otherwise ends the process with exit code 2."""
    digits = text.removeprefix("0x")
    if not text.startswith("0x") or len(digits) != 2 * length or not digits.isalnum():
        fail(f"{option} {text[:SHOWN]!r} is not 0x and {2 * length} hexadecimal digits", code=2)
    try:
        return bytes.fromhex(digits)
    except ValueError:
        fail(f"{option} {text[:SHOWN]!r} is not 0x and {2 * length} hexadecimal digits", code=2)


def pinned(option: str, text: str | None, length: int) -> bytes | None:
    """Returns the bytes of an option as `exactly` reads them; None only where it was left out."""
    return None if text is None else exactly(option, text, length)


def version(option: str, text: str | None) -> str | None:
    """Returns a version such as 0.26 or 1.4.0, None where the option was left out; anything else ends the process with exit code 2."""
    if text is not None and not _VERSION.fullmatch(text):
        fail(f"{option} {text[:SHOWN]!r} is no version such as 0.26 or 1.4.0", code=2)
    return text


def storage_key(option: str, text: str) -> bytes:
    """Returns a 32-byte storage key from 0x-prefixed hexadecimal of at most 64 digits, or from a decimal slot number."""
    try:
        number = int(text, 16) if text.startswith("0x") and text.isalnum() else int(text)
        return number.to_bytes(32, "big")
    except (ValueError, OverflowError):
        fail(f"{option} {text[:SHOWN]!r} is neither a slot number nor 0x and at most 64 hexadecimal digits", code=2)
