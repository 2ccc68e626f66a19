"""Two valid messages that contradict each other: what counts as one, and the record of it.

A contradiction is only looked for here; that both messages are valid is for `state` to establish by the specification's own checks. Pure
and bounded: the last few messages are remembered, by slot. What counts:

- *finality*: two blocks finalized at one slot, or a later finalized block whose execution block is no later. A third of the committee, or
  of all stake, signed both. Nothing after it can be believed until a person has decided.
- *committee*: two next committees for one period, each in a state that a supermajority attested. As finality.
- *optimistic*: two blocks attested at one slot by supermajorities at the same signature slot. Members signed twice; evidence, no reason
  to stop.
"""

from collections import OrderedDict
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from lightclient.network import Network
from lightclient.spec import is_finality_update, is_sync_committee_update
from lightclient.ssz import hash_tree_root
from lightclient.types import BeaconBlockHeader, LightClientHeader, LightClientUpdate, SyncCommittee

REMEMBERED = 64
"""Messages of each kind that are remembered, newest first to stay: on mainnet some six hours of finality."""

K = TypeVar("K")


class Kind(StrEnum):
    """What two messages disagree about."""

    FINALITY = "finality"
    COMMITTEE = "committee"
    OPTIMISTIC = "optimistic"

    @property
    def freezes(self) -> bool:
        """Whether nothing may be followed after it."""
        return self is not Kind.OPTIMISTIC


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two valid messages of which at most one is of the honest chain."""

    kind: Kind
    """What they disagree about."""
    first: LightClientUpdate
    """The message that was believed."""
    second: LightClientUpdate
    """The one that contradicts it."""

    def __str__(self) -> str:
        return f"{self.kind} conflict at slot {self.slot}: {_named(self.kind, self.first)} and {_named(self.kind, self.second)}"

    @property
    def slot(self) -> int:
        """Slot that they disagree about."""
        return _subject(self.kind, self.second).slot


class Witness:
    """Remembers what was signed, to notice when something else is."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._finalized: OrderedDict[int, LightClientUpdate] = OrderedDict()
        self._attested: OrderedDict[tuple[int, int], LightClientUpdate] = OrderedDict()
        self._committees: OrderedDict[int, LightClientUpdate] = OrderedDict()

    def remember(self, update: LightClientUpdate) -> None:
        """Remembers a message that was valid; only what a supermajority signed can contradict."""
        if not self._supermajority(update):
            return
        _keep(self._attested, (update.attested_header.beacon.slot, update.signature_slot), update)
        if is_finality_update(update):
            _keep(self._finalized, update.finalized_header.beacon.slot, update)
        if is_sync_committee_update(update):
            _keep(self._committees, self._network.period_at_slot(update.attested_header.beacon.slot), update)

    def contradicted(self, update: LightClientUpdate) -> Conflict | None:
        """Returns the conflict that there is if the message is valid, the gravest first."""
        if not self._supermajority(update):
            return None
        for kind, known in (
            (Kind.FINALITY, self._other_finality(update)),
            (Kind.COMMITTEE, self._other_committee(update)),
            (Kind.OPTIMISTIC, self._other_head(update)),
        ):
            if known is not None:
                return Conflict(kind, known, update)
        return None

    def _other_finality(self, update: LightClientUpdate) -> LightClientUpdate | None:
        if not is_finality_update(update):
            return None
        header = update.finalized_header
        for known in self._finalized.values():
            if _contradict(known.finalized_header, header):
                return known
        return None

    def _other_committee(self, update: LightClientUpdate) -> LightClientUpdate | None:
        known = self._committees.get(self._network.period_at_slot(update.attested_header.beacon.slot))
        if known is None or not is_sync_committee_update(update):
            return None
        # Before a period's first finality two honest branches may name two committees.
        both_final = all(self._finalizes_in_period(each) for each in (known, update))
        return known if both_final and not _same(known.next_sync_committee, update.next_sync_committee) else None

    def _other_head(self, update: LightClientUpdate) -> LightClientUpdate | None:
        known = self._attested.get((update.attested_header.beacon.slot, update.signature_slot))
        return known if known is not None and known.attested_header.beacon != update.attested_header.beacon else None

    def _finalizes_in_period(self, update: LightClientUpdate) -> bool:
        period = self._network.period_at_slot
        return is_finality_update(update) and period(update.finalized_header.beacon.slot) == period(update.attested_header.beacon.slot)

    def _supermajority(self, update: LightClientUpdate) -> bool:
        return update.sync_aggregate.participants * 3 >= self._network.preset.sync_committee_size * 2


def _contradict(a: LightClientHeader, b: LightClientHeader) -> bool:
    """Returns whether two headers cannot both be of one chain."""
    if a.beacon.slot == b.beacon.slot:
        return a.beacon != b.beacon
    earlier, later = (a, b) if a.beacon.slot < b.beacon.slot else (b, a)
    if earlier.execution is None or later.execution is None or not earlier.execution.block_number:
        return False
    return later.execution.block_number <= earlier.execution.block_number


def _same(a: SyncCommittee, b: SyncCommittee) -> bool:
    return a.pubkeys == b.pubkeys


def _subject(kind: Kind, update: LightClientUpdate) -> BeaconBlockHeader:
    return update.finalized_header.beacon if kind is Kind.FINALITY else update.attested_header.beacon


def _named(kind: Kind, update: LightClientUpdate) -> str:
    value: Any = update.next_sync_committee if kind is Kind.COMMITTEE else _subject(kind, update)
    return f"0x{hash_tree_root(value).hex()}"


def _keep(memory: "OrderedDict[K, LightClientUpdate]", key: K, update: LightClientUpdate) -> None:
    memory.setdefault(key, update)
    while len(memory) > REMEMBERED:
        memory.popitem(last=False)
