"""Opening and closing lots: what a person or a warehouse system tells the gateway about an inspection."""

import asyncio
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from edge_agents.finding import Verdict
from edge_agents.lots.errors import InspectionDiscontinued
from edge_agents.lots.plan import Plan, Severity, draw_up
from edge_agents.lots.switching import Outcome, Standing, standing
from gateway.control import Command
from gateway.errors import GatewayError
from gateway.pipeline.lot_statements import plan_of
from gateway.store import lots
from gateway.store.lot_records import Lot
from gateway.store.store import Store
from oracle.gs1 import lgtin
from oracle.lot_event import MAX_NAME, can_be_stated


class LotStateError(GatewayError):
    """A lot is opened twice, or closed when it is not open."""

    def __init__(self, subject: str, state: str, wanted: str) -> None:
        """Names the lot, its state and what was asked of it."""
        self.subject = subject
        self.state = state
        super().__init__(f"lot {subject} is {state}, so it cannot be {wanted}; `aios lots list` shows all")


class LotNameError(GatewayError):
    """A supplier's or a machine's name cannot be stated."""

    def __init__(self, kind: str, name: str) -> None:
        """Names what was given."""
        self.kind = kind
        self.name = name
        super().__init__(
            f"{kind} {name[:MAX_NAME]!r} is not at most {MAX_NAME} printable characters, or another spelling of a number or an identifier"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What was agreed about a lot's inspection."""

    lot_size: int
    """Items in the lot."""
    level: str = "II"
    """Inspection level."""
    aql: str = "1.0"
    """Acceptance quality limit."""
    supplier: str = ""
    """Who supplied the lot."""
    machine: str = ""
    """Which machine or line made it."""
    reduced_agreed: bool = False
    """Whether the buyer agrees to reduced inspection once the supplier has earned it."""
    resume: bool = False
    """Whether inspection of a discontinued series is resumed with this lot."""


class Lots:
    """The lots that pass this gateway's cameras."""

    def __init__(self, store: Store, now_ms: Callable[[], int]) -> None:
        """Keeps lots in the store."""
        self._store = store
        self._now_ms = now_ms

    async def open(self, gtin: str, lot: str, terms: Terms) -> Plan:
        """Begins a lot's inspection and returns its plan, whose severity follows from the lots before; returns once it is durable.

        Raises:
            InvalidKeyError: the GTIN or the lot number is not valid.
            SamplingRefused: there is no plan for such a lot, or inspection of the series is discontinued.
            LotNameError: supplier or machine cannot be stated.
            LotStateError: the lot is known already.
        """
        key = lgtin(gtin, lot)
        for kind, name in (("supplier", terms.supplier), ("machine", terms.machine)):
            if not can_be_stated(name):
                raise LotNameError(kind, name)

        def record(connection: sqlite3.Connection) -> Plan:
            stands = series_standing(connection, terms.supplier, key.number, reduced_agreed=terms.reduced_agreed)
            if stands.discontinued and not terms.resume:
                raise InspectionDiscontinued(f"{key.number} of {terms.supplier or 'an unnamed supplier'}")
            severity = Severity.TIGHTENED if stands.discontinued else stands.severity
            plan = draw_up(terms.lot_size, level=terms.level, aql=terms.aql, severity=severity)
            opened = Lot(
                subject=key.path,
                gtin=key.number,
                supplier=terms.supplier,
                machine=terms.machine,
                lot_size=plan.lot_size,
                level=plan.level,
                aql=plan.aql,
                severity=plan.severity.value,
                resumed=stands.discontinued,
                opened_ms=self._now_ms(),
            )
            if not lots.insert(connection, opened):
                known = lots.get(connection, key.path)
                raise LotStateError(key.path, known.state if known else "known", "opened")
            return plan

        return await asyncio.wrap_future(self._store.write(record))

    async def close(self, gtin: str, lot: str) -> Lot:
        """Ends a lot's inspection; returns it once that is durable.

        Raises:
            InvalidKeyError: the GTIN or the lot number is not valid.
            LotStateError: there is no such lot, or it is not open.
        """
        key = lgtin(gtin, lot)

        def record(connection: sqlite3.Connection) -> Lot:
            if not lots.close(connection, key.path, self._now_ms()):
                known = lots.get(connection, key.path)
                raise LotStateError(key.path, known.state if known else "not known here", "closed")
            closed = lots.get(connection, key.path)
            assert closed is not None
            return closed

        return await asyncio.wrap_future(self._store.write(record))


def series_standing(connection: sqlite3.Connection, supplier: str, gtin: str, *, reduced_agreed: bool = False) -> Standing:
    """Returns where the series of one supplier's product stands; lots whose sample stayed incomplete are left out."""
    outcomes = (
        Outcome(plan_of(lot), lot.nonconforming or 0, accepted=lot.verdict is Verdict.CONFORMS, resumed=lot.resumed)
        for lot in lots.select_series(connection, supplier, gtin)
        if lot.verdict is not Verdict.INSUFFICIENT
    )
    return standing(outcomes, reduced_agreed=reduced_agreed)


def lot_commands(lots_: Lots) -> dict[str, Command]:
    """Returns the commands of the control socket that open and close lots."""

    async def open_lot(arguments: Mapping[str, Any]) -> dict[str, Any]:
        given = dict(arguments)
        gtin, lot = str(given.pop("gtin", "")), str(given.pop("lot", ""))
        plan = await lots_.open(gtin, lot, msgspec.convert(given, Terms))
        drawn = {"severity": plan.severity.value, "letter": plan.letter, "sample_size": plan.sample_size}
        return {"subject": lgtin(gtin, lot).path, **drawn, "accept": plan.accept, "reject": plan.reject}

    async def close_lot(arguments: Mapping[str, Any]) -> dict[str, Any]:
        closed = await lots_.close(str(arguments.get("gtin")), str(arguments.get("lot")))
        return {"subject": closed.subject}

    return {"lots-open": open_lot, "lots-close": close_lot}
