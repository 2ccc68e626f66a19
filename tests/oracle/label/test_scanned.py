"""A label as it is printed, read back by a QR decoder that nobody here wrote."""

import shutil
import subprocess
from pathlib import Path

import pytest
from PIL import Image

from oracle.gs1 import Key, lgtin
from oracle.label import pdf
from oracle.label.label import Label, link
from tests.oracle.bundle_fixture import SHIPMENT
from tests.oracle.label.test_label import DIGEST
from tests.vectors import ROOT

DECODER = ROOT / "verifier/node_modules/qr/decode.js"
SCRIPT = """
import fs from "node:fs";
const [decoder, file, width, height] = process.argv.slice(1);
const { default: decode } = await import(decoder);
process.stdout.write(decode({ width: Number(width), height: Number(height), data: new Uint8Array(fs.readFileSync(file)) }));
"""


@pytest.mark.peer
@pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="poppler-utils is not installed")
@pytest.mark.skipif(shutil.which("node") is None or not DECODER.is_file(), reason="verifier/node_modules is not installed: make verifier")
@pytest.mark.parametrize("subject", [SHIPMENT, lgtin("9506000134352", "L" * 20)])
def test_a_printed_label_is_read_back(tmp_path: Path, subject: Key) -> None:
    made = Label(link(subject, DIGEST), "(00) 1", "Shipment", (("From", "2026-03-01"),))
    (tmp_path / "label.pdf").write_bytes(pdf.render(made))
    subprocess.run(["pdftoppm", "-r", "150", "-png", "-singlefile", "label.pdf", "label"], cwd=tmp_path, check=True, timeout=300)
    with Image.open(tmp_path / "label.png") as printed:
        (tmp_path / "pixels").write_bytes(printed.convert("RGBA").tobytes())
        size = [str(side) for side in printed.size]
    words = ["node", "--input-type=module", "-e", SCRIPT, str(DECODER), str(tmp_path / "pixels"), *size]
    assert subprocess.run(words, capture_output=True, text=True, check=True, timeout=300).stdout == made.link
