"""The verifier's small reader of a policy beside the agent that judged by it: it never contradicts a verdict of conforming."""

from dataclasses import dataclass
from typing import Any

import msgspec
import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from drivers.reading import Quality, Reading
from edge_agents.conditions import policy as agents
from edge_agents.conditions.judge import coverages, judge
from edge_agents.conditions.trip import Attachment, Circumstances, Trip, trip
from oracle import policy, policy_readings, policy_route
from oracle.bundle import ReadingRow
from oracle.leaves import canonical_value

START = 1_700_000_000_000
MINUTE = 60_000
END = 240
"""Minutes of a trip."""
DEVICES = ("a", "b", "c")
UNITS = {"temperature": "Cel", "shock": "m/s2", "door": ""}


@dataclass(frozen=True)
class Drawn:
    """A trip with the tables of its policy."""

    trip: Trip
    rows: list[ReadingRow]
    tables: dict[str, Any]

    @property
    def agents(self) -> agents.Policy:
        return msgspec.convert(self.tables, agents.Policy)

    @property
    def verifiers(self) -> policy.Policy:
        return msgspec.convert(self.tables, policy.Policy)


minute = st.integers(0, END * 4).map(lambda quarter: quarter / 4)
allowed = st.sampled_from([0, 5, 20, 60, 120, 240])
single = st.sampled_from([None, 5, 20, 60])


@st.composite
def tables(draw: st.DrawFn) -> dict[str, Any]:
    uncertainty = draw(st.sampled_from([0.0, 0.5]))
    warm = {
        "quantity": "temperature",
        "unit": "Cel",
        "low": 2.0,
        "high": 8.0,
        "allowed_minutes_above": draw(allowed),
        "allowed_minutes_below": draw(allowed),
        "assumed_uncertainty": uncertainty,
        "longest_gap_minutes": draw(st.sampled_from([30, 120, 240])),
    }
    for side in ("above", "below"):
        if (longest := draw(single)) is not None:
            warm[f"longest_minutes_{side}"] = longest
    door = {"quantity": "door", "unit": "", "high": 0.5, "between": "step", "allowed_minutes_above": draw(allowed), "required": False}
    shock = {
        "quantity": "shock",
        "unit": "m/s2",
        "high": 3.0,
        "allowed": draw(st.integers(0, 4)),
        "required": draw(st.sampled_from([False, False, True])),
    }
    kinetic = draw(st.sampled_from([{}, {"kinetic": {"limit": 5.5}}, {"kinetic": {"limit": 7.5, "activation_kelvin": 5000.0}}]))
    return {"title": "drawn", "fewest_readings": 2, "bands": [warm, door], "peaks": [shock], **kinetic}


CORRIDOR = ((45.0, 5.0), (45.0, 6.0), (44.5, 6.5))
FENCE = {"name": "port", "kind": "outside", "center": (45.0, 5.5), "radius_km": 10.0}
QUARTER = {"name": "quarter", "kind": "outside", "corners": ((44.9, 5.3), (45.2, 5.3), (45.2, 5.6), (45.0, 5.45))}
REGION = {"name": "region", "kind": "inside", "corners": ((44.0, 4.8), (44.0, 6.0), (45.2, 6.0), (45.2, 4.8))}


@st.composite
def routes(draw: st.DrawFn) -> Drawn:
    """Trips of two devices with fixes, each of them attached in one or two parts."""
    limits = {
        "corridor": draw(st.sampled_from([CORRIDOR, CORRIDOR[:2], ()])),
        "within_km": 20.0,
        "fences": draw(st.sampled_from([(FENCE,), (FENCE, {**FENCE, "kind": "inside", "radius_km": 60.0}), (QUARTER,), (FENCE, REGION)])),
        "allowed_minutes_off": draw(allowed),
        "longest_gap_minutes": draw(st.sampled_from([30, 120, 240])),
        "assumed_uncertainty_m": draw(st.sampled_from([0.0, 500.0])),
    }
    place = st.tuples(st.sampled_from([44.7, 45.0, 45.1, 45.3]), st.sampled_from([5.0, 5.2, 5.45, 5.5, 5.9, 6.2]))
    at = [(device, minute) for device in "ab" for minute in range(0, END + 1, 20)]
    found = [
        Reading(device, quantity, value, quantity[:3], START + minute * MINUTE, number, Quality.GOOD, number.to_bytes(32, "big"))
        for number, (device, minute) in enumerate(at)
        for quantity, value in zip(("latitude", "longitude"), draw(place), strict=True)
    ]
    attached = draw(attachments(most=2))
    known = Circumstances(start_ms=START, end_ms=START + END * MINUTE, attachments=attached)
    during = [r for r in found if any(a.device == r.device and a.from_ms <= r.time_ms <= a.to_ms for a in attached)]
    rows = [ReadingRow(r.device, r.quantity, r.time_ms, canonical_value(float(r.value)), r.sequence, r.evidence) for r in during]
    rules = {"title": "drawn", "fewest_readings": 2, "route": limits}
    return Drawn(trip(found, known, agents.POSITION_UNITS), sorted(rows, key=lambda row: row.order), rules)


@given(routes())
def test_a_route_that_the_agent_calls_kept_is_never_contradicted(drawn: Drawn) -> None:
    limits = drawn.verifiers.route
    assert limits is not None
    found = judge(drawn.trip, drawn.agents)
    event(found.label)
    lines = policy_route.lines(limits, drawn.rows)
    assert lines is not None
    off = policy_route.minutes_off(limits, lines)
    if found.label == "conforms":
        assert off <= limits.allowed_minutes_off
        assert policy_route.missing(limits, lines, 2, drawn.rows[0].time_ms, drawn.rows[-1].time_ms) == []
    if len(drawn.trip.circumstances.attachments) == 2:
        assert off == pytest.approx(dict(found.measures)["off_route_minutes"], abs=2 * (len(drawn.rows) + 1) / MINUTE)


@st.composite
def readings(draw: st.DrawFn) -> list[Reading]:
    samples = st.tuples(
        st.sampled_from(DEVICES), st.sampled_from(sorted(UNITS)), minute, st.sampled_from([0.0, 1.0, 2.0, 4.0, 5.0, 6.1, 8.0, 9.0])
    )
    found = [
        (device, "temperature", float(at), draw(st.sampled_from([3.0, 5.0, 7.7, 8.25]))) for device in "a" for at in range(0, END + 1, 20)
    ]
    found += draw(st.lists(samples, max_size=40))
    found += draw(st.lists(st.sampled_from(found), max_size=5))
    return [
        Reading(device, quantity, value, UNITS[quantity], START + round(at * MINUTE), number, Quality.GOOD, number.to_bytes(32, "big"))
        for number, (device, quantity, at, value) in enumerate(found)
    ]


@st.composite
def attachments(draw: st.DrawFn, *, most: int) -> tuple[Attachment, ...]:
    found = []
    for device in DEVICES:
        cuts = sorted(draw(st.lists(minute, max_size=most - 1, unique=True)))
        pause = draw(st.sampled_from([0, 1, 25])) * MINUTE
        edges = [0, *(round(cut * MINUTE) for cut in cuts), END * MINUTE]
        starts = [cut + pause if cut else 0 for cut in edges]
        found += [Attachment(device, START + begin, START + end) for begin, end in zip(starts, edges[1:], strict=False) if begin < end]
    return tuple(found)


@st.composite
def trips(draw: st.DrawFn, *, most: int = 3) -> Drawn:
    rules, stated, attached = draw(tables()), draw(readings()), draw(attachments(most=most))
    known = Circumstances(start_ms=START, end_ms=START + END * MINUTE, attachments=attached)
    during = [r for r in stated if any(a.device == r.device and a.from_ms <= r.time_ms <= a.to_ms for a in attached)]
    rows = [ReadingRow(r.device, r.quantity, r.time_ms, canonical_value(r.value), r.sequence, r.evidence) for r in during]
    return Drawn(trip(stated, known, UNITS), sorted(rows, key=lambda row: row.order), rules)


@given(trips())
def test_a_trip_that_conforms_is_never_contradicted(drawn: Drawn) -> None:
    found = judge(drawn.trip, drawn.agents)
    event(found.label)
    if found.label == "conforms":
        measured = [*policy_readings.excursions(drawn.verifiers, drawn.rows), *policy_readings.heat(drawn.verifiers, drawn.rows)]
        assert [one for one in measured if one.found > one.allowed] == []
        first, last = drawn.rows[0].time_ms, drawn.rows[-1].time_ms
        assert policy_readings.gaps(drawn.verifiers, drawn.rows, first, last) == []
        assert policy_readings.scarce(drawn.verifiers, drawn.rows) == []


@given(trips())
def test_both_miss_the_same_over_the_whole_trip(drawn: Drawn) -> None:
    needed = [one for one in coverages(drawn.trip, drawn.agents) if one.required]
    assert len(policy_readings.gaps(drawn.verifiers, drawn.rows, START, START + END * MINUTE)) == sum(len(one.gaps) for one in needed)
    few = [one for one in needed if one.samples < drawn.agents.fewest_readings]
    assert bool(policy_readings.scarce(drawn.verifiers, drawn.rows)) == bool(few)


@given(trips(most=1))
def test_both_measure_the_same_where_nothing_is_reattached(drawn: Drawn) -> None:
    only = {**drawn.tables, "bands": drawn.tables["bands"][:1]}
    measures = dict(judge(drawn.trip, msgspec.convert(only, agents.Policy)).measures)
    theirs = policy_readings.excursions(msgspec.convert(only, policy.Policy), drawn.rows)
    totals = {side: next(one.found for one in theirs if one.limit.startswith(side)) for side in ("above", "below")}
    # Both sides are given away a millisecond at each crossing, of which there are two per sample at most.
    tolerance = 2 * (len(drawn.rows) + 1) / MINUTE
    assert totals["above"] == pytest.approx(measures["minutes_above"], abs=tolerance)
    assert totals["below"] == pytest.approx(measures["minutes_below"], abs=tolerance)
    assert theirs[-1].found == measures["shock_peaks"]
