"""Equivocation by votes: two parts of verdicts given together that cannot both have been signed in good faith. Pure.

A gateway gives one verdict on an escrow. Two parts for one escrow in one contract on one chain, that name another verdict or another
measure, are a contradiction, whether they were handed in or not: the GatewayRegistry slashes the gateway for it whoever shows them
(`GatewayRegistry.slashVotes`). This says beforehand what the contract will say, in words, for whoever holds the two files; whether two keys
are one gateway's, the contract alone knows: what a file says of its gateway is not signed.
"""

from dataclasses import dataclass

from oracle import abi, bls
from oracle.equivocation import NoContradictionError
from oracle.hexes import to_hex
from oracle.votes import Vote, check_signature

_PART = "(bytes,uint8,uint64,bytes)"


@dataclass(frozen=True, slots=True)
class VoteContradiction:
    """Two votes of which one must not have been signed."""

    first: Vote
    """One."""
    second: Vote
    """The other, on the same escrow, by the same key or another one of the gateway."""

    def __str__(self) -> str:
        """Returns what they contradict each other about."""
        one, other = self.first.agreed, self.second.agreed
        differing = [name for name in ("verdict", "measure") if getattr(one, name) != getattr(other, name)]
        keys = " and ".join(to_hex(key) for key in dict.fromkeys((self.first.key, self.second.key)))
        return f"{keys} signed two votes on one escrow that differ in {', '.join(differing)}"


def contradiction(first: Vote, second: Vote) -> VoteContradiction:
    """Returns the contradiction between two votes, both of whose signatures hold.

    Raises:
        NoContradictionError: they differ in chain, contract or escrow, or they say the same.
        VoteSignatureError, PointRefusedError: a signature is not its key's, as one of several gateways together is not, or is none.

    """
    for vote in (first, second):
        check_signature(vote)
    one, other = first.agreed, second.agreed
    for what, ours, theirs in (
        ("chains", one.chain_id, other.chain_id),
        ("contracts", one.contract, other.contract),
        ("escrows", one.escrow, other.escrow),
    ):
        if ours != theirs:
            raise NoContradictionError(f"they have different {what}", "votes")
    if one == other:
        raise NoContradictionError("they say the same", "votes")
    return VoteContradiction(first, second)


def slash_votes_calldata(proof: VoteContradiction, reporter: bytes) -> bytes:
    """Returns the calldata that proves two votes to contradict."""
    said = proof.first.agreed
    return abi.call(
        f"slashVotes(address,bytes32,{_PART},{_PART},address)",
        abi.address("contract", said.contract),
        abi.bytes32("escrow", said.escrow),
        _part(proof.first),
        _part(proof.second),
        abi.address("reporter", reporter),
    )


def _part(vote: Vote) -> abi.Dynamic:
    return abi.dynamic_tuple(
        abi.dynamic_bytes(bls.contract_key(vote.key)),
        abi.uint("verdict", vote.agreed.verdict, 8),
        abi.uint("measure", vote.agreed.measure, 64),
        abi.dynamic_bytes(bls.contract_signature(vote.signature)),
    )
