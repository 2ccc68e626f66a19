"""`aios key`: what it makes, shows, backs up and checks, and how each refusal ends."""

import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from oracle.gateway_registry import possession_digest
from oracle.key_errors import KeyCurveError
from oracle.keystore import ScryptCost
from oracle.shares import PREFIX
from oracle.signature import recover
from oracle.signing.backends import bls, open_key, parse
from tests.gateway.test_cli import call
from tests.oracle.signing.desks import DOMAIN, FEES, anchor, open_desk, shipment


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    def init(self: ScryptCost, n: int = 2, r: int = 8, p: int = 1) -> None:
        for name, value in (("n", n), ("r", r), ("p", p)):
            object.__setattr__(self, name, value)

    monkeypatch.setattr(ScryptCost, "__init__", init)


def key(folder: Path, name: str = "key") -> tuple[str, ...]:
    return ("--keystore", str(folder / name), "--passphrase-file", str(folder / "passphrase"))


@pytest.mark.parametrize("curve", ["secp256k1", "P-256"])
def test_a_key_is_made_shown_split_and_put_together_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, curve: str) -> None:
    code, made, _ = call("key", "new", *key(tmp_path), "--curve", curve, monkeypatch=monkeypatch)
    assert code == 0
    shown = json.loads(call("key", "show", *key(tmp_path), "--json", monkeypatch=monkeypatch)[1])
    assert (shown["address"], shown["curve"]) == (made.strip(), curve)
    assert shown["did"].startswith("did:key:z")
    told = call("key", "show", *key(tmp_path), monkeypatch=monkeypatch)[1]
    assert {line.split()[0]: line.split()[1] for line in told.splitlines()} == shown
    folder = tmp_path / "shares"
    code, files, told = call("key", "backup", *key(tmp_path), "--directory", str(folder), monkeypatch=monkeypatch)
    assert (code, len(files.split()), "any 3 of these" in told) == (0, 5, True)
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    chosen = [str(folder / f"share-{index}-of-5") for index in (5, 1, 3)]
    code, again, _ = call("key", "restore", *chosen, *key(tmp_path, "restored"), monkeypatch=monkeypatch)
    assert (code, again) == (0, made)
    restored = open_key(parse(str(tmp_path / "restored"), tmp_path, tmp_path / "passphrase"))
    assert restored.public_key.hex() == shown["publicKey"][2:]
    # Nothing is written over, and too few shares give nothing.
    assert call("key", "restore", *chosen, *key(tmp_path, "restored"), monkeypatch=monkeypatch)[0] == 2
    code, _, told = call("key", "restore", *chosen[:2], *key(tmp_path, "other"), monkeypatch=monkeypatch)
    assert (code, "3 are needed" in told) == (2, True)
    assert not (tmp_path / "other").exists()


def test_a_bls_key_is_made_shown_split_and_put_together_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code, made, _ = call("key", "new", *key(tmp_path), "--curve", "BLS12-381", monkeypatch=monkeypatch)
    assert code == 0
    shown = json.loads(call("key", "show", *key(tmp_path), "--json", monkeypatch=monkeypatch)[1])
    assert (shown["publicKey"], shown["curve"]) == (made.strip(), "BLS12-381")
    code, _, told = call("key", "address", *key(tmp_path), monkeypatch=monkeypatch)
    assert (code, "has no address" in told) == (2, True)
    folder = tmp_path / "shares"
    assert call("key", "backup", *key(tmp_path), "--directory", str(folder), monkeypatch=monkeypatch)[0] == 0
    chosen = [str(folder / f"share-{index}-of-5") for index in (4, 2, 1)]
    assert "BLS12-381" in Path(chosen[0]).read_text()
    code, again, _ = call("key", "restore", *chosen, *key(tmp_path, "restored"), monkeypatch=monkeypatch)
    assert (code, again) == (0, made)
    assert call("key", "new", *key(tmp_path), "--curve", "BLS12-381", monkeypatch=monkeypatch)[0] == 2
    code, _, told = call(
        "key", "new", "--keystore", "tpm2:file=k", "--passphrase-file", str(tmp_path / "passphrase"), "--curve", "BLS12-381",
        monkeypatch=monkeypatch,
    )  # fmt: skip
    assert (code, "lives in an encrypted file only" in told) == (2, True)


def test_shares_of_two_splits_are_told_apart_by_the_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    call("key", "new", *key(tmp_path), monkeypatch=monkeypatch)
    for name in ("one", "two"):
        call("key", "backup", *key(tmp_path), "--directory", str(tmp_path / name), monkeypatch=monkeypatch)
    mixed = [str(tmp_path / name / f"share-{index}-of-5") for name, index in (("one", 1), ("one", 2), ("two", 3))]
    code, _, told = call("key", "restore", *mixed, *key(tmp_path, "other"), monkeypatch=monkeypatch)
    assert (code, "another split" in told or "give no key" in told) == (2, True)


def test_shares_are_not_mixed_into_a_folder_that_holds_something(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    call("key", "new", *key(tmp_path), monkeypatch=monkeypatch)
    code, _, told = call("key", "backup", *key(tmp_path), "--directory", str(tmp_path), monkeypatch=monkeypatch)
    assert (code, "not empty" in told) == (2, True)
    assert PREFIX not in told


def test_a_token_gives_no_backup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    uri = ("--keystore", "tpm2:file=k", "--passphrase-file", str(tmp_path / "p"))
    code, _, told = call("key", "backup", *uri, "--directory", str(tmp_path / "s"), monkeypatch=monkeypatch)
    assert (code, "register a second key" in told) == (2, True)


def test_a_did_document_is_made_with_what_is_to_be_registered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    call("key", "new", *key(tmp_path), monkeypatch=monkeypatch)
    words = ("key", "did", "did:web:example.com:box", *key(tmp_path), "--output", str(tmp_path / "did.json"))
    code, _, told = call(*words, monkeypatch=monkeypatch)
    digest = hashlib.sha256((tmp_path / "did.json").read_bytes()).hexdigest()
    assert (code, digest in told, "https://example.com/box/did.json" in told) == (0, True, True)
    assert call("key", "did", "did:ethr:1", *key(tmp_path), monkeypatch=monkeypatch)[0] == 2


@pytest.mark.parametrize("curve", ["secp256k1", "P-256", "BLS12-381"])
@pytest.mark.parametrize("nothing", [b"", b"\n", b" \t\r\n", b"\0\x7f"])
def test_no_key_is_sealed_under_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, curve: str, nothing: bytes) -> None:
    (tmp_path / "passphrase").touch(mode=0o600)
    (tmp_path / "passphrase").write_bytes(nothing)
    code, said, told = call("key", "new", *key(tmp_path), "--curve", curve, monkeypatch=monkeypatch)
    assert (code, said, "holds no passphrase" in told) == (2, "", True)
    assert not (tmp_path / "key").exists()


# The log


@pytest.fixture
def log(tmp_path: Path) -> Path:
    desk = open_desk(tmp_path / "signer")
    with desk.journal:
        for number in range(3):
            desk.sign_attestation(shipment(number), DOMAIN, number)
        desk.sign_transaction("anchor", 0, anchor(0), FEES)
    return desk.journal.path


def test_a_log_that_holds_is_told_by_its_newest_hash(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code, head, told = call("key", "log", "verify", "--log", str(log), monkeypatch=monkeypatch)
    assert (code, "4 records hold" in told) == (0, True)
    assert re.fullmatch(r"0x[0-9a-f]{64}", head.strip())
    # A log that went on still holds the hash that was noted; one that was cut short does not.
    assert call("key", "log", "verify", "--log", str(log), "--head", head.strip(), monkeypatch=monkeypatch)[0] == 0
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join(lines[:3]))
    code, _, told = call("key", "log", "verify", "--log", str(log), "--head", head.strip(), monkeypatch=monkeypatch)
    assert (code, "cut short" in told) == (1, True)


def test_an_empty_hash_of_the_newest_record_is_refused(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code, said, told = call("key", "log", "verify", "--log", str(log), "--head", "", monkeypatch=monkeypatch)
    assert (code, said) == (2, "")
    assert "--head '' is not 0x and 64" in told


def test_a_log_that_was_altered_is_refused_with_the_record(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(lines[0] + lines[1].replace(b'"sequence":1', b'"sequence":7', 1) + lines[2])
    code, _, told = call("key", "log", "verify", "--log", str(log), monkeypatch=monkeypatch)
    assert (code, "record" in told) == (1, True)


def test_a_torn_last_record_is_named(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join(lines[:3]) + lines[3][:-1])
    code, head, told = call("key", "log", "verify", "--log", str(log), monkeypatch=monkeypatch)
    assert (code, f"record 3 is torn: {len(lines[3]) - 1} bytes" in told, "The 3 records before it hold" in told) == (1, True, True)
    assert re.fullmatch(r"0x[0-9a-f]{64}", head.strip())
    log.write_bytes(b"".join(lines[:3]))
    assert call("key", "log", "verify", "--log", str(log), monkeypatch=monkeypatch)[:2] == (0, head)


def test_records_are_shown_with_bytes_in_hexadecimal(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = call("key", "log", "show", "--log", str(log), "--last", "2", monkeypatch=monkeypatch)[1].splitlines()
    records = [json.loads(line) for line in shown]
    assert [(record["stream"], record["sequence"]) for record in records] == [("attestation", 2), ("anchor", 0)]
    assert records[0]["digest"] == f"0x{shipment(2).digest_under(DOMAIN).hex()}"
    assert records[1]["what"]["call"]["to"] == f"0x{anchor(0).to.hex()}"  # type: ignore[union-attr]


def test_keys_are_listed_by_stream(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = json.loads(call("key", "list", "--log", str(log), "--json", monkeypatch=monkeypatch)[1])
    assert [(row["stream"], row["signatures"], row["lastNumber"]) for row in rows] == [("attestation", 3, 2), ("anchor", 1, 0)]


def test_a_log_that_is_not_there_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code, _, told = call("key", "log", "verify", "--log", str(tmp_path / "none"), monkeypatch=monkeypatch)
    assert (code, "No such file" in told) == (2, True)


# Rotation: what needs no chain


def test_possession_is_signed_where_the_key_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = call("key", "new", *key(tmp_path), monkeypatch=monkeypatch)[1].strip()
    registry, gateway, operator = (f"0x{digit * 40}" for digit in "123")
    files = ("--new-keystore", str(tmp_path / "key"), "--new-passphrase-file", str(tmp_path / "passphrase"))
    words = ("--operator", operator, "--gateway", gateway, "--network", "sepolia", "--registry", registry)
    code, signature, _ = call("key", "possession", *files, *words, monkeypatch=monkeypatch)
    digest = possession_digest(
        chain_id=11155111,
        registry=bytes.fromhex(registry[2:]),
        gateway=bytes.fromhex(gateway[2:]),
        key=bytes.fromhex(made[2:]),
        operator=bytes.fromhex(operator[2:]),
    )
    assert (code, recover(digest, bytes.fromhex(signature.strip()[2:]))) == (0, bytes.fromhex(made[2:]))
    assert call("key", "possession", *words, monkeypatch=monkeypatch)[0] == 2


@pytest.mark.parametrize(
    ("curve", "words", "wanted"),
    [
        ("BLS12-381", ("key", "did", "did:web:example.com", "--keystore"), "secp256k1 or P-256"),
        ("P-256", ("escrow", "settle", f"0x{'1' * 64}", "--rpc", "http://127.0.0.1:1", "--keystore"), "secp256k1"),
        ("BLS12-381", ("escrow", "settle", f"0x{'1' * 64}", "--rpc", "http://127.0.0.1:1", "--keystore"), "secp256k1"),
    ],
)
def test_a_key_of_another_curve_is_refused_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, curve: str, words: tuple[str, ...], wanted: str
) -> None:
    assert call("key", "new", *key(tmp_path), "--curve", curve, monkeypatch=monkeypatch)[0] == 0
    path, passphrase = key(tmp_path)[1], key(tmp_path)[3]
    code, _, told = call(*words, path, "--passphrase-file", passphrase, monkeypatch=monkeypatch)
    assert (code, told.strip()) == (
        2,
        f"aios: {path} is not a usable key file: it holds a key of {curve}, and one of {wanted} is wanted; name another file",
    )


@pytest.mark.parametrize("curve", ["secp256k1", "P-256"])
def test_a_key_that_is_no_bls_key_is_refused_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, curve: str) -> None:
    call("key", "new", *key(tmp_path), "--curve", curve, monkeypatch=monkeypatch)
    with pytest.raises(KeyCurveError) as refused:
        bls.load(parse(str(tmp_path / "key"), tmp_path, tmp_path / "passphrase"))
    assert (refused.value.found, refused.value.wanted) == (curve, "BLS12-381")


@pytest.mark.parametrize(
    ("damaged", "reason"),
    [
        (lambda line: line[:-1] + ("0" if line[-1] != "0" else "1"), "share 2 is mistyped or damaged: its checksum does not fit"),
        (lambda line: line.replace("-share-", "-shore-"), f"it does not begin with {PREFIX}:"),
        (lambda line: line.replace(":3:", ":3"), "it has 6 parts between colons, a share has 7"),
        (lambda line: line[:-1] + "g", "it is mistyped or damaged in its checksum"),
        (lambda line: line + "0" * 300, "a share has at most 256"),
    ],
)
def test_a_damaged_share_is_refused_with_its_file_and_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damaged: Callable[[str], str], reason: str
) -> None:
    call("key", "new", *key(tmp_path), monkeypatch=monkeypatch)
    call("key", "backup", *key(tmp_path), "--directory", str(tmp_path / "s"), monkeypatch=monkeypatch)
    one, two, three = [tmp_path / "s" / f"share-{index}-of-5" for index in (1, 2, 3)]
    two.write_text("\n" + damaged(two.read_text().strip()) + "\n")
    code, _, told = call("key", "restore", str(one), str(two), str(three), *key(tmp_path, "other"), monkeypatch=monkeypatch)
    assert (code, f"the key cannot be restored: {two}, line 2: " in told, reason in told) == (2, True, True)
    code, _, told = call("key", "restore", str(one), str(one), str(three), *key(tmp_path, "other"), monkeypatch=monkeypatch)
    assert (code, f"one share is given twice ({one}, line 1: share 1 of 0x" in told) == (2, True)


def test_a_did_document_is_written_over_one_and_over_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert call("key", "new", *key(tmp_path), monkeypatch=monkeypatch)[0] == 0
    sealed = (tmp_path / "key").read_bytes()
    words = ("key", "did", "did:web:example.com", *key(tmp_path), "--output")
    code, _, told = call(*words, str(tmp_path / "key"), monkeypatch=monkeypatch)
    assert (code, "is there already and is no DID document, so it is not overwritten; name another file" in told) == (2, True)
    assert (tmp_path / "key").read_bytes() == sealed
    for _ in range(2):
        assert call(*words, str(tmp_path / "did.json"), monkeypatch=monkeypatch)[0] == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ("key", "address", "--keystore", "{0}/passphrase", "--passphrase-file", "{0}/passphrase"),
            "name another, or restore it from its backup",
        ),
        (("key", "address", "--keystore", "{0}/key"), "give --passphrase-file (keys.secret_file of a signer)"),
        (("key", "log", "verify", "--log", "{0}/none"), "cannot be read as a signer's log: No such file or directory; --log names it"),
        (
            ("key", "restore", "{0}/passphrase", "--keystore", "{0}/k", "--passphrase-file", "{0}/passphrase"),
            "give enough files that one `aios key backup`",
        ),
        (
            (
                "key",
                "possession",
                "--gateway",
                "0x" + "1" * 40,
                "--operator",
                "0x" + "1" * 40,
                "--signer",
                "{0}/s",
                "--registry",
                "0x" + "1" * 40,
            ),
            ": No such file or directory; is `aios-signer` running",
        ),
        (
            ("key", "possession", "--gateway", "0x" + "1" * 40, "--operator", "0x" + "1" * 40, "--signer", "{0}/s"),
            "--registry: is not given",
        ),
    ],
)
def test_a_refusal_about_keys_ends_in_what_to_do(
    words: tuple[str, ...], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert call("key", "new", *key(tmp_path), monkeypatch=monkeypatch)[0] == 0
    code, _, told = call(*(word.format(tmp_path) for word in words), monkeypatch=monkeypatch)
    assert code == 2
    assert said in told
    assert "Errno" not in told
