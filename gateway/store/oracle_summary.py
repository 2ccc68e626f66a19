"""What `aios oracle status` and the metrics say about publishing, from the tables alone: it is true whether or not a gateway runs."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass

from gateway.store import publications
from gateway.store.verdicts import Awaited
from oracle.fees import GWEI, day_of
from oracle.publication import CLOSED
from oracle.schemas import LotVerdictStatement, ShipmentStatement

WHOLE = (ShipmentStatement.UID, LotVerdictStatement.UID)
"""Schemas of statements about a whole subject: what a verdict on chain speaks for."""
_CLOSED = ", ".join(f"'{state.value}'" for state in sorted(CLOSED))


@dataclass(frozen=True, slots=True)
class OracleSummary:
    """What one gateway has published, is publishing, and has paid."""

    batches: int
    """Batches made."""
    attestations: int
    """Attestations in them."""
    unbatched: int
    """Attestations that wait for a batch."""
    states: Mapping[str, Mapping[str, int]]
    """How many publications of each kind stand in each state."""
    transactions: int
    """Nonces that were signed for."""
    spent_wei: int
    """What they cost together; the most that it can be for those whose receipt was not seen."""
    spent_today_wei: int
    """The same of those first signed for on this day (UTC)."""
    oldest_unanchored_ms: int | None
    """When the oldest attestation was made that stands under no final root, None where there is none."""


def summarise(connection: sqlite3.Connection, gateway: bytes, now_ms: int) -> OracleSummary:
    """Returns the summary of one gateway at a moment of the chain's clock."""
    ((batches, attestations),) = connection.execute("SELECT count(*), coalesce(sum(count), 0) FROM batches WHERE gateway = ?", (gateway,))
    ((unbatched,),) = connection.execute("SELECT count(*) FROM attestations WHERE batch IS NULL")
    states: dict[str, dict[str, int]] = {}
    sql = "SELECT kind, state, count(*) FROM publications WHERE gateway = ? GROUP BY kind, state ORDER BY kind, state"
    for kind, state, count in connection.execute(sql, (gateway,)):
        states.setdefault(kind, {})[state] = count
    ((transactions, gwei),) = connection.execute("SELECT count(*), coalesce(sum(gwei), 0) FROM fees WHERE sender = ?", (gateway,))
    return OracleSummary(
        batches=batches,
        attestations=attestations,
        unbatched=unbatched,
        states=states,
        transactions=transactions,
        spent_wei=gwei * GWEI,
        spent_today_wei=publications.spent_wei(connection, gateway, day_of(now_ms)),
        oldest_unanchored_ms=oldest_unanchored(connection, gateway),
    )


@dataclass(frozen=True, slots=True)
class Ballot:
    """A verdict on chain that is awaited or made."""

    awaited: Awaited
    """What it is about, for whom, and by which policy; of one that is made the policy is named."""
    index: int | None
    """Its number among the gateway's verdicts, None before it is staged."""
    state: str
    """How far its publication has come; empty before it is staged."""
    stated: bool
    """Whether there is a statement for it to speak for."""


def select_ballots(connection: sqlite3.Connection, gateway: bytes, *, limit: int = 100) -> list[Ballot]:
    """Returns the gateway's verdicts: first those that are awaited and not made, then those that are made, newest first."""
    sql = (
        "SELECT subject, recipient, wanted, stated FROM (SELECT w.id, w.subject, w.recipient, w.agent AS wanted, ("
        "SELECT f.agent_hash FROM attestations AS a JOIN findings AS f ON f.id = a.finding WHERE a.subject = w.subject "
        "AND a.schema IN (?, ?) AND (f.agent_hash = w.agent OR (length(w.agent) = 0 AND f.beside = 0)) "
        "AND f.edition = coalesce((SELECT t.edition FROM shipments AS t WHERE t.subject = w.subject), 0) ORDER BY a.id DESC LIMIT 1"
        ") AS stated FROM awaited AS w) AS s WHERE NOT EXISTS (SELECT 1 FROM verdicts AS v WHERE v.gateway = ? "
        "AND v.subject = s.subject AND v.recipient = s.recipient AND v.agent = coalesce(s.stated, s.wanted)) ORDER BY id DESC LIMIT ?"
    )
    found = []
    for subject, recipient, agent, stated in connection.execute(sql, (*WHOLE, gateway, limit)):
        found.append(Ballot(Awaited(subject, bytes(recipient), bytes(agent)), None, "", stated is not None))
    sql = (
        "SELECT v.subject, v.recipient, v.agent, v.batch_index, p.state FROM verdicts AS v JOIN publications AS p "
        "ON p.gateway = v.gateway AND p.kind = 'verdict' AND p.batch_index = v.batch_index WHERE v.gateway = ? "
        "ORDER BY v.batch_index DESC LIMIT ?"
    )
    for subject, recipient, agent, index, state in connection.execute(sql, (gateway, limit)):
        found.append(Ballot(Awaited(subject, bytes(recipient), bytes(agent)), index, state, stated=True))
    return found


def oldest_unanchored(connection: sqlite3.Connection, gateway: bytes) -> int | None:
    """Returns when the oldest attestation was made that stands under no final root; reads only what is under way."""
    waiting = connection.execute("SELECT min(created_ms) FROM attestations WHERE batch IS NULL").fetchone()[0]
    sql = (
        "SELECT min(a.created_ms) FROM publications AS p JOIN batches AS b ON b.gateway = p.gateway AND b.batch_index = p.batch_index "  # noqa: S608
        "JOIN attestations AS a ON a.batch = b.id "
        f"WHERE p.gateway = ? AND p.kind IN ('anchor', 'stamp') AND p.state NOT IN ({_CLOSED})"
    )
    under_way = connection.execute(sql, (gateway,)).fetchone()[0]
    return min((moment for moment in (waiting, under_way) if moment is not None), default=None)


def senders(connection: sqlite3.Connection) -> list[bytes]:
    """Returns the gateways that published from this store: one, unless its key was changed."""
    return [bytes(row[0]) for row in connection.execute("SELECT gateway FROM publications GROUP BY gateway ORDER BY max(id) DESC")]
