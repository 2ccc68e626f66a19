"""The lots table: what is inspected under which plan, and what became of it."""

import sqlite3
from collections.abc import Iterator

from edge_agents.finding import Verdict
from gateway.store.errors import UnknownRowError
from gateway.store.lot_records import Lot, LotState
from gateway.store.records import Step

_COLUMNS = (
    "subject, gtin, supplier, machine, lot_size, level, aql, severity, resumed, opened_ms, closed_ms, state, "
    "verdict, inspected, nonconforming"
)


def insert(connection: sqlite3.Connection, lot: Lot) -> bool:
    """Adds an open lot; returns False, changing nothing, if the subject is known."""
    marks = ",".join("?" * 12)
    names = ", ".join(_COLUMNS.split(", ")[:12])
    sql = f"INSERT INTO lots ({names}) VALUES ({marks}) ON CONFLICT DO NOTHING"  # noqa: S608 - own constants
    values = (
        *(lot.subject, lot.gtin, lot.supplier, lot.machine, lot.lot_size, lot.level, lot.aql, lot.severity),
        *(int(lot.resumed), lot.opened_ms, lot.closed_ms, lot.state.value),
    )
    return connection.execute(sql, values).rowcount == 1


def close(connection: sqlite3.Connection, subject: str, closed_ms: int) -> bool:
    """Ends a lot's inspection; returns False if it was not open."""
    sql = "UPDATE lots SET closed_ms = ?, state = 'closed' WHERE subject = ? AND state = 'open'"
    return connection.execute(sql, (closed_ms, subject)).rowcount == 1


def judged(connection: sqlite3.Connection, subject: str, verdict: Verdict, *, inspected: int, nonconforming: int, closed_ms: int) -> None:
    """Notes the verdict; a lot whose sample was complete before anybody closed it ends with it.

    Raises:
        UnknownRowError: there is no such lot without a verdict.
    """
    sql = (
        "UPDATE lots SET state = 'judged', verdict = ?, inspected = ?, nonconforming = ?, closed_ms = coalesce(closed_ms, ?) "
        "WHERE subject = ? AND state != 'judged'"
    )
    done = connection.execute(sql, (int(verdict), inspected, nonconforming, closed_ms, subject))
    if done.rowcount != 1:
        raise UnknownRowError("lots", subject)


def get(connection: sqlite3.Connection, subject: str) -> Lot | None:
    """Returns the lot, or None."""
    row = connection.execute(f"SELECT {_COLUMNS} FROM lots WHERE subject = ?", (subject,)).fetchone()  # noqa: S608 - own constant
    return None if row is None else _record(row)


def select_all(connection: sqlite3.Connection, *, limit: int = 1000) -> Iterator[Lot]:
    """Yields lots, the last opened first."""
    sql = f"SELECT {_COLUMNS} FROM lots ORDER BY opened_ms DESC, subject LIMIT ?"  # noqa: S608 - own constant
    for row in connection.execute(sql, (limit,)):
        yield _record(row)


def select_page(
    connection: sqlite3.Connection,
    *,
    supplier: str = "",
    judged: bool | None = None,
    verdict: Verdict | None = None,
    before: str = "",
    limit: int = 50,
) -> list[Lot]:
    """Returns lots, the last opened first, of one supplier or all, by verdict or all; `before` is the last subject of the page above."""
    sql = (
        f"SELECT {_COLUMNS} FROM lots WHERE (:supplier = '' OR supplier = :supplier) "  # noqa: S608 - own constant
        "AND (:judged IS NULL OR (verdict IS NOT NULL) = :judged) AND (:verdict IS NULL OR verdict = :verdict) "
        "AND (:before = '' OR (-opened_ms, subject) > (SELECT -b.opened_ms, b.subject FROM lots AS b WHERE b.subject = :before)) "
        "ORDER BY opened_ms DESC, subject LIMIT :limit"
    )
    values = {
        "supplier": supplier,
        "judged": None if judged is None else int(judged),
        "verdict": None if verdict is None else int(verdict),
        "before": before,
        "limit": limit,
    }
    return [_record(row) for row in connection.execute(sql, values)]


def suppliers(connection: sqlite3.Connection, *, limit: int = 100) -> list[str]:
    """Returns the names of who supplied lots, in order."""
    sql = "SELECT DISTINCT supplier FROM lots WHERE supplier != '' ORDER BY supplier LIMIT ?"
    return [row[0] for row in connection.execute(sql, (limit,))]


def select_unbundled(connection: sqlite3.Connection) -> Iterator[Lot]:
    """Yields every judged lot whose bundle is not written, the first opened first."""
    sql = f"SELECT {_COLUMNS} FROM lots WHERE state = 'judged' AND bundled = 0 ORDER BY opened_ms, subject"  # noqa: S608 - own constant
    for row in connection.execute(sql):
        yield _record(row)


def mark_bundled(connection: sqlite3.Connection, subject: str) -> None:
    """Notes that the bundle is written.

    Raises:
        UnknownRowError: there is no such judged lot.
    """
    done = connection.execute("UPDATE lots SET bundled = 1 WHERE subject = ? AND state = 'judged'", (subject,))
    if done.rowcount != 1:
        raise UnknownRowError("lots", subject)


def select_unjudged(connection: sqlite3.Connection) -> list[Lot]:
    """Returns lots without a verdict, the first opened first."""
    sql = f"SELECT {_COLUMNS} FROM lots WHERE state != 'judged' ORDER BY opened_ms, subject"  # noqa: S608 - own constant
    return [_record(row) for row in connection.execute(sql)]


def select_series(connection: sqlite3.Connection, supplier: str, gtin: str) -> list[Lot]:
    """Returns the judged lots of one supplier's product, in the order in which their inspection ended."""
    sql = f"SELECT {_COLUMNS} FROM lots WHERE supplier = ? AND gtin = ? AND state = 'judged' ORDER BY closed_ms, rowid"  # noqa: S608 - own constant
    return [_record(row) for row in connection.execute(sql, (supplier, gtin))]


def progress(connection: sqlite3.Connection, subject: str) -> Step:
    """Returns how far the proof of a lot's verdict has come; statements about its items go their own way."""
    row = connection.execute(
        "SELECT p.state FROM attestations AS a JOIN findings AS f ON f.id = a.finding LEFT JOIN batches AS b ON b.id = a.batch "
        "LEFT JOIN publications AS p ON p.gateway = b.gateway AND p.batch_index = b.batch_index AND p.kind IN ('anchor', 'stamp') "
        "WHERE a.subject = ? AND f.item = '' ORDER BY a.id DESC LIMIT 1",
        (subject,),
    ).fetchone()
    if row is None:
        return Step.RECORDED
    return {"included": Step.ANCHORED, "reported": Step.ANCHORED, "final": Step.FINAL}.get(row[0] or "", Step.SIGNED)


def _record(row: sqlite3.Row) -> Lot:
    return Lot(
        subject=row[0],
        gtin=row[1],
        supplier=row[2],
        machine=row[3],
        lot_size=row[4],
        level=row[5],
        aql=row[6],
        severity=row[7],
        resumed=bool(row[8]),
        opened_ms=row[9],
        closed_ms=row[10],
        state=LotState(row[11]),
        verdict=None if row[12] is None else Verdict(row[12]),
        inspected=row[13],
        nonconforming=row[14],
    )
