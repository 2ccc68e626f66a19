"""An HTTP server as one task of the gateway: bound before it starts, stopped when the task is cancelled."""

import asyncio
import contextlib
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from gateway.errors import GatewayError


class AddressInUseError(GatewayError):
    """The address that the dashboard or the control socket should listen on is not free."""

    def __init__(self, where: str, reason: str) -> None:
        """Names the address and what the system said."""
        self.where = where
        super().__init__(f"cannot listen on {where}: {reason}; stop what has it, or set another port under [web]")


def bind(host: str, port: int) -> socket.socket:
    """Returns a TCP socket that listens already, so that nobody who comes early is turned away; port 0 takes a free one.

    Raises:
        AddressInUseError: the address is taken, or is not this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
        bound.listen()
    except OSError as error:
        bound.close()
        raise AddressInUseError(f"{host}:{port}", error.strerror or str(error)) from error
    return bound


def bind_unix(path: Path) -> socket.socket:
    """Returns a Unix socket that listens already, with mode 0600, in place of one that a killed process left behind.

    Raises:
        AddressInUseError: the folder cannot be written.
    """
    bound = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        path.unlink(missing_ok=True)
        # The mode must hold from the first moment, so it is set by the mask and not afterwards.
        mask = os.umask(0o177)
        try:
            bound.bind(str(path))
        finally:
            os.umask(mask)
        bound.listen()
    except OSError as error:
        bound.close()
        raise AddressInUseError(str(path), error.strerror or str(error)) from error
    return bound


class _Server(uvicorn.Server):
    """A server that leaves signals to the gateway."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Captures none: the gateway stops all of its tasks together."""
        yield


async def serve(app: ASGIApp, bound: socket.socket, *, websocket_bytes: int = 0) -> None:
    """Serves until cancelled; then gives open requests a moment to end. WebSockets only with a bound for their messages."""
    sockets: dict[str, Any] = {"ws": "websockets-sansio", "ws_max_size": websocket_bytes} if websocket_bytes else {"ws": "none"}
    config = uvicorn.Config(
        app, lifespan="off", log_config=None, access_log=False, server_header=False, timeout_graceful_shutdown=1, **sockets
    )
    server = _Server(config)
    serving = asyncio.ensure_future(server.serve(sockets=[bound]))
    try:
        await asyncio.shield(serving)
    except asyncio.CancelledError:
        server.should_exit = True
        await serving
        raise
    finally:
        bound.close()
