"""Mutants of good bundles: one place altered, and what rests on it signed anew or left as it was."""

import copy
import hashlib
import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from oracle import attestation_json, bundle_json
from oracle.bundle import ReadingRow
from oracle.epcis import event_hash
from oracle.errors import OracleError
from oracle.hexes import to_hex
from oracle.merkle import StandardMerkleTree
from oracle.schemas import BY_UID, LotStatement, LotVerdictStatement, ShipmentStatement, Statement
from tests.oracle.bundle_fixture import attest

Document = dict[str, Any]
Path = tuple[str | int, ...]

TEXTS = [
    "",
    "x",
    "__proto__",
    "constructor",
    "é\u0300",
    "\U0001f4a5",
    "\ud800",
    "\x1b[2J",
    "<img src=x onerror=alert(1)>",
    "0x",
    "0",
    "null",
]
"""Texts that mean something to one of the two languages."""
NUMBERS: list[Any] = [0, -1, 1, 2, 1.0, 0.5, -0.0, 1e-300, 1e22, 1e300, 2**53 - 1, 2**53, 2**60, 2**64, 2**256, 253402300800000, 1e400]
"""Numbers at the edges of what the languages tell apart."""
OTHERS: list[Any] = [None, True, False, [], {}, [[]], {"__proto__": 1}, *TEXTS, *NUMBERS]


def places(node: Any, path: Path = ()) -> Iterator[Path]:
    """Yields the path of every node below the root; a long list is entered at its ends and its middle."""
    if isinstance(node, dict):
        inner: list[str | int] = list(node)
    else:
        inner = sorted({0, 1, len(node) // 2, len(node) - 1} & set(range(len(node)))) if isinstance(node, list) else []
    for key in inner:
        yield (*path, key)
        yield from places(node[key], (*path, key))


def mutated(document: Document, at: Path, chance: random.Random) -> tuple[str, Document]:
    """Returns what was done to a place, and the document with that done."""
    changed = copy.deepcopy(document)
    holder: Any = changed
    for key in at[:-1]:
        holder = holder[key]
    last, value = at[-1], holder[at[-1]]
    deed = chance.choice(["deleted", "of another type", "doubled", "swapped", *["altered"] * 4])
    if deed == "deleted":
        del holder[last]
    elif deed == "of another type":
        holder[last] = copy.deepcopy(chance.choice(OTHERS))
    elif deed == "doubled":
        _double(holder, last)
    elif deed == "swapped":
        other = chance.choice([*(range(len(holder)) if isinstance(holder, list) else holder)])
        holder[last], holder[other] = holder[other], value
    else:
        holder[last] = _altered(value, chance)
    return f"{deed} {'.'.join(map(str, at))}", changed


def _double(holder: Any, key: Any) -> None:
    if isinstance(holder, list):
        holder.insert(key, copy.deepcopy(holder[key]))
    else:
        holder[f"{key}2"] = copy.deepcopy(holder[key])


def _altered(value: Any, chance: random.Random) -> Any:
    """Returns another value of the same type."""
    if isinstance(value, str):
        return _text(value, chance)
    if isinstance(value, list):
        return chance.choice([value[:-1], value[1:], value[::-1], value + value, value[:1]])
    if isinstance(value, dict):
        return {**value, chance.choice(TEXTS) or "new": copy.deepcopy(chance.choice(OTHERS))}
    if value is None or isinstance(value, bool):
        return not value
    return chance.choice([value + 1, value - 1, -value, value * 1000, value + 0.5, float(value), chance.choice(NUMBERS)])


def _text(value: str, chance: random.Random) -> str:
    if value.isdecimal() and chance.random() < 0.6:
        return str(chance.choice([int(value) + 1, int(value) - 1, -int(value), int(value) << 40, 2**64 - 1, 2**53]))
    place = chance.randrange(len(value) + 1)
    inside = value[:place] + chance.choice("0123456789abcdefg%:/. é\u2028") + value[place + 1 :]
    around = [value.upper(), value[:-1], value + value[-1:], value + "\n", " " + value, value.replace("1", "2", 1)]
    return chance.choice([*around, inside, inside, chance.choice(TEXTS)])


def sealed(document: Document) -> Document:
    """Returns the document with a fresh seal, or as it is where it has no canonical form."""
    try:
        return {**document, "seal": to_hex(bundle_json.seal(document))}
    except OracleError:
        return document


def signed_anew(document: Document) -> Document:
    """Returns the document with the statement that its content calls for, signed by the fixture's key; where none can be made, as it is."""
    try:
        signed = attestation_json.from_json(document["attestation"])
        statement = BY_UID[signed.schema].decode(signed.data)
        changed, salt = _restated(document, statement)
        anew = attest(changed, signed.domain, ref_uid=signed.ref_uid, salt=salt or signed.salt, time=signed.time)
        return {**document, "attestation": attestation_json.to_json(anew)}
    except (OracleError, KeyError, TypeError, ValueError, AttributeError, OverflowError, IndexError, RecursionError):
        return document


def _restated(document: Document, statement: Statement) -> tuple[Statement, bytes]:
    manifest = hashlib.sha256(document["agent"]["manifest"].encode()).digest()
    event: Document = document.get("event", {})
    if "eventID" in event:
        event["eventID"] = event_hash.hash_uri(event_hash.event_hash(event))
    if isinstance(statement, ShipmentStatement):
        rows = rows_of(document.get("readings"))
        root: Document = {"readings_root": StandardMerkleTree.of([row.leaf for row in rows]).root, "readings": len(rows)} if rows else {}
        span: Document = {"from_ms": rows[0].time_ms, "to_ms": rows[-1].time_ms} if rows else {}
        return replace(statement, agent=manifest, event_hash=event_hash.event_hash(event), **root, **span), b""
    if isinstance(statement, LotVerdictStatement):
        return replace(statement, agent=manifest), event_hash.event_hash(event) if event else b""
    assert isinstance(statement, LotStatement)
    return replace(statement, agent=manifest), b""


def rows_of(columns: Document | None) -> list[ReadingRow]:
    """Returns the rows in a document's columns, unless they are a sample."""
    if columns is None or "multiproof" in columns:
        return []
    tables = zip(*(columns[name] for name in ("device", "quantity", "evidence", "time", "value", "sequence")), strict=True)
    return [
        ReadingRow(
            columns["devices"][device],
            columns["quantities"][quantity],
            time_ms,
            value,
            None if sequence is None else int(sequence),
            bytes.fromhex(columns["evidences"][evidence][2:]),
        )
        for device, quantity, evidence, time_ms, value, sequence in tables
    ]
