"""What a slot of the devnet's beacon chain costs, the execution block not counted."""

import time
from dataclasses import replace

from fullnode.devnet.consensus.chain import BeaconChain
from fullnode.devnet.consensus.presets import PresetName
from fullnode.devnet.consensus.settings import ConsensusSettings
from fullnode.devnet.execution.block import ExecutionBlock
from fullnode.devnet.execution.chain import ExecutionChain
from fullnode.devnet.execution.genesis import make_genesis
from fullnode.devnet.execution.settings import ExecutionSettings

SLOTS = 64
"""Slots measured of each kind."""


class NoExecution:
    """An engine that costs nothing: every block is the first one under another hash."""

    def __init__(self, genesis: ExecutionBlock) -> None:
        self.block = genesis

    def produce_block(
        self, *, timestamp: int, prev_randao: bytes, parent_beacon_block_root: bytes, parent_hash: bytes | None = None
    ) -> ExecutionBlock:
        """Returns a block named by its parent."""
        return replace(
            self.block,
            parent_hash=parent_hash or bytes(32),
            block_hash=parent_beacon_block_root,
            timestamp=timestamp,
            prev_randao=prev_randao,
        )

    def set_head(self, block_hash: bytes) -> None:
        """Does nothing."""

    def set_safe(self, block_hash: bytes) -> None:
        """Does nothing."""

    def set_finalized(self, block_hash: bytes) -> None:
        """Does nothing."""


def measure() -> dict[str, float]:
    """Returns milliseconds for genesis, a slot with a block and a missed slot, in both presets."""
    figures: dict[str, float] = {}
    presets: tuple[PresetName, ...] = ("minimal", "mainnet")
    for preset in presets:
        figures |= {f"{preset} {name}": value for name, value in _measure(preset).items()}
    return figures


def _measure(preset: PresetName) -> dict[str, float]:
    genesis = ExecutionChain(make_genesis(ExecutionSettings(accounts=1), timestamp=1_800_000_000)).head.block
    started = time.perf_counter()
    chain = BeaconChain(
        ConsensusSettings(preset=preset, seed=f"benchmark {started}"),
        NoExecution(genesis),
        genesis_time=1_800_000_000,
        chain_id=1337,
        genesis_execution=genesis,
    )
    ready = time.perf_counter()
    for slot in range(1, SLOTS + 1):
        chain.produce(slot)
    full = time.perf_counter()
    chain.produce(2 * SLOTS + 1)
    missed = time.perf_counter()
    return {
        "genesis ms": 1000 * (ready - started),
        "slot with a block ms": 1000 * (full - ready) / SLOTS,
        "missed slot ms": 1000 * (missed - full) / SLOTS,
    }
