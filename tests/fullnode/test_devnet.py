"""The whole devnet: two real servers on loopback, time in the test's hands."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from fullnode.devnet.__main__ import parser, settings_of
from fullnode.devnet.consensus.settings import ConsensusSettings
from fullnode.devnet.devnet import Clock, Devnet
from fullnode.devnet.network_file import network_toml
from fullnode.devnet.settings import DevnetSettings
from lightclient.network import FAR_FUTURE_EPOCH, load_network, parse_network


class HandClock:
    """A clock that a test moves; sleepers wake when it has passed their time."""

    def __init__(self, now: float) -> None:
        self.now = now
        self._sleepers: list[tuple[float, asyncio.Event]] = []

    def clock(self) -> Clock:
        return Clock(lambda: self.now, self.sleep)

    async def sleep(self, seconds: float) -> None:
        woken = asyncio.Event()
        self._sleepers.append((self.now + seconds, woken))
        await woken.wait()

    async def move(self, seconds: float) -> None:
        self.now += seconds
        for due, woken in self._sleepers:
            if due <= self.now:
                woken.set()
        self._sleepers = [sleeper for sleeper in self._sleepers if not sleeper[1].is_set()]
        for _ in range(5):
            await asyncio.sleep(0)


def story(act: Callable[[Devnet, HandClock], Awaitable[None]], settings: DevnetSettings | None = None) -> None:
    """Runs `act` against a devnet that began half a second before the hand clock's time."""
    hands = HandClock(1_800_000_000.5)

    async def run() -> None:
        async with Devnet(settings, hands.clock()) as devnet:
            await act(devnet, hands)

    asyncio.run(run())


async def get(url: str) -> Any:
    async with httpx.AsyncClient() as client:
        return (await client.get(url)).json()


@pytest.mark.loopback
def test_slots_come_by_the_clock_and_are_missed_when_it_jumps() -> None:
    async def act(devnet: Devnet, hands: HandClock) -> None:
        await hands.move(0)
        assert devnet.consensus.head.slot == 0
        for _ in range(3):
            await hands.move(1)
        assert devnet.consensus.head.slot == 3
        await hands.move(10)
        assert devnet.consensus.head.slot == 13
        assert [block.slot for block in devnet.consensus.blocks()] == [0, 1, 2, 3, 13]
        assert devnet.execution.head.block.timestamp == 1_800_000_013
        devnet.misbehave.stall = True
        await hands.move(1)
        assert devnet.consensus.head.slot == 13
        devnet.misbehave.stall = False
        await hands.move(1)
        assert devnet.consensus.head.slot == 15

    story(act)


@pytest.mark.loopback
def test_both_servers_answer_about_the_same_chain() -> None:
    async def act(devnet: Devnet, _: HandClock) -> None:
        devnet.advance_to(40)
        header = await get(f"{devnet.beacon_url}/eth/v1/beacon/light_client/finality_update")
        execution = header["data"]["finalized_header"]["execution"]
        question = {"jsonrpc": "2.0", "id": 1, "method": "eth_getBlockByNumber", "params": ["finalized", False]}
        async with httpx.AsyncClient() as client:
            block = (await client.post(devnet.rpc_url, json=question)).json()["result"]
        assert block["hash"] == f"0x{devnet.consensus.finalized.payload_hash.hex()}"
        older = header["data"]["finalized_header"]["beacon"]["slot"]
        assert int(older) <= devnet.consensus.finalized.slot
        assert execution["timestamp"] == str(devnet.network.time_at_slot(int(older)))
        bootstrap = await get(f"{devnet.beacon_url}/eth/v1/beacon/light_client/bootstrap/0x{devnet.checkpoint().hex()}")
        assert bootstrap["data"]["header"]["beacon"]["slot"] == str(devnet.consensus.finalized.slot)

    story(act, DevnetSettings(ticking=False))


@pytest.mark.loopback
def test_an_open_event_stream_does_not_keep_the_devnet_alive() -> None:
    async def act(devnet: Devnet, _: HandClock) -> None:
        client = httpx.AsyncClient()
        request = client.build_request("GET", f"{devnet.beacon_url}/eth/v1/events?topics=head")
        response = await client.send(request, stream=True)
        lines = response.aiter_lines()
        assert await anext(lines) == ":"
        devnet.advance_to(1)
        assert [line async for line in _take(lines, 2)] == ["", "event: head"]
        asyncio.get_running_loop().call_later(2, lambda: asyncio.ensure_future(client.aclose()))

    async def _take(lines: Any, count: int) -> Any:
        for _ in range(count):
            yield await anext(lines)

    story(act, DevnetSettings(ticking=False))


@pytest.mark.loopback
def test_a_taken_port_is_an_error_of_the_environment() -> None:
    async def act(devnet: Devnet, _: HandClock) -> None:
        port = int(devnet.rpc_url.rsplit(":", 1)[1])
        with pytest.raises(OSError):
            async with Devnet(DevnetSettings(rpc_port=port)):
                pass

    story(act)


def test_slots_can_be_stepped_and_skipped_by_hand() -> None:
    devnet = Devnet(DevnetSettings(genesis_time=1_800_000_000))
    devnet.advance_to(4)
    devnet.advance_to(10, every=3)
    assert [block.slot for block in devnet.consensus.blocks()] == [0, 1, 2, 3, 4, 7, 10]
    assert devnet.checkpoint() == devnet.consensus.genesis.root
    assert len(devnet.accounts) == 10


@pytest.mark.parametrize("preset", ["minimal", "mainnet"])
def test_the_committed_network_files_describe_the_default_devnets(preset: Any) -> None:
    devnet = Devnet(DevnetSettings(consensus=ConsensusSettings(preset=preset), genesis_time=1))
    committed = load_network(f"devnet-{preset}")
    assert committed.genesis_time == 0
    assert committed.genesis_validators_root == devnet.network.genesis_validators_root
    assert parse_network(network_toml(devnet.network), source="test") == devnet.network
    assert committed.forks == devnet.network.forks


def test_the_command_line_means_what_it_says() -> None:
    settings = settings_of(parser().parse_args(["--fork", "electra", "--slot-seconds", "2", "--seed", "x", "--rpc-port", "8545"]))
    assert settings.consensus == ConsensusSettings(seed="x", seconds_per_slot=2, fulu_epoch=FAR_FUTURE_EPOCH)
    assert (settings.rpc_port, settings.beacon_port, settings.execution.seed) == (8545, 0, "x")
    assert settings_of(parser().parse_args(["--fork", "electra", "--fulu-epoch", "4"])).consensus.fulu_epoch == 4
    assert "example:" in parser().format_help()


@pytest.mark.slow
def test_the_command_runs_until_it_is_interrupted(tmp_path: Path) -> None:
    file = tmp_path / "network.toml"
    command = [sys.executable, "-m", "fullnode.devnet", "--network-file", str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        first = [process.stdout.readline().split() for _ in range(4)]
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=100)
    assert [words[0] for words in first] == ["JSON-RPC", "beacon", "network", "account"]
    assert load_network(file).name == "devnet-minimal"
    assert (process.returncode, errors) == (0, "")
