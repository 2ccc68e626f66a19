"""`aios label`: the QR label of a shipment, for its box or its papers."""

import hashlib
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.report_file import require_suffix
from gateway.cli.terminal import DEFAULT_CONFIG, ConfigOption, fail, out

MAX_SUBJECT = 200
"""Characters of a key as somebody types it."""


def label(
    shipment: Annotated[str, typer.Argument(metavar="SHIPMENT|BUNDLE", help="A bundle's file, or the SSCC of a shipment of this box.")],
    out_file: Annotated[Path, typer.Option("--out", help="Where the label goes: a .svg or .pdf file.")] = Path("label.svg"),
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Draws a shipment's label: a QR code with its GS1 Digital Link and its bundle's hash, and below it key and dates to read.

    Whoever scans it gets the link; `aios verify LINK` finds the bundle and notices if it is another one. The label is 105 by 74 mm. It
    proves nothing by itself. Exit code 2 if there is no bundle of the shipment yet, or the file is none, or was altered (its seal does not
    fit).

    Example: `aios label demo-data/bundles/00-106141412345678908.json --out label.svg`
    """
    from oracle.bundle_codec import MAX_BYTES, parse
    from oracle.bundle_json import read
    from oracle.errors import OracleError
    from oracle.label import label as labels
    from oracle.verify_errors import SealBrokenError

    require_suffix("--out", out_file, (".svg", ".pdf"))
    path = Path(shipment) if Path(shipment).is_file() else _written(shipment, config)
    with path.open("rb") as file:
        data = file.read(MAX_BYTES + 1)
    try:
        bundle, stated, computed = read(parse(data))
        if stated != computed:
            raise SealBrokenError(stated, computed)
        made = labels.label(bundle, hashlib.sha256(data).digest())
    except OracleError as error:
        fail(f"{path}: {error}", code=2)
    if out_file.suffix.lower() == ".pdf":
        from oracle.label import pdf

        out_file.write_bytes(pdf.render(made))
    else:
        out_file.write_text(labels.svg(made), encoding="utf-8")
    out.print(f"{out_file}: {made.link}", markup=False)


def _written(named: str, config: Path) -> Path:
    from gateway.cli.reading import open_store
    from gateway.settings import load
    from gateway.store import bundles
    from oracle.errors import InvalidKeyError
    from oracle.gs1 import RESOLVER, SSCC, Key

    text = named[:MAX_SUBJECT].strip()
    try:
        key = Key.from_uri(text) if text.startswith(RESOLVER) else Key.from_path(text) if "/" in text else Key(SSCC, text)
    except InvalidKeyError as error:
        fail(f"{text}: no such file, and no key of a shipment: {error}", code=2)
    if not config.is_file():
        fail(f"{text}: no such file, and there is no {config} that says where this box keeps bundles", code=2)
    with open_store(load(config)) as connection:
        known = bundles.get(connection, key.path)
    if known is None or not Path(known.path).is_file():
        fail(f"{key.path}: there is no bundle yet, and a label names its hash; it is written once its anchor is final", code=2)
    return Path(known.path)
