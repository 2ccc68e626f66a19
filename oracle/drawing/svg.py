"""Charts as SVG, drawn on the box. Pure: a Series in, markup out; colours are classes of the style sheet, so both schemes work.

The parts of a chart, back to front: allowed band, stretches outside it, gaps, grid and labels, the line, the same line once more in the
colour of a breach but clipped to outside the band, the worst point, and columns that show their value when pointed at.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from oracle.drawing import words
from oracle.drawing.html import Html, el
from oracle.drawing.scale import Scale, decimals, padded, ticks, time_ticks
from oracle.drawing.series import Series, gaps, outside, runs, thinned, worst


@dataclass(frozen=True, slots=True)
class Size:
    """A chart's own coordinate system; the page scales it to the width there is."""

    width: int
    """Units across."""
    height: int
    """Units down."""
    left: int = 52
    """Room for the labels of the values."""
    bottom: int = 28
    """Room for the labels of the times."""
    top: int = 28
    """Room for the unit, and for the label of the worst point."""
    right: int = 14
    """Air to the right."""
    value_ticks: int = 6
    """How many values are named at most."""
    time_ticks: int = 7
    """How many times are named at most."""
    columns: int = 120
    """How many columns can be pointed at; 0 for paper."""


WIDE = Size(960, 320)
"""For a laptop."""
NARROW = Size(420, 290, left=44, time_ticks=4, columns=48)
"""For a phone, where the wide one would have unreadable labels."""
SPARK = Size(240, 56, left=1, bottom=3, top=3, right=4)
"""For a device's card."""
PAPER = Size(960, 250, columns=0)
"""For a report, which nobody points at."""
WIDE_SPARK = Size(440, 72, left=1, bottom=3, top=3, right=4)
"""For a shipment's card."""


def chart(series: Series) -> Html:
    """Returns the chart in two sizes, of which the style sheet shows the one that fits."""
    return el("div", figure(series, WIDE, "wide"), figure(series, NARROW, "narrow"), class_="chart")


def figure(series: Series, size: Size = WIDE, name: str = "wide") -> Html:
    """Returns the chart in one size."""
    x = Scale(series.from_ms, max(series.to_ms, series.from_ms + 1), size.left, size.width - size.right)
    y = _vertical(series, size)
    drawn = _path(series, x, y)
    return el(
        "svg",
        el("title", series.title),
        _band(series, y, size),
        _outside(series, x, size),
        _gaps(series, x, size),
        _values_axis(series, y, size),
        _times_axis(series, x, size),
        el("path", d=drawn, class_="line"),
        _breach(series, y, size, drawn, f"{series.key}-{name}"),
        _worst(series, x, y, size),
        _columns(series, x, y, size),
        class_=name,
        viewBox=f"0 0 {size.width} {size.height}",
        role="img",
        aria_label=series.title,
    )


def sparkline(series: Series, size: Size = SPARK) -> Html:
    """Returns a small chart without axes, for a card."""
    x = Scale(series.from_ms, max(series.to_ms, series.from_ms + 1), size.left, size.width - size.right)
    y = _vertical(series, size)
    drawn = _path(series, x, y)
    last = series.points[-1] if series.points else None
    dot = el("circle", cx=x(last.time_ms), cy=y(last.high), r=2.5, class_="dot") if last else None
    return el(
        "svg",
        el("title", series.title),
        _band(series, y, size),
        el("path", d=drawn, class_="line"),
        _breach(series, y, size, drawn, f"{series.key}-spark"),
        dot,
        class_="spark",
        viewBox=f"0 0 {size.width} {size.height}",
        role="img",
        aria_label=series.title,
    )


def matrix(rows: list[list[bool]], title: str) -> Html:
    """Returns a QR code's modules as one path with the quiet zone that scanners need (4 modules)."""
    drawn = "".join(f"M{column + 4} {row + 4}h1v1h-1z" for row, cells in enumerate(rows) for column, dark in enumerate(cells) if dark)
    side = len(rows) + 8
    return el(
        "svg",
        el("title", title),
        el("rect", width=side, height=side, class_="paper"),
        el("path", d=drawn, class_="ink"),
        viewBox=f"0 0 {side} {side}",
        class_="qr",
        role="img",
        aria_label=title,
        shape_rendering="crispEdges",
    )


# The parts, in the order in which they are drawn.


def _vertical(series: Series, size: Size) -> Scale:
    values = [value for point in series.points for value in (point.low, point.high)]
    if series.band is not None:
        values += [series.band.low, series.band.high]
    low, high = padded(min(values, default=0.0), max(values, default=1.0))
    return Scale(low, high, size.height - size.bottom, size.top)


def _path(series: Series, x: Scale, y: Scale) -> str:
    parts: list[str] = []
    for run in runs(series):
        places: list[tuple[float, float]] = []
        for point in run:
            across, low, high = x(point.time_ms), y(point.low), y(point.high)
            # The end nearer to where the line comes from is drawn first, or every bucket would be a saw's tooth.
            first, second = (high, low) if places and abs(places[-1][1] - high) < abs(places[-1][1] - low) else (low, high)
            places.append((across, first))
            if low != high:
                places.append((across, second))
        if len(places) == 1:
            # A lone point is a dot: round caps make a line of no length visible.
            places *= 2
        parts.append("M" + "L".join(f"{across:.1f} {down:.1f}" for across, down in places))
    return "".join(parts)


def _band(series: Series, y: Scale, size: Size) -> Html | None:
    if series.band is None:
        return None
    top, bottom = y(series.band.high), y(series.band.low)
    width = float(size.width - size.left - size.right)
    return el("rect", x=size.left, y=top, width=width, height=bottom - top, class_="band")


def _outside(series: Series, x: Scale, size: Size) -> Iterator[Html]:
    for from_ms, to_ms in outside(series):
        place = x(from_ms)
        width = max(2.0, x(to_ms) - place)
        what = f"outside the allowed band for {words.duration(to_ms - from_ms)}, from {words.moment(from_ms)}"
        yield el("rect", el("title", what), x=place, y=size.top, width=width, height=size.height - size.top - size.bottom, class_="outside")


def _gaps(series: Series, x: Scale, size: Size) -> Iterator[Html]:
    for from_ms, to_ms in gaps(series):
        place = x(from_ms)
        what = f"nothing was measured for {words.duration(to_ms - from_ms)}, from {words.moment(from_ms)}"
        height = size.height - size.top - size.bottom
        yield el("rect", el("title", what), x=place, y=size.top, width=max(1.0, x(to_ms) - place), height=height, class_="gap")


def _values_axis(series: Series, y: Scale, size: Size) -> Iterator[Html]:
    found = ticks(y.low, y.high, size.value_ticks)
    digits = decimals(found)
    if series.unit:
        yield el("text", series.unit, x=2, y=13, class_="label")
    for value in found:
        place = y(value)
        yield el("line", x1=size.left, x2=size.width - size.right, y1=place, y2=place, class_="grid")
        yield el("text", words.number(value, digits), x=size.left - 8, y=place + 4, text_anchor="end", class_="label")


def _times_axis(series: Series, x: Scale, size: Size) -> Iterator[Html]:
    floor = size.height - size.bottom
    yield el("line", x1=size.left, x2=size.width - size.right, y1=floor, y2=floor, class_="axis")
    found = time_ticks(series.from_ms, series.to_ms, size.time_ticks)
    step_ms = found[1] - found[0] if len(found) > 1 else 60_000
    for time_ms in found:
        place = x(time_ms)
        # Labels at the ends lean inwards instead of being cut off.
        anchor = "start" if place < size.left + 30 else "end" if place > size.width - size.right - 30 else "middle"
        yield el("line", x1=place, x2=place, y1=floor, y2=floor + 5, class_="axis")
        yield el("text", words.clock(time_ms, step_ms), x=place, y=floor + 20, text_anchor=anchor, class_="label")


def _breach(series: Series, y: Scale, size: Size, drawn: str, key: str) -> Iterator[Html]:
    if series.band is None or worst(series) is None:
        return
    high, low = y(series.band.high), y(series.band.low)
    above = el("rect", x=0, y=-size.height, width=size.width, height=high + size.height)
    below = el("rect", x=0, y=low, width=size.width, height=float(2 * size.height))
    yield el("clipPath", above, below, id=f"clip-{key}")
    yield el("path", d=drawn, class_="line breach", clip_path=f"url(#clip-{key})")


def _worst(series: Series, x: Scale, y: Scale, size: Size) -> Iterator[Html]:
    found = worst(series)
    if found is None or series.band is None:
        return
    point, value = found
    across, down = x(point.time_ms), y(value)
    above = value > series.band.high
    anchor = "start" if across < size.left + 50 else "end" if across > size.width - size.right - 50 else "middle"
    yield el("circle", cx=across, cy=down, r=4, class_="worst")
    label = f"{words.number(value)} {series.unit}".strip()
    yield el("text", label, x=across, y=down + (-9 if above else 18), text_anchor=anchor, class_="label worst-label")


def _columns(series: Series, x: Scale, y: Scale, size: Size) -> Iterator[Html]:
    shown = list(thinned(series.points, size.columns)) if size.columns else []
    width = (size.width - size.left - size.right) / max(1, len(shown))
    height = size.height - size.top - size.bottom
    for point in shown:
        across = x(point.time_ms)
        value = words.number(point.high, 2)
        if point.high != point.low:
            value = f"{words.number(point.low, 2)} to {value}"
        yield el(
            "g",
            el("title", f"{words.moment(point.time_ms)}: {value} {series.unit}".strip()),
            el("rect", x=across - width / 2, y=size.top, width=width, height=height),
            el("circle", cx=across, cy=y(point.high), r=3.5),
            class_="column",
        )
