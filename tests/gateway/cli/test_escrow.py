"""What `aios escrow create` refuses before anything is asked of a chain, and how it says what the chain refuses."""

import asyncio
import io
from pathlib import Path
from typing import cast

import pytest

from gateway.cli import terminal
from gateway.cli.escrow import _approve
from oracle.erc20 import balance_calldata
from oracle.escrow import Terms
from oracle.transactor import Transactor
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
        (["--gateway", ONE, "--tolerance-minutes", "240"], "--tolerance-minutes 240: is not below --ruin-minutes 240"),
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


@pytest.mark.parametrize(
    ("sscc", "reason"),
    [("12", "it has 2 characters"), ("106141412345678909", "check digit is '9', expected 8"), ("x" * 18, "expected digits only")],
)
def test_a_shipment_without_an_sscc_is_told_what_one_is(sscc: str, reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    words = [*CREATE[:2], sscc, *CREATE[3:], "--quorum", "2"]
    code, _, told = call(*words, monkeypatch=monkeypatch)
    assert code == 2
    assert told.strip().endswith(f"SSCC '{sscc}': {reason}; give the 18 digits of the shipment's label, the last of them a check digit")


@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        ([], "--escrow: is not given, and the network's file names no such contract; give its address"),
        pytest.param(["--escrow", TWO], "--rpc http://127.0.0.1:1: no node answers there (", marks=pytest.mark.loopback),
    ],
)
def test_what_is_not_there_is_named_by_its_option(words: list[str], refusal: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = ("--keystore", str(tmp_path / "key"), "--passphrase-file", str(tmp_path / "passphrase"))
    assert call("key", "new", *files, monkeypatch=monkeypatch)[0] == 0
    code, _, told = call(*CREATE[:-4], *files, "--quorum", "2", *words, monkeypatch=monkeypatch)
    last = told.strip().splitlines()[-1]
    assert code == 2
    assert refusal in last
    assert "eth_" not in last
    assert "Error" not in last


def test_a_price_that_the_key_does_not_own_is_noticed_before_the_token_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    class Chain:
        address = bytes(20)

        async def ask(self, to: bytes, calldata: bytes) -> bytes:
            assert (to, calldata) == (bytes([1]) * 20, balance_calldata(bytes(20)))
            return (8).to_bytes(32, "big")

    terms = Terms(
        token=bytes([1]) * 20,
        seller=bytes([2]) * 20,
        arbiter=bytes(20),
        subject=bytes(32),
        agent=bytes(32),
        amount=9,
        deadline_s=1,
        window_seconds=0,
        quorum=2,
        tolerance_seconds=0,
        ruin_seconds=1,
    )
    told = io.StringIO()
    monkeypatch.setattr(terminal.err, "_file", told)
    with pytest.raises(SystemExit) as ended:
        asyncio.run(_approve(cast("Transactor", Chain()), terms, bytes([3]) * 20, dry_run=False, yes=True))
    assert (ended.value.code, "your key owns 8" in " ".join(told.getvalue().split())) == (1, True)
