"""A real kill and a real full disk."""

import contextlib
import itertools
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gateway.store.helpers import Told, delivery, open_store, stored

ROOT = Path(__file__).parents[3]

CHILD = """
import sys
from pathlib import Path
from tests.gateway.store.helpers import Told, delivery, open_store

class Loud(Told):
    def acknowledge(self, number):
        return lambda: sys.stdout.write(f"{number}\\n") and None

told = Loud()
store = open_store(Path(sys.argv[1]), told, wal_pages=50, group_ms=1)
number = int(sys.argv[2])
store.subscribe(lambda commit: sys.stdout.flush())
print("ready", flush=True)
while True:
    # Every delivery comes twice, as after a lost acknowledgement.
    if store.offer(delivery(number, told)):
        store.offer(delivery(number, told))
        number += 1
"""


@pytest.mark.slow
def test_after_kills_at_random_moments_what_was_acknowledged_is_stored_once(path: Path) -> None:
    chance = random.Random(2)
    acknowledged: set[int] = set()
    number = 0
    for _ in range(8):
        child = subprocess.Popen([sys.executable, "-c", CHILD, str(path), str(number)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert child.stdout is not None
        # Counted, not timed: the moment is random, and no slow machine dies before it did any work.
        said = list(itertools.islice(child.stdout, chance.randrange(20, 400)))
        child.kill()
        said += child.stdout
        child.wait()
        child.stdout.close()
        # The last line may be cut in the middle of a number; the commit flushes, so only whole groups were promised.
        acknowledged |= {int(line) for line in said[1:-1]}
        number = max(acknowledged, default=0) + 10
    told = Told()
    store = open_store(path, told)
    kept = stored(store)
    store.close()
    assert told.conditions == []
    assert len(acknowledged) > 400
    assert len(kept) == len(set(kept))
    assert acknowledged <= set(kept)


@contextlib.contextmanager
def small_disk(where: Path, size: str) -> Iterator[Path]:
    where.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(where)], check=False, capture_output=True, text=True
    )
    if mounted.returncode:
        pytest.skip(f"a tmpfs cannot be mounted here: {mounted.stderr.strip()}")
    try:
        yield where
    finally:
        subprocess.run(["umount", str(where)], check=True)


@pytest.mark.peer
def test_a_full_disk_is_waited_out(tmp_path: Path) -> None:
    told = Told()
    with small_disk(tmp_path / "disk", "4m") as disk:
        store = open_store(disk / "store.db", told, wal_pages=20, queue_limit=200, group_count=50)
        ballast = disk / "ballast"
        ballast.write_bytes(bytes(2 << 20))
        sent = 0
        while not told.conditions:
            sent += store.offer(delivery(sent, told, value="x" * 500))
        assert told.names() == [("store.disk_full", True)]
        assert stored(store) == told.acknowledged
        assert len(told.acknowledged) < sent
        ballast.unlink()
        told.wait(lambda: len(told.acknowledged) == sent)
        assert stored(store) == told.acknowledged == list(range(sent))
        store.close()
        assert told.names() == [("store.disk_full", True), ("store.disk_full", False)]
