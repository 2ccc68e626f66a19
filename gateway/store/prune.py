"""Forgetting what the settings say may be forgotten, a bounded number of rows at a time."""

import sqlite3

from gateway.store import evidence
from gateway.store.settings import StoreSettings

ROWS_PER_PASS = 5000
"""Deleted per table and pass: some tens of milliseconds on an SD card, so commits are not held up."""

_HOUR_MS = 3_600_000

_OLD_READINGS = """
DELETE FROM readings WHERE id IN (
    SELECT r.id FROM readings AS r
    WHERE r.id <= (SELECT coalesce(min(reading_id), :last) FROM cursors)
      AND (r.received_ms < :before_ms OR r.id <= :beyond)
      AND NOT EXISTS (
          SELECT 1 FROM attachments AS a JOIN shipments AS s ON s.subject = a.subject
          WHERE a.device = r.device AND r.time_ms >= a.from_ms AND r.time_ms <= coalesce(a.to_ms, r.time_ms)
            AND (s.state != 'bundled' OR EXISTS (
                SELECT 1 FROM awaited AS w WHERE w.subject = s.subject AND length(w.agent) = 32 AND NOT EXISTS (
                    SELECT 1 FROM findings AS f
                    WHERE f.agent_hash = w.agent AND f.kind = 'shipment' AND f.subject = s.subject AND f.item = ''
                      AND f.edition = s.edition AND (f.beside = 0 OR EXISTS (
                          SELECT 1 FROM attestations AS t JOIN beside_bundles AS x ON x.attestation = t.uid WHERE t.finding = f.id))))))
    ORDER BY r.id LIMIT :rows)
RETURNING id
"""
"""Kept whatever their age: what a cursor has not passed, and the trips of which a bundle is not written, be it that of a policy by which
somebody awaits a verdict."""


def prune(connection: sqlite3.Connection, settings: StoreSettings, now_ms: int) -> tuple[int, int]:
    """Deletes old identities and readings, at most `ROWS_PER_PASS` of each, and returns how many of each."""
    connection.execute("BEGIN IMMEDIATE")
    deliveries = _prune_deliveries(connection, settings, now_ms)
    readings = _prune_readings(connection, settings, now_ms)
    connection.execute("COMMIT")
    return deliveries, readings


def _prune_deliveries(connection: sqlite3.Connection, settings: StoreSettings, now_ms: int) -> int:
    # Row numbers grow with arrival, so the oldest are the lowest and no index on the time is needed.
    first, last = connection.execute("SELECT min(rowid), max(rowid) FROM deliveries").fetchone()
    if first is None:
        return 0
    before_ms = now_ms - settings.deliveries_keep_hours * _HOUR_MS if settings.deliveries_keep_hours else -1
    window = (first, first + ROWS_PER_PASS, last - settings.deliveries_keep_count, before_ms)
    sql = "DELETE FROM deliveries WHERE rowid >= ? AND rowid < ? AND (rowid <= ? OR received_ms < ?)"
    return connection.execute(sql, window).rowcount


def _prune_readings(connection: sqlite3.Connection, settings: StoreSettings, now_ms: int) -> int:
    last = connection.execute("SELECT max(id) FROM readings").fetchone()[0]
    if last is None or not (settings.readings_keep_days or settings.readings_keep_count):
        return 0
    before_ms = now_ms - settings.readings_keep_days * 24 * _HOUR_MS if settings.readings_keep_days else -1
    beyond = last - settings.readings_keep_count if settings.readings_keep_count else 0
    values = {"last": last, "before_ms": before_ms, "beyond": beyond, "rows": ROWS_PER_PASS}
    deleted = [row[0] for row in connection.execute(_OLD_READINGS, values)]
    if deleted:
        evidence.prune(connection, min(deleted), max(deleted))
    return len(deleted)
