"""Where a report or a label goes: an HTML, SVG or PDF file, by its suffix."""

import importlib.util
import time
from pathlib import Path

from gateway import __version__
from gateway.cli.terminal import err, fail
from oracle.verify_walk import Report


def require_suffix(option: str, path: Path, known: tuple[str, ...]) -> None:
    """Ends the process with a line if a file of that suffix cannot be written, before any work is done."""
    if path.suffix.lower() not in known:
        fail(f"{option} {path}: its suffix is none of {', '.join(known)}", code=2)
    if path.suffix.lower() == ".pdf" and importlib.util.find_spec("reportlab") is None:
        fail(f"{option} {path}: a PDF needs the extra packages of aios-edge-gateway[report]; {known[0]} needs none", code=2)
    if not path.absolute().parent.is_dir():
        fail(f"{option} {path}: there is no such folder", code=2)


def require_report(path: Path, bundles: int) -> None:
    """Ends the process with a line if no report can be written there."""
    require_suffix("--report", path, (".html", ".pdf"))
    if bundles != 1:
        fail(f"--report {path}: a report is about one bundle, and {bundles} are named", code=2)


def write_report(path: Path, data: bytes, report: Report, name: str) -> None:
    """Writes the report about a bundle's bytes."""
    from oracle.report import html, page

    made = page.build(data, report, file=Path(name).name[:200], now_s=int(time.time()), maker=f"aios {__version__}")
    if path.suffix.lower() == ".pdf":
        from oracle.report import pdf

        path.write_bytes(pdf.render(made))
    else:
        path.write_text(html.render(made), encoding="utf-8")
    err.print(f"report written to {path}", style="dim", markup=False)
