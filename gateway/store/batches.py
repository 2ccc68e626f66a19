"""The batches table. A batch's leaves are its attestations; its tree is built anew from them, so only the root is kept."""

import sqlite3
from collections.abc import Iterator

from gateway.store.errors import BatchGapError, UnknownRowError
from gateway.store.records import StoredBatch
from oracle.batch import Batch, BatchLeaf
from oracle.hexes import to_checksum

_COLUMNS = "id, gateway, batch_index, root, count, created_ms"


def next_index(connection: sqlite3.Connection, gateway: bytes) -> int:
    """Returns the index that the gateway's next batch must have."""
    row = connection.execute("SELECT coalesce(max(batch_index) + 1, 0) FROM batches WHERE gateway = ?", (gateway,)).fetchone()
    return int(row[0])


def insert(connection: sqlite3.Connection, gateway: bytes, batch: Batch, *, created_ms: int) -> int:
    """Stores a batch and lays its attestations into it, in the order of its leaves; returns its number.

    Raises:
        BatchGapError: the index is not the next one.
        UnknownRowError: a leaf is no stored attestation, or is in a batch already.
    """
    expected = next_index(connection, gateway)
    if batch.index != expected:
        raise BatchGapError(gateway, batch.index, expected)
    sql = "INSERT INTO batches (gateway, batch_index, root, count, created_ms) VALUES (?, ?, ?, ?, ?)"
    number = connection.execute(sql, (gateway, batch.index, batch.root, batch.count, created_ms)).lastrowid or 0
    for position, leaf in enumerate(batch.leaves):
        sql = "UPDATE attestations SET batch = ?, position = ? WHERE uid = ? AND attester = ? AND digest = ? AND batch IS NULL"
        if connection.execute(sql, (number, position, leaf.uid, leaf.attester, leaf.digest)).rowcount != 1:
            raise UnknownRowError("unbatched attestations", f"0x{leaf.uid.hex()}")
    return number


def get(connection: sqlite3.Connection, gateway: bytes, batch_index: int) -> StoredBatch | None:
    """Returns the batch without its leaves, or None."""
    sql = f"SELECT {_COLUMNS} FROM batches WHERE gateway = ? AND batch_index = ?"  # noqa: S608 - own constant
    row = connection.execute(sql, (gateway, batch_index)).fetchone()
    return None if row is None else StoredBatch(*row)


def load(connection: sqlite3.Connection, gateway: bytes, batch_index: int) -> Batch:
    """Returns the batch with its tree, for proofs.

    Raises:
        UnknownRowError: there is no such batch.
    """
    sql = (
        "SELECT a.uid, a.attester, a.digest FROM attestations AS a JOIN batches AS b ON b.id = a.batch "
        "WHERE b.gateway = ? AND b.batch_index = ? ORDER BY a.position"
    )
    leaves = [BatchLeaf(*row) for row in connection.execute(sql, (gateway, batch_index))]
    if not leaves:
        raise UnknownRowError("batches", f"{batch_index} of {to_checksum(gateway)}")
    return Batch.build(batch_index, leaves)


def select_all(connection: sqlite3.Connection, *, limit: int = 1000) -> Iterator[StoredBatch]:
    """Yields batches, newest first."""
    for row in connection.execute(f"SELECT {_COLUMNS} FROM batches ORDER BY id DESC LIMIT ?", (limit,)):  # noqa: S608 - own constant
        yield StoredBatch(*row)
