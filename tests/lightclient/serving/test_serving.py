"""What one client verified, served to others as a beacon node would; each of them verifies again."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from starlette.requests import Request

from lightclient.beacon_json import parse_update_stream
from lightclient.bls.pyblst_backend import PyblstBackend
from lightclient.client import LightClient
from lightclient.errors import NoSourceAnswers
from lightclient.serving.app import MAX_LISTENERS, _Rim, create_app
from lightclient.sources import RestBeaconSource
from tests.lightclient.test_bridge import _Mainnet1601
from tests.lightclient.test_client import CHAIN, CHECKPOINT, NETWORK, World, run
from tests.lightclient.test_conflict import forged

PREFIX = "/eth/v1/beacon/light_client"


def asking(world: World) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(create_app(world.client.shelf())), base_url="http://gateway")


async def second(world: World, http: httpx.AsyncClient) -> LightClient:
    client = LightClient(
        NETWORK,
        CHECKPOINT,
        [RestBeaconSource("http://gateway", NETWORK, http)],
        bls=PyblstBackend(),
        time=world.clock.time,
        monotonic=world.clock.time,
        on_condition=lambda *_: None,
        sleep=world.clock.sleep,
    )
    await client.start()
    await client.catch_up()
    await client.poll()
    return client


@pytest.mark.parametrize("odd", [False, True])
def test_a_second_client_syncs_from_the_first_alone(odd: bool) -> None:
    async def story() -> None:
        world = World(slot=8 * 64 + 30)
        if odd:
            world.client._pool._sources = (_Mainnet1601(CHAIN, world.clock),)
        await world.start()
        async with asking(world) as http:
            client = await second(world, http)
        assert client.head() == world.client.head()
        assert client.trace().updates == world.client.trace().updates
        assert client.status().refusals == {}

    run(story())


def test_a_server_that_resumed_from_its_disk_serves_at_once(tmp_path: Path) -> None:
    async def story() -> None:
        first = World(path=tmp_path / "store")
        await first.start()
        first.client._persist(at_once=True)
        world = World("down", path=tmp_path / "store")
        await world.client.start()
        async with asking(world) as http:
            assert (await second(world, http)).head().finalized.header == first.client.head().finalized.header

    run(story())


def test_what_a_lying_server_changes_is_refused_by_the_client_behind_it() -> None:
    async def story() -> None:
        world = World()
        await world.start()
        latest = world.client._state.latest
        assert latest.optimistic is not None
        bad = replace(latest.optimistic, sync_aggregate=CHAIN.update(150).sync_aggregate)
        world.client._state.latest = replace(latest, optimistic=bad)
        async with asking(world) as http:
            with pytest.raises(NoSourceAnswers) as refusal:
                await second(world, http)
        assert "InvalidSignature" in str(refusal.value)

    run(story())


def test_ssz_and_json_say_the_same() -> None:
    async def story() -> None:
        world = World(slot=5 * 64 + 30)
        await world.start()
        async with asking(world) as http:
            query = f"{PREFIX}/updates?start_period=2&count=500"
            as_json = (await http.get(query, headers={"Accept": "application/json"})).json()
            as_ssz = await http.get(query, headers={"Accept": "application/octet-stream;q=1, application/json;q=0.9"})
            assert as_ssz.headers["content-type"] == "application/octet-stream"
            assert as_ssz.headers["eth-consensus-version"] == ",".join(each["version"] for each in as_json)
            updates = parse_update_stream(as_ssz.content, NETWORK)
            assert [NETWORK.period_at_slot(each.attested_header.beacon.slot) for each in updates] == list(range(2, 2 + len(as_json)))
            plain = await http.get(f"{PREFIX}/finality_update", headers={"Accept": "application/octet-stream;q=0.1, application/json"})
            assert plain.json()["version"] == "fulu"

    run(story())


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"{PREFIX}/bootstrap/0x{'11' * 32}", 404),
        (f"{PREFIX}/bootstrap/0x11", 400),
        (f"{PREFIX}/bootstrap/zz", 400),
        (f"{PREFIX}/updates", 400),
        (f"{PREFIX}/updates?start_period=-1&count=1", 400),
        (f"{PREFIX}/updates?start_period=1&count=0", 400),
        (f"{PREFIX}/updates?start_period={'9' * 30}&count=1", 400),
        ("/eth/v1/events", 400),
        ("/eth/v1/events?topics=head", 400),
        ("/eth/v1/node/version", 404),
    ],
)
def test_what_is_not_there_or_not_understood_is_refused(path: str, status: int) -> None:
    async def story() -> None:
        world = World()
        await world.start()
        async with asking(world) as http:
            assert (await http.get(path)).status_code == status

    run(story())


@pytest.mark.parametrize("why", ["young", "frozen", "forced"])
def test_what_is_not_believed_is_not_served(why: str) -> None:
    async def story() -> None:
        world = World()
        if why != "young":
            await world.start()
        if why == "frozen":
            world.client._take(forged())
        if why == "forced":
            world.client._state.memory = replace(world.client._state.known(), forced=True)
        async with asking(world) as http:
            for path in (f"bootstrap/0x{CHECKPOINT.hex()}", "finality_update", "optimistic_update"):
                assert (await http.get(f"{PREFIX}/{path}")).status_code == 404
            assert (await http.get(f"{PREFIX}/updates?start_period=2&count=1")).json() == []

    run(story())


def test_events_bring_what_is_new_once() -> None:
    async def story() -> None:
        world = World()
        await world.start()
        looked = asyncio.Event()

        async def sleep(_: float) -> None:
            looked.set()
            await asyncio.sleep(0)

        rim = _Rim(world.client.shelf(), sleep)
        stream = rim._stream(frozenset({"light_client_optimistic_update"}))
        first = await anext(stream)
        assert json.loads(first.partition("data: ")[2])["data"]["signature_slot"] == "185"
        waiting = asyncio.ensure_future(anext(stream))
        await looked.wait()
        assert not waiting.done()
        world.clock.now += 12
        await world.client.poll()
        assert "signature_slot" in await waiting
        await stream.aclose()
        assert rim._listeners == 0
        rim._listeners = MAX_LISTENERS
        request = Request({"type": "http", "query_string": b"topics=light_client_optimistic_update", "headers": []})
        assert (await rim.events(request)).status_code == 503

    run(story())
