"""The embedded broker starts, carries a message, and is gone afterwards, however its owner ends."""

import asyncio
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Literal

import pytest

from gateway.demo import broker as broker_module
from gateway.demo.broker import BrokerNotStartedError, EmbeddedBroker
from tests.drivers.mqtt.broker import publish, require

Kind = Literal["mosquitto", "amqtt"]
KINDS: list[object] = [pytest.param("mosquitto", marks=pytest.mark.peer), pytest.param("amqtt", marks=pytest.mark.loopback)]


def listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.parametrize("kind", KINDS)
def test_it_listens_inside_the_context_and_not_after(kind: Kind) -> None:
    require(kind)

    async def story() -> int:
        async with EmbeddedBroker(kind=kind) as broker:
            assert (broker.kind, broker.host, broker.protocol) == (kind, "127.0.0.1", "5" if kind == "mosquitto" else "3.1.1")
            await asyncio.to_thread(publish, broker.port, [("a", b"1")])
            return broker.port

    assert not listens(asyncio.run(story()))


@pytest.mark.peer
def test_mosquitto_keeps_what_it_is_told_to_keep(tmp_path: Path) -> None:
    require("mosquitto")

    async def story() -> None:
        async with EmbeddedBroker(kind="mosquitto", persistence=tmp_path / "kept") as broker:
            await asyncio.to_thread(publish, broker.port, [("a", b"1")], retain=True)

    asyncio.run(story())
    assert (tmp_path / "kept" / "mosquitto.db").stat().st_size > 0


@pytest.mark.loopback
def test_a_killed_owner_leaves_no_broker_behind() -> None:
    code = (
        "import asyncio\n"
        "from gateway.demo.broker import EmbeddedBroker\n"
        "async def main():\n"
        "    async with EmbeddedBroker() as broker:\n"
        "        print(broker.port, flush=True)\n"
        "        await asyncio.Event().wait()\n"
        "asyncio.run(main())\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        port = int(owner.stdout.readline())
        assert listens(port)
        owner.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 60
    while listens(port) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not listens(port)


@pytest.mark.loopback
def test_a_broker_that_cannot_start_says_so() -> None:
    async def story() -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            async with EmbeddedBroker(port=taken.getsockname()[1]):
                pass

    with pytest.raises(BrokerNotStartedError, match="taken"):
        asyncio.run(story())


def test_mosquitto_may_not_be_asked_for_where_it_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broker_module, "find_mosquitto", lambda: None)
    with pytest.raises(BrokerNotStartedError, match="not installed"):
        EmbeddedBroker(kind="mosquitto")
    assert EmbeddedBroker().kind == "amqtt"
