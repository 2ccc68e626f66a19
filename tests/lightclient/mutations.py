"""Every real recording, altered: each field in turn, branches cut or swapped, other signers, other slots, other forks.

A `Mutant` says which row of `docs/refusals.md` it belongs to, and runs; it has to be refused. Alterations are made on the records, behind
the decoders, so that each check of the protocol is met by itself; `documents` alters the bytes and the JSON in front of them.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from functools import cache, partial
from itertools import pairwise
from typing import Any

from lightclient.beacon_json import encode_update_stream, from_document, parse_update_stream, to_document
from lightclient.bls.backend import INFINITY_PUBKEY
from lightclient.bls.pyblst_backend import PyblstBackend
from lightclient.network import Network, load_network, network_from_spec
from lightclient.replay import Replay, begin, read_message, read_start, read_updates
from lightclient.spec import LightClientStore, initialize_light_client_store, process_light_client_update
from lightclient.ssz import hash_tree_root, serialize
from lightclient.types import (
    LightClientBootstrap,
    LightClientFinalityUpdate,
    LightClientHeader,
    LightClientOptimisticUpdate,
    LightClientUpdate,
    SyncAggregate,
    SyncCommittee,
)
from tests.vectors import vectors

BLS = PyblstBackend()
LATER = 10**8
"""A slot after every recording."""
PARTICIPATIONS = (0, 1, 341, 342)

Given = LightClientUpdate | LightClientFinalityUpdate | LightClientOptimisticUpdate


@dataclass(frozen=True)
class Step:
    """A recorded message and the store that accepts it."""

    recording: str
    network: Network
    store: LightClientStore
    message: Given

    def feed(
        self,
        message: Given,
        *,
        current_slot: int = LATER,
        network: Network | None = None,
        after: bool = False,
        first_key: bytes | None = None,
    ) -> LightClientStore:
        """Processes a message; `after` the recorded one, or with another first key in every committee of the store."""
        store = self.feed(self.message) if after else self.store
        if first_key is not None:
            store = replace(
                store,
                current_sync_committee=_with_key(store.current_sync_committee, first_key),
                next_sync_committee=store.next_sync_committee and _with_key(store.next_sync_committee, first_key),
            )
        replay = Replay(network or self.network, current_slot, BLS, store)
        return process_light_client_update(store, replay._as_update(message), current_slot, replay.network, BLS)

    def known_after(self) -> bool:
        """Returns whether the message leads to a store that knows the committee which the message carries."""
        after = self.feed(self.message)
        period = self.network.period_at_slot
        same = period(after.finalized_header.beacon.slot) == period(self.message.attested_header.beacon.slot)
        return same and after.next_sync_committee is not None


@dataclass(frozen=True)
class Mutant:
    """One alteration of one recorded message."""

    row: str
    """What was altered, as the table in the docs calls it."""
    name: str
    """Where."""
    run: Callable[[], object]
    """Has to raise."""


# Recordings


def devnet(name: str) -> Network:
    folder = vectors("beacon-devnets", name)
    root = bytes.fromhex(json.loads((folder / "genesis.json").read_text())["data"]["genesis_validators_root"][2:])
    spec = json.loads((folder / "spec.json").read_text())["data"]
    return network_from_spec(name, spec, genesis_validators_root=root, genesis_time=0)


@cache
def recordings() -> tuple[tuple[LightClientBootstrap, ...], tuple[Step, ...]]:
    """Returns every recorded bootstrap, and every message that some recorded client accepted, with its store."""
    mainnet, electra, crossing = load_network("mainnet"), devnet("minimal-electra"), devnet("minimal-deneb-to-electra")
    capella_files = vectors("mainnet", "capella")
    deneb_files = vectors("mainnet", "deneb-chain")
    electra_files = vectors("beacon-devnets", "minimal-electra")
    crossing_files = vectors("beacon-devnets", "minimal-deneb-to-electra")

    def updates(network: Network, data: bytes) -> list[Given]:
        return list(read_updates(data, network))

    def finality(network: Network, data: bytes) -> LightClientFinalityUpdate:
        return read_message(LightClientFinalityUpdate, data, network)

    def optimistic(network: Network, data: bytes) -> LightClientOptimisticUpdate:
        return read_message(LightClientOptimisticUpdate, data, network)

    chains: list[tuple[str, Network, bytes, list[Given]]] = [
        (
            "mainnet capella",
            mainnet,
            (capella_files / "bootstrap.json").read_bytes(),
            [
                *updates(mainnet, (capella_files / "updates.json").read_bytes()),
                finality(mainnet, (capella_files / "finality.json").read_bytes()),
                optimistic(mainnet, (capella_files / "optimistic.json").read_bytes()),
            ],
        ),
        (
            "mainnet deneb",
            mainnet,
            next(deneb_files.glob("*_1392_count_1.ssz")).read_bytes(),
            updates(mainnet, next(deneb_files.glob("*_1393_*.ssz")).read_bytes()),
        ),
        (
            "devnet electra",
            electra,
            (electra_files / "bootstrap.ssz").read_bytes(),
            [
                updates(electra, (electra_files / "updates.json").read_bytes())[1],
                finality(electra, (electra_files / "finality_update.json").read_bytes()),
                optimistic(electra, (electra_files / "optimistic_update.ssz").read_bytes()),
                updates(electra, (electra_files / "updates.ssz").read_bytes())[2],
            ],
        ),
        (
            "devnet deneb to electra",
            crossing,
            (crossing_files / "bootstrap_slot8.ssz").read_bytes(),
            [
                *updates(crossing, (crossing_files / "updates.json").read_bytes()),
                finality(crossing, (crossing_files / "finality_update.json").read_bytes()),
                optimistic(crossing, (crossing_files / "optimistic_update.json").read_bytes()),
            ],
        ),
    ]
    bootstraps: list[LightClientBootstrap] = []
    steps: list[Step] = []
    for name, network, start, messages in chains:
        first = read_start(start, network)
        bootstraps += [first] if isinstance(first, LightClientBootstrap) else []
        replay = begin(network, None, first, current_slot=LATER, bls=BLS)
        for message in messages:
            steps.append(Step(name, network, replay.store, message))
            replay.feed(message)
    later = next(deneb_files.glob("*bootstrap*.ssz")).read_bytes()
    bootstraps.append(read_message(LightClientBootstrap, later, mainnet))
    for slot in (16, 24, 32):
        data = (crossing_files / f"bootstrap_slot{slot}.ssz").read_bytes()
        bootstraps.append(read_message(LightClientBootstrap, data, crossing))
    return tuple(bootstraps), tuple(steps)


# Alterations of records


def altered(value: Any) -> Any:
    """Returns the nearest other value: the next number, or one bit flipped."""
    if isinstance(value, int):
        return value + 1
    return value[:-1] + bytes([value[-1] ^ 1]) if value else b"\1"


def branch_mutants(branch: tuple[bytes, ...]) -> Iterator[tuple[str, tuple[bytes, ...]]]:
    """Yields a branch altered at each node, cut at both ends, swapped, lengthened."""
    for index, node in enumerate(branch):
        yield "altered", (*branch[:index], altered(node), *branch[index + 1 :])
    yield "cut", branch[:-1]
    yield "cut", branch[1:]
    yield "cut", (*branch, bytes(32))
    for index, (left, right) in enumerate(pairwise(branch)):
        if left != right:
            yield "swapped", (*branch[:index], right, left, *branch[index + 2 :])


def header_mutants(header: LightClientHeader) -> Iterator[tuple[str, LightClientHeader]]:
    """Yields a header with each field altered in turn."""
    for field in fields(header.beacon):
        value = getattr(header.beacon, field.name)
        yield f"beacon.{field.name}", replace(header, beacon=replace(header.beacon, **{field.name: altered(value)}))
    if header.execution is None:
        return
    for field in fields(header.execution):
        value = getattr(header.execution, field.name)
        if value is not None:
            yield "execution", replace(header, execution=replace(header.execution, **{field.name: altered(value)}))
    for how, branch in branch_mutants(header.execution_branch):
        yield f"execution_branch {how}", replace(header, execution_branch=branch)
    yield "execution absent", replace(header, execution=None, execution_branch=())


def committee_mutants(committee: SyncCommittee) -> Iterator[tuple[str, SyncCommittee]]:
    """Yields a committee with keys altered, swapped, repeated, left out, and with another aggregate."""
    keys = committee.pubkeys
    for index in (0, len(keys) // 2, len(keys) - 1):
        yield "altered", replace(committee, pubkeys=(*keys[:index], altered(keys[index]), *keys[index + 1 :]))
    yield "altered", replace(committee, aggregate_pubkey=altered(committee.aggregate_pubkey))
    yield "altered", replace(committee, pubkeys=(*keys[1:], keys[0]))
    yield "altered", replace(committee, pubkeys=(keys[0], keys[0], *keys[2:]))
    yield "cut", replace(committee, pubkeys=keys[:-8])


def aggregate_mutants(aggregate: SyncAggregate) -> Iterator[tuple[str, SyncAggregate]]:
    """Yields other signers and other signatures."""
    bits, size = int.from_bytes(aggregate.sync_committee_bits, "little"), len(aggregate.sync_committee_bits)
    for member in (0, 4 * size, 8 * size - 1):
        yield "bits altered", replace(aggregate, sync_committee_bits=(bits ^ (1 << member)).to_bytes(size, "little"))
    for count in PARTICIPATIONS:
        if count > 8 * size:
            continue
        claimed = ((1 << count) - 1).to_bytes(size, "little")
        row = "participation 0" if count == 0 else "participation claimed, not signed"
        yield row, replace(aggregate, sync_committee_bits=claimed)
    yield "bits cut", replace(aggregate, sync_committee_bits=aggregate.sync_committee_bits[:-1])
    signature = aggregate.sync_committee_signature
    for other in (altered(signature), bytes(96), b"\xc0" + bytes(95), bytes([signature[0] ^ 0x20]) + signature[1:], signature[:-1], b""):
        yield "signature altered", replace(aggregate, sync_committee_signature=other)


def message_mutants(message: Given) -> Iterator[tuple[str, Given]]:
    """Yields a message with everything in it altered in turn, by the rows of the table; `signature_slot` apart."""
    for what, header in header_mutants(message.attested_header):
        yield f"attested_header.{what}", replace(message, attested_header=header)
    earlier = replace(message.attested_header.beacon, slot=message.attested_header.beacon.slot - 1)
    yield "attested_header.beacon.slot", replace(message, attested_header=replace(message.attested_header, beacon=earlier))
    for what, aggregate in aggregate_mutants(message.sync_aggregate):
        yield f"sync_aggregate {what}", replace(message, sync_aggregate=aggregate)
    if isinstance(message, LightClientOptimisticUpdate):
        return
    for what, header in header_mutants(message.finalized_header):
        yield f"finalized_header.{what}", replace(message, finalized_header=header)
    yield "finalized_header after attested", replace(message, finalized_header=_later(message.finalized_header, message.attested_header))
    for how, branch in branch_mutants(message.finality_branch):
        yield f"finality_branch {how}", replace(message, finality_branch=branch)
    yield "finality_branch zero", replace(message, finality_branch=(bytes(32),) * len(message.finality_branch))
    if isinstance(message, LightClientFinalityUpdate):
        return
    for how, committee in committee_mutants(message.next_sync_committee):
        yield f"next_sync_committee {how}", replace(message, next_sync_committee=committee)
    for how, branch in branch_mutants(message.next_sync_committee_branch):
        yield f"next_sync_committee_branch {how}", replace(message, next_sync_committee_branch=branch)
    yield (
        "next_sync_committee_branch zero",
        replace(message, next_sync_committee_branch=(bytes(32),) * len(message.next_sync_committee_branch)),
    )


def step_mutants(step: Step) -> Iterator[Mutant]:
    """Yields every mutant of one recorded message."""
    message, network = step.message, step.network

    def mutant(row: str, changed: Given, **options: Any) -> Mutant:
        return Mutant(row, f"{step.recording}, attested {message.attested_header.beacon.slot}", lambda: step.feed(changed, **options))

    for row, changed in message_mutants(message):
        yield mutant(row, changed)
    slot = message.signature_slot
    yield mutant("signature_slot in the future", message, current_slot=slot - 1)
    yield mutant("signature_slot in the future", message, current_slot=0)
    yield mutant("signature_slot not after attested", replace(message, signature_slot=message.attested_header.beacon.slot))
    yield mutant("signature_slot two periods later", replace(message, signature_slot=slot + 2 * network.preset.slots_per_period))
    fork = network.fork_at_epoch(network.epoch_at_slot(slot - 1))
    if isinstance(message, LightClientUpdate) and step.known_after():
        for _, committee in committee_mutants(message.next_sync_committee):
            if len(committee.pubkeys) == 8 * len(message.sync_aggregate.sync_committee_bits):
                yield mutant("next_sync_committee another than the known one", replace(message, next_sync_committee=committee), after=True)
    for key in (INFINITY_PUBKEY, altered(step.store.current_sync_committee.pubkeys[0]), bytes(48)):
        yield mutant("a key of the signing committee invalid", message, first_key=key)
    others = tuple(replace(entry, version=altered(entry.version)) if entry == fork else entry for entry in network.forks)
    yield mutant("fork version of signature_slot - 1 another", message, network=replace(network, forks=others))
    before = [entry for entry in network.forks if entry.fork < fork.fork][-1]
    older = tuple(replace(entry, version=before.version) if entry == fork else entry for entry in network.forks)
    yield mutant("fork version of signature_slot - 1 another", message, network=replace(network, forks=older))
    yield mutant("genesis validators root another", message, network=replace(network, genesis_validators_root=bytes(32)))


def bootstrap_mutants(bootstrap: LightClientBootstrap) -> Iterator[Mutant]:
    """Yields every mutant of one recorded bootstrap."""
    mainnet, electra, crossing = load_network("mainnet"), devnet("minimal-electra"), devnet("minimal-deneb-to-electra")
    size = len(bootstrap.current_sync_committee.pubkeys)
    network = mainnet if size == 512 else electra if bootstrap.header.beacon.slot == 88 else crossing
    root = hash_tree_root(bootstrap.header.beacon)

    def mutant(row: str, changed: LightClientBootstrap, trusted: bytes = root) -> Mutant:
        name = f"{network.name}, bootstrap {bootstrap.header.beacon.slot}"
        return Mutant(row, name, lambda: initialize_light_client_store(network, trusted, changed))

    for what, header in header_mutants(bootstrap.header):
        yield mutant(f"bootstrap header.{what}", replace(bootstrap, header=header))
    for how, committee in committee_mutants(bootstrap.current_sync_committee):
        yield mutant(f"bootstrap committee {how}", replace(bootstrap, current_sync_committee=committee))
    for how, branch in branch_mutants(bootstrap.current_sync_committee_branch):
        yield mutant(f"bootstrap branch {how}", replace(bootstrap, current_sync_committee_branch=branch))
    zero = (bytes(32),) * len(bootstrap.current_sync_committee_branch)
    yield mutant("bootstrap branch altered", replace(bootstrap, current_sync_committee_branch=zero))
    yield mutant("bootstrap of another root", bootstrap, altered(root))


# Alterations of what servers send


def document_mutants(step: Step) -> Iterator[Mutant]:
    """Yields mutants of a message's JSON and SSZ, which the decoders have to refuse."""
    kind, network, message = type(step.message), step.network, step.message
    name = f"{step.recording}, attested {message.attested_header.beacon.slot}"
    document = json.loads(json.dumps(to_document(message, network)))

    def reading(row: str, changed: Any) -> Mutant:
        return Mutant(row, name, lambda: from_document(kind, changed, network))

    for path, value in _leaves(document["data"]):
        yield reading("JSON field missing", _put(document, path, None, remove=True))
        if isinstance(value, str):
            yield reading("JSON field of another form", _put(document, path, int(value) if value.isdigit() else value[2:]))
            yield reading("JSON field of another form", _put(document, path, value + "0" * 600))
    yield reading("JSON field unknown", _put(document, ("more",), "1"))
    for version in ("phase0", "altair", "capella" if document["version"] != "capella" else "deneb", "gloas", ""):
        yield reading("announced under another fork", document | {"version": version})
    data = serialize(message)
    for cut in (0, 1, len(data) // 2, len(data) - 1):
        yield Mutant("SSZ cut or lengthened", name, partial(_read_and_feed, step, data[:cut]))
    yield Mutant("SSZ cut or lengthened", name, partial(_read_and_feed, step, data + b"\0"))
    if isinstance(message, LightClientUpdate):
        stream = encode_update_stream((message,), network)
        for cut in (3, 11, len(stream) - 1):
            yield Mutant("stream cut", name, partial(parse_update_stream, stream[:cut], network))
        yield Mutant("stream of another network", name, lambda: parse_update_stream(stream[:8] + b"\1\2\3\4" + stream[12:], network))


def corpus(every: int = 1) -> Iterator[Mutant]:
    """Yields every mutant of every recorded message, or of one message in so many."""
    bootstraps, steps = recordings()
    for bootstrap in bootstraps[::every]:
        yield from bootstrap_mutants(bootstrap)
    for step in steps[::every]:
        yield from step_mutants(step)
        yield from document_mutants(step)


def _read_and_feed(step: Step, data: bytes) -> object:
    # The last bytes are an execution header's extra data, of any length: such a message decodes, and then is not the one in the block.
    return step.feed(read_message(type(step.message), data, step.network))


def _with_key(committee: SyncCommittee, key: bytes) -> SyncCommittee:
    return replace(committee, pubkeys=(key, *committee.pubkeys[1:]))


def _later(header: LightClientHeader, attested: LightClientHeader) -> LightClientHeader:
    return replace(header, beacon=replace(header.beacon, slot=attested.beacon.slot + 1))


def _leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield (*path, name), inner if isinstance(inner, str) else None
            yield from _leaves(inner, (*path, name))
    elif isinstance(value, list) and value:
        yield (*path, 0), value[0]


def _put(document: Any, path: tuple[Any, ...], value: Any, *, remove: bool = False) -> Any:
    data = _copied(document["data"], path, value, remove)
    return document | {"data": data}


def _copied(node: Any, path: tuple[Any, ...], value: Any, remove: bool) -> Any:
    copy = dict(node) if isinstance(node, dict) else list(node)
    if len(path) > 1:
        copy[path[0]] = _copied(node[path[0]], path[1:], value, remove)
    elif remove:
        del copy[path[0]]
    else:
        copy[path[0]] = value
    return copy
