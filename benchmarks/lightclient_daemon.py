"""The light client in a process of its own: `python -m benchmarks.lightclient_daemon FOLDER`; measured from outside by bench_daemon.

Prints a line when the first head is verified, catches up, stays for a day's worth of slots in a hurry, and prints what it took.
"""

import asyncio
import json
import sys
from pathlib import Path

import psutil

from benchmarks.lightclient_year import NETWORK, SLOTS, chain_at, read_source, time_after
from lightclient.bls.pyblst_backend import PyblstBackend
from lightclient.client import LightClient
from lightclient.persistence import StoreFile
from lightclient.settings import LightClientSettings
from lightclient.ssz import hash_tree_root

HOUR = 300
"""Slots of an hour."""


def written() -> int:
    """Returns the bytes that this process has handed to the system so far, whatever file they went to."""
    return int(psutil.Process().io_counters().write_chars)


async def main(folder: Path) -> None:
    """Follows what the folder holds, then an hour of new slots."""
    source = read_source(folder)
    now = [time_after(source.updates_[-1])]
    file = StoreFile(folder / "store" / "lightclient.store")
    client = LightClient(
        NETWORK,
        hash_tree_root(source.bootstrap_.header.beacon),
        [source],
        bls=PyblstBackend(),
        time=lambda: now[0],
        on_condition=lambda *_: None,
        settings=LightClientSettings(max_checkpoint_age_seconds=2 * 366 * 86400),
        file=file,
    )
    await client.start()
    await client.catch_up()
    await client.poll()
    print(json.dumps({"slot": client.head().finalized.slot}), flush=True)
    before, last = written(), source.updates_[-1]
    chain = chain_at(last.attested_header.beacon.slot)
    for slot in range(last.signature_slot, last.signature_slot + HOUR):
        now[0] = float(NETWORK.time_at_slot(slot + 1))
        source.updates_ = (*source.updates_[:-1], chain.update(slot, participants=487))
        await client.poll()
    memory = psutil.Process().memory_info().rss
    print(json.dumps({"rss": memory, "hour": written() - before, "slots_per_period": SLOTS}), flush=True)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
