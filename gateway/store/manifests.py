"""The manifests table: the text of every manifest under which a finding was drawn, so that a bundle can hold it after an upgrade."""

import hashlib
import sqlite3


def insert(connection: sqlite3.Connection, text: str) -> None:
    """Stores a manifest under its hash; storing it again changes nothing."""
    raw = text.encode()
    connection.execute("INSERT INTO manifests (hash, text) VALUES (?, ?) ON CONFLICT DO NOTHING", (hashlib.sha256(raw).digest(), raw))


def get(connection: sqlite3.Connection, manifest_hash: bytes) -> str | None:
    """Returns the manifest with that hash, or None."""
    row = connection.execute("SELECT text FROM manifests WHERE hash = ?", (manifest_hash,)).fetchone()
    return None if row is None else bytes(row[0]).decode()
