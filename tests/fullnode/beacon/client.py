"""Asks the beacon API without a socket."""

import asyncio
from typing import Any

import httpx

from fullnode.devnet.beacon import BeaconApiSettings, create_app
from fullnode.devnet.consensus.chain import BeaconChain

SSZ = {"accept": "application/octet-stream"}


def ask(chain: BeaconChain, path: str, *, settings: BeaconApiSettings | None = None, **options: Any) -> httpx.Response:
    """Returns the answer to one GET."""
    return ask_all(chain, [path], settings=settings, **options)[0]


def ask_all(chain: BeaconChain, paths: list[str], *, settings: BeaconApiSettings | None = None, **options: Any) -> list[httpx.Response]:
    """Returns the answers of one server to GETs in order."""
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    async def run() -> list[httpx.Response]:
        app = create_app(chain, settings, now_s=lambda: chain.network.time_at_slot(chain.head.slot + 2), sleep=sleep)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://devnet") as client:
            answers = [await client.get(path, **options) for path in paths]
        app.state.events.close()
        return answers

    answers = asyncio.run(run())
    for answer in answers:
        answer.extensions["slept"] = slept
    return answers
