"""Amounts of ERC-20 tokens as people write them: whole tokens, by the decimals that the token says it has."""

import re
from collections.abc import Awaitable, Callable

MOST_DECIMALS = 36
"""A token of more is not meant for people."""
_AMOUNT = re.compile(r"(?P<whole>[0-9]{1,39})(?:\.(?P<part>[0-9]{1,36}))?", re.ASCII)
_WORD = 32


async def decimals_of(ask: Callable[[bytes, bytes], Awaitable[bytes]], token: bytes) -> int | None:
    """Returns how many decimals people write of a token; None where nothing there says so. `ask` takes a contract and calldata."""
    from oracle.erc20 import decimals_calldata
    from oracle.publication_errors import RpcRefusedError

    try:
        answer = await ask(token, decimals_calldata())
    except RpcRefusedError:
        return None
    found = int.from_bytes(answer, "big") if len(answer) == _WORD else MOST_DECIMALS + 1
    return found if found <= MOST_DECIMALS else None


def in_tokens(units: int, decimals: int | None) -> str:
    """Returns an amount in words: whole tokens, or the smallest unit where nobody knows how many of it make one."""
    if decimals is None:
        return f"{units} of the token's smallest unit"
    digits = str(units).zfill(decimals + 1)
    whole, part = digits[: len(digits) - decimals], digits[len(digits) - decimals :].rstrip("0")
    return f"{whole}.{part} tokens" if part else f"{whole} tokens"


def in_units(amount: str, decimals: int) -> int | None:
    """Returns whole tokens, such as `1250.5`, in the token's smallest unit; None for what is no positive amount of so many decimals."""
    match = _AMOUNT.fullmatch(amount)
    if match is None or len(match["part"] or "") > decimals:
        return None
    return int(match["whole"] + (match["part"] or "").ljust(decimals, "0")) or None
