"""Who may ask: callers with the token where there is one, under a name of this box, and no web page that the settings do not name.

Loopback is no protection from a browser on the same machine: pages can post to any port, and can make a name of theirs mean 127.0.0.1.
The Host and Origin headers tell; both are checked before the body is read. Tokens are compared in constant time and never logged.
"""

import base64
import binascii
import hmac
from collections.abc import Mapping
from pathlib import Path

from lightclient.errors import OursError
from lightclient.rpc.settings import RpcSettings

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
"""Names of this box for itself."""

MIN_TOKEN = 16
"""Shortest token accepted."""

MAX_TOKEN = 512
"""Longest token accepted."""


class TokenNeeded(OursError):
    """The endpoint would listen beyond this box without asking callers for a token."""

    def __init__(self, host: str) -> None:
        super().__init__(f"lightclient.rpc.host is {host}, which others can reach: set lightclient.rpc.token_file, or listen on 127.0.0.1")
        self.host = host
        """Address of the settings."""


class UnusableToken(OursError):
    """The token's file cannot be read, or what it holds is no token."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}; write {MIN_TOKEN} to {MAX_TOKEN} printable characters into it, readable by the gateway alone")
        self.path = path
        """The file."""
        self.reason = reason
        """What is wrong with it."""


class Access:
    """The rule of one endpoint."""

    def __init__(self, settings: RpcSettings, token: str | None) -> None:
        """Takes the settings and the token, if there is one.

        Raises:
            TokenNeeded: others could reach the endpoint without one.
        """
        if settings.host not in LOOPBACK and token is None:
            raise TokenNeeded(settings.host)
        self._token = None if token is None else token.encode()
        self._hosts = {name.lower() for name in (*LOOPBACK, settings.host, *settings.hosts)}
        self._origins = frozenset(settings.origins)

    def refusal(self, headers: Mapping[str, str]) -> tuple[int, str] | None:
        """Returns the HTTP status and reason with which a request is refused, or None where it may pass."""
        if _host(headers.get("host", "")) not in self._hosts:
            return 421, "this is not the name of this box: add it to lightclient.rpc.hosts"
        origin = headers.get("origin")
        if origin is not None and origin not in self._origins:
            return 403, "this web origin may not ask: add it to lightclient.rpc.origins"
        if self._token is not None and not hmac.compare_digest(_shown(headers.get("authorization", "")), self._token):
            return 401, "a token is needed: as bearer token, or as the password of basic authentication"
        return None

    def allowed_origin(self, headers: Mapping[str, str]) -> str | None:
        """Returns the web origin to which a browser may show the answer."""
        origin = headers.get("origin")
        return origin if origin in self._origins else None


def read_token(path: Path) -> str:
    """Returns the token in a file.

    Raises:
        UnusableToken: there is none.
    """
    try:
        with path.open("rb") as file:
            text = file.read(MAX_TOKEN + 2).decode("ascii").strip()
    except OSError as error:
        raise UnusableToken(path, error.strerror or str(error)) from error
    except UnicodeDecodeError as error:
        raise UnusableToken(path, "it is not ASCII") from error
    if not MIN_TOKEN <= len(text) <= MAX_TOKEN or not text.isprintable():
        raise UnusableToken(path, f"{len(text)} characters")
    return text


def _host(header: str) -> str:
    """Returns the name in a Host header, without the port."""
    name = header.rpartition("]")[0][1:] if header.startswith("[") else header.rpartition(":")[0] or header
    return name.lower()


def _shown(header: str) -> bytes:
    """Returns the token that an Authorization header shows, or nothing."""
    scheme, _, credentials = header.partition(" ")
    if scheme.lower() == "bearer":
        return credentials.strip().encode()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(credentials, validate=True).partition(b":")[2]
        except (binascii.Error, ValueError):
            return b""
    return b""
