"""Under `/verify`: takes a bundle or a label, lets the box check it, shows the report. Keeps nothing.

The page that checks inside the browser is served beside it where an installation holds its file; it brings a policy of its own, because its
script stands in the file.
"""

import asyncio
import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from gateway.labels import CHECK as LABEL
from gateway.labels import Label, LinkHashError
from gateway.web.errors import NotFoundError
from gateway.web.model import plain
from gateway.web.multipart import FormRefusedError, TooLargeError, TooSlowError, parse
from gateway.web.pages import layout, verify
from gateway.web.pages.verify import Checked, VerifyPage
from gateway.web.query import fields
from oracle.drawing import words
from oracle.errors import InvalidKeyError
from oracle.gs1 import BATCH, SSCC
from oracle.verify_walk import Report

MAX_BODY = 33 * 1024 * 1024
"""Bytes of a request: the largest bundle, and its form."""
BODY_S = 60.0
"""Longest that a request may take to arrive: meanwhile nobody else's is read."""
BUSY_S = 5
"""When to ask again while another file is checked, in seconds."""
OFFLINE = Path(__file__).resolve().parents[2] / "verifier" / "dist" / "verify.html"
"""The page that checks inside the browser: built beside the packages, in a checkout as in an installation."""
CAMERA = "camera=(self), geolocation=(), microphone=()"
"""What the pages that scan labels may do, and no other page."""

_CHECKPOINT = re.compile(r"0x[0-9a-f]{64}", re.ASCII)
_LENGTH = re.compile(r"[0-9]{1,18}", re.ASCII)
_META = re.compile(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">')

Verifier = Callable[[bytes, bytes | None], Report]
"""Checks a file by what this box trusts, or by the checkpoint given; returns the report."""
OwnBundle = Callable[[str], bytes]
"""Returns this box's bundle of a subject, given as its Digital Link path; raises NotFoundError."""


class Verifying:
    """What answers under `/verify`."""

    def __init__(self, check: Verifier, own: OwnBundle, offline: Path = OFFLINE) -> None:
        self._check = check
        self._own = own
        self._offline = offline
        # One at a time, from its first byte on: who asks again and again must not take the box's time or memory from its devices.
        self._turn = asyncio.Lock()

    def routes(self) -> list[Route]:
        """Returns the addresses."""
        return [Route("/verify", self.show), Route("/verify", self.check, methods=["POST"]), Route("/verify/offline", self.offline)]

    def headers(self) -> dict[str, Mapping[str, str]]:
        """Returns the headers, by path, in which these pages differ from all others."""
        policy = self._policy()
        found: dict[str, Mapping[str, str]] = {"/verify": {"Permissions-Policy": CAMERA}}
        if policy is not None:
            found["/verify/offline"] = {"Permissions-Policy": CAMERA, "Content-Security-Policy": f"{policy}; frame-ancestors 'none'"}
        return found

    async def show(self, request: Request) -> Response:
        """Shows the form."""
        given = fields(request.query_params.multi_items(), ("label",))
        return self._page(VerifyPage(label=given.get("label", "")[:500]))

    async def offline(self, _: Request) -> Response:
        """Serves the page that checks inside the browser."""
        if self._policy() is None:
            raise NotFoundError("page", "/verify/offline (make verifier builds it)")
        return HTMLResponse(await asyncio.to_thread(self._offline.read_bytes))

    async def check(self, request: Request) -> Response:
        """Checks what was handed in; before its turn comes, none of it is read."""
        if _declared(request) > MAX_BODY:
            return self._answer(request, VerifyPage(said=str(TooLargeError(MAX_BODY))), 413)
        if self._turn.locked():
            busy = self._answer(request, VerifyPage(said="Another file is being checked: try again in a few seconds."), 503)
            busy.headers["Retry-After"] = str(BUSY_S)
            return busy
        async with self._turn:
            return await self._checked(request)

    async def _checked(self, request: Request) -> Response:
        try:
            form = parse(request.headers.get("content-type", ""), await _body(request))
        except FormRefusedError as error:
            return self._answer(request, VerifyPage(said=str(error)), error.status)
        checkpoint, label = (form.get(name, b"").decode("utf-8", "replace").strip()[:500] for name in ("checkpoint", "label"))
        entered = VerifyPage(checkpoint=checkpoint, label=label)
        if checkpoint and not _CHECKPOINT.fullmatch(checkpoint.lower()):
            return self._answer(request, replace(entered, said="The checkpoint is not 0x and 64 hexadecimal digits."), 400)
        try:
            named = Label.from_link(label) if label else Label()
        except (InvalidKeyError, LinkHashError, ValueError) as error:
            return self._answer(request, replace(entered, said=f"The label is no GS1 Digital Link: {error}"), 400)
        key = named.key.path if named.key is not None and (named.key.primary == SSCC or named.key.qualifier == BATCH) else ""
        given = form.get("bundle", b"")
        try:
            data = given or await asyncio.to_thread(self._own, key)
        except NotFoundError as error:
            said = f"{error}: choose its file." if key else "Choose a bundle, or scan the label of a shipment or lot of this box."
            return self._answer(request, replace(entered, said=said), 404 if key else 400)
        root = bytes.fromhex(checkpoint[2:]) if checkpoint else None
        report = await asyncio.to_thread(self._check, data, root)
        name = "the file" if given else f"this box's bundle of {words.subject(key)}"
        checked = Checked(name, hashlib.sha256(data).digest(), named.compared(report, data))
        return self._answer(request, replace(entered, checked=checked))

    def _answer(self, request: Request, page: VerifyPage, status: int = 200) -> Response:
        accept = request.headers.get("accept", "")
        if "application/json" in accept and "text/html" not in accept:
            return Response(msgspec.json.encode(_json(page)), status, media_type="application/json")
        return self._page(page, status)

    def _page(self, page: VerifyPage, status: int = 200) -> Response:
        return HTMLResponse(layout.html(verify.render(replace(page, offline=self._policy() is not None))), status)

    def _policy(self) -> str | None:
        try:
            with self._offline.open(encoding="utf-8") as file:
                match = _META.search(file.read(4096))
        except (OSError, UnicodeDecodeError):
            return None
        return match[1] if match else None


def _json(page: VerifyPage) -> dict[str, Any]:
    if page.checked is None:
        return {"error": page.said}
    report = page.checked.report
    lines = [
        {"name": one.name, "outcome": one.outcome.value, "detail": one.detail, "by": one.by, "proves": one.proves} for one in report.checks
    ]
    return {
        "verdict": report.verdict.value,
        "conclusion": report.conclusion,
        "checks": lines,
        "warnings": list(report.warnings),
        "trusted": list(report.trusted),
        "sha256": page.checked.sha256.hex(),
        "superseded_by": plain(report.superseded_by),
        "label_matches": next((one.stands for one in report.checks if one.name == LABEL), None),
    }


def _declared(request: Request) -> int:
    """Returns how many bytes a request says it has, 0 where it does not say."""
    said = request.headers.get("content-length", "")
    return int(said) if _LENGTH.fullmatch(said) else 0


async def _body(request: Request) -> bytes:
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_S):
            async for part in request.stream():
                body += part
                if len(body) > MAX_BODY:
                    raise TooLargeError(MAX_BODY)
    except TimeoutError as error:
        raise TooSlowError(BODY_S) from error
    return bytes(body)
