"""The Starlette application: routes, the event stream, and a gate at which every answer can be made to fail.

It binds nothing: who serves it, and where, is the composition's business. One event loop owns it and the chain.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from fullnode.devnet.beacon.chain_routes import ChainRoutes
from fullnode.devnet.beacon.events import TOPICS, EventHub
from fullnode.devnet.beacon.forms import refusal
from fullnode.devnet.beacon.light_client_routes import LightClientRoutes
from fullnode.devnet.beacon.settings import BeaconApiSettings
from fullnode.devnet.consensus.chain import BeaconChain
from fullnode.devnet.consensus.misbehave import Misbehaviour

GARBAGE = b"\x00\xff<not json, not ssz>\xfe{\x80"
"""What a server that has lost its mind answers."""

Sleep = Callable[[float], Awaitable[None]]
"""How to wait so many seconds."""


class MisbehaviourGate:
    """Holds back, refuses or garbles every answer while the switches say so."""

    def __init__(self, app: ASGIApp, misbehaviour: Misbehaviour, sleep: Sleep) -> None:
        self._app = app
        self._misbehaviour = misbehaviour
        self._sleep = sleep

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers instead of the application, or lets it."""
        wrong = self._misbehaviour
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if wrong.hang_seconds:
            await self._sleep(wrong.hang_seconds)
        if wrong.status is not None:
            await refusal(wrong.status, "misbehaving on demand")(scope, receive, send)
        elif wrong.garbage:
            await Response(GARBAGE, media_type="application/json")(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def create_app(
    chain: BeaconChain,
    settings: BeaconApiSettings | None = None,
    *,
    now_s: Callable[[], float],
    sleep: Sleep = asyncio.sleep,
) -> Starlette:
    """Returns the application in front of `chain`; `app.state.events.close()` ends its event streams before a shutdown."""
    settings = settings or BeaconApiSettings()
    hub = EventHub(chain, settings.event_queue)

    async def events(request: Request) -> Response:
        topics = frozenset(topic for value in request.query_params.getlist("topics") for topic in value.split(","))
        unknown = sorted(topics.difference(TOPICS))
        if unknown or not topics:
            return refusal(400, f"Invalid topic: {', '.join(unknown) or 'none given'}")
        return StreamingResponse(hub.stream(topics), media_type="text/event-stream", headers={"Cache-Control": "no-store"})

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        hub.close()

    app = Starlette(
        routes=[
            *LightClientRoutes(chain, settings).routes(),
            *ChainRoutes(chain, settings, now_s=now_s).routes(),
            Route("/eth/v1/events", events),
        ],
        middleware=[Middleware(MisbehaviourGate, misbehaviour=chain.misbehaviour, sleep=sleep)],
        exception_handlers={404: _no_route},
        lifespan=lifespan,
    )
    app.state.events = hub
    return app


async def _no_route(request: Request, _: Exception) -> Response:
    return refusal(404, f"Route GET:{request.url.path} not found")
