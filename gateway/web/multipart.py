"""Forms with files as browsers send them (RFC 7578), bounded. Pure.

A few fields and one file; nothing nested, no transfer encodings, names in ASCII. What does not fit is refused, not repaired.
"""

import re

MAX_PARTS = 8
"""Parts of one form; ours have three."""
MAX_HEAD = 1024
"""Bytes before a part's content."""

_BOUNDARY = re.compile(r'multipart/form-data;\s*boundary="?([0-9A-Za-z\'()+_,./:=?-]{1,70})"?\s*', re.IGNORECASE)
_NAME = re.compile(rb'(?:^|;)\s*name="([a-z-]{1,40})"')


class FormRefusedError(ValueError):
    """The body is no form of this kind."""

    status = 400
    """The answer's status."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        """What is wrong with it."""
        super().__init__(f"this is no form with a file: {reason}")


class TooLargeError(FormRefusedError):
    """The body has more bytes than are read."""

    status = 413

    def __init__(self, most: int) -> None:
        self.most = most
        """Bytes that are read."""
        super().__init__(f"more than {most} bytes")


class TooSlowError(FormRefusedError):
    """The body did not arrive in time."""

    status = 408

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        """How long it was waited for."""
        super().__init__(f"it did not arrive within {seconds:.0f} seconds")


def parse(content_type: str, body: bytes) -> dict[str, bytes]:
    """Returns the content of each field by its name; raises FormRefusedError."""
    match = _BOUNDARY.fullmatch(content_type)
    if match is None:
        raise FormRefusedError("its content type names no boundary")
    border = b"--" + match[1].encode()
    begin, *parts = (b"\r\n" + body).split(b"\r\n" + border, MAX_PARTS + 1)
    if begin or not parts or not parts[-1].startswith(b"--"):
        raise FormRefusedError(f"it does not begin and end with its boundary, or has more than {MAX_PARTS} parts")
    found: dict[str, bytes] = {}
    for part in parts[:-1]:
        head, separator, content = part.partition(b"\r\n\r\n")
        disposition = next((line for line in head.split(b"\r\n") if line.lower().startswith(b"content-disposition:")), b"")
        name = _NAME.search(disposition)
        if not separator or len(head) > MAX_HEAD or name is None or name[1].decode() in found:
            raise FormRefusedError("a part has no name, or one that occurs twice")
        found[name[1].decode()] = content
    return found
