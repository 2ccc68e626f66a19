"""The log on disk: what a crash leaves is mended, what a person altered is refused."""

import base64
import os
import sqlite3
import threading
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oracle.keccak import keccak256
from oracle.key_errors import SequenceGapError, SequenceRepeatedError
from oracle.secret import SecretKey
from oracle.signer import LocalSigner
from oracle.signing.errors import DoubleVerdictError, SignerFailedError, SigningLogError
from oracle.signing.journal import INDEX_NAME, LOG_NAME, Journal, read_log
from oracle.signing.log import GENESIS, Record, encode, hash_of
from oracle.signing.memory import take_over
from tests.oracle.signing.desks import DOMAIN, FEES, NOW, anchor, open_desk, shipment


def fill(folder: Path, count: int = 3) -> list[bytes]:
    desk = open_desk(folder)
    with desk.journal:
        for number in range(count):
            desk.sign_attestation(shipment(number), DOMAIN, number)
    return (folder / LOG_NAME).read_bytes().splitlines(keepends=True)


def forget_index(folder: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        (folder / (INDEX_NAME + suffix)).unlink(missing_ok=True)


def test_each_line_holds_the_statement_and_names_the_line_before(tmp_path: Path) -> None:
    lines = fill(tmp_path)
    records = [msgspec.json.decode(line, type=Record) for line in lines]
    assert [record.previous for record in records] == [GENESIS, hash_of(lines[0]), hash_of(lines[1])]
    assert [record.digest for record in records] == [shipment(n).digest_under(DOMAIN) for n in range(3)]
    assert [record.number for record, _ in read_log(tmp_path / LOG_NAME)] == [0, 1, 2]
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / LOG_NAME, tmp_path / INDEX_NAME)} == {0o600}


@pytest.mark.parametrize("indexed", [True, False])
def test_a_restart_remembers_with_its_index_or_without(tmp_path: Path, indexed: bool) -> None:
    fill(tmp_path)
    if not indexed:
        forget_index(tmp_path)
    desk = open_desk(tmp_path)
    with desk.journal:
        assert desk.journal.count == 3
        with pytest.raises(SequenceRepeatedError):
            desk.sign_attestation(shipment(9), DOMAIN, 0)
        with pytest.raises(DoubleVerdictError):
            desk.sign_attestation(shipment(2, verdict=1), DOMAIN, 3)
        assert desk.sign_attestation(shipment(3), DOMAIN, 3)


@pytest.mark.parametrize("indexed", [True, False])
def test_a_new_key_remembers_what_the_earlier_one_said(tmp_path: Path, indexed: bool) -> None:
    fill(tmp_path)
    if not indexed:
        forget_index(tmp_path)
    desk = open_desk(tmp_path, attester=LocalSigner(SecretKey(b"\x09" * 32)))
    with desk.journal:
        with pytest.raises(DoubleVerdictError):
            desk.sign_attestation(shipment(2, verdict=1), DOMAIN, 0)
        assert desk.sign_attestation(shipment(2), DOMAIN, 0)
        assert desk.sign_attestation(shipment(2, verdict=1, ref_uid=b"\x01" * 32), DOMAIN, 1)


@pytest.mark.parametrize("indexed", [True, False])
def test_a_damaged_index_is_made_anew(tmp_path: Path, indexed: bool) -> None:
    fill(tmp_path)
    (tmp_path / INDEX_NAME).write_bytes(b"this is no database, and long enough to be looked at" * 100)
    for suffix in ("-wal", "-shm"):
        (tmp_path / (INDEX_NAME + suffix)).unlink(missing_ok=True)
    desk = open_desk(tmp_path)
    with desk.journal, pytest.raises(SequenceGapError):
        desk.sign_attestation(shipment(9), DOMAIN, 4)


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_a_record_torn_by_a_crash_is_cut_off_wherever_it_was_torn(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    folder = tmp_path_factory.mktemp("torn")
    lines = fill(folder, 2)
    # Written by a process that died before it told the index, so that no signature left either.
    torn = msgspec.structs.replace(msgspec.json.decode(lines[1], type=Record), number=2, previous=hash_of(lines[1]))
    piece = encode(torn)[: data.draw(st.integers(1, len(encode(torn)) - 1))]
    garbage = data.draw(st.sampled_from([b"", b"\0" * 100, b"\0\n"]))
    (folder / LOG_NAME).write_bytes(b"".join(lines) + piece + garbage)
    desk = open_desk(folder)
    with desk.journal:
        assert desk.journal.count == 2
        assert desk.sign_attestation(shipment(2), DOMAIN, 2)
    assert len(list(read_log(folder / LOG_NAME))) == 3


def alter(lines: list[bytes], which: str) -> list[bytes]:
    middle = bytearray(lines[1])
    place = middle.index(b'"at_s":') + len(b'"at_s":')
    middle[place] = ord("2")
    other = msgspec.structs.replace(msgspec.json.decode(lines[1], type=Record), at_s=NOW + 5)
    return {
        "a digit in the middle": [lines[0], bytes(middle), lines[2]],
        "a whole record": [lines[0], encode(other), lines[2]],
        "one left out": [lines[0], lines[2]],
        "the first left out": lines[1:],
        "two exchanged": [lines[1], lines[0], lines[2]],
        "one twice": [lines[0], lines[1], lines[1], lines[2]],
        "spelled otherwise": [lines[0], lines[1].replace(b":", b": ", 1), lines[2]],
        "nonsense in the middle": [lines[0], b"nonsense\n", lines[2]],
        "nothing": [],
        "the newest cut off": lines[:2],
        "the newest altered": [lines[0], lines[1], lines[2].replace(b'"at_s":1', b'"at_s":2')],
    }[which]


@pytest.mark.parametrize(
    "which",
    [
        "a digit in the middle",
        "a whole record",
        "one left out",
        "the first left out",
        "two exchanged",
        "one twice",
        "spelled otherwise",
        "nonsense in the middle",
        "nothing",
        "the newest cut off",
        "the newest altered",
    ],
)
def test_a_log_that_was_tampered_with_signs_nothing(tmp_path: Path, which: str) -> None:
    lines = fill(tmp_path)
    (tmp_path / LOG_NAME).write_bytes(b"".join(alter(lines, which)))
    with pytest.raises(SigningLogError, match=r"keys\.md"):
        open_desk(tmp_path)
    # And it stays so: nothing was mended by trying.
    with pytest.raises(SigningLogError):
        open_desk(tmp_path)


def test_another_digest_than_the_statements_is_found_by_reading(tmp_path: Path) -> None:
    lines = fill(tmp_path, 1)
    forged = msgspec.structs.replace(msgspec.json.decode(lines[0], type=Record), digest=bytes(32))
    (tmp_path / LOG_NAME).write_bytes(encode(forged))
    with pytest.raises(SigningLogError, match="another digest"):
        list(read_log(tmp_path / LOG_NAME))
    forget_index(tmp_path)
    (tmp_path / LOG_NAME).write_bytes(encode(forged) + lines[0])
    with pytest.raises(SigningLogError, match="another digest"):
        Journal(tmp_path)


def test_two_signers_never_share_a_log(tmp_path: Path) -> None:
    with Journal(tmp_path), pytest.raises(SignerFailedError, match="another signer"):
        Journal(tmp_path)
    Journal(tmp_path).close()


def test_a_signer_waits_for_the_one_before_it_to_end(tmp_path: Path) -> None:
    first = Journal(tmp_path)
    ending = threading.Timer(0.1, first.close)
    ending.start()
    with Journal(tmp_path, patience_seconds=10) as second:
        assert second.count == 0
    ending.join()


@pytest.mark.parametrize("broken", ["write", "fsync", "short"])
def test_nothing_is_signed_that_the_disk_did_not_take(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str) -> None:
    desk = open_desk(tmp_path)
    with desk.journal:
        desk.sign_attestation(shipment(0), DOMAIN, 0)
        real: dict[str, Any] = {"write": os.write, "fsync": os.fsync}
        fails = {"left": 1}

        def fail(name: str) -> Any:
            def call(file: int, *rest: Any) -> Any:
                if fails["left"]:
                    fails["left"] -= 1
                    if broken == "short":
                        return real["write"](file, rest[0][:20])
                    raise OSError(28, "No space left on device")
                return real[name](file, *rest)

            return call

        name = "write" if broken == "short" else broken
        monkeypatch.setattr(os, name, fail(name))
        with pytest.raises(SignerFailedError):
            desk.sign_attestation(shipment(1), DOMAIN, 1)
        assert desk.sign_attestation(shipment(7), DOMAIN, 1)
        assert desk.journal.count == 2
    assert [ask.sequence for _, ask in read_log(tmp_path / LOG_NAME)] == [0, 1]


@pytest.mark.parametrize("taken", [0, 20, None], ids=["nothing", "a part", "the whole line"])
def test_a_log_that_could_not_be_put_back_takes_nothing_until_a_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, taken: int | None
) -> None:
    desk = open_desk(tmp_path)
    with desk.journal:
        desk.sign_attestation(shipment(0), DOMAIN, 0)
        write = os.write

        def torn(file: int, line: bytes) -> int:
            write(file, line[:taken])
            raise OSError(5, "Input/output error")

        def refuse(*_: Any) -> None:
            raise OSError(5, "Input/output error")

        with monkeypatch.context() as failing:
            failing.setattr(os, "write", torn)
            failing.setattr(os, "ftruncate", refuse)
            with pytest.raises(SignerFailedError, match="restart"):
                desk.sign_attestation(shipment(1), DOMAIN, 1)
        # The disk is well again; what it has of that line is not known here.
        with pytest.raises(SignerFailedError, match="restart"):
            desk.sign_attestation(shipment(7), DOMAIN, 1)
    desk = open_desk(tmp_path)
    with desk.journal:
        again = 1 if taken is None else 7
        assert desk.sign_attestation(shipment(again), DOMAIN, 1)
        assert desk.sign_attestation(shipment(8), DOMAIN, 2)
    assert len(list(read_log(tmp_path / LOG_NAME))) == (4 if taken is None else 3)
    open_desk(tmp_path).journal.close()


def test_an_index_that_did_not_learn_a_record_takes_no_other_until_a_restart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = open_desk(tmp_path)

    def full(*_: Any) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with desk.journal:
        with monkeypatch.context() as failing:
            failing.setattr(Journal, "_learn", full)
            with pytest.raises(SignerFailedError, match="disk is full"):
                desk.sign_attestation(shipment(1), DOMAIN, 0)
        with pytest.raises(SignerFailedError, match="restart"):
            desk.sign_attestation(shipment(2), DOMAIN, 0)
    desk = open_desk(tmp_path)
    with desk.journal:
        with pytest.raises(SequenceRepeatedError):
            desk.sign_attestation(shipment(2), DOMAIN, 0)
        assert desk.sign_attestation(shipment(1), DOMAIN, 0)


def test_a_key_that_fails_leaves_the_record_and_signs_the_same_later(tmp_path: Path) -> None:
    desk = open_desk(tmp_path)
    with desk.journal:

        def broken(digest: bytes) -> bytes:
            raise RuntimeError("token removed")

        whole, desk.keys.attester.sign_digest = desk.keys.attester.sign_digest, broken  # type: ignore[method-assign]
        with pytest.raises(SignerFailedError, match="token removed"):
            desk.sign_attestation(shipment(0), DOMAIN, 0)
        desk.keys.attester.sign_digest = whole  # type: ignore[method-assign]
        with pytest.raises(SequenceRepeatedError):
            desk.sign_attestation(shipment(1), DOMAIN, 0)
        assert desk.sign_attestation(shipment(0), DOMAIN, 0)


def test_the_index_never_runs_ahead_of_the_log(tmp_path: Path) -> None:
    fill(tmp_path)
    with sqlite3.connect(tmp_path / INDEX_NAME) as index:
        assert index.execute("SELECT number FROM head").fetchone() == (3,)
        index.execute("UPDATE head SET hash = zeroblob(32)")
    index.close()
    with pytest.raises(SigningLogError, match="remembers"):
        Journal(tmp_path)


def test_an_index_from_before_chains_were_told_apart_is_brought_up(tmp_path: Path) -> None:
    desk = open_desk(tmp_path)
    with desk.journal:
        desk.sign_transaction("anchor", 0, anchor(0), FEES)
    with sqlite3.connect(tmp_path / INDEX_NAME) as index:
        index.execute("ALTER TABLE signed DROP COLUMN chain_id")
    index.close()
    desk = open_desk(tmp_path)
    with desk.journal:
        assert desk.sign_transaction("anchor", 0, anchor(0), FEES)
        assert desk.sign_transaction("anchor", 1, anchor(1), FEES)


OLD_TOPIC = keccak256(shipment(0).schema + bytes(32) + bytes(32))
"""What releases that knew no agent in a topic kept of the first shipment."""


def make_old(folder: Path) -> None:
    with sqlite3.connect(folder / INDEX_NAME) as index:
        index.execute("UPDATE signed SET topic = ? WHERE number = 0", (OLD_TOPIC,))
        index.execute("PRAGMA user_version = 0")
    index.close()


def topics(folder: Path) -> list[bytes]:
    with sqlite3.connect(folder / INDEX_NAME) as index:
        found = [row[0] for row in index.execute("SELECT topic FROM signed ORDER BY number")]
    index.close()
    return found


def test_an_index_with_topics_of_before_agents_were_told_apart_is_made_anew(tmp_path: Path) -> None:
    fill(tmp_path)
    made = topics(tmp_path)
    make_old(tmp_path)
    desk = open_desk(tmp_path)
    with desk.journal:
        assert topics(tmp_path) == made
        assert OLD_TOPIC not in made
        with pytest.raises(DoubleVerdictError):
            desk.sign_attestation(shipment(0, verdict=1), DOMAIN, 3)
        assert desk.sign_attestation(shipment(0, verdict=1, agent=b"\x99" * 32), DOMAIN, 3)


def test_an_old_index_still_notices_a_log_that_was_cut_short(tmp_path: Path) -> None:
    lines = fill(tmp_path)
    make_old(tmp_path)
    (tmp_path / LOG_NAME).write_bytes(b"".join(lines[:2]))
    for _ in range(2):
        with pytest.raises(SigningLogError, match="cut short"):
            open_desk(tmp_path)


def test_an_index_that_could_not_be_made_anew_is_made_by_the_next_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(tmp_path)
    made = topics(tmp_path)
    make_old(tmp_path)
    learn = Journal._learn

    def full(journal: Journal, records: Any) -> None:
        learn(journal, records)
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as failing:
        failing.setattr(Journal, "_learn", full)
        with pytest.raises(sqlite3.OperationalError):
            open_desk(tmp_path)
    assert topics(tmp_path)[0] == OLD_TOPIC
    open_desk(tmp_path).journal.close()
    assert topics(tmp_path) == made


# What a gateway remembered before there was a log

OLD = (
    '{"%s/attestation":{"recent":[[0,"%s"],[1,"%s"]],"time_s":1700000000,"window_start_s":0,"window_count":2},'
    '"%s/anchor":{"recent":[[0,"%s"]],"time_s":0,"window_start_s":0,"window_count":1}}'
)


def old_memory(folder: Path) -> Path:
    key = open_desk(folder / "other").keys.attester.address.hex()

    def text(data: bytes) -> str:
        return base64.b64encode(data).decode()

    path = folder / "signer.json"
    path.write_text(OLD % (key, text(bytes(32)), text(shipment(1).digest_under(DOMAIN)), key, text(b"\x01" * 32)))
    return path


def test_an_old_memory_is_taken_over_once(tmp_path: Path) -> None:
    desk = open_desk(tmp_path)
    with desk.journal:
        path = old_memory(tmp_path)
        assert take_over(desk.journal, path, NOW) == 3
        assert take_over(desk.journal, path, NOW) == 0
        assert desk.sign_attestation(shipment(1), DOMAIN, 1)
        with pytest.raises(SequenceRepeatedError):
            desk.sign_attestation(shipment(9), DOMAIN, 0)
        assert desk.sign_attestation(shipment(2), DOMAIN, 2)
        assert desk.sign_transaction("anchor", 1, anchor(1), FEES)
    assert len(list(read_log(tmp_path / LOG_NAME))) == 6


@pytest.mark.parametrize(
    "text", ["", "[1]", '{"a/s": null}', '{"a/s": {"recent": [[0, "x"]]}}', '{"zz/s": {"recent": [[0, ""]], "time_s": 0}}']
)
def test_a_damaged_old_memory_is_named_and_nothing_is_signed(tmp_path: Path, text: str) -> None:
    (tmp_path / "signer.json").write_text(text)
    with Journal(tmp_path) as journal, pytest.raises(SigningLogError, match="damaged"):
        take_over(journal, tmp_path / "signer.json", NOW)
