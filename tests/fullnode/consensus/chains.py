"""Chains for tests: no clock, no sockets; below them a real execution chain, or a fake one where only slots matter."""

from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest

from fullnode.devnet.consensus import chain as chain_module
from fullnode.devnet.consensus.block import Block, build_block
from fullnode.devnet.consensus.chain import BeaconChain
from fullnode.devnet.consensus.records import BeaconBlockBody
from fullnode.devnet.consensus.settings import ConsensusSettings
from fullnode.devnet.execution.block import ExecutionBlock
from fullnode.devnet.execution.chain import ExecutionChain
from fullnode.devnet.execution.genesis import make_genesis
from fullnode.devnet.execution.settings import ExecutionSettings

GENESIS_TIME = 1_800_000_000


class FakeExecution:
    """The engine without the EVM: blocks whose hashes name their contents, and what consensus said about them."""

    def __init__(self, genesis: ExecutionBlock) -> None:
        self.blocks = {genesis.block_hash: genesis}
        self.head = self.safe = self.finalized = genesis.block_hash

    def produce_block(
        self, *, timestamp: int, prev_randao: bytes, parent_beacon_block_root: bytes, parent_hash: bytes | None = None
    ) -> ExecutionBlock:
        parent = self.blocks[parent_hash or self.head]
        name = sha256(parent.block_hash + prev_randao + parent_beacon_block_root + timestamp.to_bytes(8, "big")).digest()
        block = replace(
            parent,
            parent_hash=parent.block_hash,
            block_hash=name,
            state_root=sha256(name).digest(),
            block_number=parent.block_number + 1,
            timestamp=timestamp,
            prev_randao=prev_randao,
            parent_beacon_block_root=parent_beacon_block_root,
        )
        self.blocks[name] = block
        return block

    def set_head(self, block_hash: bytes) -> None:
        self.head = self.blocks[block_hash].block_hash

    def set_safe(self, block_hash: bytes) -> None:
        assert self.blocks[block_hash].block_number >= self.blocks[self.finalized].block_number
        self.safe = block_hash

    def set_finalized(self, block_hash: bytes) -> None:
        assert self.blocks[block_hash].block_number >= self.blocks[self.finalized].block_number
        self.finalized = block_hash


def make_chain(genesis_time: int = GENESIS_TIME, *, real: bool = False, **settings: Any) -> BeaconChain:
    """Returns a chain at genesis, over a real execution chain if so asked."""
    execution = ExecutionChain(make_genesis(ExecutionSettings(accounts=1), timestamp=genesis_time))
    genesis = execution.head.block
    return BeaconChain(
        ConsensusSettings(**settings),
        execution if real else FakeExecution(genesis),
        genesis_time=genesis_time,
        chain_id=1337,
        genesis_execution=genesis,
    )


def run(chain: BeaconChain, slot: int) -> Block:
    """Returns the head after a block at every slot up to `slot`."""
    for due in range(chain.head.slot + 1, slot + 1):
        chain.produce(due)
    return chain.head


def sparse(chain: BeaconChain, periods: int) -> list[Block]:
    """Returns a few blocks late in each of four epochs of each period: the fewest that finalize something in every period."""
    preset, blocks = chain.rules.preset, []
    for period in range(periods):
        for epoch in range(1, 5):
            slot = period * preset.slots_per_sync_committee_period + epoch * preset.slots_per_epoch + preset.slots_per_epoch * 3 // 4
            blocks += [chain.produce(slot), chain.produce(slot + 1)]
    return blocks


def keep_bodies(monkeypatch: pytest.MonkeyPatch) -> dict[bytes, BeaconBlockBody]:
    """Returns the bodies of all blocks made from now on, by the payload's hash; the chain itself forgets them."""
    bodies: dict[bytes, BeaconBlockBody] = {}

    def building(*args: Any, **kwargs: Any) -> tuple[Block, BeaconBlockBody]:
        block, body = build_block(*args, **kwargs)
        bodies[block.payload_hash] = body
        return block, body

    monkeypatch.setattr(chain_module, "build_block", building)
    return bodies
