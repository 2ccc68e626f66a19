"""The registered schema is the table of a statement's fields."""

import re
from dataclasses import fields

import pytest

from oracle.errors import FieldRangeError, MalformedStatementError
from oracle.schemas import BY_UID
from oracle.statement import StaticStatement, fields_of
from oracle.verdicts import VerdictStatement

KINDS: list[type[StaticStatement]] = [*BY_UID.values(), VerdictStatement]
UNITS = {"from": "from_ms", "to": "to_ms", "time": "time_ms"}


@pytest.mark.parametrize("kind", KINDS, ids=[kind.NAME for kind in KINDS])
def test_a_statement_has_the_fields_of_its_schema_in_their_order(kind: type[StaticStatement]) -> None:
    registered = [
        UNITS.get(field.name, re.sub(r"[A-Z]", lambda letter: f"_{letter[0].lower()}", field.name)) for field in fields_of(kind.SCHEMA)
    ]
    assert registered == [field.name for field in fields(kind)]  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", KINDS, ids=[kind.NAME for kind in KINDS])
def test_each_field_has_its_size(kind: type[StaticStatement]) -> None:
    for place, field in enumerate(fields_of(kind.SCHEMA)):
        words = [bytes(31) + b"\x01"] * len(fields_of(kind.SCHEMA))
        words[place] = (1 << field.bits).to_bytes(32, "big") if field.bits else b"\xff" * 32
        if field.bits:
            with pytest.raises(MalformedStatementError, match=f"{kind.NAME} statement: {field.name} does not fit uint{field.bits}"):
                kind.decode(b"".join(words))
        else:
            assert kind.decode(b"".join(words)).encode() == b"".join(words)
        values = [1 if other.bits else bytes(32) for other in fields_of(kind.SCHEMA)]
        values[place] = 1 << field.bits if field.bits else bytes(31)
        with pytest.raises(FieldRangeError, match=field.name):
            kind(*values).encode()
