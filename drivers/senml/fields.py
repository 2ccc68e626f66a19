"""The fields of a record as they stand on the wire, and the table of their labels (RFC 8428 section 4.3, table 1).

msgspec checks types while decoding: a number is a number (never a string, a boolean or null), a text is a text. Text fields come first
so that the JSON decoder can count them by position; `vd` is text in JSON and octets in CBOR, and `resolve` checks which.
"""

from dataclasses import dataclass
from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from drivers.senml.record import MAX_SEQUENCE

Sequence = Annotated[int, msgspec.Meta(ge=0, le=MAX_SEQUENCE)]


class Fields(msgspec.Struct):
    """One record's fields by their JSON labels; a field that is absent is UNSET, and null is never allowed."""

    bn: str | UnsetType = UNSET
    bu: str | UnsetType = UNSET
    n: str | UnsetType = UNSET
    u: str | UnsetType = UNSET
    vs: str | UnsetType = UNSET
    vd: object | UnsetType = UNSET
    bt: float | UnsetType = UNSET
    bv: float | UnsetType = UNSET
    bs: float | UnsetType = UNSET
    bver: int | UnsetType = UNSET
    v: float | UnsetType = UNSET
    vb: bool | UnsetType = UNSET
    s: float | UnsetType = UNSET
    t: float | UnsetType = UNSET
    ut: float | UnsetType = UNSET
    seq: Sequence | UnsetType = UNSET


FIELD_COUNT = 16
"""How many fields `Fields` has."""

TEXT_COUNT = 6
"""How many of them, counted from the first, are texts in JSON."""


@dataclass(frozen=True, slots=True)
class Label:
    """One row of table 1."""

    name: str
    """The label in JSON."""
    cbor: int | str
    """The label in CBOR: an integer, or a text for fields that the table does not number."""


LABELS = (
    Label("bn", -2),
    Label("bt", -3),
    Label("bu", -4),
    Label("bv", -5),
    Label("bs", -6),
    Label("bver", -1),
    Label("n", 0),
    Label("u", 1),
    Label("v", 2),
    Label("vs", 3),
    Label("vb", 4),
    Label("s", 5),
    Label("t", 6),
    Label("ut", 7),
    Label("vd", 8),
    Label("seq", "seq"),
)
"""Every label we understand; `seq` is ours."""
