"""The live stream: what is sent, when nothing is, and how many may listen."""

import asyncio
import json
from collections.abc import Callable

import httpx
import pytest
from starlette.types import Message

from gateway.store import Store
from gateway.web import WebSettings, create_app
from gateway.web.errors import NotFoundError
from gateway.web.live import FULL_RETRY_MS, HEARTBEAT_SECONDS, Live
from gateway.web.pages.layout import Page, fragment
from oracle.drawing.html import el
from tests.gateway.web.scene import Scene


class Stage:
    """A page that the test changes, and a clock that moves when the stream sleeps."""

    def __init__(self) -> None:
        self.values = {"a": "1", "b": "1"}
        self.gone = False
        self.slept = 0.0

    async def render(self, address: str) -> Page:
        if self.gone:
            raise NotFoundError("page", address)
        return Page("t", tuple(fragment(name, value) for name, value in self.values.items()), still=frozenset({"still"}))

    async def sleep(self, seconds: float) -> None:
        self.slept += seconds


def told(chunk: bytes) -> tuple[str, dict[str, str]]:
    fields = dict(line.split(": ", 1) for line in chunk.decode().strip().splitlines())
    return fields["event"], json.loads(fields["data"])


def run(story: Callable[[Stage, Live], object]) -> None:
    stage = Stage()
    asyncio.run(story(stage, Live(stage.render, WebSettings(live_clients=1), stage.sleep)))  # type: ignore[arg-type]


def test_only_what_changed_is_sent() -> None:
    async def story(stage: Stage, live: Live) -> None:
        stream = live.stream("/", "")
        assert (await anext(stream)).startswith(b"retry: ")
        assert told(await anext(stream)) == ("fragments", {"a": '<section id="a">1</section>', "b": '<section id="b">1</section>'})
        stage.values["b"] = "2 <&"
        assert told(await anext(stream)) == ("fragments", {"b": '<section id="b">2 &lt;&amp;</section>'})
        await stream.aclose()
        assert live.clients == 0

    run(story)


def test_who_has_seen_it_gets_nothing_but_a_sign_of_life() -> None:
    async def story(stage: Stage, live: Live) -> None:
        stream = live.stream("/", (await stage.render("/")).digest())
        await anext(stream)
        assert await anext(stream) == b": still here\n\n"
        assert stage.slept == pytest.approx(HEARTBEAT_SECONDS)
        await stream.aclose()

    run(story)


def test_forms_are_left_alone_and_lines_in_a_page_do_not_end_an_event() -> None:
    async def story(stage: Stage, live: Live) -> None:
        stage.values = {"still": "x", "a": "one\n\ntwo"}
        stream = live.stream("/", "")
        await anext(stream)
        chunk = await anext(stream)
        assert chunk.count(b"\n\n") == 1
        assert told(chunk)[1] == {"a": '<section id="a">one\n\ntwo</section>'}
        await stream.aclose()

    run(story)


def test_a_page_that_is_gone_ends_the_stream() -> None:
    async def story(stage: Stage, live: Live) -> None:
        stage.gone = True
        chunks = [chunk async for chunk in live.stream("/", "")]
        assert told(chunks[-1]) == ("gone", {})
        assert live.clients == 0

    run(story)


def test_listeners_are_bounded() -> None:
    async def story(stage: Stage, live: Live) -> None:
        stream = live.stream("/", "")
        assert not live.full()
        await anext(stream)
        assert live.full()
        await stream.aclose()
        assert not live.full()

    run(story)


def test_listeners_who_come_at_once_are_bounded_too() -> None:
    async def story(stage: Stage, live: Live) -> None:
        first, second = live.stream("/", ""), live.stream("/", "")
        await anext(first)
        assert [chunk async for chunk in second] == [f"retry: {FULL_RETRY_MS}\n\n".encode()]
        assert live.clients == 1
        await first.aclose()

    run(story)


def test_digests_depend_on_the_live_parts_only() -> None:
    one = Page("t", (("a", el("p", "1")), ("f", el("p", "x"))), still=frozenset({"f"}))
    two = Page("t", (("a", el("p", "1")), ("f", el("p", "y"))), still=frozenset({"f"}))
    three = Page("t", (("a", el("p", "2")), ("f", el("p", "x"))), still=frozenset({"f"}))
    assert one.digest() == two.digest() != three.digest()


def test_the_endpoint_streams_and_refuses_one_too_many(story: Store, scene: Scene) -> None:
    app = create_app(story, scene, WebSettings(live_clients=1))

    async def scenario() -> None:
        sent: asyncio.Queue[Message] = asyncio.Queue()
        gone = asyncio.Event()

        async def receive() -> Message:
            await gone.wait()
            return {"type": "http.disconnect"}

        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": "/events",
            "raw_path": b"/events",
            "root_path": "",
            "query_string": b"path=%2Ffindings%3Flabel%3Dcrack",
            "headers": [(b"host", b"127.0.0.1")],
            "server": ("127.0.0.1", 80),
            "client": ("127.0.0.1", 1),
        }
        streaming = asyncio.ensure_future(app(scope, receive, sent.put))
        start = await sent.get()
        assert start["status"] == 200
        assert (b"content-type", b"text/event-stream; charset=utf-8") in start["headers"]
        await sent.get()
        kind, fragments = told((await sent.get())["body"])
        assert kind == "fragments"
        assert list(fragments) == ["items"]
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as second:
            refused = await second.get("/events")
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "30")
        gone.set()
        await streaming

    asyncio.run(scenario())
