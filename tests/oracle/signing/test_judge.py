"""Every rule refuses, says its name, and lets pass what is just inside it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from eth_abi.abi import encode
from hypothesis import given, settings
from hypothesis import strategies as st

from oracle import attestation
from oracle.attestation import Attestation, Domain, Message
from oracle.custody import Terms
from oracle.drawing import words
from oracle.eas import REVOKE_OFFCHAIN, TIMESTAMP, decode_attest
from oracle.errors import FieldRangeError, MisuseError, OracleError
from oracle.fees import GWEI, Fees
from oracle.gs1 import sscc
from oracle.keccak import keccak256
from oracle.key_errors import RateExceededError, SchemaForbiddenError, SequenceGapError, SequenceRepeatedError, TimeBackwardsError
from oracle.schemas import ShipmentStatement
from oracle.signature import recover, recover_secp256k1
from oracle.signing.backends.file import P256Signer
from oracle.signing.desk import Desk, Keys
from oracle.signing.errors import (
    RULES,
    BudgetSpentError,
    CallForbiddenError,
    ChainForbiddenError,
    ContractForbiddenError,
    DomainForbiddenError,
    DoubleVerdictError,
    FeeForbiddenError,
    PartyForbiddenError,
    PossessionForbiddenError,
    TopicMissingError,
    ValueForbiddenError,
    again,
    values,
)
from oracle.signing.judge import Known, judge
from oracle.signing.policy import FeeRules, Policy, RateRules, SchemaRule
from oracle.signing.statements import Ask
from oracle.transaction import Transaction, signing_digest
from oracle.verdicts import VerdictStatement
from tests.oracle.signing.desks import (
    CHAIN,
    DOMAIN,
    EAS,
    FEES,
    GATEWAYS,
    NOW,
    POLICY,
    REGISTRY,
    anchor,
    lot_item,
    open_desk,
    shipment,
    verdict_calldata,
)

HERE = bytes.fromhex("6370ef2f4db3611d657b90667de398a2cc2a370c")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = open_desk(tmp_path)
    with made.journal:
        yield made


def refusal(kind: type[OracleError]) -> Any:
    return pytest.raises(kind, match=rf"\(rule {getattr(kind, 'rule', '')}\)")


# What is signed, and by whom


def test_an_attestation_and_a_transaction_are_signed_as_they_stand(desk: Desk) -> None:
    message = shipment(1)
    signed = Attestation.signed(message, DOMAIN, desk.attester, lambda _digest: desk.sign_attestation(message, DOMAIN, 0))
    attestation.verify(signed, domain=DOMAIN, now_s=NOW)
    call = anchor(0)
    assert recover_secp256k1(signing_digest(call, FEES), desk.sign_transaction("anchor", 0, call, FEES)) == desk.gateway == HERE


def test_the_same_again_is_signed_the_same_and_keeps_its_number(desk: Desk) -> None:
    first = [desk.sign_attestation(shipment(n), DOMAIN, n) for n in range(3)]
    assert desk.sign_attestation(shipment(1), DOMAIN, 1) == first[1]
    # A salvaged store may have lost some, and counts fewer or more than there are.
    assert desk.sign_attestation(shipment(1), DOMAIN, 3) == first[1]
    assert desk.sign_attestation(shipment(3), DOMAIN, 3)


def test_a_transaction_is_outbid_and_takes_another_nonce_under_its_number(desk: Desk) -> None:
    desk.sign_transaction("anchor", 0, anchor(0), FEES)
    desk.sign_transaction("anchor", 1, anchor(1), FEES)
    assert desk.sign_transaction("anchor", 0, anchor(0), Fees(6 * GWEI, GWEI))
    assert desk.sign_transaction("anchor", 0, anchor(0, nonce=7), FEES)


# Places and forms


@pytest.mark.parametrize("chain_id", [1, CHAIN + 1, (1 << 63) - 1])
def test_another_chain(desk: Desk, chain_id: int) -> None:
    with refusal(ChainForbiddenError):
        desk.sign_attestation(shipment(1), replace(DOMAIN, chain_id=chain_id), 0)
    with refusal(ChainForbiddenError):
        desk.sign_transaction("anchor", 0, anchor(0, chain_id=chain_id), FEES)
    with refusal(ChainForbiddenError):
        desk.sign_possession(chain_id, GATEWAYS, HERE, HERE, b"\x01" * 20)


@pytest.mark.parametrize("contract", [REGISTRY, b"\x01" * 20])
def test_another_eas_deployment(desk: Desk, contract: bytes) -> None:
    with refusal(DomainForbiddenError):
        desk.sign_attestation(shipment(1), replace(DOMAIN, verifying_contract=contract), 0)


def test_another_schema_off_chain_and_on(desk: Desk) -> None:
    with refusal(SchemaForbiddenError):
        desk.sign_attestation(shipment(1, schema=b"\x5c" * 32), DOMAIN, 0)
    data = verdict_calldata(b"\x5c" * 32, shipment(1).data)
    with refusal(SchemaForbiddenError):
        desk.sign_transaction("verdict", 0, anchor(0, to=EAS, data=data), FEES)


@pytest.mark.parametrize("to", [None, EAS, b"\x01" * 20])
def test_another_contract_or_none(desk: Desk, to: bytes | None) -> None:
    with refusal(ContractForbiddenError):
        desk.sign_transaction("anchor", 0, anchor(0, to=to), FEES)


@pytest.mark.parametrize(
    ("stream", "to", "data"),
    [
        ("anchor", REGISTRY, b""),
        ("anchor", REGISTRY, TIMESTAMP + bytes(32)),
        ("anchor", REGISTRY, anchor(1).data),
        ("anchor", REGISTRY, anchor(0).data[:20]),
        ("stamp", EAS, REVOKE_OFFCHAIN + bytes(32)),
        ("verdict", EAS, TIMESTAMP + bytes(32)),
        ("verdict", EAS, verdict_calldata(ShipmentStatement.UID, bytes(256))[:-32]),
        ("verdict", EAS, verdict_calldata(ShipmentStatement.UID, bytes(256), value=1)),
        ("revocation", EAS, TIMESTAMP + bytes(32)),
        ("filler", REGISTRY, b""),
        ("filler", HERE, b"\x00"),
    ],
)
def test_another_function_or_form(desk: Desk, stream: Any, to: bytes, data: bytes) -> None:
    with refusal(CallForbiddenError):
        desk.sign_transaction(stream, 0, anchor(0, to=to, data=data), FEES)


@pytest.mark.parametrize(
    ("stream", "to", "data"),
    [
        ("stamp", EAS, TIMESTAMP + bytes(32)),
        ("verdict", EAS, verdict_calldata(ShipmentStatement.UID, bytes(256))),
        ("revocation", EAS, REVOKE_OFFCHAIN + bytes(32)),
        ("filler", HERE, b""),
    ],
)
def test_each_stream_has_numbers_of_its_own(desk: Desk, stream: Any, to: bytes, data: bytes) -> None:
    for number in range(2):
        assert desk.sign_transaction(stream, number, anchor(0, to=to, data=data), FEES)
    with refusal(SequenceGapError):
        desk.sign_transaction(stream, 3, anchor(0, to=to, data=data), FEES)
    assert desk.sign_transaction("anchor", 0, anchor(0), FEES)


def test_ether_sent_along(desk: Desk) -> None:
    with refusal(ValueForbiddenError):
        desk.sign_transaction("anchor", 0, anchor(0, value_wei=1), FEES)


def test_possession_of_keys_that_are_here_only_and_for_listed_registries(desk: Desk) -> None:
    operator = b"\x01" * 20
    signature = desk.sign_possession(CHAIN, GATEWAYS, HERE, HERE, operator)
    domain = keccak256(
        encode(
            ["bytes32", "bytes32", "bytes32", "uint256", "address"],
            [
                keccak256(b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256(b"AiOS GatewayRegistry"),
                keccak256(b"1"),
                CHAIN,
                "0x" + GATEWAYS.hex(),
            ],
        )
    )
    struct = keccak256(
        encode(
            ["bytes32", "address", "address", "address"],
            [keccak256(b"KeyPossession(address gateway,address key,address operator)"), *("0x" + a.hex() for a in (HERE, HERE, operator))],
        )
    )
    assert recover(keccak256(b"\x19\x01" + domain + struct), signature) == HERE
    for registry, key in ((EAS, HERE), (GATEWAYS, operator)):
        with refusal(PossessionForbiddenError):
            desk.sign_possession(CHAIN, registry, HERE, key, operator)


def terms(number: int = 0, **changes: Any) -> Terms:
    made = Terms(
        shipment=sscc("10614141234567890"),
        number=number,
        previous=bytes(32),
        giver=HERE,
        giver_party="",
        taker=b"\x01" * 20,
        taker_party="",
        time_ms=NOW * 1000,
        place="dock 4",
    )
    return replace(made, **changes)


def test_a_handover_is_signed_by_a_party_once_per_number(desk: Desk) -> None:
    assert recover(terms().hash, desk.sign_handover(terms())) == HERE
    assert desk.sign_handover(terms()) == desk.sign_handover(terms())
    assert desk.sign_handover(terms(1))
    with refusal(DoubleVerdictError):
        desk.sign_handover(terms(place="dock 5"))
    with refusal(PartyForbiddenError):
        desk.sign_handover(terms(2, giver=b"\x02" * 20))


# Fees, budget, rates


def test_an_offer_above_the_ceiling(desk: Desk) -> None:
    assert desk.sign_transaction("anchor", 0, anchor(0), Fees(200 * GWEI, GWEI))
    with refusal(FeeForbiddenError):
        desk.sign_transaction("anchor", 1, anchor(1), Fees(200 * GWEI + 1, GWEI))


def test_a_transaction_that_may_cost_too_much(tmp_path: Path) -> None:
    desk = open_desk(tmp_path, policy=msgspec.structs.replace(POLICY, fees=FeeRules(transaction_gwei=500_000)))
    with desk.journal:
        assert desk.sign_transaction("anchor", 0, anchor(0), FEES)
        with refusal(FeeForbiddenError):
            desk.sign_transaction("anchor", 1, anchor(1, gas_limit=100_001), FEES)


def test_a_day_that_may_cost_too_much_and_what_was_outbid_counts_once(tmp_path: Path) -> None:
    now = [NOW]
    policy = msgspec.structs.replace(POLICY, fees=FeeRules(day_gwei=1_500_000))
    desk = open_desk(tmp_path, policy=policy, now_s=lambda: now[0])
    with desk.journal:
        desk.sign_transaction("anchor", 0, anchor(0), FEES)
        desk.sign_transaction("anchor", 0, anchor(0), Fees(6 * GWEI, GWEI))
        desk.sign_transaction("anchor", 1, anchor(1), FEES)
        with refusal(BudgetSpentError):
            desk.sign_transaction("anchor", 2, anchor(2), FEES)
        desk.sign_attestation(shipment(1), DOMAIN, 0)
        now[0] += 86_400
        assert desk.sign_transaction("anchor", 2, anchor(2), FEES)


def test_one_nonce_on_two_chains_costs_twice(tmp_path: Path) -> None:
    policy = msgspec.structs.replace(POLICY, chains=(CHAIN, 8453), fees=FeeRules(day_gwei=1_500_000))
    desk = open_desk(tmp_path, policy=policy)
    with desk.journal:
        desk.sign_transaction("anchor", 0, anchor(0), FEES)
        desk.sign_transaction("anchor", 1, anchor(1, nonce=0, chain_id=8453), FEES)
        desk.sign_transaction("anchor", 0, anchor(0), Fees(6 * GWEI, GWEI))
        with refusal(BudgetSpentError):
            desk.sign_transaction("anchor", 2, anchor(2, nonce=1), FEES)
        with refusal(BudgetSpentError):
            desk.sign_transaction("anchor", 0, anchor(0), Fees(11 * GWEI, GWEI))


def test_more_than_an_hour_allows(tmp_path: Path) -> None:
    now = [NOW]
    policy = msgspec.structs.replace(POLICY, rates=RateRules(attestations_per_hour=2, transactions_per_hour=1))
    desk = open_desk(tmp_path, policy=policy, now_s=lambda: now[0])
    with desk.journal:
        for number in range(2):
            desk.sign_attestation(shipment(number), DOMAIN, number)
        with refusal(RateExceededError):
            desk.sign_attestation(shipment(2), DOMAIN, 2)
        desk.sign_transaction("anchor", 0, anchor(0), FEES)
        with refusal(RateExceededError):
            desk.sign_transaction("anchor", 0, anchor(0), FEES)
        now[0] += 3_600
        assert desk.sign_attestation(shipment(2), DOMAIN, 2)


# Sequence


def test_another_statement_under_a_number(desk: Desk) -> None:
    desk.sign_attestation(shipment(0), DOMAIN, 0)
    desk.sign_attestation(shipment(1), DOMAIN, 1)
    with refusal(SequenceRepeatedError):
        desk.sign_attestation(shipment(9), DOMAIN, 0)
    desk.sign_transaction("anchor", 0, anchor(0), FEES)
    with refusal(SequenceRepeatedError):
        desk.sign_transaction("anchor", 0, anchor(0, root=2), FEES)


@pytest.mark.parametrize(("signed", "asked"), [(0, 1), (1, 2), (1, 99)])
def test_a_number_left_out(desk: Desk, signed: int, asked: int) -> None:
    for number in range(signed):
        desk.sign_attestation(shipment(number), DOMAIN, number)
    with pytest.raises(SequenceGapError) as refused:
        desk.sign_attestation(shipment(200), DOMAIN, asked)
    assert refused.value.wanted == signed


def test_a_time_before_the_last(desk: Desk) -> None:
    desk.sign_attestation(shipment(0), DOMAIN, 0)
    with refusal(TimeBackwardsError) as refused:
        desk.sign_attestation(shipment(1, time=NOW - 1), DOMAIN, 1)
    assert f"{words.instant((NOW - 1) * 1000)} lies before the last one at {words.instant(NOW * 1000)}" in str(refused.value)
    assert desk.sign_attestation(shipment(1, time=NOW), DOMAIN, 1)


# Two verdicts


def test_a_second_verdict_about_one_shipment(desk: Desk) -> None:
    desk.sign_attestation(shipment(1), DOMAIN, 0)
    with refusal(DoubleVerdictError):
        desk.sign_attestation(shipment(1, verdict=1, salt=b"\x01" * 32), DOMAIN, 1)
    first = shipment(1).compute_uid()
    correction = shipment(1, verdict=1, ref_uid=first, salt=b"\x02" * 32)
    assert desk.sign_attestation(correction, DOMAIN, 1)
    # A correction of the same attestation with yet another content would fork the chain of corrections.
    with refusal(DoubleVerdictError):
        desk.sign_attestation(replace(correction, data=shipment(1, verdict=2).data), DOMAIN, 2)
    assert desk.sign_attestation(replace(correction, data=shipment(1, verdict=2).data, ref_uid=correction.compute_uid()), DOMAIN, 2)


def test_a_second_verdict_about_one_item_but_not_about_another_of_the_lot(desk: Desk) -> None:
    desk.sign_attestation(lot_item(1, 1), DOMAIN, 0)
    assert desk.sign_attestation(lot_item(1, 2, defect=3), DOMAIN, 1)
    with refusal(DoubleVerdictError):
        desk.sign_attestation(lot_item(1, 1, defect=3), DOMAIN, 2)


def test_a_second_verdict_on_chain(desk: Desk) -> None:
    def sign(number: int, verdict: int, ref_uid: bytes = bytes(32)) -> bytes:
        data = verdict_calldata(ShipmentStatement.UID, shipment(7, verdict=verdict).data, ref_uid)
        return desk.sign_transaction("verdict", number, anchor(0, nonce=number, to=EAS, data=data), FEES)

    assert sign(0, 0)
    with refusal(DoubleVerdictError):
        sign(1, 1)
    assert sign(1, 1, b"\x01" * 32)


def test_two_policies_may_judge_one_shipment_and_each_says_one_thing(desk: Desk) -> None:
    strict, mild = b"\x51" * 32, b"\x52" * 32
    desk.sign_attestation(shipment(1, verdict=1, agent=strict), DOMAIN, 0)
    assert desk.sign_attestation(shipment(1, verdict=0, agent=mild), DOMAIN, 1)
    for agent, other in ((strict, 0), (mild, 1)):
        with refusal(DoubleVerdictError):
            desk.sign_attestation(shipment(1, verdict=other, agent=agent), DOMAIN, 2)
    # Whom it is addressed to does not make two statements of one: the GatewayRegistry slashes for them all the same.
    with refusal(DoubleVerdictError):
        desk.sign_attestation(shipment(1, verdict=0, agent=strict, recipient=b"\xb2" * 20), DOMAIN, 2)
    # Nor do words behind the schema's last, which the contract does not read.
    longer = shipment(1, verdict=0, agent=strict)
    with refusal(DoubleVerdictError):
        desk.sign_attestation(replace(longer, data=longer.data + bytes(32)), DOMAIN, 2)


VERDICTS = b"\x5d" * 32
"""Uid of a verdict schema with its resolver."""


def verdict(number: int, found: int, recipient: int = 1, agent: int = 1, subject: int = 1) -> Transaction:
    """Returns the transaction of a verdict on chain."""
    said = VerdictStatement(bytes([subject]) * 32, b"\x0e" * 32, found, 7, 1, 2, bytes([agent]) * 32)
    return anchor(0, nonce=number, to=EAS, data=verdict_calldata(VERDICTS, said.encode(), recipient=bytes([recipient]) * 20))


def test_one_verdict_on_chain_for_each_recipient_subject_and_agent(tmp_path: Path) -> None:
    policy = msgspec.structs.replace(POLICY, schemas=(*POLICY.schemas, SchemaRule(f"0x{VERDICTS.hex()}")))
    desk = open_desk(tmp_path, policy=policy)
    with desk.journal:
        said = [(0, 1, 1, 1), (1, 2, 1, 1), (1, 1, 2, 1), (0, 1, 1, 2)]
        for number, one in enumerate(said):
            assert desk.sign_transaction("verdict", number, verdict(number, *one), FEES)
        for found, *ballot in said:
            with refusal(DoubleVerdictError):
                desk.sign_transaction("verdict", 4, verdict(4, 1 - found, *ballot), FEES)
        # The same once more, outbid or under another nonce, contradicts nothing.
        assert desk.sign_transaction("verdict", 4, verdict(4, *said[0]), FEES)


def test_an_unknown_schema_has_one_statement_for_each_subject(tmp_path: Path) -> None:
    policy = msgspec.structs.replace(POLICY, schemas=(SchemaRule(f"0x{VERDICTS.hex()}"),))
    desk = open_desk(tmp_path, policy=policy)

    def said(number: int, last: int, recipient: int) -> Transaction:
        data = verdict_calldata(VERDICTS, bytes(32) + bytes([last]) * 32, recipient=bytes([recipient]) * 20)
        return anchor(0, nonce=number, to=EAS, data=data)

    with desk.journal:
        assert desk.sign_transaction("verdict", 0, said(0, 1, 1), FEES)
        with refusal(DoubleVerdictError):
            desk.sign_transaction("verdict", 1, said(1, 2, 2), FEES)
        message = replace(shipment(1), schema=VERDICTS)
        desk.sign_attestation(message, DOMAIN, 0)
        with refusal(DoubleVerdictError):
            desk.sign_attestation(replace(message, data=shipment(1, agent=b"\x77" * 32).data), DOMAIN, 1)


@pytest.mark.parametrize("message", [shipment(1, data=b""), shipment(1, data=bytes(31)), replace(lot_item(1, 1), data=bytes(63))])
def test_a_statement_that_names_no_subject(desk: Desk, message: Message) -> None:
    with refusal(TopicMissingError):
        desk.sign_attestation(message, DOMAIN, 0)


@pytest.mark.parametrize("changes", [{"time": -1}, {"schema": ShipmentStatement.UID, "salt": b""}, {"ref_uid": bytes(31)}])
def test_a_field_that_does_not_fit_its_type(desk: Desk, changes: dict[str, Any]) -> None:
    with pytest.raises(FieldRangeError):
        desk.sign_attestation(shipment(1, **changes), DOMAIN, 0)
    assert desk.journal.count == 0


# What is behind the rules


def test_nothing_refused_is_in_the_log(desk: Desk) -> None:
    with refusal(SequenceGapError):
        desk.sign_attestation(shipment(1), DOMAIN, 5)
    assert desk.journal.count == 0


def test_every_refusal_crosses_the_socket_whole() -> None:
    for rule, kind in RULES.items():
        made = kind(*_examples(kind))
        same = again(rule, msgspec.msgpack.decode(msgspec.msgpack.encode(values(made))))
        assert type(same) is kind
        assert str(same) == str(made)


def _examples(kind: type[OracleError]) -> list[Any]:
    hints = {name: hint for name, hint in kind.__init__.__annotations__.items() if name != "return"}
    return [{"int": 7, "bytes": b"\x07" * 20, "str": "seven"}[hint if isinstance(hint, str) else hint.__name__] for hint in hints.values()]


def test_a_p256_key_sends_no_transactions(tmp_path: Path) -> None:
    key = P256Signer(ec.derive_private_key(7, ec.SECP256R1()))
    with pytest.raises(MisuseError, match=r"keys\.gateway"):
        Keys(key, key)
    desk = open_desk(tmp_path, attester=key)
    with desk.journal:
        message = shipment(1)
        signed = Attestation.signed(message, DOMAIN, key.address, lambda _digest: desk.sign_attestation(message, DOMAIN, 0))
        assert len(signed.signature) == 128
        attestation.verify(signed, domain=DOMAIN, now_s=NOW)
        assert recover(signing_digest(anchor(0), FEES), desk.sign_transaction("anchor", 0, anchor(0), FEES)) == HERE


@settings(max_examples=60, deadline=None)
@given(asked=st.lists(st.tuples(st.integers(0, 6), st.sampled_from([b"\1" * 32, b"\2" * 32])), max_size=30))
def test_never_contradicts_itself_and_never_leaves_a_gap(asked: list[tuple[int, bytes]]) -> None:
    signed = dict[int, bytes]()
    for sequence, content in asked:
        known = Known(max(signed, default=-1), signed.get(sequence), content in signed.values(), 0, 0, None, 0)
        try:
            judge(Ask("anchor", sequence, content, content), known, Policy())
        except OracleError:
            continue
        assert signed.setdefault(sequence, content) == content
    assert sorted(signed) == list(range(len(signed)))


def test_a_call_of_attest_is_read_as_solidity_writes_it() -> None:
    data, ref = bytes(range(100)), b"\x0f" * 32
    inner = ("0x" + "00" * 20, 0, True, ref, data, 0)
    theirs = encode(["(bytes32,(address,uint64,bool,bytes32,bytes,uint256))"], [(ShipmentStatement.UID, inner)])
    assert verdict_calldata(ShipmentStatement.UID, data, ref)[4:] == theirs
    read = decode_attest(verdict_calldata(ShipmentStatement.UID, data, ref))
    assert (read.schema, read.ref_uid, read.data) == (ShipmentStatement.UID, ref, data)


@pytest.mark.parametrize("domain", [Domain("1.4.0", CHAIN, EAS), Domain("1.3.0", CHAIN, EAS)])
def test_the_eas_version_is_part_of_what_is_signed(desk: Desk, domain: Domain) -> None:
    message = shipment(1)
    assert recover(message.digest_under(domain), desk.sign_attestation(message, domain, 0)) == HERE
