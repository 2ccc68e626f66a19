import contextlib
import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from edge_agents.errors import FrameRefused
from edge_agents.surface_defects.png import SIDE, pixels
from firmware_sim.inspection.frames import Defect, draw, png

GRAY = draw(np.random.default_rng(1), Defect.PIT)
GOOD = png(GRAY)
LIMIT = 64 * 1024


def saved(mode: str, size: tuple[int, int], kind: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    Image.new(mode, size).save(buffer, format=kind)
    return buffer.getvalue()


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def built(width: int, height: int, data: bytes) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")


def test_pixels_come_out_as_they_went_in() -> None:
    assert pixels(GOOD, LIMIT) == GRAY.tobytes()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "signature"),
        (b"GIF89a" + bytes(60), "signature"),
        (saved("L", (64, 64), "BMP"), "signature"),
        (saved("L", (64, 32)), "height"),
        (saved("L", (32, 64)), "width"),
        (saved("RGB", (64, 64)), "colour type"),
        (saved("LA", (64, 64)), "colour type"),
        (saved("P", (64, 64)), "bit depth"),
        (saved("1", (64, 64)), "bit depth"),
        (saved("I;16", (64, 64)), "bit depth"),
        (built(50_000, 50_000, bytes(1000)), "width"),
        (built(64, 64, b""), "damaged"),
        (GOOD[:200], "damaged"),
        (GOOD[:60] + b"\xff" + GOOD[61:], "damaged"),
        (GOOD[:60] + b"\xff" + GOOD[61:], "wrong checksum"),
        (GOOD + b"x", "1 bytes after the end"),
        (GOOD[:8] + GOOD[33:], "IHDR comes first"),
        (GOOD[:33] + GOOD[8:], "comes first and once"),
        (GOOD[:8] + chunk(b"IHDR", b"short") + GOOD[33:], "IHDR of 5 bytes"),
        (GOOD[:33] + chunk(b"PLTE", bytes(3)) + GOOD[33:], "critical chunk"),
        (GOOD[:33] + chunk(b"IEND", b""), "damaged|after the end"),
        (GOOD[:33] + GOOD[-12:], "not enough image data"),
        (built(64, 64, b"\x07" * 65 * 64), "cannot decode"),
        (GOOD[:33] + b"\xff\xff\xff\xff" + GOOD[37:], "ends within"),
        (GOOD + bytes(LIMIT), "at most 65536"),
    ],
    ids=lambda given: given if isinstance(given, str) else "",
)
def test_anything_else_is_refused_by_name(data: bytes, reason: str) -> None:
    with pytest.raises(FrameRefused, match=reason):
        pixels(data, LIMIT)


def test_what_a_decoder_may_skip_is_skipped() -> None:
    assert pixels(GOOD[:33] + chunk(b"tEXt", b"Title\x00x") + GOOD[33:], LIMIT) == GRAY.tobytes()


def test_a_bomb_behind_an_honest_header_stays_small() -> None:
    # 40 MiB of zeros compress to 40 KiB; the decoder stops at the rows the header promised.
    bomb = built(SIDE, SIDE, bytes(40 << 20))
    assert len(bomb) <= LIMIT
    assert pixels(bomb, LIMIT) == bytes(SIDE * SIDE)


@given(st.integers(0, len(GOOD) - 1), st.integers(1, 255))
def test_a_damaged_byte_is_refused(position: int, flip: int) -> None:
    data = bytearray(GOOD)
    data[position] ^= flip
    with pytest.raises(FrameRefused):
        pixels(bytes(data), LIMIT)


@given(st.binary(max_size=300))
def test_any_bytes_are_decoded_or_refused(body: bytes) -> None:
    for data in (body, GOOD[:33] + body, GOOD[:33] + chunk(b"IDAT", body) + chunk(b"IEND", b"")):
        with contextlib.suppress(FrameRefused):
            assert len(pixels(data, LIMIT)) == SIDE * SIDE
