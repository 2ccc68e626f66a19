"""Scales, series and SVG: pure, so compared as values and as a parsed tree."""

import re
from xml.etree import ElementTree as ET

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from oracle.drawing import svg
from oracle.drawing.scale import Scale, decimals, padded, ticks, time_ticks
from oracle.drawing.series import Band, Point, Series, outside, runs, thinned, usual_gap_ms, worst

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
BAND = Band(2.0, 8.0)
finite = st.floats(-1e12, 1e12, allow_nan=False)


def series(*values: float | None, band: Band | None = BAND, title: str = "Temperature") -> Series:
    points = tuple(Point(i * MINUTE, value, value) for i, value in enumerate(values) if value is not None)
    return Series("k", title, "°C", 0, max(1, len(values) - 1) * MINUTE, points, 90_000, band)


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0, 10, [0, 2, 4, 6, 8, 10]),
        (1.4, 15.2, [2.5, 5, 7.5, 10, 12.5, 15]),
        (-0.31, 0.29, [-0.3, -0.2, -0.1, 0, 0.1, 0.2]),
        (997, 1003, [997, 998]),
    ],
)
def test_ticks_are_round(low: float, high: float, expected: list[float]) -> None:
    found = ticks(low, high, 6)
    assert found[: len(expected)] == pytest.approx(expected)


@example(a=0.0, b=5e-324, most=2)
@given(finite, finite, st.integers(1, 12))
def test_ticks_are_few_ascending_and_inside(a: float, b: float, most: int) -> None:
    low, high = min(a, b), max(a, b)
    found = ticks(low, high, most)
    assert len(found) <= most + 1
    assert found == sorted(set(found)) or high - low < 1e-6 * max(abs(low), abs(high), 1e-9)
    slack = (high - low) * 1e-6
    assert all(low - slack <= value <= high + slack for value in found)


def test_no_ticks_without_an_interval() -> None:
    assert ticks(1, 1, 5) == ticks(2, 1, 5) == ticks(0, float("inf"), 5) == []
    assert time_ticks(5, 5, 3) == []


@pytest.mark.parametrize(("values", "digits"), [([0, 1], 0), ([2.5, 5.0], 1), ([0, 0.25], 2), ([1], 1), ([0, 1 / 3], 6)])
def test_labels_have_as_many_digits_as_tell_them_apart(values: list[float], digits: int) -> None:
    assert decimals(values) == digits


@pytest.mark.parametrize(
    ("span", "step"),
    [(90_000, 15_000), (HOUR, 10 * MINUTE), (DAY, 6 * HOUR), (3 * DAY, 12 * HOUR), (30 * DAY, 5 * DAY), (5000 * DAY, 1000 * DAY)],
)
def test_times_are_round(span: int, step: int) -> None:
    found = time_ticks(7, 7 + span, 7)
    assert found[1] - found[0] == step
    assert all(time % step == 0 for time in found)
    assert len(found) <= 8


@given(st.integers(0, 10**15), st.integers(1, 10**14), st.integers(1, 10))
def test_times_are_few_and_inside(start: int, span: int, most: int) -> None:
    found = time_ticks(start, start + span, most)
    assert len(found) <= most + 1
    assert all(start <= time <= start + span for time in found)


@given(finite, finite, finite)
def test_nothing_is_drawn_far_outside(a: float, b: float, value: float) -> None:
    low, high = padded(min(a, b), max(a, b))
    assert low < high
    assert -100 <= Scale(low, high, 0, 100)(value) <= 200


def test_a_gap_ends_a_run() -> None:
    assert [len(run) for run in runs(series(4, 4, None, None, 4, 4, 4))] == [2, 3]
    assert runs(series()) == []


def test_stretches_outside_end_at_the_next_point_inside_or_the_gap() -> None:
    assert outside(series(4, 9, 10, 4, 4, 1, 1)) == [(1 * MINUTE, 3 * MINUTE), (5 * MINUTE, 6 * MINUTE)]
    assert outside(series(4, 9, None, None, 4)) == [(1 * MINUTE, 1 * MINUTE)]
    assert outside(series(9, 9, band=None)) == []


def test_the_worst_is_farthest_from_the_band_on_either_side() -> None:
    found = worst(series(4, 9, 10, 4, -1.5))
    assert found is not None
    assert (found[0].time_ms, found[1]) == (4 * MINUTE, -1.5)
    assert worst(series(4, 5)) is None
    assert worst(series(40, 50, band=None)) is None


def test_thinning_keeps_the_order_and_the_bound() -> None:
    points = series(*[float(i) for i in range(1000)]).points
    kept = list(thinned(points, 120))
    assert 100 <= len(kept) <= 120
    assert kept == sorted(kept, key=lambda point: point.time_ms)
    assert usual_gap_ms(points) == 4 * MINUTE
    assert usual_gap_ms(()) == MINUTE


def parsed(made: Series) -> list[ET.Element]:
    return list(ET.fromstring(svg.chart(made)))  # noqa: S314 - our own markup


def classes(tree: ET.Element) -> list[str]:
    return [element.get("class", "") for element in tree.iter()]


def test_a_chart_has_every_part_in_both_sizes() -> None:
    for tree in parsed(series(4, 5, 9, 12, 5, 4)):
        found = classes(tree)
        for part in ("band", "outside", "grid", "axis", "line", "line breach", "worst"):
            assert part in found
        assert tree.get("aria-label") == "Temperature"
        words = [element.text for element in tree.iter("text")]
        assert "°C" in words
        assert "12.0 °C" in words
        titles = [element.text or "" for element in tree.iter("title")]
        assert any("12.00 °C" in title for title in titles)
        assert any("outside the allowed band for 2 min" in title for title in titles)


def test_a_calm_chart_has_no_breach_and_one_without_band_no_band() -> None:
    for tree in parsed(series(4, 5, 4)):
        assert not {"line breach", "worst", "outside"} & set(classes(tree))
    for tree in parsed(series(4, 50, 4, band=None)):
        assert not {"band", "worst", "outside"} & set(classes(tree))


def test_the_line_breaks_at_a_gap() -> None:
    (wide, _) = parsed(series(4, 4, None, None, 5, 5))
    line = next(element for element in wide.iter("path") if element.get("class") == "line")
    assert (line.get("d") or "").count("M") == 2


def test_buckets_are_drawn_from_their_nearer_end() -> None:
    made = Series("k", "t", "", 0, 2, (Point(0, 1, 2), Point(1, 2, 3), Point(2, 1, 4)), 10)
    (wide, _) = parsed(made)
    line = next(element for element in wide.iter("path") if element.get("class") == "line")
    heights = [float(down) for _, down in re.findall(r"([\d.]+) ([\d.]+)", line.get("d") or "")]
    assert heights[0] > heights[1] == heights[2] > heights[3]
    assert heights[4] < heights[5]


@given(st.lists(st.tuples(finite, finite), max_size=40), st.text(max_size=20))
def test_any_values_and_any_names_give_a_sound_chart(values: list[tuple[float, float]], title: str) -> None:
    title = re.sub(r"[\x00-\x1f\ud800-\udfff\ufffe\uffff]", "", title)
    points = tuple(Point(i * MINUTE, min(pair), max(pair)) for i, pair in enumerate(values))
    made = Series("k", title, title[:4], 0, max(1, len(values)) * MINUTE, points, HOUR, BAND)
    for tree in (*parsed(made), ET.fromstring(svg.sparkline(made))):  # noqa: S314 - our own markup
        assert tree.get("aria-label") == title
        for element in tree.iter("path"):
            assert "nan" not in (element.get("d") or "")
            assert "inf" not in (element.get("d") or "")


def test_a_qr_code_has_its_quiet_zone() -> None:
    tree = ET.fromstring(svg.matrix([[True, False], [False, True]], "a code"))  # noqa: S314 - our own markup
    assert tree.get("viewBox") == "0 0 10 10"
    assert [element.get("d") for element in tree.iter("path")] == ["M4 4h1v1h-1zM5 5h1v1h-1z"]
