from dataclasses import replace
from typing import Any

import pytest

from oracle import bls
from oracle.bls import PointRefusedError
from oracle.equivocation import NoContradictionError
from oracle.joint_verdict import Agreed
from oracle.vote_equivocation import contradiction
from oracle.vote_errors import VoteSignatureError
from oracle.votes import Vote

AGREED = Agreed(31_337, b"\xe5" * 20, b"\x1d" * 32, 1, 1_100)
GATEWAY = b"\x6b" * 20


def vote(secret: int = 7, gateway: bytes = GATEWAY, **changes: Any) -> Vote:
    agreed = replace(AGREED, **changes)
    return Vote(agreed, gateway, bls.public_key(secret), bls.sign(secret, agreed.message(), bls.VERDICT_TAG))


@pytest.mark.parametrize(
    ("other", "differing"),
    [({"verdict": 0, "measure": 0}, "verdict, measure"), ({"verdict": 2}, "verdict"), ({"measure": 1_101}, "measure")],
)
def test_two_votes_on_one_escrow_contradict(other: dict[str, Any], differing: str) -> None:
    found = contradiction(vote(), vote(**other))
    assert str(found) == f"0x{bls.public_key(7).hex()} signed two votes on one escrow that differ in {differing}"


def test_two_keys_may_be_one_gateways_whatever_the_files_say() -> None:
    found = contradiction(vote(), vote(8, b"\x6c" * 20, verdict=0))
    for secret in (7, 8):
        assert bls.public_key(secret).hex() in str(found)


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        (vote(), "say the same"),
        (vote(8), "say the same"),
        (vote(chain_id=1, verdict=0), "chains"),
        (vote(contract=b"\xe6" * 20, verdict=0), "contracts"),
        (vote(escrow=b"\x1e" * 32, verdict=0), "escrows"),
    ],
)
def test_what_is_no_contradiction_says_why(other: Vote, reason: str) -> None:
    with pytest.raises(NoContradictionError, match=f"two votes do not contradict each other: .*{reason}"):
        contradiction(vote(), other)


def test_a_forged_vote_accuses_nobody() -> None:
    true, lie = vote(), vote(verdict=0)
    together = replace(lie, signature=bls.aggregate([lie.signature, vote(8, verdict=0).signature]))
    others = replace(lie, signature=vote(8, verdict=0).signature)
    possession = replace(lie, signature=bls.sign(7, lie.agreed.message(), bls.POSSESSION_TAG))
    for forged in (replace(lie, agreed=replace(lie.agreed, measure=3)), together, others, possession):
        with pytest.raises(VoteSignatureError):
            contradiction(true, forged)
    for broken in (
        replace(lie, signature=b"\xc0" + bytes(95)),
        replace(lie, signature=b"\xff" * 96),
        replace(lie, key=b"\xc0" + bytes(47)),
    ):
        with pytest.raises(PointRefusedError):
            contradiction(true, broken)
