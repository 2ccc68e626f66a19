import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracle.errors import EmptyTreeError
from oracle.quorum import RepeatedVoteError, Vote, combine, median

A, B, C = (bytes([number]) * 20 for number in (1, 2, 3))


def test_votes_are_counted_by_verdict_and_measures_by_their_median() -> None:
    quorum = combine([Vote(C, 1, {"highest": 9.5, "own": 1}), Vote(A, 1, {"highest": 9.0}), Vote(B, 0, {"highest": 7.0})])
    assert quorum.gateways == (A, B, C)
    assert quorum.agreeing == (A, C)
    assert quorum.medians == {"highest": 9.0}


def test_one_gateway_has_one_voice() -> None:
    with pytest.raises(RepeatedVoteError):
        combine([Vote(A, 1, {}), Vote(B, 1, {}), Vote(A, 1, {})])


def test_a_quorum_of_nobody_is_a_bug() -> None:
    with pytest.raises(EmptyTreeError):
        combine([])


@given(st.lists(st.integers(-100, 100), min_size=1))
def test_the_median_is_somebodys_number_with_half_on_either_side(values: list[int]) -> None:
    middle = median(values)
    assert middle in values
    assert 2 * sum(value < middle for value in values) <= len(values)
    assert 2 * sum(value > middle for value in values) <= len(values)
