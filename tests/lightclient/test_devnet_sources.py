"""A client between one honest source and one that lies, stalls, answers garbage, withholds or equivocates, over committee rotations."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from fullnode.devnet.consensus.misbehave import Endpoint, Lie, Misbehaviour
from fullnode.devnet.consensus.presets import PresetName
from fullnode.devnet.consensus.settings import ConsensusSettings
from fullnode.devnet.devnet import Devnet
from fullnode.devnet.settings import DevnetSettings
from lightclient.bls.pyblst_backend import PyblstBackend
from lightclient.client import LightClient
from lightclient.errors import Frozen
from lightclient.evidence import EvidenceFolder
from lightclient.persistence import StoreFile
from lightclient.settings import LightClientSettings, RestLimits
from lightclient.sources import RestBeaconSource
from lightclient.trace import verify_trace

pytestmark = pytest.mark.slow
BLS = PyblstBackend()


class BadSource(RestBeaconSource):
    """The devnet's own server, that misbehaves while this source asks it and for nobody else."""

    def __init__(self, devnet: Devnet, http: httpx.AsyncClient, wrong: Callable[[Misbehaviour], None]) -> None:
        super().__init__(devnet.beacon_url, devnet.network, http, RestLimits(answer_seconds=0.2))
        self.name = "bad"
        self._url = devnet.beacon_url
        self._devnet = devnet
        self._wrong = wrong

    async def _get(self, path: str, limit: int, headers: dict[str, str] | None = None) -> Any:
        self._wrong(self._devnet.misbehave)
        name, self.name = self.name, self._url
        try:
            return await super()._get(path, limit, headers)
        finally:
            self.name = name
            right, wrong = Misbehaviour(), self._devnet.misbehave
            wrong.lie, wrong.garbage, wrong.hang_seconds, wrong.withhold = right.lie, right.garbage, right.hang_seconds, right.withhold


def lie(what: Lie) -> Callable[[Misbehaviour], None]:
    return lambda wrong: setattr(wrong, "lie", what)


WRONGS: dict[str, Callable[[Misbehaviour], None]] = {
    "lies": lie(Lie.SIGNATURE),
    "lies about committees": lie(Lie.COMMITTEE),
    "stalls": lambda wrong: setattr(wrong, "hang_seconds", 0.4),
    "answers garbage": lambda wrong: setattr(wrong, "garbage", True),
    "withholds": lambda wrong: setattr(wrong, "withhold", set(Endpoint)),
}

JOURNEYS: dict[PresetName, tuple[int, tuple[int, ...], int]] = {
    "minimal": (60, (100, 3 * 64 + 40, 5 * 64 + 40), 1),
    "mainnet": (200, (400, 8192 + 200), 8),
}
"""For each preset: the slot to start at, the slots to go to, and every how many slots there is a block."""


def client_of(devnet: Devnet, sources: list[RestBeaconSource], **options: Any) -> LightClient:
    def ignore(*_: object) -> None:
        return

    return LightClient(
        devnet.network, devnet.checkpoint(), sources, bls=BLS, time=devnet.now_s, monotonic=devnet.now_s, on_condition=ignore, **options
    )


def settings_of(preset: PresetName) -> DevnetSettings:
    return DevnetSettings(ticking=False, consensus=ConsensusSettings(preset=preset))


@pytest.mark.parametrize(("preset", "how"), [(preset, how) for preset in JOURNEYS for how in WRONGS])
def test_beside_one_honest_source_it_always_arrives(preset: PresetName, how: str) -> None:
    start, goals, every = JOURNEYS[preset]

    async def story() -> None:
        async with Devnet(settings_of(preset)) as devnet, httpx.AsyncClient() as http:
            devnet.advance_to(start, every=every)
            honest = RestBeaconSource(devnet.beacon_url, devnet.network, http)
            checkpoint = devnet.checkpoint()
            client = client_of(devnet, [BadSource(devnet, http, WRONGS[how]), honest])
            await client.start()
            for goal in goals:
                devnet.advance_to(goal, every=every)
                await client.catch_up()
                await client.poll()
                await client.cross_check()
            heads, status = client.head(), client.status()
            assert heads.finalized.header.beacon.slot == devnet.consensus.finality_update().finalized_header.beacon.slot
            assert heads.finalized.slot > start
            assert (status.period, status.frozen) == (goals[-1] // devnet.network.preset.slots_per_period, None)
            bad, good = status.sources
            assert good.quality == good.availability == 1.0
            assert (bad.quality < 1.0) == (how not in ("stalls", "withholds"))
            assert bad.refused or bad.failed
            now = devnet.network.slot_at_time(devnet.now_s())
            proven = verify_trace(client.trace(), checkpoint, devnet.network, current_slot=now, bls=BLS)
            assert proven.finalized_header == heads.finalized.header

    asyncio.run(story())


@pytest.mark.parametrize("preset", ["minimal", "mainnet"])
def test_a_source_that_equivocates_with_the_whole_committee_freezes_it(preset: PresetName, tmp_path: Path) -> None:
    start, goals, every = JOURNEYS[preset]

    async def story() -> None:
        async with Devnet(settings_of(preset)) as devnet, httpx.AsyncClient() as http:
            devnet.advance_to(start, every=every)
            honest = RestBeaconSource(devnet.beacon_url, devnet.network, http)
            file, settings = StoreFile(tmp_path / "store"), LightClientSettings(cross_check_seconds=1)
            client = client_of(devnet, [honest, BadSource(devnet, http, lie(Lie.CONFLICT))], file=file, settings=settings)
            await client.start()
            devnet.advance_to(goals[0], every=every)
            await client.catch_up()
            await client.poll()
            before = client.head()
            await client.cross_check()
            assert "finality conflict" in str(client.status().frozen)
            devnet.advance_to(goals[0] + 40, every=every)
            with pytest.raises(Frozen):
                await client.poll()
            assert client.head().finalized.header == before.finalized.header
            folder = EvidenceFolder(tmp_path / "store.evidence", devnet.network)
            conflict = folder.load(folder.files()[0])
            assert conflict.first.finalized_header.beacon.slot == conflict.second.finalized_header.beacon.slot
            assert client.unfreeze("the second source is a laboratory")
            await client.poll()
            assert client.head().optimistic.slot > before.optimistic.slot

    asyncio.run(story())
