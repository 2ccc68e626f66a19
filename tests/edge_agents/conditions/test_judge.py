from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.reading import Reading
from edge_agents.conditions.agent import Conditions
from edge_agents.conditions.judge import LABELS, judge
from edge_agents.conditions.policy import Policy
from edge_agents.conditions.trip import Attachment, Certificate, Circumstances, Elsewhere, trip
from edge_agents.finding import Verdict
from tests.edge_agents.conditions.build import MINUTE, START, SUBJECT, made, policy, reading, readings

GUARDED = {"quantity": "temperature", "unit": "Cel", "low": 2.0, "high": 8.0, "assumed_uncertainty": 0.5}


def label(rows: Sequence[Reading], rules: Policy, **trip: Any) -> str:
    return judge(made(rows, rules, **trip), rules).label


def measures(rows: Sequence[Reading], rules: Policy, **trip: Any) -> dict[str, float]:
    return dict(judge(made(rows, rules, **trip), rules).measures)


# Bands, cumulative and single


def test_cumulative_and_single_limits_are_apart() -> None:
    tolerant = policy(bands=[{**GUARDED, "assumed_uncertainty": 0, "allowed_minutes_above": 60, "longest_minutes_above": 20}])
    twice = [5.0] * 5 + [9.0] * 3 + [5.0] * 5 + [9.0] * 3 + [5.0] * 5
    assert label(readings(twice), tolerant) == "conforms"
    assert label(readings([5.0] * 5 + [9.0] * 6 + [5.0] * 5), tolerant) == "excursion"
    assert label(readings(twice * 3), tolerant) == "excursion"


def test_outside_seconds_are_whole_and_the_first_measure() -> None:
    found = judge(made(readings([5.0] * 3 + [9.0] * 2 + [5.0] * 3), policy()), policy())
    assert found.measures[0] == ("outside_seconds", 450.0)  # 5 minutes above, and a quarter of each step
    assert measures(readings([8.0] * 12), policy())["outside_seconds"] == 0


def test_several_bands_of_one_quantity_all_count() -> None:
    rules = policy(
        bands=[
            {"quantity": "temperature", "unit": "Cel", "high": -18.0, "allowed_minutes_above": 60},
            {"quantity": "temperature", "unit": "Cel", "high": -15.0},
        ]
    )
    assert label(readings([-20.0] * 5 + [-16.0] * 3 + [-20.0] * 5), rules) == "conforms"
    assert label(readings([-20.0] * 5 + [-14.9] + [-20.0] * 5), rules) == "excursion"


def test_a_door_is_a_state_and_an_optional_quantity_counts_where_it_was_measured() -> None:
    door = {"quantity": "door", "unit": "", "high": 0.5, "between": "step", "allowed_minutes_above": 10, "required": False}
    rules = policy(bands=[GUARDED | {"assumed_uncertainty": 0}, door])
    cold = readings([5.0] * 12)
    assert label(cold, rules) == "conforms"
    assert label([*cold, *readings([False, True, True, False, False], quantity="door", unit="")], rules) == "conforms"
    assert label([*cold, *readings([False, True, True, True, False], quantity="door", unit="")], rules) == "excursion"


# Uncertainty: the guard band


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (7.5, "conforms"),
        (7.6, "uncertain"),
        (8.4, "uncertain"),
        (8.5, "uncertain"),
        (8.6, "excursion"),
        (2.5, "conforms"),
        (2.4, "uncertain"),
        (1.4, "excursion"),
    ],
)  # fmt: skip
def test_inside_the_guard_band_is_uncertain_and_never_conform(value: float, expected: str) -> None:
    rules = policy(bands=[GUARDED])
    assert label(readings([5.0] * 6 + [value] * 3 + [5.0] * 6), rules) == expected
    assert LABELS["uncertain"] is Verdict.INSUFFICIENT


def test_a_certificate_takes_the_place_of_the_assumption() -> None:
    rows = readings([5.0] * 6 + [7.8] * 3 + [5.0] * 6)
    assert label(rows, policy(bands=[GUARDED])) == "uncertain"
    assert label(rows, policy(bands=[GUARDED]), uncertainty={"temperature": 0.1}) == "conforms"
    assert measures(rows, policy(bands=[GUARDED]), uncertainty={"temperature": 0.1})["uncalibrated_devices"] == 0


@given(st.lists(st.floats(0, 12), min_size=13, max_size=40), st.floats(0, 3), st.floats(0, 3), st.floats(0, 60))
def test_more_uncertainty_proves_less_in_both_directions(values: list[float], one: float, two: float, allowed: float) -> None:
    less, more = sorted((one, two))

    def said(uncertainty: float) -> str:
        return label(readings(values), policy(bands=[{**GUARDED, "assumed_uncertainty": uncertainty, "allowed_minutes_above": allowed}]))

    if said(more) in {"conforms", "excursion"}:
        assert said(less) == said(more)


@given(st.lists(st.floats(0, 12), min_size=13, max_size=40), st.floats(0, 90), st.floats(0, 90))
def test_a_more_tolerant_policy_never_finds_worse(values: list[float], one: float, two: float) -> None:
    order = ["conforms", "uncertain", "excursion"]
    strict, tolerant = (
        label(readings(values), policy(bands=[{**GUARDED, "allowed_minutes_above": allowed, "allowed_minutes_below": allowed}]))
        for allowed in sorted((one, two))
    )
    assert order.index(tolerant) <= order.index(strict)


# Calibration and clocks


def test_without_the_certificate_that_the_policy_demands_the_verdict_is_at_best_insufficient() -> None:
    demanding = policy(bands=[GUARDED], calibration="required")
    for values in ([5.0] * 12, [5.0] * 6 + [20.0] * 6):
        assert label(readings(values), demanding) == "uncalibrated"
    assert label(readings([5.0] * 12), demanding, uncertainty={"temperature": 0.2}) == "conforms"
    assert label(readings([5.0] * 6 + [20.0] * 6), demanding, uncertainty={"temperature": 0.2}) == "excursion"
    assert label(readings([5.0] * 12), policy(bands=[GUARDED])) == "conforms"
    assert measures(readings([5.0] * 12), policy(bands=[GUARDED]))["uncalibrated_devices"] == 1


def test_a_calibrated_sensor_decides_beside_one_that_is_not() -> None:
    rules = policy(bands=[GUARDED], calibration="required")
    end = START + 55 * MINUTE

    def said(other: float) -> str:
        rows = [*readings([5.0] * 12), *readings([other] * 12, device="c2")]
        circumstances = Circumstances(
            start_ms=START,
            end_ms=end,
            attachments=(Attachment("c1", START, end), Attachment("c2", START, end)),
            certificates=(Certificate("c1", "temperature", "K", START, end, 0.2),),
        )
        return judge(trip(rows, circumstances, rules.units), rules).label

    assert (said(5.0), said(20.0)) == ("conforms", "uncertain")


def test_a_clock_that_cannot_be_relied_on_leaves_the_verdict_open() -> None:
    rules = policy(clock_seconds=60)
    assert label(readings([5.0] * 12), rules, clocks=(("c1", 60_000),)) == "conforms"
    assert label(readings([5.0] * 12), rules, clocks=(("c1", 60_001),)) == "clock"
    assert measures(readings([5.0] * 12), rules, clocks=(("c1", 60_001),))["clock_seconds"] == pytest.approx(60.001)


def test_an_excursion_at_the_edge_of_the_trip_is_certain_only_within_the_clocks_error() -> None:
    rules = policy(clock_seconds=600)
    early = readings([20.0, 8.0] + [5.0] * 10)  # the first five minutes, perhaps before the device was attached
    assert label(early, rules) == "excursion"
    assert label(early, rules, clocks=(("c1", 300_000),)) == "uncertain"
    assert label(readings([5.0] * 4 + [20.0] + [5.0] * 7), rules, clocks=(("c1", 300_000),)) == "excursion"


# Coverage


def test_few_readings_and_gaps_leave_the_verdict_open() -> None:
    rules = policy(fewest_readings=12)
    assert label([], rules, minutes=60) == "too-few-readings"
    assert label(readings([5.0] * 11), rules) == "too-few-readings"
    assert label(readings([5.0] * 12, step=31), rules) == "gap"
    assert label(readings([5.0] * 12), rules, minutes=90) == "gap"
    assert measures(readings([5.0] * 12), rules, minutes=90)["gap_minutes"] == pytest.approx(35)


def test_a_gap_does_not_excuse_a_breach() -> None:
    assert label([*readings([10.0] * 20), *readings([5.0] * 5, first=500)], policy()) == "excursion"


def test_a_second_device_fills_the_gap_of_the_first_only_where_it_speaks() -> None:
    first, rules = readings([5.0] * 12), policy()
    assert label([*first, *readings([5.0] * 12, device="c2", first=60)], rules) == "conforms"
    assert label([*first, *readings([5.0] * 12, device="c2", first=86)], rules) == "gap"


def test_the_time_between_two_attachments_is_not_bridged() -> None:
    rows = readings([5.0] * 8 + [20.0] * 4 + [5.0] * 8)
    assert label(rows, policy(), attachments=[("c1", 0, 35), ("c1", 60, 95)]) == "conforms"  # 25 minutes without: shorter than a gap
    assert label(rows, policy(), attachments=[("c1", 0, 35), ("c1", 70, 95)]) == "gap"
    assert label(rows, policy()) == "excursion"


def test_what_was_outside_before_and_after_an_attachments_end_is_not_conform() -> None:
    rules = policy(bands=[{"quantity": "temperature", "unit": "Cel", "high": 8.0, "allowed_minutes_above": 20}])
    rows = readings([5.0] * 6 + [9.0] * 4 + [5.0] * 6)
    attached = [("c1", 0, 37), ("c1", 38, 75)]  # 15 minutes above, a quarter of each step at the edges, and 5 more in between
    assert measures(rows, rules, attachments=attached)["excursion_minutes"] == pytest.approx(12.5)
    assert (
        label(
            rows, policy(bands=[{"quantity": "temperature", "unit": "Cel", "high": 8.0, "allowed_minutes_above": 17}]), attachments=attached
        )
        == "uncertain"
    )
    assert label(rows, rules, attachments=attached) == "conforms"


def test_what_was_warm_before_and_after_an_attachments_end_may_exceed_the_kinetic_limit() -> None:
    band = {"quantity": "temperature", "unit": "Cel", "high": 30.0}
    rows, attached = readings([5.0] * 6 + [20.0] * 2 + [5.0] * 6), [("c1", 0, 32), ("c1", 33, 75)]

    def limited(limit: float) -> Policy:
        return policy(bands=[band], kinetic={"limit": limit})

    whole = measures(rows, limited(30.0))["mean_kinetic_temperature"]
    apart = measures(rows, limited(30.0), attachments=attached)["mean_kinetic_temperature"]
    assert apart < whole - 0.5
    assert label(rows, limited(whole + 0.001), attachments=attached) == "conforms"
    assert label(rows, limited(whole - 0.001), attachments=attached) == "uncertain"
    assert label(rows, limited(apart - 0.001), attachments=attached) == "kinetic-heat"


def test_another_gateways_part_is_no_gap_of_ours() -> None:
    rows = [*readings([5.0] * 12), *readings([5.0] * 12, first=300)]
    assert label(rows, policy()) == "gap"
    elsewhere = (Elsewhere(START + 56 * MINUTE, START + 299 * MINUTE, "0x" + "ab" * 32),)
    assert label(rows, policy(), elsewhere=elsewhere) == "conforms"
    assert label(rows, policy(), elsewhere=(Elsewhere(START + 90 * MINUTE, START + 299 * MINUTE, "0x"),)) == "gap"


# Heat, peaks, route, deadline


def test_heat_within_the_limits_of_time_can_still_exceed_the_kinetic_limit() -> None:
    band = {"quantity": "temperature", "unit": "Cel", "high": 7.0, "allowed_minutes_above": 120, "assumed_uncertainty": 0.1}
    rows = readings([6.5] * 20 + [24.0] + [6.5] * 20)
    assert label(rows, policy(bands=[band], kinetic={"limit": 7.0})) == "kinetic-heat"
    mean = measures(rows, policy(bands=[band], kinetic={"limit": 7.0}))["mean_kinetic_temperature"]
    for limit, expected in (
        (mean - 0.11, "kinetic-heat"),
        (mean - 0.05, "uncertain"),
        (mean + 0.05, "uncertain"),
        (mean + 0.11, "conforms"),
    ):
        assert label(rows, policy(bands=[band], kinetic={"limit": limit})) == expected


def shaken(*values: float, **rule: Any) -> str:
    rules = policy(peaks=[{"quantity": "shock", "unit": "m/s2", "high": 100.0, "allowed": 1, **rule}])
    stated = [0.5] * 12
    for place, value in enumerate(values):
        stated[2 * place + 1] = value
    return label([*readings([5.0] * 12), *readings(stated, quantity="shock", unit="m/s2")], rules)


def test_shocks_are_counted() -> None:
    assert shaken(150.0) == "conforms"
    assert shaken(150.0, 160.0) == "peaks"
    assert shaken(150.0, 105.0, assumed_uncertainty=10) == "uncertain"
    assert shaken(150.0, 95.0, assumed_uncertainty=10) == "uncertain"
    assert shaken(150.0, 89.0, assumed_uncertainty=10) == "conforms"


def test_a_device_keeps_count_of_its_shocks_over_its_attachments() -> None:
    rules = policy(peaks=[{"quantity": "shock", "unit": "m/s2", "high": 100.0, "allowed": 2}])
    shocks = readings([0.5, 150.0, 0.5, 150.0, 0.5, 150.0, 0.5, 0.5], quantity="shock", unit="m/s2")
    rows = [*readings([5.0] * 8), *shocks]
    assert label(rows, rules, attachments=[("c1", 0, 17), ("c1", 18, 35)]) == "peaks"
    assert label(rows, rules, attachments=[("c1", 0, 12), ("c1", 18, 35)]) == "conforms"
    both = policy(peaks=[{"quantity": "shock", "unit": "m/s2", "high": 100.0, "allowed": 3}])
    assert label(rows, both, attachments=[("c1", 0, 15), ("c1", 15, 35)]) == "conforms"  # the sample at 15 minutes is in both, and one


def test_a_shock_sensor_that_never_spoke_is_missed_unless_it_is_optional() -> None:
    peaks = {"quantity": "shock", "unit": "m/s2", "high": 100.0}
    assert label(readings([5.0] * 12), policy(peaks=[peaks])) == "too-few-readings"
    assert label(readings([5.0] * 12), policy(peaks=[{**peaks, "required": False}])) == "conforms"


def fixes(longitudes: Sequence[float], latitude: float = 45.0) -> list[Reading]:
    return [
        *readings([latitude] * len(longitudes), quantity="latitude", unit="lat"),
        *readings(longitudes, quantity="longitude", unit="lon"),
    ]


def test_the_corridor_and_the_fences_are_kept_or_left() -> None:
    corridor = {"corridor": [[45.0, 5.0], [45.0, 6.0]], "within_km": 20, "assumed_uncertainty_m": 100}
    rules = policy(route=corridor)
    cold = readings([5.0] * 12)
    along = [5.0 + i / 11 for i in range(12)]
    assert label([*cold, *fixes(along)], rules) == "conforms"
    assert label([*cold, *fixes(along, latitude=45.5)], rules) == "off-route"
    assert label([*cold, *fixes(along[:6])], rules) == "conforms"  # two hours without a fix are allowed by default
    assert label([*cold, *fixes(along[:6])], policy(route={**corridor, "longest_gap_minutes": 20})) == "gap"
    assert label(cold, rules) == "too-few-readings"
    fence = {"name": "port", "kind": "outside", "center": [45.0, 5.5], "radius_km": 5}
    assert label([*cold, *fixes(along)], policy(route={**corridor, "fences": [fence]})) == "off-route"
    tolerant = policy(route={**corridor, "fences": [fence], "allowed_minutes_off": 30})
    assert label([*cold, *fixes(along)], tolerant) == "conforms"
    assert 0 < measures([*cold, *fixes(along)], tolerant)["off_route_minutes"] < 30


def test_a_deadline_is_the_shipments_or_the_policys() -> None:
    rows = readings([5.0] * 13)
    assert label(rows, policy(deadline_hours=1)) == "conforms"
    assert label(rows, policy(deadline_hours=0.99)) == "late"
    assert label(rows, policy(deadline_hours=0.99), deadline_ms=START + 60 * MINUTE) == "conforms"
    assert label(rows, policy(), deadline_ms=START + 60 * MINUTE - 1) == "late"


def test_what_is_broken_outright_is_counted_beside_an_excursion_too() -> None:
    warm, cold = readings([5.0] * 5 + [9.0] + [5.0] * 7), readings([5.0] * 13)
    shocks = readings([0.5, 150.0, 160.0] + [0.5] * 10, quantity="shock", unit="m/s2")
    rules = policy(peaks=[{"quantity": "shock", "unit": "m/s2", "high": 100.0, "allowed": 1}], deadline_hours=0.5)
    both = judge(made([*warm, *shocks], rules), rules)
    assert (both.label, dict(both.measures)["outright_breaches"]) == ("excursion", 2)
    assert measures(warm, policy())["outright_breaches"] == 0
    assert measures(cold, policy(kinetic={"limit": 4.0}))["outright_breaches"] == 1
    assert label(cold, policy(kinetic={"limit": 4.0})) == "kinetic-heat"


# The whole


@given(st.lists(st.floats(0, 12), min_size=0, max_size=40), st.integers(-(10**12), 10**12))
def test_shifting_time_changes_no_verdict(values: list[float], shift: int) -> None:
    rules = policy(bands=[GUARDED], kinetic={"limit": 8.0})
    here = judge(made(readings(values), rules), rules)
    there = judge(made(readings(values, start=START + shift), rules, start=START + shift), rules)
    assert here.label == there.label
    assert dict(here.measures) == pytest.approx(dict(there.measures), abs=1e-6)


@given(st.lists(st.floats(-50, 60), min_size=1, max_size=40), st.floats(0, 5), st.floats(0, 30))
def test_every_measure_is_finite_and_the_doubt_is_not_negative(values: list[float], uncertainty: float, clock: float) -> None:
    rules = policy(bands=[{**GUARDED, "assumed_uncertainty": uncertainty}], kinetic={"limit": 8.0})
    found = measures(readings(values), rules, clocks=(("c1", round(clock * 1000)),))
    assert all(np.isfinite(value) for value in found.values())
    assert found["doubtful_minutes"] >= 0
    assert found["longest_excursion_minutes"] <= found["excursion_minutes"] + 1e-9


def test_the_finding_names_every_device_and_reading() -> None:
    agent = Conditions.load("vaccine")
    trip = made([*readings([5.0] * 12), *readings([5.0] * 12, device="b2")], agent.policy)
    found = agent.judge(SUBJECT, trip)
    assert (found.device, found.readings, found.verdict) == ("b2, c1", 24, Verdict.CONFORMS)
    empty = agent.judge(SUBJECT, made([], agent.policy, minutes=10))
    assert (empty.verdict, empty.label, empty.readings, empty.device) == (Verdict.INSUFFICIENT, "too-few-readings", 0, "c1")
    assert (empty.from_ms, empty.to_ms) == (START, START + 10 * MINUTE)


def test_a_reading_beside_the_trip_changes_nothing() -> None:
    rows = readings([5.0] * 12)
    stray = [reading(-5, 50.0), reading(60, 50.0), reading(10, 50.0, device="stranger")]
    assert measures([*rows, *stray], policy(), minutes=55, attachments=[("c1", 0, 55)]) == measures(rows, policy(), minutes=55)
