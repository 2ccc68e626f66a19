"""Tells the story as it unfolds: what the gateway recorded, found, signed, anchored and proved, in the order in which it became durable.

It only reads the store, as anyone with the file could; nothing is told before it is true.
"""

import asyncio
import sqlite3
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime

from rich.console import Console
from rich.text import Text

from edge_agents.finding import SubjectKind, Verdict
from edge_agents.lots.verdict import VERDICTS
from gateway.store import bundles, custody, findings, lots, publications, shipments
from gateway.store.lot_records import Lot
from gateway.store.records import StoredFinding
from gateway.store.store import Store
from gateway.wording import verdict
from oracle.publication import Publication, State

LOOK_SECONDS = 0.25
"""How often it looks."""
PROGRESS_MS = 12 * 3_600_000
"""A line about the trip itself every so much virtual time."""

SAID = {
    State.STAGED: "is staged: root and leaves are durable, nothing is sent",
    State.SIGNED: "is signed under its nonce",
    State.SENT: "is sent; a node has it",
    State.INCLUDED: "is included in a block, says the RPC",
    State.FINAL: "is FINAL: our own light client proved the root in finalized state",
    State.REPLACED: "was replaced; it is signed again",
}
"""What each state of a publication means to somebody who watches."""


class Story:
    """Follows one store and prints what is new."""

    def __init__(self, console: Console, store: Store, now_ms: Callable[[], int]) -> None:
        """Tells to a console."""
        self._console = console
        self._store = store
        self._now_ms = now_ms
        self._finding = 0
        self._states: dict[int, State] = {}
        self._bundles: set[str] = set()
        self._closed: set[str] = set()
        self._handed: Counter[str] = Counter()
        self._progress_ms = now_ms()

    async def run(self) -> None:
        """Tells until cancelled."""
        while True:
            self.look()
            await asyncio.sleep(LOOK_SECONDS)

    def look(self) -> None:
        """Tells everything that has become true since the last look."""
        with self._store.read() as connection:
            self._tell_progress(connection)
            for shipment in shipments.select_all(connection):
                self._tell_custody(connection, shipment.subject)
                if shipment.closed_ms is not None and shipment.subject not in self._closed:
                    self._closed.add(shipment.subject)
                    self.say(f"shipment {shipment.subject} has arrived", "cyan")
            for lot in lots.select_all(connection):
                if lot.verdict is not None and lot.subject not in self._closed:
                    self._closed.add(lot.subject)
                    self._tell_lot(lot, lot.verdict)
            fresh = [f for f in findings.select_latest(connection, limit=500) if f.id > self._finding]
            moved = [p for p in publications.select_latest(connection, limit=50) if self._states.get(p.index) is not p.state]
            written = [b for b in bundles.select_all(connection) if b.subject not in self._bundles]
        for finding in reversed(fresh):
            self._finding = finding.id
            self._tell_finding(finding)
        for publication in reversed(moved):
            self._tell_publication(publication)
        for bundle in written:
            self._bundles.add(bundle.subject)
            self.say(f"bundle of {bundle.subject} is written: {bundle.path}", "bold green")

    def say(self, text: str, style: str = "") -> None:
        """Prints one line with the story's time."""
        moment = datetime.fromtimestamp(self._now_ms() / 1000, UTC).strftime("%a %H:%M")
        # One call: a progress bar below would be drawn between two.
        self._console.print(Text.assemble((moment, "dim"), "  ", (text, style)))

    def _tell_progress(self, connection: sqlite3.Connection) -> None:
        if self._now_ms() - self._progress_ms < PROGRESS_MS:
            return
        self._progress_ms += PROGRESS_MS
        count, rejects = connection.execute("SELECT (SELECT count(*) FROM readings), (SELECT count(*) FROM rejects)").fetchone()
        self.say(f"{count} readings are durable and acknowledged, {rejects} rejects", "dim")

    def _tell_custody(self, connection: sqlite3.Connection, subject: str) -> None:
        for handover in custody.select(connection, subject)[self._handed[subject] :]:
            self._handed[subject] += 1
            self.say(f"{subject}: {handover.terms.giver_party} hands over to {handover.terms.taker_party}, and both have signed", "cyan")

    def _tell_finding(self, stored: StoredFinding) -> None:
        found = stored.finding
        if found.kind is SubjectKind.SHIPMENT:
            measures = ", ".join(
                f"{name.replace('_', ' ')} {value:.1f}" for name, value in found.measures if not name.startswith("minutes")
            )
            self.say(f"{found.subject}: {verdict(found)}: {measures}", "green" if found.verdict is Verdict.CONFORMS else "bold red")
        elif found.verdict is Verdict.BREACH:
            self.say(f"{found.item} of {found.subject}: {found.label} ({found.confidence:.0%})", "yellow")

    def _tell_lot(self, lot: Lot, verdict: Verdict) -> None:
        (word,) = (label for label, meant in VERDICTS.items() if meant is verdict)
        style = "green" if verdict is Verdict.CONFORMS else "bold red"
        self.say(f"lot {lot.subject}: {word}: {lot.nonconforming} of {lot.inspected} inspected items nonconforming", style)

    def _tell_publication(self, publication: Publication) -> None:
        self._states[publication.index] = publication.state
        style = "bold green" if publication.state is State.FINAL else "blue"
        self.say(f"anchor {publication.index} ({publication.count} statements) {SAID[publication.state]}", style)
