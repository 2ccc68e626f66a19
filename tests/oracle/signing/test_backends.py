"""One conformance suite over all places where a key may live, and what each refuses."""

import contextlib
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from oracle import attestation
from oracle.attestation import Attestation
from oracle.errors import OracleError
from oracle.key_errors import KeyFileExposedError, KeyFileMissingError
from oracle.keystore import ScryptCost
from oracle.signature import P256_ORDER, SECP256K1_ORDER, address_of, recover
from oracle.signer import P256, SECP256K1, Curve, Signer
from oracle.signing import backends
from oracle.signing.backends import KeyUri, create_key, open_key, parse
from oracle.signing.desk import Keys
from oracle.signing.errors import KeyDeviceError, KeyUriError
from tests.oracle.signing.desks import DOMAIN, NOW, shipment
from tests.oracle.signing.hardware import PIN, private, softhsm, swtpm

DIGESTS = [bytes([number]) * 32 for number in range(12)]


@dataclass
class Place:
    """A place for keys, with no key in it yet."""

    folder: Path
    uri: str
    curve: Curve
    secret: Path

    def parsed(self) -> KeyUri:
        return parse(self.uri, self.folder, self.secret)


@pytest.fixture(
    params=[
        "file, secp256k1",
        "file, P-256",
        *(pytest.param(name, marks=pytest.mark.peer) for name in ("token, secp256k1", "token, P-256", "TPM, file", "TPM, handle")),
    ]
)
def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    kind, _, what = request.param.partition(", ")
    curve: Curve = SECP256K1 if what == SECP256K1 else P256
    secret = private(tmp_path / "pin", PIN)
    with contextlib.ExitStack() as stack:
        if kind == "file":
            monkeypatch.setattr(ScryptCost, "__init__", _cheap)
            uri = "file:key"
        elif kind == "token":
            uri = f"pkcs11:token=aios;object={tmp_path.name}{softhsm(tmp_path)}"
        else:
            tpm = stack.enter_context(swtpm(tmp_path))
            uri = ("tpm2:file=key" if what == "file" else "tpm2:handle=0x81010001") + tpm.query
        yield Place(tmp_path, uri, curve, secret)


def _cheap(self: ScryptCost, n: int = 2, r: int = 8, p: int = 1) -> None:
    for name, value in (("n", n), ("r", r), ("p", p)):
        object.__setattr__(self, name, value)


def made(place: Place) -> Signer:
    return create_key(place.parsed(), place.curve)


def close(signer: Signer) -> None:
    getattr(signer, "close", lambda: None)()


USE = """
import sys
from pathlib import Path
from oracle.signing.backends import open_key, parse
folder = Path(sys.argv[2])
open_key(parse(sys.argv[1], folder, folder / "pin")).sign_digest(bytes(32))
"""

# What every backend does


def test_a_new_key_signs_on_its_curve_with_low_s(place: Place) -> None:
    signer = made(place)
    assert signer.curve == place.curve
    assert signer.address == address_of(b"\x04" + signer.public_key)
    order = SECP256K1_ORDER if signer.curve == SECP256K1 else P256_ORDER
    for digest in DIGESTS:
        signature = signer.sign_digest(digest)
        assert recover(digest, signature) == signer.address
        assert int.from_bytes(signature[32:64], "big") <= order // 2
    close(signer)


def test_it_is_the_same_key_when_it_is_opened_again(place: Place) -> None:
    first = made(place)
    address = first.address
    close(first)
    again = open_key(place.parsed())
    assert (again.address, again.curve) == (address, place.curve)
    assert recover(DIGESTS[0], again.sign_digest(DIGESTS[0])) == address
    close(again)


def test_a_key_is_never_written_over(place: Place) -> None:
    first = made(place)
    close(first)
    with pytest.raises(OracleError):
        made(place)
    again = open_key(place.parsed())
    assert again.address == first.address
    close(again)


def test_it_makes_attestations_that_verify(place: Place) -> None:
    signer = made(place)
    signed = Attestation.signed(shipment(1), DOMAIN, signer.address, signer.sign_digest)
    attestation.verify(signed, domain=DOMAIN, now_s=NOW)
    close(signer)


def test_a_key_that_is_not_there_is_named(place: Place) -> None:
    with pytest.raises((KeyDeviceError, KeyFileMissingError)):
        open_key(place.parsed())


def test_a_wrong_secret_opens_nothing(place: Place) -> None:
    close(made(place))
    private(place.secret, b"wrong\n")
    # In a process of its own: a login to a token is the whole process's, and this one has logged in.
    words = [sys.executable, "-c", USE, place.uri, str(place.folder)]
    used = subprocess.run(words, capture_output=True, text=True, check=False)
    assert used.returncode == 1
    assert re.search(r"(KeyDevice|PassphraseWrong)Error", used.stderr.splitlines()[-1])


def test_a_secret_that_others_may_read_is_refused(place: Place) -> None:
    place.secret.chmod(0o644)
    with pytest.raises(KeyFileExposedError):
        made(place)


def test_nothing_shows_the_secret(place: Place) -> None:
    signer = made(place)
    assert PIN.decode().strip() not in repr(signer)
    close(signer)


# What URIs say


@pytest.mark.parametrize(
    ("uri", "reason"),
    [
        ("", "printable"),
        ("file:\n", "printable"),
        ("x" * 1_001, "printable"),
        ("ldap:cn=key", "known: file, pkcs11, tpm2"),
        ("pkcs11:token=a;token=b", "one name=value"),
        ("pkcs11:token", "one name=value"),
        ("pkcs11:object=a?pin-value=1234", "holds a PIN"),
        ("tpm2:handle=?x", "one name=value"),
    ],
)
def test_a_uri_that_is_none_is_refused(uri: str, reason: str, tmp_path: Path) -> None:
    with pytest.raises(KeyUriError, match=reason) as refused:
        parse(uri, tmp_path, None)
    assert "1234" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "scheme", "path"),
    [("key.json", "file", "key.json"), ("/a/b:c", "file", "/a/b:c"), ("file:/a%20b", "file", "/a b"), ("./x:y", "file", "./x:y")],
)
def test_a_plain_path_is_a_file(text: str, scheme: str, path: str, tmp_path: Path) -> None:
    uri = parse(text, tmp_path, None)
    assert (uri.scheme, uri.path) == (scheme, path)


def test_a_file_needs_a_passphrase(tmp_path: Path) -> None:
    private(tmp_path / "key", b"{}")
    with pytest.raises(KeyUriError, match="secret_file"):
        open_key(parse("key", tmp_path, None))


def test_a_scheme_can_be_added_and_none_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Elsewhere:
        def load(self, uri: KeyUri) -> Any:
            return uri.attributes

        def create(self, uri: KeyUri, curve: Curve) -> Any:
            raise NotImplementedError

    monkeypatch.setattr(backends, "SCHEMES", dict(backends.SCHEMES))
    backends.register("vault", Elsewhere())
    opened: Any = open_key(parse("vault:path=a%3Bb;n=1", tmp_path, None))
    assert opened == {"path": "a;b", "n": "1"}
    with pytest.raises(KeyUriError, match="taken"):
        backends.register("file", Elsewhere())


def test_a_missing_driver_is_named_with_its_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backends, "SCHEMES", {"pkcs11": "no_such_driver.at_all"})
    with pytest.raises(KeyUriError, match=r"no_such_driver.*docs/keys\.md"):
        open_key(parse("pkcs11:object=a", tmp_path, None))


# What tokens and TPMs refuse


@pytest.mark.peer
@pytest.mark.parametrize(
    ("uri", "reason"),
    [
        ("pkcs11:token=aios;object=key?pin-source=file:pin", "module-path"),
        ("pkcs11:token=aios;object=key?module-path=/etc/hostname&pin-source=file:pin", "no PKCS #11 library"),
        ("pkcs11:token=aios;object=key;colour=blue{rest}", "colour"),
        ("pkcs11:token=aios;object=key;type=cert{rest}", "type"),
        ("pkcs11:token=other;object=key{rest}", "0 tokens fit.*aios"),
        ("pkcs11:token=aios{rest}", "names no object"),
        ("pkcs11:token=aios;serial=0;object=key{rest}", "0 tokens fit"),
    ],
)
def test_what_names_no_key_of_a_token(uri: str, reason: str, tmp_path: Path) -> None:
    rest = softhsm(tmp_path)
    with pytest.raises((KeyUriError, KeyDeviceError), match=reason):
        open_key(parse(uri.format(rest=rest), tmp_path, None))


@pytest.mark.peer
def test_a_key_of_a_token_is_found_by_its_id_as_well(tmp_path: Path) -> None:
    rest = softhsm(tmp_path)
    one = create_key(parse(f"pkcs11:token=aios;object=by-id;id=%01%ff{rest}", tmp_path, None), P256)
    assert open_key(parse(f"pkcs11:token=aios;id=%01%FF{rest}", tmp_path, None)).address == one.address


@pytest.mark.peer
@pytest.mark.parametrize("uri", ["tpm2:", "tpm2:handle=0x80000000", "tpm2:handle=xyz", "tpm2:file=junk"])
def test_what_names_no_key_of_a_tpm(uri: str, tmp_path: Path) -> None:
    private(tmp_path / "junk", b"-----BEGIN NONSENSE-----\n")
    with swtpm(tmp_path) as tpm, pytest.raises(KeyUriError):
        open_key(parse(uri + tpm.query, tmp_path, tmp_path / "pin"))


@pytest.mark.peer
def test_a_tpm_has_no_secp256k1(tmp_path: Path) -> None:
    with swtpm(tmp_path) as tpm, pytest.raises(KeyUriError, match="no secp256k1"):
        create_key(parse("tpm2:file=key" + tpm.query, tmp_path, None), SECP256K1)


@pytest.mark.peer
def test_a_tpms_key_may_have_no_password_and_then_takes_none(tmp_path: Path) -> None:
    with swtpm(tmp_path) as tpm:
        uri = "tpm2:file=key" + tpm.query
        signer = create_key(parse(uri, tmp_path, None), P256)
        assert recover(DIGESTS[0], signer.sign_digest(DIGESTS[0])) == signer.address
        close(signer)
        with pytest.raises(KeyUriError, match="no password"):
            open_key(parse(uri, tmp_path, tmp_path / "pin"))


@pytest.mark.peer
def test_a_tpm_that_goes_away_is_named_and_used_again_when_it_is_back(tmp_path: Path) -> None:
    with swtpm(tmp_path) as tpm:
        signer = create_key(parse("tpm2:file=key" + tpm.query, tmp_path, tmp_path / "pin"), P256)
        tpm.stop()
        for _ in range(2):
            with pytest.raises(KeyDeviceError):
                signer.sign_digest(DIGESTS[0])
        tpm.start()
        assert recover(DIGESTS[0], signer.sign_digest(DIGESTS[0])) == signer.address
        close(signer)


@pytest.mark.peer
def test_the_key_file_of_one_tpm_is_of_no_use_in_another(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    with swtpm(tmp_path / "one") as one:
        close(create_key(parse("tpm2:file=key" + one.query, tmp_path / "one", tmp_path / "one" / "pin"), P256))
    shutil.copy(tmp_path / "one" / "key", tmp_path / "two" / "key")
    with swtpm(tmp_path / "two") as two, pytest.raises(KeyDeviceError):
        open_key(parse("tpm2:file=key" + two.query, tmp_path / "two", tmp_path / "two" / "pin"))


@pytest.mark.peer
def test_a_tpm_attests_while_a_file_sends_the_transactions(tmp_path: Path) -> None:
    with swtpm(tmp_path) as tpm:
        attester = create_key(parse("tpm2:file=key" + tpm.query, tmp_path, tmp_path / "pin"), P256)
        gateway = create_key(parse("key.json", tmp_path, tmp_path / "pin"), SECP256K1)
        keys = Keys(attester, gateway)
        assert keys.addresses == {attester.address, gateway.address}
        close(attester)
