from dataclasses import replace
from typing import Any

import coincurve
import pytest

from oracle.attestation import Attestation, Domain
from oracle.equivocation import NoContradictionError, contradiction
from oracle.errors import RefusedError
from oracle.hexes import to_checksum
from oracle.keccak import keccak256
from tests.oracle.bundle_fixture import DOMAIN, LOT_STATEMENT, attest, shipment_event, shipment_statement, trip

READINGS = trip(8)
STATEMENT = shipment_statement(READINGS, shipment_event(READINGS))


def said(verdict: int = 1, domain: Domain = DOMAIN, **changes: Any) -> Attestation:
    return attest(replace(STATEMENT, verdict=verdict), domain, **changes)


def test_two_verdicts_on_one_shipment_contradict() -> None:
    assert str(contradiction(said(0), said(1))).endswith("signed two statements about one subject that differ in verdict")


def test_two_policies_that_judge_one_shipment_differently_do_not_contradict() -> None:
    mild = attest(replace(STATEMENT, verdict=0, agent=keccak256(b"another policy")))
    with pytest.raises(NoContradictionError, match="agents"):
        contradiction(mild, said(1))
    with pytest.raises(NoContradictionError, match="subjects"):
        contradiction(attest(replace(STATEMENT, agent=bytes(32), shipment=bytes(32))), said(1))


def test_two_classes_of_one_item_contradict_and_those_of_two_items_do_not() -> None:
    contradiction(attest(LOT_STATEMENT), attest(replace(LOT_STATEMENT, defect=0)))
    with pytest.raises(NoContradictionError, match="subjects"):
        contradiction(attest(LOT_STATEMENT), attest(replace(LOT_STATEMENT, defect=0, item=keccak256(b"another"))))


def test_two_keys_may_be_one_gateways() -> None:
    found = contradiction(said(0), said(1, key=coincurve.PrivateKey(b"\x09" * 32)))
    assert found.first.attester != found.second.attester
    for one in (found.first, found.second):
        assert to_checksum(one.attester) in str(found)


def test_two_corrections_of_one_statement_contradict() -> None:
    first = said(0)
    contradiction(said(1, ref_uid=first.uid), said(2, ref_uid=first.uid))


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        (said(1, ref_uid=said(0).uid), "refUIDs"),
        (said(0, time=STATEMENT.to_ms // 1000 + 77), "say the same"),
        (said(1, replace(DOMAIN, chain_id=5)), "deployments"),
        (attest(replace(STATEMENT, verdict=1, shipment=keccak256(b"another"))), "subjects"),
        (attest(LOT_STATEMENT), "schemas"),
    ],
)
def test_what_is_no_contradiction_says_why(other: Attestation, reason: str) -> None:
    with pytest.raises(NoContradictionError, match=reason):
        contradiction(said(0), other)


def test_an_unknown_schema_is_no_ground() -> None:
    with pytest.raises(NoContradictionError, match="schema"):
        contradiction(said(0, schema=keccak256(b"?")), said(1, schema=keccak256(b"?")))


def test_a_forged_statement_accuses_nobody() -> None:
    with pytest.raises(RefusedError):
        contradiction(said(0), replace(said(1), data=said(2).data))
