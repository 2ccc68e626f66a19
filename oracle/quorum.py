"""The quorum: what several gateways attested about one subject, each by itself, taken together. Pure.

A vote counts for the gateway whose registered key signed it, so one operator with many keys has one voice. Votes that say otherwise are not
thrown out: they are counted against. Who took his word back does not count, and what he measured enters no median. The median of what was
measured is that of the lower middle, so that it is always somebody's number.
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
    revoked_s: int | None = None
    """When it was taken back, in seconds since the Unix epoch; 0 for not by the block, None where nothing shows it."""

    @property
    def stands(self) -> bool:
        """Whether nothing shows that it was taken back."""
        return not self.revoked_s


@dataclass(frozen=True, slots=True)
class Quorum:
    """All votes together."""

    gateways: tuple[bytes, ...]
    """Who voted, in order of addresses."""
    agreeing: tuple[bytes, ...]
    """Whose verdict is that of the first vote, which is the bundle's own, and was not taken back as far as is shown."""
    shown: tuple[bytes, ...]
    """Those of them who are shown not to have taken it back."""
    medians: Mapping[str, float]
    """The median of each measure that every vote names which was not taken back."""


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
    standing = sorted((vote for vote in votes if vote.stands), key=lambda vote: vote.gateway)
    agreeing = [vote for vote in standing if vote.verdict == votes[0].verdict]
    common = sorted(set.intersection(*(set(vote.measures) for vote in standing))) if standing else []
    return Quorum(
        gateways=tuple(gateways),
        agreeing=tuple(vote.gateway for vote in agreeing),
        shown=tuple(vote.gateway for vote in agreeing if vote.revoked_s == 0),
        medians={name: median([vote.measures[name] for vote in standing]) for name in common},
    )


def median(values: Sequence[float]) -> float:
    """Returns the middle of the values, of two middles the lower one; there is at least one value."""
    return sorted(values)[(len(values) - 1) // 2]
