"""What a label's code says, a GS1 Digital Link with perhaps the hash of a bundle, held against the file that was found for it. Pure.

A good bundle of another shipment is proven like any other: only the comparison says that it is not about the box at hand.
"""

import hashlib
import re
from dataclasses import dataclass, replace
from typing import Self
from urllib.parse import parse_qsl, urlsplit

from oracle.errors import InvalidKeyError, RefusedError
from oracle.gs1 import Key
from oracle.verify_walk import Check, Outcome, Report

CHECK = "label"
"""Name of the check in a report."""
HASH_PARAMETER = "sha256"
"""Query parameter of a link that names the hash of the bundle's bytes, as a label prints it; its name is read in any case."""

_DIGEST = re.compile(r"(?:0x)?([0-9a-f]{64})")


class LinkHashError(RefusedError):
    """A link names a hash that is none, or more than one."""

    def __init__(self, values: tuple[str, ...]) -> None:
        """Holds what the link gives as the hash."""
        self.values = values
        what = f"{values[0][:80]!r} is not 64 hexadecimal digits" if len(values) == 1 else f"it is given {len(values)} times"
        super().__init__(f"{HASH_PARAMETER}: {what}")


class LinkMismatchError(RefusedError):
    """A bundle is not the one that a link is about."""

    def __init__(self, what: str, actual: str, expected: str) -> None:
        """Holds what differs, the bundle's and the link's."""
        self.what = what
        self.actual = actual
        self.expected = expected
        super().__init__(f"the bundle's {what} is {actual[:80]}, the link names {expected[:80]}: it is not the one that the label is about")


@dataclass(frozen=True, slots=True)
class Label:
    """What a link names."""

    key: Key | None = None
    """The subject; None where no link was given."""
    sha256: str = ""
    """The hash of the bundle's bytes in hexadecimal; empty for none."""

    @classmethod
    def from_link(cls, link: str) -> Self:
        """Returns what a GS1 Digital Link names, under any host and behind any path.

        Raises:
            InvalidKeyError: the path ends in no key, or in one that is not well formed.
            LinkHashError: the hash is empty, malformed, or given more than once.
            ValueError: it is no URL.
        """
        parts = urlsplit(link)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise InvalidKeyError(link, "expected https://host/AI/key")
        path = parts.path.strip("/").split("/")
        key = Key.from_path("/".join(path[-2:] if path[-2:-1] in (["00"], ["01"]) else path[-4:]))
        return cls(key, _hash_of(parts.query))

    def require(self, data: bytes, subject: Key | None) -> None:
        """Returns if a bundle's bytes and its subject are those that the link names; a file that cannot be read has no subject.

        Raises:
            LinkMismatchError: they are not.
        """
        if self.key is not None and subject is not None and subject != self.key:
            raise LinkMismatchError("subject", subject.path, self.key.path)
        digest = hashlib.sha256(data).hexdigest()
        if self.sha256 and digest != self.sha256:
            raise LinkMismatchError("sha256", digest, self.sha256)

    def compared(self, report: Report, data: bytes) -> Report:
        """Returns a file's report with one more check, which is refuted where the file is not the one that the link is about."""
        if self.key is None:
            return report
        said = "it is the file that the label names" if self.sha256 else "it is about what the label names, which names no hash of a file"
        line = Check(CHECK, Outcome.PROVEN, said, proves="the file is the one that the label is about")
        try:
            self.require(data, report.subject)
        except LinkMismatchError as error:
            line = replace(line, outcome=Outcome.REFUTED, detail=str(error), refusal=error)
        return replace(report, checks=(*report.checks, line))


def _hash_of(query: str) -> str:
    """Returns the hash that a link's query names, empty where it names none."""
    named = tuple(value for name, value in parse_qsl(query, keep_blank_values=True) if name.lower() == HASH_PARAMETER)
    if not named:
        return ""
    match = _DIGEST.fullmatch(named[0].lower())
    if match is None or len(named) > 1:
        raise LinkHashError(named)
    return match[1]
