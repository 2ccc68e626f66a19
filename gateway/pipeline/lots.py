"""The stage that judges lots: each once its sample is complete, or once it is closed and its last items had time to arrive."""

import asyncio
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass

from edge_agents.finding import Finding
from edge_agents.lots import policy
from edge_agents.lots.plan import Severity
from edge_agents.lots.verdict import judge
from gateway.pipeline.judge import JudgeSettings
from gateway.pipeline.lot_statements import item_attestations, plan_of, sampled
from gateway.pipeline.stage import Stage, keep
from gateway.store import findings, lots, manifests
from gateway.store.lot_records import Lot, LotState
from gateway.store.store import Store


@dataclass(frozen=True, slots=True)
class Judged:
    """A lot and what is concluded about it."""

    lot: Lot
    """The lot."""
    severity: Severity
    """How it was inspected."""
    finding: Finding
    """The verdict."""


class JudgeLots(Stage):
    """Judges each lot once. With `signing`, a lot waits until every item of its sample is attested: the statement about it names them."""

    name = "judge_lots"

    def __init__(self, store: Store, settings: JudgeSettings, now_ms: Callable[[], int], *, signing: bool) -> None:
        """Waits the settling time of trips after a lot was closed."""
        self._store = store
        self._settle_ms = round(settings.settle_seconds * 1000)
        self._now_ms = now_ms
        self._signing = signing

    async def step(self) -> bool:
        """Judges the next lot that is due; returns whether there may be another."""
        found = await asyncio.to_thread(self._next)
        if found is None:
            return False
        manifest = policy.manifest(found.lot.level, found.lot.aql, found.severity)

        def record(connection: sqlite3.Connection) -> None:
            manifests.insert(connection, manifest.text)
            findings.insert(connection, found.finding, created_ms=self._now_ms())
            lots.judged(
                connection,
                found.lot.subject,
                found.finding.verdict,
                inspected=found.finding.readings,
                nonconforming=int(dict(found.finding.measures)["nonconforming"]),
                closed_ms=self._now_ms(),
            )

        await keep(self._store, record)
        # True now: the lot has its verdict and the finding that says why, in one commit; nothing is signed yet.
        return True

    def _next(self) -> Judged | None:
        with self._store.read() as connection:
            for lot in lots.select_unjudged(connection):
                judged = self._judge(connection, lot)
                if judged is not None:
                    return judged
        return None

    def _judge(self, connection: sqlite3.Connection, lot: Lot) -> Judged | None:
        plan = plan_of(lot)
        items = sampled(connection, lot)
        complete = len(items) == plan.sample_size
        if not complete and (lot.state is LotState.OPEN or self._now_ms() < (lot.closed_ms or 0) + self._settle_ms):
            return None
        if self._signing and len(item_attestations(connection, items)) < len(items):
            return None
        found = judge(lot.subject, plan, [item.finding for item in items], from_ms=lot.opened_ms, to_ms=lot.closed_ms or self._now_ms())
        return Judged(lot, plan.severity, found)
