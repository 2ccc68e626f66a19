"""The publications table, the nonce ledger and the book of fees: `oracle.publication.PublicationStore` over the store.

The functions work on a connection, so that a batch and its publication are staged in one `write`; the class is for the publisher. A nonce
is *held* by an open publication that has a transaction under it, or that is a filler made for it; nobody else is given it meanwhile.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from typing import TypeVar

from gateway.store.errors import StoreBacklogError
from gateway.store.store import Store
from oracle.errors import SurroundingsError
from oracle.fees import GWEI, day_of
from oracle.publication import CLOSED, Key, Kind, Publication, PublicationStore, decode, encode

T = TypeVar("T")
GAPS = 16
"""Most gaps found at once."""
_CLOSED = ", ".join(f"'{state.value}'" for state in sorted(CLOSED))
_HELD = f"gateway = ? AND nonce >= ? AND state NOT IN ({_CLOSED}, 'replaced')"


def get(connection: sqlite3.Connection, gateway: bytes, index: int, kind: Kind = Kind.ANCHOR) -> Publication | None:
    """Returns a publication, or None; without a kind the anchor of a batch, or its stamp where it is stamped."""
    sql = "SELECT record FROM publications WHERE gateway = ? AND kind = ? AND batch_index = ?"
    row = connection.execute(sql, (gateway, kind.value, index)).fetchone()
    if row is None and kind is Kind.ANCHOR:
        row = connection.execute(sql, (gateway, Kind.STAMP.value, index)).fetchone()
    return None if row is None else decode(row[0])


def select_open(connection: sqlite3.Connection, gateway: bytes) -> Iterator[Publication]:
    """Yields a gateway's publications in which something is left to do: fillers first, then as they were staged."""
    sql = f"SELECT record FROM publications WHERE gateway = ? AND state NOT IN ({_CLOSED}) ORDER BY kind != 'filler', id"  # noqa: S608
    for row in connection.execute(sql, (gateway,)):
        yield decode(row[0])


def select_left(connection: sqlite3.Connection, gateway: bytes) -> Iterator[Publication]:
    """Yields what other gateways' keys left open in this store, as it was staged; only their own keys can finish it."""
    sql = f"SELECT record FROM publications WHERE gateway != ? AND state NOT IN ({_CLOSED}) ORDER BY id"  # noqa: S608
    for row in connection.execute(sql, (gateway,)):
        yield decode(row[0])


def abandon(connection: sqlite3.Connection, gateway: bytes) -> tuple[int, int]:
    """Forgets a gateway's open publications; returns how many, and how many statements wait for a batch again because of that.

    What it has on chain already stays there: a statement may then stand under two anchors, which contradicts nothing.
    """
    open_ = list(select_open(connection, gateway))
    freed = 0
    for one in open_:
        key = (gateway, one.index)
        if one.kind in {Kind.ANCHOR, Kind.STAMP}:
            batch = "SELECT id FROM batches WHERE gateway = ? AND batch_index = ?"
            sql = f"UPDATE attestations SET batch = NULL, position = NULL WHERE batch = ({batch})"  # noqa: S608 - the text above
            freed += connection.execute(sql, key).rowcount
            connection.execute("DELETE FROM batches WHERE gateway = ? AND batch_index = ?", key)
        elif one.kind is Kind.VERDICT:
            connection.execute("DELETE FROM verdicts WHERE gateway = ? AND batch_index = ?", key)
        connection.execute("DELETE FROM publications WHERE gateway = ? AND batch_index = ? AND kind = ?", (*key, one.kind.value))
    return len(open_), freed


def select_latest(connection: sqlite3.Connection, *, limit: int = 100) -> Iterator[Publication]:
    """Yields publications, newest first."""
    for row in connection.execute("SELECT record FROM publications ORDER BY id DESC LIMIT ?", (limit,)):
        yield decode(row[0])


def next_index(connection: sqlite3.Connection, gateway: bytes, kind: Kind) -> int:
    """Returns the index that the gateway's next publication of a kind must have."""
    sql = "SELECT coalesce(max(batch_index) + 1, 0) FROM publications WHERE gateway = ? AND kind = ?"
    return int(connection.execute(sql, (gateway, kind.value)).fetchone()[0])


def swap(connection: sqlite3.Connection, old: Publication | None, new: Publication) -> bool:
    """Stores `new` if the stored record has the revision of `old`, and says whether it did; its cost is kept with it.

    With `old` None it inserts, and only the index that follows the gateway's last one of the kind, 0 at first.
    """
    record = encode(new).decode()
    if old is None:
        sql = (
            "INSERT INTO publications (gateway, kind, batch_index, state, nonce, revision, updated_ms, record) "
            "SELECT ?, ?, ?, ?, ?, ?, ?, ? "
            "WHERE ? = (SELECT coalesce(max(batch_index) + 1, 0) FROM publications WHERE gateway = ? AND kind = ?)"
        )
        key = (new.gateway, new.kind.value, new.index)
        values = (*key, new.state.value, new.nonce, new.revision, new.since_ms, record, new.index, new.gateway, new.kind.value)
        return connection.execute(sql, values).rowcount == 1
    if (old.gateway, old.key) != (new.gateway, new.key):
        return False
    sql = (
        "UPDATE publications SET state = ?, nonce = ?, revision = ?, updated_ms = ?, record = ? "
        "WHERE gateway = ? AND kind = ? AND batch_index = ? AND revision = ?"
    )
    changes = (new.state.value, new.nonce, new.revision, new.since_ms, record)
    if connection.execute(sql, (*changes, old.gateway, old.kind.value, old.index, old.revision)).rowcount != 1:
        return False
    _book(connection, new)
    return True


def reserve_nonce(connection: sqlite3.Connection, gateway: bytes, key: Key, floor: int, *, now_ms: int) -> int:
    """Returns the larger of `floor` and one beyond the highest nonce held, and notes for what it was reserved.

    A reservation that was never signed for holds nothing: no transaction under it ever left this machine.
    """
    held = connection.execute(f"SELECT max(nonce) FROM publications WHERE {_HELD}", (gateway, floor)).fetchone()[0]  # noqa: S608
    nonce = floor if held is None else int(held) + 1
    sql = "INSERT OR REPLACE INTO nonces (sender, nonce, kind, batch_index, used_ms) VALUES (?, ?, ?, ?, ?)"
    connection.execute(sql, (gateway, nonce, key[0].value, key[1], now_ms))
    return nonce


def find_gaps(connection: sqlite3.Connection, gateway: bytes, floor: int) -> tuple[int, ...]:
    """Returns the nonces from `floor` on that nobody holds although a later one is held, `GAPS` at most."""
    rows = connection.execute(f"SELECT DISTINCT nonce FROM publications WHERE {_HELD} ORDER BY nonce", (gateway, floor))  # noqa: S608
    gaps: list[int] = []
    expected = floor
    for (nonce,) in rows:
        gaps += range(expected, min(nonce, expected + GAPS))
        expected = nonce + 1
    return tuple(gaps[:GAPS])


# Fees


def _book(connection: sqlite3.Connection, record: Publication) -> None:
    if record.nonce is None or not record.attempts:
        return
    gwei = -(-record.cost_wei() // GWEI)
    sql = (
        "INSERT INTO fees (sender, nonce, day_ms, gwei) VALUES (?, ?, ?, ?) ON CONFLICT (sender, nonce) DO UPDATE SET gwei = excluded.gwei"
    )
    connection.execute(sql, (record.gateway, record.nonce, day_of(record.attempts[0].signed_ms), gwei))


def spent_wei(connection: sqlite3.Connection, gateway: bytes, since_ms: int) -> int:
    """Returns what the nonces cost together that were first signed for on that day or later; most of it, where no receipt was seen yet."""
    sql = "SELECT coalesce(sum(gwei), 0) FROM fees WHERE sender = ? AND day_ms >= ?"
    return int(connection.execute(sql, (gateway, since_ms)).fetchone()[0]) * GWEI


# Contracts


def pin(connection: sqlite3.Connection, address: bytes, fingerprint: bytes) -> bytes:
    """Returns the fingerprint kept for a contract; the given one where none was, which then is kept."""
    connection.execute("INSERT OR IGNORE INTO pins VALUES (?, ?)", (address, fingerprint))
    return bytes(connection.execute("SELECT fingerprint FROM pins WHERE address = ?", (address,)).fetchone()[0])


def unpin(connection: sqlite3.Connection, address: bytes) -> bool:
    """Forgets a contract's fingerprint, so that the next one seen is kept; returns whether there was one."""
    return connection.execute("DELETE FROM pins WHERE address = ?", (address,)).rowcount == 1


class Publications(PublicationStore):
    """What the publisher keeps its work in; every answer is on disk before it is given."""

    def __init__(self, store: Store, now_ms: Callable[[], int]) -> None:
        self._store = store
        self._now_ms = now_ms

    async def load_open(self, gateway: bytes) -> tuple[Publication, ...]:
        """Returns every publication of the gateway in which something is left to do: fillers first, then as they were staged."""
        with self._store.read() as connection:
            return tuple(select_open(connection, gateway))

    async def compare_and_swap(self, old: Publication | None, new: Publication) -> bool:
        """Stores `new` if the stored record of its (gateway, kind, index) has the revision of `old`, and says whether it did."""
        return await self._keep(lambda connection: swap(connection, old, new))

    async def reserve_nonce(self, gateway: bytes, key: Key, floor: int) -> int:
        """Returns the nonce for this publication, noted on disk."""
        now_ms = self._now_ms()
        return await self._keep(lambda connection: reserve_nonce(connection, gateway, key, floor, now_ms=now_ms))

    async def next_index(self, gateway: bytes, kind: Kind) -> int:
        """Returns the index that the gateway's next publication of a kind must have."""
        with self._store.read() as connection:
            return next_index(connection, gateway, kind)

    async def find_gaps(self, gateway: bytes, floor: int) -> tuple[int, ...]:
        """Returns the nonces from `floor` on that nobody holds although a later one is held."""
        with self._store.read() as connection:
            return find_gaps(connection, gateway, floor)

    async def spent_wei(self, gateway: bytes, since_ms: int) -> int:
        """Returns what the publications cost together whose nonces were first signed for on that day or later."""
        with self._store.read() as connection:
            return spent_wei(connection, gateway, since_ms)

    async def pin(self, address: bytes, fingerprint: bytes) -> bytes:
        """Returns the fingerprint kept for a contract; the given one where none was."""
        return await self._keep(lambda connection: pin(connection, address, fingerprint))

    async def _keep(self, work: Callable[[sqlite3.Connection], T]) -> T:
        try:
            return await asyncio.wrap_future(self._store.write(work))
        except StoreBacklogError as error:
            # The publisher knows the oracle's families only: this one says that trying again later helps.
            raise SurroundingsError(str(error)) from error
