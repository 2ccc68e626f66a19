"""Serves an ASGI application on loopback inside the caller's event loop, without touching signals or logging of the process."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Final

import uvicorn
from starlette.types import ASGIApp

LOOPBACK: Final = "127.0.0.1"
"""The only address that is ever bound: the devnet has no authentication and its keys are public."""
SHUTDOWN_SECONDS: Final = 1
"""How long open requests may take to end."""


class _Server(uvicorn.Server):
    """A server that says when it listens and leaves signals to whoever owns the process."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Starts listening."""
        await super().startup(sockets)
        self.listening.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Captures nothing."""
        yield


@asynccontextmanager
async def serve(app: ASGIApp, port: int) -> AsyncIterator[str]:
    """Yields the URL at which `app` answers, on `port` or, if that is 0, on a free one; stops answering afterwards.

    Raises OSError where the port is taken.
    """
    bound = socket.create_server((LOOPBACK, port))
    options: dict[str, Any] = {"http": "h11", "ws": "none", "lifespan": "off", "log_config": None, "access_log": False}
    server = _Server(uvicorn.Config(app, timeout_graceful_shutdown=SHUTDOWN_SECONDS, **options))
    task = asyncio.create_task(server.serve(sockets=[bound]))
    try:
        await server.listening.wait()
        yield f"http://{LOOPBACK}:{bound.getsockname()[1]}"
    finally:
        server.should_exit = True
        await task
