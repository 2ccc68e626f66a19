"""One store with the whole story, for reading only; a fresh view per test; a client that speaks to the application without a socket."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from starlette.types import ASGIApp

from gateway.store import Store
from gateway.web import WebSettings, create_app
from tests.gateway.web.scene import Scene, filled


@dataclass
class Client:
    """Sends one request at a time, as a browser on this machine unless told otherwise."""

    app: ASGIApp
    base_url: str = "http://127.0.0.1"

    def request(self, method: str, path: str, **more: Any) -> httpx.Response:
        async def send() -> httpx.Response:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url=self.base_url) as client:
                return await client.request(method, path, **more)

        return asyncio.run(send())

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self.request("GET", path, headers={"accept": "text/html", **headers})


@pytest.fixture(scope="session")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    store = filled(tmp_path_factory.mktemp("story") / "store.db", step_minutes=30)
    yield store
    store.close()


@pytest.fixture
def scene() -> Scene:
    return Scene()


@pytest.fixture
def client(story: Store, scene: Scene) -> Client:
    return Client(create_app(story, scene, WebSettings(), metrics=lambda: b"aios_up 1\n"))
