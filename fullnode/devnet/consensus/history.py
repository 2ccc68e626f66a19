"""The blocks that are kept, and what they say about the chain's past.

A tree of blocks and one line through it. What is final is folded up: of its updates the best of each period stays, of its blocks the
recent ones and, much longer, the checkpoints that clients start from; of its states none, since nothing is built on them any more.
Invariant: the line's slots are kept in ascending order.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import takewhile
from typing import Final

from fullnode.devnet.consensus.block import Block
from fullnode.devnet.consensus.errors import NotFoundError, ReorgTooDeepError
from fullnode.devnet.consensus.light_client import rank
from fullnode.devnet.consensus.presets import Preset
from lightclient.types import LightClientUpdate, SyncCommittee

CHECKPOINTS_LAST: Final = 16
"""Finalized checkpoints, from which clients start, are kept this many times longer than the blocks between them."""


class History:
    """Blocks by root and slot, from genesis on."""

    def __init__(self, preset: Preset, genesis: Block, history_slots: int) -> None:
        self.genesis = genesis
        self.finalized = genesis
        self._preset = preset
        self._history_slots = history_slots
        self._blocks = {genesis.root: genesis}
        self._line = {0: genesis.root}
        self._checkpoints = {genesis.root}
        self._settled_updates: dict[int, LightClientUpdate] = {}

    def epoch(self, slot: int) -> int:
        """Returns the epoch of `slot`."""
        return self._preset.epoch(slot)

    def block(self, root: bytes) -> Block:
        """Returns a kept block of any branch. Raises NotFoundError."""
        try:
            return self._blocks[root]
        except KeyError:
            raise NotFoundError(f"Block 0x{root.hex()}") from None

    def at(self, slot: int) -> Block:
        """Returns the block of the chain at `slot`. Raises NotFoundError, also for a missed slot."""
        try:
            return self._blocks[self._line[slot]]
        except KeyError:
            raise NotFoundError(f"Block at slot {slot}") from None

    def is_canonical(self, block: Block) -> bool:
        """Returns whether the head is `block` or built on it."""
        return self._line.get(block.slot) == block.root

    def blocks(self) -> Iterator[Block]:
        """Returns the kept blocks of the chain, oldest first."""
        return (self._blocks[root] for _, root in sorted(self._line.items()))

    def dependent_root(self, block: Block, epochs_back: int) -> bytes:
        """Returns the root of the newest block before the epoch of `block`, or before the one so many epochs earlier."""
        start = (self.epoch(block.slot) - epochs_back) * self._preset.slots_per_epoch
        return next((self._line[slot] for slot in reversed(self._line) if slot < start), self.genesis.root)

    def committee(self, slot: int) -> SyncCommittee:
        """Returns the committee that signs at `slot`. Raises NotFoundError where no block of its period is kept."""
        period_of = self._preset.period
        for block in self.blocks():
            if period_of(block.slot) == period_of(slot):
                return block.proofs.current_sync_committee
        raise NotFoundError(f"SyncCommittee of period {period_of(slot)}")

    def update(self, period: int) -> LightClientUpdate:
        """Returns the best update signed in `period`. Raises NotFoundError."""
        period_of = self._preset.period
        newest_first = (self._blocks[root] for root in reversed(self._line.values()))
        recent = (block.update for block in takewhile(lambda block: block.slot > self.finalized.slot, newest_first))
        candidates = [update for update in recent if update is not None and period_of(update.signature_slot) == period]
        if period in self._settled_updates:
            candidates.append(self._settled_updates[period])
        if not candidates:
            raise NotFoundError(f"LightClientUpdate of period {period}")
        return max(candidates, key=lambda update: rank(self._preset, update))

    def checkpoint_block(self, root: bytes) -> Block:
        """Returns the block that a state's checkpoint means; the zero root means genesis."""
        return self.genesis if root == bytes(32) else self._blocks[root]

    def add(self, block: Block) -> None:
        """Puts a block at the line's end."""
        self._blocks[block.root] = block
        self._line[block.slot] = block.root

    def cut(self, depth: int) -> Block:
        """Takes the newest `depth` blocks off the line and returns the one before them. Raises ReorgTooDeepError."""
        above = [root for slot, root in self._line.items() if slot > self.finalized.slot]
        if not 1 <= depth <= len(above):
            raise ReorgTooDeepError(depth, len(above))
        for root in above[-depth:]:
            del self._line[self._blocks[root].slot]
        return self._blocks[next(reversed(self._line.values()))]

    def settle(self, finalized: Block) -> None:
        """Makes a block of the line final, folds up the updates until there and forgets what nobody needs any more."""
        for slot in sorted(slot for slot in self._line if self.finalized.slot < slot <= finalized.slot):
            update = self._blocks[self._line[slot]].update
            if update is not None:
                period = self._preset.period(update.signature_slot)
                best = self._settled_updates.get(period, update)
                self._settled_updates[period] = max(best, update, key=lambda item: rank(self._preset, item))
        self.finalized = finalized
        self._checkpoints.add(finalized.root)
        oldest = self.finalized.slot - self._history_slots
        oldest_checkpoint = self.finalized.slot - CHECKPOINTS_LAST * self._history_slots
        for root, block in list(self._blocks.items()):
            if block.slot >= self.finalized.slot or block.slot == 0:
                continue
            orphan = not self.is_canonical(block)
            kept_from = oldest_checkpoint if root in self._checkpoints else oldest
            if orphan or block.slot < kept_from:
                del self._blocks[root]
                if not orphan:
                    del self._line[block.slot]
            elif block.state is not None:
                self._blocks[root] = replace(block, state=None)
