"""Deliveries, a recorder of conditions, and connections that fail on purpose."""

import hashlib
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from drivers.driver import Delivery, Reject
from drivers.reading import Quality, Reading, Value
from gateway.store import Store, StoreSettings

NOW_MS = 1_700_000_000_000


@dataclass
class Told:
    """Records what the store says and acknowledges."""

    conditions: list[tuple[str, str | None, str]] = field(default_factory=list)
    acknowledged: list[int] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def on_condition(self, name: str, severity: str | None, text: str) -> None:
        with self.changed:
            self.conditions.append((name, severity, text))
            self.changed.notify_all()

    def acknowledge(self, number: int) -> Callable[[], None]:
        def now() -> None:
            with self.changed:
                self.acknowledged.append(number)
                self.changed.notify_all()

        return now

    def wait(self, predicate: Callable[[], bool]) -> None:
        with self.changed:
            assert self.changed.wait_for(predicate, timeout=100)

    def names(self) -> list[tuple[str, bool]]:
        return [(name, severity is not None) for name, severity, _ in self.conditions]


def delivery(number: int, told: Told, *, value: Value = 1.5, device: str = "box", readings: int = 1) -> Delivery:
    evidence = hashlib.sha256(f"{device}/{number}".encode(errors="replace")).digest()
    made = tuple(
        Reading(device, f"q{i}" if i else "temperature", value, "Cel", NOW_MS + number * 1000, number, Quality.GOOD, evidence)
        for i in range(readings)
    )
    return Delivery("floor", "devices/box/senml", evidence, b"payload", NOW_MS + number % 1000, made, None, told.acknowledge(number))


def reject(number: int, told: Told, *, payload: bytes = b"\xff" * 100) -> Delivery:
    identity = hashlib.sha256(b"reject" + number.to_bytes(4, "big")).digest()
    why = Reject("malformed", "byte 0 is not JSON")
    return Delivery("floor", "devices/box/senml", identity, payload, NOW_MS, (), why, told.acknowledge(number))


def open_store(path: Path, told: Told, factory: type[sqlite3.Connection] = sqlite3.Connection, **changes: object) -> Store:
    settings = StoreSettings(path=str(path), retry_first_seconds=0.001, retry_max_seconds=0.002, **changes)  # type: ignore[arg-type]
    return Store.open(settings, now_ms=lambda: NOW_MS, on_condition=told.on_condition, factory=factory)


def stored(store: Store) -> list[int]:
    with store.read() as connection:
        return [row[0] for row in connection.execute("SELECT sequence FROM readings ORDER BY id")]


class Faults:
    """A script of failures shared by the connections of one test: each is (statement prefix, error code, done all the same)."""

    def __init__(self, *script: tuple[str, int, bool]) -> None:
        self.script = list(script)
        self.fired = 0

    def connection(self) -> type[sqlite3.Connection]:
        faults = self

        class Faulty(sqlite3.Connection):
            def execute(self, sql: str, parameters: object = ()) -> sqlite3.Cursor:
                if faults.script and sql.startswith(faults.script[0][0]):
                    _, code, done = faults.script.pop(0)
                    faults.fired += 1
                    if done:
                        super().execute(sql, parameters)  # type: ignore[arg-type]
                    raise failure(code)
                return super().execute(sql, parameters)  # type: ignore[arg-type]

        return Faulty


def failure(code: int) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("injected")
    error.sqlite_errorcode = code
    return error
