"""The publications table and the nonce ledger: `oracle.publication.PublicationStore` over the store.

The functions work on a connection, so that a batch and its publication are staged in one `write`; the class is for the publisher.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from typing import TypeVar

from gateway.store.errors import NonceTakenError, StoreBacklogError
from gateway.store.store import Store
from oracle.errors import SurroundingsError
from oracle.publication import Publication, PublicationStore, State, decode, encode

T = TypeVar("T")


def get(connection: sqlite3.Connection, gateway: bytes, batch_index: int) -> Publication | None:
    """Returns the publication of a batch, or None."""
    row = connection.execute("SELECT record FROM publications WHERE gateway = ? AND batch_index = ?", (gateway, batch_index)).fetchone()
    return None if row is None else decode(row[0])


def select_open(connection: sqlite3.Connection, gateway: bytes) -> Iterator[Publication]:
    """Yields a gateway's publications that are not FINAL, ascending by index."""
    sql = "SELECT record FROM publications WHERE gateway = ? AND state != ? ORDER BY batch_index"
    for row in connection.execute(sql, (gateway, State.FINAL.value)):
        yield decode(row[0])


def select_latest(connection: sqlite3.Connection, *, limit: int = 100) -> Iterator[Publication]:
    """Yields publications, newest first."""
    for row in connection.execute("SELECT record FROM publications ORDER BY id DESC LIMIT ?", (limit,)):
        yield decode(row[0])


def swap(connection: sqlite3.Connection, old: Publication | None, new: Publication) -> bool:
    """Stores `new` if the stored record has the revision of `old`, and says whether it did.

    With `old` None it inserts, and only the index that follows the gateway's last one, 0 at first.
    """
    record = encode(new).decode()
    if old is None:
        sql = (
            "INSERT INTO publications (gateway, batch_index, state, revision, updated_ms, record) SELECT ?, ?, ?, ?, ?, ? "
            "WHERE ? = (SELECT coalesce(max(batch_index) + 1, 0) FROM publications WHERE gateway = ?)"
        )
        values = (new.gateway, new.index, new.state.value, new.revision, new.since_ms, record, new.index, new.gateway)
        return connection.execute(sql, values).rowcount == 1
    if (old.gateway, old.index) != (new.gateway, new.index):
        return False
    sql = (
        "UPDATE publications SET state = ?, revision = ?, updated_ms = ?, record = ? WHERE gateway = ? AND batch_index = ? AND revision = ?"
    )
    changes = (new.state.value, new.revision, new.since_ms, record)
    return connection.execute(sql, (*changes, old.gateway, old.index, old.revision)).rowcount == 1


def reserve_nonce(connection: sqlite3.Connection, gateway: bytes, index: int, floor: int, *, now_ms: int) -> int:
    """Returns the nonce reserved for a batch if it is at least `floor`, else the larger of `floor` and one beyond the highest reserved."""
    sql = "SELECT max(nonce) FROM nonces WHERE sender = ? AND batch_index = ? AND nonce >= ?"
    reserved = connection.execute(sql, (gateway, index, floor)).fetchone()[0]
    if reserved is not None:
        return int(reserved)
    highest = connection.execute("SELECT coalesce(max(nonce), -1) FROM nonces WHERE sender = ?", (gateway,)).fetchone()[0]
    nonce = max(floor, int(highest) + 1)
    record_nonce(connection, gateway, nonce, index, now_ms=now_ms)
    return nonce


def record_nonce(connection: sqlite3.Connection, sender: bytes, nonce: int, index: int, *, now_ms: int) -> None:
    """Notes that a nonce carries a batch; noting the same again changes nothing.

    Raises:
        NonceTakenError: it carries another batch.
    """
    row = connection.execute("SELECT batch_index FROM nonces WHERE sender = ? AND nonce = ?", (sender, nonce)).fetchone()
    if row is None:
        connection.execute("INSERT INTO nonces VALUES (?, ?, ?, ?)", (sender, nonce, index, now_ms))
    elif row[0] != index:
        raise NonceTakenError(sender, nonce, row[0])


class Publications(PublicationStore):
    """What the publisher keeps its work in; every answer is on disk before it is given."""

    def __init__(self, store: Store, now_ms: Callable[[], int]) -> None:
        self._store = store
        self._now_ms = now_ms

    async def load_open(self, gateway: bytes) -> tuple[Publication, ...]:
        """Returns every publication of the gateway that is not FINAL, ascending by index."""
        with self._store.read() as connection:
            return tuple(select_open(connection, gateway))

    async def compare_and_swap(self, old: Publication | None, new: Publication) -> bool:
        """Stores `new` if the stored record of its (gateway, index) has the revision of `old`, and says whether it did."""
        return await self._keep(lambda connection: swap(connection, old, new))

    async def reserve_nonce(self, gateway: bytes, index: int, floor: int) -> int:
        """Returns the nonce for this anchor, reserved on disk."""
        now_ms = self._now_ms()
        return await self._keep(lambda connection: reserve_nonce(connection, gateway, index, floor, now_ms=now_ms))

    async def _keep(self, work: Callable[[sqlite3.Connection], T]) -> T:
        try:
            return await asyncio.wrap_future(self._store.write(work))
        except StoreBacklogError as error:
            # The publisher knows the oracle's families only: this one says that trying again later helps.
            raise SurroundingsError(str(error)) from error
