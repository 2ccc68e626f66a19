"""What a light client remembers, and the only place where that changes.

Synchronous and without network or disk: `client` fetches and persists around it. Invariants: the store only ever becomes what
`lightclient.spec` returned; a refused message changes nothing; time comes from the injected clock alone.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from lightclient.bls.backend import BlsBackend
from lightclient.clock_guard import ClockGuard
from lightclient.conflict import Conflict, Witness
from lightclient.errors import (
    CheckpointTooOld,
    InconsistentNextCommittee,
    IrrelevantUpdate,
    NotStarted,
    PeerError,
    TraceBroken,
)
from lightclient.heads import Head, Heads
from lightclient.network import Network
from lightclient.serving.shelf import Latest
from lightclient.settings import LightClientSettings
from lightclient.snapshot import Snapshot
from lightclient.spec import (
    LightClientStore,
    from_finality_update,
    from_optimistic_update,
    initialize_light_client_store,
    is_finality_update,
    process_light_client_store_force_update,
    process_or_bridge,
    to_finality_update,
    to_optimistic_update,
    validate_light_client_update,
)
from lightclient.trace import Trace, record
from lightclient.trust.weak_subjectivity import max_age_seconds
from lightclient.types import (
    LightClientBootstrap,
    LightClientFinalityUpdate,
    LightClientHeader,
    LightClientOptimisticUpdate,
    LightClientUpdate,
)


@dataclass(frozen=True, slots=True)
class Change:
    """What a message changed."""

    anything: bool = False
    """Whether the store is another than before, and so worth writing down."""
    finalized: bool = False
    """Whether the finalized header moved."""
    committees: bool = False
    """Whether a committee became known or the current one was replaced."""
    conflict: Conflict | None = None
    """Two valid messages that contradict each other; where its kind freezes, nothing else changed."""


class ClientState:
    """The memory of one light client, from one checkpoint on one network."""

    def __init__(
        self,
        network: Network,
        checkpoint: bytes,
        settings: LightClientSettings,
        bls: BlsBackend,
        time: Callable[[], float],
        monotonic: Callable[[], float],
    ) -> None:
        self.network = network
        self.checkpoint = checkpoint
        """Block root that trust began with."""
        self.memory: Snapshot | None = None
        """None until a bootstrap verified or a store file was read."""
        self._settings = settings
        self._bls = bls
        self._time = time
        self._witness = Witness(network)
        self._pending: LightClientUpdate | None = None
        self.latest = Latest()
        """The newest messages that verified in this process."""
        self.clock = ClockGuard(network, time, monotonic, settings.max_clock_jump_seconds)
        """What the clock may say."""

    def known(self) -> Snapshot:
        """Returns the memory.

        Raises:
            NotStarted: there is none yet.
        """
        if self.memory is None:
            raise NotStarted
        return self.memory

    def current_slot(self) -> int:
        """Returns the slot by the injected clock."""
        return self.clock.now_slot()

    def max_trust_age(self) -> int:
        """Returns the oldest that what is trusted may be, in seconds: as set, else the network's weak-subjectivity period."""
        return self._settings.max_checkpoint_age_seconds or max_age_seconds(self.network)

    def trust_age(self) -> float:
        """Returns the age of the finalized header, in seconds."""
        return self._time() - self.network.time_at_slot(self.known().store.finalized_header.beacon.slot)

    def period(self) -> int:
        """Returns the period of the finalized header."""
        return self.network.period_at_slot(self.known().store.finalized_header.beacon.slot)

    def slots_behind(self) -> int:
        """Returns how many slots old the optimistic head is."""
        return self.current_slot() - self.known().store.optimistic_header.beacon.slot

    def heads(self) -> Heads:
        """Returns both heads as of now."""
        memory = self.known()
        return Heads(
            finalized=self._head(memory.store.finalized_header, memory.finalized_participants),
            optimistic=self._head(memory.store.optimistic_header, memory.optimistic_participants),
        )

    def trace(self) -> Trace:
        """Returns the evidence for the finalized head. Raises TraceBroken after a forced update."""
        memory = self.known()
        if memory.forced:
            raise TraceBroken
        return memory.trace

    # Changes

    def begin(self, bootstrap: LightClientBootstrap) -> None:
        """Starts from the checkpoint's bootstrap.

        Raises:
            PeerError: it is not the checkpoint's.
            CheckpointTooOld: the checkpoint is past the weak-subjectivity limit.
        """
        store = initialize_light_client_store(self.network, self.checkpoint, bootstrap)
        self._refuse_old(store)
        self.memory = Snapshot(
            genesis_validators_root=self.network.genesis_validators_root,
            checkpoint=self.checkpoint,
            store=store,
            trace=Trace(bootstrap),
            finalized_participants=0,
            optimistic_participants=0,
            seen_slot=0,
            forced=False,
        )

    def resume(self, snapshot: Snapshot) -> None:
        """Starts from what was remembered. Raises CheckpointTooOld where that is past the weak-subjectivity limit."""
        self._refuse_old(snapshot.store)
        self.checkpoint = snapshot.checkpoint
        self.restore(snapshot)

    def take(self, message: LightClientUpdate | LightClientFinalityUpdate | LightClientOptimisticUpdate) -> Change:
        """Validates a message, applies it, and returns what it changed; what is merely old news changes nothing and is not refused.

        Raises:
            PeerError: a check fails; nothing changed.
        """
        memory = self.known()
        before = memory.store
        update = self._as_update(message)
        conflict = self._witness.contradicted(update)
        try:
            after, pending, bridged = process_or_bridge(before, self._pending, update, self.current_slot(), self.network, self._bls)
        except (IrrelevantUpdate, InconsistentNextCommittee) as error:
            # Refused before its signature was looked at: it may still be what proves that somebody signed two chains.
            if conflict is not None and self._is_valid(update):
                return Change(conflict=conflict)
            if isinstance(error, IrrelevantUpdate):
                return Change()
            raise
        if conflict is not None and conflict.kind.freezes:
            return Change(conflict=conflict)
        self._witness.remember(update)
        participants = update.sync_aggregate.participants
        change = Change(
            anything=after != before,
            finalized=after.finalized_header != before.finalized_header,
            committees=_committees(after) != _committees(before),
            conflict=conflict,
        )
        self.memory = replace(
            memory,
            store=after,
            trace=record(memory.trace, before, after, update, self._pending if bridged else None),
            finalized_participants=participants if change.finalized else memory.finalized_participants,
            optimistic_participants=participants if after.optimistic_header != before.optimistic_header else memory.optimistic_participants,
        )
        self._pending = pending
        self._remember_latest(update, after)
        return change

    def force(self) -> bool:
        """Forces the best update where the policy allows it and the timeout has passed; returns whether it did."""
        memory = self.known()
        if not self._settings.allow_forced_updates or not self.clock.vouched:
            return False
        after = process_light_client_store_force_update(memory.store, self.current_slot(), self.network)
        if after == memory.store:
            return False
        self.memory = replace(memory, store=after, forced=True)
        return True

    def check_clock(self) -> None:
        """Holds the clock against what is known, and remembers the latest slot that it was right about.

        Raises:
            ClockBehind: it shows a slot before one that is known to have begun.
            ClockJumped: it jumped, and nothing has confirmed it since.
        """
        memory = self.known()
        self.clock.check(max(memory.store.optimistic_header.beacon.slot, memory.seen_slot))
        if self.slots_behind() <= self._settings.stale_slots:
            self.clock.confirm()
        if self.clock.vouched:
            self.memory = replace(memory, seen_slot=self.current_slot())

    def confirm_clock(self) -> bool:
        """Takes the clock's word again if a header as new as it says is verified; returns whether it is vouched for."""
        if 0 <= self.slots_behind() <= self._settings.stale_slots:
            self.clock.confirm()
        return self.clock.vouched

    def _remember_latest(self, update: LightClientUpdate, store: LightClientStore) -> None:
        """Keeps what the newest heads came from, as others would ask for it."""
        finality, optimistic = to_finality_update(update), to_optimistic_update(update)
        if update.finalized_header == store.finalized_header and is_finality_update(update):
            known = self.latest.finality
            if known is None or known.attested_header.beacon.slot < finality.attested_header.beacon.slot:
                self.latest = replace(self.latest, finality=finality)
        if update.attested_header == store.optimistic_header:
            self.latest = replace(self.latest, optimistic=optimistic)

    def restore(self, memory: Snapshot) -> None:
        """Goes back to what was believed before; what was concluded since is given up."""
        self.memory, self._pending = memory, None
        self._witness, self.latest = Witness(self.network), Latest()
        for update in memory.trace.updates[-2:]:
            self._witness.remember(update)
        if memory.trace.finality_update is not None:
            self._witness.remember(from_finality_update(memory.trace.finality_update, self.network))

    def _is_valid(self, update: LightClientUpdate) -> bool:
        """Returns whether the update would be valid if the store did not know better: everything but its relevance."""
        store = self.known().store
        start = self.period() * self.network.preset.slots_per_period
        earlier = replace(store.finalized_header, beacon=replace(store.finalized_header.beacon, slot=start))
        for probe in (replace(store, finalized_header=earlier), replace(store, finalized_header=earlier, next_sync_committee=None)):
            try:
                validate_light_client_update(probe, update, self.current_slot(), self.network, self._bls)
            except PeerError:
                continue
            return True
        return False

    def _as_update(self, message: LightClientUpdate | LightClientFinalityUpdate | LightClientOptimisticUpdate) -> LightClientUpdate:
        if isinstance(message, LightClientFinalityUpdate):
            return from_finality_update(message, self.network)
        if isinstance(message, LightClientOptimisticUpdate):
            return from_optimistic_update(message, self.network)
        return message

    def _head(self, header: LightClientHeader, participants: int) -> Head:
        age = self._time() - self.network.time_at_slot(header.beacon.slot)
        return Head(header, participants, self.network.preset.sync_committee_size, age)

    def _refuse_old(self, store: LightClientStore) -> None:
        age = int(self._time() - self.network.time_at_slot(store.finalized_header.beacon.slot))
        if age > self.max_trust_age():
            raise CheckpointTooOld(age, self.max_trust_age())


def _committees(store: LightClientStore) -> tuple[object, object]:
    return store.current_sync_committee, store.next_sync_committee
