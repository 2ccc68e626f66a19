"""Store: rows per second through `offer` to the acknowledgement, against bare executemany on the same disk in the same run.

Both write the same rows of the same schema, fsync every 2000 of them, and keep the index of readings; `offer` removes repeats besides.
"""

import hashlib
import tempfile
import threading
import time
from functools import partial
from pathlib import Path

from drivers.driver import Delivery
from drivers.reading import Quality, Reading
from gateway.store import Store, StoreSettings, cursors
from gateway.store.connection import connect_writer
from gateway.store.ingest import READING_COLUMNS, reading_row
from gateway.store.migrations import migrate, shipped

MESSAGES = 40_000
"""Long enough for several checkpoints, short enough for a laptop's patience."""
PACK = 10
"""Readings per message where a device sends packs."""


def measure() -> dict[str, float]:
    """Returns rates per second, and their ratio to the bare rate where that compares like with like."""
    with tempfile.TemporaryDirectory() as folder:
        bare = _bare(Path(folder))
        single = _offered(Path(folder) / "single.db", 1)
        packs = _offered(Path(folder) / "packs.db", PACK)
        durable = _single_commits(Path(folder) / "durable.db")
    return {
        "bare_executemany_rows_per_second": bare,
        "messages_per_second": single,
        "rows_in_packs_per_second": packs,
        "rows_in_packs_to_bare": packs / bare,
        "durable_writes_per_second": durable,
    }


def _deliveries(readings: int, acknowledge: "_Counter") -> list[Delivery]:
    made = []
    for number in range(MESSAGES // readings):
        evidence = hashlib.sha256(number.to_bytes(8, "big")).digest()
        pack = tuple(
            Reading(f"device-{number % 20}", "temperature", 4.5, "Cel", number * 1000 + i, number, Quality.GOOD, evidence)
            for i in range(readings)
        )
        made.append(Delivery("mqtt", "devices/x/senml", evidence, b"", number, pack, None, acknowledge.one))
    return made


class _Counter:
    def __init__(self) -> None:
        self.count = 0
        self.target = 0
        self.reached = threading.Event()

    def one(self) -> None:
        self.count += 1
        if self.count == self.target:
            self.reached.set()


def _offered(path: Path, readings: int) -> float:
    counter = _Counter()
    deliveries = _deliveries(readings, counter)
    counter.target = len(deliveries)
    store = Store.open(StoreSettings(path=str(path)), now_ms=lambda: 0, on_condition=lambda *_: None)
    began = time.perf_counter()
    for delivery in deliveries:
        while not store.offer(delivery):
            time.sleep(0.001)
    counter.reached.wait()
    seconds = time.perf_counter() - began
    store.close()
    return len(deliveries) * readings / seconds


def _bare(folder: Path) -> float:
    path = folder / "bare.db"
    connection = connect_writer(path, StoreSettings())
    migrate(connection, path, shipped(), lambda: 0)
    rows = [reading_row(reading, 0) for delivery in _deliveries(1, _Counter()) for reading in delivery.readings]
    sql = f"INSERT INTO readings ({','.join(READING_COLUMNS)}) VALUES ({','.join('?' * len(READING_COLUMNS))})"  # noqa: S608 - own constants
    began = time.perf_counter()
    for start in range(0, len(rows), 2000):
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(sql, rows[start : start + 2000])
        connection.execute("COMMIT")
    seconds = time.perf_counter() - began
    connection.close()
    return len(rows) / seconds


def _single_commits(path: Path) -> float:
    store = Store.open(StoreSettings(path=str(path)), now_ms=lambda: 0, on_condition=lambda *_: None)
    began = time.perf_counter()
    for number in range(500):
        store.write(partial(cursors.advance, name="bench", reading_id=number)).result()
    seconds = time.perf_counter() - began
    store.close()
    return 500 / seconds


if __name__ == "__main__":
    for name, value in measure().items():
        print(f"{name:45} {value:12,.2f}")
