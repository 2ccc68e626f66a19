"""The findings table: one row per agent, subject, item and edition; judging again changes nothing."""

import json
import sqlite3
from collections.abc import Iterator

from edge_agents.finding import Finding, SubjectKind, Verdict
from gateway.store.records import StoredFinding

_COLUMNS = (
    "id, agent, agent_hash, kind, subject, item, device, verdict, label, confidence, from_ms, to_ms, readings, measures, evidence, "
    "first_reading, last_reading, created_ms, edition, beside"
)


def insert(
    connection: sqlite3.Connection,
    finding: Finding,
    *,
    created_ms: int,
    first_reading: int | None = None,
    last_reading: int | None = None,
    edition: int = 0,
    beside: bool = False,
) -> StoredFinding:
    """Stores the finding and returns it as stored; if this agent has judged this item before, returns what it found then.

    `edition` is the number of the correction after which it was drawn, 0 for none; `beside` says that another policy than the shipment's
    own drew it.

    `created_ms` becomes the time of what is stated about it. Where the clock was set back, the finding before it gives the time instead:
    statements follow each other in time, and the signer would refuse one that does not.
    """
    marks = ",".join("?" * (_COLUMNS.count(",")))
    last = connection.execute("SELECT created_ms FROM findings ORDER BY id DESC LIMIT 1").fetchone()
    created_ms = created_ms if last is None else max(created_ms, last[0])
    values = (
        finding.agent,
        finding.agent_hash,
        finding.kind.value,
        finding.subject,
        finding.item,
        finding.device,
        int(finding.verdict),
        finding.label,
        finding.confidence,
        finding.from_ms,
        finding.to_ms,
        finding.readings,
        json.dumps(finding.measures),
        finding.evidence,
        first_reading,
        last_reading,
        created_ms,
        edition,
        int(beside),
    )
    sql = (
        f"INSERT INTO findings ({_COLUMNS.removeprefix('id, ')}) VALUES ({marks}) "  # noqa: S608 - own constant
        "ON CONFLICT (agent_hash, kind, subject, item, edition) DO NOTHING"
    )
    connection.execute(sql, values)
    row = connection.execute(
        f"SELECT {_COLUMNS} FROM findings WHERE agent_hash = ? AND kind = ? AND subject = ? AND item = ? AND edition = ?",  # noqa: S608 - own constant
        (finding.agent_hash, finding.kind.value, finding.subject, finding.item, edition),
    ).fetchone()
    return _record(row)


def get(connection: sqlite3.Connection, finding_id: int) -> StoredFinding | None:
    """Returns the finding with that number, or None."""
    row = connection.execute(f"SELECT {_COLUMNS} FROM findings WHERE id = ?", (finding_id,)).fetchone()  # noqa: S608 - own constant
    return None if row is None else _record(row)


def select_subject(connection: sqlite3.Connection, subject: str, *, beside: bool = False) -> Iterator[StoredFinding]:
    """Yields what was found about a subject, in order: by its own policy or plan, or by those `beside` it."""
    sql = f"SELECT {_COLUMNS} FROM findings WHERE subject = ? AND beside = ? ORDER BY id"  # noqa: S608 - own constant
    for row in connection.execute(sql, (subject, int(beside))):
        yield _record(row)


def select_whole(connection: sqlite3.Connection, subject: str) -> list[StoredFinding]:
    """Returns what was found about a lot as a whole, in order."""
    sql = f"SELECT {_COLUMNS} FROM findings WHERE subject = ? AND item = '' AND beside = 0 ORDER BY id"  # noqa: S608 - own constant
    return [_record(row) for row in connection.execute(sql, (subject,))]


def count_items(connection: sqlite3.Connection, subject: str) -> int:
    """Returns of how many items of a lot something was found."""
    sql = "SELECT count(DISTINCT item) FROM findings WHERE subject = ? AND item != '' AND beside = 0"
    return int(connection.execute(sql, (subject,)).fetchone()[0])


def select_latest(
    connection: sqlite3.Connection,
    *,
    kind: SubjectKind | None = None,
    device: str | None = None,
    label: str | None = None,
    minimum_confidence: float = 0.0,
    before: int | None = None,
    limit: int = 50,
) -> list[StoredFinding]:
    """Returns the newest findings about shipments and items, newest first; `before` is the lowest number of the page above.

    Verdicts on whole lots are left out: the lots table leads to them.
    """
    sql = (
        f"SELECT {_COLUMNS} FROM findings WHERE (:kind IS NULL OR kind = :kind) AND (:label IS NULL OR label = :label) "  # noqa: S608 - own constant
        "AND (kind != 'lot' OR item != '') AND (:device IS NULL OR device = :device) AND confidence >= :confidence "
        "AND (:before IS NULL OR id < :before) ORDER BY id DESC LIMIT :limit"
    )
    values = {
        "kind": kind and kind.value,
        "device": device,
        "label": label,
        "confidence": minimum_confidence,
        "before": before,
        "limit": limit,
    }
    return [_record(row) for row in connection.execute(sql, values)]


def labels(connection: sqlite3.Connection, kind: SubjectKind) -> dict[str, int]:
    """Returns how many findings there are of each label."""
    sql = "SELECT label, count(*) FROM findings WHERE kind = ? AND (kind != 'lot' OR item != '') GROUP BY label ORDER BY label"
    return {row[0]: row[1] for row in connection.execute(sql, (kind.value,))}


def select_unattested(connection: sqlite3.Connection, *, after: int = 0, limit: int = 100) -> list[StoredFinding]:
    """Returns findings without an attestation, oldest first: the signer's work list. What rests on no reading cannot be attested.

    `after` is the number of a finding up to which there is none: without it each look would go through all that was ever found.
    """
    names = ", ".join(f"f.{name}" for name in _COLUMNS.split(", "))
    sql = (
        f"SELECT {names} FROM findings AS f WHERE f.id > ? AND f.readings > 0 "  # noqa: S608 - own constant
        "AND NOT EXISTS (SELECT 1 FROM attestations AS a WHERE a.finding = f.id) ORDER BY f.id LIMIT ?"
    )
    return [_record(row) for row in connection.execute(sql, (after, limit))]


def last_id(connection: sqlite3.Connection) -> int:
    """Returns the highest number given so far, 0 if none."""
    return int(connection.execute("SELECT coalesce(max(id), 0) FROM findings").fetchone()[0])


def _record(row: sqlite3.Row) -> StoredFinding:
    finding = Finding(
        agent=row[1],
        agent_hash=row[2],
        kind=SubjectKind(row[3]),
        subject=row[4],
        item=row[5],
        device=row[6],
        verdict=Verdict(row[7]),
        label=row[8],
        confidence=row[9],
        from_ms=row[10],
        to_ms=row[11],
        readings=row[12],
        measures=tuple((name, value) for name, value in json.loads(row[13])),
        evidence=row[14],
    )
    return StoredFinding(row[0], finding, row[15], row[16], row[17], row[18], bool(row[19]))
