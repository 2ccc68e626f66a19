"""EAS as bytes, held against an independent ABI codec; its layouts are held against real deployments in tests/oracle/test_eas_chain.py."""

import contextlib
import json
from typing import Any

import pytest
from eth_abi.abi import decode, encode
from hypothesis import given
from hypothesis import strategies as st

from oracle import calls, eas
from oracle.errors import MalformedStatementError
from oracle.keccak import keccak256
from oracle.publication import signed
from oracle.publication_errors import CalldataRefusedError, EventNotAttestedError
from oracle.verdicts import VerdictStatement, verdict_schema_uid
from tests.oracle.test_publication import ATTEMPT
from tests.vectors import vectors

SCHEMA, WHO, OTHER = b"\x5c" * 32, b"\x11" * 20, b"\x22" * 20
ATTESTATIONS = st.builds(
    eas.OnchainAttestation,
    schema=st.binary(min_size=32, max_size=32),
    data=st.binary(max_size=300),
    recipient=st.binary(min_size=20, max_size=20),
    expiration_time=st.integers(0, 2**64 - 1),
    revocable=st.booleans(),
    ref_uid=st.binary(min_size=32, max_size=32),
)


@given(ATTESTATIONS)
def test_calldata_is_what_an_abi_codec_writes_and_reads_back(attestation: eas.OnchainAttestation) -> None:
    calldata = eas.attest_calldata(attestation)
    inner = (
        attestation.recipient,
        attestation.expiration_time,
        attestation.revocable,
        attestation.ref_uid,
        attestation.data,
        0,
    )
    types = ["(bytes32,(address,uint64,bool,bytes32,bytes,uint256))"]
    assert calldata == eas.ATTEST + encode(types, [(attestation.schema, inner)])
    assert eas.decode_attest(calldata) == attestation


@given(ATTESTATIONS, st.data())
def test_calldata_with_any_byte_changed_is_another_attestation_or_refused(attestation: eas.OnchainAttestation, data: st.DataObject) -> None:
    calldata = bytearray(eas.attest_calldata(attestation))
    at = data.draw(st.integers(0, len(calldata) - 1))
    calldata[at] ^= data.draw(st.integers(1, 255))
    with contextlib.suppress(CalldataRefusedError):
        assert eas.decode_attest(bytes(calldata)) != attestation


@pytest.mark.parametrize("calldata", [b"", eas.ATTEST, eas.ATTEST + bytes(320), eas.ATTEST + b"\xff" * 20_000, bytes(10_000)])
def test_other_calldata_is_refused(calldata: bytes) -> None:
    with pytest.raises(CalldataRefusedError):
        eas.decode_attest(calldata)


def test_an_overlong_payload_is_refused() -> None:
    with pytest.raises(CalldataRefusedError, match="longer than"):
        eas.attest_calldata(eas.OnchainAttestation(SCHEMA, bytes(eas.MAX_DATA_BYTES + 1)))


def test_the_other_calls_are_what_an_abi_codec_writes() -> None:
    one, two = b"\x01" * 32, b"\x02" * 32
    assert eas.revoke_offchain_calldata(one) == eas.REVOKE_OFFCHAIN + encode(["bytes32"], [one])
    assert eas.multi_revoke_offchain_calldata([one, two]) == eas.MULTI_REVOKE_OFFCHAIN + encode(["bytes32[]"], [[one, two]])
    assert eas.timestamp_calldata(one) == eas.TIMESTAMP + encode(["bytes32"], [one])
    assert eas.revoke_calldata(SCHEMA, one) == eas.REVOKE + encode(["(bytes32,(bytes32,uint256))"], [(SCHEMA, (one, 0))])
    text = "bytes32 subject,uint8 verdict"
    assert eas.register_schema_calldata(text, WHO, revocable=False) == eas.REGISTER + encode(
        ["string", "address", "bool"], [text, WHO, False]
    )


def test_schema_uids_are_those_of_the_registry() -> None:
    assert eas.schema_uid("bool like").hex() == keccak256(b"bool like" + bytes(20) + b"\x01").hex()
    assert verdict_schema_uid(WHO) != verdict_schema_uid(OTHER)


# Logs


TOPICS = (eas.ATTESTED, bytes(12) + OTHER, bytes(12) + WHO, SCHEMA)


def test_a_log_says_who_attested_what() -> None:
    assert eas.decode_attested(TOPICS, b"\x09" * 32) == eas.Attested(OTHER, WHO, b"\x09" * 32, SCHEMA)


@pytest.mark.parametrize(
    ("topics", "data"),
    [
        (TOPICS[:3], bytes(32)),
        ((bytes(32), *TOPICS[1:]), bytes(32)),
        (TOPICS, bytes(31)),
        ((TOPICS[0], b"\x01" * 32, *TOPICS[2:]), bytes(32)),
        ((*TOPICS[:2], b"\x01" * 32, TOPICS[3]), bytes(32)),
        ((*TOPICS[:3], b"\x01"), bytes(32)),
    ],
)
def test_other_logs_are_refused(topics: Any, data: bytes) -> None:
    with pytest.raises(EventNotAttestedError):
        eas.decode_attested(topics, data)


# Layouts, stamps and candidates


def test_every_known_version_has_a_layout() -> None:
    document = json.loads(vectors("eas/deployments.json").read_text())
    for network in document["networks"]:
        layout = eas.layout_of(network["readme_version"])
        assert layout == (eas.BEFORE_1_0 if network["readme_version"] == "0.26" else eas.SINCE_1_0)


def test_a_stamp_is_salted_with_whose_it_is() -> None:
    stamps = {
        eas.stamp_of(chain, who, index, root)
        for chain in (1, 10)
        for who in (WHO, OTHER)
        for index in (0, 1)
        for root in (SCHEMA, bytes(32))
    }
    assert len(stamps) == 16
    assert SCHEMA not in stamps


@given(searched=st.integers(0, 500), ahead=st.integers(0, 400), spacing=st.sampled_from([1, 2, 12]))
def test_every_time_of_a_block_since_the_last_search_is_a_candidate(searched: int, ahead: int, spacing: int) -> None:
    until = searched + ahead
    record = calls.stage_verdict(1, OTHER, WHO, index=0, attestation=eas.OnchainAttestation(SCHEMA, b"x"), now_ms=0)
    times = [time_s for time_s, _ in calls.verdict_uids(record, searched_s=searched, until_s=until, spacing_s=spacing)]
    assert times == [time_s for time_s in range(searched, until + 1) if (until - time_s) % spacing == 0]


def test_a_long_search_is_done_in_parts() -> None:
    record = calls.stage_verdict(1, OTHER, WHO, index=0, attestation=eas.OnchainAttestation(SCHEMA, b"x"), now_ms=0)
    first = calls.verdict_uids(record, searched_s=0, until_s=12_000_000, spacing_s=12)
    assert len(first) == calls.SEARCH_LIMIT
    assert first[0][0] == 0
    second = calls.verdict_uids(record, searched_s=first[-1][0], until_s=12_000_000, spacing_s=12)
    assert second[0][0] == first[-1][0]


def test_the_time_before_the_first_signature_stays_over_a_second_nonce() -> None:
    record = calls.stage_verdict(1, OTHER, WHO, index=0, attestation=eas.OnchainAttestation(SCHEMA, b"x"), now_ms=0)
    once = signed(record, 3, ATTEMPT, after_s=100)
    assert signed(record, 3, ATTEMPT, after_s=100).after_s == 100
    assert once.after_s == 100


# Verdicts


VERDICT = VerdictStatement(b"\x01" * 32, b"\x02" * 32, 1, 3600, 1_700_000_000_000, 1_700_000_100_000, b"\x03" * 32)


def test_a_verdict_is_what_an_abi_codec_reads() -> None:
    types = ["bytes32", "bytes32", "uint8", "uint64", "uint64", "uint64", "bytes32"]
    data = VERDICT.encode()
    assert len(data) == 224
    assert decode(types, data) == (VERDICT.subject, VERDICT.statement, 1, 3600, VERDICT.from_ms, VERDICT.to_ms, VERDICT.agent)
    assert VerdictStatement.decode(data) == VERDICT
    attestation = VERDICT.attestation(SCHEMA, OTHER)
    assert (attestation.revocable, attestation.expiration_time, attestation.recipient) == (False, 0, OTHER)


@pytest.mark.parametrize(
    ("at", "word"),
    [
        (2, (3).to_bytes(32, "big")),
        (3, (1 << 64).to_bytes(32, "big")),
        (4, VERDICT.to_ms.to_bytes(31, "big") + b"\xff"),
        (5, bytes(32)),
    ],
)
def test_a_malformed_verdict_is_refused(at: int, word: bytes) -> None:
    data = VERDICT.encode()
    with pytest.raises(MalformedStatementError):
        VerdictStatement.decode(data[: at * 32] + word + data[at * 32 + 32 :])
    with pytest.raises(MalformedStatementError):
        VerdictStatement.decode(data + b"\x00")
