"""How the signer's log and the store number what is signed, and how a gateway starts its signer."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gateway.settings import GatewaySettings, OracleSettings, Settings, _contradictions
from gateway.signing import AttestationSigner, _write_child_settings, start_signer
from lightclient.settings import LightClientSettings
from oracle import keystore
from oracle.bls import VERDICT_TAG
from oracle.bls_keystore import seal
from oracle.bls_secret import BlsSecretKey
from oracle.fees import FeePolicy
from oracle.joint_verdict import agreed
from oracle.key_errors import SequenceGapError, SequenceRepeatedError
from oracle.secret import Passphrase, SecretKey
from oracle.settings import PublisherSettings
from oracle.signer import LocalSigner
from oracle.signing import process
from oracle.signing.desk import Desk, Keys
from oracle.signing.errors import BlsKeyForbiddenError, DomainForbiddenError
from oracle.signing.journal import Journal, read_log
from oracle.signing.settings import load
from oracle.verdicts import VerdictStatement
from tests.oracle.signing.desks import CHAIN, DOMAIN, EAS, FEES, GATEWAYS, NOW, POLICY, REGISTRY, SECRET, anchor, open_desk, shipment

message = shipment
CHEAP = keystore.ScryptCost(n=2)


@contextlib.contextmanager
def signer(folder: Path, key: int = 7) -> Iterator[AttestationSigner]:
    local = LocalSigner(SecretKey(bytes([key]) * 32))
    with Journal(folder) as journal:
        yield AttestationSigner(Desk(Keys(local, local), POLICY, journal, now_s=lambda: NOW), DOMAIN)


def test_a_restart_before_the_store_knew_signs_the_same_again(tmp_path: Path) -> None:
    with signer(tmp_path) as one:
        first = [one(message(n), n) for n in range(3)]
    with signer(tmp_path) as one:
        assert [one(message(n), n) for n in range(3)] == first


def test_what_a_salvaged_store_lost_is_said_again_in_the_same_words(tmp_path: Path) -> None:
    with signer(tmp_path) as one:
        first = [one(message(n), n) for n in range(5)]
        # The store lost the attestation of finding 1, so it counts four and asks for it as the next.
        assert one(message(1), 4) == first[1]
        one(message(5), 5)


def test_other_words_under_a_number_that_was_used_are_refused(tmp_path: Path) -> None:
    with signer(tmp_path) as one:
        for number in range(5):
            one(message(number), number)
        with pytest.raises(SequenceRepeatedError, match="new key"):
            one(message(9), 4)


def test_a_log_that_is_older_than_the_store_signs_nothing(tmp_path: Path) -> None:
    with signer(tmp_path) as one, pytest.raises(SequenceGapError):
        one(message(5), 5)


def test_a_new_key_begins_anew_beside_the_old_one(tmp_path: Path) -> None:
    with signer(tmp_path) as one:
        old = one(message(0), 0)
    with signer(tmp_path, key=8) as one:
        new = one(message(0), 0)
    assert old.attester != new.attester
    with signer(tmp_path) as one:
        assert one(message(0), 0) == old


# The signer that a gateway starts


def gateway_settings(folder: Path, **oracle: Any) -> Settings:
    wanted = {
        "keystore": "key.json",
        "passphrase_file": "passphrase",
        "chain_id": CHAIN,
        "registry": f"0x{REGISTRY.hex()}",
        "gateway_registry": f"0x{GATEWAYS.hex()}",
        "eas_contract": f"0x{EAS.hex()}",
        **oracle,
    }
    return Settings(gateway=GatewaySettings(data_dir=str(folder)), oracle=OracleSettings(**wanted))


@pytest.mark.loopback
def test_a_gateway_starts_its_signer_with_its_own_contracts_and_no_others(tmp_path: Path) -> None:
    (tmp_path / "passphrase").touch(mode=0o600)
    (tmp_path / "passphrase").write_text("open sesame")
    keystore.store(tmp_path / "key.json", SecretKey(SECRET), Passphrase(b"open sesame"), keystore.ScryptCost(n=2))
    settings = gateway_settings(tmp_path)
    assert settings.oracle is not None
    with contextlib.ExitStack() as stack:
        desk = start_signer(settings, settings.oracle, stack)()
        attest = AttestationSigner(desk, DOMAIN)
        assert attest(shipment(0), 0).attester == desk.attester == SecretKey(SECRET).address
        assert desk.sign_transaction("anchor", 0, anchor(0), FEES)
        with pytest.raises(DomainForbiddenError):
            desk.sign_attestation(shipment(1), replace(DOMAIN, verifying_contract=REGISTRY), 1)
    assert (tmp_path / "signer" / "signer.toml").stat().st_mode & 0o777 == 0o600
    assert len(list(read_log(tmp_path / "signer" / "signed.jsonl"))) == 2
    with over_a_socket(tmp_path) as path:
        elsewhere = gateway_settings(tmp_path, keystore="", passphrase_file="", signer=f"unix:{path}")
        assert elsewhere.oracle is not None
        with contextlib.ExitStack() as stack:
            assert start_signer(elsewhere, elsewhere.oracle, stack)().attester == SecretKey(SECRET).address


@pytest.mark.loopback
def test_a_childs_bls_key_votes_for_its_own_escrow_and_no_other(tmp_path: Path) -> None:
    key = BlsSecretKey(bytes(31) + b"\x09")
    for name, content in (("passphrase", b"open sesame"), ("bls.pass", b"another"), ("bls.json", seal(key, Passphrase(b"another"), CHEAP))):
        (tmp_path / name).touch(mode=0o600)
        (tmp_path / name).write_bytes(content)
    keystore.store(tmp_path / "key.json", SecretKey(SECRET), Passphrase(b"open sesame"), CHEAP)
    escrow, verdict = b"\xe5" * 20, VerdictStatement(b"\x51" * 32, b"\x57" * 32, 1, 1_100, 1, 2, b"\xa6" * 32)
    settings = gateway_settings(tmp_path, bls_keystore="bls.json", bls_passphrase_file="bls.pass", bls_escrow=f"0x{escrow.hex()}")
    assert settings.oracle is not None
    with contextlib.ExitStack() as stack:
        desk = start_signer(settings, settings.oracle, stack)()
        assert desk.bls == key.public_key
        signature = desk.sign_vote(key.public_key, CHAIN, escrow, verdict, b"\xb0" * 20)
        assert signature == key.sign(agreed(CHAIN, escrow, verdict, b"\xb0" * 20).message(), VERDICT_TAG)
        with pytest.raises(BlsKeyForbiddenError):
            desk.sign_vote(key.public_key, CHAIN, EAS, verdict, b"\xb0" * 20)


def test_a_bls_key_of_a_child_goes_with_its_escrow(tmp_path: Path) -> None:
    elsewhere = {"signer": "unix:/run/aios/signer.sock", "keystore": "", "passphrase_file": ""}
    light = LightClientSettings(sources=("http://127.0.0.1:1",))
    for wanted in ({}, {**elsewhere, "bls_escrow": f"0x{EAS.hex()}"}):
        settings = replace(gateway_settings(tmp_path, bls_keystore="bls.json", **wanted), lightclient=light)
        assert [key for key, _, _ in _contradictions(settings)] == ["oracle.bls_keystore"]
    settings = replace(gateway_settings(tmp_path, bls_keystore="bls.json", bls_escrow=f"0x{EAS.hex()}"), lightclient=light)
    assert [*_contradictions(settings)] == []


@contextlib.contextmanager
def over_a_socket(folder: Path) -> Iterator[Path]:
    desk = open_desk(folder / "other")
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(folder / "s.sock"))
    listener.listen()

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                process.serve_connection(desk, listener.accept()[0])

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield folder / "s.sock"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()
        listener.close()
        desk.journal.close()


@pytest.mark.parametrize(("budget", "day"), [(10**18 // 2, 2 * 10**9), (10**19, 4 * 10**10), (0, 1 << 62)])
def test_a_childs_ceilings_leave_room_for_what_the_publisher_may_do(tmp_path: Path, budget: int, day: int) -> None:
    publisher = PublisherSettings(fees=FeePolicy(max_fee_ceiling_wei=10**12, budget_wei_per_day=budget))
    settings = gateway_settings(tmp_path, publisher=publisher)
    assert settings.oracle is not None
    rules = load(_write_child_settings(settings, settings.oracle)).policy.fees
    assert (rules.max_fee_gwei, rules.day_gwei) == (1_000, day)
    assert rules.transaction_gwei >= publisher.verdict_gas_limit * 1_000


def test_a_signer_is_either_elsewhere_or_a_child(tmp_path: Path) -> None:
    for wanted in ({"signer": "unix:/run/aios/signer.sock"}, {"keystore": ""}):
        settings = replace(gateway_settings(tmp_path, **wanted), lightclient=LightClientSettings(sources=("http://127.0.0.1:1",)))
        assert [key for key, _, _ in _contradictions(settings)] == ["oracle.signer"]
