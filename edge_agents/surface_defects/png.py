"""Untrusted bytes become pixels here, or are refused by name.

Container and header are read by hand, and strictly: an 8-bit grayscale PNG of 64x64 that is not interlaced, every chunk whole with its
checksum right, nothing critical but IHDR, IDAT and IEND, and no byte after the end. Only then does Pillow's decoder, written in C, see the
compressed rows; it fills 64 rows and stops, so a decompression bomb has nothing to inflate. Going around Pillow's own PNG reader also
halves the time per frame. Format: https://www.w3.org/TR/png-3/.
"""

import struct
import zlib

from PIL import Image

from edge_agents.errors import FrameRefused

SIDE = 64
"""Width and height of a frame in pixels."""

_SIGNATURE = b"\x89PNG\r\n\x1a\n"

_HEADER = struct.Struct(">IIBBBBB")
"""Body of IHDR (section 11.2.1)."""

_EXPECTED = (("width", SIDE), ("height", SIDE), ("bit depth", 8), ("colour type", 0), ("compression", 0), ("filter", 0), ("interlace", 0))
"""What the header of every accepted frame holds."""

_FRAMING = 12
"""Bytes of a chunk beside its body: length, type, checksum."""


def pixels(data: bytes, limit: int) -> bytes:
    """Returns the 4,096 gray values of a 64x64 8-bit grayscale PNG, row by row.

    Raises:
        FrameRefused: longer than `limit` bytes, another format, size or colour type, or damaged.
    """
    if len(data) > limit:
        raise FrameRefused(f"{len(data)} bytes, at most {limit} are accepted")
    if not data.startswith(_SIGNATURE):
        raise FrameRefused(f"begins with {data[:8]!r}, which is not the signature of a PNG")
    try:
        return Image.frombytes("L", (SIDE, SIDE), _compressed(data), "zip", "L", 0).tobytes()
    except ValueError as error:
        raise FrameRefused(f"damaged PNG: {error}") from error


def _compressed(data: bytes) -> bytes:
    """Returns the bodies of the IDAT chunks, joined, once the whole container was found sound."""
    rows: list[bytes] = []
    kind, at = b"", len(_SIGNATURE)
    while kind != b"IEND":
        end = at + _FRAMING + int.from_bytes(data[at : at + 4])
        if end > len(data):
            raise FrameRefused(f"damaged PNG: ends within the chunk at byte {at}")
        before, kind, body = kind, data[at + 4 : at + 8], data[at + 8 : end - 4]
        if zlib.crc32(data[at + 4 : end - 4]) != int.from_bytes(data[end - 4 : end]):
            raise FrameRefused(f"damaged PNG: wrong checksum of the chunk at byte {at}")
        if (kind == b"IHDR") != (not before):
            raise FrameRefused(f"damaged PNG: chunk {kind!r} follows {before!r}, IHDR comes first and once")
        if kind == b"IHDR":
            _check_header(body)
        elif kind == b"IDAT":
            rows.append(body)
        elif kind[0] < ord("a") and kind != b"IEND":
            # A lower-case first letter marks what a decoder may skip (section 5.4).
            raise FrameRefused(f"PNG holds the critical chunk {kind!r}")
        at = end
    if at != len(data):
        raise FrameRefused(f"{len(data) - at} bytes after the end of the PNG")
    return b"".join(rows)


def _check_header(body: bytes) -> None:
    """Refuses a header that differs from the only one accepted."""
    if len(body) != _HEADER.size:
        raise FrameRefused(f"damaged PNG: IHDR of {len(body)} bytes")
    for (name, expected), found in zip(_EXPECTED, _HEADER.unpack(body), strict=True):
        if found != expected:
            raise FrameRefused(f"PNG {name} is {found}, only {expected} is accepted")
