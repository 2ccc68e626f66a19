"""Names are told apart by what can be seen of them, under any edition of Unicode."""

import pytest

from oracle.printable import is_printable


@pytest.mark.parametrize("text", ["", "reefer 1", "Mühle 7", "倉庫", "\U0001fae8", "\U0001faff", "\u0378"])
def test_what_shows_as_itself_may_stand(text: str) -> None:
    assert is_printable(text)


@pytest.mark.parametrize(
    "text", ["a\nb", "\x1b[2J", "\u202eabc", "\u200b", "\u2028", "\u00a0", "\ud800", "\ue000", "\x7f", "\U00013430", "\U0001343f"]
)
def test_what_hides_or_moves_text_may_not(text: str) -> None:
    assert not is_printable(text)
