"""Forks that a server announces and this software does not know: told weeks ahead, believed for nothing else."""

from dataclasses import replace
from typing import Any

import pytest

from lightclient.announcements import MAX_REPORTED, unknown_forks
from lightclient.errors import SourceUnreachable
from lightclient.network import FAR_FUTURE_EPOCH, BlobParameters, Network, load_network
from tests.lightclient.fakes import FakeSource
from tests.lightclient.test_client import CHAIN, NETWORK, World, run


def spec(network: Network, **changes: Any) -> dict[str, Any]:
    """Returns a server's answer that agrees with the network record, but for the changes."""
    document: dict[str, Any] = {"SECONDS_PER_SLOT": "12", "GENESIS_FORK_VERSION": "0x00000000", "HEZE_FORK_EPOCH": str(FAR_FUTURE_EPOCH)}
    for entry in network.forks[1:]:
        document |= {f"{entry.fork.name}_FORK_EPOCH": str(entry.epoch), f"{entry.fork.name}_FORK_VERSION": "0x" + entry.version.hex()}
    document["BLOB_SCHEDULE"] = [
        {"EPOCH": str(each.epoch), "MAX_BLOBS_PER_BLOCK": str(each.max_blobs_per_block)} for each in network.blob_schedule
    ]
    return document | changes


MAINNET = load_network("mainnet")


def test_a_server_that_knows_no_more_announces_nothing() -> None:
    assert unknown_forks(MAINNET, spec(MAINNET)) == ()


@pytest.mark.parametrize(
    ("changes", "what", "epoch"),
    [
        ({"HEZE_FORK_EPOCH": "500000", "HEZE_FORK_VERSION": "0x08000000"}, "heze", 500_000),
        ({"GLOAS_FORK_EPOCH": "480000"}, "gloas", 480_000),
        ({"FULU_FORK_EPOCH": "411393"}, "fulu", 411_393),
        ({"FULU_FORK_VERSION": "0x06000001"}, "fulu", 411_392),
        ({"BLOB_SCHEDULE": [{"EPOCH": "490000", "MAX_BLOBS_PER_BLOCK": "48"}]}, "blob parameters", 490_000),
    ],
)
def test_what_is_new_or_different_is_named(changes: dict[str, Any], what: str, epoch: int) -> None:
    (announcement,) = unknown_forks(MAINNET, spec(MAINNET, **changes))
    assert (announcement.what, announcement.epoch) == (what, epoch)
    now = MAINNET.time_at_slot(epoch * 32) - 21 * 86_400
    assert "in 21.0 days" in announcement.text(MAINNET, now)
    assert "days ago" in announcement.text(MAINNET, now + 10**7)


@pytest.mark.parametrize("value", ["x", None, [], {}, "-1", "9" * 30, "\u0663", 1.5])
def test_nonsense_announces_nothing(value: Any) -> None:
    assert unknown_forks(MAINNET, {"X_FORK_EPOCH": value, "BLOB_SCHEDULE": value}) == ()
    assert unknown_forks(MAINNET, {"BLOB_SCHEDULE": [value, {"EPOCH": value}]}) == ()


def test_a_flood_is_cut() -> None:
    assert len(unknown_forks(MAINNET, {f"F{number}_FORK_EPOCH": "9" for number in range(1000)})) == MAX_REPORTED


class _Announcing(FakeSource):
    answer: Any = None

    async def spec(self) -> dict[str, Any]:
        if self.answer is None:
            raise SourceUnreachable(self.name, "gone")
        answer: dict[str, Any] = self.answer
        return answer


def test_the_client_warns_once_and_takes_it_back() -> None:
    async def story() -> None:
        world = World("", "")
        source = _Announcing(CHAIN, world.clock)
        world.client._pool._sources = (world.sources[0], source)
        for answer in (None, spec(NETWORK, HEZE_FORK_EPOCH="100000"), spec(NETWORK, HEZE_FORK_EPOCH="100000"), None, spec(NETWORK)):
            source.answer = answer
            await world.client.ask_for_announcements()
            await world.client.ask_for_announcements()  # not again so soon
            world.clock.now += 21_601
        assert world.conditions == [("lightclient.fork", "warning"), ("lightclient.fork", None)]

    run(story())


def test_blob_parameters_that_are_known_are_none() -> None:
    network = replace(NETWORK, blob_schedule=(BlobParameters(9, 12),))
    assert unknown_forks(network, spec(network)) == ()
