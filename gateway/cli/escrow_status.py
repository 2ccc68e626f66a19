"""An escrow in words: what a node says of it, and what may be done next."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from gateway.cli.terminal import fail
from gateway.cli.tokens import decimals_of, in_tokens

if TYPE_CHECKING:
    from oracle.chain import ChainRpc
    from oracle.escrow import Ballot, Escrow, Tally

VERDICTS = {0: "conforms", 1: "breach", 2: "insufficient data"}
"""Verdicts in words."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What a node says of an escrow."""

    escrow: "Escrow"
    """The escrow."""
    tally: "Tally"
    """The verdicts on it."""
    ballot: "Ballot"
    """Each of them, how many must agree, and until when they count."""
    decimals: int | None
    """Of its token; None where the token does not say."""


async def standing_of(chain: "ChainRpc", to: bytes, name: bytes) -> Standing:
    """Returns what the node says of an escrow; ends with exit code 1 where there is none."""
    from oracle import escrow as calls

    found = calls.Escrow.decode(await chain.call(to, calls.escrow_of_calldata(name)))
    if found.state is calls.EscrowState.NONE:
        fail(f"escrow 0x{name.hex()} does not exist on this chain; its name depends on buyer, shipment and policy", code=1)
    tally = calls.Tally.decode(await chain.call(to, calls.tally_of_calldata(name)))
    ballot = calls.Ballot.decode(await chain.call(to, calls.ballot_of_calldata(name)))
    return Standing(found, tally, ballot, await decimals_of(chain.call, found.token))


def described(name: bytes, standing: Standing) -> dict[str, Any]:
    """Returns the escrow by name, amounts in the token's smallest unit."""
    from oracle.hexes import to_checksum

    found, tally, ballot = standing.escrow, standing.tally, standing.ballot
    return {
        "escrow": f"0x{name.hex()}",
        "state": found.state.name.lower(),
        "buyer": to_checksum(found.buyer),
        "seller": to_checksum(found.seller),
        "arbiter": to_checksum(found.arbiter) if any(found.arbiter) else "none",
        "token": to_checksum(found.token),
        "decimals": standing.decimals,
        "amount": found.amount,
        "seller_gets": found.seller_part if found.state > 1 else "-",
        "verdicts_until": _moment(standing.ballot.deadline_s),
        "quorum": f"{ballot.quorum} of {ballot.voices} gateways{'' if ballot.size else ', whichever speak first'}",
        "verdicts_cast": tally.cast,
        "verdicts": "; ".join(f"{VERDICTS.get(verdict, '?')}, {measure} s" for verdict, measure in ballot.votes) or "none yet",
        "quorum_says": f"{VERDICTS.get(tally.verdict, '?')}, {tally.measure} s outside the band" if tally.decided else "nothing yet",
        "seller_gets_all_up_to": f"{found.tolerance_seconds} s outside the band",
        "seller_gets_nothing_from": f"{found.ruin_seconds} s",
        "until": _moment(found.until_s) if found.until_s else "-",
        "next": _next(standing),
    }


def in_words(said: dict[str, Any]) -> dict[str, Any]:
    """Returns what `described` says as a person reads it: amounts in whole tokens."""
    amounts = {name: in_tokens(said[name], said["decimals"]) for name in ("amount", "seller_gets") if said[name] != "-"}
    return {name: value for name, value in (said | amounts).items() if name != "decimals"}


def _next(standing: Standing) -> str:
    """Returns what may be done now, by the node's clock being ours."""
    from oracle.escrow import EscrowState

    found, now = standing.escrow, time.time()
    judged = standing.tally.decided and standing.tally.verdict != 2
    match found.state:
        case EscrowState.OPEN:
            return "settle" if judged or now > standing.ballot.deadline_s else "wait for verdicts"
        case EscrowState.PROPOSED:
            return "settle" if now >= found.until_s else "dispute, or wait for the window's end and settle"
        case EscrowState.DISPUTED:
            return "settle" if now >= found.until_s else "the arbiter resolves"
        case _:
            return "withdraw"


def _moment(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
