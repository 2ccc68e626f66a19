"""A year of mainnet-sized periods: committees with keys of their own, real signatures, real branches; and a source that hands them out."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from lightclient.beacon_json import encode_update_stream, parse_update_stream
from lightclient.errors import SourceLacksData
from lightclient.forks import MAINNET_PRESET, ForkName
from lightclient.network import Network
from lightclient.sources import LightClientEvent
from lightclient.ssz import deserialize, serialize
from lightclient.types import (
    LightClientBootstrap,
    LightClientFinalityUpdate,
    LightClientOptimisticUpdate,
    LightClientUpdate,
    light_client_bootstrap,
)
from tests.lightclient.synthetic import SyntheticChain, network

PERIODS = 320
"""Periods of 27.3 hours in a year."""
FIRST = 2
"""Period of the checkpoint."""
SLOTS = MAINNET_PRESET.slots_per_period
NETWORK: Network = network(MAINNET_PRESET)
PARTICIPANTS = 487
"""Members who sign on a good day of mainnet."""


def chain_at(slot: int) -> SyntheticChain:
    """Returns the chain, worked out from three epochs before the slot."""
    return SyntheticChain(NETWORK, first_slot=max(slot - 3 * MAINNET_PRESET.slots_per_epoch, 1))


def make_bootstrap() -> LightClientBootstrap:
    """Returns the checkpoint's bootstrap."""
    slot = FIRST * SLOTS + 32
    return chain_at(slot).bootstrap(slot)


def make_update(period: int) -> LightClientUpdate:
    """Returns the update of a period, signed by its own committee."""
    slot = period * SLOTS + SLOTS // 2
    return chain_at(slot).update(slot, participants=PARTICIPANTS)


@dataclass
class YearSource:
    """Answers from what was made; the heads are those of the last period."""

    bootstrap_: LightClientBootstrap
    updates_: tuple[LightClientUpdate, ...]
    name: str = "year"

    async def bootstrap(self, block_root: bytes) -> LightClientBootstrap:
        """Returns the one bootstrap."""
        assert block_root
        return self.bootstrap_

    async def updates(self, start_period: int, count: int) -> tuple[LightClientUpdate, ...]:
        """Returns the updates of the periods that were made."""
        return self.updates_[start_period - FIRST : start_period - FIRST + count]

    async def finality_update(self) -> LightClientFinalityUpdate:
        """Returns what the last update says."""
        last = self.updates_[-1]
        return LightClientFinalityUpdate(
            last.attested_header, last.finalized_header, last.finality_branch, last.sync_aggregate, last.signature_slot
        )

    async def optimistic_update(self) -> LightClientOptimisticUpdate:
        """Returns what the last update says."""
        last = self.updates_[-1]
        return LightClientOptimisticUpdate(last.attested_header, last.sync_aggregate, last.signature_slot)

    async def events(self) -> AsyncIterator[LightClientEvent]:
        """Offers none."""
        for _ in self.updates_:
            raise SourceLacksData(self.name, "events", 404)
        yield await self.finality_update()

    def write(self, folder: Path) -> None:
        """Writes it down for another process."""
        (folder / "bootstrap.ssz").write_bytes(serialize(self.bootstrap_))
        for index, update in enumerate(self.updates_):
            (folder / f"{index:04}.stream").write_bytes(encode_update_stream((update,), NETWORK))


def read_source(folder: Path) -> YearSource:
    """Returns the source that was written."""
    bootstrap = deserialize(
        light_client_bootstrap(ForkName.FULU, MAINNET_PRESET.sync_committee_size), (folder / "bootstrap.ssz").read_bytes()
    )
    updates = [parse_update_stream(path.read_bytes(), NETWORK)[0] for path in sorted(folder.glob("*.stream"))]
    return YearSource(bootstrap, tuple(updates))


def time_after(update: LightClientUpdate) -> float:
    """Returns a time shortly after an update was signed."""
    return float(NETWORK.time_at_slot(update.signature_slot + 1))
