"""Deliveries into tables: repeats removed, readings and rejects inserted. Works on a connection inside the caller's transaction.

Rows go in by statements with many VALUES, not by executemany: Python's sqlite3 gives up the interpreter lock around every step, and
under load each row would wait for the lock once. Chunk sizes are powers of four, so that few statements serve every group and all
stay prepared.
"""

import hashlib
import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

from drivers.driver import Delivery, Reject
from drivers.reading import Quality, Reading, Value
from gateway.store.settings import StoreSettings

_CHUNKS = (1024, 256, 64, 16, 4, 1)
"""Rows per statement; 1024 rows of 12 columns stay under SQLite's 32,766 parameters."""

READING_COLUMNS = (
    "device",
    "quantity",
    "unit",
    "time_ms",
    "sequence",
    "quality",
    "evidence",
    "received_ms",
    "value",
    "value_bool",
    "value_text",
    "value_blob",
)
"""In the order in which rows are built here."""

UNSTORABLE = "unstorable"
"""Reason given to a delivery whose readings the schema refuses, such as a number beyond 64 bits."""


@dataclass(frozen=True, slots=True)
class Ingested:
    """What one group of deliveries became."""

    first_reading: int | None
    """readings.id of the first one stored; None if there is none."""
    last_reading: int | None
    """readings.id of the last one stored; those between belong to this group too."""
    readings: int
    """How many readings were stored."""
    repeats: int
    """How many deliveries were known already."""
    rejects: tuple[tuple[str, str, int], ...]
    """(driver, reason, how many)."""
    new_devices: frozenset[str]
    """Devices heard for the first time."""


def ingest(connection: sqlite3.Connection, group: Sequence[Delivery], known: set[str], settings: StoreSettings) -> Ingested:
    """Stores a group of deliveries; `known` holds ids that are in the devices table and is not changed.

    Raises:
        sqlite3.Error: nothing can be said about the transaction; roll back.
        OverflowError, ValueError: a value has no place in SQLite; `set_aside` finds out whose.
    """
    fresh: dict[bytes, Delivery] = {}
    for delivery in group:
        fresh.setdefault(delivery.identity if delivery.reject is None else _identity_of_reject(delivery), delivery)
    for identity in _existing(connection, list(fresh)):
        del fresh[identity]
    rows: list[tuple[object, ...]] = []
    rejected: list[Delivery] = []
    devices: dict[str, Delivery] = {}
    signed: list[tuple[int, Delivery]] = []
    for delivery in fresh.values():
        if delivery.reject is not None:
            rejected.append(delivery)
        received_ms = delivery.received_ms
        for reading in delivery.readings:
            rows.append(reading_row(reading, received_ms))
            if reading.device not in known and reading.device not in devices:
                devices[reading.device] = delivery
        if delivery.signed and delivery.readings:
            signed.append((len(rows), delivery))
    insert_many(connection, "deliveries", ("identity", "received_ms"), [(identity, d.received_ms) for identity, d in fresh.items()])
    _insert_devices(connection, devices)
    last = insert_many(connection, "readings", READING_COLUMNS, rows)
    _insert_evidence(connection, [(last - len(rows) + end, delivery) for end, delivery in signed])
    _insert_rejects(connection, rejected, settings)
    counts = Counter((d.driver, d.reject.reason) for d in rejected if d.reject is not None)
    return Ingested(
        first_reading=last - len(rows) + 1 if rows else None,
        last_reading=last if rows else None,
        readings=len(rows),
        repeats=len(group) - len(fresh),
        rejects=tuple((driver, reason, count) for (driver, reason), count in counts.items()),
        new_devices=frozenset(devices),
    )


def set_aside(connection: sqlite3.Connection, group: Iterable[Delivery], settings: StoreSettings) -> list[Delivery]:
    """Returns the group with each delivery that cannot be stored turned into a reject; tries them one by one and keeps none."""
    kept = []
    for delivery in group:
        connection.execute("SAVEPOINT probe")
        try:
            ingest(connection, [delivery], set(), settings)
        except (
            sqlite3.IntegrityError,
            sqlite3.DataError,
            sqlite3.InterfaceError,
            sqlite3.ProgrammingError,
            OverflowError,
            ValueError,
        ) as error:
            kept.append(_unstorable(delivery, error))
        else:
            kept.append(delivery)
        connection.execute("ROLLBACK TO probe")
        connection.execute("RELEASE probe")
    return kept


def _unstorable(delivery: Delivery, error: Exception) -> Delivery:
    return Delivery(
        driver=delivery.driver.encode(errors="replace").decode(),
        source=delivery.source.encode(errors="replace").decode(),
        identity=delivery.identity,
        payload=delivery.payload,
        received_ms=delivery.received_ms,
        readings=(),
        reject=Reject(UNSTORABLE, f"the store refuses it: {error}".encode(errors="replace").decode()),
        acknowledge=delivery.acknowledge,
    )


def reading_row(reading: Reading, received_ms: int) -> tuple[object, ...]:
    """Returns the reading in the order of `READING_COLUMNS`."""
    value: Value = reading.value
    kind = type(value)
    if kind is float:
        columns: tuple[object, object, object, object] = (value, None, None, None)
    elif kind is bool:
        columns = (None, int(value), None, None)
    elif kind is str:
        columns = (None, None, value, None)
    elif kind is bytes:
        columns = (None, None, None, value)
    else:
        columns = (float(value), None, None, None)
    quality = reading.quality
    return (
        reading.device,
        reading.quantity,
        reading.unit,
        reading.time_ms,
        reading.sequence,
        # Identity before `.value`: an enumeration's property costs ten times a comparison, on every row.
        "good" if quality is Quality.GOOD else quality.value,
        reading.evidence,
        received_ms,
        *columns,
    )


def insert_many(
    connection: sqlite3.Connection, table: str, columns: Sequence[str], rows: Sequence[tuple[object, ...]], *, verb: str = "INSERT"
) -> int:
    """Inserts all rows and returns the row number of the last one, 0 if there is none; numbers are consecutive."""
    one = f"({','.join('?' * len(columns))})"
    head = f"{verb} INTO {table} ({','.join(columns)}) VALUES "
    position, last = 0, 0
    for size in _CHUNKS:
        while len(rows) - position >= size:
            values = list(chain.from_iterable(rows[position : position + size]))
            last = connection.execute(head + ",".join([one] * size), values).lastrowid or 0
            position += size
    return last


def _insert_evidence(connection: sqlite3.Connection, signed: Sequence[tuple[int, Delivery]]) -> None:
    # The same payload again, after its repeat was no longer recognised, stands by its newest readings.
    rows = [(last, len(delivery.readings), delivery.readings[0].evidence, delivery.payload) for last, delivery in signed]
    insert_many(connection, "evidence", ("last_reading", "readings", "sha256", "payload"), rows, verb="INSERT OR REPLACE")


def _identity_of_reject(delivery: Delivery) -> bytes:
    # Apart from the accepted: a message refused today must not count as a repeat once its device is known and it comes again.
    return hashlib.sha256(b"reject" + delivery.identity).digest()


def _existing(connection: sqlite3.Connection, identities: Sequence[bytes]) -> list[bytes]:
    found: list[bytes] = []
    position = 0
    for size in _CHUNKS:
        while len(identities) - position >= size:
            some = identities[position : position + size]
            marks = ",".join("?" * size)
            rows = connection.execute(f"SELECT identity FROM deliveries WHERE identity IN ({marks})", some)  # noqa: S608 - marks only
            found.extend(row[0] for row in rows)
            position += size
    return found


def _insert_devices(connection: sqlite3.Connection, devices: dict[str, Delivery]) -> None:
    connection.executemany(
        "INSERT OR IGNORE INTO devices (id, driver, first_seen_ms) VALUES (?, ?, ?)",
        [(device, delivery.driver, delivery.received_ms) for device, delivery in devices.items()],
    )


def _insert_rejects(connection: sqlite3.Connection, rejected: Sequence[Delivery], settings: StoreSettings) -> None:
    if not rejected:
        return
    before = int(
        connection.execute(
            "SELECT coalesce(max(bytes_before + kept_bytes), 0) FROM rejects WHERE id = (SELECT max(id) FROM rejects)"
        ).fetchone()[0]
    )
    rows: list[tuple[object, ...]] = []
    for delivery in rejected:
        reject = delivery.reject or Reject("", "")
        kept = delivery.payload[: settings.reject_payload_bytes]
        digest = hashlib.sha256(delivery.payload).digest()
        sizes = (len(delivery.payload), len(kept), before)
        rows.append((delivery.driver, delivery.source, reject.reason, reject.detail, delivery.received_ms, *sizes, digest, kept))
        before += len(kept)
    columns = ("driver", "source", "reason", "detail", "received_ms", "payload_bytes", "kept_bytes", "bytes_before", "sha256", "payload")
    last = insert_many(connection, "rejects", columns, rows)
    connection.execute("DELETE FROM rejects WHERE id <= ?", (last - settings.rejects_keep_count,))
    connection.execute("DELETE FROM rejects WHERE bytes_before < ?", (before - settings.rejects_keep_bytes,))
