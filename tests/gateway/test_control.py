import asyncio
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from gateway import control, serving
from gateway.control import SOCKET_NAME, CommandRefusedError, NotRunningError, call, control_app
from gateway.errors import UnknownSubjectError


async def echo(arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"said": arguments}


async def refuse(_: Mapping[str, Any]) -> Mapping[str, Any]:
    raise UnknownSubjectError("00/1", ())


async def ask(folder: Path, command: str, **arguments: Any) -> dict[str, Any]:
    bound = serving.bind_unix(folder / SOCKET_NAME)
    server = asyncio.create_task(serving.serve(control_app({"echo": echo, "refuse": refuse}), bound))
    try:
        await asyncio.sleep(0)
        return await asyncio.to_thread(call, folder, command, **arguments)
    finally:
        server.cancel()
        await asyncio.gather(server, return_exceptions=True)


def test_a_command_goes_over_the_socket_and_back(tmp_path: Path) -> None:
    assert asyncio.run(ask(tmp_path, "echo", sscc="1")) == {"said": {"sscc": "1"}}


@pytest.mark.parametrize(("command", "arguments"), [("refuse", {}), ("unknown", {}), ("echo", {"long": "x" * 70_000})])
def test_a_command_that_cannot_be_carried_out_says_why(
    tmp_path: Path, command: str, arguments: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control, "MAX_BODY", 64 * 1024)
    with pytest.raises((CommandRefusedError, ValueError)):
        asyncio.run(ask(tmp_path, command, **arguments))


def test_nobody_else_may_use_the_socket_and_a_dead_one_is_replaced(tmp_path: Path) -> None:
    serving.bind_unix(tmp_path / SOCKET_NAME).close()
    with pytest.raises(NotRunningError, match="aios run"):
        call(tmp_path, "echo")
    serving.bind_unix(tmp_path / SOCKET_NAME).close()
    assert stat.S_IMODE((tmp_path / SOCKET_NAME).stat().st_mode) == 0o600


@pytest.mark.loopback
def test_a_taken_port_is_named() -> None:
    with serving.bind("127.0.0.1", 0) as first, pytest.raises(serving.AddressInUseError, match="set another port"):
        serving.bind("127.0.0.1", first.getsockname()[1])
