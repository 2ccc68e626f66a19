"""Every field of a bundle is altered in turn, as it is and with a fresh seal, and each time a check refuses."""

import copy
import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from lightclient.bls.pyblst_backend import PyblstBackend
from oracle import bundle_codec, bundle_json
from oracle.bundle_settings import BundleSettings
from oracle.errors import MisuseError
from oracle.hexes import to_hex
from oracle.verify import CHECKS, verify
from tests.oracle.bundle_fixture import Case, device_signed, lot, lot_verdict, rich, shipment, witnessed

Path = tuple[str | int, ...]
BLS = PyblstBackend()
SAMPLED = BundleSettings(max_readings=10, sampled_readings=10)


def with_one_other(case: Case) -> Case:
    """The case with one other gateway, whose anchoring key is not the one that signs: what the others have is the same."""
    return Case(replace(case.bundle, quorum=case.bundle.quorum[-1:]), case.world)


CASES: dict[str, Callable[[], Case]] = {
    "shipment": lambda: shipment(6),
    "sample": lambda: shipment(40, SAMPLED),
    "rich": rich,
    "verdict": lambda: rich("verdict"),
    "device": lambda: device_signed(unsigned=True),
    "witnessed": cache(lambda: with_one_other(witnessed())),
    "lot": lot,
    "lot verdict": lot_verdict,
}

OPTIONAL = ("event", "image", "items", "readings", "custody", "corrections", "standing", "revocation", "quorum")
"""Parts without which a bundle says less, and what it says still holds."""
FREE = {
    (("lightClient", "finalityUpdate", "data", "signature_slot"), "flipped"),
    (("lightClient", "updates", 0, "data", "signature_slot"), "flipped"),
    *(((name,), "removed") for name in OPTIONAL),
    (("quorum",), "shortened"),
    (("quorum", 0, "revocationProof"), "removed"),
    (("evidence",), "shortened"),
    *((("corrections", name), "removed") for name in ("earlier", "later")),
    *((("corrections", name), "shortened") for name in ("earlier", "later")),
}
"""What only the seal binds: any slot after the attested one in its period verifies, and a bundle holds without what it may leave out."""

SILENT = {
    "seal",
    "age",
    "coverage",
    "subject",
    "limits",
    "route",
    "deadline",
    "plan",
    "corrections",
    "custody",
    "devices",
    "standing",
    "revocation",
    "quorum",
}
"""Checks that need not refuse here: those that never do, those of parts that are not there, and those that only honest parts reach."""

COMMON = {"network", "agent", "attestation", "batch", "anchor", "lightClient"}
"""Parts that all kinds have alike; altering them in one kind is enough for the quick suite."""


def nodes(node: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Yields every node; of a long list of equals the first and the last item stand for all."""
    yield path, node
    if isinstance(node, dict):
        for key, child in node.items():
            yield from nodes(child, (*path, key))
    elif isinstance(node, list):
        for index in sorted({0, len(node) - 1} & set(range(len(node)))):
            yield from nodes(node[index], (*path, index))


def flipped(value: Any) -> Any:
    """Returns another value of the same type and form."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    if value is None:
        return 0
    if value.isdecimal():
        return str(int(value) + 1)
    last = value[-1:]
    return value[:-1] + ("0" if last != "0" else "1") if last else "x"


def alterations(node: Any) -> Iterator[tuple[str, Any]]:
    """Yields what can be done to one node; the name says what was done."""
    if isinstance(node, dict):
        yield "added", {**node, "extra": 1}
        yield "emptied", {}
    elif isinstance(node, list):
        yield "added", [*node, node[-1] if node else 0]
        yield "shortened", node[:-1]
        if len(node) > 1 and node[0] != node[-1]:
            yield "swapped", [node[-1], *node[1:-1], node[0]]
    else:
        yield "flipped", flipped(node)
        yield "of another type", [node]


def replaced(document: Any, path: Path, value: Any) -> Any:
    altered, node = opened(document, path)
    node[path[-1]] = value
    return altered


def removed(document: Any, path: Path) -> Any:
    altered, node = opened(document, path)
    del node[path[-1]]
    return altered


def opened(document: Any, path: Path) -> tuple[Any, Any]:
    """Returns a copy that shares all but the way to a place, and the container of that place."""
    altered = node = copy.copy(document)
    for key in path[:-1]:
        node[key] = copy.copy(node[key])
        node = node[key]
    return altered, node


def altered_documents(document: dict[str, Any], skip: set[str]) -> Iterator[tuple[Path, str, dict[str, Any]]]:
    for path, node in nodes(document):
        if path and path[0] in skip:
            continue
        if path and isinstance(path[-1], str):
            yield path, "removed", removed(document, path)
        for what, value in alterations(node):
            # Shortening an empty list or swapping equals alters nothing.
            if path and not (type(value) is type(node) and value == node):
                yield path, what, replaced(document, path, value)
            elif not path and value:
                yield path, what, value


def outcome(document: dict[str, Any], case: Case) -> str | None:
    """Returns which check refused, or None if the bundle passed."""
    report = verify(json.dumps(document).encode(), **case.inputs(), bls=BLS)
    return next((check.name for check in report.checks if check.refusal is not None), None)


ELSEWHERE = {
    "device": {"event", "subject"},
    "witnessed": {"readings", "event", "custody", "corrections", "subject"},
}
"""Parts of one kind that another kind here has as well."""
ONCE = [("shipment", set()), *((kind, COMMON | ELSEWHERE.get(kind, set())) for kind in CASES if kind != "shipment")]
LATER = [pytest.mark.slow, pytest.mark.arithmetic]
QUICK = (0, len(ONCE) - 1)
"""A shipment and a lot stand for all in the quick suite."""
AGAIN = [pytest.param(kind, set(), marks=LATER) for kind in ("sample", "lot", "lot verdict")]


@pytest.mark.parametrize(
    ("kind", "skip"),
    [*(ONCE[at] for at in QUICK), *(pytest.param(*ONCE[at], marks=LATER) for at in range(len(ONCE)) if at not in QUICK), *AGAIN],
)
def test_every_altered_field_is_refused(kind: str, skip: set[str]) -> None:
    case = CASES[kind]()
    document = bundle_json.to_json(case.bundle)
    assert outcome(document, case) is None
    refusals = Counter(outcome(altered, case) for _, _, altered in altered_documents(document, skip))
    # The seal sees everything that has the shape of a bundle.
    assert refusals.keys() == {"format", "seal"}
    assert refusals.total() > 20


@pytest.mark.parametrize(("kind", "skip"), [ONCE[0], *(pytest.param(*one, marks=LATER) for one in ONCE[1:]), *AGAIN])
def test_every_altered_field_is_refused_although_the_file_was_sealed_again(kind: str, skip: set[str]) -> None:
    case = CASES[kind]()
    document = bundle_json.to_json(case.bundle)
    passed, refusals = set(), Counter[str]()
    for path, what, altered in altered_documents(document, {*skip, "seal"}):
        try:
            altered["seal"] = to_hex(bundle_json.seal(altered))
        except MisuseError:
            continue
        refused_by = outcome(altered, case)
        if refused_by is None:
            passed.add((path, what))
        else:
            refusals[refused_by] += 1
    assert passed <= FREE
    if not skip:
        applicable = {rule.name for rule in CHECKS if isinstance(case.bundle.content, rule.kinds)}
        assert refusals.keys() >= {"format", *applicable} - SILENT


@pytest.mark.parametrize("kind", CASES)
def test_every_flipped_byte_of_cbor_is_refused(kind: str) -> None:
    case = CASES[kind]()
    data = bundle_codec.dumps_cbor(case.bundle)
    assert verify(data, **case.inputs(), bls=BLS).passed
    for place in range(0, len(data), len(data) // 60):
        damaged = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
        assert verify(damaged, **case.inputs(), bls=BLS).refusal is not None, place
