"""The report as a PDF on A4. Needs the extra `report` (reportlab); the same page always gives the same bytes."""

import io
from collections.abc import Iterator
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib.colors import Color, HexColor, white
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.platypus import Flowable, Image, KeepTogether, Paragraph, SimpleDocTemplate, Spacer, TableStyle
from reportlab.platypus import Table as Grid

from oracle.drawing.pdf import BOLD, INK, LINE, MONO, QUIET, SANS, draw_chart, draw_code, register, shown
from oracle.drawing.series import Series
from oracle.drawing.svg import PAPER
from oracle.label.label import modules
from oracle.report.html import LEGEND, TONES
from oracle.report.page import Page
from oracle.report.table import Table

MARGIN = 14 * mm
"""On all sides."""
PADDING = 6
"""That reportlab leaves within the margins."""
WIDTH = A4[0] - 2 * MARGIN - 2 * PADDING
"""Of what is printed."""
CODE = 32 * mm
"""Side of the QR code."""
TONE_COLOURS = {
    "good": (HexColor(0x17673A), HexColor(0xE3F3E8)),
    "bad": (HexColor(0xB3261E), HexColor(0xFBE7E4)),
    "unsure": (HexColor(0x7A5200), HexColor(0xFDF1D8)),
    "none": (QUIET, HexColor(0xF4F6F5)),
}
"""Ink and paper of each tone."""
MAX_PIXELS = 4_000_000
"""An image of more is named by its hash alone: whoever made it may want to fill the reader's memory."""


def _style(name: str, size: float, *, font: str = SANS, colour: Color = INK, before: float = 0, after: float = 0) -> ParagraphStyle:
    return ParagraphStyle(
        name, fontName=font, fontSize=size, leading=size * 1.35, textColor=colour, spaceBefore=before, spaceAfter=after, splitLongWords=1
    )


TITLE = _style("title", 17, font=BOLD)
HEADING = _style("heading", 11, font=BOLD, before=12, after=4)
BODY, SMALL = _style("body", 8.5), _style("small", 7, colour=QUIET, before=2)
NAME, HEAD, CELL = _style("name", 8.5, colour=QUIET), _style("head", 7, font=BOLD, colour=QUIET), _style("cell", 7.5)
FIXED = _style("fixed", 7, font=MONO)
OVER = _style("over", 7, font=BOLD, colour=HexColor(0x0F6B63))


def render(page: Page) -> bytes:
    """Returns the whole document."""
    register()
    out = io.BytesIO()
    document = SimpleDocTemplate(
        out,
        pagesize=A4,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=MARGIN,
        bottomMargin=MARGIN + 4 * mm,
        title=shown(f"{page.verdict}: {page.title}"),
        author="",
        creator=shown(page.made),
        invariant=1,
    )
    foot = shown(f"{page.made}. File sha256 {page.sha256.hex()}")

    def footer(canvas: Any, _: Any) -> None:
        canvas.setFont(SANS, 5.5)
        canvas.setFillColor(QUIET)
        canvas.drawString(MARGIN, 9 * mm, foot)
        canvas.drawRightString(A4[0] - MARGIN, 9 * mm, f"page {canvas.getPageNumber()}")

    document.build(list(_story(page)), onFirstPage=footer, onLaterPages=footer)
    return out.getvalue()


def _story(page: Page) -> Iterator[Flowable]:
    yield _top(page)
    yield Spacer(1, 4 * mm)
    if page.notices:
        yield _seal("unsure", [Paragraph(_text(notice, BOLD), _toned("unsure", 8.5)) for notice in page.notices])
        yield Spacer(1, 2 * mm)
    tally = ", ".join(f"{count} {outcome}" for outcome, count in page.tally)
    stated = f': <font color="{TONE_COLOURS[page.stated[0]][0].hexval()}">{_text(page.stated[1], BOLD)}</font>' if page.stated else ""
    head = Paragraph(_text(page.verdict, BOLD) + stated, _toned(page.tone, 14))
    said = [
        head,
        *_optional(page.conclusion, BODY),
        _paragraph(page.meaning, SMALL),
    ]
    yield _seal(page.tone, [*said, Paragraph(_text(tally, BOLD), _toned(page.tone, 7.5))])
    yield Spacer(1, 3 * mm)
    yield _grid([[_paragraph(name, NAME), _paragraph(value, BODY)] for name, value in page.facts] or [["", ""]], [36 * mm, WIDTH - 36 * mm])
    if page.image is not None and (picture := _picture(page.image)) is not None:
        yield KeepTogether([_heading("Image"), picture])
    for place, series in enumerate(page.charts):
        caption = Paragraph(_text(series.title, BOLD), _style("caption", 8.5, font=BOLD, after=2))
        yield KeepTogether([*([_heading("What was measured")] if place == 0 else []), caption, _Chart(series), Spacer(1, 2 * mm)])
    if page.charts:
        yield _paragraph(
            "Green: the allowed band. Red: outside it. Gray: nothing was measured. Times are UTC, by the devices' clocks.", SMALL
        )
    for table in page.tables:
        yield from _table(table)
    yield from _checks(page)
    for title, lines in (("Worth knowing", page.warnings), ("What was trusted", page.trusted)):
        if lines:
            yield _heading(title)
            yield from (_paragraph(f"\u2013 {line}", BODY) for line in lines)


def _top(page: Page) -> Flowable:
    left: list[Flowable] = [
        _paragraph("VERIFICATION REPORT", OVER),
        Paragraph(_text(page.title, BOLD), TITLE),
        _paragraph(page.link or "The file could not be read as a bundle.", FIXED),
        _paragraph(f"File {page.file}", SMALL),
    ]
    code = _Code(page.link) if page.link else ""
    grid = Grid([[left, code]], colWidths=[WIDTH - CODE, CODE], hAlign="LEFT")
    grid.setStyle(
        TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (0, 0), 0), ("RIGHTPADDING", (1, 0), (1, 0), 0)])
    )
    return grid


def _seal(tone: str, content: list[Flowable]) -> Flowable:
    ink, paper = TONE_COLOURS[tone]
    grid = Grid([[content]], colWidths=[WIDTH], hAlign="LEFT")
    grid.setStyle(
        TableStyle(
            [("BACKGROUND", (0, 0), (-1, -1), paper), ("LINEBEFORE", (0, 0), (0, -1), 3, ink), ("LEFTPADDING", (0, 0), (-1, -1), 10)]
        )
    )
    return grid


def _table(table: Table) -> Iterator[Flowable]:
    wide = table.wide or (1,) * len(table.columns)
    widths = [WIDTH * part / sum(wide) for part in wide]
    rows = [[_paragraph(name, HEAD) for name in table.columns]]
    rows += [[_paragraph(cell, FIXED if column in table.code else CELL) for column, cell in enumerate(row)] for row in table.rows]
    yield _heading(table.title)
    yield _grid(rows, widths, head=True)
    if table.note:
        yield _paragraph(table.note, SMALL)


def _checks(page: Page) -> Iterator[Flowable]:
    rows = []
    for check in page.checks:
        badge = Paragraph(_text(check.outcome.value, BOLD), _toned(TONES[check.outcome], 7))
        by = f" By {check.by}." if check.by else ""
        found = f"{check.detail}.{by}" if check.detail else f"Would show that {check.proves}."
        rows.append([badge, Paragraph(_text(check.name, BOLD), CELL), _paragraph(found, CELL)])
    yield _heading("Checks")
    yield _grid(rows, [22 * mm, 24 * mm, WIDTH - 46 * mm])
    yield from _optional(page.unreached, BODY)
    told = {check.outcome for check in page.checks}
    yield _paragraph(" ".join(f"{outcome.value}: {meaning}." for outcome, meaning in LEGEND.items() if outcome in told), SMALL)


def _grid(rows: list[list[Any]], widths: list[float], *, head: bool = False) -> Flowable:
    grid = Grid(rows, colWidths=widths, repeatRows=1 if head else 0, hAlign="LEFT")
    lines = [("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (-1, -1), 0), ("RIGHTPADDING", (0, 0), (-1, -1), 6)]
    tight = [("TOPPADDING", (0, 0), (-1, -1), 1.5), ("BOTTOMPADDING", (0, 0), (-1, -1), 1.5), ("LINEBELOW", (0, 0), (-1, -1), 0.4, LINE)]
    grid.setStyle(TableStyle([*lines, *tight]))
    return grid


def _heading(title: str) -> Flowable:
    style = ParagraphStyle("kept", parent=HEADING, keepWithNext=1)
    return Paragraph(_text(title, BOLD), style)


def _toned(tone: str, size: float) -> ParagraphStyle:
    return _style(f"{tone}{size}", size, font=BOLD, colour=TONE_COLOURS[tone][0])


def _optional(said: str, style: ParagraphStyle) -> list[Flowable]:
    return [_paragraph(said, style)] if said else []


def _paragraph(said: str, style: ParagraphStyle) -> Flowable:
    return Paragraph(_text(said, style.fontName), style)


def _text(said: str, font: str = SANS) -> str:
    # Paragraphs read markup: whatever a bundle says is text.
    return escape(shown(said, font))


def _picture(png: bytes) -> Flowable | None:
    try:
        width, height = ImageReader(io.BytesIO(png)).getSize()
        if not 0 < width * height <= MAX_PIXELS:
            return None
        side = 45 * mm
        return Image(io.BytesIO(png), width=side, height=side * min(2.0, height / width))
    except Exception:  # the bytes are the bundle's, the decoder another's; without a picture the report is still whole
        return None


class _Chart(Flowable):  # type: ignore[misc]
    """A chart as wide as the page."""

    def __init__(self, series: Series) -> None:
        super().__init__()
        self.series = series
        self.width, self.height = WIDTH, WIDTH * PAPER.height / PAPER.width

    def draw(self) -> None:
        """Draws it; called by the layout."""
        self.canv.setFillColor(white)
        draw_chart(self.canv, self.series, self.width)


class _Code(Flowable):  # type: ignore[misc]
    """A QR code."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.rows = modules(text)
        self.width = self.height = CODE

    def draw(self) -> None:
        """Draws it; called by the layout."""
        draw_code(self.canv, self.rows, 0, 0, CODE)
