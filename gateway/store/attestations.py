"""The attestations table."""

import sqlite3
from collections.abc import Iterator

from gateway.store.records import StoredAttestation, StoredFinding
from oracle.attestation import Attestation, Domain

_SELECT = """
SELECT a.id, a.domain_version, a.domain_chain_id, a.verifying_contract, a.schema, a.recipient, a.time, a.expiration_time, a.revocable,
       a.ref_uid, a.data, a.salt, a.attester, a.signature, a.uid, a.subject, a.finding, a.event, a.created_ms,
       b.gateway, b.batch_index, a.position
FROM attestations AS a LEFT JOIN batches AS b ON b.id = a.batch
"""


def insert(connection: sqlite3.Connection, attestation: Attestation, *, subject: str, finding: int, event: bytes, created_ms: int) -> int:
    """Stores a signed attestation and returns its number.

    Raises:
        sqlite3.IntegrityError: the uid is known, or the finding is attested on this chain already.
    """
    domain = attestation.domain
    columns = {
        "uid": attestation.uid,
        "subject": subject,
        "finding": finding,
        "domain_version": domain.version,
        "domain_chain_id": domain.chain_id,
        "verifying_contract": domain.verifying_contract,
        "schema": attestation.schema,
        "recipient": attestation.recipient,
        "time": attestation.time,
        "expiration_time": attestation.expiration_time,
        "revocable": int(attestation.revocable),
        "ref_uid": attestation.ref_uid,
        "data": attestation.data,
        "salt": attestation.salt,
        "attester": attestation.attester,
        "signature": attestation.signature,
        "digest": attestation.digest,
        "event": event,
        "created_ms": created_ms,
    }
    sql = f"INSERT INTO attestations ({','.join(columns)}) VALUES ({','.join('?' * len(columns))})"  # noqa: S608 - the names above
    return connection.execute(sql, tuple(columns.values())).lastrowid or 0


def count(connection: sqlite3.Connection, attester: bytes) -> int:
    """Returns how many attestations a key has signed: the number of the next one in its sequence, which begins anew with a new key."""
    return int(connection.execute("SELECT count(*) FROM attestations WHERE attester = ?", (attester,)).fetchone()[0])


def get(connection: sqlite3.Connection, uid: bytes) -> StoredAttestation | None:
    """Returns the attestation with that uid, or None."""
    row = connection.execute(f"{_SELECT} WHERE a.uid = ?", (uid,)).fetchone()
    return None if row is None else _record(row)


def get_finding(connection: sqlite3.Connection, finding: int) -> StoredAttestation | None:
    """Returns the first attestation that states a finding, or None."""
    row = connection.execute(f"{_SELECT} WHERE a.finding = ? ORDER BY a.id LIMIT 1", (finding,)).fetchone()
    return None if row is None else _record(row)


def select_edition(connection: sqlite3.Connection, subject: str, edition: int) -> Iterator[StoredAttestation]:
    """Yields what was attested about one edition of a shipment by its own policy, in order."""
    sql = f"{_SELECT} JOIN findings AS f ON f.id = a.finding WHERE a.subject = ? AND f.edition = ? AND f.beside = 0 ORDER BY a.id"
    for row in connection.execute(sql, (subject, edition)):
        yield _record(row)


def corrected_by(connection: sqlite3.Connection, stored: StoredFinding) -> bytes:
    """Returns the uid of the statement that the one about a finding corrects; 32 zero bytes if there is none.

    By the shipment's own policy that is the newest one of an earlier edition, even if the product was another then; by one beside it, the
    newest one by the same agent. One agent never corrects a statement twice, which would be two verdicts.
    """
    by_agent = _newest_before(connection, stored, "f.agent_hash = ?", stored.finding.agent_hash)
    if stored.beside:
        return by_agent
    newest = _newest_before(connection, stored, "f.beside = ?", 0)
    sql = (
        "SELECT 1 FROM attestations AS a JOIN findings AS f ON f.id = a.finding "
        "WHERE a.subject = ? AND a.ref_uid = ? AND f.agent_hash = ? AND f.edition < ? LIMIT 1"
    )
    values = (stored.finding.subject, newest, stored.finding.agent_hash, stored.edition)
    return newest if connection.execute(sql, values).fetchone() is None else by_agent


def is_superseded(connection: sqlite3.Connection, stored: StoredFinding) -> bool:
    """Returns whether a later edition has made a statement already that corrects what a finding says."""
    sql = (
        "SELECT 1 FROM attestations AS a JOIN findings AS f ON f.id = a.finding "
        "WHERE a.subject = ? AND f.edition > ? AND (f.agent_hash = ? OR (f.beside = 0 AND ? = 0)) LIMIT 1"
    )
    values = (stored.finding.subject, stored.edition, stored.finding.agent_hash, int(stored.beside))
    return connection.execute(sql, values).fetchone() is not None


def _newest_before(connection: sqlite3.Connection, stored: StoredFinding, which: str, value: object) -> bytes:
    sql = (
        "SELECT a.uid FROM attestations AS a JOIN findings AS f ON f.id = a.finding "  # noqa: S608 - the callers' own conditions
        f"WHERE a.subject = ? AND f.edition < ? AND {which} ORDER BY f.edition DESC, a.id DESC LIMIT 1"
    )
    row = connection.execute(sql, (stored.finding.subject, stored.edition, value)).fetchone()
    return bytes(32) if row is None else bytes(row[0])


def select_subject(connection: sqlite3.Connection, subject: str, *, agent: bytes = b"") -> Iterator[StoredAttestation]:
    """Yields what was attested about a subject, in order: by its own policy or plan, or by the agent named."""
    which = "f.agent_hash = ?" if agent else "f.beside = 0 AND ? = x''"
    sql = f"{_SELECT} JOIN findings AS f ON f.id = a.finding WHERE a.subject = ? AND {which} ORDER BY a.id"
    for row in connection.execute(sql, (subject, agent)):
        yield _record(row)


def select_whole(connection: sqlite3.Connection, subject: str) -> list[StoredAttestation]:
    """Returns what was attested about a lot as a whole, in order; statements about its items are left out."""
    sql = f"{_SELECT} JOIN findings AS f ON f.id = a.finding WHERE a.subject = ? AND f.item = '' ORDER BY a.id"
    return [_record(row) for row in connection.execute(sql, (subject,))]


def select_current(connection: sqlite3.Connection, subject: str, *, agent: bytes = b"") -> Iterator[StoredAttestation]:
    """Yields of the same what is about the newest edition: after a correction nothing, until it is judged and attested anew."""
    which = "f.agent_hash = ?" if agent else "f.beside = 0 AND ? = x''"
    sql = (
        f"{_SELECT} JOIN findings AS f ON f.id = a.finding WHERE a.subject = ? AND {which} "  # noqa: S608 - the two above
        "AND f.edition = coalesce((SELECT s.edition FROM shipments AS s WHERE s.subject = a.subject), 0) ORDER BY a.id"
    )
    for row in connection.execute(sql, (subject, agent)):
        yield _record(row)


def select_unbatched(connection: sqlite3.Connection, *, limit: int = 10_000) -> list[StoredAttestation]:
    """Returns attestations that are in no batch, oldest first: the next batch's leaves."""
    return [_record(row) for row in connection.execute(f"{_SELECT} WHERE a.batch IS NULL ORDER BY a.id LIMIT ?", (limit,))]


def select_batch(connection: sqlite3.Connection, gateway: bytes, batch_index: int) -> list[StoredAttestation]:
    """Returns a batch's attestations in the order of its leaves."""
    sql = f"{_SELECT} WHERE b.gateway = ? AND b.batch_index = ? ORDER BY a.position"
    return [_record(row) for row in connection.execute(sql, (gateway, batch_index))]


def _record(row: sqlite3.Row) -> StoredAttestation:
    attestation = Attestation(
        domain=Domain(row[1], row[2], row[3]),
        schema=row[4],
        recipient=row[5],
        time=row[6],
        expiration_time=row[7],
        revocable=bool(row[8]),
        ref_uid=row[9],
        data=row[10],
        salt=row[11],
        attester=row[12],
        signature=row[13],
        uid=row[14],
    )
    return StoredAttestation(row[0], attestation, *row[15:22])
