"""A camera's picture of a QR code, as the raw video that Chromium's fake camera plays."""

from pathlib import Path

import segno

WIDTH, HEIGHT = 640, 480
"""What an ordinary camera gives."""
SCALE = 6
"""Pixels of one module."""
WHITE, BLACK, GREY = 235, 16, 128
"""Luma of paper and ink, and chroma of neither colour (BT.601)."""


def write_y4m(path: Path, text: str, frames: int = 12) -> None:
    """Writes a video in which a label lies still (YUV4MPEG2, 4:2:0)."""
    luma = bytearray([WHITE]) * (WIDTH * HEIGHT)
    matrix = segno.make(text, error="m", boost_error=False).matrix
    side = len(matrix) * SCALE
    left, top = (WIDTH - side) // 2, (HEIGHT - side) // 2
    assert left > 0
    assert top > 0
    for row, modules in enumerate(matrix):
        line = bytes(BLACK if dark else WHITE for dark in modules for _ in range(SCALE))
        for y in range(top + row * SCALE, top + (row + 1) * SCALE):
            luma[y * WIDTH + left : y * WIDTH + left + side] = line
    frame = b"FRAME\n" + bytes(luma) + bytes([GREY]) * (WIDTH * HEIGHT // 2)
    path.write_bytes(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F10:1 Ip A1:1 C420\n".encode() + frame * frames)
