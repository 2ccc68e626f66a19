"""The log on disk, and what it knows: an append-only file, and beside it an index that can be made again from it.

What is true, and what a restart finds:
- A line is written whole and fsynced before its signature is made. A crash in between leaves the line; asked again, the signer signs the
  same.
- A crash while a line is written leaves a torn last line, whose signature never left: it is cut off. Anything else that does not fit is
  refused.
- The index (SQLite) never knows more than the log. It holds number and hash of the newest line it knows, so that a log which was cut
  short or put back from a copy is noticed. Lost or damaged, it is made anew by reading the log; so it is after a release that told other
  topics apart, in one transaction that keeps what it remembers of the log's end.
- One process at a time: the log is locked (flock) for as long as it is open.
"""

import fcntl
import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from oracle.signing.errors import SignerFailedError, SigningLogError, SigningLogMissingError
from oracle.signing.judge import DAY_S, HOUR_S, Known
from oracle.signing.log import GENESIS, MAX_LINE, Imported, Record, check, check_link, decode, encode, hash_of
from oracle.signing.statements import Ask, Request

LOG_NAME = "signed.jsonl"
"""The log, below the signer's directory."""
INDEX_NAME = "signed.index"
"""The index beside it."""

TOPICS = 1
"""Which rule the index's topics follow (`oracle.topics`); 0 is that of releases that knew no agent in them."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS head (id INTEGER PRIMARY KEY CHECK (id = 1), number INTEGER NOT NULL, hash BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS signed (
    number INTEGER PRIMARY KEY, at_s INTEGER NOT NULL, key BLOB NOT NULL, stream TEXT NOT NULL, sequence INTEGER NOT NULL,
    commitment BLOB NOT NULL, topic BLOB, content BLOB NOT NULL, time_s INTEGER NOT NULL, nonce INTEGER NOT NULL,
    cost_gwei INTEGER NOT NULL, chain_id INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX IF NOT EXISTS by_sequence ON signed (key, stream, sequence);
CREATE INDEX IF NOT EXISTS by_commitment ON signed (key, stream, commitment);
CREATE INDEX IF NOT EXISTS by_time ON signed (key, stream, at_s);
CREATE INDEX IF NOT EXISTS by_topic_of_any_key ON signed (topic) WHERE topic IS NOT NULL;
"""


class Journal:
    """The log of one signer, open for appending."""

    def __init__(self, directory: Path, *, patience_seconds: float = 0.0) -> None:
        """Opens or begins the log below a directory, verifies its chain, and brings the index up to it.

        `patience_seconds` is how long another process that has it open may take to end.

        Raises:
            SigningLogError: the log does not hold.
            SignerFailedError: it cannot be opened, or another process has it open.

        """
        self.path = directory / LOG_NAME
        self._file = _open_locked(self.path, patience_seconds)
        try:
            self._broken = ""
            """Why nothing is taken any more: file or index may say something else than this process believes. A restart reads both anew."""
            self._index = _open_index(directory / INDEX_NAME)
            self._number, self._hash = self._catch_up()
        except BaseException:
            os.close(self._file)
            raise

    @property
    def count(self) -> int:
        """How many records there are."""
        return self._number

    @property
    def head(self) -> bytes:
        """Hash of the newest line; who keeps it elsewhere can tell a log that was cut short."""
        return self._hash

    def __enter__(self) -> Self:
        """Gives itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Closes file and index."""
        self.close()

    def close(self) -> None:
        """Closes file and index; everything appended is on disk already."""
        self._index.close()
        os.close(self._file)

    def known(self, key: bytes, ask: Ask, now_s: int) -> Known:
        """Returns what bears on a request of a key."""
        return Known(
            last=self._one("SELECT max(sequence) FROM signed WHERE key = ? AND stream = ?", -1, key, ask.stream),
            under_number=self._one(
                "SELECT commitment FROM signed WHERE key = ? AND stream = ? AND sequence = ? LIMIT 1", None, key, ask.stream, ask.sequence
            ),
            again=self.number_of(key, ask) is not None,
            time_s=self._one(
                "SELECT time_s FROM signed WHERE key = ? AND stream = ? ORDER BY sequence DESC LIMIT 1", 0, key, ask.stream
            ),
            hour=self._one(
                "SELECT count(*) FROM signed WHERE key = ? AND stream = ? AND at_s > ?", 0, key, ask.stream, now_s - HOUR_S
            ),
            topic=self._topic(ask.topic),
            day_gwei=self._one(
                "SELECT sum(most) FROM (SELECT max(cost_gwei) AS most FROM signed"
                " WHERE key = ? AND at_s > ? AND cost_gwei > 0 AND (chain_id, nonce) != (?, ?) GROUP BY chain_id, nonce)",
                0, key, now_s - DAY_S, ask.chain_id, ask.nonce,
            ),
        )  # fmt: skip

    def number_of(self, key: bytes, ask: Ask) -> int | None:
        """Returns the number under which a key signed the same commitment, or None."""
        sql = "SELECT sequence FROM signed WHERE key = ? AND stream = ? AND commitment = ? LIMIT 1"
        return self._one(sql, None, key, ask.stream, ask.commitment)  # type: ignore[no-any-return]

    def append(self, key: bytes, ask: Ask, words: int, what: Request | Imported, now_s: int) -> Record:
        """Writes one record; when this returns it is on disk, and the signature may be made.

        Raises:
            SignerFailedError: the disk failed, and nothing may be signed. The log is as it was, or nothing is taken until a restart.

        """
        if self._broken:
            raise SignerFailedError(f"{self.path}: {self._broken}; restart the signer once the disk is well")
        record = Record(self._number, self._hash, now_s, key, ask.sequence, ask.digest, words, what)
        line = encode(record)
        if len(line) > MAX_LINE:
            raise SignerFailedError(f"a record of {len(line)} bytes is longer than {MAX_LINE}")
        end = os.lseek(self._file, 0, os.SEEK_END)
        try:
            _write_whole(self._file, line)
            os.fsync(self._file)
        except OSError as error:
            raise self._cut_off(end, error.strerror or str(error)) from error
        # The record is on disk. A restart finds it and signs the same again, and nothing else under its number.
        self._number, self._hash = record.number + 1, hash_of(line)
        try:
            self._learn(((record, ask),))
        except sqlite3.Error as error:
            self._broken = f"its index did not take a record ({error})"
            raise SignerFailedError(f"{self.path}: {self._broken}; restart the signer once the disk is well") from error
        return record

    def _cut_off(self, end: int, reason: str) -> SignerFailedError:
        """Puts the log back to where it ended, and returns the refusal; after a failed fsync nobody knows what the disk has."""
        try:
            os.ftruncate(self._file, end)
            os.fsync(self._file)
        except OSError:
            # Another record here would get the number of one that may be there. To the next start it is a torn tail, or signed for.
            self._broken = f"a record was begun and could not be taken back ({reason})"
            return SignerFailedError(f"{self.path}: {self._broken}; restart the signer once the disk is well")
        return SignerFailedError(f"{self.path}: {reason}")

    # The index

    def _catch_up(self) -> tuple[int, bytes]:
        if self._index.execute("PRAGMA user_version").fetchone()[0] >= TOPICS:
            return self._read_on(learned=True)
        with self._transaction():
            self._index.execute("DELETE FROM signed")
            end = self._read_on(learned=False)
            self._index.execute(f"PRAGMA user_version = {TOPICS}")
        return end

    def _read_on(self, *, learned: bool) -> tuple[int, bytes]:
        """Verifies the log's chain, and learns what is beyond the index, or all of it where nothing is `learned`."""
        number, previous, offset = 0, GENESIS, 0
        known, expected = self._index.execute("SELECT number, hash FROM head").fetchone() or (0, GENESIS)
        fresh: list[tuple[Record, Ask]] = []
        for line, end in _lines(self._file):
            torn = not line.endswith(b"\n")
            try:
                if learned and number < known:
                    # The index holds the hash of a line further on, which binds this one.
                    check_link(line, number, previous, str(self.path))
                else:
                    record = decode(line, number, previous, str(self.path))
                    fresh.append((record, check(record, str(self.path))))
            except SigningLogError:
                if number < known or not (torn or end == os.fstat(self._file).st_size):
                    raise
                # Begun by a crash and never signed: no index knows it, and it is the last.
                os.ftruncate(self._file, offset)
                os.fsync(self._file)
                break
            number, previous, offset = number + 1, hash_of(line), end
            if number == known and previous != expected:
                raise SigningLogError(self.path, number - 1, "is not the record that the index remembers")
            if len(fresh) >= 1000:
                self._learn(fresh)
                fresh.clear()
        if number < known:
            raise SigningLogError(self.path, number, f"is missing: {known} records were signed, so the log was cut short or is an old copy")
        self._learn(fresh)
        return number, previous

    def _learn(self, records: Sequence[tuple[Record, Ask]]) -> None:
        if not records:
            return
        rows = [
            (
                record.number, record.at_s, record.key, ask.stream, ask.sequence, ask.commitment, ask.topic or None, ask.content,
                ask.time_s, ask.nonce, ask.cost_gwei, ask.chain_id,
            )
            for record, ask in records
        ]  # fmt: skip
        newest = records[-1][0]
        with self._transaction():
            self._index.executemany("INSERT INTO signed VALUES (?,?,?,?,?,?,?,?,?,?,?,?)", rows)
            self._index.execute("INSERT OR REPLACE INTO head VALUES (1, ?, ?)", (newest.number + 1, hash_of(encode(newest))))

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """Keeps what is done within it together, or nothing of it; within another it is a part of that one."""
        if self._index.in_transaction:
            yield
            return
        self._index.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._index.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.OperationalError):  # after some errors SQLite has undone it by itself
                self._index.execute("ROLLBACK")
            raise

    def _topic(self, topic: bytes) -> tuple[int, bytes] | None:
        """Returns what any key said about a topic: a gateway answers for the contradictions of its earlier keys too."""
        if not topic:
            return None
        row = self._index.execute("SELECT number, content FROM signed WHERE topic = ? LIMIT 1", (topic,)).fetchone()
        return None if row is None else (row[0], row[1])

    def _one(self, sql: str, nothing: Any, *values: object) -> Any:
        row = self._index.execute(sql, values).fetchone()
        return nothing if row is None or row[0] is None else row[0]


def read_log(path: Path, *, on_torn: Callable[[int, int], None] | None = None) -> Iterator[tuple[Record, Ask]]:
    """Yields every record of a log with its statement, all of it checked; a torn last line ends it as it ends a start.

    `on_torn` is told its number and how many bytes of it there are.

    Raises:
        SigningLogError: the chain breaks, or a digest is not that of its statement.
        SigningLogMissingError: the file cannot be read.

    """
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise SigningLogMissingError(path, error.strerror or "unknown") from error
    try:
        number, previous = 0, GENESIS
        for line, _ in _lines(file):
            if not line.endswith(b"\n"):
                if on_torn is not None:
                    on_torn(number, len(line))
                return
            record = decode(line, number, previous, str(path))
            yield record, check(record, str(path))
            number, previous = number + 1, hash_of(line)
    finally:
        os.close(file)


def _lines(file: int) -> Iterator[tuple[bytes, int]]:
    """Yields each line, with its end where it has one, and the place where it ends."""
    os.lseek(file, 0, os.SEEK_SET)
    with os.fdopen(os.dup(file), "rb") as reader:
        place = 0
        while line := reader.readline(MAX_LINE + 1):
            place += len(line)
            yield line, place


def _write_whole(file: int, line: bytes) -> None:
    if os.write(file, line) != len(line):
        raise OSError("the disk took a part of the record only")


def _open_locked(path: Path, patience_seconds: float) -> int:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise SignerFailedError(f"{path}: {error.strerror}") from error
    deadline = time.monotonic() + patience_seconds
    while not _lock(file):
        if time.monotonic() >= deadline:
            os.close(file)
            raise SignerFailedError(f"{path} is open in another signer; one signer per key")
        time.sleep(0.05)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return file


def _lock(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _open_index(path: Path) -> sqlite3.Connection:
    for attempt in (0, 1):
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            # The log is what must survive a power cut; an index that forgot its newest rows learns them again.
            connection.execute("PRAGMA synchronous=NORMAL")
            connection.executescript(_SCHEMA)
            _add_chains(connection)
        except sqlite3.DatabaseError:
            connection.close()
            if attempt:
                raise
            for suffix in ("", "-wal", "-shm"):
                path.with_name(path.name + suffix).unlink(missing_ok=True)
        else:
            path.chmod(0o600)
            return connection
    raise AssertionError


def _add_chains(connection: sqlite3.Connection) -> None:
    """Brings up an index of before chains were told apart: for a day, what it knows counts beside everything else."""
    if "chain_id" not in {row[1] for row in connection.execute("PRAGMA table_info(signed)")}:
        connection.execute("ALTER TABLE signed ADD COLUMN chain_id INTEGER NOT NULL DEFAULT 0")
