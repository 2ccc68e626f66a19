import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracle.errors import MalformedDocumentError
from oracle.hexes import from_hex, from_hexes, to_hex, to_hexes

GOOD = to_hex(bytes(range(32)))
MISSPELLED = [
    "",
    "0x",
    GOOD[2:],
    GOOD.upper(),
    GOOD.replace("a", "A"),
    GOOD[:-2],
    f"{GOOD}00",
    f"{GOOD[:-2]}  ",
    f"{GOOD[2:4]}0x{GOOD[4:]}",
    f"0x0x{GOOD[4:]}",
    f"{GOOD[:-1]}g",
    f"{GOOD[:-1]}\u0661",
]


@given(st.lists(st.binary(min_size=32, max_size=32), max_size=9))
def test_many_are_read_and_written_as_each_one_is(digests: list[bytes]) -> None:
    assert to_hexes(digests, 32) == [to_hex(digest) for digest in digests]
    assert from_hexes("$", to_hexes(digests, 32), 32) == tuple(digests)


@pytest.mark.parametrize("value", MISSPELLED)
def test_one_misspelled_among_many_is_refused_as_it_is_alone(value: str) -> None:
    with pytest.raises(MalformedDocumentError) as alone:
        from_hex("$.at", value, length=32)
    with pytest.raises(MalformedDocumentError) as among:
        from_hexes("$.at", [GOOD, value, GOOD], 32)
    assert str(among.value) == str(alone.value)


@pytest.mark.parametrize(("left", "right"), [(2, 1), (4, 2), (65, 64)])
def test_digits_that_slipped_to_the_neighbour_are_refused(left: int, right: int) -> None:
    both = GOOD + GOOD
    with pytest.raises(MalformedDocumentError):
        from_hexes("$", [both[: 66 - left], both[66 - left :]], 32)
    with pytest.raises(MalformedDocumentError):
        from_hexes("$", [both[: 66 + right], both[66 + right :]], 32)
