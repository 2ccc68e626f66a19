"""Whatever a file holds, `verify` ends in a report and not in a traceback."""

import contextlib
import copy
import json
import sys
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lightclient.bls.pyblst_backend import PyblstBackend
from oracle import bundle_json
from oracle.errors import MisuseError
from oracle.hexes import to_hex
from oracle.verify import verify
from tests.oracle.bundle_fixture import Case, device_signed, lot, lot_verdict, shipment, witnessed
from tests.oracle.test_alterations import nodes

BLS = PyblstBackend()
CASES = [shipment(6), lot(), lot_verdict(), device_signed(unsigned=True), witnessed()]
DOCUMENTS = [bundle_json.to_json(case.bundle) for case in CASES]
PATHS = [[path for path, _ in nodes(document) if path] for document in DOCUMENTS]
HEX = st.binary(max_size=40).map(to_hex)
NUMBERS = st.integers(-(2**70), 2**70) | st.floats() | st.integers(0, 2**70).map(str)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(max_size=20) | HEX,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, len(CASES) - 1), st.data(), VALUES)
def test_any_value_at_any_place_ends_in_a_report(kind: int, data: st.DataObject, value: Any) -> None:
    case, path = CASES[kind], data.draw(st.sampled_from(PATHS[kind]))
    altered = copy.deepcopy(DOCUMENTS[kind])
    node: Any = altered
    for key in path[:-1]:
        node = node[key]
    unaltered = node[path[-1]] == value or path[-1] == "signature_slot"
    node[path[-1]] = value
    with contextlib.suppress(MisuseError):  # without a canonical form, the stale seal shows
        altered["seal"] = to_hex(bundle_json.seal(altered))
    report = verify(json.dumps(altered).encode(), **case.inputs(), bls=BLS)
    assert unaltered or path == ("seal",) or not report.passed


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200), st.sampled_from([b"", b"{", b"\xa1\x66format", b'{"format":"aios-bundle",']))
def test_any_bytes_end_in_a_report(tail: bytes, head: bytes) -> None:
    case: Case = CASES[0]
    assert not verify(head + tail, **case.inputs(), bls=BLS).passed


def test_nesting_without_end_ends_in_a_report_even_where_the_recursion_limit_was_raised() -> None:
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(1_000_000)
    try:
        assert not verify(b'{"a":' + b"[" * 1_000_000, **CASES[0].inputs(), bls=BLS).passed
    finally:
        sys.setrecursionlimit(limit)
