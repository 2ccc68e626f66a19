import copy
import json
import pickle
import tarfile
from pathlib import Path
from typing import Any

import pytest
from eth_keyfile.keyfile import create_keyfile_json, decode_keyfile_json

from oracle import keystore
from oracle.key_errors import (
    InvalidSecretError,
    KeyFileExposedError,
    KeyFileMalformedError,
    KeyFileMissingError,
    KeyFileTakenError,
    PassphraseWrongError,
)
from oracle.private_file import MAX_BYTES, read_private
from oracle.secret import Passphrase, SecretKey
from tests.vectors import vectors

CHEAP = keystore.ScryptCost(n=2)
PASSPHRASE = Passphrase(b"correct horse")
SECRET = bytes(range(1, 33))
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
HERE = Path("key.json")


def official() -> dict[str, dict[str, Any]]:
    with tarfile.open(vectors("ethereum", "ethereum-tests.tar.gz")) as archive:
        member = archive.extractfile("ethereum-tests/KeyStoreTests/basic_tests.json")
        assert member is not None
        return json.load(member)  # type: ignore[no-any-return]


# Slow key derivations of a quarter of a second each are what these files are about; three kinds stay in the quick suite.
QUICK = {"mycrypto", "python_generated_test_with_odd_iv", "evilnonce"}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in QUICK else [pytest.mark.slow, pytest.mark.arithmetic]) for name in official()]
)
def test_opens_the_official_file(name: str) -> None:
    case = official()[name]
    key = keystore.unseal(HERE, json.dumps(case["json"]).encode(), Passphrase(case["password"].encode()))
    assert key.reveal().hex() == case["priv"].removeprefix("0x")


def document(**crypto: Any) -> dict[str, Any]:
    content = json.loads(keystore.seal(SecretKey(SECRET), PASSPHRASE, CHEAP))
    content["crypto"].update(crypto)
    return content  # type: ignore[no-any-return]


def test_what_is_stored_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "gateway.json"
    keystore.store(path, SecretKey(SECRET), PASSPHRASE, CHEAP)
    assert path.stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == ["gateway.json"]
    assert keystore.load(path, PASSPHRASE).reveal() == SECRET
    assert SECRET.hex() not in path.read_text()


def test_eth_keyfile_opens_ours_and_we_open_theirs() -> None:
    assert decode_keyfile_json(document(), b"correct horse") == SECRET
    theirs = create_keyfile_json(SECRET, b"correct horse", kdf="scrypt", iterations=2)
    assert keystore.unseal(HERE, json.dumps(theirs).encode(), PASSPHRASE).reveal() == SECRET


def test_each_sealing_is_different() -> None:
    first, second = document(), document()
    assert first["crypto"]["kdfparams"]["salt"] != second["crypto"]["kdfparams"]["salt"]
    assert first["crypto"]["cipherparams"] != second["crypto"]["cipherparams"]


def test_new_files_cost_what_geth_would_accept() -> None:
    cost = keystore.ScryptCost()
    assert 128 * cost.n * cost.r <= keystore.MAX_SCRYPT_MEMORY
    assert keystore.MAX_SCRYPT_MEMORY >= 128 * 2**18 * 8


def test_refuses_another_passphrase() -> None:
    with pytest.raises(PassphraseWrongError):
        keystore.unseal(HERE, json.dumps(document()).encode(), Passphrase(b"other"))


@pytest.mark.parametrize("field", ["ciphertext", "mac"])
def test_refuses_an_altered_file(field: str) -> None:
    altered = document()
    text = altered["crypto"][field]
    altered["crypto"][field] = ("0" if text[0] != "0" else "1") + text[1:]
    with pytest.raises(PassphraseWrongError):
        keystore.unseal(HERE, json.dumps(altered).encode(), PASSPHRASE)


@pytest.mark.parametrize(
    "crypto",
    [
        {"cipher": "aes-128-cbc"},
        {"kdf": "argon2"},
        {"mac": "zz"},
        {"ciphertext": 7},
        {"cipherparams": {"iv": "00" * 17}},
        {"kdfparams": {"dklen": 32, "salt": "00", "n": 2**20, "r": 8, "p": 1}},
        {"kdfparams": {"dklen": 32, "salt": "00", "n": 2**18, "r": 8, "p": 3}},
        {"kdfparams": {"dklen": 32, "salt": "00", "n": 3, "r": 8, "p": 1}},
        {"kdfparams": {"dklen": 16, "salt": "00", "n": 2, "r": 8, "p": 1}},
        {"kdf": "pbkdf2", "kdfparams": {"dklen": 32, "salt": "00", "c": 10_000_001}},
        {"kdf": "pbkdf2", "kdfparams": {"dklen": 32, "salt": "00", "c": 1, "prf": "hmac-md5"}},
    ],
    ids=str,
)
def test_refuses_what_it_does_not_know_or_will_not_compute(crypto: dict[str, Any]) -> None:
    with pytest.raises(KeyFileMalformedError):
        keystore.unseal(HERE, json.dumps(document(**crypto)).encode(), PASSPHRASE)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff",
        b'{"version": 3}',
        b'{"version": 1, "crypto": {}}',
        # Libraries raise the interpreter's recursion limit: length is what keeps nesting from overflowing the stack.
        b"[" * MAX_BYTES,
        b"[" * 1_000_000,
    ],
    ids=lambda content: f"{len(content)} bytes",
)
def test_refuses_what_is_no_key_file(content: bytes) -> None:
    with pytest.raises(KeyFileMalformedError):
        keystore.unseal(HERE, content, PASSPHRASE)


def test_refuses_an_address_that_is_not_the_keys() -> None:
    with pytest.raises(KeyFileMalformedError, match="another address"):
        keystore.unseal(HERE, json.dumps(document() | {"address": "00" * 20}).encode(), PASSPHRASE)


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o620, 0o777])
def test_refuses_a_file_that_others_may_touch(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "key"
    path.write_bytes(b"secret")
    path.chmod(mode)
    with pytest.raises(KeyFileExposedError, match="chmod 600"):
        read_private(path)


def test_refuses_what_is_not_there_not_a_file_or_too_long(tmp_path: Path) -> None:
    with pytest.raises(KeyFileMissingError):
        read_private(tmp_path / "absent")
    with pytest.raises(KeyFileMissingError):
        read_private(tmp_path)
    long = tmp_path / "long"
    long.touch(0o600)
    long.write_bytes(bytes(MAX_BYTES + 1))
    with pytest.raises(KeyFileMalformedError):
        read_private(long)


def test_never_overwrites(tmp_path: Path) -> None:
    path = tmp_path / "key.json"
    keystore.store(path, SecretKey(SECRET), PASSPHRASE, CHEAP)
    before = path.read_bytes()
    with pytest.raises(KeyFileTakenError):
        keystore.store(path, keystore.generate(), PASSPHRASE, CHEAP)
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["key.json"]


@pytest.mark.parametrize("written", [b"correct horse", b"correct horse\n", b"correct horse\r\n"])
def test_reads_a_passphrase_without_the_lines_end(tmp_path: Path, written: bytes) -> None:
    path = tmp_path / "passphrase"
    path.touch(0o600)
    path.write_bytes(written)
    assert keystore.read_passphrase(path).reveal() == b"correct horse"


@pytest.mark.parametrize("secret", [b"", bytes(31), bytes(32), bytes(33), ORDER.to_bytes(32, "big"), b"\xff" * 32])
def test_refuses_what_is_no_private_key(secret: bytes) -> None:
    with pytest.raises(InvalidSecretError) as refusal:
        SecretKey(secret)
    assert refusal.value.__cause__ is None


def test_secrets_do_not_show_themselves() -> None:
    key = SecretKey(SECRET)
    for text in (repr(key), str(key), f"{key}", repr([key])):
        assert key.address.hex() in text
        assert SECRET.hex() not in text
    assert "horse" not in f"{PASSPHRASE} {PASSPHRASE!r}"
    for secret in (key, PASSPHRASE):
        with pytest.raises(TypeError):
            pickle.dumps(secret)
        with pytest.raises(TypeError):
            copy.deepcopy(secret)
