"""The beacon chain: a head, the blocks below it, and the light-client data they make.

It stands in for a beacon node and is honest about it: one process proposes, signs and votes for everybody, there are no peers and no fork
choice to win. Not safe for several threads: one event loop owns it and the execution chain. It reads no clock: whoever drives it names
the slot. Spec: consensus-specs `altair/light-client/full-node.md`.
Invariants: finalized, justified and head lie on one line of ancestors; the execution chain's head, safe and finalized blocks are those that
the beacon blocks carry; every block above the finalized one can be built upon.
"""

from collections.abc import Callable
from dataclasses import replace

from fullnode.devnet.consensus.block import Block, build_block, finished_block
from fullnode.devnet.consensus.body import light_client_header
from fullnode.devnet.consensus.engine import ExecutionEngine
from fullnode.devnet.consensus.errors import NotFoundError, SlotInThePastError
from fullnode.devnet.consensus.events import Event, Finalized, HeadChanged, Reorganized
from fullnode.devnet.consensus.forks import devnet_network
from fullnode.devnet.consensus.genesis import genesis_state, genesis_validators_root
from fullnode.devnet.consensus.history import History
from fullnode.devnet.consensus.keys import keyring
from fullnode.devnet.consensus.light_client import (
    create_light_client_bootstrap,
    create_light_client_finality_update,
    create_light_client_optimistic_update,
    create_light_client_update,
)
from fullnode.devnet.consensus.misbehave import Misbehaviour
from fullnode.devnet.consensus.presets import PRESETS
from fullnode.devnet.consensus.records import BeaconState
from fullnode.devnet.consensus.rules import Rules
from fullnode.devnet.consensus.schema import block_body
from fullnode.devnet.consensus.settings import ConsensusSettings
from fullnode.devnet.consensus.transition import process_slots
from fullnode.devnet.execution.block import ExecutionBlock
from lightclient.types import (
    LightClientBootstrap,
    LightClientFinalityUpdate,
    LightClientHeader,
    LightClientOptimisticUpdate,
    LightClientUpdate,
    SyncAggregate,
)


class BeaconChain(History):
    """A history that grows."""

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
        super().__init__(preset, self._genesis_block(state, genesis_execution.block_hash), settings.history_slots)
        self.head = self.genesis
        self.last_update: LightClientUpdate | None = None
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
        old, new = self.head, self.cut(depth)
        # Blocks of another branch say so in their graffiti, or the same slots would hold the same blocks again.
        self._branch += 1
        self.head = new
        self._execution.set_head(new.payload_hash)
        self.last_update = new.update
        self._tell(Reorganized(old, new, depth))
        return new

    # What everybody may ask.

    @property
    def justified(self) -> Block:
        """The block of the newest justified checkpoint; genesis until there is one.

        After a reorganization the head's own state may know less than what is final already.
        """
        block = self.checkpoint_block(self.head.checkpoints.current_justified.root)
        return max(block, self.finalized, key=lambda item: item.slot)

    def bootstrap(self, root: bytes) -> LightClientBootstrap:
        """Returns what a client that trusts the block `root` starts from. Raises NotFoundError."""
        block = self.block(root)
        return create_light_client_bootstrap(block.header, block.proofs)

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

    def _update(self, attested: Block, aggregate: SyncAggregate, slot: int) -> LightClientUpdate:
        finalized: LightClientHeader | None = None
        if attested.checkpoints.finalized.root != bytes(32):
            finalized = self.block(attested.checkpoints.finalized.root).header
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
        self.add(block)
        self._execution.set_head(block.payload_hash)
        self._tell(HeadChanged(block, self.epoch(block.slot) > self.epoch(previous.slot)))
        finalized = self.checkpoint_block(block.checkpoints.finalized.root)
        if finalized.slot > self.finalized.slot:
            self.settle(finalized)
            self._execution.set_finalized(finalized.payload_hash)
            self._tell(Finalized(finalized, block.checkpoints.finalized.epoch))
        self._execution.set_safe(self.justified.payload_hash)
        if block.update is not None:
            self.last_update = block.update
            self._tell(create_light_client_optimistic_update(block.update))
            if block.update.finalized_header.beacon.slot:
                self._tell(create_light_client_finality_update(block.update))

    def _tell(self, event: Event) -> None:
        for listener in tuple(self.listeners):
            listener(event)
