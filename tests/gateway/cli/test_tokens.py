"""Amounts of tokens are written as people write them, to the last unit."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.cli.tokens import MOST_DECIMALS, decimals_of, in_tokens, in_units
from oracle.erc20 import decimals_calldata
from oracle.publication_errors import RpcRefusedError

TOKEN = bytes(19) + b"\x01"


@pytest.mark.parametrize(
    ("units", "decimals", "words"),
    [
        (0, 6, "0 tokens"),
        (1, 6, "0.000001 tokens"),
        (1_250_500_000, 6, "1250.5 tokens"),
        (100, 0, "100 tokens"),
        (2**128 - 1, 18, "340282366920938463463.374607431768211455 tokens"),
        (7, None, "7 of the token's smallest unit"),
    ],
)
def test_units_in_words(units: int, decimals: int | None, words: str) -> None:
    assert in_tokens(units, decimals) == words


@given(st.integers(1, 2**128 - 1), st.integers(0, MOST_DECIMALS))
def test_what_is_written_is_read_again(units: int, decimals: int) -> None:
    assert in_units(in_tokens(units, decimals).removesuffix(" tokens"), decimals) == units


@pytest.mark.parametrize("amount", ["", "0", "0.00", "-1", "+1", "1e3", "1,5", ".5", "1.", "1.1234567", " 1", "\u0661", "NaN", "9" * 40])
def test_what_is_no_amount(amount: str) -> None:
    assert in_units(amount, 6) is None


@pytest.mark.parametrize(("answer", "decimals"), [((6).to_bytes(32), 6), ((37).to_bytes(32), None), (b"\x06", None), (b"", None)])
def test_a_token_is_asked_for_its_decimals(answer: bytes, decimals: int | None) -> None:
    async def ask(to: bytes, calldata: bytes) -> bytes:
        assert (to, calldata) == (TOKEN, decimals_calldata())
        return answer

    assert asyncio.run(decimals_of(ask, TOKEN)) == decimals


def test_what_is_no_token_has_none() -> None:
    async def refused(_to: bytes, _calldata: bytes) -> bytes:
        raise RpcRefusedError("eth_call", 3, "execution reverted")

    assert asyncio.run(decimals_of(refused, TOKEN)) is None
