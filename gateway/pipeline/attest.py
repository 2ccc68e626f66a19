"""The stage that turns findings into signed attestations, one per finding and chain."""

import asyncio
import json
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass

from edge_agents.finding import SubjectKind
from gateway.health import Report, Severity
from gateway.pipeline import trips
from gateway.pipeline.lot_statements import prepare_lot
from gateway.pipeline.stage import Stage, keep
from gateway.pipeline.statements import lot_statement, message, shipment_event, shipment_statement
from gateway.store import attestations, epcis, findings, judgements
from gateway.store.records import StoredFinding
from gateway.store.store import Store
from oracle.attestation import Attestation, Message
from oracle.epcis.document import recorded
from oracle.epcis.event_hash import event_hash
from oracle.errors import OracleError
from oracle.hexes import from_hex
from oracle.signing.errors import DoubleVerdictError

AT_ONCE = 32
"""Attestations signed per commit; fewer than the signer remembers, so that a restart in between may ask for all of them again."""

UNPROVABLE = "attest.unprovable"
"""The condition that names the last finding about which nothing can be stated; it stands until the gateway restarts."""
CONTRADICTION = "attest.contradiction"
"""The condition that names the last finding that would contradict what was signed about its subject; it stands until a restart."""


SignAttestation = Callable[[Message, int], Attestation]
"""Signs a message under the gateway's domain and policy, as the attestation with that number; blocking, so it is called off the loop."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """What is to be signed about one finding."""

    finding: StoredFinding
    """What the agent concluded."""
    message: Message
    """The statement, ready to sign."""
    event: bytes
    """The EPCIS event whose hash the statement names, or that is the salt of a lot's verdict, as JSON; empty for an item of a lot."""


class Attest(Stage):
    """Signs every finding once. The same finding always gives the same digest, so a restart in between repeats and does not double."""

    name = "attest"

    def __init__(
        self, store: Store, sign: SignAttestation, attester: bytes, read_point: str, now_ms: Callable[[], int], report: Report
    ) -> None:
        """Signs with `sign`, which refuses what the policy of the attester's key forbids; `read_point` says where this gateway stands."""
        self._store = store
        self._sign = sign
        self._attester = attester
        self._read_point = read_point
        self._now_ms = now_ms
        self._report = report
        self._done = 0
        """Up to this finding all are attested or set aside; a restart looks at all of them again."""
        self._set_aside: set[int] = set()
        """Findings beyond it about which nothing can be stated."""

    async def step(self) -> bool:
        """Signs the next findings; returns whether there may be more."""
        signed = await asyncio.to_thread(self._sign_next)
        if not signed:
            return False

        def record(connection: sqlite3.Connection) -> None:
            for prepared, attestation in signed:
                attestations.insert(
                    connection,
                    attestation,
                    subject=prepared.finding.finding.subject,
                    finding=prepared.finding.id,
                    event=prepared.event,
                    created_ms=self._now_ms(),
                )
                if prepared.event and not prepared.finding.beside:
                    # Our own events are found where everybody else's are; another policy's disposition is between its two parties.
                    epcis.note(connection, recorded(json.loads(prepared.event)), self._now_ms())

        await keep(self._store, record)
        # True now: these statements are signed and stored, and nobody outside has seen them.
        return len(signed) == AT_ONCE

    def _sign_next(self) -> list[tuple[Prepared, Attestation]]:
        with self._store.read() as connection:
            waiting = self._waiting(connection)
            if not waiting:
                return []
            known = attestations.count(connection, self._attester)
        signed: list[tuple[Prepared, Attestation]] = []
        for prepared in waiting:
            try:
                signed.append((prepared, self._sign(prepared.message, known + len(signed))))
            except DoubleVerdictError as error:
                # The key has said something else about this subject, and will never say this: those after it must not wait for it.
                self._set_aside.add(prepared.finding.id)
                self._report(CONTRADICTION, Severity.ERROR, f"nothing is attested about {prepared.finding.finding.subject}: {error}")
            except OracleError:
                # What is signed already is kept first, or a policy that allows a few at a time would sign the same few for ever.
                if not signed:
                    raise
                break
        return signed

    def _waiting(self, connection: sqlite3.Connection) -> list[Prepared]:
        newest = findings.last_id(connection)
        unattested = findings.select_unattested(connection, after=self._done, limit=AT_ONCE + len(self._set_aside))
        waiting = [ready for stored in unattested if stored.id not in self._set_aside and (ready := self._prepare(connection, stored))]
        if waiting:
            self._done = waiting[0].finding.id - 1
        else:
            self._done = unattested[-1].id if unattested else newest
        self._set_aside = {number for number in self._set_aside if number > self._done}
        return waiting[:AT_ONCE]

    def _prepare(self, connection: sqlite3.Connection, stored: StoredFinding) -> Prepared | None:
        """Returns what is to be signed, or None for a finding that is now set aside: it must not hold up those after it."""
        if attestations.is_superseded(connection, stored):
            # Its correction is signed. A statement that names no predecessor would now contradict that one.
            self._set_aside.add(stored.id)
            return None
        try:
            return prepare(connection, stored, self._read_point)
        except sqlite3.Error:
            raise
        except Exception as error:  # one reading beyond what a leaf holds is enough, and any device may send it
            self._set_aside.add(stored.id)
            self._report(UNPROVABLE, Severity.ERROR, f"nothing is attested about {stored.finding.subject}: {error}")
            return None


def prepare(connection: sqlite3.Connection, stored: StoredFinding, read_point: str) -> Prepared:
    """Returns what is to be signed about a finding."""
    finding = stored.finding
    if finding.kind is SubjectKind.LOT and not finding.item:
        return Prepared(stored, *prepare_lot(connection, stored, read_point))
    if finding.kind is SubjectKind.LOT:
        return Prepared(stored, message(lot_statement(finding), finding, stored.created_ms), b"")
    used = trips.used(connection, stored)
    known = judgements.get(connection, stored.id)
    custody = b"" if known is None or not known.custody else from_hex("custody", known.custody, length=32)
    event = shipment_event(finding, used, read_point, custody, trips.deadline_ms(connection, stored))
    statement = shipment_statement(finding, used, event_hash(event))
    corrects = attestations.corrected_by(connection, stored)
    said = message(statement, finding, stored.created_ms, corrects)
    return Prepared(stored, said, json.dumps(event, separators=(",", ":")).encode())
