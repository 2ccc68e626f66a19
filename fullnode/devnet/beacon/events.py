"""Server-sent events: what happens on the chain, to whoever asked for the topic.

Each reader has a bounded queue; one that does not keep up loses its stream, not single events, so what it has read has no holes.
Spec: https://ethereum.github.io/beacon-APIs/#/Events.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Final

import msgspec

from fullnode.devnet.beacon.forms import to_json, versioned
from fullnode.devnet.consensus.chain import BeaconChain
from fullnode.devnet.consensus.events import Event, Finalized, HeadChanged, Reorganized
from fullnode.devnet.consensus.lies import lie_about
from fullnode.devnet.consensus.misbehave import Endpoint
from lightclient.types import LightClientFinalityUpdate

TOPICS: Final = (
    "head",
    "block",
    "finalized_checkpoint",
    "chain_reorg",
    "light_client_finality_update",
    "light_client_optimistic_update",
)
"""The topics that this server has something to say about."""


class EventHub:
    """Hands the chain's events on to the open streams."""

    def __init__(self, chain: BeaconChain, queue_size: int) -> None:
        self._chain = chain
        self._queue_size = queue_size
        self._streams: dict[asyncio.Queue[bytes | None], frozenset[str]] = {}
        chain.listeners.append(self._publish)

    def close(self) -> None:
        """Ends every stream."""
        self._chain.listeners.remove(self._publish)
        for queue in list(self._streams):
            self._end(queue)

    async def stream(self, topics: frozenset[str]) -> AsyncIterator[bytes]:
        """Yields the events of `topics` from now on, encoded, until the reader falls behind or the hub closes."""
        queue: asyncio.Queue[bytes | None] = asyncio.Queue(self._queue_size)
        self._streams[queue] = topics
        try:
            # A comment at once, so that the reader knows that it misses nothing from here on.
            yield b":\n\n"
            while (item := await queue.get()) is not None:
                yield item
                # A full queue and a quick socket would never give the loop a turn in which to notice that the reader has left.
                await asyncio.sleep(0)
        finally:
            self._streams.pop(queue, None)

    def _publish(self, event: Event) -> None:
        if Endpoint.EVENTS in self._chain.misbehaviour.withhold:
            return
        for topic, data in _forms(self._chain, event):
            encoded = b"event: " + topic.encode() + b"\ndata: " + msgspec.json.encode(data) + b"\n\n"
            for queue in [queue for queue, topics in self._streams.items() if topic in topics]:
                if queue.full():
                    self._end(queue)
                else:
                    queue.put_nowait(encoded)

    def _end(self, queue: "asyncio.Queue[bytes | None]") -> None:
        self._streams.pop(queue, None)
        while queue.full():
            queue.get_nowait()
        queue.put_nowait(None)


def _forms(chain: BeaconChain, event: Event) -> list[tuple[str, dict[str, Any]]]:
    if isinstance(event, HeadChanged):
        return _head_forms(chain, event)
    if isinstance(event, Finalized):
        block = {"block": to_json(event.block.root), "state": to_json(event.block.header.beacon.state_root)}
        return [("finalized_checkpoint", {**block, "epoch": str(event.epoch), "execution_optimistic": False})]
    if isinstance(event, Reorganized):
        old, new = event.old_head, event.new_head
        form = {
            "slot": str(old.slot),
            "depth": str(event.depth),
            "old_head_block": to_json(old.root),
            "new_head_block": to_json(new.root),
            "old_head_state": to_json(old.header.beacon.state_root),
            "new_head_state": to_json(new.header.beacon.state_root),
            "epoch": str(chain.epoch(old.slot)),
            "execution_optimistic": False,
        }
        return [("chain_reorg", form)]
    lie = chain.misbehaviour.lie
    if isinstance(event, LightClientFinalityUpdate):
        return [("light_client_finality_update", versioned(chain, lie_about(chain, lie, event) if lie else event))]
    return [("light_client_optimistic_update", versioned(chain, lie_about(chain, lie, event) if lie else event))]


def _head_forms(chain: BeaconChain, event: HeadChanged) -> list[tuple[str, dict[str, Any]]]:
    block = {"slot": str(event.block.slot), "block": to_json(event.block.root)}
    roots = [to_json(chain.dependent_root(event.block, back)) for back in (1, 0)]
    head = {
        **block,
        "state": to_json(event.block.header.beacon.state_root),
        "epoch_transition": event.epoch_transition,
        "previous_duty_dependent_root": roots[0],
        "current_duty_dependent_root": roots[1],
        "execution_optimistic": False,
    }
    return [("head", head), ("block", {**block, "execution_optimistic": False})]
