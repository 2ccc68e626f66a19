"""The main things that a bundle says, for the top of a report: its own word, which the checks bear out or not. Pure."""

from oracle.bundle import Bundle, Inspection, Journey
from oracle.drawing import words
from oracle.errors import OracleError
from oracle.hexes import to_checksum
from oracle.lot_verdict import VERDICTS as LOT_VERDICTS
from oracle.schemas import BY_UID, MILLION, LotStatement, LotVerdictStatement, ShipmentStatement, Statement

SHIPMENT_VERDICTS = {0: "conforms", 1: "breach", 2: "insufficient data"}
"""The verdict of a shipment in words."""
TONES = {0: "good", 1: "bad", 2: "unsure"}
"""How a verdict is coloured."""


def facts(bundle: Bundle) -> tuple[tuple[str, str], ...]:
    """Returns the main things that a bundle says."""
    signed, content = bundle.attestation, bundle.content
    found = [("Subject", bundle.subject.uri), *_stated(bundle)]
    if isinstance(content, Journey):
        found.append(("Readings in the file", f"{len(content.rows)}, {content.profile} profile"))
    if isinstance(content, Inspection):
        found.append(("Item", words.cut(content.item)))
    found += [
        ("Signed", words.moment(signed.time * 1000)),
        ("Signed by", to_checksum(signed.attester)),
        ("Attestation", f"0x{signed.uid.hex()}"),
        ("Network", f"{words.cut(bundle.network)}, chain {signed.domain.chain_id}"),
        ("Anchored by", f"{to_checksum(bundle.anchor.gateway)}, batch {bundle.anchor.index}"),
    ]
    return tuple(found)


def stated_verdict(bundle: Bundle) -> tuple[str, str] | None:
    """Returns tone and words of what the statement says of its subject; None where it cannot be read."""
    statement = _statement(bundle)
    if isinstance(statement, ShipmentStatement):
        return TONES[statement.verdict], SHIPMENT_VERDICTS[statement.verdict]
    if isinstance(statement, LotVerdictStatement):
        return TONES[statement.verdict], LOT_VERDICTS[statement.verdict]
    if isinstance(statement, LotStatement):
        return ("good", "good") if statement.defect == 0 else ("bad", f"defect of class {statement.defect}")
    return None


def _statement(bundle: Bundle) -> Statement | None:
    kind = BY_UID.get(bundle.attestation.schema)
    try:
        return kind.decode(bundle.attestation.data) if kind is not None else None
    except OracleError:
        return None


def _stated(bundle: Bundle) -> list[tuple[str, str]]:
    statement = _statement(bundle)
    if isinstance(statement, ShipmentStatement):
        return [
            ("Verdict stated", SHIPMENT_VERDICTS[statement.verdict]),
            ("From", words.moment(statement.from_ms)),
            ("To", words.moment(statement.to_ms)),
            ("Readings stated", str(statement.readings)),
        ]
    if isinstance(statement, LotVerdictStatement):
        return [
            ("Verdict stated", LOT_VERDICTS[statement.verdict]),
            ("Lot", f"{statement.lot_size} items"),
            ("Sample", f"{statement.inspected} inspected, {statement.nonconforming} nonconforming"),
            ("From", words.moment(statement.from_ms)),
            ("To", words.moment(statement.to_ms)),
        ]
    if isinstance(statement, LotStatement):
        found = "good" if statement.defect == 0 else f"defect of class {statement.defect}"
        return [("Found", f"{found}, {statement.confidence_ppm / MILLION:.1%} confident"), ("Seen", words.moment(statement.time_ms))]
    return []


def image(bundle: Bundle) -> bytes | None:
    """Returns the inspected item's image, if the file holds one that a browser shows."""
    held = bundle.content.image if isinstance(bundle.content, Inspection) else None
    return held if held is not None and held.startswith(b"\x89PNG\r\n\x1a\n") else None
