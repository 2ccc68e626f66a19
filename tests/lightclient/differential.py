"""Our client beside the executable specification: `python -m tests.lightclient.differential [--seconds N] [--preset P] [--fork F]`.

Random sequences of honest, altered, re-signed, foreign and late messages, and forced updates, go to `lightclient.spec` and to
eth_consensus_specs. After every step both must have accepted or both refused, and every field of both stores must be the same.
Both read the same SSZ bytes. Exit code 1 and the seed, if they ever differ.
"""

import argparse
import random
import sys
import time
from collections import Counter
from copy import copy
from dataclasses import dataclass, field, replace
from importlib import import_module
from typing import Any

from lightclient.bls.pyblst_backend import PyblstBackend
from lightclient.errors import PeerError
from lightclient.forks import FORKS_BY_LABEL, PRESETS, ForkName
from lightclient.spec import (
    LightClientStore,
    initialize_light_client_store,
    process_light_client_finality_update,
    process_light_client_optimistic_update,
    process_light_client_store_force_update,
    process_light_client_update,
)
from lightclient.ssz import hash_tree_root, serialize
from lightclient.types import LightClientFinalityUpdate, LightClientOptimisticUpdate, LightClientUpdate
from tests.lightclient.mutations import Given, message_mutants
from tests.lightclient.synthetic import SyntheticChain, network

FORKS = ("altair", "bellatrix", "capella", "deneb", "electra", "fulu")
PERIODS = 12
"""Periods that one sequence walks over."""
STEPS = 60
"""Steps of one sequence."""
PROCESS = {
    LightClientUpdate: (process_light_client_update, "process_light_client_update"),
    LightClientFinalityUpdate: (process_light_client_finality_update, "process_light_client_finality_update"),
    LightClientOptimisticUpdate: (process_light_client_optimistic_update, "process_light_client_optimistic_update"),
}


class Differs(AssertionError):
    """The two are not of one mind."""


@dataclass
class Reference:
    """The executable specification, with its one store."""

    spec: Any
    genesis_validators_root: bytes
    store: Any = None

    def begin(self, root: bytes, bootstrap: bytes) -> None:
        message = self.spec.LightClientBootstrap.decode_bytes(bootstrap)
        self.store = self.spec.initialize_light_client_store(self.spec.Root(root), message)

    def feed(self, function: str, kind: str, data: bytes, current_slot: int) -> bool:
        message = getattr(self.spec, kind).decode_bytes(data)
        root = self.spec.Root(self.genesis_validators_root)
        return self._attempt(lambda: getattr(self.spec, function)(self.store, message, self.spec.Slot(current_slot), root))

    def force(self, current_slot: int) -> bool:
        return self._attempt(lambda: self.spec.process_light_client_store_force_update(self.store, self.spec.Slot(current_slot)))

    def fields(self) -> dict[str, Any]:
        store, spec = self.store, self.spec
        known = store.next_sync_committee != spec.SyncCommittee()
        return {
            "finalized_header": store.finalized_header.encode_bytes(),
            "optimistic_header": store.optimistic_header.encode_bytes(),
            "current_sync_committee": store.current_sync_committee.encode_bytes(),
            "next_sync_committee": store.next_sync_committee.encode_bytes() if known else None,
            "best_valid_update": None if store.best_valid_update is None else store.best_valid_update.encode_bytes(),
            "previous_max_active_participants": int(store.previous_max_active_participants),
            "current_max_active_participants": int(store.current_max_active_participants),
        }

    def _attempt(self, change: Any) -> bool:
        before = copy(self.store)
        if before.best_valid_update is not None:
            before.best_valid_update = before.best_valid_update.copy()
        try:
            change()
        except AssertionError:
            self.store = before
            return False
        return True


def reference(fork: str, preset: str, genesis_validators_root: bytes) -> Reference:
    """Returns the specification of a fork, with every fork up to it begun at genesis as on the synthetic network."""
    spec: Any = import_module(f"eth_consensus_specs.{fork}.{preset}")
    changes: dict[str, Any] = {"GENESIS_FORK_VERSION": spec.Version(bytes([ForkName.PHASE0, 0, 0, 9]))}
    for each in ForkName:
        if ForkName.PHASE0 < each <= FORKS_BY_LABEL[fork]:
            changes |= {f"{each.name}_FORK_VERSION": spec.Version(bytes([each, 0, 0, 9])), f"{each.name}_FORK_EPOCH": spec.Epoch(0)}
    spec.config = spec.config._replace(**changes)
    return Reference(spec, genesis_validators_root)


def our_fields(store: LightClientStore) -> dict[str, Any]:
    following, best = store.next_sync_committee, store.best_valid_update
    return {
        "finalized_header": serialize(store.finalized_header),
        "optimistic_header": serialize(store.optimistic_header),
        "current_sync_committee": serialize(store.current_sync_committee),
        "next_sync_committee": None if following is None else serialize(following),
        "best_valid_update": None if best is None else serialize(best),
        "previous_max_active_participants": store.previous_max_active_participants,
        "current_max_active_participants": store.current_max_active_participants,
    }


@dataclass
class Walk:
    """One sequence of messages, drawn from a seed."""

    chain: SyntheticChain
    foreign: SyntheticChain
    dice: random.Random
    backend: PyblstBackend = field(default_factory=PyblstBackend)
    counts: Counter[str] = field(default_factory=Counter)
    known: dict[str, int] = field(default_factory=dict)
    """Slot up to which a chain's headers are worked out, by its seed."""

    def run(self, beside: Reference, steps: int = STEPS) -> None:
        slots = self.chain.network.preset.slots_per_period
        start = self.chain.first_slot + self.dice.randrange(slots // 2)
        bootstrap = self.chain.bootstrap(start)
        root = hash_tree_root(bootstrap.header.beacon)
        store = initialize_light_client_store(self.chain.network, root, bootstrap)
        beside.begin(root, serialize(bootstrap))
        for number in range(steps):
            store = self._step(store, beside, number)

    def _step(self, store: LightClientStore, beside: Reference, number: int) -> LightClientStore:
        chain = self.chain
        if self.dice.random() < 0.08:
            late = store.finalized_header.beacon.slot + self.dice.choice((1, 1, 2)) * chain.network.preset.update_timeout
            slot, what = late + self.dice.randrange(3), "forced update"
            wanted = beside.force(slot)
            found, after = self._ours(store, lambda: process_light_client_store_force_update(store, slot, chain.network))
        else:
            what, message = self._message(store.finalized_header.beacon.slot)
            slot = message.signature_slot + self.dice.choice((0, 0, 0, 0, 0, 0, 1, 5, 500, -1))
            ours, theirs = PROCESS[type(message)]
            wanted = beside.feed(theirs, type(message).__name__, serialize(message), max(slot, 0))
            found, after = self._ours(store, lambda: ours(store, message, max(slot, 0), chain.network, self.backend))  # type: ignore[operator]
        if found != wanted:
            raise Differs(f"step {number}, {what}: we {'accept' if found else 'refuse'}, the specification does not")
        expected, held = beside.fields(), our_fields(after)
        different = [name for name in expected if expected[name] != held[name]]
        if different:
            raise Differs(f"step {number}, {what}: {', '.join(different)} differ")
        self.counts[f"{what} {'accepted' if found else 'refused'}"] += 1
        return after

    def _ours(self, store: LightClientStore, change: Any) -> tuple[bool, LightClientStore]:
        try:
            return True, change()
        except PeerError as error:
            self.counts[f"  {type(error).__name__}"] += 1
            return False, store

    def _message(self, finalized: int) -> tuple[str, Given]:
        dice, preset = self.dice, self.chain.network.preset
        chain = self.foreign if dice.random() < 0.05 else self.chain
        ahead = dice.choice(
            (preset.slots_per_epoch * 3, preset.slots_per_period // 2, preset.slots_per_period, 2 * preset.slots_per_period)
        )
        attested = max(chain.first_slot + 1, finalized - preset.slots_per_epoch + dice.randrange(ahead))
        size = preset.sync_committee_size
        least = -(-size * 2 // 3)
        signers = dice.choice((1, size // 3, size // 2, least - 1, least, least, size - 1, size, size, size, size))
        self._work_out(chain, attested)
        update = chain.update(
            attested, signature_slot=attested + dice.choice((1, 1, 1, 1, 2, preset.slots_per_epoch)), participants=signers
        )
        message = self._of_a_kind(update)
        if dice.random() < 0.3:
            shape = message.ssz_type()
            message = dice.choice([changed for _, changed in message_mutants(message) if _encodes(changed, shape)])
            if dice.random() < 0.5 and 0 < message.sync_aggregate.participants <= size:
                signed = chain.sign(message.attested_header.beacon, message.signature_slot, signers)
                return "altered and signed", replace(message, sync_aggregate=signed)
            return "altered", message
        return ("foreign" if chain is self.foreign else "honest"), message

    def _work_out(self, chain: SyntheticChain, slot: int) -> None:
        # Each epoch's header holds an earlier one's root: asked for in order, none has to go back to the first.
        epoch = chain.network.preset.slots_per_epoch
        for earlier in range(self.known.get(chain.seed, chain.first_slot), slot, epoch):
            chain.header(earlier - earlier % epoch)
        self.known[chain.seed] = max(slot, self.known.get(chain.seed, 0))

    def _of_a_kind(self, update: LightClientUpdate) -> Given:
        dice = self.dice
        if dice.random() < 0.25:
            update = replace(update, next_sync_committee_branch=_zero(update.next_sync_committee_branch))
            update = replace(update, next_sync_committee=update.next_sync_committee.ssz_type().default())
        if dice.random() < 0.2:
            update = replace(update, finality_branch=_zero(update.finality_branch))
            update = replace(update, finalized_header=update.finalized_header.ssz_type().default())
        signed = (update.sync_aggregate, update.signature_slot)
        match dice.randrange(6):
            case 0:
                return LightClientOptimisticUpdate(update.attested_header, *signed)
            case 1:
                return LightClientFinalityUpdate(update.attested_header, update.finalized_header, update.finality_branch, *signed)
            case _:
                return update


def run(seconds: float, *, preset: str, fork: str, seed: int) -> Counter[str]:
    """Runs sequences until the time is over, and returns what was fed. Raises Differs."""
    chain_network = network(PRESETS[preset], fork=FORKS_BY_LABEL[fork])
    beside = reference(fork, preset, chain_network.genesis_validators_root)
    first = 2 * chain_network.preset.slots_per_period
    counts: Counter[str] = Counter()
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        chains = (SyntheticChain(chain_network, first_slot=first), SyntheticChain(chain_network, "foreign", first))
        walk = Walk(*chains, random.Random(seed))
        try:
            walk.run(beside)
        except Differs as error:
            raise Differs(f"{fork} {preset}, seed {seed}: {error}") from error
        counts += walk.counts
        counts["sequences"] += 1
        seed += 1
    return counts


def _encodes(message: Given, shape: Any) -> bool:
    """Returns whether an altered message still has the shape of its fork; the rest is the decoders' to refuse."""
    try:
        return bool(message.ssz_type() == shape and serialize(message))
    except Exception:
        return False


def _zero(branch: tuple[bytes, ...]) -> tuple[bytes, ...]:
    return (bytes(32),) * len(branch)


def main() -> int:
    """Runs from the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.lightclient.differential", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0, help="how long, divided among the forks")
    parser.add_argument("--preset", choices=("minimal", "mainnet"), default="minimal")
    parser.add_argument("--fork", choices=FORKS, help="default: each in turn")
    parser.add_argument("--seed", type=int, default=0, help="of the first sequence; a difference names its own")
    arguments = parser.parse_args()
    forks = [arguments.fork] if arguments.fork else list(FORKS)
    for fork in forks:
        try:
            counts = run(arguments.seconds / len(forks), preset=arguments.preset, fork=fork, seed=arguments.seed)
        except Differs as error:
            print(f"DIFFERS {error}")  # noqa: T201 -- this command's output
            return 1
        print(f"{fork} {arguments.preset}: {counts.pop('sequences')} sequences, all the same")  # noqa: T201
        for name, count in sorted(counts.items()):
            print(f"  {name:<32} {count:>8}")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
