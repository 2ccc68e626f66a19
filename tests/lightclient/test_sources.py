"""The REST source over a fake transport: both forms, quirks of real servers, and every bound."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest

from lightclient.beacon_json import encode_update_stream, to_document
from lightclient.errors import MalformedMessage, OversizedAnswer, SourceLacksData, SourceUnreachable, UnknownForkDigest
from lightclient.settings import RestLimits
from lightclient.sources import PREFIX, SSZ, RestBeaconSource
from lightclient.sse import Event, EventParser
from lightclient.ssz import serialize
from tests.lightclient.synthetic import SyntheticChain
from tests.vectors import vectors

CHAIN = SyntheticChain()
NETWORK = CHAIN.network
BOOTSTRAP, UPDATE = CHAIN.bootstrap(136), CHAIN.update(176)
FINALITY, OPTIMISTIC = CHAIN.finality_update(176), CHAIN.optimistic_update(177)
LIMITS = RestLimits(message_bytes=64 * 1024, updates_bytes=128 * 1024, updates_per_request=4)

Handler = Callable[[httpx.Request], httpx.Response]


def ask(handler: Handler, what: str, *arguments: Any, limits: RestLimits = LIMITS) -> Any:
    async def go() -> Any:
        async with httpx.AsyncClient(transport=httpx.MockTransport(handler)) as client:
            source = RestBeaconSource("http://beacon/", NETWORK, client, limits)
            result = getattr(source, what)(*arguments)
            if what == "events":
                return [event async for event in result]
            return await result

    return asyncio.run(go())


def answer(body: Any, **headers: str) -> Handler:
    def handler(request: httpx.Request) -> httpx.Response:
        assert request.headers["accept-encoding"] == "identity"
        if isinstance(body, bytes):
            return httpx.Response(200, content=body, headers={"content-type": SSZ, **headers})
        return httpx.Response(200, json=body, headers=headers)

    return handler


MESSAGES = [("bootstrap", BOOTSTRAP, (bytes(32),)), ("finality_update", FINALITY, ()), ("optimistic_update", OPTIMISTIC, ())]


@pytest.mark.parametrize(("what", "message", "arguments"), MESSAGES)
def test_messages_arrive_as_json_or_ssz(what: str, message: Any, arguments: tuple[Any, ...]) -> None:
    assert ask(answer(to_document(message, NETWORK)), what, *arguments) == message
    assert ask(answer(serialize(message), **{"Eth-Consensus-Version": "fulu"}), what, *arguments) == message
    with pytest.raises(MalformedMessage):
        ask(answer(serialize(message)), what, *arguments)
    with pytest.raises(MalformedMessage):
        ask(answer(serialize(message), **{"Eth-Consensus-Version": "heze"}), what, *arguments)


def test_updates_arrive_as_json_or_as_a_stream() -> None:
    assert ask(answer([to_document(UPDATE, NETWORK)]), "updates", 2, 1) == (UPDATE,)
    assert ask(answer(encode_update_stream((UPDATE,), NETWORK)), "updates", 2, 1) == (UPDATE,)
    with pytest.raises(UnknownForkDigest):
        ask(answer(encode_update_stream((UPDATE,), NETWORK).replace(b"\xfe", b"\xff", 0)[:8] + bytes(4) + bytes(9000)), "updates", 2, 1)


def test_ranges_are_clamped_and_a_failing_range_is_asked_one_by_one() -> None:
    asked: list[tuple[int, int]] = []

    def handler(request: httpx.Request) -> httpx.Response:
        start, count = int(request.url.params["start_period"]), int(request.url.params["count"])
        asked.append((start, count))
        if start + count > 8:
            return httpx.Response(500, json={"message": "no update for period 8"})
        updates = tuple(CHAIN.update(period * 64 + 40) for period in range(start, start + count))
        return httpx.Response(200, content=encode_update_stream(updates, NETWORK), headers={"content-type": SSZ})

    updates = ask(handler, "updates", 2, 9)
    assert [update.attested_header.beacon.slot // 64 for update in updates] == [2, 3, 4, 5, 6, 7]
    assert asked == [(2, 4), (6, 4), (6, 1), (7, 1), (8, 1)]
    with pytest.raises(SourceLacksData) as refusal:
        ask(handler, "updates", 8, 2)
    assert refusal.value.status == 500


def test_a_server_that_gives_fewer_or_more_updates_than_asked() -> None:
    assert ask(answer([to_document(UPDATE, NETWORK)]), "updates", 2, 3) == (UPDATE,)
    with pytest.raises(MalformedMessage):
        ask(answer([to_document(UPDATE, NETWORK)] * 3), "updates", 2, 2)


@pytest.mark.parametrize("status", [301, 404, 429, 500, 503])
def test_error_statuses_are_missing_data(status: int) -> None:
    with pytest.raises(SourceLacksData) as refusal:
        ask(lambda _request: httpx.Response(status, headers={"location": "http://elsewhere/"}), "finality_update")
    assert refusal.value.path == f"{PREFIX}/finality_update"


def test_too_much_is_refused_before_it_is_read_to_the_end() -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 4096
            yield b" " * 4096

    with pytest.raises(OversizedAnswer):
        ask(lambda _request: httpx.Response(200, content=endless()), "finality_update")
    assert sent <= LIMITS.message_bytes + 2 * 4096


def test_a_compressed_answer_is_refused_unread() -> None:
    with pytest.raises(MalformedMessage, match="compressed"):
        ask(lambda _request: httpx.Response(200, content=b"\x1f\x8b", headers={"content-encoding": "gzip"}), "finality_update")


def test_a_dripping_answer_ends_at_its_time_limit() -> None:
    async def drip() -> AsyncIterator[bytes]:
        while True:
            await asyncio.sleep(0)
            yield b" "

    with pytest.raises(SourceUnreachable, match="whole answer"):
        ask(lambda _request: httpx.Response(200, content=drip()), "finality_update", limits=RestLimits(answer_seconds=0.001))


def test_a_connection_that_fails_is_an_unreachable_source() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    for what, arguments in (("finality_update", ()), ("bootstrap", (bytes(32),)), ("events", ())):
        with pytest.raises(SourceUnreachable, match="refused"):
            ask(handler, what, *arguments)


@pytest.mark.parametrize("body", [b"not json", b"[" * 50_000, b"[]", b'{"data": 5}', b"{}"])
def test_garbage_is_refused(body: bytes) -> None:
    with pytest.raises(MalformedMessage):
        ask(lambda _request: httpx.Response(200, content=body), "finality_update")
    if body != b"[]":
        with pytest.raises(MalformedMessage):
            ask(lambda _request: httpx.Response(200, content=body), "updates", 0, 1)


def test_what_a_server_says_of_itself_can_be_shown() -> None:
    assert ask(answer({"data": {"genesis_time": "5"}}), "genesis") == {"genesis_time": "5"}
    assert ask(answer({"data": {"PRESET_BASE": "minimal"}}), "spec") == {"PRESET_BASE": "minimal"}
    with pytest.raises(MalformedMessage):
        ask(answer({"data": []}), "spec")


# Events


def stream(*parts: bytes) -> Handler:
    async def body() -> AsyncIterator[bytes]:
        for part in parts:
            yield part

    return lambda _request: httpx.Response(200, content=body())


def test_events_arrive_until_the_stream_ends() -> None:
    found: list[Any] = []

    async def go() -> None:
        document = json.dumps(to_document(FINALITY, NETWORK))
        bare = json.dumps({"data": to_document(OPTIMISTIC, NETWORK)["data"]})
        text = f"event: head\ndata: {{}}\n\nevent: light_client_finality_update\ndata: {document}\n\n"
        text += f"event: light_client_optimistic_update\r\ndata: {bare}\r\n\r\n"
        raw = text.encode()
        async with httpx.AsyncClient(transport=httpx.MockTransport(stream(raw[:100], raw[100:3000], raw[3000:]))) as client:
            async for event in RestBeaconSource("http://beacon", NETWORK, client).events():
                found.append(event)  # noqa: PERF401 -- the stream ends with an exception, and what came before it counts

    with pytest.raises(SourceUnreachable, match="ended"):
        asyncio.run(go())
    assert found == [FINALITY, OPTIMISTIC]


def test_a_lodestar_stream_as_recorded() -> None:
    data = vectors("beacon-devnets", "minimal-electra", "events.sse").read_bytes()
    whole = EventParser("lodestar", 1 << 16).feed(data)
    parser = EventParser("lodestar", 1 << 16)
    assert [event for byte in data for event in parser.feed(bytes([byte]))] == whole
    assert {"head", "light_client_finality_update", "light_client_optimistic_update", "finalized_checkpoint"} <= {
        event.name for event in whole
    }


def test_the_event_format() -> None:
    parser = EventParser("test", 100)
    assert parser.feed(b": comment\n\nid: 4\nretry: 5\ndata:one\ndata: two\n\n") == [Event("message", "one\ntwo")]
    assert parser.feed(b"event: nothing\n\n") == []


@pytest.mark.parametrize("data", [b"x" * 101, b"data: " + b"y" * 101 + b"\n", b"data: " + b"z" * 60 + b"\ndata: " + b"z" * 60 + b"\n"])
def test_an_endless_event_is_refused(data: bytes) -> None:
    with pytest.raises(OversizedAnswer):
        EventParser("test", 100).feed(data)


def test_an_event_stream_that_is_refused_or_oversized() -> None:
    with pytest.raises(SourceLacksData):
        ask(lambda _request: httpx.Response(404), "events")
    with pytest.raises(OversizedAnswer):
        ask(stream(b"data: " + b"x" * 70_000), "events")
    with pytest.raises(MalformedMessage):
        ask(stream(b"event: light_client_finality_update\ndata: {}\n\n"), "events")
