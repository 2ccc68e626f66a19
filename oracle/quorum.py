"""The quorum: what several gateways attested about one subject, each by itself, taken together. Pure.

A vote counts for the gateway whose registered key signed it, so one operator with many keys has one voice. Votes that say otherwise are not
thrown out: they are counted against. The median of what was measured is that of the lower middle, so that it is always somebody's number.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from oracle.errors import EmptyTreeError, RefusedError
from oracle.hexes import to_checksum


class RepeatedVoteError(RefusedError):
    """One gateway speaks twice."""

    def __init__(self, gateway: bytes) -> None:
        """Holds the gateway's address."""
        self.gateway = gateway
        super().__init__(f"gateway {to_checksum(gateway)} is counted twice: a quorum is of distinct registered gateways")


@dataclass(frozen=True, slots=True)
class Vote:
    """What one gateway attested."""

    gateway: bytes
    """The registered gateway, 20 bytes."""
    verdict: int
    """The statement's verdict."""
    measures: Mapping[str, float]
    """What it measured, by name."""


@dataclass(frozen=True, slots=True)
class Quorum:
    """All votes together."""

    gateways: tuple[bytes, ...]
    """Who voted, in order of addresses."""
    agreeing: tuple[bytes, ...]
    """Whose verdict is that of the first vote, which is the bundle's own."""
    medians: Mapping[str, float]
    """The median of each measure that every vote names."""


def combine(votes: Sequence[Vote]) -> Quorum:
    """Returns the votes together.

    Raises:
        RepeatedVoteError: two are of one gateway.
        EmptyTreeError: there are none.

    """
    if not votes:
        raise EmptyTreeError
    gateways = sorted(vote.gateway for vote in votes)
    for place, gateway in enumerate(gateways[1:]):
        if gateway == gateways[place]:
            raise RepeatedVoteError(gateway)
    common = sorted(set.intersection(*(set(vote.measures) for vote in votes)))
    return Quorum(
        gateways=tuple(gateways),
        agreeing=tuple(sorted(vote.gateway for vote in votes if vote.verdict == votes[0].verdict)),
        medians={name: median([vote.measures[name] for vote in votes]) for name in common},
    )


def median(values: Sequence[float]) -> float:
    """Returns the middle of the values, of two middles the lower one; there is at least one value."""
    return sorted(values)[(len(values) - 1) // 2]
