"""A process that writes the store as fast as it can until it is killed: `python -m tests.lightclient.keeper_child PATH`."""

import sys
from dataclasses import replace
from pathlib import Path

from lightclient.conditions import OnceEach
from lightclient.keeper import StoreKeeper
from lightclient.persistence import StoreFile
from lightclient.snapshot import Snapshot
from lightclient.spec import initialize_light_client_store
from lightclient.ssz import hash_tree_root
from lightclient.trace import Trace
from tests.lightclient.synthetic import SyntheticChain

CHAIN = SyntheticChain()
CHECKPOINT = hash_tree_root(CHAIN.header(136).beacon)


def first_snapshot() -> Snapshot:
    bootstrap = CHAIN.bootstrap(136)
    store = initialize_light_client_store(CHAIN.network, CHECKPOINT, bootstrap)
    return Snapshot(CHAIN.network.genesis_validators_root, CHECKPOINT, store, Trace(bootstrap), 0, 0, 0, forced=False)


def numbered(number: int) -> Snapshot:
    """Returns a snapshot that shows its number; every fourth needs the whole file written, the others only the heads."""
    snapshot = first_snapshot()
    update = CHAIN.update(140 + number // 4 % 40)
    return replace(snapshot, trace=replace(snapshot.trace, updates=(update,)), seen_slot=number)


def main(path: Path) -> None:
    keeper = StoreKeeper(StoreFile(path), CHAIN.network, OnceEach(lambda *_: None), lambda: 0.0, 0.0)
    found = keeper.load(CHECKPOINT)
    number = 0 if found is None else found.seen_slot
    while True:
        number += 1
        keeper.dirty = True
        keeper.save(numbered(number), at_once=True)
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
