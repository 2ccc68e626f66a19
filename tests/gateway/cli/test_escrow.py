"""What `aios escrow create` refuses before anything is asked of a chain."""

import pytest

from tests.gateway.test_cli import call

ONE, TWO, SELLER = ("0x" + digit * 40 for digit in "123")
CREATE = ["escrow", "create", "106141412345678908", "--token", ONE, "--amount", "9", "--seller", SELLER, "--agent", "0x" + "ab" * 32]
CREATE += ["--rpc", "http://127.0.0.1:1", "--keystore", "nowhere.json", "--passphrase-file", "nowhere"]


@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        ([], "name the gateways that may speak"),
        (["--quorum", "1"], "or any one registered gateway decides alone"),
        (["--quorum", "5"], "from 2 to 4"),
        (["--gateway", ONE, "--gateway", TWO, "--quorum", "1"], "more than half of them agree"),
        (["--gateway", ONE, "--quorum", "2"], "--quorum 2 of 1 gateways"),
        (["--gateway", ONE] * 8, "at most 7 are named"),
        (["--gateway", ONE, "--arbiter", SELLER], "--arbiter is the seller"),
    ],
)
def test_terms_that_leave_the_price_to_a_stranger_are_refused(words: list[str], refusal: str, monkeypatch: pytest.MonkeyPatch) -> None:
    code, _, told = call(*CREATE, *words, monkeypatch=monkeypatch)
    assert code == 2
    assert refusal in told


@pytest.mark.parametrize("words", [["--gateway", ONE], ["--quorum", "2"], ["--gateway", ONE, "--gateway", TWO]])
def test_without_an_arbiter_there_is_a_warning(words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    warning = "without --arbiter nothing can be disputed"
    assert warning in call(*CREATE, *words, monkeypatch=monkeypatch)[2]
    assert warning not in call(*CREATE, *words, "--arbiter", TWO, monkeypatch=monkeypatch)[2]
