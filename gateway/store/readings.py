"""The readings table. Rows are inserted by `gateway.store.ingest` alone, because a reading is stored together with its delivery."""

import sqlite3
from collections.abc import Iterator
from typing import Any

from drivers.reading import Quality, Reading, Value
from gateway.store.records import StoredReading

_COLUMNS = "id, device, quantity, unit, time_ms, sequence, quality, evidence, received_ms, value, value_bool, value_text, value_blob"
_QUALITY = {quality.value: quality for quality in Quality}
_HIGHEST = (1 << 63) - 1


def get(connection: sqlite3.Connection, reading_id: int) -> StoredReading | None:
    """Returns the reading with that number, or None."""
    row = connection.execute(f"SELECT {_COLUMNS} FROM readings WHERE id = ?", (reading_id,)).fetchone()  # noqa: S608 - own constant
    return None if row is None else _record(row)


def has_bytes(connection: sqlite3.Connection, reading_id: int) -> bool:
    """Returns whether the reading with that number is kept and holds bytes, such as an image."""
    sql = "SELECT 1 FROM readings WHERE id = ? AND value_blob IS NOT NULL"
    return connection.execute(sql, (reading_id,)).fetchone() is not None


def select_after(connection: sqlite3.Connection, reading_id: int, *, last: int = _HIGHEST, limit: int = 10_000) -> Iterator[StoredReading]:
    """Yields readings in order of arrival with numbers above `reading_id`, up to `last`: what a cursor has not seen."""
    sql = f"SELECT {_COLUMNS} FROM readings WHERE id > ? AND id <= ? ORDER BY id LIMIT ?"  # noqa: S608 - own constant
    for row in connection.execute(sql, (reading_id, last, limit)):
        yield _record(row)


def select_prefix_after(connection: sqlite3.Connection, prefix: str, reading_id: int, *, last: int, limit: int) -> Iterator[StoredReading]:
    """Yields readings whose quantity begins with `prefix`, in order of arrival, with numbers above `reading_id` up to `last`."""
    sql = (
        f"SELECT {_COLUMNS} FROM readings WHERE id > ? AND id <= ? AND substr(quantity, 1, ?) = ? "  # noqa: S608 - own constant
        "ORDER BY id LIMIT ?"
    )
    for row in connection.execute(sql, (reading_id, last, len(prefix), prefix, limit)):
        yield _record(row)


def select_window(
    connection: sqlite3.Connection, device: str, quantity: str, *, from_ms: int = -_HIGHEST, to_ms: int = _HIGHEST, limit: int = -1
) -> Iterator[StoredReading]:
    """Yields one series in device time, both ends included; equal times in order of arrival."""
    sql = (
        f"SELECT {_COLUMNS} FROM readings WHERE device = ? AND quantity = ? AND time_ms BETWEEN ? AND ? "  # noqa: S608 - own constant
        "ORDER BY time_ms, id LIMIT ?"
    )
    for row in connection.execute(sql, (device, quantity, from_ms, to_ms, limit)):
        yield _record(row)


def select_latest(connection: sqlite3.Connection, device: str, quantity: str, *, limit: int = 1) -> list[StoredReading]:
    """Returns the newest readings of a series by device time, oldest of them first."""
    sql = f"SELECT {_COLUMNS} FROM readings WHERE device = ? AND quantity = ? ORDER BY time_ms DESC, id DESC LIMIT ?"  # noqa: S608 - own constant
    return [_record(row) for row in connection.execute(sql, (device, quantity, limit)).fetchall()][::-1]


def select_latest_of(connection: sqlite3.Connection, device: str, quantity: str) -> StoredReading | None:
    """Returns a device's newest reading of what `quantities` names: a series, or with a slash at its end any of its family."""
    # "0" follows "/" in ASCII, so the range holds the family and nothing else; a plain name stands for itself.
    high = quantity[:-1] + "0" if quantity.endswith("/") else quantity + "\0"
    sql = f"SELECT {_COLUMNS} FROM readings WHERE device = ? AND quantity >= ? AND quantity < ? ORDER BY time_ms DESC, id DESC LIMIT 1"  # noqa: S608 - own constant
    row = connection.execute(sql, (device, quantity, high)).fetchone()
    return None if row is None else _record(row)


def select_buckets(
    connection: sqlite3.Connection, device: str, quantity: str, *, from_ms: int, to_ms: int, bucket_ms: int
) -> list[tuple[int, float, float]]:
    """Returns (time_ms, lowest, highest) of the numbers of a series per bucket of time: what a chart needs, whatever the rate.

    The time is that of the bucket's first reading; a bucket of 1 ms gives each reading.
    """
    sql = (
        "SELECT min(time_ms), min(value), max(value) FROM readings "
        "WHERE device = ? AND quantity = ? AND time_ms BETWEEN ? AND ? AND value IS NOT NULL GROUP BY time_ms / ? ORDER BY 1"
    )
    return [(row[0], row[1], row[2]) for row in connection.execute(sql, (device, quantity, from_ms, to_ms, bucket_ms))]


def times(connection: sqlite3.Connection, device: str, quantity: str, *, from_ms: int, to_ms: int) -> list[int]:
    """Returns the device times of the numbers of a series, from the index alone."""
    sql = (
        "SELECT time_ms FROM readings WHERE device = ? AND quantity = ? AND time_ms BETWEEN ? AND ? AND value IS NOT NULL ORDER BY time_ms"
    )
    return [row[0] for row in connection.execute(sql, (device, quantity, from_ms, to_ms))]


def least_delay(connection: sqlite3.Connection, device: str, quantity: str, *, from_ms: int) -> int | None:
    """Returns the smallest difference between gateway time of arrival and device time among a series' readings since `from_ms`.

    Below zero the device's clock is ahead by at least that; above, it is behind by at most that, or its fastest message took so long. Times
    that the gateway filled in say nothing. None where there is no other.
    """
    sql = "SELECT min(received_ms - time_ms) FROM readings WHERE device = ? AND quantity = ? AND time_ms >= ? AND quality != 'uncertain'"
    row = connection.execute(sql, (device, quantity, from_ms)).fetchone()
    return None if row[0] is None else int(row[0])


def span(connection: sqlite3.Connection, device: str, quantity: str) -> tuple[int, int] | None:
    """Returns the device times of the first and last reading of a series, or None; two steps down the index."""
    sql = "SELECT {}(time_ms) FROM readings WHERE device = ? AND quantity = ?"
    # Two statements, not one: SQLite walks to an end of an index only for a single min or max.
    first, last = (connection.execute(sql.format(end), (device, quantity)).fetchone()[0] for end in ("min", "max"))
    return None if first is None else (first, last)


def quantities(connection: sqlite3.Connection, device: str, *, limit: int = 100) -> list[str]:
    """Returns what the device measures, in alphabetical order; names with a slash, such as those of frames, only up to it.

    It steps from one quantity to the next through the index, so its cost is in quantities, not in readings.
    """
    found: list[str] = []
    after = ""
    while len(found) < limit:
        row = connection.execute("SELECT min(quantity) FROM readings WHERE device = ? AND quantity > ?", (device, after)).fetchone()
        if row[0] is None:
            break
        family, slash, _ = row[0].partition("/")
        found.append(family + slash)
        # "0" follows "/" in ASCII: the step goes past every name of the family.
        after = family + "0" if slash else row[0]
    return found


def last_id(connection: sqlite3.Connection) -> int:
    """Returns the highest number given so far, 0 if none."""
    return int(connection.execute("SELECT coalesce(max(id), 0) FROM readings").fetchone()[0])


def _record(row: Any) -> StoredReading:
    value: Value
    if row[9] is not None:
        value = row[9]
    elif row[10] is not None:
        value = bool(row[10])
    else:
        value = row[11] if row[11] is not None else row[12]
    return StoredReading(row[0], Reading(row[1], row[2], value, row[3], row[4], row[5], _QUALITY[row[6]], row[7]), row[8])
