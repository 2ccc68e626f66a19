"""What stands on a report about every kind of bundle, and about bytes that are none."""

from dataclasses import replace

import pytest

from oracle.bundle import Journey, LotSample
from oracle.bundle_codec import dumps_json
from oracle.report.charts import charts
from oracle.report.page import Page, build
from oracle.report.tables import MAX_ROWS, tables
from oracle.verify import verify
from oracle.verify_walk import Outcome
from tests.oracle.bundle_fixture import ATTESTER, Case, lot, lot_verdict, rich, shipment

NOW_S = 1_789_000_000


def page(case: Case, **inputs: object) -> Page:
    data = dumps_json(case.bundle)
    report = verify(data, **case.inputs() | inputs)
    return build(data, report, file="bundle.json", now_s=NOW_S, maker="aios 0")


def titles(made: Page) -> list[str]:
    return [table.title for table in made.tables]


def test_a_shipment_shows_charts_time_outside_route_custody_keys_and_blocks() -> None:
    made = page(rich())
    assert (made.tone, made.verdict) == ("good", "Proven")
    assert made.stated == ("bad", "breach")
    assert titles(made) == ["Outside the band", "Route", "Custody", "Keys", "Blocks and anchor"]
    assert [series.title for series in made.charts] == ["Temperature by reefer-1", "Temperature by reefer-2", "Humidity by reefer-2"]
    assert {series.unit for series in made.charts} == {"°C", "% RH"}
    first = made.charts[0].band
    assert first is not None
    assert (first.low, first.high) == (2.0, 8.0)
    assert dict(made.facts)["Verdict stated"] == "breach"
    assert made.notices[0].startswith("Superseded: attestation 0x")
    excursions = made.tables[0].rows
    assert [row[3] for row in excursions] == ["9.50 °C", "9.50 °C"]


def test_a_band_with_one_side_is_drawn_to_beyond_what_was_measured() -> None:
    humidity = page(rich()).charts[2]
    assert humidity.band is not None
    assert humidity.band.high == 90.0
    assert humidity.band.low < min(point.low for point in humidity.points)


def test_in_a_sample_what_is_left_out_is_no_gap_and_a_verdict_alone_has_no_chart() -> None:
    sampled = page(rich("sampled"))
    assert all(series.gap_ms > series.to_ms - series.from_ms for series in sampled.charts)
    assert page(rich("verdict")).charts == ()


def test_a_lot_shows_its_items_those_with_a_defect_first() -> None:
    made = page(lot_verdict())
    assert titles(made)[0] == "Inspected items"
    found = [row[1] for row in made.tables[0].rows]
    assert found[0].startswith("defect of class")
    assert found[1:] == ["good"] * (len(found) - 1)
    assert "reject" in dict(made.facts)["Verdict stated"]


def test_an_item_shows_its_image() -> None:
    made = page(lot())
    assert made.image is not None
    assert dict(made.facts)["Item"] == "plate-7"
    assert page(lot(None)).image is None


def test_the_link_names_the_hash_of_the_file() -> None:
    made = page(shipment())
    assert made.link == f"https://id.gs1.org/00/106141412345678908?sha256={made.sha256.hex()}"


def test_a_refuted_bundle_says_so_first() -> None:
    made = page(shipment(), checkpoint=bytes(32))
    assert (made.tone, made.verdict, made.stated) == ("bad", "Refuted", None)
    assert "Nothing else on this page" in made.meaning
    assert dict(made.tally)[Outcome.REFUTED] == 1
    assert Outcome.NOT_REACHED not in dict(made.tally)


def test_what_was_not_reached_is_said_once_and_has_no_line() -> None:
    case = shipment()
    report = verify(dumps_json(case.bundle), **case.inputs() | {"checkpoint": bytes(32)})
    made = page(shipment(), checkpoint=bytes(32))
    assert made.checks[-1].outcome is Outcome.REFUTED
    assert len(made.checks) < len(report.checks)
    skipped = [check.name for check in report.checks if check.outcome is Outcome.NOT_REACHED]
    assert made.unreached == f"Not reached after {made.checks[-1].name}: {', '.join(skipped)}."
    assert page(shipment()).unreached == ""


def test_without_a_checkpoint_nobody_can_tell() -> None:
    made = page(shipment(), checkpoint=None)
    assert (made.tone, made.verdict) == ("unsure", "Cannot tell")


@pytest.mark.parametrize("data", [b"", b"{}", b"no bundle", b"[" * 100])
def test_bytes_that_are_no_bundle_have_a_page_too(data: bytes) -> None:
    case = shipment()
    made = build(data, verify(data, **case.inputs()), file="x", now_s=NOW_S, maker="aios 0")
    assert (made.verdict, made.title, made.link, made.charts, made.tables) == ("Refuted", "A file that is no bundle", "", (), ())


def test_a_long_table_says_how_many_rows_it_leaves_out() -> None:
    bundle = lot_verdict().bundle
    content = bundle.content
    assert isinstance(content, LotSample)
    many = replace(bundle, content=replace(content, items=content.items * 50))
    report = verify(bundle, **lot_verdict().inputs())
    items = tables(many, report)[0]
    assert len(items.rows) == MAX_ROWS
    assert items.note == f"{len(content.items) * 50 - MAX_ROWS} more rows are in the file."


def test_many_readings_are_drawn_as_their_lowest_and_highest() -> None:
    bundle = shipment().bundle
    content = bundle.content
    assert isinstance(content, Journey)
    rows = tuple(replace(content.rows[0], time_ms=number * 1000, value=float(number % 7)) for number in range(9000))
    (series,) = charts(replace(bundle, content=replace(content, rows=rows)))
    assert len(series.points) <= 2001
    assert (min(point.low for point in series.points), max(point.high for point in series.points)) == (0.0, 6.0)


def test_positions_are_listed_as_places_of_the_route() -> None:
    bundle = shipment().bundle
    content = bundle.content
    assert isinstance(content, Journey)
    rows = tuple(
        replace(content.rows[0], quantity=quantity, time_ms=number * 60_000, value=value + number)
        for number in range(30)
        for quantity, value in (("latitude", 1.0), ("longitude", 2.0))
    )
    moved = replace(bundle, content=replace(content, rows=rows))
    route = next(table for table in tables(moved, verify(moved, **shipment().inputs())) if table.title == "Route")
    places = [row[1] for row in route.rows if row[2].startswith("position")]
    assert places[0] == "1.0000°, 2.0000°"
    assert 4 <= len(places) <= 8


def test_the_attester_is_among_the_keys() -> None:
    keys = next(table for table in page(shipment()).tables if table.title == "Keys")
    assert keys.rows[0][1].lower() == f"0x{ATTESTER.hex()}"
    assert "compare it" in keys.note
