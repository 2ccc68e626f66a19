"""Stages that judge: inspection frames as they are recorded, trips after they have ended."""

import asyncio
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

import structlog
from msgspec import Meta

from drivers.reading import Quality
from edge_agents.agent import FrameAgent, ShipmentAgent
from edge_agents.errors import FrameRefused
from edge_agents.finding import Finding
from edge_agents.frame import PREFIX, frame
from edge_agents.window import window
from gateway.images import Images
from gateway.pipeline.stage import Stage, keep
from gateway.store import cursors, findings, manifests, readings, shipments
from gateway.store.records import Shipment, ShipmentState, StoredReading
from gateway.store.store import Store


@dataclass(frozen=True, slots=True)
class JudgeSettings:
    """When a trip is judged, and how many frames at a time."""

    settle_seconds: Annotated[float, Meta(ge=0)] = 60.0
    """A trip is judged this long after its end, so that what a device still holds can arrive."""
    frames_at_once: Annotated[int, Meta(ge=1, le=1000)] = 32
    """Frames judged per commit."""


CURSOR = "frames"
"""How far frames are judged, whichever agent did it: one that is replaced leaves no cursor behind that would keep readings from pruning."""


class JudgeFrames(Stage):
    """Judges every inspection frame once, in order of arrival; a cursor in the store says how far it has come."""

    name = "judge_frames"

    def __init__(
        self, store: Store, agent: FrameAgent, settings: JudgeSettings, now_ms: Callable[[], int], images: Images | None = None
    ) -> None:
        """Judges with one agent; what `images` keeps is on disk before anything is concluded from it."""
        self._store = store
        self._agent = agent
        self._limit = settings.frames_at_once
        self._now_ms = now_ms
        self._images = images
        self._log = structlog.get_logger("pipeline.judge_frames")

    async def step(self) -> bool:
        """Judges the next frames; returns whether there may be more."""
        found, last, more = await asyncio.to_thread(self._judge)
        if last is None:
            return False

        def record(connection: sqlite3.Connection) -> None:
            manifests.insert(connection, self._agent.manifest.text)
            for number, finding in found:
                findings.insert(connection, finding, created_ms=self._now_ms(), first_reading=number, last_reading=number)
            cursors.advance(connection, CURSOR, last)

        await keep(self._store, record)
        # True now: these frames are judged and the cursor is behind them. A restart goes on with the next one.
        return more

    def _judge(self) -> tuple[list[tuple[int, Finding]], int | None, bool]:
        with self._store.read() as connection:
            seen = cursors.get(connection, CURSOR)
            newest = readings.last_id(connection)
            waiting = list(readings.select_prefix_after(connection, PREFIX, seen, last=newest, limit=self._limit))
        found = [(stored.id, finding) for stored in waiting if (finding := self._judge_one(stored)) is not None]
        more = len(waiting) == self._limit
        last = waiting[-1].id if more else newest
        return found, last if last > seen else None, more

    def _judge_one(self, stored: StoredReading) -> Finding | None:
        try:
            seen = frame(stored.reading)
            finding = self._agent.judge(seen)
        except FrameRefused as refusal:
            # The reading stays; there is just nothing to conclude from it. Its evidence hash leads back to it.
            self._log.warning("frame refused", reading=stored.id, device=stored.reading.device, reason=str(refusal))
            return None
        if self._images is not None:
            self._images.keep(seen.png)
        return finding


Judged = tuple[Finding, int | None, int | None, str]
"""What was concluded, the first and the last reading used, and the text of the agent's manifest."""


class JudgeTrips(Stage):
    """Judges each shipment once, after its end and a settling time."""

    name = "judge_trips"

    def __init__(self, store: Store, agents: Callable[[str], ShipmentAgent], settings: JudgeSettings, now_ms: Callable[[], int]) -> None:
        """Asks `agents` for the agent of a shipment's product."""
        self._store = store
        self._agents = agents
        self._settle_ms = round(settings.settle_seconds * 1000)
        self._now_ms = now_ms

    async def step(self) -> bool:
        """Judges the next shipment that is due; returns whether there may be another."""
        judged = await asyncio.to_thread(self._judge)
        if judged is None:
            return False
        finding, first, last, manifest = judged

        def record(connection: sqlite3.Connection) -> None:
            manifests.insert(connection, manifest)
            findings.insert(connection, finding, created_ms=self._now_ms(), first_reading=first, last_reading=last)

        await keep(self._store, record)
        return True

    def _judge(self) -> Judged | None:
        refusal: Exception | None = None
        with self._store.read() as connection:
            for shipment in shipments.select_state(connection, ShipmentState.CLOSED):
                if self._due(shipment) and not any(findings.select_subject(connection, shipment.subject)):
                    try:
                        return self._judge_one(connection, shipment)
                    except sqlite3.Error:
                        raise
                    except (
                        Exception
                    ) as error:  # one trip's trouble, such as a product that is no longer shipped, must not hold up the others
                        refusal = refusal or error
        if refusal is not None:
            raise refusal
        return None

    def _judge_one(self, connection: sqlite3.Connection, shipment: Shipment) -> Judged:
        agent = self._agents(shipment.product)
        stored = readings_of(connection, shipment, agent.quantity)
        seen = window(
            [s.reading for s in stored],
            device=shipment.device,
            quantity=agent.quantity,
            start_ms=shipment.opened_ms,
            end_ms=shipment.closed_ms,
        )
        numbers = [s.id for s in stored]
        return agent.judge(shipment.subject, seen), min(numbers, default=None), max(numbers, default=None), agent.manifest.text

    def _due(self, shipment: Shipment) -> bool:
        return shipment.closed_ms is not None and self._now_ms() >= shipment.closed_ms + self._settle_ms


def readings_of(connection: sqlite3.Connection, shipment: Shipment, quantity: str, *, last: int | None = None) -> list[StoredReading]:
    """Returns the numbers of one quantity that a shipment's device stated during its trip and did not call bad, in order of time.

    With `last`, the number of the last reading that a finding used, readings that arrived after it was drawn are left out.
    """
    found = readings.select_window(
        connection, shipment.device, quantity, from_ms=shipment.opened_ms, to_ms=shipment.closed_ms or shipment.opened_ms
    )
    kept = (s for s in found if isinstance(s.reading.value, float) and s.reading.quality is not Quality.BAD)
    return [s for s in kept if last is None or s.id <= last]
