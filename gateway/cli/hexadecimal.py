"""Hexadecimal arguments: exactly so many bytes, or the call ends with a line that names the option."""

from gateway.cli.terminal import fail

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


def storage_key(option: str, text: str) -> bytes:
    """Returns a 32-byte storage key from 0x-prefixed hexadecimal of at most 64 digits, or from a decimal slot number."""
    try:
        number = int(text, 16) if text.startswith("0x") and text.isalnum() else int(text)
        return number.to_bytes(32, "big")
    except (ValueError, OverflowError):
        fail(f"{option} {text[:SHOWN]!r} is neither a slot number nor 0x and at most 64 hexadecimal digits", code=2)
