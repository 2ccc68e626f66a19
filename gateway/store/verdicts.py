"""The tables of verdicts on chain: which are awaited, for whom and by which policy, and which attestation each one that is made speaks for.

A ballot is what the contracts know it as: one for each recipient, subject and agent (`QuorumResolver.topicOf`).
"""

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from oracle.publication import Kind, Publication, decode

OWN = b""
"""In the place of an agent: the shipment's own policy, or the lot's plan, whichever it is when the statement is made."""


@dataclass(frozen=True, slots=True)
class Awaited:
    """A verdict that an escrow or bond awaits."""

    subject: str
    """What it is about."""
    recipient: bytes
    """The escrow's buyer, or the bond's supplier."""
    agent: bytes = OWN
    """sha256 of the policy, or `OWN`."""


def insert(connection: sqlite3.Connection, gateway: bytes, ballot: Awaited, statement: bytes, index: int) -> None:
    """Notes that the verdict with that index speaks for a statement; raises sqlite3.IntegrityError where the ballot has one."""
    sql = "INSERT INTO verdicts (statement, gateway, subject, recipient, agent, batch_index) VALUES (?, ?, ?, ?, ?, ?)"
    connection.execute(sql, (statement, gateway, ballot.subject, ballot.recipient, ballot.agent, index))


def get(connection: sqlite3.Connection, gateway: bytes, ballot: Awaited) -> int | None:
    """Returns the index of the verdict on a ballot, or None; the ballot's agent is named."""
    sql = "SELECT batch_index FROM verdicts WHERE gateway = ? AND subject = ? AND recipient = ? AND agent = ?"
    row = connection.execute(sql, (gateway, ballot.subject, ballot.recipient, ballot.agent)).fetchone()
    return None if row is None else int(row[0])


def await_for(connection: sqlite3.Connection, awaited: Awaited) -> None:
    """Notes that a verdict is awaited; noting it again changes nothing."""
    sql = "INSERT INTO awaited (subject, recipient, agent) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
    connection.execute(sql, (awaited.subject, awaited.recipient, awaited.agent))


def forget(connection: sqlite3.Connection, awaited: Awaited) -> bool:
    """Awaits a verdict no longer; returns whether it was. What is published already stays."""
    sql = "DELETE FROM awaited WHERE subject = ? AND recipient = ? AND agent = ?"
    return connection.execute(sql, (awaited.subject, awaited.recipient, awaited.agent)).rowcount == 1


def select_awaited(connection: sqlite3.Connection, subject: str | None = None) -> list[Awaited]:
    """Returns which verdicts are awaited, of one subject or all, in the order in which they were named."""
    sql = "SELECT subject, recipient, agent FROM awaited WHERE subject = ? OR ? IS NULL ORDER BY id"
    return [Awaited(row[0], bytes(row[1]), bytes(row[2])) for row in connection.execute(sql, (subject, subject))]


def select_waiting(connection: sqlite3.Connection, gateway: bytes, schemas: Sequence[bytes]) -> list[Awaited]:
    """Returns the awaited verdicts that are not made and have a statement to speak for, those with the newest one first.

    What is corrected and not yet attested anew speaks for nothing: money would move by what is known to be wrong.
    """
    sql = (
        "SELECT subject, recipient, wanted FROM ("  # noqa: S608 - question marks only
        "SELECT w.id, w.subject, w.recipient, w.agent AS wanted, f.agent_hash, max(a.id) AS newest FROM awaited AS w "
        "JOIN attestations AS a ON a.subject = w.subject JOIN findings AS f ON f.id = a.finding "
        f"WHERE a.schema IN ({','.join('?' * len(schemas))}) "
        "AND (f.agent_hash = w.agent OR (length(w.agent) = 0 AND f.beside = 0)) "
        "AND f.edition = coalesce((SELECT t.edition FROM shipments AS t WHERE t.subject = w.subject), 0) GROUP BY w.id"
        ") AS s WHERE NOT EXISTS ("
        "SELECT 1 FROM verdicts AS v WHERE v.gateway = ? AND v.subject = s.subject AND v.recipient = s.recipient AND v.agent = s.agent_hash"
        ") ORDER BY newest DESC, id"
    )
    return [Awaited(row[0], bytes(row[1]), bytes(row[2])) for row in connection.execute(sql, (*schemas, gateway))]


def select_unjudged(connection: sqlite3.Connection) -> list[tuple[str, bytes]]:
    """Returns which trips that their own policy has judged are still to be judged by another, with that policy's hash, oldest first."""
    sql = (
        "SELECT DISTINCT w.subject, w.agent FROM awaited AS w JOIN shipments AS s ON s.subject = w.subject "
        "WHERE length(w.agent) = 32 AND s.closed_ms IS NOT NULL AND EXISTS ("
        "SELECT 1 FROM findings AS f WHERE f.subject = w.subject AND f.edition = s.edition AND f.beside = 0) AND NOT EXISTS ("
        "SELECT 1 FROM findings AS f WHERE f.agent_hash = w.agent AND f.kind = 'shipment' AND f.subject = w.subject AND f.item = '' "
        "AND f.edition = s.edition) ORDER BY s.opened_ms, w.subject, w.agent"
    )
    return [(row[0], bytes(row[1])) for row in connection.execute(sql)]


def select_revocations(connection: sqlite3.Connection, gateway: bytes) -> Iterator[Publication]:
    """Yields the gateway's revocations, newest first."""
    sql = "SELECT record FROM publications WHERE gateway = ? AND kind = ? ORDER BY id DESC"
    for row in connection.execute(sql, (gateway, Kind.REVOCATION.value)):
        yield decode(row[0])
