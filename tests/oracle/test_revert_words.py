"""What our contracts refuse, in words: no error that a command can meet is left to its name alone."""

import re

import pytest

from oracle.artifacts import load
from oracle.escrow import ERRORS
from oracle.revert_words import WORDS, in_words

UNWORDED = {
    # Of commands that say the reason themselves, or of no command at all.
    *("NoContradiction", "NotAnAnchor", "NotOurAnchors", "SchemaNotJudged", "SignersDiffer", "WrongChain"),
    *("NotPendingOwner", "StakeTooHigh", "TransferRefused", "ZeroAddress"),
}


NAMES = {str(one["name"]) for abi in (ERRORS, load("GatewayRegistry").abi) for one in abi if one["type"] == "error"} - UNWORDED


@pytest.mark.parametrize("name", sorted(NAMES))
def test_an_error_of_escrow_and_registry_has_reason_and_remedy(name: str) -> None:
    assert re.fullmatch(r"[^;]{10,}[;:] .{10,}", WORDS[name])


def test_the_error_itself_stands_behind_its_words() -> None:
    assert (
        in_words("TooLate(id=0x07, until=7)") == "the time to object has ended; settle closes by the proposal (TooLate(id=0x07, until=7))"
    )


@pytest.mark.parametrize("named", ["Panic(0x11)", "it gives no reason", "0x12345678", "Foreign(a=1)"])
def test_what_is_not_ours_is_said_as_it_is(named: str) -> None:
    assert in_words(named) == named
