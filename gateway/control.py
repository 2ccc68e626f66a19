"""The control socket: how `aios` on the same machine talks to the running gateway.

A Unix socket in the data directory with mode 0600, so the file system decides who may use it and no port is opened. HTTP over it, because
server and client for that are here anyway. The server half is a starlette application; the client half is two functions.
"""

import json
import socket
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from edge_agents.errors import AgentError
from gateway.errors import GatewayError
from oracle.errors import OracleError

SOCKET_NAME = "control.sock"
"""Below the data directory."""
MAX_BODY = 48 * 1024 * 1024
"""An EPCIS document of the largest size, as text within JSON; no command says more, and only this user's own processes reach the socket."""
TIMEOUT_SECONDS = 10.0
"""A gateway that does not answer in this time is in trouble, and the caller should see that."""

Command = Callable[[Mapping[str, Any]], Awaitable[Mapping[str, Any]]]
"""Takes the call's JSON object and returns the answer's; a room's own error becomes the answer's `error`."""


class NotRunningError(GatewayError):
    """No gateway answers on the control socket."""

    def __init__(self, path: Path) -> None:
        """Names the socket."""
        self.path = path
        super().__init__(f"no gateway answers on {path}; start it with `aios run`")


class CommandRefusedError(GatewayError):
    """The running gateway refused a command."""


def control_app(commands: Mapping[str, Command]) -> Starlette:
    """Returns the application that serves each command at `POST /<name>`."""

    def serve(command: Command) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            if int(request.headers.get("content-length", MAX_BODY + 1)) > MAX_BODY:
                return JSONResponse({"error": f"a command is at most {MAX_BODY} bytes"}, 413)
            try:
                arguments = json.loads(await request.body())
                answer = await command(arguments if isinstance(arguments, dict) else {})
            except (GatewayError, AgentError, OracleError, ValueError) as error:
                return JSONResponse({"error": str(error)}, 400)
            return JSONResponse(dict(answer))

        return endpoint

    return Starlette(routes=[Route(f"/{name}", serve(command), methods=["POST"]) for name, command in commands.items()])


def call(data_dir: Path, command: str, **arguments: Any) -> dict[str, Any]:
    """Returns the running gateway's answer to a command; raises as `call_within`."""
    return call_within(TIMEOUT_SECONDS, data_dir, command, **arguments)


def call_within(seconds: float, data_dir: Path, command: str, **arguments: Any) -> dict[str, Any]:
    """Returns the running gateway's answer to a command that may take so long.

    Raises:
        NotRunningError: nothing answers on the socket.
        CommandRefusedError: the gateway said no, and why.
    """
    path = data_dir / SOCKET_NAME
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        # Asked first by hand: the HTTP client leaves its socket open when nobody listens.
        try:
            probe.connect(str(path))
        except OSError as error:
            raise NotRunningError(path) from error
    transport = httpx.HTTPTransport(uds=str(path))
    try:
        with httpx.Client(transport=transport, timeout=seconds) as client:
            response = client.post(f"http://gateway/{command}", json=arguments)
    except httpx.TransportError as error:
        raise NotRunningError(path) from error
    answer: dict[str, Any] = response.json()
    if response.status_code != httpx.codes.OK:
        raise CommandRefusedError(str(answer.get("error", answer)))
    return answer
