"""What both PDFs share: fonts, text that a font can show, a QR code, a chart. Needs the extra `report` (reportlab).

A font of a PDF is embedded, and the one at hand knows Latin letters only: whatever else a name holds is shown as U+XXXX, never left out.
"""

from pathlib import Path
from typing import Any

import reportlab
from reportlab.lib.colors import HexColor
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from oracle.drawing import words
from oracle.drawing.scale import Scale, decimals, padded, ticks, time_ticks
from oracle.drawing.series import Series, gaps, outside, runs, worst
from oracle.drawing.svg import PAPER

SANS, BOLD, MONO = "Vera", "VeraBd", "Courier"
"""Bitstream Vera, which reportlab carries; hashes are ASCII and set in a font that every reader has."""
INK, QUIET, LINE = HexColor(0x1B2226), HexColor(0x5A666D), HexColor(0xD9DEDC)
ACCENT, BAD = HexColor(0x0F6B63), HexColor(0xB3261E)
BAND, OUTSIDE, GAP, GRID = HexColor(0xD9EFDF), HexColor(0xF9D9D5), HexColor(0xDDE0E2), HexColor(0xE6EAE8)

_SUBSTITUTES = {"\u202f": "\u00a0", "✓": "ok", "✕": "x", "\u2009": " "}
"""Characters of our own texts that the font lacks."""


def register() -> None:
    """Makes the fonts known; a second call does nothing."""
    known = pdfmetrics.getRegisteredFontNames()
    for name in (SANS, BOLD):
        if name not in known:
            pdfmetrics.registerFont(TTFont(name, str(Path(reportlab.__file__).parent / "fonts" / f"{name}.ttf")))


def shown(text: str, font: str = SANS) -> str:
    """Returns the text with what the font cannot show as U+XXXX."""
    plain = "".join(_SUBSTITUTES.get(one, one) for one in text)
    if font == MONO:
        return "".join(one if " " <= one <= "~" else f"U+{ord(one):04X}" for one in plain.replace("…", "..."))
    register()
    glyphs: dict[int, int] = pdfmetrics.getFont(font).face.charToGlyph
    return "".join(one if ord(one) in glyphs else f"U+{ord(one):04X}" for one in plain)


def draw_code(canvas: Any, rows: list[list[bool]], left: float, bottom: float, side: float) -> None:
    """Draws a QR code's modules into a square that is `side` wide, with the quiet zone that scanners need (4 modules)."""
    size = side / (len(rows) + 8)
    canvas.setFillColorRGB(0, 0, 0)
    path = canvas.beginPath()
    for row, cells in enumerate(rows):
        for column, dark in enumerate(cells):
            if dark:
                path.rect(left + (column + 4) * size, bottom + side - (row + 5) * size, size, size)
    canvas.drawPath(path, stroke=0, fill=1)


def draw_chart(canvas: Any, series: Series, width: float) -> None:
    """Draws a chart as `svg.figure` does, `width` wide, with its lower left corner at the origin."""
    register()
    _Chart(canvas, series, width).draw()


class _Chart:
    """One chart being drawn; places are counted upwards from the lower left corner."""

    def __init__(self, canvas: Any, series: Series, width: float) -> None:
        self.canvas, self.series = canvas, series
        k = width / PAPER.width
        self.width, self.height = width, PAPER.height * k
        self.left, self.right = PAPER.left * k, width - PAPER.right * k
        self.floor, self.ceiling = PAPER.bottom * k, self.height - PAPER.top * k
        values = [value for point in series.points for value in (point.low, point.high)]
        values += [] if series.band is None else [series.band.low, series.band.high]
        self.x = Scale(series.from_ms, max(series.to_ms, series.from_ms + 1), self.left, self.right)
        self.y = Scale(*padded(min(values, default=0.0), max(values, default=1.0)), self.floor, self.ceiling)

    def draw(self) -> None:
        """Draws the parts, back to front."""
        band = self.series.band
        if band is not None:
            self._rect(self.left, self.y(band.low), self.right, self.y(band.high), BAND)
        for begin, end in outside(self.series):
            self._rect(self.x(begin), self.floor, max(self.x(end), self.x(begin) + 1), self.ceiling, OUTSIDE)
        for begin, end in gaps(self.series):
            self._rect(self.x(begin), self.floor, self.x(end), self.ceiling, GAP)
        self._axes()
        self._line(ACCENT)
        if band is not None and worst(self.series) is not None:
            for low, high in ((self.y(band.high), 2 * self.height), (-self.height, self.y(band.low))):
                self._clipped(low, high)
        self._worst()

    def _rect(self, left: float, bottom: float, right: float, top: float, colour: Any) -> None:
        self.canvas.setFillColor(colour)
        self.canvas.rect(left, bottom, right - left, top - bottom, stroke=0, fill=1)

    def _axes(self) -> None:
        canvas = self.canvas
        canvas.setFont(SANS, 6.5)
        canvas.setLineWidth(0.5)
        found = ticks(self.y.low, self.y.high, PAPER.value_ticks)
        for value in found:
            place = self.y(value)
            canvas.setStrokeColor(GRID)
            canvas.line(self.left, place, self.right, place)
            canvas.setFillColor(QUIET)
            canvas.drawRightString(self.left - 4, place - 2.2, shown(words.number(value, decimals(found))))
        canvas.drawString(2, self.height - 8, shown(self.series.unit))
        canvas.setStrokeColor(QUIET)
        canvas.line(self.left, self.floor, self.right, self.floor)
        times = time_ticks(self.series.from_ms, self.series.to_ms, PAPER.time_ticks)
        step_ms = times[1] - times[0] if len(times) > 1 else 60_000
        for time_ms in times:
            canvas.line(self.x(time_ms), self.floor, self.x(time_ms), self.floor - 2.5)
            # Labels at the ends lean inwards instead of being cut off.
            place = min(max(self.x(time_ms), self.left + 12), self.right - 12)
            canvas.drawCentredString(place, self.floor - 9.5, words.clock(time_ms, step_ms))

    def _line(self, colour: Any) -> None:
        canvas = self.canvas
        canvas.setStrokeColor(colour)
        canvas.setLineWidth(1.1)
        canvas.setLineCap(1)
        canvas.setLineJoin(1)
        path = canvas.beginPath()
        for run in runs(self.series):
            path.moveTo(self.x(run[0].time_ms), self.y(run[0].low))
            for point in run:
                path.lineTo(self.x(point.time_ms), self.y(point.low))
                path.lineTo(self.x(point.time_ms), self.y(point.high))
        canvas.drawPath(path, stroke=1, fill=0)

    def _clipped(self, low: float, high: float) -> None:
        self.canvas.saveState()
        path = self.canvas.beginPath()
        path.rect(0, low, self.width, max(0.0, high - low))
        self.canvas.clipPath(path, stroke=0, fill=0)
        self._line(BAD)
        self.canvas.restoreState()

    def _worst(self) -> None:
        found = worst(self.series)
        if found is None or self.series.band is None:
            return
        point, value = found
        across, up = self.x(point.time_ms), self.y(value)
        self.canvas.setFillColor(BAD)
        self.canvas.circle(across, up, 2, stroke=0, fill=1)
        self.canvas.setFont(BOLD, 6.5)
        said = shown(f"{words.number(value)} {self.series.unit}".strip(), BOLD)
        place = min(max(across, self.left + 18), self.right - 18)
        self.canvas.drawCentredString(place, up + 5 if value > self.series.band.high else up - 10, said)
