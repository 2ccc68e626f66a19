"""JSON-RPC over WebSocket, with eth_subscribe and eth_unsubscribe (geth's pub/sub): one reader, one writer, everything between bounded."""

import asyncio
import secrets
from typing import Any

import msgspec
from starlette.websockets import WebSocket, WebSocketDisconnect

from lightclient.execution.header import ExecutionHeader
from lightclient.execution.render import header_to_json
from lightclient.rpc import methods
from lightclient.rpc.access import Access
from lightclient.rpc.answer import Answer
from lightclient.rpc.chain import VerifiedChain
from lightclient.rpc.dispatch import Dispatcher
from lightclient.rpc.errors import InvalidParameter, TooMuchAsked, UnsupportedSubscription
from lightclient.rpc.settings import RpcLimits
from lightclient.rpc.subscriptions import NewHeads

POLICY = 1008
"""WebSocket close code: not allowed."""

TOO_BIG = 1009
"""WebSocket close code: message too long."""

TRY_LATER = 1013
"""WebSocket close code: too many connections, or a reader that does not keep up."""


class SocketRim:
    """Serves WebSocket connections."""

    def __init__(self, chain: VerifiedChain, dispatcher: Dispatcher, access: Access, heads: NewHeads) -> None:
        self._chain = chain
        self._dispatcher = dispatcher
        self._access = access
        self._heads = heads
        self._open = 0

    async def serve(self, socket: WebSocket) -> None:
        """Serves one connection until it ends."""
        if self._access.refusal(socket.headers) is not None:
            await socket.close(POLICY)
            return
        limits = self._chain.settings.limits
        if self._open >= limits.subscriptions:
            await socket.close(TRY_LATER)
            return
        self._open += 1
        connection = _Connection(socket, self._chain, self._dispatcher, self._heads, limits)
        try:
            await socket.accept()
            await connection.run()
        finally:
            self._open -= 1
            connection.end()


class _Connection:
    """One connection: its subscriptions, and what waits to be sent."""

    def __init__(self, socket: WebSocket, chain: VerifiedChain, dispatcher: Dispatcher, heads: NewHeads, limits: RpcLimits) -> None:
        self._socket = socket
        self._chain = chain
        self._dispatcher = dispatcher
        self._heads = heads
        self._limits = limits
        self._outbox: asyncio.Queue[bytes] = asyncio.Queue(limits.queued_heads)
        self._overrun = asyncio.Event()
        self._subscriptions: set[str] = set()

    async def run(self) -> None:
        """Reads, answers and tells until either side ends."""
        work = [asyncio.create_task(part()) for part in (self._read, self._write, self._overrun.wait)]
        try:
            await asyncio.wait(work, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in work:
                task.cancel()
            results = await asyncio.gather(*work, return_exceptions=True)
        for result in results:
            if isinstance(result, Exception) and not isinstance(result, WebSocketDisconnect | RuntimeError):
                raise result
        if self._overrun.is_set():
            await self._socket.close(TRY_LATER)

    def end(self) -> None:
        """Forgets the connection's subscriptions."""
        for key in self._subscriptions:
            self._heads.stop(key)
        self._subscriptions.clear()

    async def _read(self) -> None:
        while True:
            message = await self._socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            body = message.get("bytes") or (message.get("text") or "").encode()
            if len(body) > self._limits.body_bytes:
                await self._socket.close(TOO_BIG)
                return
            # One request at a time per connection: a caller that wants more at once sends a batch or opens another.
            response = await self._dispatcher.respond(body, self._handle)
            if response.body:
                await self._outbox.put(response.body)

    async def _write(self) -> None:
        while True:
            await self._socket.send_text((await self._outbox.get()).decode())

    async def _handle(self, name: str, params: list[Any]) -> Answer:
        if name == "eth_subscribe":
            return self._subscribe(params)
        if name == "eth_unsubscribe":
            return self._unsubscribe(params)
        return await methods.answer(self._chain, name, params)

    def _subscribe(self, params: list[Any]) -> Answer:
        kind = params[0] if params else None
        if kind != "newHeads":
            raise UnsupportedSubscription(str(kind))
        if len(self._subscriptions) >= self._limits.subscriptions:
            raise TooMuchAsked("subscriptions", len(self._subscriptions) + 1, self._limits.subscriptions)
        key = "0x" + secrets.token_hex(16)
        self._subscriptions.add(key)
        self._heads.listen(key, lambda header: self._tell(key, header))
        return Answer(key, "each head is verified before it is told")

    def _unsubscribe(self, params: list[Any]) -> Answer:
        key = params[0] if params else None
        if not isinstance(key, str):
            raise InvalidParameter(key, "the id of a subscription")
        known = key in self._subscriptions
        if known:
            self._subscriptions.discard(key)
            self._heads.stop(key)
        return Answer(known, "this connection")

    def _tell(self, key: str, header: ExecutionHeader) -> None:
        verified = Answer(None, "sync committee and parent hashes", block=header).verified()
        params = {"subscription": key, "result": header_to_json(header), "verified": verified}
        notice = msgspec.json.encode({"jsonrpc": "2.0", "method": "eth_subscription", "params": params})
        try:
            self._outbox.put_nowait(notice)
        except asyncio.QueueFull:
            self._overrun.set()
