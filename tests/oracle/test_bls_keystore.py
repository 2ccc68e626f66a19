"""Files of EIP-2335: the specification's own examples, ours there and back, and what is refused."""

import json
from pathlib import Path
from typing import Any

import pytest

from oracle import bls_keystore
from oracle.bls_keystore import recognizes, seal, unseal
from oracle.bls_secret import BlsSecretKey
from oracle.key_errors import KeyFileExposedError, KeyFileMalformedError, KeyFileTakenError, PassphraseWrongError
from oracle.keystore import ScryptCost
from oracle.private_file import MAX_BYTES
from oracle.secret import Passphrase
from oracle.signing.backends import bls, open_key, parse
from oracle.signing.errors import KeyUriError
from tests.oracle.signing.hardware import private

HERE = Path("bls.json")
CHEAP = ScryptCost(n=2)
PASSPHRASE = Passphrase(b"correct horse")
KEY = BlsSecretKey(bytes(range(1, 33)))

EXAMPLE_PASSPHRASE = Passphrase(
    ("".join(chr(ord("\N{MATHEMATICAL FRAKTUR SMALL A}") + ord(one) - ord("a")) for one in "testpassword") + "\N{KEY}").encode()
)
"""Its letters become plain ones by NFKD."""
EXAMPLE_SECRET = "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f"
EXAMPLE_KEY = "9612d7a727c9d0a22e185a1c768478dfe919cada9266988cb32359c11f2b7b27f4ae4040902382ae2910c15e2b420d07"
EXAMPLES: dict[str, tuple[dict[str, Any], str, str]] = {
    "scrypt": (
        {"n": 262144, "p": 1, "r": 8},
        "d2217fe5f3e9a1e34581ef8a78f7c9928e436d36dacc5e846690a5581e8ea484",
        "06ae90d55fe0a6e9c5c3bc5b170827b2e5cce3929ed3f116c2811e6366dfe20f",
    ),
    "pbkdf2": (
        {"c": 262144, "prf": "hmac-sha256"},
        "8a9f5d9912ed7e75ea794bc5a89bca5f193721d30868ade6f73043c6ea6febf1",
        "cee03fde2af33149775b7223e7845e4fb2c8ae1792e5f99fe9ecf474cc8c16ad",
    ),
}
"""What the two files of the specification's test cases do not share: the derivation's parameters, checksum and ciphertext."""


def example(kdf: str) -> bytes:
    params, checksum, ciphertext = EXAMPLES[kdf]
    salt = "d4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3"
    crypto = {
        "kdf": {"function": kdf, "params": {"dklen": 32, "salt": salt, **params}, "message": ""},
        "checksum": {"function": "sha256", "params": {}, "message": checksum},
        "cipher": {"function": "aes-128-ctr", "params": {"iv": "264daa3f303d7259501c93d997d84fe6"}, "message": ciphertext},
    }
    return json.dumps({"crypto": crypto, "pubkey": EXAMPLE_KEY, "path": "m/12381/60/0/0", "version": 4}).encode()


@pytest.mark.parametrize("kdf", EXAMPLES)
def test_the_examples_of_the_specification(kdf: str) -> None:
    key = unseal(HERE, example(kdf), EXAMPLE_PASSPHRASE)
    assert (key.reveal().hex(), key.public_key.hex()) == (EXAMPLE_SECRET, EXAMPLE_KEY)


def document(**changes: Any) -> bytes:
    """A sealed file with some values exchanged; a name with two underscores is below `crypto`."""
    content = json.loads(seal(KEY, PASSPHRASE, CHEAP))
    for name, value in changes.items():
        place, _, field = name.partition("__")
        if field:
            content["crypto"][place][field] = value
        else:
            content[place] = value
    return json.dumps(content).encode()


def test_what_is_sealed_is_unsealed_and_each_sealing_is_another() -> None:
    one, other = seal(KEY, PASSPHRASE, CHEAP), seal(KEY, PASSPHRASE, CHEAP)
    assert one != other
    assert unseal(HERE, one, PASSPHRASE).reveal() == unseal(HERE, other, PASSPHRASE).reveal() == KEY.reveal()
    assert KEY.reveal().hex() not in one.decode()
    assert recognizes(one)


@pytest.mark.parametrize("typed", [b"correct horse\x7f", b"corr\x1fect horse", "correct\u0085 horse".encode(), "ﬀ".encode()])
def test_a_passphrase_is_taken_as_the_specification_says(typed: bytes) -> None:
    wanted = Passphrase(b"ff") if typed == "ﬀ".encode() else PASSPHRASE
    assert unseal(HERE, seal(KEY, Passphrase(typed), CHEAP), wanted).public_key == KEY.public_key


def test_a_passphrase_that_is_no_text_is_kept_as_it_is() -> None:
    sealed = seal(KEY, Passphrase(b"\xff\xfe"), CHEAP)
    assert unseal(HERE, sealed, Passphrase(b"\xff\xfe")).public_key == KEY.public_key
    with pytest.raises(PassphraseWrongError):
        unseal(HERE, sealed, Passphrase(b"\xff\xfd"))


@pytest.mark.parametrize(
    "changed",
    [
        {"checksum__message": "00" * 32},
        {"cipher__message": "00" * 32},
    ],
)
def test_an_altered_file_and_a_wrong_passphrase_are_one_refusal(changed: dict[str, Any]) -> None:
    with pytest.raises(PassphraseWrongError):
        unseal(HERE, document(**changed), PASSPHRASE)
    with pytest.raises(PassphraseWrongError):
        unseal(HERE, document(), Passphrase(b"battery staple"))


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"version": 3}, "a key of secp256k1, and one of BLS12-381 is wanted"),
        ({"version": 5}, "version"),
        ({"pubkey": "00" * 48}, "another public key"),
        ({"kdf__function": "argon2"}, "function"),
        ({"checksum__function": "keccak256"}, "function"),
        ({"cipher__function": "aes-128-cbc"}, "function"),
        ({"cipher__params": {"iv": "00" * 15}}, "iv has 15 bytes"),
        ({"cipher__params": {"iv": "zz"}}, "iv"),
        ({"kdf__params": {"dklen": 32, "salt": "00", "n": 1 << 20, "r": 8, "p": 1}}, "too much memory"),
        ({"kdf__params": {"dklen": 32, "salt": "00", "n": 3, "r": 8, "p": 1}}, "power of two"),
        ({"kdf__params": {"dklen": 16, "salt": "00"}}, "dklen"),
    ],
)
def test_a_file_of_another_form_is_refused_with_the_reason(changed: dict[str, Any], reason: str) -> None:
    with pytest.raises(KeyFileMalformedError, match=reason):
        unseal(HERE, document(**changed), PASSPHRASE)


@pytest.mark.parametrize("junk", [b"", b"[]", b"{}", b"{" * 3000, b"\xff", b" " * (MAX_BYTES + 1)])
def test_what_is_no_such_file(junk: bytes) -> None:
    assert not recognizes(junk)
    with pytest.raises(KeyFileMalformedError):
        unseal(HERE, junk, PASSPHRASE)


def test_a_sealed_secret_beyond_the_order_is_no_key() -> None:
    class Forged(BlsSecretKey):
        def reveal(self) -> bytes:
            return b"\xff" * 32

    with pytest.raises(KeyFileMalformedError, match="no private key"):
        unseal(HERE, seal(Forged(bytes(31) + b"\x01"), PASSPHRASE, CHEAP), PASSPHRASE)


# As a place for keys


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    private(tmp_path / "pin", b"correct horse\n")
    monkeypatch.setattr(bls_keystore, "scrypt", lambda passphrase, salt, n, r, p: bytes(32))
    monkeypatch.setattr(bls_keystore, "derive", lambda path, kdf, params, passphrase: bytes(32))
    return tmp_path


def test_a_key_is_made_once_and_opened_again(place: Path) -> None:
    uri = parse("file:bls.json", place, place / "pin")
    made = bls.create(uri)
    assert (place / "bls.json").stat().st_mode & 0o777 == 0o600
    assert bls.holds(uri)
    assert bls.load(uri).public_key == made.public_key
    assert bls.reveal(uri) == made.reveal()
    with pytest.raises(KeyFileTakenError):
        bls.create(uri)
    with pytest.raises(KeyFileMalformedError):
        open_key(uri)  # it is no key that signs digests
    assert bls.restore(parse("file:again.json", place, place / "pin"), made.reveal()).public_key == made.public_key


def test_a_file_that_others_may_read_is_refused(place: Path) -> None:
    uri = parse("bls.json", place, place / "pin")
    bls.create(uri)
    (place / "bls.json").chmod(0o640)
    with pytest.raises(KeyFileExposedError):
        bls.load(uri)


@pytest.mark.parametrize("text", ["tpm2:handle=0x81010001", "pkcs11:object=a"])
def test_tokens_and_tpms_have_no_such_keys(text: str, place: Path) -> None:
    uri = parse(text, place, place / "pin")
    assert not bls.holds(uri)
    with pytest.raises(KeyUriError, match="in an encrypted file only"):
        bls.create(uri)
