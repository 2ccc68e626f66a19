import itertools
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oracle.errors import MisuseError
from oracle.shares import ShareRefusedError, combine, from_line, split, to_line

SECRET = bytes(range(1, 33))
ADDRESS = b"\xad" * 20


def made(threshold: int = 3, count: int = 5, secret: bytes = SECRET, address: bytes = ADDRESS) -> list[str]:
    return [to_line(share) for share in split(secret, "secp256k1", address, threshold=threshold, count=count)]


@settings(max_examples=20, deadline=None)
@given(secret=st.binary(min_size=32, max_size=32), data=st.data())
def test_any_so_many_shares_give_the_key_back(secret: bytes, data: st.DataObject) -> None:
    threshold = data.draw(st.integers(2, 6))
    lines = made(threshold, data.draw(st.integers(threshold, 8)), secret)
    chosen = data.draw(st.permutations(lines))[:threshold]
    assert combine([from_line(line) for line in chosen]) == secret


def test_every_choice_of_three_of_five_and_all_five() -> None:
    shares = [from_line(line) for line in made()]
    for chosen in (*itertools.combinations(shares, 3), shares):
        assert combine(chosen) == SECRET


def test_two_of_three_tell_nothing() -> None:
    # Whatever the secret, any two values are equally likely: the same two shares fit another secret with another third share.
    shares = [from_line(line) for line in made()]
    with pytest.raises(ShareRefusedError, match="2 shares are given, 3 are needed"):
        combine(shares[:2])
    assert SECRET not in {share.value for share in shares}


@pytest.mark.parametrize(("threshold", "count"), [(1, 5), (6, 5), (2, 17), (0, 0)])
def test_a_split_that_keeps_no_secret_is_refused(threshold: int, count: int) -> None:
    with pytest.raises(MisuseError):
        made(threshold, count)
    with pytest.raises(MisuseError):
        made(secret=b"short")


def test_shares_that_do_not_fit_together_are_refused() -> None:
    one, other = [from_line(line) for line in made()], [from_line(line) for line in made(address=b"\x0b" * 20)]
    with pytest.raises(ShareRefusedError, match="different keys"):
        combine([*one[:2], other[2]])
    with pytest.raises(ShareRefusedError, match="twice"):
        combine([one[0], one[0], one[1]])
    with pytest.raises(ShareRefusedError, match="no share"):
        combine([])
    again = [from_line(line) for line in made()]
    assert combine([*one[:2], again[2]]) != SECRET  # another split of the same key: the address tells, in `aios key restore`


def test_one_mistyped_character_is_noticed_wherever_it_is() -> None:
    line = made()[0]
    for place, old in enumerate(line):
        for new in "0f":
            if new != old:
                with pytest.raises(ShareRefusedError):
                    from_line(line[:place] + new + line[place + 1 :])


@pytest.mark.parametrize("line", ["", "x", "aios-share-1:", "aios-share-2" + made()[0][12:], made()[0] + "0", made()[0] * 3, "\n" * 300])
def test_what_is_no_share_is_refused_without_being_shown(line: str) -> None:
    with pytest.raises(ShareRefusedError) as refused:
        from_line(line)
    assert not re.search(r"[0-9a-f]{20}", str(refused.value))


def test_a_share_does_not_show_itself() -> None:
    share = from_line(made()[0])
    assert share.value.hex() not in repr(share)
    assert from_line(f"  {made()[0]}\n").index == 1
