"""The Starlette application: four answers and a stream of events, in JSON and SSZ, as the beacon API has them.

It binds nothing: who serves it, and where, is the composition's business. Reads only; nothing that is sent to it changes anything. Spec:
https://ethereum.github.io/beacon-APIs/#/Beacon/getLightClientBootstrap and its neighbours.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from lightclient.beacon_json import MAX_REQUEST_LIGHT_CLIENT_UPDATES, Message, encode_update_stream, message_fork, to_document
from lightclient.serving.shelf import Shelf
from lightclient.ssz import serialize

PREFIX = "/eth/v1/beacon/light_client"
"""Where light-client endpoints live."""

SSZ = "application/octet-stream"
"""Media type of SSZ answers."""

MAX_LISTENERS = 64
"""Most event streams at once; more are refused with 503, and poll."""

LOOK_SECONDS = 1.0
"""Pause between two looks for news to tell."""


def create_app(shelf: Shelf, *, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> Starlette:
    """Returns the application over a client's shelf."""
    rim = _Rim(shelf, sleep)
    return Starlette(
        routes=[
            Route(f"{PREFIX}/bootstrap/{{root}}", rim.bootstrap),
            Route(f"{PREFIX}/updates", rim.updates),
            Route(f"{PREFIX}/finality_update", rim.finality_update),
            Route(f"{PREFIX}/optimistic_update", rim.optimistic_update),
            Route("/eth/v1/events", rim.events),
        ]
    )


class _Rim:
    def __init__(self, shelf: Shelf, sleep: Callable[[float], Awaitable[None]]) -> None:
        self._shelf = shelf
        self._sleep = sleep
        self._listeners = 0

    async def bootstrap(self, request: Request) -> Response:
        text = request.path_params["root"]
        try:
            root = bytes.fromhex(text.removeprefix("0x"))
        except ValueError:
            root = b""
        if len(root) != 32:
            return _refusal(400, "a block root is 0x and 64 hexadecimal digits")
        return self._one(request, self._shelf.bootstrap(root), "this block's bootstrap")

    async def finality_update(self, request: Request) -> Response:
        return self._one(request, self._shelf.finality_update(), "a finality update")

    async def optimistic_update(self, request: Request) -> Response:
        return self._one(request, self._shelf.optimistic_update(), "an optimistic update")

    async def updates(self, request: Request) -> Response:
        start, count = (_number(request.query_params.get(name, "")) for name in ("start_period", "count"))
        if start is None or not count:
            return _refusal(400, "start_period and count must be numbers, and count positive")
        found = self._shelf.updates(start, min(count, MAX_REQUEST_LIGHT_CLIENT_UPDATES))
        network = self._shelf.network
        headers = {"Eth-Consensus-Version": ",".join(message_fork(update, network).label for update in found)}
        if _prefers_ssz(request):
            return Response(encode_update_stream(found, network), media_type=SSZ, headers=headers)
        return JSONResponse([to_document(update, network) for update in found], headers=headers)

    async def events(self, request: Request) -> Response:
        asked = frozenset(topic for value in request.query_params.getlist("topics") for topic in value.split(","))
        if not asked or not asked <= {"light_client_finality_update", "light_client_optimistic_update"}:
            return _refusal(400, "topics are light_client_finality_update and light_client_optimistic_update")
        if self._listeners >= MAX_LISTENERS:
            return _refusal(503, f"{MAX_LISTENERS} streams are open already: poll instead")
        return StreamingResponse(self._stream(asked), media_type="text/event-stream", headers={"Cache-Control": "no-store"})

    async def _stream(self, asked: frozenset[str]) -> AsyncGenerator[str, None]:
        self._listeners += 1
        told: dict[str, Message | None] = {}
        try:
            while True:
                for topic, message in (
                    ("light_client_finality_update", self._shelf.finality_update()),
                    ("light_client_optimistic_update", self._shelf.optimistic_update()),
                ):
                    if topic in asked and message is not None and told.get(topic) != message:
                        told[topic] = message
                        yield f"event: {topic}\ndata: {json.dumps(to_document(message, self._shelf.network))}\n\n"
                await self._sleep(LOOK_SECONDS)
        finally:
            self._listeners -= 1

    def _one(self, request: Request, message: Message | None, what: str) -> Response:
        if message is None:
            return _refusal(404, f"there is not {what} here")
        headers = {"Eth-Consensus-Version": message_fork(message, self._shelf.network).label}
        if _prefers_ssz(request):
            return Response(serialize(message), media_type=SSZ, headers=headers)
        return JSONResponse(to_document(message, self._shelf.network), headers=headers)


def _prefers_ssz(request: Request) -> bool:
    """Returns whether SSZ is accepted at least as gladly as JSON."""
    weights: dict[str, float] = {}
    for part in request.headers.get("accept", "").split(","):
        media, *parameters = (piece.strip() for piece in part.split(";"))
        quality = next((piece[2:] for piece in parameters if piece.startswith("q=")), "1")
        try:
            weights[media] = float(quality)
        except ValueError:
            weights[media] = 0.0
    return weights.get(SSZ, 0.0) > 0 and weights[SSZ] >= weights.get("application/json", 0.0)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 20 else None


def _refusal(status: int, message: str) -> Response:
    return JSONResponse({"code": status, "message": message}, status)
