"""Who may see the dashboard, and what a browser may do with it.

Three walls: the name in the request must be this box's own (a foreign page cannot reach in by rebinding DNS), a token where one is set,
and headers that let a browser load, run and embed nothing but what comes from here. TLS is not done here: beyond the local network put
a proxy before it.
"""

import hashlib
import hmac
import ipaddress
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import quote

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.web.errors import OpenToAllError, TokenExposedError, TokenUnfitError
from gateway.web.settings import WebSettings

COOKIE = "aios_session"
"""Holds a hash made with the token, not the token."""

LEAST_TOKEN = 16
"""Characters below which guessing over a network becomes possible."""

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
"""Nothing from elsewhere, nothing inline, no frame around it (https://www.w3.org/TR/CSP3/)."""

HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
"""Put on every answer; a page that differs is named with its reason where it is made."""

_OPEN = ("/login", "/static/")
"""What is served without a token, because the page that asks for it needs it."""


def is_loopback(host: str) -> bool:
    """Returns whether an address is reachable from this machine only."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def read_token(settings: WebSettings) -> str | None:
    """Returns the token, None where none is asked for.

    Raises:
        OpenToAllError: it would be reachable by others without one.
        TokenExposedError: every user of this machine may read it.
        TokenUnfitError: it is too short.
        OSError: the file cannot be read.
    """
    if not settings.token_file:
        if not is_loopback(settings.host):
            raise OpenToAllError(settings.host)
        return None
    file = Path(settings.token_file)
    if file.stat().st_mode & 0o007:
        raise TokenExposedError(settings.token_file)
    token = file.read_text(encoding="utf-8").strip()
    if len(token) < LEAST_TOKEN:
        raise TokenUnfitError(len(token), LEAST_TOKEN)
    return token


def session_of(token: str) -> str:
    """Returns the cookie's value for a token."""
    return hmac.new(token.encode(), b"aios dashboard session", hashlib.sha256).hexdigest()


def same(given: str, expected: str) -> bool:
    """Returns whether two secrets are equal, in a time that does not tell where they differ."""
    return hmac.compare_digest(given.encode(), expected.encode())


class Guard:
    """The walls around the application."""

    def __init__(self, app: ASGIApp, token: str | None, names: Iterable[str], differing: Mapping[str, Mapping[str, str]]) -> None:
        """`differing` holds, by path, the headers in which a page differs from all others."""
        self._app = app
        self._differing = differing
        self._token = token
        self._names = frozenset(name.lower() for name in names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Lets a request in, or answers it here."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in {**HEADERS, **self._differing.get(scope["path"], {})}.items():
                    headers[name] = value
                headers.setdefault("Cache-Control", "no-cache")
            await send(message)

        refusal = self._refusal(scope)
        await (self._app if refusal is None else refusal)(scope, receive, guarded)

    def _refusal(self, scope: Scope) -> Response | None:
        host = _hostname(Headers(scope=scope).get("host", ""))
        # An address cannot be rebound; a name can, so names are listed.
        if not (is_loopback(host) or host in self._names or (self._token is not None and _is_address(host))):
            return PlainTextResponse(f"{host!r} is not a name of this gateway; list it under [web] names\n", 421)
        if self._token is None or scope["path"].startswith(_OPEN) or self._known(HTTPConnection(scope), self._token):
            return None
        if "text/html" in Headers(scope=scope).get("accept", ""):
            return RedirectResponse(f"/login?to={quote(scope['path'], safe='/')}", 303)
        return PlainTextResponse("a token is needed: send it as `Authorization: Bearer ...`\n", 401, {"WWW-Authenticate": "Bearer"})

    def _known(self, connection: HTTPConnection, token: str) -> bool:
        scheme, _, given = connection.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and same(given.strip(), token):
            return True
        return same(connection.cookies.get(COOKIE, ""), session_of(token))


def _hostname(host: str) -> str:
    name = host.lower()
    return name.partition("]")[0].lstrip("[") if name.startswith("[") else name.partition(":")[0]


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
