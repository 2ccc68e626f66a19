"""Where `aios verify` finds bundles: files, folders, and GS1 Digital Links looked up in a local folder or fetched over HTTPS."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from gateway.errors import GatewayError
from gateway.labels import Label, LinkHashError
from oracle.bundle_codec import MAX_BYTES
from oracle.errors import InvalidKeyError

SUFFIXES = (".json", ".cbor")
"""Files in a folder that are taken for bundles."""
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


@dataclass(frozen=True, slots=True)
class Source:
    """One bundle that was asked for, not read yet."""

    name: str
    """As the report calls it."""
    path: Path | None = None
    """The file; None for one to be fetched."""
    link: str = ""
    """Where to fetch it from."""
    label: Label = field(default_factory=Label)
    """What a link names: the subject, perhaps the hash."""


def found(words: Iterable[str], folder: Path | None, *, offline: bool) -> Iterator[Source]:
    """Yields what the words name; a folder's bundles in order of their paths.

    Raises:
        UnreadableError: a name is empty, a link is no GS1 Digital Link, or it is not in the folder and may not be fetched.
    """
    for word in words:
        if not word:
            raise UnreadableError("''", "a name without a character is none of a file")
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
        label = Label.from_link(link)
    except (InvalidKeyError, LinkHashError, ValueError) as error:
        raise UnreadableError(link[:MAX_LINK], f"no GS1 Digital Link: {error}") from error
    local = None if folder is None or label.key is None else folder / f"{label.key.path.replace('/', '-')}.json"
    if local is not None and local.is_file():
        return Source(link, local, label=label)
    if offline:
        raise UnreadableError(
            link, f"there is no bundle of it in {folder or 'any local folder'}: name one with --bundles, or leave --offline out"
        )
    if urlsplit(link).scheme != "https":
        raise UnreadableError(link, "a bundle is fetched over https only")
    return Source(link, link=link, label=label)


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
