"""The examples of RFC 8428 and the composed edge cases, used in place."""

import json
from typing import Any

import pytest

from drivers.senml import Pack, SenmlError, decode_cbor, decode_json
from drivers.senml.units import PRIMARY, SECONDARY, lookup
from tests.vectors import vectors

SENML = vectors("iot", "senml")
EXAMPLES = json.loads((SENML / "expected-resolved.json").read_text())["examples"]
CASES = json.loads((SENML / "negative-and-edge.json").read_text())["cases"]
UNITS = json.loads((SENML / "units.json").read_text())


def as_resolved(pack: Pack) -> list[dict[str, Any]]:
    """The form of the expected file: absent fields left out, a version other than 10 kept, data in base64url by way of the name."""
    rows = []
    for record in pack.records:
        row: dict[str, Any] = {"n": record.name, "t": record.time, "value": record.value}
        if record.unit:
            row["u"] = record.unit
        if pack.version != 10:
            row["bver"] = pack.version
        rows.append(row)
    return rows


def expected(row: dict[str, Any]) -> dict[str, Any]:
    value = next(row[label] for label in ("v", "vs", "vb", "vd") if label in row)
    return {label: row[label] for label in ("n", "t", "u", "bver") if label in row} | {"value": b"hi \n" if "vd" in row else value}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: e["file"])
def test_examples_of_the_rfc(example: dict[str, Any]) -> None:
    pack = decode_json((SENML / "senml-spec" / example["file"]).read_bytes())
    assert as_resolved(pack) == [expected(row) for row in example["resolved_before_adding_now"]]
    assert any(record.relative for record in pack.records) == example["has_relative_time_(t<2^28,_add_now)"]


@pytest.mark.parametrize("number", [3, 5])
def test_cbor_examples_say_the_same_as_json(number: int) -> None:
    folder = SENML / "senml-spec"
    assert decode_cbor((folder / f"ex{number}.gen.cbor").read_bytes()) == decode_json((folder / f"ex{number}.gen.json").read_bytes())


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.get("error") or c.get("ok") or c.get("why") or json.dumps(c["pack"]))
def test_negative_and_edge(case: dict[str, Any]) -> None:
    text = case.get("pack_text") or json.dumps(case["pack"])
    if "error" in case:
        with pytest.raises(SenmlError):
            decode_json(text.encode())
        return
    records = decode_json(text.encode()).records
    for key, attribute in (("resolved_names", "name"), ("resolved_v", "value"), ("resolved_s", "sum")):
        if key in case:
            assert [getattr(record, attribute) for record in records] == case[key]


def test_units_are_the_registered_ones() -> None:
    assert [(u.symbol, u.rfc, not u.recommended) for u in PRIMARY] == [
        (u["symbol"], u["rfc"], u["not_recommended"]) for u in UNITS["primary"]
    ]
    assert [(u.symbol, u.primary, u.offset) for u in SECONDARY] == [
        (row["symbol"], row["primary"], row["offset"]) for row in UNITS["secondary"]
    ]
    assert lookup("furlong") is None
