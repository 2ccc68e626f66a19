"""Limits on a trip as a whole: refuted, claimed or proven as the file shows it."""

import hashlib
from dataclasses import replace

import pytest

from drivers.reading import Reading
from oracle.bundle_build import journey
from oracle.epcis.event import ShipmentEvent
from oracle.verify import Outcome, Report
from oracle.verify_errors import VerdictContradictedError
from tests.oracle import bundle_fixture as fixture
from tests.oracle.bundle_fixture import attest, bundle_of, rich, shipment
from tests.oracle.test_verify import check, refused
from tests.oracle.test_verify_parts import conforming, detail, outcome, two_quantities

# Route

CORRIDOR = "route = { corridor = [[45.0, 5.0], [45.0, 6.0]], within_km = 20, allowed_minutes_off = 15 }"
ROUTED = fixture.POLICY.replace("[policy]\n", f"[policy]\n{CORRIDOR}\n")


def driven(off: int = 0, part: slice = slice(0, None)) -> list[Reading]:
    """Readings of temperature with a fix beside each of a part of them, of which so many in the middle are 55 km off the corridor."""
    cool = [one for one in two_quantities(slice(0, None)) if one.quantity == "temperature"]
    places = [(45.5 if 10 <= place < 10 + off else 45.0, 5.0 + place / 40) for place in range(len(cool))]
    found = [
        replace(one, quantity=quantity, value=value, unit=quantity[:3])
        for one, (north, east) in list(zip(cool, places, strict=True))[part]
        for quantity, value in (("latitude", north), ("longitude", east))
    ]
    return sorted([*cool, *found], key=lambda one: one.time_ms)


def test_fixes_off_the_corridor_refute_a_verdict_of_conforming() -> None:
    report = conforming(driven(), ROUTED)
    assert report.passed, report.refusal
    assert (outcome(report, "route"), detail(report, "route")) == (Outcome.PROVEN, "0 min off the route, 15 allowed")
    assert detail(conforming(driven(1), ROUTED), "route").startswith("12.8")  # most of the way there and back, of ten minutes each
    error = refused(conforming(driven(2), ROUTED), "route", VerdictContradictedError)
    assert "min off the route, 15 allowed" in str(error)


@pytest.mark.parametrize(
    ("part", "missing"),
    [
        (slice(0, 12), "180 minutes without a fix, 120 allowed"),
        (slice(0, None, 3), "10 fixes, 12 needed"),
        (slice(0, 0), "a full file that has no fix: "),
    ],
)
def test_a_trip_without_fixes_throughout_proves_no_route(part: slice, missing: str) -> None:
    report = conforming(driven(part=part), ROUTED)
    assert report.passed, report.refusal
    assert outcome(report, "route") is Outcome.CLAIMED
    assert missing in detail(report, "route")


def test_a_route_is_claimed_where_it_cannot_be_measured_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("oracle.policy_route.MOST_DISTANCES", 59)
    report = conforming(driven(), ROUTED)
    assert outcome(report, "route") is Outcome.CLAIMED
    assert "too many fixes" in detail(report, "route")


# Deadline


def due(minutes: float, verdict: int) -> Report:
    """The report on a trip whose event names a deadline so many minutes after the last reading."""
    readings = fixture.trip(24)
    to_ms = readings[-1].time_ms
    event = replace(ShipmentEvent.from_json(fixture.shipment_event(readings)), verdict=verdict, deadline_ms=to_ms + round(minutes * 60_000))
    agent = hashlib.sha256(fixture.MANIFEST.encode()).digest()
    statement = replace(fixture.shipment_statement(readings, event.to_json()), verdict=verdict, agent=agent)
    return check(bundle_of(fixture.SHIPMENT, journey(readings, event.to_json(), fixture.SETTINGS), attest(statement)))


def test_a_reading_after_the_deadline_refutes_a_verdict_of_conforming() -> None:
    error = refused(due(-90, 0), "deadline", VerdictContradictedError)
    assert "the last reading is 90 minutes after the deadline, 2026-09-10 0" in str(error)
    assert outcome(due(-90, 1), "deadline") is Outcome.PROVEN


@pytest.mark.parametrize("minutes", [0, 90])
def test_that_a_trip_ended_in_time_is_the_signers_word(minutes: int) -> None:
    report = due(minutes, 0)
    assert report.passed, report.refusal
    assert outcome(report, "deadline") is Outcome.CLAIMED
    assert detail(report, "deadline").startswith(f"the last reading is {minutes} minutes before the deadline, 2026-09-1")


def test_without_a_deadline_in_the_event_the_policys_is_the_signers_word() -> None:
    report = conforming(two_quantities(slice(0, None)), fixture.POLICY.replace("[policy]\n", "[policy]\ndeadline_hours = 0.5\n"))
    assert report.passed
    assert outcome(report, "deadline") is Outcome.CLAIMED
    assert "the manifest allows 0.5 hours" in detail(report, "deadline")


def test_where_nothing_names_a_deadline_there_is_no_line() -> None:
    assert "deadline" not in {one.name for one in check(shipment()).checks}
    assert "deadline" not in {one.name for one in conforming(two_quantities(slice(0, None))).checks}
    assert "deadline" in {one.name for one in check(rich()).checks}
