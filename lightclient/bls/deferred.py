"""A fast backend that first answers by the aggregate key that the chain states, and checks every key afterwards.

Catching up over a year of committees spends nearly all its time on decompressing 512 keys per committee. The committee's aggregate key is
part of what the state root proves, so a chain that is honest at its end was honest in it; but nothing proves that before the end, so what
was concluded is provisional until `check` has decompressed every key and found the sum to be the stated aggregate. Whoever uses this keeps
what was believed before, and goes back to it when `check` refuses. Where many are absent, the keys are checked at once: then the aggregate
saves nothing.
"""

from collections import OrderedDict
from typing import Any

from lightclient.bls.backend import BlsBackend, KnownCommittee, members
from lightclient.bls.pyblst_backend import PyblstBackend, add_keys, parse_key, verify_with_key
from lightclient.errors import InvalidCommitteeKey
from lightclient.types import SyncCommittee

FEW = 0.125
"""Share of absentees up to which the stated aggregate is used: decompressing those few costs little."""


class DeferredBackend:
    """Answers at once, remembers what it owes."""

    def __init__(self, backend: PyblstBackend) -> None:
        """Wraps the backend that does the real checks; committees that it already knows are answered by it."""
        self._backend = backend
        self._found_out = False
        self._owed: OrderedDict[tuple[bytes, ...], SyncCommittee] = OrderedDict()

    @property
    def owed(self) -> int:
        """Committees that were relied upon and are not yet checked."""
        return len(self._owed)

    def committee(self, committee: SyncCommittee) -> KnownCommittee:
        """Returns the committee, unchecked where it is new. Raises InvalidCommitteeKey where the aggregate itself is no valid key."""
        if self._found_out or self._backend.knows(committee):
            return self._backend.committee(committee)
        return _Unchecked(self, committee)

    def fast_aggregate_verify(self, pubkeys: list[bytes], message: bytes, signature: bytes) -> bool:
        """Returns whether all keys signed the message; nothing is deferred here."""
        return self._backend.fast_aggregate_verify(pubkeys, message, signature)

    def check(self, count: int) -> int:
        """Checks so many of the committees owed, oldest first, and returns how many remain.

        Raises:
            InvalidCommitteeKey: a key is none, or the stated aggregate is not the sum: nothing concluded since is to be believed.
        """
        for _ in range(min(count, len(self._owed))):
            pubkeys, committee = next(iter(self._owed.items()))
            checked = self._backend.checked(committee)
            if checked.aggregate() != committee.aggregate_pubkey:
                raise InvalidCommitteeKey(len(pubkeys), committee.aggregate_pubkey, "stated as the aggregate, which is another")
            del self._owed[pubkeys]
        return len(self._owed)

    def forget(self) -> None:
        """Owes nothing more, and defers nothing more: the source of a false key is found out where each is checked at once."""
        self._owed.clear()
        self._found_out = True

    def owe(self, committee: SyncCommittee) -> None:
        """Remembers that a committee was relied upon."""
        self._owed.setdefault(committee.pubkeys, committee)

    def settle(self, committee: SyncCommittee) -> KnownCommittee:
        """Returns the committee checked at once. Raises InvalidCommitteeKey."""
        return self._backend.committee(committee)


class _Unchecked:
    """A committee known by its stated aggregate."""

    __slots__ = ("_aggregate", "_backend", "_committee")

    def __init__(self, backend: DeferredBackend, committee: SyncCommittee) -> None:
        self._backend = backend
        self._committee = committee
        self._aggregate: Any = parse_key(len(committee.pubkeys), committee.aggregate_pubkey)

    def verify(self, bits: bytes, message: bytes, signature: bytes) -> bool:
        """Returns whether the members whose bits are set signed the message, if the aggregate is what it is stated to be."""
        pubkeys = self._committee.pubkeys
        if 8 * len(bits) != len(pubkeys):
            return False
        absent = members(bits, present=False)
        if len(absent) > FEW * len(pubkeys):
            return self._backend.settle(self._committee).verify(bits, message, signature)
        missing = add_keys(parse_key(index, pubkeys[index]) for index in absent)
        self._backend.owe(self._committee)
        return verify_with_key(self._aggregate + -missing if absent else self._aggregate, message, signature)


def deferral(bls: BlsBackend, *, defer: bool) -> DeferredBackend | None:
    """Returns a deferring wrapper where that is wanted and the backend is the one that can be wrapped."""
    return DeferredBackend(bls) if defer and isinstance(bls, PyblstBackend) else None
