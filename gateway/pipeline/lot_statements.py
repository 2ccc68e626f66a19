"""What a lot's finding says, in the words of the oracle's schema, and the findings about items on which it rests."""

import json
import sqlite3

from edge_agents.lots.plan import Plan, Severity, draw_up
from edge_agents.lots.verdict import judge
from gateway.errors import GatewayError
from gateway.pipeline.statements import digital_link
from gateway.store import attestations, findings, lots
from gateway.store.lot_records import Lot
from gateway.store.records import StoredFinding
from oracle.attestation import Attestation, Message
from oracle.epcis.event_hash import event_hash
from oracle.gs1 import Key
from oracle.lot_event import LotEvent
from oracle.lot_verdict import inspection_tree
from oracle.schemas import REVOCABLE, LotVerdictStatement, subject_id


class LotUnprovableError(GatewayError):
    """The items in the store are not those that a lot's finding was drawn from, so nothing can be stated about the lot."""

    def __init__(self, subject: str, reason: str) -> None:
        """Names the lot and what is missing."""
        self.subject = subject
        self.reason = reason
        super().__init__(f"lot {subject}: {reason}")


def plan_of(lot: Lot) -> Plan:
    """Returns the sampling plan under which a lot was opened."""
    return draw_up(lot.lot_size, level=lot.level, aql=lot.aql, severity=Severity(lot.severity))


def sampled(connection: sqlite3.Connection, lot: Lot, *, limit: int | None = None) -> list[StoredFinding]:
    """Returns what was found about the items of a lot's sample, each item once as it was first found; with `limit`, about so many items.

    The sample of a lot that is judged is the one it was judged by: items that come after an early close change nothing.
    """
    size = plan_of(lot).sample_size if lot.inspected is None else lot.inspected
    wanted = size if limit is None else limit
    first: dict[str, StoredFinding] = {}
    for stored in findings.select_subject(connection, lot.subject):
        if len(first) == wanted:
            break
        if stored.finding.item:
            first.setdefault(stored.finding.item, stored)
    return list(first.values())


def item_attestations(connection: sqlite3.Connection, items: list[StoredFinding]) -> list[Attestation]:
    """Returns the attestations about items, the first one of each; those that are not attested yet are left out."""
    found = (attestations.get_finding(connection, item.id) for item in items)
    return [stored.attestation for stored in found if stored is not None]


def prepare_lot(connection: sqlite3.Connection, stored: StoredFinding, read_point: str) -> tuple[Message, bytes]:
    """Returns what is to be signed about a lot, and the EPCIS event whose hash is its salt, as JSON.

    Raises:
        LotUnprovableError: an item of the sample has no attestation, or the sample is another one by now.
    """
    finding = stored.finding
    lot = lots.get(connection, finding.subject)
    if lot is None:
        raise LotUnprovableError(finding.subject, "it is not in the store")
    items = sampled(connection, lot)[: finding.readings]
    again = judge(lot.subject, plan_of(lot), [item.finding for item in items], from_ms=finding.from_ms, to_ms=finding.to_ms)
    if again != finding:
        raise LotUnprovableError(lot.subject, "what was found about its items is not what its verdict was drawn from")
    signed = item_attestations(connection, items)
    if len(signed) != len(items):
        raise LotUnprovableError(lot.subject, f"{len(items) - len(signed)} of its items are not attested")
    nonconforming = int(dict(finding.measures)["nonconforming"])
    event = LotEvent(
        lot=Key.from_path(lot.subject),
        lot_size=lot.lot_size,
        inspected=len(items),
        nonconforming=nonconforming,
        verdict=int(finding.verdict),
        to_ms=finding.to_ms,
        supplier=lot.supplier,
        machine=lot.machine,
        policy=finding.agent_hash,
        read_point=read_point,
    ).to_json()
    statement = LotVerdictStatement(
        lot=subject_id(digital_link(lot.subject)),
        inspection_root=inspection_tree(signed).root,
        lot_size=lot.lot_size,
        inspected=len(items),
        nonconforming=nonconforming,
        verdict=int(finding.verdict),
        from_ms=finding.from_ms,
        to_ms=finding.to_ms,
        agent=finding.agent_hash,
    )
    message = Message(
        schema=LotVerdictStatement.UID,
        recipient=bytes(20),
        time=stored.created_ms // 1000,
        expiration_time=0,
        revocable=REVOCABLE,
        ref_uid=bytes(32),
        data=statement.encode(),
        salt=event_hash(event),
    )
    return message, json.dumps(event, separators=(",", ":")).encode()
