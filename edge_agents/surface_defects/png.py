"""Untrusted bytes become pixels here, or are refused by name.

The decoder is Pillow, asked for PNG alone. The header is read by hand first: a frame that declares another size or colour type never
reaches the decompressor, so a decompression bomb has nothing to inflate. Format: https://www.w3.org/TR/png-3/.
"""

import io
import struct

from PIL import Image

from edge_agents.errors import FrameRefused

SIDE = 64
"""Width and height of a frame in pixels."""

_HEADER = struct.Struct(">8sI4sIIBBBBB")
"""Signature, then the IHDR chunk: length, type, width, height, bit depth, colour type, compression, filter, interlace."""

_EXPECTED = (b"\x89PNG\r\n\x1a\n", 13, b"IHDR", SIDE, SIDE, 8, 0, 0, 0, 0)
"""What the header of every accepted frame holds: 8-bit grayscale, not interlaced."""

_NAMES = ("signature", "header length", "header type", "width", "height", "bit depth", "colour type", "compression", "filter", "interlace")


def pixels(data: bytes, limit: int) -> bytes:
    """Returns the 4,096 gray values of a 64x64 8-bit grayscale PNG, row by row.

    Raises:
        FrameRefused: longer than `limit` bytes, another format, size or colour type, or damaged.
    """
    if len(data) > limit:
        raise FrameRefused(f"{len(data)} bytes, at most {limit} are accepted")
    if len(data) < _HEADER.size:
        raise FrameRefused(f"{len(data)} bytes are too few for a PNG")
    for name, found, expected in zip(_NAMES, _HEADER.unpack_from(data), _EXPECTED, strict=True):
        if found != expected:
            raise FrameRefused(f"PNG {name} is {found!r}, only {expected!r} is accepted")
    try:
        with Image.open(io.BytesIO(data), formats=("PNG",)) as image:
            image.load()
            return _checked(image)
    except FrameRefused:
        raise
    except Exception as error:  # Pillow raises SyntaxError, OSError, ValueError, zlib.error and more for damaged files
        raise FrameRefused(f"damaged PNG ({type(error).__name__}: {error})") from error


def _checked(image: Image.Image) -> bytes:
    """Returns the pixels if the decoder saw what the header promised."""
    if image.mode != "L" or image.size != (SIDE, SIDE) or getattr(image, "n_frames", 1) != 1:
        raise FrameRefused(f"decoded to mode {image.mode} and size {image.size}, only mode L and {(SIDE, SIDE)} are accepted")
    return image.tobytes()
