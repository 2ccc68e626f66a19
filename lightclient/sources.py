"""Where light-client messages come from: the `BeaconSource` promise, and its implementation over the beacon REST API.

Nothing a source returns is trusted or verified here; it is only well-formed and bounded. Library exceptions are translated here, once:
what a server cannot deliver is an EnvironmentalError, what it should not have sent is a PeerError.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Protocol, TypeVar

import httpx

from lightclient import json_text
from lightclient.beacon_json import Message, decode_message, fork_of_version, from_document, parse_update_stream
from lightclient.errors import MalformedMessage, OversizedAnswer, SourceLacksData, SourceUnreachable
from lightclient.network import Network
from lightclient.settings import RestLimits
from lightclient.sse import EventParser
from lightclient.types import LightClientBootstrap, LightClientFinalityUpdate, LightClientOptimisticUpdate, LightClientUpdate

M = TypeVar("M", bound=Message)

LightClientEvent = LightClientFinalityUpdate | LightClientOptimisticUpdate
"""What a stream of events brings."""

SSZ = "application/octet-stream"
"""Media type of SSZ answers: a third of the bytes of JSON."""

PLAIN = {"Accept-Encoding": "identity"}
"""Answers are bounded by their length, so they must not unfold."""

ACCEPT = {"Accept": f"{SSZ};q=1.0, application/json;q=0.9", **PLAIN}
"""Both forms are understood, SSZ is preferred."""

PREFIX = "/eth/v1/beacon/light_client"
"""Where light-client endpoints live."""


class BeaconSource(Protocol):
    """A server of light-client messages; none is trusted.

    Every method raises PeerError for what cannot be a message and EnvironmentalError for what does not arrive, returns within the source's
    own time limits, holds a bounded amount of memory, and can be cancelled at any await.
    """

    name: str
    """Names it in scores, refusals and logs."""

    async def bootstrap(self, block_root: bytes) -> LightClientBootstrap:
        """Returns the bootstrap of a block."""
        ...

    async def updates(self, start_period: int, count: int) -> tuple[LightClientUpdate, ...]:
        """Returns the best updates of at most `count` periods in order; fewer, even none, where the server has no more."""
        ...

    async def finality_update(self) -> LightClientFinalityUpdate:
        """Returns the latest finality update."""
        ...

    async def optimistic_update(self) -> LightClientOptimisticUpdate:
        """Returns the latest optimistic update."""
        ...

    def events(self) -> AsyncIterator[LightClientEvent]:
        """Yields updates as they appear; raises when the stream ends or where the server offers none."""
        ...


class RestBeaconSource:
    """A beacon node's REST API."""

    def __init__(self, url: str, network: Network, client: httpx.AsyncClient, limits: RestLimits | None = None) -> None:
        self.name = url.rstrip("/")
        self._network = network
        self._client = client
        self._limits = limits or RestLimits()

    async def bootstrap(self, block_root: bytes) -> LightClientBootstrap:
        """Returns the bootstrap of a block."""
        return await self._message(LightClientBootstrap, f"{PREFIX}/bootstrap/0x{block_root.hex()}")

    async def finality_update(self) -> LightClientFinalityUpdate:
        """Returns the latest finality update."""
        return await self._message(LightClientFinalityUpdate, f"{PREFIX}/finality_update")

    async def optimistic_update(self) -> LightClientOptimisticUpdate:
        """Returns the latest optimistic update."""
        return await self._message(LightClientOptimisticUpdate, f"{PREFIX}/optimistic_update")

    async def updates(self, start_period: int, count: int) -> tuple[LightClientUpdate, ...]:
        """Returns updates in order, as many as the server has; asks in clamped ranges, and one by one where a range fails."""
        found: list[LightClientUpdate] = []
        step = self._limits.updates_per_request
        while len(found) < count:
            asked = min(step, count - len(found))
            try:
                part = await self._updates(start_period + len(found), asked)
            except SourceLacksData:
                # One period that a server lacks fails the whole range on some, with 404 or with 500.
                if asked == 1:
                    if not found:
                        raise
                    break
                step = 1
                continue
            found.extend(part[:asked])
            if len(part) < asked:
                break
        return tuple(found)

    async def genesis(self) -> dict[str, Any]:
        """Returns `/eth/v1/beacon/genesis`, unverified: for showing, never for trusting."""
        return await self._data_object("/eth/v1/beacon/genesis")

    async def spec(self) -> dict[str, Any]:
        """Returns `/eth/v1/config/spec`, unverified."""
        return await self._data_object("/eth/v1/config/spec")

    async def events(self) -> AsyncIterator[LightClientEvent]:
        """Yields the light-client events of `/eth/v1/events`."""
        names: dict[str, type[LightClientEvent]] = {
            "light_client_finality_update": LightClientFinalityUpdate,
            "light_client_optimistic_update": LightClientOptimisticUpdate,
        }
        path = "/eth/v1/events?topics=" + ",".join(names)
        parser = EventParser(self.name, self._limits.event_bytes)
        headers = {"Accept": "text/event-stream", **PLAIN}
        try:
            async with self._client.stream("GET", self.name + path, headers=headers, timeout=self._timeout(read=None)) as response:
                self._check_status(response, path)
                async for chunk in response.aiter_bytes():
                    for event in parser.feed(chunk):
                        if event.name in names:
                            yield self._event(names[event.name], event.data)
        except httpx.HTTPError as error:
            raise SourceUnreachable(self.name, repr(error)) from error
        raise SourceUnreachable(self.name, "the stream of events ended")

    def _event(self, kind: type[LightClientEvent], data: str) -> LightClientEvent:
        document = json_text.decode(data.encode())
        if isinstance(document, dict) and "version" not in document:
            # Some servers leave the version out of events; the types of this network's latest fork then have to fit.
            document = {"version": self._network.forks[-1].fork.label, **document}
        event: LightClientEvent = from_document(kind, document, self._network)
        return event

    async def _updates(self, start_period: int, count: int) -> tuple[LightClientUpdate, ...]:
        path = f"{PREFIX}/updates?start_period={start_period}&count={count}"
        response, body = await self._get(path, self._limits.updates_bytes)
        if _is_ssz(response):
            return parse_update_stream(body, self._network)
        documents = json_text.decode(body)
        if not isinstance(documents, list) or len(documents) > count:
            raise MalformedMessage("", f"not a list of at most {count} updates")
        return tuple(from_document(LightClientUpdate, document, self._network) for document in documents)

    async def _message(self, kind: type[M], path: str) -> M:
        response, body = await self._get(path, self._limits.message_bytes)
        if not _is_ssz(response):
            return from_document(kind, json_text.decode(body), self._network)
        fork = fork_of_version(response.headers.get("eth-consensus-version", ""))
        return decode_message(kind, fork, body, self._network)

    async def _data_object(self, path: str) -> dict[str, Any]:
        _, body = await self._get(path, self._limits.message_bytes, headers={"Accept": "application/json", **PLAIN})
        document = json_text.decode(body)
        if not isinstance(document, dict) or not isinstance(document.get("data"), dict):
            raise MalformedMessage("data", "not an object")
        data: dict[str, Any] = document["data"]
        return data

    async def _get(self, path: str, limit: int, headers: dict[str, str] | None = None) -> tuple[httpx.Response, bytes]:
        """Returns an answer and its body, refused as soon as it is known to pass the limit."""
        try:
            # The outer limit is for servers that drip: each read arrives in time, the answer never ends.
            async with (
                asyncio.timeout(self._limits.answer_seconds),
                self._client.stream("GET", self.name + path, headers=headers or ACCEPT, timeout=self._timeout()) as response,
            ):
                self._check_status(response, path)
                body = bytearray()
                async for chunk in response.aiter_bytes():
                    body += chunk
                    if len(body) > limit:
                        raise OversizedAnswer(self.name, limit)
                return response, bytes(body)
        except TimeoutError as error:
            raise SourceUnreachable(self.name, f"no whole answer within {self._limits.answer_seconds} s") from error
        except httpx.HTTPError as error:
            raise SourceUnreachable(self.name, repr(error)) from error

    def _check_status(self, response: httpx.Response, path: str) -> None:
        if response.status_code != httpx.codes.OK:
            raise SourceLacksData(self.name, path, response.status_code)
        if response.headers.get("content-encoding", "identity") != "identity":
            # None was asked for, and a small compressed body can unfold past every limit.
            raise MalformedMessage("Content-Encoding", "compressed although identity was asked for")

    def _timeout(self, read: float | None = -1) -> httpx.Timeout:
        seconds = self._limits.timeout_seconds
        return httpx.Timeout(seconds, read=seconds if read == -1 else read)


def _is_ssz(response: httpx.Response) -> bool:
    return bool(response.headers.get("content-type", "").partition(";")[0].strip().lower() == SSZ)
