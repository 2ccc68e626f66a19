"""Stages that judge: inspection frames as they are recorded, trips after they have ended."""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import structlog
from msgspec import Meta

from edge_agents.agent import FrameAgent, ShipmentAgent
from edge_agents.conditions.agent import Conditions
from edge_agents.conditions.trip import Certificate, Circumstances
from edge_agents.errors import FrameRefused
from edge_agents.finding import Finding
from edge_agents.frame import PREFIX, frame
from edge_agents.manifest import parse
from gateway.images import Images
from gateway.pipeline import trips
from gateway.pipeline.stage import Stage, keep
from gateway.store import cursors, findings, judgements, manifests, readings, shipments, verdicts
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


@dataclass(frozen=True, slots=True)
class Judged:
    """What was concluded about a trip, and what it rests on."""

    finding: Finding
    """The conclusion."""
    edition: int
    """Number of the correction after which it was drawn; 0 for none."""
    circumstances: Circumstances
    """What it rests on besides the readings."""
    first: int | None
    """Number of the first reading used."""
    last: int | None
    """Number of the last reading used."""
    manifest: str
    """Text of the agent's manifest."""
    beside: bool = False
    """Whether another policy than the shipment's own drew it."""


class JudgeTrips(Stage):
    """Judges each shipment after its end and a settling time, and again after each correction.

    By its own policy first, then by every other one that somebody awaits a verdict by (`aios oracle await --policy`).
    """

    name = "judge_trips"

    def __init__(
        self,
        store: Store,
        agents: Callable[[str], ShipmentAgent],
        settings: JudgeSettings,
        now_ms: Callable[[], int],
        certificates: Sequence[Certificate] = (),
    ) -> None:
        """Asks `agents` for the agent of a shipment's product; `certificates` are the calibrations of this gateway's devices."""
        self._store = store
        self._agents = agents
        self._certificates = tuple(certificates)
        self._settle_ms = round(settings.settle_seconds * 1000)
        self._now_ms = now_ms

    async def step(self) -> bool:
        """Judges the next shipment that is due; returns whether there may be another."""
        judged = await asyncio.to_thread(self._judge)
        if judged is None:
            return False

        def record(connection: sqlite3.Connection) -> None:
            manifests.insert(connection, judged.manifest)
            stored = findings.insert(
                connection,
                judged.finding,
                created_ms=self._now_ms(),
                first_reading=judged.first,
                last_reading=judged.last,
                edition=judged.edition,
                beside=judged.beside,
            )
            judgements.insert(connection, stored.id, judged.circumstances)

        await keep(self._store, record)
        # True now: the finding stands beside everything that is needed to draw it again.
        return True

    def _judge(self) -> Judged | None:
        refusal: Exception | None = None
        with self._store.read() as connection:
            for shipment in shipments.select_state(connection, ShipmentState.CLOSED):
                if self._due(connection, shipment):
                    try:
                        return self._judge_one(connection, shipment, self._agents(shipment.product))
                    except sqlite3.Error:
                        raise
                    except (
                        Exception
                    ) as error:  # one trip's trouble, such as a product that is no longer shipped, must not hold up the others
                        refusal = refusal or error
            for subject, agent in verdicts.select_unjudged(connection):
                try:
                    return self._judge_beside(connection, subject, agent)
                except sqlite3.Error:
                    raise
                except Exception as error:  # nor must one policy's
                    refusal = refusal or error
        if refusal is not None:
            raise refusal
        return None

    def _judge_beside(self, connection: sqlite3.Connection, subject: str, agent: bytes) -> Judged:
        """Judges by the policy as it stood when it was named, whatever its file says now: the escrow names its hash."""
        shipment, text = shipments.get(connection, subject), manifests.get(connection, agent)
        assert shipment is not None, "it was selected with its shipment"
        assert text is not None, "a policy is kept with the word that it is awaited"
        judging = Conditions(parse(text.encode(), Path(f"{agent.hex()}.toml")))
        return replace(self._judge_one(connection, shipment, judging), beside=True)

    def _judge_one(self, connection: sqlite3.Connection, shipment: Shipment, agent: ShipmentAgent) -> Judged:
        end_ms = shipment.opened_ms if shipment.closed_ms is None else shipment.closed_ms
        known = trips.circumstances(connection, shipment, self._certificates, end_ms)
        trip, stored = trips.travelled(connection, known, agent.units)
        numbers = [s.id for s in stored]
        return Judged(
            finding=agent.judge(shipment.subject, trip),
            edition=shipment.edition,
            circumstances=trip.circumstances,
            first=min(numbers, default=None),
            last=max(numbers, default=None),
            manifest=agent.manifest.text,
        )

    def _due(self, connection: sqlite3.Connection, shipment: Shipment) -> bool:
        if shipment.closed_ms is None or self._now_ms() < shipment.closed_ms + self._settle_ms:
            return False
        return all(found.edition != shipment.edition for found in findings.select_subject(connection, shipment.subject))
