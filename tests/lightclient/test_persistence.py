import random
from dataclasses import replace
from pathlib import Path

import pytest

from lightclient.bls.pyblst_backend import PyblstBackend
from lightclient.conditions import OnceEach
from lightclient.errors import DamagedStoreFile, MalformedMessage, PeerError
from lightclient.keeper import StoreKeeper
from lightclient.persistence import StoreFile
from lightclient.snapshot import Snapshot, decode_snapshot, encode_snapshot
from lightclient.spec import initialize_light_client_store, process_light_client_optimistic_update, process_light_client_update
from lightclient.ssz import hash_tree_root
from lightclient.trace import Trace, record
from tests.lightclient.synthetic import SyntheticChain

CHAIN = SyntheticChain()
NETWORK = CHAIN.network
BLS = PyblstBackend()


def snapshot(*, weak: bool = False) -> Snapshot:
    bootstrap = CHAIN.bootstrap(136)
    checkpoint = hash_tree_root(bootstrap.header.beacon)
    first = initialize_light_client_store(NETWORK, checkpoint, bootstrap)
    update = CHAIN.update(176)
    store = process_light_client_update(first, update, 999, NETWORK, BLS)
    trace = record(Trace(bootstrap), first, store, update)
    if weak:
        store = process_light_client_optimistic_update(store, CHAIN.optimistic_update(180, participants=20), 999, NETWORK, BLS)
    return Snapshot(NETWORK.genesis_validators_root, checkpoint, store, trace, 32, 20, 181, forced=False)


def identity(payload: bytes) -> bytes:
    return payload


@pytest.mark.parametrize("weak", [False, True])
def test_a_snapshot_comes_back_whole(weak: bool) -> None:
    memory = snapshot(weak=weak)
    assert (memory.store.best_valid_update is not None) == weak
    assert decode_snapshot(encode_snapshot(memory, NETWORK), NETWORK) == memory


@pytest.mark.parametrize("payload", [b"", b"{", b"[]", b'{"version":"2"}', b'{"version":"1"}', b"\xff", b"[" * 100_000])
def test_a_payload_of_another_form_is_refused(payload: bytes) -> None:
    with pytest.raises(MalformedMessage):
        decode_snapshot(payload, NETWORK)


def test_every_field_of_a_payload_is_needed_and_checked() -> None:
    payload = encode_snapshot(snapshot(), NETWORK)
    for name in (b"finalized_header", b"trace", b"seen_slot", b"checkpoint", b"next_sync_committee", b"current_sync_committee"):
        with pytest.raises(PeerError):
            decode_snapshot(payload.replace(b'"' + name + b'"', b'"other"', 1), NETWORK)


def test_no_file_is_nothing(tmp_path: Path) -> None:
    assert StoreFile(tmp_path / "store").load(identity) is None


def test_each_write_keeps_the_one_before(tmp_path: Path) -> None:
    file = StoreFile(tmp_path / "deep" / "store")
    for content in (b"one", b"two", b"three"):
        file.save(content)
    assert StoreFile(file.path).load(identity) == (b"three", None)
    assert StoreFile(file.last_good).load(identity) == (b"two", None)
    assert file.bytes_written == 11


def test_cut_or_flipped_anywhere_the_last_good_copy_is_used_and_said_so(tmp_path: Path) -> None:
    randomness = random.Random(5)
    path = tmp_path / "store"
    for _ in range(25):
        file = StoreFile(path)
        file.save(b"older " * 40)
        file.save(b"newer " * 40)
        data = bytearray(path.read_bytes())
        if randomness.random() < 0.5:
            del data[randomness.randrange(len(data)) :]
        else:
            data[randomness.randrange(len(data))] ^= 1 << randomness.randrange(8)
        path.write_bytes(data)
        loaded = StoreFile(path).load(identity)
        assert loaded is not None
        value, damage = loaded
        assert value == b"older " * 40
        assert isinstance(damage, DamagedStoreFile)
        path.unlink()
        file.last_good.unlink()


def test_a_damaged_file_never_becomes_the_last_good_copy(tmp_path: Path) -> None:
    file = StoreFile(tmp_path / "store")
    file.save(b"one")
    file.save(b"two")
    file.path.write_bytes(b"garbage")
    again = StoreFile(file.path)
    assert again.load(identity) is not None
    again.save(b"three")
    file.path.write_bytes(b"garbage")
    loaded = StoreFile(file.path).load(identity)
    assert loaded is not None
    assert loaded[0] == b"one"


def test_a_payload_that_does_not_decode_counts_as_damage(tmp_path: Path) -> None:
    file = StoreFile(tmp_path / "store")
    file.save(encode_snapshot(snapshot(), NETWORK))
    file.save(b"not json")
    loaded = StoreFile(file.path).load(lambda payload: decode_snapshot(payload, NETWORK))
    assert loaded is not None
    assert loaded[0] == snapshot()


def test_both_damaged_is_an_error(tmp_path: Path) -> None:
    file = StoreFile(tmp_path / "store")
    file.save(b"one")
    file.save(b"two")
    file.path.write_bytes(b"")
    file.last_good.write_bytes(b"aios-lightclient-1 00\nx")
    with pytest.raises(DamagedStoreFile):
        StoreFile(file.path).load(identity)


def test_a_burst_of_committees_spares_the_flash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [1000.0]

    def slow_save(payload: bytes) -> None:
        clock[0] += 0.5
        file.bytes_written += len(payload)

    file = StoreFile(tmp_path / "store")
    monkeypatch.setattr(file, "save", slow_save)
    keeper = StoreKeeper(file, NETWORK, OnceEach(lambda *_: None), lambda: clock[0], 1.0)
    memory = snapshot()
    writes = []
    for number in range(40):
        keeper.dirty = True
        before = file.bytes_written
        keeper.save(replace(memory, checkpoint=bytes([number]) * 32), at_once=True)
        writes.append(file.bytes_written > before)
        clock[0] += 1.0
    assert writes[0]
    assert sum(writes) == 8  # half a second of writing, five of rest
