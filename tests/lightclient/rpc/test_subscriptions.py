"""New heads over a WebSocket, driven in process."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from lightclient.rpc.settings import RpcLimits, RpcSettings
from lightclient.rpc.subscriptions import NewHeads
from tests.fullnode.execution.builders import make_chain, mine
from tests.lightclient.rpc.stage import Stage


class Socket:
    """A client of the application's WebSocket."""

    def __init__(self, stage: Stage, **headers: str) -> None:
        self._inbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._outbox: asyncio.Queue[Any] = asyncio.Queue()
        named = [(name.encode(), value.encode()) for name, value in ({"host": "127.0.0.1"} | headers).items()]
        scope = {"type": "websocket", "path": "/", "headers": named, "query_string": b"", "subprotocols": []}
        self._inbox.put_nowait({"type": "websocket.connect"})
        self.reading = asyncio.Event()
        self.reading.set()
        self.task = asyncio.create_task(stage.app(scope, self._inbox.get, self._sent))

    async def _sent(self, message: Any) -> None:
        if message["type"] == "websocket.send":
            await self.reading.wait()
        self._outbox.put_nowait(message)

    async def next(self) -> Any:
        message = await asyncio.wait_for(self._outbox.get(), 60)
        return json.loads(message["text"]) if message["type"] == "websocket.send" else message

    async def ask(self, method: str, *params: Any) -> Any:
        self._inbox.put_nowait({"type": "websocket.receive", "text": json.dumps(request(method, *params))})
        return await self.next()

    async def leave(self) -> None:
        self._inbox.put_nowait({"type": "websocket.disconnect", "code": 1000})
        await asyncio.wait_for(self.task, 60)


def request(method: str, *params: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}


def story(act: Callable[[Stage], Awaitable[None]], settings: RpcSettings | None = None) -> None:
    stage = Stage(make_chain(), settings)
    stage.runner.run(act(stage))  # type: ignore[arg-type]
    stage.close()


async def grow(stage: Stage, **attributes: Any) -> None:
    mine(stage.chain, **attributes)
    true = await stage.servers[0].endpoint.ask("eth_getBlockByNumber", "latest", False)
    stage.light.follow(true)


def test_subscribe_hear_and_unsubscribe() -> None:
    async def act(stage: Stage) -> None:
        socket = Socket(stage)
        assert (await socket.next())["type"] == "websocket.accept"
        assert (await socket.ask("eth_chainId"))["result"] == "0x539"
        key = (await socket.ask("eth_subscribe", "newHeads"))["result"]
        await asyncio.sleep(0.05)
        for number in (1, 2):
            await grow(stage)
            notice = await socket.next()
            assert (notice["method"], notice["params"]["subscription"]) == ("eth_subscription", key)
            assert notice["params"]["result"]["hash"] == "0x" + stage.chain.at(number).hash.hex()
            assert notice["params"]["verified"]["status"] == "verified"
        assert (await socket.ask("eth_unsubscribe", key))["result"] is True
        assert (await socket.ask("eth_unsubscribe", key))["result"] is False
        await socket.leave()

    story(act, RpcSettings())


def test_what_cannot_be_subscribed_to_is_refused_by_name() -> None:
    async def act(stage: Stage) -> None:
        socket = Socket(stage)
        await socket.next()
        for params, name in ((["logs", {}], "UnsupportedSubscription"), ([], "UnsupportedSubscription")):
            assert (await socket.ask("eth_subscribe", *params))["verified"]["by"] == name
        assert (await socket.ask("eth_unsubscribe"))["verified"]["by"] == "InvalidParameter"
        assert "result" in await socket.ask("eth_subscribe", "newHeads")
        assert (await socket.ask("eth_subscribe", "newHeads"))["verified"]["by"] == "TooMuchAsked"
        other = Socket(stage)
        assert (await other.next())["code"] == 1013
        await socket.leave()
        assert (await Socket(stage, origin="https://evil.example").next())["code"] == 1008

    story(act, RpcSettings(limits=RpcLimits(subscriptions=1)))


def test_a_reader_that_does_not_keep_up_is_dropped() -> None:
    async def act(stage: Stage) -> None:
        socket = Socket(stage)
        await socket.next()
        await socket.ask("eth_subscribe", "newHeads")
        await asyncio.sleep(0.02)
        socket.reading.clear()
        for _ in range(5):
            await grow(stage)
            await asyncio.sleep(0.02)
        assert (await socket.next())["code"] == 1013
        await asyncio.wait_for(socket.task, 60)

    story(act, RpcSettings(limits=RpcLimits(queued_heads=2)))


def test_heads_that_came_between_two_looks_are_all_told_once() -> None:
    async def act(stage: Stage) -> None:
        heads: list[int] = []
        feed = NewHeads(stage.verified)
        feed._listeners["x"] = lambda header: heads.append(header.number)
        await grow(stage)
        await feed.look()
        for _ in range(3):
            await grow(stage)
        await feed.look()
        await feed.look()
        assert heads == [2, 3, 4]

    story(act)


def test_after_a_reorganization_the_new_branch_is_told() -> None:
    async def act(stage: Stage) -> None:
        heads: list[bytes] = []
        feed = NewHeads(stage.verified)
        await grow(stage)
        await feed.look()
        feed._listeners["x"] = lambda header: heads.append(header.block_hash)
        await grow(stage)
        await feed.look()
        side = [stage.chain.at(1).hash]
        for extra in (1, 2):
            block = stage.chain.produce_block(
                timestamp=1_800_000_100 + extra, prev_randao=bytes(32), parent_beacon_block_root=bytes(32), parent_hash=side[-1]
            )
            side.append(block.block_hash)
        old = stage.chain.head.hash
        stage.chain.set_head(side[-1])
        stage.light.follow(await stage.servers[0].endpoint.ask("eth_getBlockByNumber", "latest", False))
        await feed.look()
        assert heads == [old, *side[1:]]

    story(act)
