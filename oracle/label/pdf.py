"""The label as a PDF of its own size. Needs the extra `report` (reportlab); the same label always gives the same bytes."""

import io

from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from oracle.drawing.pdf import BOLD, MONO, SANS, draw_code, register, shown
from oracle.label.label import CODE_MM, HEIGHT_MM, LINES_MM, WIDTH_MM, Label, modules, placed


def render(label: Label) -> bytes:
    """Returns the document: one page, 105 x 74 mm."""
    register()
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(WIDTH_MM * mm, HEIGHT_MM * mm), invariant=1)
    canvas.setTitle(shown(f"{label.kind} {label.key}"))
    canvas.setLineWidth(0.3 * mm)
    canvas.roundRect(0.25 * mm, 0.25 * mm, (WIDTH_MM - 0.5) * mm, (HEIGHT_MM - 0.5) * mm, 2 * mm)
    for down in (12.5, 64):
        canvas.line(6 * mm, (HEIGHT_MM - down) * mm, (WIDTH_MM - 6) * mm, (HEIGHT_MM - down) * mm)
    _write(canvas, 6, 9.5, label.kind.upper(), 3.2, BOLD)
    canvas.setFont(SANS, 3.2 * mm)
    canvas.drawRightString((WIDTH_MM - 6) * mm, (HEIGHT_MM - 9.5) * mm, "scan to verify")
    for down, said, size, mono in placed(label):
        _write(canvas, LINES_MM, down, said, size, MONO if mono else SANS)
    _write(canvas, 6, 70, label.key, 4.4, BOLD)
    draw_code(canvas, modules(label.link), 4 * mm, (HEIGHT_MM - 16 - CODE_MM) * mm, CODE_MM * mm)
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def _write(canvas: Canvas, across: float, down: float, said: str, size: float, font: str) -> None:
    canvas.setFillColorRGB(0, 0, 0)
    canvas.setFont(font, size * mm)
    canvas.drawString(across * mm, (HEIGHT_MM - down) * mm, shown(said, font))
