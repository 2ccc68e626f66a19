"""The verified RPC as the gateway runs it: a real light client, real sockets, and the devnet behind both."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect

from fullnode.devnet.devnet import Devnet
from fullnode.devnet.rpc.misbehave import Lie
from fullnode.devnet.settings import DevnetSettings
from gateway.errors import ConfigError
from gateway.health import Health
from gateway.settings import GatewaySettings, Settings, load
from gateway.verified_rpc import open_rpc
from lightclient.bls.pyblst_backend import PyblstBackend
from lightclient.client import LightClient
from lightclient.rpc.access import UnusableToken
from lightclient.rpc.settings import RpcSettings
from lightclient.settings import LightClientSettings
from lightclient.sources import RestBeaconSource

TOKEN = "correct-horse-battery"


def settings_of(folder: Path, **rpc: Any) -> Settings:
    given: dict[str, Any] = {"enabled": True, "endpoints": ("http://127.0.0.1:1",)} | rpc
    wanted = RpcSettings(**given)
    return Settings(gateway=GatewaySettings(data_dir=str(folder)), lightclient=LightClientSettings(rpc=wanted))


def opened(settings: Settings) -> Any:
    devnet = Devnet(DevnetSettings(ticking=False))
    light = LightClient(devnet.network, bytes(32), [], bls=PyblstBackend(), time=lambda: 0.0, on_condition=lambda *_: None)
    return open_rpc(settings, light, httpx.AsyncClient(), Health(lambda: 0))


def test_it_is_off_unless_it_is_wanted(tmp_path: Path) -> None:
    assert opened(Settings()) == ({}, {})
    assert opened(settings_of(tmp_path, enabled=False)) == ({}, {})


def test_settings_that_cannot_be_served_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="endpoints"):
        opened(settings_of(tmp_path, endpoints=()))
    with pytest.raises(ConfigError, match="token_file"):
        opened(settings_of(tmp_path, host="192.168.1.5"))
    with pytest.raises(UnusableToken):
        opened(settings_of(tmp_path, token_file="absent"))
    (tmp_path / "token").write_text(TOKEN)
    services, gauges = opened(settings_of(tmp_path, host="192.168.1.5", token_file="token"))
    assert set(services) == {"verified-rpc"}
    assert {name: read() for name, read in gauges.items()}["lightclient_rpc_refused"] == 0


@asynccontextmanager
async def served(folder: Path) -> AsyncIterator[tuple[Devnet, LightClient, httpx.AsyncClient, str, Health, Any]]:
    (folder / "token").write_text(TOKEN)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    async with Devnet(DevnetSettings(ticking=False)) as devnet, httpx.AsyncClient() as http:
        devnet.advance_to(60)
        source = RestBeaconSource(devnet.beacon_url, devnet.network, http)
        light = LightClient(
            devnet.network, devnet.checkpoint(), [source], bls=PyblstBackend(), time=devnet.now_s, on_condition=lambda *_: None
        )
        await light.start()
        await light.catch_up()
        await light.poll()
        health = Health(lambda: 0)
        settings = settings_of(folder, port=port, token_file="token", endpoints=(devnet.rpc_url,))
        services, gauges = open_rpc(settings, light, http, health)
        serving = asyncio.create_task(services["verified-rpc"]())
        await asyncio.sleep(0.2)
        yield devnet, light, http, f"127.0.0.1:{port}", health, gauges
        serving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await serving


def story(folder: Path, act: Callable[..., Awaitable[None]]) -> None:
    async def run() -> None:
        async with served(folder) as parts:
            await act(*parts)

    asyncio.run(run())


@pytest.mark.loopback
def test_callers_with_the_token_get_proven_answers_and_lies_raise_a_condition(tmp_path: Path) -> None:
    async def act(devnet: Devnet, light: LightClient, http: httpx.AsyncClient, where: str, health: Health, gauges: Any) -> None:
        account = "0x" + devnet.accounts[0].address.hex()

        async def balance() -> Any:
            question = {"jsonrpc": "2.0", "id": 1, "method": "eth_getBalance", "params": [account, "finalized"]}
            return await http.post(f"http://aios:{TOKEN}@{where}", json=question)

        answer = await balance()
        assert (int(answer.json()["result"], 16), answer.headers["x-aios-verified"]) == (10_000 * 10**18, "verified")
        final = light.head().finalized.execution
        assert final is not None
        assert answer.json()["verified"]["block"]["hash"] == "0x" + final.block_hash.hex()
        assert (await http.post(f"http://{where}", json={})).status_code == 401
        devnet.rpc_misbehave.lies = {Lie.PROOF_BALANCE}
        for _ in range(2):
            assert (await balance()).json()["verified"]["by"] == "NoSourceAnswers"
        assert [condition.name for condition in health.active()] == ["lightclient.rpc.endpoints"]
        assert gauges["lightclient_rpc_verified"]() == 1
        assert gauges["lightclient_rpc_refused"]() == 2

    story(tmp_path, act)


@pytest.mark.loopback
def test_new_heads_come_over_a_socket(tmp_path: Path) -> None:
    async def act(devnet: Devnet, light: LightClient, _http: httpx.AsyncClient, where: str, *_: Any) -> None:
        async with connect(f"ws://{where}", additional_headers={"authorization": f"Bearer {TOKEN}"}) as socket:
            await socket.send('{"jsonrpc":"2.0","id":1,"method":"eth_subscribe","params":["newHeads"]}')
            key = json.loads(await socket.recv())["result"]
            await asyncio.sleep(0.1)
            devnet.advance_to(62)
            await light.poll()
            notice = json.loads(await asyncio.wait_for(socket.recv(), 60))["params"]
            newest = light.head().optimistic.execution
            assert newest is not None
            assert notice["subscription"] == key
            assert int(notice["result"]["number"], 16) in {newest.block_number - 1, newest.block_number}

    story(tmp_path, act)


def test_it_is_set_in_the_gateways_own_file(tmp_path: Path) -> None:
    file = tmp_path / "gateway.toml"
    sources = '[lightclient]\nsources = ["http://127.0.0.1:5052"]\n'
    file.write_text(
        sources + '[lightclient.rpc]\nenabled = true\nendpoints = ["http://127.0.0.1:8545"]\n[lightclient.rpc.limits]\nbatch = 3\n'
    )
    settings = load(file)
    assert settings.lightclient is not None
    assert (settings.lightclient.rpc.endpoints, settings.lightclient.rpc.limits.batch) == (("http://127.0.0.1:8545",), 3)
    file.write_text(sources + "[lightclient.rpc]\nendpoint = []\n")
    with pytest.raises(ConfigError, match="endpoints"):
        load(file)
