"""The store on a disk that loses power, is cut off or altered: the last good copy serves, and that is said."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from lightclient.bls.pyblst_backend import PyblstBackend
from lightclient.conditions import OnceEach
from lightclient.errors import ForeignStoreFile
from lightclient.forks import MAINNET_PRESET
from lightclient.keeper import StoreKeeper
from lightclient.network import Network
from lightclient.persistence import StoreFile
from lightclient.settings import LightClientSettings
from lightclient.snapshot import Snapshot, encode_heads, encode_snapshot
from lightclient.spec import initialize_light_client_store, process_light_client_update
from lightclient.ssz import hash_tree_root
from lightclient.trace import Trace, record
from tests.lightclient.keeper_child import CHAIN, CHECKPOINT, numbered
from tests.lightclient.synthetic import SyntheticChain, network
from tests.vectors import ROOT

MEGABYTE = 1_000_000


def keeper(path: Path, told: list[tuple[str, str | None]] | None = None) -> StoreKeeper:
    def report(name: str, severity: str | None, _text: str) -> None:
        if told is not None:
            told.append((name, severity))

    return StoreKeeper(StoreFile(path), CHAIN.network, OnceEach(report), lambda: 0.0, 0.0)


def write(path: Path, *numbers: int) -> StoreKeeper:
    kept = keeper(path)
    for number in numbers:
        kept.dirty = True
        kept.save(numbered(number), at_once=True)
    return kept


def test_only_the_heads_are_written_until_a_committee_changes(tmp_path: Path) -> None:
    kept = write(tmp_path / "store", 4)
    whole = kept.file.bytes_written
    for number in (5, 6, 7):
        kept.dirty = True
        kept.save(numbered(number), at_once=True)
    assert (kept.file.bytes_written, kept.heads.bytes_written > 0) == (whole, True)
    assert keeper(tmp_path / "store").load(CHECKPOINT) == numbered(7)
    kept.dirty = True
    kept.save(numbered(8), at_once=True)
    assert kept.file.bytes_written > whole
    assert keeper(tmp_path / "store").load(CHECKPOINT) == numbered(8)  # heads of the file before it are passed over


def test_heads_alone_or_of_another_client_are_nothing(tmp_path: Path) -> None:
    write(tmp_path / "store", 4, 5)
    (tmp_path / "store").unlink()
    (tmp_path / "store.last-good").unlink(missing_ok=True)
    assert keeper(tmp_path / "store").load(CHECKPOINT) is None
    write(tmp_path / "other", 12)
    shutil.copy(tmp_path / "other", tmp_path / "store")
    assert keeper(tmp_path / "store").load(CHECKPOINT) == numbered(12)
    with pytest.raises(ForeignStoreFile):
        keeper(tmp_path / "store").load(b"\1" * 32)


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("which", ["store", "store.heads"])
def test_a_file_cut_or_altered_at_random_falls_back_to_its_last_good_copy(which: str, seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    write(tmp_path / "store", 4, 5, 6, 8, 9, 10)
    file = tmp_path / which
    data = bytearray(file.read_bytes())
    if seed % 2:
        del data[chance.randrange(len(data)) :]
    else:
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    file.write_bytes(data)
    told: list[tuple[str, str | None]] = []
    found = keeper(tmp_path / "store", told).load(CHECKPOINT)
    assert found is not None
    # Of the whole file the copy before is left, and heads that belong to it are gone; of the heads, those one write older.
    assert found.seen_slot == (4 if which == "store" else 9)
    assert told == [("lightclient.store_file", "warning")]


def test_when_both_heads_are_damaged_the_whole_file_serves_with_older_ones(tmp_path: Path) -> None:
    write(tmp_path / "store", 4, 5, 6)
    for name in ("store.heads", "store.heads.last-good"):
        (tmp_path / name).write_bytes(b"x")
    told: list[tuple[str, str | None]] = []
    assert keeper(tmp_path / "store", told).load(CHECKPOINT) == numbered(4)
    assert told == [("lightclient.store_file", "warning")]


@pytest.mark.slow
def test_killed_at_any_moment_it_leaves_a_store_that_loads(tmp_path: Path) -> None:
    path, chance, last = tmp_path / "store", random.Random(7), 0
    for _ in range(25):
        with subprocess.Popen(
            [sys.executable, "-m", "tests.lightclient.keeper_child", str(path)], stdout=subprocess.PIPE, cwd=ROOT, text=True
        ) as child:
            assert child.stdout is not None
            acknowledged = int(child.stdout.readline())
            time.sleep(chance.random() / 20)
            os.kill(child.pid, signal.SIGKILL)
            acknowledged = max([acknowledged, *(int(line) for line in child.stdout.read().split("\n")[:-1])])
        told: list[tuple[str, str | None]] = []
        found = keeper(path, told).load(CHECKPOINT)
        assert found is not None
        assert found.seen_slot >= acknowledged > last  # what was acknowledged is there, and no damage was seen
        assert told == []
        assert found == numbered(found.seen_slot)
        last = found.seen_slot


@pytest.mark.slow
def test_a_day_of_mainnet_writes_little() -> None:
    snapshot, mainnet = _mainnet_snapshot()
    interval = LightClientSettings().persist_interval_seconds
    heads = len(encode_heads(snapshot, mainnet, bytes(32)))
    whole = len(encode_snapshot(snapshot, mainnet))
    year = whole + 320 * (whole - len(encode_snapshot(replace(snapshot, trace=replace(snapshot.trace, updates=())), mainnet)))
    day = heads * 86_400 / interval + year * 86_400 / (8192 * 12)
    assert day < 40 * MEGABYTE


def _mainnet_snapshot() -> tuple[Snapshot, Network]:
    """Returns what a client of 512-member committees remembers after its first update."""
    chain = SyntheticChain(network(MAINNET_PRESET), first_slot=2 * MAINNET_PRESET.slots_per_period)
    start = chain.first_slot
    bootstrap, update = chain.bootstrap(start + 32), chain.update(start + 500)
    root = hash_tree_root(bootstrap.header.beacon)
    before = initialize_light_client_store(chain.network, root, bootstrap)
    after = process_light_client_update(before, update, start + 600, chain.network, PyblstBackend())
    trace = record(Trace(bootstrap), before, after, update)
    return Snapshot(chain.network.genesis_validators_root, root, after, trace, 512, 512, start + 600, forced=False), chain.network
