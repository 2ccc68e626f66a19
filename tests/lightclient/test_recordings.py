"""Real chains, recorded: mainnet in capella and deneb, and two devnets, one of which crosses from deneb to electra."""

import json
from dataclasses import replace
from typing import Any

import pytest

from lightclient.beacon_json import decode_message, encode_update_stream, from_document, parse_update_stream, to_document
from lightclient.bls.pyblst_backend import PyblstBackend
from lightclient.errors import MalformedMessage, MalformedSsz, PeerError, UnknownForkDigest
from lightclient.forks import ForkName
from lightclient.network import Network, load_network, network_from_spec
from lightclient.spec import (
    LightClientStore,
    from_finality_update,
    initialize_light_client_store,
    process_light_client_finality_update,
    process_light_client_optimistic_update,
    process_light_client_update,
)
from lightclient.ssz import hash_tree_root, serialize
from lightclient.trace import Trace, record, trace_from_document, trace_to_document, verify_trace
from lightclient.types import LightClientBootstrap, LightClientFinalityUpdate, LightClientOptimisticUpdate, LightClientUpdate
from tests.vectors import vectors

BLS = PyblstBackend()
MAINNET = load_network("mainnet")
LATER = 10**8
"""A slot after every recording."""


def read(*parts: str) -> Any:
    return json.loads(vectors(*parts).read_text())


def devnet(name: str) -> Network:
    genesis = read("beacon-devnets", name, "genesis.json")["data"]
    spec = read("beacon-devnets", name, "spec.json")["data"]
    root = bytes.fromhex(genesis["genesis_validators_root"][2:])
    return network_from_spec(name, spec, genesis_validators_root=root, genesis_time=int(genesis["genesis_time"]))


def begin(network: Network, document: Any) -> tuple[LightClientStore, Trace]:
    bootstrap = from_document(LightClientBootstrap, document, network)
    return initialize_light_client_store(network, hash_tree_root(bootstrap.header.beacon), bootstrap), Trace(bootstrap)


def test_mainnet_capella_replays_to_its_end_and_its_trace_proves_it() -> None:
    store, trace = begin(MAINNET, read("mainnet", "capella", "bootstrap.json"))
    for document in read("mainnet", "capella", "updates.json"):
        update = from_document(LightClientUpdate, document, MAINNET)
        before, store = store, process_light_client_update(store, update, LATER, MAINNET, BLS)
        trace = record(trace, before, store, update)
    finality = from_document(LightClientFinalityUpdate, read("mainnet", "capella", "finality.json"), MAINNET)
    before, store = store, process_light_client_finality_update(store, finality, LATER, MAINNET, BLS)
    trace = record(trace, before, store, from_finality_update(finality, MAINNET))
    optimistic = from_document(LightClientOptimisticUpdate, read("mainnet", "capella", "optimistic.json"), MAINNET)
    store = process_light_client_optimistic_update(store, optimistic, LATER, MAINNET, BLS)
    assert (store.finalized_header.beacon.slot, store.optimistic_header.beacon.slot) == (7109344, 7109431)
    assert MAINNET.period_at_slot(store.finalized_header.beacon.slot) == 867

    carried = trace_from_document(json.loads(json.dumps(trace_to_document(trace, MAINNET))), MAINNET)
    assert carried == trace
    checkpoint = hash_tree_root(trace.bootstrap.header.beacon)
    proven = verify_trace(carried, checkpoint, MAINNET, current_slot=LATER, bls=BLS)
    assert proven.finalized_header == store.finalized_header
    for broken in (replace(trace, updates=trace.updates[1:]), replace(trace, updates=trace.updates[:2] + trace.updates[3:])):
        with pytest.raises(PeerError):
            verify_trace(broken, checkpoint, MAINNET, current_slot=LATER, bls=BLS)


def test_mainnet_deneb_updates_lead_to_the_committee_of_a_later_bootstrap() -> None:
    folder = vectors("mainnet", "deneb-chain")
    streams = [next(folder.glob(f"*_start_period_{period}_*.ssz")).read_bytes() for period in (1392, 1393)]
    first, *rest = (update for stream in streams for update in parse_update_stream(stream, MAINNET))
    assert encode_update_stream((first, *rest), MAINNET) == b"".join(streams)
    # There is no bootstrap before the first update, so trust begins with the committee that the first one names.
    store = LightClientStore(
        first.finalized_header, first.next_sync_committee, first.next_sync_committee, None, first.finalized_header, 0, 0
    )
    for update in rest:
        store = process_light_client_update(store, update, LATER, MAINNET, BLS)
    raw = next(folder.glob("*bootstrap*.ssz")).read_bytes()
    bootstrap = decode_message(LightClientBootstrap, ForkName.DENEB, raw, MAINNET)
    assert bootstrap.current_sync_committee == store.next_sync_committee
    root = bytes.fromhex(read("mainnet", "deneb-chain", "test.json")["trusted_blockhash"][2:])
    assert initialize_light_client_store(MAINNET, root, bootstrap).finalized_header.beacon.slot == 11526688


def test_the_electra_devnet_replays_from_json_and_ssz_alike() -> None:
    network = devnet("minimal-electra")
    folder = vectors("beacon-devnets", "minimal-electra")
    store, _ = begin(network, read("beacon-devnets", "minimal-electra", "bootstrap.json"))
    updates = [from_document(LightClientUpdate, document, network) for document in json.loads((folder / "updates.json").read_text())]
    assert tuple(updates) == parse_update_stream((folder / "updates.ssz").read_bytes(), network)
    for update in updates[1:]:
        store = process_light_client_update(store, update, LATER, network, BLS)
    for name, message in (
        ("bootstrap", LightClientBootstrap),
        ("finality_update", LightClientFinalityUpdate),
        ("optimistic_update", LightClientOptimisticUpdate),
    ):
        document = json.loads((folder / f"{name}.json").read_text())
        value = from_document(message, document, network)
        assert serialize(value) == (folder / f"{name}.ssz").read_bytes() or name != "bootstrap"
        assert to_document(value, network)["data"] == json.loads(json.dumps(document["data"]).replace("00AA", "00aa"))
    finality = from_document(LightClientFinalityUpdate, json.loads((folder / "finality_update_after_tx.json").read_text()), network)
    store = process_light_client_finality_update(store, finality, LATER, network, BLS)
    assert store.finalized_header == finality.finalized_header


def test_the_devnet_that_crosses_from_deneb_to_electra() -> None:
    name = "minimal-deneb-to-electra"
    network = devnet(name)
    updates = [from_document(LightClientUpdate, document, network) for document in read("beacon-devnets", name, "updates.json")]
    for slot in (8, 16, 24, 32):
        store, trace = begin(network, read("beacon-devnets", name, f"bootstrap_slot{slot}.json"))
        fork = network.fork_at_slot(slot)
        raw = vectors("beacon-devnets", name, f"bootstrap_slot{slot}.ssz").read_bytes()
        assert decode_message(LightClientBootstrap, fork, raw, network) == trace.bootstrap
        if slot >= 32:
            continue
        for update in updates:
            store = process_light_client_update(store, update, LATER, network, BLS)
        finality = from_document(LightClientFinalityUpdate, read("beacon-devnets", name, "finality_update.json"), network)
        store = process_light_client_finality_update(store, finality, LATER, network, BLS)
        assert store.finalized_header.beacon.slot >= 16


def _damage(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    copy = json.loads(json.dumps(document))
    target = copy
    for key in path[:-1]:
        target = target[key]
    target[path[-1]] = value
    return copy


BAD_DOCUMENTS: list[tuple[tuple[Any, ...], Any]] = [
    (("version",), "phase0"),
    (("version",), "bellatrix"),
    (("version",), "deneb"),
    (("version",), None),
    (("data",), []),
    (("data", "signature_slot"), 7),
    (("data", "signature_slot"), "-7"),
    (("data", "signature_slot"), "18446744073709551616"),
    (("data", "signature_slot"), "9" * 5000),
    (("data", "signature_slot"), "٣"),
    (("data", "colour"), "red"),
    (("data", "finality_branch"), []),
    (("data", "finality_branch", 0), "0x" + "00" * 31),
    (("data", "finality_branch", 0), "0x" + "0 " * 32),
    (("data", "finality_branch", 0), "00" * 32),
    (("data", "finality_branch", 0), 5),
    (("data", "sync_aggregate", "sync_committee_bits"), "0x" + "f" * 130),
    (("data", "attested_header", "execution", "logs_bloom"), "0x"),
    (("data", "attested_header", "execution", "blob_gas_used"), "0"),
    (("data", "attested_header", "beacon"), "0x"),
]


@pytest.mark.parametrize(("path", "value"), BAD_DOCUMENTS)
def test_a_document_of_another_form_is_refused(path: tuple[Any, ...], value: Any) -> None:
    document = read("mainnet", "capella", "finality.json")
    with pytest.raises(MalformedMessage):
        from_document(LightClientFinalityUpdate, _damage(document, path, value), MAINNET)


def test_a_message_announced_under_a_later_fork_is_refused() -> None:
    document = _damage(read("mainnet", "capella", "finality.json"), ("version",), "deneb")
    for name in ("attested_header", "finalized_header"):
        document["data"][name]["execution"] |= {"blob_gas_used": "0", "excess_blob_gas": "0"}
    with pytest.raises(MalformedMessage, match="its slot is of capella"):
        from_document(LightClientFinalityUpdate, document, MAINNET)


def test_a_damaged_stream_is_refused() -> None:
    stream = next(vectors("mainnet", "deneb-chain").glob("*1392*.ssz")).read_bytes()
    for damaged in (stream[:-1], stream[:11], b"\xff" * 8 + stream[8:], (3).to_bytes(8, "little") + stream[8:], stream + b"\0"):
        with pytest.raises((MalformedSsz, UnknownForkDigest)):
            parse_update_stream(damaged, MAINNET)
    with pytest.raises(UnknownForkDigest):
        parse_update_stream(stream[:8] + b"\1\2\3\4" + stream[12:], MAINNET)
    with pytest.raises(MalformedSsz):
        parse_update_stream(stream[:8] + bytes.fromhex("b5303f2a") + stream[12:], MAINNET)
    assert parse_update_stream(b"", MAINNET) == ()


def test_broken_traces_are_refused() -> None:
    empty: dict[str, Any] = {"bootstrap": {}, "updates": [], "finality_update": None}
    documents: list[Any] = [{}, [], empty, empty | {"more": 1}, empty | {"updates": {}}]
    for document in documents:
        with pytest.raises(MalformedMessage):
            trace_from_document(document, MAINNET)
