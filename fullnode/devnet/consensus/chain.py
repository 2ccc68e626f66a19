"""The beacon chain: a head, the blocks below it, and the light-client data they make.

It stands in for a beacon node and is honest about it: one process proposes, signs and votes for everybody, there are no peers and no fork
choice to win. Not safe for several threads: one event loop owns it and the execution chain. It reads no clock: whoever drives it names
the slot. Spec: consensus-specs `altair/light-client/full-node.md`.
Invariants: finalized, justified and head lie on one line of ancestors; the execution chain's head, safe and finalized blocks are those that
the beacon blocks carry; every block above the finalized one can be built upon.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import takewhile
from typing import Final

from fullnode.devnet.consensus.block import Block, build_block, finished_block
from fullnode.devnet.consensus.body import light_client_header
from fullnode.devnet.consensus.engine import ExecutionEngine
from fullnode.devnet.consensus.errors import NotFoundError, ReorgTooDeepError, SlotInThePastError
from fullnode.devnet.consensus.events import Event, Finalized, HeadChanged, Reorganized
from fullnode.devnet.consensus.forks import devnet_network
from fullnode.devnet.consensus.genesis import genesis_state, genesis_validators_root
from fullnode.devnet.consensus.keys import keyring
from fullnode.devnet.consensus.light_client import (
    create_light_client_bootstrap,
    create_light_client_finality_update,
    create_light_client_optimistic_update,
    create_light_client_update,
    rank,
)
from fullnode.devnet.consensus.misbehave import Misbehaviour
from fullnode.devnet.consensus.presets import PRESETS
from fullnode.devnet.consensus.records import BeaconState
from fullnode.devnet.consensus.schema import block_body
from fullnode.devnet.consensus.settings import ConsensusSettings
from fullnode.devnet.consensus.transition import Rules, process_slots
from fullnode.devnet.execution.block import ExecutionBlock
from lightclient.types import (
    LightClientBootstrap,
    LightClientFinalityUpdate,
    LightClientHeader,
    LightClientOptimisticUpdate,
    LightClientUpdate,
    SyncAggregate,
    SyncCommittee,
)

CHECKPOINTS_LAST: Final = 16
"""Finalized checkpoints, from which clients start, are kept this many times longer than the blocks between them."""


class BeaconChain:
    """Blocks by root and slot, from genesis on."""

    def __init__(
        self,
        settings: ConsensusSettings,
        execution: ExecutionEngine,
        *,
        genesis_time: int,
        chain_id: int,
        genesis_execution: ExecutionBlock,
        misbehaviour: Misbehaviour | None = None,
    ) -> None:
        preset = PRESETS[settings.preset]
        count = settings.validators or preset.default_validators
        self.settings = settings
        keys = keyring(settings.seed, count)
        self.network = devnet_network(
            settings.preset,
            genesis_validators_root=genesis_validators_root(keys),
            genesis_time=genesis_time,
            seconds_per_slot=settings.seconds_per_slot,
            chain_id=chain_id,
            fulu_epoch=settings.fulu_epoch,
            blob_schedule=settings.blob_schedule,
        )
        self.rules = Rules(preset, self.network, keys)
        self.misbehaviour = misbehaviour or Misbehaviour()
        self.listeners: list[Callable[[Event], None]] = []
        self._execution = execution
        state = genesis_state(self.rules, genesis_execution)
        self.genesis = self._genesis_block(state, genesis_execution.block_hash)
        self.head = self.finalized = self.genesis
        self.last_update: LightClientUpdate | None = None
        self._blocks = {self.genesis.root: self.genesis}
        self._canonical = {0: self.genesis.root}
        self._settled_updates: dict[int, LightClientUpdate] = {}
        self._settled_slot = 0
        self._checkpoints = {self.genesis.root}
        self._branch = 0

    # What drives the chain.

    def produce(self, slot: int) -> Block:
        """Returns the new head, a block at `slot` on the present one; slots between them stay empty.

        Raises SlotInThePastError.
        """
        parent = self.head
        if slot <= parent.slot:
            raise SlotInThePastError(slot, parent.slot)
        assert parent.state is not None
        state = process_slots(self.rules, parent.state, slot)
        execution = self._execution.produce_block(
            timestamp=self.network.time_at_slot(slot),
            prev_randao=state.randao_mixes.get(self.rules.preset.epoch(slot) % self.rules.preset.epochs_per_historical_vector),
            parent_beacon_block_root=parent.root,
            parent_hash=parent.payload_hash,
        )
        wrong = self.misbehaviour
        block, body = build_block(
            self.rules,
            state,
            execution,
            parent_root=parent.root,
            participation=self.settings.participation if wrong.participation is None else wrong.participation,
            voters=0 if wrong.no_finality else len(state.validators),
            graffiti=f"aios devnet {self._branch}".encode().ljust(32, b"\0"),
        )
        if body.sync_aggregate.participants:
            block = replace(block, update=self._update(parent, body.sync_aggregate, slot))
        self._adopt(block)
        return block

    def reorg(self, depth: int) -> Block:
        """Returns the ancestor that becomes head as the newest `depth` blocks leave; the next block is built on it.

        Raises ReorgTooDeepError where a finalized block would leave.
        """
        line = [root for slot, root in sorted(self._canonical.items()) if slot >= self.finalized.slot]
        if not 1 <= depth < len(line):
            raise ReorgTooDeepError(depth, len(line) - 1)
        old, new = self.head, self._blocks[line[-1 - depth]]
        for root in line[-depth:]:
            del self._canonical[self._blocks[root].slot]
        # Blocks of another branch say so in their graffiti, or the same slots would hold the same blocks again.
        self._branch += 1
        self.head = new
        self._execution.set_head(new.payload_hash)
        self.last_update = new.update
        self._tell(Reorganized(old, new, depth))
        return new

    # What everybody may ask.

    def epoch(self, slot: int) -> int:
        """Returns the epoch of `slot`."""
        return self.rules.preset.epoch(slot)

    @property
    def justified(self) -> Block:
        """The block of the newest justified checkpoint; genesis until there is one.

        After a reorganization the head's own state may know less than what is final already.
        """
        block = self._checkpoint_block(self.head.checkpoints.current_justified.root)
        return max(block, self.finalized, key=lambda item: item.slot)

    def block(self, root: bytes) -> Block:
        """Returns a kept block of any branch. Raises NotFoundError."""
        try:
            return self._blocks[root]
        except KeyError:
            raise NotFoundError(f"Block 0x{root.hex()}") from None

    def at(self, slot: int) -> Block:
        """Returns the block of the chain at `slot`. Raises NotFoundError, also for a missed slot."""
        try:
            return self._blocks[self._canonical[slot]]
        except KeyError:
            raise NotFoundError(f"Block at slot {slot}") from None

    def is_canonical(self, block: Block) -> bool:
        """Returns whether the head is `block` or built on it."""
        return self._canonical.get(block.slot) == block.root

    def blocks(self) -> Iterator[Block]:
        """Returns the kept blocks of the chain, oldest first."""
        return (self._blocks[root] for _, root in sorted(self._canonical.items()))

    def dependent_root(self, block: Block, epochs_back: int) -> bytes:
        """Returns the root of the newest block before the epoch of `block`, or before the one so many epochs earlier."""
        start = (self.epoch(block.slot) - epochs_back) * self.rules.preset.slots_per_epoch
        return next((self._canonical[slot] for slot in reversed(self._canonical) if slot < start), self.genesis.root)

    def bootstrap(self, root: bytes) -> LightClientBootstrap:
        """Returns what a client that trusts the block `root` starts from. Raises NotFoundError."""
        block = self.block(root)
        return create_light_client_bootstrap(block.header, block.proofs)

    def committee(self, slot: int) -> SyncCommittee:
        """Returns the committee that signs at `slot`. Raises NotFoundError where no block of its period is kept."""
        period_of = self.rules.preset.period
        for block in self.blocks():
            if period_of(block.slot) == period_of(slot):
                return block.proofs.current_sync_committee
        raise NotFoundError(f"SyncCommittee of period {period_of(slot)}")

    def update(self, period: int) -> LightClientUpdate:
        """Returns the best update signed in `period`. Raises NotFoundError."""
        period_of = self.rules.preset.period
        newest_first = (self._blocks[root] for root in reversed(self._canonical.values()))
        recent = (block.update for block in takewhile(lambda block: block.slot > self._settled_slot, newest_first))
        candidates = [update for update in recent if update is not None and period_of(update.signature_slot) == period]
        if period in self._settled_updates:
            candidates.append(self._settled_updates[period])
        if not candidates:
            raise NotFoundError(f"LightClientUpdate of period {period}")
        return max(candidates, key=lambda update: rank(self.rules.preset, update))

    def finality_update(self) -> LightClientFinalityUpdate:
        """Returns the newest signed header that names a finalized one. Raises NotFoundError until there is one."""
        if self.last_update is None or self.last_update.finalized_header.beacon.slot == 0:
            raise NotFoundError("LightClientFinalityUpdate")
        return create_light_client_finality_update(self.last_update)

    def optimistic_update(self) -> LightClientOptimisticUpdate:
        """Returns the newest signed header. Raises NotFoundError until there is one."""
        if self.last_update is None:
            raise NotFoundError("LightClientOptimisticUpdate")
        return create_light_client_optimistic_update(self.last_update)

    # Private.

    def _genesis_block(self, state: BeaconState, payload_hash: bytes) -> Block:
        # Genesis carries an empty body, and with it an empty payload whose branch is nevertheless right.
        header = light_client_header(self.rules.preset, state.latest_block_header, block_body(self.rules.preset).default())
        return finished_block(self.rules, state, header, payload_hash)

    def _checkpoint_block(self, root: bytes) -> Block:
        return self.genesis if root == bytes(32) else self._blocks[root]

    def _update(self, attested: Block, aggregate: SyncAggregate, slot: int) -> LightClientUpdate:
        finalized: LightClientHeader | None = None
        if attested.checkpoints.finalized.root != bytes(32):
            finalized = self._blocks[attested.checkpoints.finalized.root].header
        return create_light_client_update(
            self.rules.preset,
            attested=attested.header,
            proofs=attested.proofs,
            finalized=finalized,
            sync_aggregate=aggregate,
            signature_slot=slot,
        )

    def _adopt(self, block: Block) -> None:
        previous, self.head = self.head, block
        self._blocks[block.root] = block
        self._canonical[block.slot] = block.root
        self._execution.set_head(block.payload_hash)
        self._tell(HeadChanged(block, self.epoch(block.slot) > self.epoch(previous.slot)))
        finalized = self._checkpoint_block(block.checkpoints.finalized.root)
        if finalized.slot > self.finalized.slot:
            self.finalized = finalized
            self._checkpoints.add(finalized.root)
            self._execution.set_finalized(finalized.payload_hash)
            self._tell(Finalized(finalized, block.checkpoints.finalized.epoch))
            self._settle()
        self._execution.set_safe(self.justified.payload_hash)
        if block.update is not None:
            self.last_update = block.update
            self._tell(create_light_client_optimistic_update(block.update))
            if block.update.finalized_header.beacon.slot:
                self._tell(create_light_client_finality_update(block.update))

    def _settle(self) -> None:
        """Folds the updates of blocks that are now final into the best of their period, and forgets what nobody needs any more."""
        preset = self.rules.preset
        for slot in sorted(slot for slot in self._canonical if self._settled_slot < slot <= self.finalized.slot):
            update = self._blocks[self._canonical[slot]].update
            if update is not None:
                period = preset.period(update.signature_slot)
                best = self._settled_updates.get(period, update)
                self._settled_updates[period] = max(best, update, key=lambda item: rank(preset, item))
        self._settled_slot = self.finalized.slot
        oldest = self.finalized.slot - self.settings.history_slots
        oldest_checkpoint = self.finalized.slot - CHECKPOINTS_LAST * self.settings.history_slots
        for root, block in list(self._blocks.items()):
            if block.slot >= self.finalized.slot or block.slot == 0:
                continue
            orphan = not self.is_canonical(block)
            kept_from = oldest_checkpoint if root in self._checkpoints else oldest
            if orphan or block.slot < kept_from:
                del self._blocks[root]
                if not orphan:
                    del self._canonical[block.slot]
            elif block.state is not None:
                self._blocks[root] = replace(block, state=None)

    def _tell(self, event: Event) -> None:
        for listener in tuple(self.listeners):
            listener(event)
