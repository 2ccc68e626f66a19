"""Where keys live, chosen by URI: `file:`, `pkcs11:`, `tpm2:`, and whatever scheme a deployment adds to the table.

A backend opens a key, and makes one. It may fail when it is opened, and later when the device is pulled out; both are KeyDeviceErrors.
PINs and passphrases come from files that only their owner may read, never from the URI, an argument or the environment.
"""

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast
from urllib.parse import unquote

from oracle.signer import Curve, Signer
from oracle.signing.errors import KeyUriError

MAX_URI = 1_000
"""Characters of a key's URI."""


@dataclass(frozen=True, slots=True)
class KeyUri:
    """A key's URI, taken apart as RFC 7512 takes apart `pkcs11:`; our other schemes have the same form."""

    text: str
    """As it was given."""
    scheme: str
    """What stands before the first colon."""
    path: str
    """The path: a file's name, or the attributes as they stand."""
    attributes: dict[str, str]
    """Attributes of the path, `name=value` between semicolons, decoded."""
    query: dict[str, str]
    """Attributes of the query, `name=value` between ampersands, decoded."""
    base: Path
    """Folder that relative file names are below."""
    secret_file: Path | None
    """File that holds the passphrase or PIN, from the settings; a URI's own `pin-source` comes before it."""

    def below(self, name: str) -> Path:
        """Returns a file that the URI names."""
        return self.base / name.removeprefix("file:")

    def secret(self) -> Path:
        """Returns the file with the PIN or passphrase; raises KeyUriError where none is named."""
        named = self.query.get("pin-source")
        if named:
            return self.below(named)
        if self.secret_file is None:
            raise KeyUriError(
                self.text,
                "names no file with its PIN or passphrase; give --passphrase-file (keys.secret_file of a signer), or pin-source=file:...",
            )
        return self.secret_file


class Backend(Protocol):
    """Where keys of one scheme live."""

    def load(self, uri: KeyUri) -> Signer:
        """Returns the signer of a key that is there.

        Raises KeyUriError, KeyDeviceError, or what else the scheme raises, such as a wrong passphrase.
        """

    def create(self, uri: KeyUri, curve: Curve) -> Signer:
        """Makes a new key where the URI says, never over another, and returns its signer; raises the same, and KeyFileTakenError."""


SCHEMES: dict[str, str | Backend] = {
    "file": "oracle.signing.backends.file",
    "pkcs11": "oracle.signing.backends.pkcs11",
    "tpm2": "oracle.signing.backends.tpm2",
}
"""Scheme to backend, or to the module that is one: a token's driver is imported only where a token is used."""


def register(scheme: str, backend: Backend) -> None:
    """Adds a scheme for this process; one that exists is not replaced."""
    if SCHEMES.setdefault(scheme, backend) is not backend:
        raise KeyUriError(f"{scheme}:", "this scheme is taken")


def parse(text: str, base: Path, secret_file: Path | None) -> KeyUri:
    """Returns the parts of a key's URI; what has no known scheme is the path of a key file.

    Raises:
        KeyUriError: the URI is too long, malformed, or holds a PIN.

    """
    if not text or len(text) > MAX_URI or not text.isprintable():
        raise KeyUriError(text[:80], f"a URI has 1 to {MAX_URI} printable characters")
    scheme, colon, rest = text.partition(":")
    if not colon or "/" in scheme:
        scheme, rest = "file", text
    if scheme not in SCHEMES:
        raise KeyUriError(text, f"scheme {scheme!r} is not known here; known: {', '.join(sorted(SCHEMES))}")
    path, _, query = rest.partition("?")
    asked = _pairs(text, query, "&")
    if "pin-value" in asked:
        raise KeyUriError(
            f"{scheme}:...", "holds a PIN: whoever reads the settings would have it; put it into a file and name that as pin-source"
        )
    attributes = {} if scheme == "file" else _pairs(text, path, ";")
    return KeyUri(text, scheme, unquote(path) if scheme == "file" else path, attributes, asked, base, secret_file)


def open_key(uri: KeyUri) -> Signer:
    """Returns the signer of the key that a URI names.

    Raises:
        KeyUriError: the URI does not name a key in the form of its scheme, or the scheme's library is not installed.
        KeyDeviceError: token or TPM refuses or is away.
        OracleError: what else the scheme raises, such as a wrong passphrase.

    """
    return backend_of(uri).load(uri)


def create_key(uri: KeyUri, curve: Curve) -> Signer:
    """Makes a new key where a URI says, and returns its signer; raises what `open_key` raises, and KeyFileTakenError."""
    return backend_of(uri).create(uri, curve)


def backend_of(uri: KeyUri) -> Backend:
    """Returns the backend of a URI's scheme; raises KeyUriError where its library is not installed."""
    backend = SCHEMES[uri.scheme]
    if not isinstance(backend, str):
        return backend
    try:
        return cast("Backend", import_module(backend))
    except ModuleNotFoundError as error:
        raise KeyUriError(uri.text, f"needs the Python package {error.name!r}; see docs/keys.md, which says how to install it") from error
    except ImportError as error:
        raise KeyUriError(uri.text, f"its driver cannot be loaded: {error}") from error


def _pairs(text: str, joined: str, separator: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in joined.split(separator) if joined else ():
        name, equals, value = part.partition("=")
        if not equals or not name or name in found:
            raise KeyUriError(text, f"{part[:40]!r} is not one name=value of its own")
        found[name] = unquote(value)
    return found
