"""Where `aios verify` finds bundles: files, folders, and GS1 Digital Links looked up in a local folder or fetched over HTTPS."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from gateway.errors import GatewayError
from oracle.bundle_codec import MAX_BYTES
from oracle.errors import InvalidKeyError, RefusedError
from oracle.gs1 import Key

SUFFIXES = (".json", ".cbor")
"""Files in a folder that are taken for bundles."""
HASH_PARAMETER = "sha256"
"""Query parameter of a link that names the hash of the bundle's bytes, as a label prints it."""
TIMEOUT_S = 20.0
"""Longest wait for each step of fetching a bundle."""
MAX_LINK = 2048
"""Characters of a link."""


class UnreadableError(GatewayError):
    """A bundle could not be had."""

    def __init__(self, name: str, reason: str) -> None:
        """Holds its name and the reason."""
        self.name = name
        self.reason = reason
        super().__init__(f"{name}: cannot be read: {reason}")


class LinkMismatchError(RefusedError):
    """The bytes are not those whose hash the link names."""

    def __init__(self, actual: str, expected: str) -> None:
        """Holds both hashes."""
        self.actual = actual
        self.expected = expected
        super().__init__(f"the bundle's sha256 is {actual[:80]}, the link names {expected[:80]}: it is not the one that the label is about")


@dataclass(frozen=True, slots=True)
class Source:
    """One bundle that was asked for, not read yet."""

    name: str
    """As the report calls it."""
    path: Path | None = None
    """The file; None for one to be fetched."""
    link: str = ""
    """Where to fetch it from."""
    key: Key | None = None
    """The subject that a link names."""
    sha256: str = ""
    """The hash that a link names; empty for none."""

    def require(self, data: bytes) -> None:
        """Raises LinkMismatchError unless the bytes are those that the link names."""
        digest = hashlib.sha256(data).hexdigest()
        if self.sha256 and digest != self.sha256:
            raise LinkMismatchError(digest, self.sha256)


def found(words: Iterable[str], folder: Path | None, *, offline: bool) -> Iterator[Source]:
    """Yields what the words name; a folder's bundles in order of their paths.

    Raises:
        UnreadableError: a link is no GS1 Digital Link, or it is not in the folder and may not be fetched.
    """
    for word in words:
        if "://" in word:
            yield _linked(word, folder, offline=offline)
        elif (path := Path(word)).is_dir():
            named = sorted(one for one in path.rglob("*") if one.suffix in SUFFIXES and not one.name.startswith(".") and one.is_file())
            if not named:
                raise UnreadableError(word, f"the folder holds no {' or '.join(SUFFIXES)} file")
            yield from (Source(str(one), one) for one in named)
        else:
            yield Source(word, path)


def read(source: Source) -> bytes:
    """Returns the bundle's bytes, at most one more than a bundle may have; raises UnreadableError."""
    if source.path is None:
        return _fetch(source.link)
    try:
        with source.path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise UnreadableError(source.name, error.strerror or str(error)) from error


def _linked(link: str, folder: Path | None, *, offline: bool) -> Source:
    try:
        if len(link) > MAX_LINK:
            raise UnreadableError(link[:80], "the link is too long")
        parts = urlsplit(link)
        key = Key.from_path(parts.path.strip("/"))
        named = parse_qs(parts.query).get(HASH_PARAMETER, [""])[0].lower().removeprefix("0x")
    except (InvalidKeyError, ValueError) as error:
        raise UnreadableError(link[:MAX_LINK], f"no GS1 Digital Link: {error}") from error
    local = None if folder is None else folder / f"{key.path.replace('/', '-')}.json"
    if local is not None and local.is_file():
        return Source(link, local, key=key, sha256=named)
    if offline:
        raise UnreadableError(
            link, f"there is no bundle of it in {folder or 'any local folder'}: name one with --bundles, or leave --offline out"
        )
    if parts.scheme != "https":
        raise UnreadableError(link, "a bundle is fetched over https only")
    return Source(link, link=link, key=key, sha256=named)


def _fetch(link: str) -> bytes:
    import httpx

    try:
        with (
            httpx.Client(timeout=TIMEOUT_S, follow_redirects=False) as client,
            client.stream("GET", link, headers={"Accept": "application/json, application/cbor"}) as answer,
        ):
            if answer.status_code != httpx.codes.OK:
                raise UnreadableError(link, f"the server answers {answer.status_code}")
            data = bytearray()
            for chunk in answer.iter_bytes():
                data += chunk
                if len(data) > MAX_BYTES:
                    break
            return bytes(data)
    except httpx.HTTPError as error:
        raise UnreadableError(link, f"{type(error).__name__}: {error}") from error
