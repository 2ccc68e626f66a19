import json
from pathlib import Path

import pytest

from lightclient.errors import InvalidNetworkFile, UnknownForkDigest, UnknownNetwork
from lightclient.forks import ForkName
from lightclient.network import compute_fork_digest, load_network, network_from_spec, parse_network
from tests.vectors import ROOT, vectors

MAINNET_TOML = (ROOT / "config" / "networks" / "mainnet.toml").read_text()

DIGESTS = [
    ("mainnet", 0, "b5303f2a"),
    ("mainnet", 194048, "bba4da96"),
    ("mainnet", 269568, "6a95a1a9"),
    ("mainnet", 364032, "ad532ceb"),
    ("mainnet", 411392, "cc2c5cdb"),
    ("mainnet", 412672, "cb0d1acc"),
    ("mainnet", 419072, "8c9f62fe"),
    ("sepolia", 222464, "14045b5a"),
    ("sepolia", 272640, "7e0d3447"),
    ("sepolia", 274176, "fd32b622"),
    ("sepolia", 275712, "74d01459"),
]


@pytest.mark.parametrize(("name", "epoch", "digest"), DIGESTS)
def test_fork_digests_are_those_of_the_public_networks(name: str, epoch: int, digest: str) -> None:
    network = load_network(name)
    assert compute_fork_digest(network, epoch).hex() == digest
    assert network.fork_of_digest(bytes.fromhex(digest)) == network.fork_at_epoch(epoch).fork


def test_a_digest_of_another_network_is_refused() -> None:
    with pytest.raises(UnknownForkDigest) as refusal:
        load_network("sepolia").fork_of_digest(bytes.fromhex("6a95a1a9"))
    assert refusal.value.digest.hex() == "6a95a1a9"


@pytest.mark.parametrize("name", ["mainnet", "sepolia", "hoodi"])
def test_slots_epochs_and_times_agree(name: str) -> None:
    network = load_network(name)
    slot = 10_000_000
    assert network.slot_at_time(network.time_at_slot(slot)) == slot
    assert network.slot_at_time(network.time_at_slot(slot + 1) - 0.001) == slot
    assert network.slot_at_time(0) == 0
    assert network.period_at_slot(slot) == network.epoch_at_slot(slot) // 256


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(UnknownNetwork, match="mainnet") as refusal:
        load_network("goerli")
    assert {"hoodi", "mainnet", "sepolia"} <= set(refusal.value.known)
    with pytest.raises(UnknownNetwork, match=r"there is no file 'nowhere.toml'; known are devnet, .*mainnet"):
        load_network("nowhere.toml")


@pytest.mark.parametrize(("data", "reason"), [(b'name = "\xff"', "is not UTF-8 at byte 8"), (None, "cannot be read: Is a directory")])
def test_a_file_that_cannot_be_read_as_text_is_refused_by_its_name(data: bytes | None, reason: str, tmp_path: Path) -> None:
    file = tmp_path / "network.toml"
    if data is None:
        file.mkdir()
    else:
        file.write_bytes(data)
    with pytest.raises(InvalidNetworkFile, match=reason) as refusal:
        load_network(file)
    assert refusal.value.source == str(file)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("chain_id = 1\n", "chain_id = 1\ncolour = 3\n", "colour"),
        ('preset = "mainnet"', 'preset = "huge"', "huge"),
        ("altair =", "atlair =", "atlair"),
        ("epoch = 74240", "epoch = 200000", "order"),
        ("epoch = 0 }", "epoch = 1 }", "epoch 0"),
        ("epoch = 412672", "epoch = 419072", "ascend"),
        ("0x4b363db9", "0x4b363d", "32 bytes"),
        ("seconds_per_slot = 12", "seconds_per_slot = 0", "positive"),
        ("seconds_per_slot = 12", "", "seconds_per_slot"),
        ("[forks]", "[forks", "Expected"),
    ],
)
def test_a_wrong_file_is_refused_with_the_reason(old: str, new: str, reason: str) -> None:
    assert old in MAINNET_TOML
    with pytest.raises(InvalidNetworkFile, match=reason):
        parse_network(MAINNET_TOML.replace(old, new, 1), source="test.toml")


def test_a_server_describes_its_network() -> None:
    folder = vectors("beacon-devnets", "minimal-deneb-to-electra")
    spec = json.loads((folder / "spec.json").read_text())["data"]
    genesis = json.loads((folder / "genesis.json").read_text())["data"]
    root = bytes.fromhex(genesis["genesis_validators_root"][2:])
    network = network_from_spec("devnet", spec, genesis_validators_root=root, genesis_time=int(genesis["genesis_time"]))
    assert network.preset.name == "minimal"
    assert [(entry.fork, entry.epoch) for entry in network.forks][-2:] == [(ForkName.DENEB, 0), (ForkName.ELECTRA, 4)]
    del spec["PRESET_BASE"]
    with pytest.raises(InvalidNetworkFile, match="PRESET_BASE"):
        network_from_spec("devnet", spec, genesis_validators_root=root, genesis_time=0)
