"""Brackets that end a process whose recursion limit was raised: refused before a parser sees them, so these tests raise the limit."""

import sys
from collections.abc import Iterator

import pytest

from drivers.senml import decode_json
from drivers.senml.errors import SenmlError, TooDeep
from drivers.senml.nesting import HARMLESS, check_nesting


@pytest.fixture(autouse=True)
def _raised_limit() -> Iterator[None]:
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(1_000_000)
    yield
    sys.setrecursionlimit(before)


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'[{"n":"x","v":', b'["\\"",'])
def test_nesting_without_end_is_refused(opening: bytes) -> None:
    with pytest.raises(TooDeep):
        decode_json(opening * (260_000 // len(opening)))


def test_brackets_inside_text_are_no_nesting() -> None:
    pack = b'[{"n":"x","vs":"' + b"[" * 2 * HARMLESS + b'"}]'
    check_nesting(pack, 8)
    assert decode_json(pack).records


def test_brackets_beside_each_other_are_no_nesting() -> None:
    with pytest.raises(SenmlError) as refusal:
        decode_json(b"[" + b"{}," * HARMLESS + b"{}]")
    assert not isinstance(refusal.value, TooDeep)
