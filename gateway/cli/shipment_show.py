"""`aios shipments show`: one shipment as tables, or as JSON with the EPCIS events of its life."""

import json
from typing import Any

from edge_agents.finding import Verdict
from gateway.cli.reading import moment
from gateway.cli.terminal import out, print_table
from gateway.shipment_view import Beside, ShipmentView
from gateway.wording import VERDICTS, verdict
from oracle import custody, custody_json
from oracle.hexes import to_checksum, to_hex


def show(view: ShipmentView) -> None:
    """Prints a shipment as tables, the most important first."""
    trip = view.shipment
    out.print(
        f"{trip.subject}: {trip.life.value}, measuring {trip.state.value}, policy {trip.product}, proof {view.progress.value}", markup=False
    )
    due = f", due {moment(trip.deadline_ms)}" if trip.deadline_ms is not None else ""
    out.print(f"from {moment(trip.opened_ms)} to {moment(trip.closed_ms)}{due}", markup=False)
    if view.findings:
        print_table(["verdict", "correction", "readings", "stated as"], _verdicts(view))
    if view.beside:
        print_table(["by another policy", "hash", "verdict", "correction", "stated as"], [_by_another(one) for one in view.beside])
    print_table(["device", "from", "to"], [[one.device, moment(one.from_ms), moment(one.to_ms)] for one in view.devices])
    gaps = _gaps(view)
    if gaps:
        print_table(
            ["gap in", "from", "to", "minutes"], [[g["quantity"], moment(g["from"]), moment(g["to"]), f"{g['minutes']:.0f}"] for g in gaps]
        )
    if view.elsewhere:
        rows = [
            [moment(c.from_ms), moment(c.to_ms), VERDICTS[Verdict(c.verdict)], to_checksum(c.attester), to_hex(c.uid)]
            for c in view.elsewhere
        ]
        print_table(["covered elsewhere from", "to", "verdict", "by", "attestation"], rows)
    if view.custody:
        print_table(["handed over", "giver", "taker", "place"], [_handed(one) for one in view.custody])
    print_table(["step", "when", "detail"], [[one.step, moment(one.at_ms), one.detail] for one in view.steps])


def as_json(view: ShipmentView) -> str:
    """Returns a shipment for scripts; times in milliseconds."""
    trip = view.shipment
    document: dict[str, Any] = {
        "subject": trip.subject,
        "life": trip.life.value,
        "state": trip.state.value,
        "product": trip.product,
        "opened": trip.opened_ms,
        "closed": trip.closed_ms,
        "deadline": trip.deadline_ms,
        "edition": trip.edition,
        "proof": view.progress.value,
        "bundle": view.bundle.path if view.bundle else None,
        "devices": [{"device": one.device, "from": one.from_ms, "to": one.to_ms} for one in view.devices],
        "gaps": _gaps(view),
        "elsewhere": [
            {"from": c.from_ms, "to": c.to_ms, "verdict": c.verdict, "attester": to_checksum(c.attester), "uid": to_hex(c.uid)}
            for c in view.elsewhere
        ],
        "custody": custody_json.list_to_json(view.custody),
        "findings": [
            {"edition": f.edition, "verdict": int(f.finding.verdict), "label": f.finding.label, "measures": dict(f.finding.measures)}
            for f in view.findings
        ],
        "beside": [
            {
                "policy": one.finding.finding.agent,
                "agent": to_hex(one.finding.finding.agent_hash),
                "edition": one.finding.edition,
                "verdict": int(one.finding.finding.verdict),
                "label": one.finding.finding.label,
                "uid": None if one.statement is None else to_hex(one.statement),
                "bundle": one.bundle,
            }
            for one in view.beside
        ],
        "attestations": [{"uid": to_hex(a.attestation.uid), "corrects": _corrects(a.attestation.ref_uid)} for a in view.attestations],
        "steps": [{"step": s.step, "at": s.at_ms, "detail": s.detail, "event": s.event} for s in view.steps],
    }
    return json.dumps(document)


def _by_another(one: Beside) -> list[str]:
    found = one.finding
    stated = "not yet signed" if one.statement is None else to_hex(one.statement)
    return [found.finding.agent, to_hex(found.finding.agent_hash), verdict(found.finding), str(found.edition or "-"), stated]


def _verdicts(view: ShipmentView) -> list[list[str]]:
    stated = {one.finding: to_hex(one.attestation.uid) for one in view.attestations}
    return [
        [
            verdict(found.finding),
            "-" if not found.edition else str(found.edition),
            str(found.finding.readings),
            stated.get(found.id, "not yet signed"),
        ]
        for found in view.findings
    ]


def _gaps(view: ShipmentView) -> list[dict[str, Any]]:
    """Returns each gap once; bands of one quantity may have different ideas of what is a gap, and the longest list holds them all."""
    start = view.shipment.opened_ms
    found = {
        (one.quantity, start + round(begin), start + round(end)): (end - begin) / 60_000 for one in view.coverage for begin, end in one.gaps
    }
    return [
        {"quantity": quantity, "from": begin, "to": end, "minutes": minutes} for (quantity, begin, end), minutes in sorted(found.items())
    ]


def _handed(one: custody.Handover) -> list[str]:
    terms = one.terms
    giver, taker = (
        f"{party} {to_checksum(key)}".strip() for party, key in ((terms.giver_party, terms.giver), (terms.taker_party, terms.taker))
    )
    return [moment(terms.time_ms), giver, taker, terms.place or "-"]


def _corrects(ref_uid: bytes) -> str | None:
    return to_hex(ref_uid) if any(ref_uid) else None
