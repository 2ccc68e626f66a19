"""What each suite asks, as functions that raise where an expectation is not met.

A suite function gets a case and fails by AssertionError (or by the error that should not have been raised); both ways of being wrong count:
what should be refused and is accepted, and what should be accepted and is refused.
"""

from collections.abc import Callable
from importlib import import_module
from typing import Any

from lightclient import types
from lightclient.bls.backend import eth_fast_aggregate_verify
from lightclient.bls.pyblst_backend import PyblstBackend
from lightclient.errors import InvalidCommitteeKey, InvalidValue, LightClientError, MalformedSsz
from lightclient.forks import FORKS_BY_LABEL, PRESETS, ForkName
from lightclient.network import Network, network_from_spec
from lightclient.spec import (
    LightClientStore,
    get_lc_execution_root,
    initialize_light_client_store,
    is_better_update,
    process_light_client_store_force_update,
    process_light_client_update,
)
from lightclient.ssz import (
    Bitlist,
    Bitvector,
    Boolean,
    Container,
    List,
    SszType,
    Uint,
    Vector,
    floorlog2,
    get_subtree_index,
    hash_tree_root,
    is_valid_merkle_branch,
)
from tests.consensus_spec.cases import Case, unhex

BLS = PyblstBackend()

STATIC: dict[str, Callable[[ForkName, int], SszType[Any]]] = {
    "BeaconBlockHeader": lambda _fork, _size: types.BEACON_BLOCK_HEADER,
    "Checkpoint": lambda _fork, _size: types.CHECKPOINT,
    "ExecutionPayloadHeader": lambda fork, _size: types.execution_payload_header(fork),
    "Fork": lambda _fork, _size: types.FORK,
    "ForkData": lambda _fork, _size: types.FORK_DATA,
    "LightClientBootstrap": types.light_client_bootstrap,
    "LightClientFinalityUpdate": types.light_client_finality_update,
    "LightClientHeader": lambda fork, _size: types.light_client_header(fork),
    "LightClientOptimisticUpdate": types.light_client_optimistic_update,
    "LightClientUpdate": types.light_client_update,
    "SigningData": lambda _fork, _size: types.SIGNING_DATA,
    "SyncAggregate": lambda _fork, size: types.sync_aggregate(size),
    "SyncCommittee": lambda _fork, size: types.sync_committee(size),
}


def ssz_static(case: Case) -> None:
    kind = STATIC[case.handler](FORKS_BY_LABEL[case.fork], PRESETS[case.preset].sync_committee_size)
    data = case.ssz("serialized")
    value = kind.decode(data)
    assert kind.encode(value) == data
    assert kind.root(value) == unhex(case.yaml("roots.yaml")["root"])
    assert hash_tree_root(value) == kind.root(value)


def ssz_generic(case: Case) -> None:
    data = case.ssz("serialized")
    if case.suite == "invalid":
        try:
            _generic_type(case).decode(data)
        except (MalformedSsz, InvalidValue):  # the latter: the type itself is illegal
            return
        raise AssertionError(f"accepted {data[:40].hex()}")
    kind = _generic_type(case)
    value = kind.decode(data)
    assert kind.encode(value) == data
    assert kind.root(value) == unhex(case.yaml("meta.yaml")["root"])


def light_client_sync(case: Case) -> None:
    meta = case.yaml("meta.yaml")
    spec = {"DEPOSIT_CHAIN_ID": "1", **case.yaml("config.yaml")}
    network = network_from_spec(case.fork, spec, genesis_validators_root=unhex(meta["genesis_validators_root"]), genesis_time=0)
    size = network.preset.sync_committee_size
    fork = network.fork_of_digest(unhex(meta["bootstrap_fork_digest"]))
    bootstrap = types.light_client_bootstrap(fork, size).decode(case.ssz("bootstrap"))
    store = initialize_light_client_store(network, unhex(meta["trusted_block_root"]), bootstrap)
    for number, step in enumerate(case.yaml("steps.yaml")):
        ((kind, details),) = step.items()
        wanted = details.get("valid", "true") != "false"
        try:
            store, refusal = _step(case, network, store, kind, details), None
        except LightClientError as error:
            refusal = error
        assert wanted == (refusal is None), f"step {number} ({kind}) should be {'accepted' if wanted else 'refused'}: {refusal!r}"
        _check_headers(network, store, details.get("checks", {}), number)


def light_client_update_ranking(case: Case) -> None:
    count = int(case.yaml("meta.yaml")["updates_count"])
    fork = FORKS_BY_LABEL[case.fork]
    preset = PRESETS[case.preset]
    kind = types.light_client_update(fork, preset.sync_committee_size)
    updates = [kind.decode(case.ssz(f"updates_{index}")) for index in range(count)]
    network = network_from_spec("ranking", _all_forks_at_genesis(case), genesis_validators_root=bytes(32), genesis_time=0)
    for better in range(count):
        for worse in range(better + 1, count):
            assert is_better_update(network, updates[better], updates[worse]), f"{better} should beat {worse}"
            assert not is_better_update(network, updates[worse], updates[better]), f"{worse} should not beat {better}"


def light_client_single_merkle_proof(case: Case) -> None:
    proof = case.yaml("proof.yaml")
    executable = import_module(f"eth_consensus_specs.{case.fork}.{case.preset}")
    name = case.suite
    root = bytes(executable.hash_tree_root(getattr(executable, name).decode_bytes(case.ssz("object"))))
    gindex = int(proof["leaf_index"])
    branch = [unhex(node) for node in proof["branch"]]
    leaf = unhex(proof["leaf"])
    depth, index = floorlog2(gindex), get_subtree_index(gindex)
    assert is_valid_merkle_branch(leaf, branch, depth, index, root)
    assert not is_valid_merkle_branch(leaf, branch, depth, index ^ 1, bytes(32))
    assert not is_valid_merkle_branch(leaf, branch[:-1], depth, index, root)


def bls_eth_fast_aggregate_verify(case: Case) -> None:
    data = case.yaml("data.yaml")
    given = data["input"]
    pubkeys = [unhex(key) for key in given["pubkeys"]]
    result = eth_fast_aggregate_verify(BLS, pubkeys, unhex(given["message"]), unhex(given["signature"]))
    assert result == (data["output"] == "true")


def bls_eth_aggregate_pubkeys(case: Case) -> None:
    data = case.yaml("data.yaml")
    wanted = None if data["output"] in (None, "null", "") else unhex(data["output"])
    try:
        found: bytes | None = BLS.aggregate_pubkeys([unhex(key) for key in data["input"] or ()])
    except InvalidCommitteeKey:
        found = None
    assert found == wanted


SUITES: dict[tuple[str, str], Callable[[Case], None]] = {
    **{("ssz_static", name): ssz_static for name in STATIC},
    **{("ssz_generic", name): ssz_generic for name in ("basic_vector", "bitlist", "bitvector", "boolean", "containers", "uints")},
    ("light_client", "sync"): light_client_sync,
    ("light_client", "update_ranking"): light_client_update_ranking,
    ("light_client", "single_merkle_proof"): light_client_single_merkle_proof,
    ("bls", "eth_fast_aggregate_verify"): bls_eth_fast_aggregate_verify,
    ("bls", "eth_aggregate_pubkeys"): bls_eth_aggregate_pubkeys,
}
"""What runs which runner and handler; anything else is counted as not ours (`data_collection` asks about servers)."""


def _step(case: Case, network: Network, store: LightClientStore, kind: str, details: Any) -> LightClientStore:
    if kind == "upgrade_store":
        network.fork_of_digest(unhex(details["store_fork_digest"]))
        return store  # one record serves every fork
    if kind == "force_update":
        return process_light_client_store_force_update(store, int(details["current_slot"]), network)
    assert kind == "process_update", kind
    fork = network.fork_of_digest(unhex(details["update_fork_digest"]))
    update = types.light_client_update(fork, network.preset.sync_committee_size).decode(case.ssz(details["update"]))
    return process_light_client_update(store, update, int(details["current_slot"]), network, BLS)


def _check_headers(network: Network, store: LightClientStore, checks: Any, number: int) -> None:
    for name, wanted in checks.items():
        header = getattr(store, name)
        assert header.beacon.slot == int(wanted["slot"]), (number, name)
        assert hash_tree_root(header.beacon) == unhex(wanted["beacon_root"]), (number, name)
        if "execution_root" in wanted:
            assert get_lc_execution_root(network, header) == unhex(wanted["execution_root"]), (number, name)


def _all_forks_at_genesis(case: Case) -> dict[str, str]:
    spec = {"DEPOSIT_CHAIN_ID": "1", "PRESET_BASE": case.preset, "SECONDS_PER_SLOT": "6", "GENESIS_FORK_VERSION": "0x00000001"}
    for fork in ForkName:
        if ForkName.PHASE0 < fork <= FORKS_BY_LABEL[case.fork]:
            spec |= {f"{fork.name}_FORK_VERSION": f"0x0{int(fork)}000001", f"{fork.name}_FORK_EPOCH": "0"}
    return spec


# ssz_generic


def _record(names: str) -> Callable[..., Any]:
    def build(**values: Any) -> Any:
        return type("Record", (), values)()

    build.__name__ = names
    return build


_SMALL = Container(_record("SmallTestStruct"), (("A", Uint(2)), ("B", Uint(2))))
_FIXED = Container(_record("FixedTestStruct"), (("A", Uint(1)), ("B", Uint(8)), ("C", Uint(4))))
_VAR = Container(_record("VarTestStruct"), (("A", Uint(2)), ("B", List(Uint(2), 1024)), ("C", Uint(1))))
_CONTAINERS: dict[str, SszType[Any]] = {
    "SingleFieldTestStruct": Container(_record("SingleFieldTestStruct"), (("A", Uint(1)),)),
    "SmallTestStruct": _SMALL,
    "FixedTestStruct": _FIXED,
    "VarTestStruct": _VAR,
    "ComplexTestStruct": Container(
        _record("ComplexTestStruct"),
        (
            ("A", Uint(2)),
            ("B", List(Uint(2), 128)),
            ("C", Uint(1)),
            ("D", List(Uint(1), 256)),
            ("E", _VAR),
            ("F", Vector(_FIXED, 4)),
            ("G", Vector(_VAR, 2)),
        ),
    ),
    "BitsStruct": Container(
        _record("BitsStruct"), (("A", Bitlist(5)), ("B", Bitvector(2)), ("C", Bitvector(1)), ("D", Bitlist(6)), ("E", Bitvector(8)))
    ),
}


class NotOurs(Exception):
    """The case is about a type that this package leaves out on purpose."""


def _generic_type(case: Case) -> SszType[Any]:
    words = case.path.name.split("_")
    match case.handler:
        case "boolean":
            return Boolean()
        case "uints":
            return Uint(int(words[1]) // 8)
        case "bitvector":
            return Bitvector(int(words[1]))
        case "bitlist":
            # "bitlist_no_delimiter_empty" and its like are malformed under any limit
            return Bitlist(int(words[1]) if words[1].isdigit() else 256)
        case "basic_vector":
            element = Boolean() if words[1] == "bool" else Uint(int(words[1].removeprefix("uint")) // 8)
            return Vector(element, int(words[2]))
        case _:
            if words[0] not in _CONTAINERS:
                raise NotOurs
            return _CONTAINERS[words[0]]
