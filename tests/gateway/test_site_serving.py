"""The service that hands verified light-client messages to the site."""

import asyncio

import httpx
import pytest

from gateway import serving
from gateway.site_serving import open_site_serving
from lightclient.settings import LightClientSettings, ServeSettings
from tests.lightclient.test_client import CHECKPOINT, World


def test_it_is_off_unless_enabled() -> None:
    assert open_site_serving(LightClientSettings(), World().client) == {}


@pytest.mark.loopback
def test_it_answers_as_a_beacon_node(monkeypatch: pytest.MonkeyPatch) -> None:
    async def story() -> None:
        world = World()
        await world.start()
        bound = serving.bind("127.0.0.1", 0)
        monkeypatch.setattr(serving, "bind", lambda *_: bound)
        (service,) = open_site_serving(LightClientSettings(serve=ServeSettings(enabled=True, port=0)), world.client).values()
        running = asyncio.ensure_future(service())
        url = f"http://127.0.0.1:{bound.getsockname()[1]}/eth/v1/beacon/light_client/bootstrap/0x{CHECKPOINT.hex()}"
        async with httpx.AsyncClient() as http:
            answer = await http.get(url)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert answer.json()["version"] == "fulu"

    asyncio.run(story())
