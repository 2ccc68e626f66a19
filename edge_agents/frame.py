"""The Frame: one inspection image with the name of what it shows. Pure.

A camera's reading has the quantity `frame/<gtin>/<lot>/<item>` and the PNG bytes as its value. The names are bounded here, because they
become a GS1 Digital Link path (https://ref.gs1.org/standards/digital-link/uri-syntax/) that is signed and shown.
"""

import re
from dataclasses import dataclass

from drivers.reading import Reading
from edge_agents.errors import FrameRefused

PREFIX = "frame/"
"""What the quantity of every frame begins with."""

_QUANTITY = re.compile(r"frame/([0-9]{14})/([A-Za-z0-9._-]{1,20})/([A-Za-z0-9._-]{1,40})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Frame:
    """One image of one item of one lot."""

    device: str
    """The camera."""
    subject: str
    """The lot as Digital Link path, `01/<gtin>/10/<lot>`."""
    item: str
    """The item's name within the lot."""
    time_ms: int
    """Device time of the exposure, milliseconds since the Unix epoch."""
    png: bytes
    """The image as the camera sent it."""


def check_digit_holds(gtin: str) -> bool:
    """Returns whether a GTIN-14's last digit is the GS1 mod-10 check digit of the others (GS1 General Specifications 7.9.1)."""
    return sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(gtin)) % 10 == 0


def frame(reading: Reading) -> Frame:
    """Returns the frame that a camera's reading carries.

    Raises:
        FrameRefused: the quantity is not `frame/<gtin>/<lot>/<item>` with a valid GTIN-14, or the value is not bytes.
    """
    named = _QUANTITY.fullmatch(reading.quantity)
    if named is None:
        raise FrameRefused(f"quantity {reading.quantity[:120]!r} is not frame/<14 digits>/<lot>/<item>")
    gtin, lot, item = named.groups()
    if not check_digit_holds(gtin):
        raise FrameRefused(f"GTIN {gtin} has a wrong check digit")
    if not isinstance(reading.value, bytes):
        raise FrameRefused(f"value is {type(reading.value).__name__}, not bytes")
    return Frame(device=reading.device, subject=f"01/{gtin}/10/{lot}", item=item, time_ms=reading.time_ms, png=reading.value)
