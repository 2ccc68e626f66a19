"""The event stream, read at its source."""

import asyncio
import json
from collections.abc import AsyncIterator

from fullnode.devnet.beacon.events import TOPICS, EventHub
from fullnode.devnet.consensus.chain import BeaconChain
from fullnode.devnet.consensus.misbehave import Endpoint, Lie
from tests.fullnode.beacon.client import ask
from tests.fullnode.beacon.test_light_client_routes import shape
from tests.fullnode.consensus.chains import make_chain, run
from tests.vectors import vectors


def parsed(text: str) -> list[tuple[str, dict[str, object]]]:
    """Returns the events of a stream."""
    blocks = [block.splitlines() for block in text.split("\n\n") if block.startswith("event: ")]
    return [(block[0].removeprefix("event: "), json.loads(block[1].removeprefix("data: "))) for block in blocks]


def heard(
    chain: BeaconChain, slot: int, topics: frozenset[str] = frozenset(TOPICS), queue_size: int = 1000
) -> list[tuple[str, dict[str, object]]]:
    """Returns what a reader hears while the chain runs to `slot`."""

    async def listen() -> bytes:
        hub = EventHub(chain, queue_size)
        stream: AsyncIterator[bytes] = hub.stream(topics)
        first = await anext(stream)
        run(chain, slot)
        hub.close()
        return first + b"".join([item async for item in stream])

    return parsed(asyncio.run(listen()).decode())


def test_events_have_the_form_that_real_servers_give_them() -> None:
    recorded = dict(parsed(vectors("beacon-devnets", "minimal-electra", "events.sse").read_text()))
    events = dict(heard(make_chain(), 34))
    assert set(events) == set(TOPICS) - {"chain_reorg"}
    for topic in set(events) & set(recorded):
        assert shape(events[topic]) == shape(recorded[topic])


def test_a_reader_hears_only_its_topics_in_order() -> None:
    chain = make_chain()
    events = heard(chain, 5, frozenset({"head"}))
    assert [data["slot"] for _, data in events] == ["1", "2", "3", "4", "5"]


def test_a_reorganization_is_told() -> None:
    chain = make_chain()
    run(chain, 6)

    async def listen() -> bytes:
        hub = EventHub(chain, 10)
        stream = hub.stream(frozenset({"chain_reorg"}))
        await anext(stream)
        chain.reorg(2)
        hub.close()
        return b"".join([item async for item in stream])

    [(_, data)] = parsed(asyncio.run(listen()).decode())
    assert (data["slot"], data["depth"]) == ("6", "2")


def test_a_reader_that_falls_behind_loses_its_stream() -> None:
    events = heard(make_chain(), 9, frozenset({"head"}), queue_size=4)
    assert len(events) < 4


def test_events_can_be_withheld_and_false() -> None:
    chain = make_chain()
    truth = heard(chain, 1, frozenset({"light_client_optimistic_update"}))
    chain.misbehaviour.lie = Lie.SIGNATURE
    told = heard(chain, 2, frozenset({"light_client_optimistic_update"}))
    assert shape(told) == shape(truth)
    chain.misbehaviour.withhold = {Endpoint.EVENTS}
    assert heard(chain, 3) == []


def test_unknown_topics_are_refused() -> None:
    chain = make_chain()
    assert ask(chain, "/eth/v1/events?topics=head,gossip").json() == {"code": 400, "message": "Invalid topic: gossip"}
    assert ask(chain, "/eth/v1/events").status_code == 400
