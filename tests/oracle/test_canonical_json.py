import json
import math
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from oracle.canonical_json import canonical, same
from oracle.errors import MisuseError

SCALARS = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False) | st.text()
DOCUMENTS = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5), max_leaves=20)


@given(DOCUMENTS)
def test_the_text_is_that_of_the_reference(document: Any) -> None:
    assert canonical(document) == rfc8785.dumps(document)
    # Floats stay floats to a reader without integers; compare as such.
    assert json.loads(canonical(document), parse_int=float) == json.loads(json.dumps(document), parse_int=float)


@given(st.lists(st.floats(-(2.0**53), 2.0**53) | st.sampled_from([0.0, -0.0, 1e-4, 0.99e-4, 5e-324, 4.25, -2.0, 2.0**53 - 1]), min_size=1))
def test_the_text_of_a_column_of_floats_is_that_of_the_reference(column: list[float]) -> None:
    assert canonical(column) == rfc8785.dumps(column)


@pytest.mark.parametrize("column", [[math.nan], [1.0, math.nan, 2.0], [1.0, math.nan, 0.0], [0.5, math.inf], [-math.inf, math.nan, 0.5]])
def test_a_column_with_what_is_no_number_is_refused(column: list[float]) -> None:
    with pytest.raises(MisuseError):
        canonical(column)


@pytest.mark.parametrize("document", [2**53, -(2**53), math.nan, math.inf, "\ud800", {1: 2}, b"x", {"a": [2**60]}, {"é": 2**60}])
def test_what_canonical_json_cannot_hold_is_refused(document: Any) -> None:
    with pytest.raises(MisuseError):
        canonical(document)


def test_equality_is_that_of_json() -> None:
    assert same({"a": 1, "b": 4.0}, {"b": 4, "a": 1.0})
    assert not same([True], [1])


@pytest.mark.parametrize("value", [2.0**53, 2.0**53 + 2, 9.9e15, 1e16, 1e21, -(2.0**60), 2.0**53 - 1])
def test_whole_numbers_beyond_exact_integers_are_written_as_ecmascript_does(value: float) -> None:
    assert canonical({"value": value}) == rfc8785.dumps({"value": value})
    assert b".0" not in canonical(value)
