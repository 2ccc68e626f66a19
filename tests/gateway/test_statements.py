from dataclasses import replace

import pytest

from drivers.reading import Quality, Reading
from edge_agents.finding import Finding, SubjectKind, Verdict
from gateway.pipeline import statements
from oracle.errors import EmptyTreeError
from oracle.schemas import LotStatement, ShipmentStatement

READING = Reading("reefer-1", "temperature", 4.5, "Cel", 1000, 1, Quality.GOOD, b"e" * 32)
SHIPMENT = Finding(
    agent="cold-chain-vaccine",
    agent_hash=b"a" * 32,
    kind=SubjectKind.SHIPMENT,
    subject="00/106141412345678908",
    item="",
    device="reefer-1",
    verdict=Verdict.BREACH,
    label="excursion",
    confidence=1.0,
    from_ms=1000,
    to_ms=3000,
    readings=3,
    measures=(("excursion_minutes", 95.0),),
    evidence=b"v" * 32,
)
LOT = replace(
    SHIPMENT, kind=SubjectKind.LOT, subject="01/09506000134352/10/L42", item="item-7", label="pit", confidence=0.98765432,
    measures=(("good", 0.01), ("scratch", 0.0), ("pit", 0.98765432)),
)  # fmt: skip


def test_a_shipment_statement_speaks_of_the_readings_in_order_of_time() -> None:
    readings = statements.provable(
        [
            replace(READING, time_ms=3000),
            READING,
            replace(READING, quality=Quality.BAD),
            replace(READING, value="text"),
            replace(READING, value=float("nan")),
            replace(READING, quantity="door", value=True, time_ms=2000),
        ]
    )
    assert [r.value for r in readings] == [4.5, 1.0, 4.5]
    statement = statements.shipment_statement(SHIPMENT, readings, b"h" * 32)
    assert (statement.readings, statement.from_ms, statement.to_ms, statement.verdict) == (3, 1000, 3000, 1)
    assert ShipmentStatement.decode(statement.encode()) == statement


def test_a_shipment_without_readings_has_no_statement() -> None:
    with pytest.raises(EmptyTreeError):
        statements.readings_tree(())


def test_a_lot_statement_numbers_the_defect_by_the_agents_vocabulary() -> None:
    statement = statements.lot_statement(LOT)
    assert (statement.defect, statement.confidence_ppm, statement.image_hash) == (2, 987654, b"v" * 32)
    assert LotStatement.decode(statement.encode()) == statement


def test_the_same_finding_always_asks_for_the_same_signature() -> None:
    statement = statements.lot_statement(LOT)
    assert statements.message(statement, LOT, 5000) == statements.message(statement, LOT, 5000)


@pytest.mark.parametrize(
    "change", [{"item": "item-8"}, {"device": "cam-2"}, {"evidence": b"w" * 32}, {"subject": "01/09506000134352/10/L43"}]
)
def test_different_findings_never_share_a_salt(change: dict[str, object]) -> None:
    statement = statements.lot_statement(LOT)
    other = replace(LOT, **change)  # type: ignore[arg-type]
    assert statements.message(statement, other, 5000).salt != statements.message(statement, LOT, 5000).salt
