"""Topics by route, and routes that cannot work."""

import pytest

from drivers.errors import BadConfiguration
from drivers.mqtt import topics
from drivers.mqtt.errors import BadTopic, UnknownTopic
from drivers.mqtt.settings import DEFAULT_ROUTES, Route
from drivers.mqtt.topics import Frame, Router, Target

ROUTER = Router(DEFAULT_ROUTES)


@pytest.mark.parametrize(
    ("topic", "target"),
    [
        ("devices/reefer-1/senml", Target("senml-json", "reefer-1")),
        ("devices/urn:dev:ow:10e2/senml-cbor", Target("senml-cbor", "urn:dev:ow:10e2")),
        ("devices/cam-1/frame", Target("frame", "cam-1")),
        (
            "devices/cam-1/frame/09506000134352/L42/I-7/12/1700000000000",
            Target("frame", "cam-1", Frame("09506000134352", "L42", "I-7", 12, 1_700_000_000_000)),
        ),
    ],
)
def test_the_conventions(topic: str, target: Target) -> None:
    assert ROUTER.find(topic) == target
    assert ROUTER.find(topic) == target


@pytest.mark.parametrize(
    "topic", ["", "x", "devices/a/b/senml", "devices/a/senml/", "devices/a/frame/09506000134352/L/I/1", "Devices/a/senml"]
)
def test_a_topic_that_no_route_matches(topic: str) -> None:
    with pytest.raises(UnknownTopic):
        ROUTER.find(topic)


@pytest.mark.parametrize(
    "topic",
    [
        "devices//senml",
        "devices/-a/senml",
        "devices/a/frame/9506000134352/L/I/1/1",
        "devices/a b/senml",
        f"devices/{'a' * 129}/senml",
        "devices/a/frame/09506000134352//I/1/1",
        "devices/a/frame/09506000134352/L/I I/1/1",
        "devices/a/frame/09506000134352/L/I/-1/1",
        "devices/a/frame/09506000134352/L/I/9223372036854775808/1",
        "devices/a/frame/09506000134352/L/I/1/253402300800000",
        "devices/a/frame/09506000134352/L/I/1/soon",
        "devices/a/frame/09506000134352/L/I/٣/1",
    ],
)
def test_a_level_that_does_not_name_what_it_should(topic: str) -> None:
    with pytest.raises(BadTopic):
        ROUTER.find(topic)


@pytest.mark.parametrize(
    "route",
    [
        Route("", "senml-json"),
        Route("devices/x/senml", "senml-json"),
        Route("devices/a+/senml", "senml-json"),
        Route("#/senml", "senml-json"),
        Route("devices/+/frame/+", "frame"),
        Route("line/1", "senml-json", device="a b"),
    ],
)
def test_a_route_that_cannot_work_is_refused_at_start(route: Route) -> None:
    with pytest.raises(BadConfiguration):
        Router([route])


def test_routes_of_ones_own() -> None:
    router = Router(
        [Route("plant/+/data/#", "senml-json"), Route("oven", "senml-json", device="oven-1"), Route("#", "frame", device="cam")]
    )
    assert router.find("plant/p1/data").device == "p1"
    assert router.find("plant/p1/data/a/b").device == "p1"
    assert router.find("oven").device == "oven-1"
    assert router.find("anything/else") == Target("frame", "cam")


def test_invented_topics_do_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(topics, "MAX_REMEMBERED", 4)
    router = Router(DEFAULT_ROUTES)
    for number in range(10):
        router.find(f"devices/d{number}/senml")
    assert len(router._remembered) <= 4
