"""The HTTP rim: one route over the pure dispatch.

Methods run in the event loop's own thread, one after the other, because the chain belongs to that thread (see `execution.chain`); a call is
bounded by `ExecutionSettings.call_gas`, so it cannot hold up block production for long. It is for loopback: it has no authentication.
"""

import asyncio
from typing import Any

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from fullnode.devnet.rpc.dispatch import respond
from fullnode.devnet.rpc.misbehave import RpcMisbehaviour, answer
from fullnode.devnet.rpc.settings import RpcSettings
from fullnode.devnet.rpc.view import ChainView


def create_app(chain: ChainView, settings: RpcSettings | None = None, misbehaviour: RpcMisbehaviour | None = None) -> Starlette:
    """Returns the ASGI application that answers JSON-RPC requests posted to `/`."""
    bounds = settings or RpcSettings()
    switches = misbehaviour or RpcMisbehaviour()

    def method(name: str, params: list[Any]) -> Any:
        return answer(chain, bounds, switches, name, params)

    async def post(request: Request) -> Response:
        try:
            body = await _body(request, bounds.max_body)
        except ClientDisconnect:
            return Response(status_code=400)
        if body is None:
            return Response(f"request too large: limit {bounds.max_body} bytes\n", 413, media_type="text/plain")
        if switches.hang_seconds:
            await asyncio.sleep(switches.hang_seconds)
        if switches.status is not None:
            return Response("misbehaving on demand\n", switches.status, media_type="text/plain")
        if switches.garbage:
            return Response(b"\x00\xff<html>", media_type="application/json")
        return Response(respond(body, method, bounds), media_type="application/json")

    return Starlette(routes=[Route("/", post, methods=["POST"])])


async def _body(request: Request, limit: int) -> bytes | None:
    """Returns the request's body, or None as soon as it turns out longer than the limit."""
    parts: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            return None
        parts.append(chunk)
    return b"".join(parts)
