"""Verdicts given together, at the signer: what a BLS key signs, what it refuses, and what the log keeps of it."""

import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from eth_abi.abi import encode

from oracle import bls
from oracle.bls import POSSESSION_TAG, VERDICT_TAG
from oracle.bls_keystore import seal
from oracle.bls_secret import BlsSecretKey
from oracle.errors import FieldRangeError, OracleError
from oracle.escrow import escrow_id
from oracle.key_errors import PassphraseWrongError, RateExceededError
from oracle.keystore import ScryptCost
from oracle.secret import Passphrase, SecretKey
from oracle.signer import LocalSigner
from oracle.signing import process
from oracle.signing.client import Client
from oracle.signing.desk import Desk, Keys
from oracle.signing.errors import BlsKeyForbiddenError, ChainForbiddenError, DoubleVerdictError, FormRefusedError
from oracle.signing.journal import Journal, read_log
from oracle.signing.policy import ContractRule, Policy, RateRules, SchemaRule
from oracle.signing.settings import load
from oracle.verdicts import VerdictStatement, verdict_schema_uid
from tests.oracle.signing.desks import CHAIN, EAS, FEES, GATEWAYS, NOW, POLICY, SECRET, anchor, open_desk, verdict_calldata
from tests.oracle.signing.hardware import private
from tests.oracle.signing.test_process import write_config

ESCROW, OTHER_ESCROW, BUYER, GATEWAY = (bytes([number]) * 20 for number in (0xE5, 0xE6, 0xB0, 0x6B))
KEY = BlsSecretKey(bytes(31) + b"\x09")
BREACH = VerdictStatement(b"\x51" * 32, b"\x57" * 32, 1, 1_100, 1, 2, b"\xa6" * 32)
CONTRACTS = (*POLICY.contracts, *(ContractRule(f"0x{one.hex()}", "bls-escrow") for one in (ESCROW, OTHER_ESCROW)))


def policy(**changes: Any) -> Policy:
    return msgspec.structs.replace(POLICY, contracts=CONTRACTS, **changes)


def open_with_bls(folder: Path, rules: Policy, bls_key: BlsSecretKey | None = KEY) -> Desk:
    local = LocalSigner(SecretKey(SECRET))
    return Desk(Keys(local, local, bls_key), rules, Journal(folder), now_s=lambda: NOW)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = open_with_bls(tmp_path, policy())
    with made.journal:
        yield made


def refusal(kind: type[OracleError]) -> Any:
    return pytest.raises(kind, match=rf"\(rule {getattr(kind, 'rule', '')}\)")


def vote(desk: Desk | Client, statement: VerdictStatement = BREACH, **changes: Any) -> bytes:
    words: dict[str, Any] = {"key": KEY.public_key, "chain_id": CHAIN, "contract": ESCROW, "recipient": BUYER} | changes
    return desk.sign_vote(statement=statement, **words)


def message_of(statement: VerdictStatement, contract: bytes = ESCROW) -> bytes:
    """`verdictMessage` by another encoder."""
    name = escrow_id(BUYER, statement.subject, statement.agent)
    kinds = ["uint256", "address", "bytes32", "uint8", "uint64"]
    return encode(kinds, [CHAIN, contract, name, statement.verdict, statement.measure])


# What is signed


def test_a_vote_is_the_signature_over_the_contracts_message(desk: Desk) -> None:
    signature = vote(desk)
    assert bls.verify([KEY.public_key], message_of(BREACH), signature, VERDICT_TAG)
    assert vote(desk) == signature  # again is the same


def test_the_possession_is_the_signature_over_the_contracts_message(desk: Desk) -> None:
    signature = desk.sign_bls_possession(KEY.public_key, CHAIN, GATEWAYS, GATEWAY)
    kinds = ["uint256", "address", "address", "bytes"]
    message = encode(kinds, [CHAIN, GATEWAYS, GATEWAY, bls.contract_key(KEY.public_key)])
    assert bls.verify([KEY.public_key], message, signature, POSSESSION_TAG)


def test_the_log_holds_the_whole_verdict_and_its_own_stream(desk: Desk) -> None:
    vote(desk)
    desk.sign_bls_possession(KEY.public_key, CHAIN, GATEWAYS, GATEWAY)
    (first, one), (second, other) = read_log(desk.journal.path)
    assert (one.stream, other.stream) == ("vote", "bls-possession")
    assert first.key == second.key == KEY.address
    assert getattr(first.what, "statement", None) == BREACH
    assert KEY.reveal().hex() not in desk.journal.path.read_text()


# What is refused


def test_another_verdict_on_the_same_escrow(desk: Desk) -> None:
    vote(desk)
    for changed in (replace(BREACH, verdict=0, measure=0), replace(BREACH, measure=1_101), replace(BREACH, statement=b"\x58" * 32)):
        with refusal(DoubleVerdictError):
            vote(desk, changed)
    assert vote(desk, replace(BREACH, subject=b"\x52" * 32, verdict=0))
    assert vote(desk, contract=OTHER_ESCROW)


def test_a_vote_and_an_attestation_on_chain_cannot_contradict_each_other(tmp_path: Path) -> None:
    schema = verdict_schema_uid(ESCROW)
    rules = policy(schemas=(*POLICY.schemas, SchemaRule(f"0x{schema.hex()}")))

    def attest(desk: Desk, number: int, statement: VerdictStatement) -> bytes:
        call = anchor(0, nonce=number, to=EAS, data=verdict_calldata(schema, statement.encode(), recipient=BUYER))
        return desk.sign_transaction("verdict", number, call, FEES)

    desk = open_with_bls(tmp_path, rules)
    with desk.journal:
        vote(desk)
        assert attest(desk, 0, BREACH)  # the same, said the other way
        with refusal(DoubleVerdictError):
            attest(desk, 1, replace(BREACH, verdict=0, measure=0))
        other = replace(BREACH, subject=b"\x52" * 32)
        attest(desk, 1, other)
        with refusal(DoubleVerdictError):
            vote(desk, replace(other, measure=1))
        # Another buyer's escrow, and another policy's, is another ballot.
        assert vote(desk, replace(other, measure=1), recipient=b"\xb2" * 20)
        assert vote(desk, replace(other, measure=1, agent=b"\x59" * 32))


def test_after_a_restart_the_log_still_knows(tmp_path: Path) -> None:
    first = open_with_bls(tmp_path, policy())
    with first.journal:
        vote(first)
    again = open_with_bls(tmp_path, policy(), BlsSecretKey(bytes(31) + b"\x0a"))
    with again.journal, refusal(DoubleVerdictError):
        # A gateway answers for what its earlier key said.
        vote(again, replace(BREACH, verdict=0), key=bls.public_key(10))


@pytest.mark.parametrize("contract", [EAS, GATEWAYS, b"\x01" * 20])
def test_an_escrow_that_is_not_listed_as_such(desk: Desk, contract: bytes) -> None:
    with refusal(BlsKeyForbiddenError) as forbidden:
        vote(desk, contract=contract)
    assert forbidden.value.kind == "bls-escrow"


@pytest.mark.parametrize("registry", [EAS, ESCROW, b"\x01" * 20])
def test_a_registry_that_is_not_listed_as_such(desk: Desk, registry: bytes) -> None:
    with refusal(BlsKeyForbiddenError) as forbidden:
        desk.sign_bls_possession(KEY.public_key, CHAIN, registry, GATEWAY)
    assert forbidden.value.kind == "gateway-registry"


@pytest.mark.parametrize("key", [bls.public_key(10), b"", bytes(48)])
def test_a_key_that_is_not_here(desk: Desk, key: bytes) -> None:
    with refusal(BlsKeyForbiddenError):
        vote(desk, key=key)
    with refusal(BlsKeyForbiddenError):
        desk.sign_bls_possession(key, CHAIN, GATEWAYS, GATEWAY)


def test_a_signer_without_such_a_key(tmp_path: Path) -> None:
    desk = open_with_bls(tmp_path, policy(), None)
    with desk.journal, refusal(BlsKeyForbiddenError):
        vote(desk)


def test_another_chain(desk: Desk) -> None:
    with refusal(ChainForbiddenError):
        vote(desk, chain_id=CHAIN + 1)
    with refusal(ChainForbiddenError):
        desk.sign_bls_possession(KEY.public_key, CHAIN + 1, GATEWAYS, GATEWAY)


@pytest.mark.parametrize("changes", [{"verdict": 3}, {"from_ms": 3}])
def test_a_verdict_that_is_none(desk: Desk, changes: dict[str, Any]) -> None:
    with refusal(FormRefusedError):
        vote(desk, replace(BREACH, **changes))
    with pytest.raises(FieldRangeError):
        vote(desk, replace(BREACH, measure=1 << 64))
    assert desk.journal.count == 0


def test_more_than_the_policy_allows_in_an_hour(tmp_path: Path) -> None:
    desk = open_with_bls(tmp_path, policy(rates=RateRules(votes_per_hour=2)))
    with desk.journal:
        for subject in (1, 2):
            vote(desk, replace(BREACH, subject=bytes([subject]) * 32))
        with refusal(RateExceededError):
            vote(desk, replace(BREACH, subject=b"\x03" * 32))
        assert desk.sign_transaction("anchor", 0, anchor(0), FEES)


# Over the socket, and out of the settings


def test_votes_and_refusals_come_through(tmp_path: Path) -> None:
    served = open_with_bls(tmp_path, policy())

    def connect() -> socket.socket:
        ours, theirs = socket.socketpair()
        threading.Thread(target=process.serve_connection, args=(served, theirs), daemon=True).start()
        return ours

    with served.journal, Client(connect, "a thread") as client:
        assert client.bls == KEY.public_key
        assert bls.verify([client.bls], message_of(BREACH), vote(client), VERDICT_TAG)
        with refusal(DoubleVerdictError):
            vote(client, replace(BREACH, verdict=0))
        with refusal(BlsKeyForbiddenError):
            vote(client, contract=EAS)


def test_a_signer_without_such_a_key_says_so(tmp_path: Path) -> None:
    served = open_desk(tmp_path)

    def connect() -> socket.socket:
        ours, theirs = socket.socketpair()
        threading.Thread(target=process.serve_connection, args=(served, theirs), daemon=True).start()
        return ours

    with served.journal, Client(connect, "a thread") as client:
        assert client.bls == b""


@pytest.mark.parametrize("secret", [b"open sesame\n", b"another\n"])
def test_the_key_is_opened_as_the_settings_say(secret: bytes, tmp_path: Path) -> None:
    config = write_config(tmp_path)
    own = secret != b"open sesame\n"
    private(tmp_path / "bls.json", seal(KEY, Passphrase(secret.strip()), ScryptCost(n=2)))
    private(tmp_path / "bls.pass", secret)
    more = 'bls = "bls.json"\n' + ('bls_secret_file = "bls.pass"\n' if own else "")
    config.write_text(config.read_text().replace("[policy]\n", f"{more}[policy]\n", 1))
    desk = process.open_desk(load(config))
    with desk.journal:
        assert desk.keys.bls is not None
        assert desk.keys.bls.public_key == KEY.public_key
    if own:
        config.write_text(config.read_text().replace('bls_secret_file = "bls.pass"\n', ""))
        with pytest.raises(PassphraseWrongError):
            process.open_desk(load(config))
