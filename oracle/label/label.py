"""What a label says, and the label as SVG. Pure.

The link is the subject's canonical GS1 Digital Link with the query `sha256=<64 hex>` of the bundle's bytes: a scanner finds the shipment by
it, `aios verify LINK` the bundle, and compares the hash. Size: 105 x 74 mm (A7, lying).
"""

from dataclasses import dataclass

import segno

from oracle.bundle import Bundle
from oracle.drawing import words
from oracle.drawing.html import Html, el
from oracle.gs1 import SSCC, Key
from oracle.hexes import to_checksum
from oracle.schemas import BY_UID, LotStatement

PARAMETER = "sha256"
"""Query parameter that names the hash of the bundle's bytes."""
WIDTH_MM, HEIGHT_MM = 105, 74
"""The label's size."""
CODE_MM = 46
"""Side of the QR code with its quiet zone."""
MODULES_LIMIT = 0.6
"""Millimetres that one module has at least, for the longest link; a phone reads half of that, and a link to an SSCC has more."""
LINES_MM = 53
"""Where the lines beside the code begin."""
QUIET = 4
"""Modules around the code that stay white (ISO/IEC 18004 section 6.3.8)."""


@dataclass(frozen=True, slots=True)
class Label:
    """What stands on a label."""

    link: str
    """What the QR code holds."""
    key: str
    """The subject's key as GS1 prints it for people: `(00) 106141412345678908`."""
    kind: str
    """What the subject is."""
    lines: tuple[tuple[str, str], ...]
    """(name, value) below it: dates, key, hash."""


def link(subject: Key, sha256: bytes) -> str:
    """Returns the Digital Link of a subject that names the hash of its bundle's bytes."""
    return f"{subject.uri}?{PARAMETER}={sha256.hex()}"


def human_readable(subject: Key) -> str:
    """Returns a key with its application identifiers in parentheses (GS1 General Specifications section 4.14)."""
    qualifier = f" ({subject.qualifier}) {subject.value}" if subject.qualifier else ""
    return f"({subject.primary}) {subject.number}{qualifier}"


def label(bundle: Bundle, sha256: bytes) -> Label:
    """Returns the label of a bundle whose bytes have that hash; the bundle is to be verified before."""
    signed = bundle.attestation
    lines: list[tuple[str, str]] = []
    kind = BY_UID.get(signed.schema)
    statement = kind.decode(signed.data) if kind is not None else None
    if isinstance(statement, LotStatement):
        lines.append(("Seen", words.moment(statement.time_ms)))
    elif statement is not None:
        lines += [("From", words.moment(statement.from_ms)), ("To", words.moment(statement.to_ms))]
    address = to_checksum(signed.attester)
    digest = sha256.hex()
    lines += [
        ("Signed", words.moment(signed.time * 1000)),
        ("Key", f"{address[:22]}\n{address[22:]}"),
        ("Bundle sha256", "\n".join(digest[at : at + 22] for at in range(0, len(digest), 22))),
    ]
    named = "Shipment" if bundle.subject.primary == SSCC else "Lot" if bundle.subject.qualifier == "10" else "Item"
    return Label(link(bundle.subject, sha256), human_readable(bundle.subject), named, tuple(lines))


def modules(text: str) -> list[list[bool]]:
    """Returns the dark modules of a QR code, without quiet zone; level M of error correction, as GS1 asks for."""
    return [[bool(cell) for cell in row] for row in segno.make(text, error="m", micro=False).matrix]


def svg(shown: Label) -> Html:
    """Returns the label as an SVG document in millimetres."""
    rows = modules(shown.link)
    side = CODE_MM / (len(rows) + 2 * QUIET)
    drawn = "".join(
        f"M{column + QUIET} {row + QUIET}h1v1h-1z" for row, cells in enumerate(rows) for column, dark in enumerate(cells) if dark
    )
    code = el("path", d=drawn, transform=f"translate(4 16) scale({side:.5f})", fill="#000", shape_rendering="crispEdges")
    return Html(
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        + el(
            "svg",
            el("title", f"{shown.kind} {shown.key}: {shown.link}"),
            el("rect", x=0.25, y=0.25, width=WIDTH_MM - 0.5, height=HEIGHT_MM - 0.5, rx=2, fill="#fff", stroke="#000", stroke_width="0.3"),
            _text(6, 9.5, shown.kind.upper(), 3.2, weight="700", spacing="0.4"),
            _text(WIDTH_MM - 6, 9.5, "scan to verify", 3.2, anchor="end"),
            el("path", d=f"M6 12.5H{WIDTH_MM - 6}", stroke="#000", stroke_width="0.3"),
            code,
            _lines(shown),
            el("path", d=f"M6 64H{WIDTH_MM - 6}", stroke="#000", stroke_width="0.3"),
            _text(6, 70, shown.key, 4.4, weight="700"),
            xmlns="http://www.w3.org/2000/svg",
            width=f"{WIDTH_MM}mm",
            height=f"{HEIGHT_MM}mm",
            viewBox=f"0 0 {WIDTH_MM} {HEIGHT_MM}",
            font_family="Helvetica, Arial, 'Liberation Sans', sans-serif",
        )
    )


def placed(shown: Label) -> list[tuple[float, str, float, bool]]:
    """Returns the label's lines as (millimetres from the top, text, size, whether of fixed width)."""
    found, down = [], 17.0
    for name, value in shown.lines:
        found.append((down, name, 2.3, False))
        for line in value.split("\n"):
            down += 3.2
            found.append((down, line, 2.9, "\n" in value))
        down += 3.8
    return found


def _lines(shown: Label) -> list[Html]:
    return [_text(LINES_MM, down, said, size, mono=mono) for down, said, size, mono in placed(shown)]


def _text(
    x: float, y: float, said: str, size: float, *, weight: str = "400", anchor: str = "start", spacing: str = "0", mono: bool = False
) -> Html:
    family = "'DejaVu Sans Mono', 'Liberation Mono', Menlo, monospace" if mono else None
    return el(
        "text",
        said,
        x=x,
        y=y,
        font_size=size,
        font_weight=weight,
        text_anchor=anchor,
        letter_spacing=spacing,
        font_family=family,
        fill="#000",
    )
