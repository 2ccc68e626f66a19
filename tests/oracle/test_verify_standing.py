"""Who vouches: standing, revocation and quorum, each refused or left open where it does not hold."""

from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from oracle.attestation_errors import DomainMismatchError
from oracle.bundle import BatchProof, Bundle
from oracle.gateway_registry import Standing
from oracle.hexes import to_checksum
from oracle.quorum import RepeatedVoteError
from oracle.schemas import ShipmentStatement
from oracle.verify import Expected, Outcome, Report
from oracle.verify_errors import (
    AccountError,
    CannotTellError,
    CodeMismatchError,
    NotExpectedError,
    QuorumError,
    RevokedError,
    StandingError,
)
from tests.oracle import bundle_fixture as fixture
from tests.oracle.bundle_fixture import Case, attest, bundle_of, gateway_word, key_word, members, rich, shipment, signed_by_p256
from tests.oracle.chain_fixture import NETWORK
from tests.oracle.test_verify import check, lacking, refused
from tests.oracle.test_verify_parts import detail, outcome

SIGNED_S = fixture.START_MS // 1000 + 9
REVOKED_S = 1_790_000_100
OTHER = b"\x0b" * 20
witnessed = cache(fixture.witnessed)


def changed(part: str, **changes: Any) -> Bundle:
    bundle = witnessed().bundle
    return replace(bundle, **{part: replace(getattr(bundle, part), **changes)})


def registered(**words: int) -> Report:
    return check(fixture.witnessed(words=members(**words)))


# Standing


def test_a_registered_gateway_is_proven_from_the_key_to_its_standing() -> None:
    report = check(witnessed())
    assert report.passed, report.refusal
    assert outcome(report, "standing") is Outcome.PROVEN
    assert "active since" in detail(report, "standing")
    assert not any("another key signed" in line for line in report.warnings)


def test_a_gateway_is_given_by_its_registered_address_or_by_that_of_its_key() -> None:
    case = fixture.rotated()
    for gateway in (fixture.GATEWAY, fixture.FIRST_KEY):
        report = check(case, expected=Expected(gateway=gateway))
        assert report.passed, report.refusal
        assert f"gateway {to_checksum(gateway)}, given by hand" in report.trusted
        assert any(line.endswith("a key of the gateway given by hand") for line in report.trusted)
    refused(check(case, expected=Expected(gateway=OTHER)), "standing", NotExpectedError)
    refused(check(case, expected=Expected(gateway=fixture.ATTESTER)), "standing", NotExpectedError)
    refused(check(case, expected=Expected(gateway=fixture.GATEWAY, attester=OTHER)), "signature", NotExpectedError)


def test_a_file_without_standing_says_so_and_proves_the_rest() -> None:
    report = check(shipment())
    assert report.passed
    assert outcome(report, "standing") is Outcome.MISSING
    lacking(check(shipment(), expected=Expected(quorum=1)), "standing", CannotTellError)


@pytest.mark.parametrize("standing", [Standing.UNKNOWN, Standing.SLASHED])
def test_a_gateway_that_is_not_in_good_standing_is_refused(standing: Standing) -> None:
    error = refused(registered(gateway=gateway_word(standing) if standing else 0), "standing", StandingError)
    assert standing.name.lower() in str(error)


@pytest.mark.parametrize("standing", [Standing.SUSPENDED, Standing.UNBONDING, Standing.RETIRED])
@pytest.mark.parametrize("since_s", [SIGNED_S, SIGNED_S + 1])
def test_a_gateway_out_of_service_leaves_it_open_whatever_time_it_signed_under(standing: Standing, since_s: int) -> None:
    error = lacking(registered(gateway=gateway_word(standing, since_s)), "standing", CannotTellError)
    assert f"is {standing.name.lower()} since 2026" in str(error)
    assert "ask for a bundle whose block is older" in str(error)
    lacking(registered(second_gateway=gateway_word(standing, since_s)), "quorum", CannotTellError)


@pytest.mark.parametrize("key", ["attester", "anchor"])
def test_a_key_that_nobody_registered_or_that_is_anothers_is_refused(key: str) -> None:
    refused(registered(**{key: 0}), "standing", StandingError)
    refused(registered(anchor=key_word(OTHER)), "standing", StandingError)


def test_a_key_that_was_revoked_since_leaves_it_open() -> None:
    report = registered(attester=key_word(fixture.GATEWAY, revoked_s=SIGNED_S + 1))
    assert "before this file's block" in str(lacking(report, "standing", CannotTellError))


def test_a_key_that_was_registered_after_it_signed_is_told() -> None:
    report = registered(attester=key_word(fixture.GATEWAY, since_s=SIGNED_S + 1))
    assert report.passed
    assert any("before key" in line for line in report.warnings)


def test_a_word_that_the_contract_never_writes_is_refused() -> None:
    assert not registered(gateway=gateway_word() | 9).passed
    assert not registered(attester=key_word(fixture.GATEWAY) | 7 << 240).passed


def test_another_contract_in_the_registrys_place_is_refused() -> None:
    bundle = witnessed().bundle
    assert bundle.standing is not None
    nodes = bundle.anchor.account_proof
    refused(check(witnessed(), changed("standing", account_proof=nodes)), "standing", AccountError)
    fake = replace(bundle, anchor=replace(bundle.anchor, gateway_registry=bundle.anchor.registry))
    assert not check(witnessed(), fake, network=NETWORK).passed
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("oracle.gateway_registry.code_hash", lambda: bytes(32))
        refused(check(witnessed()), "standing", CodeMismatchError)


def test_the_proof_of_the_anchoring_key_stands_exactly_where_another_key_signed() -> None:
    standing = witnessed().bundle.standing
    assert standing is not None
    refused(check(witnessed(), changed("standing", keys=replace(standing.keys, anchor_key=None))), "standing", StandingError)


# Revocation


def test_a_statement_that_its_attester_took_back_is_refused_with_the_time() -> None:
    report = check(fixture.witnessed(revoked_s=1_790_000_100))
    error = refused(report, "revocation", RevokedError)
    assert isinstance(error, RevokedError)
    assert error.time_s == report.revoked_s == 1_790_000_100
    assert "REVOKED by its attester 2026-09-21" in str(error)


def test_without_a_proof_it_is_said_where_to_ask() -> None:
    report = check(shipment())
    assert outcome(report, "revocation") is Outcome.MISSING
    assert "ask the EAS contract" in detail(report, "revocation")


@pytest.mark.parametrize("lacking_of", [{"eas": None}, {"eas_version": None}, {"eas_version": ""}])
def test_a_proof_under_a_deployment_that_only_the_attester_names_shows_nothing(lacking_of: dict[str, Any]) -> None:
    network = replace(NETWORK, contracts=replace(NETWORK.contracts, **lacking_of))
    report = check(witnessed(), network=network)
    assert "names eas and eas_version" in str(lacking(report, "revocation", CannotTellError))
    assert any(f"{'contract' if 'eas' in lacking_of else 'version'} not pinned" in line for line in report.trusted)
    assert check(witnessed(), network=network, expected=Expected(domain=fixture.DOMAIN)).passed
    assert check(shipment(), network=network).passed


def test_a_version_that_would_move_the_slot_of_revocations_is_refused() -> None:
    network = replace(NETWORK, contracts=replace(NETWORK.contracts, eas_version="0.26"))
    refused(check(witnessed(), network=network), "signature", DomainMismatchError)


@pytest.mark.parametrize("proof", [True, False])
def test_a_key_that_sends_no_transactions_cannot_revoke_and_nothing_shows_that_it_would_not(proof: bool) -> None:
    report = check(signed_by_p256(proof=proof))
    assert report.passed, report.refusal
    assert outcome(report, "revocation") is Outcome.MISSING
    assert "this key cannot revoke" in detail(report, "revocation")
    assert outcome(check(signed_by_p256(proof=False, revocable=False)), "revocation") is Outcome.PROVEN


def test_what_cannot_be_revoked_needs_no_proof() -> None:
    case = rich()
    statement = ShipmentStatement.decode(case.bundle.attestation.data)
    report = check(bundle_of(fixture.SHIPMENT, case.bundle.content, attest(statement, revocable=False), manifest=fixture.POLICY))
    assert outcome(report, "revocation") is Outcome.PROVEN


def test_a_proof_about_another_contract_or_slot_is_refused() -> None:
    bundle = witnessed().bundle
    assert bundle.standing is not None
    refused(check(witnessed(), changed("revocation", account_proof=bundle.standing.account_proof)), "revocation", AccountError)
    refused(check(witnessed(), changed("revocation", storage_proof=bundle.standing.keys.key)), "revocation", AccountError)


# Quorum


@pytest.mark.parametrize("wanted", [0, 1, 2, 3])
def test_distinct_registered_gateways_are_counted_and_their_median_told(wanted: int) -> None:
    report = check(witnessed(), expected=Expected(quorum=wanted))
    assert report.passed, report.refusal
    assert detail(report, "quorum").startswith("3 of 3 registered gateways attest this verdict")
    assert "median highest temperature 9.5" in detail(report, "quorum")


def test_fewer_than_are_demanded_leave_it_open() -> None:
    lacking(check(witnessed(), expected=Expected(quorum=4)), "quorum", CannotTellError)
    two = replace(witnessed().bundle, quorum=witnessed().bundle.quorum[:1])
    lacking(check(witnessed(), two, expected=Expected(quorum=3)), "quorum", CannotTellError)


def test_those_who_say_otherwise_do_not_count_and_are_named() -> None:
    case = fixture.witnessed(verdicts=(1, 0))
    report = check(case)
    assert detail(report, "quorum").startswith("2 of 3 registered gateways attest this verdict")
    assert any("another verdict was attested by" in line for line in report.warnings)
    lacking(check(case, expected=Expected(quorum=3)), "quorum", CannotTellError)


def test_others_whose_word_may_have_been_taken_back_are_named() -> None:
    def told(case: Case) -> list[str]:
        return [line for line in check(case).warnings if "took back what they attested" in line]

    unshown: dict[str, Any] = {"others_revoked_s": (None, None)}
    (line,) = told(fixture.witnessed(**unshown))
    first, second = to_checksum(fixture.address(fixture.OTHERS[0])), to_checksum(fixture.SECOND_ANCHOR)
    assert first in line
    assert second in line
    assert to_checksum(fixture.GATEWAY) not in line
    assert told(fixture.witnessed(revocable=(True, False), **unshown)) == [line.replace(f"{second}, ", "").replace(f", {second}", "")]
    assert not told(fixture.witnessed(revocable=(False, False), **unshown))
    assert not told(witnessed())
    assert not told(shipment())


@pytest.mark.parametrize(
    ("revoked", "wanted", "expected"),
    [
        ((0, 0), 0, Outcome.PROVEN),
        ((0, 0), 3, Outcome.PROVEN),
        ((None, 0), 0, Outcome.MISSING),
        ((None, 0), 2, Outcome.PROVEN),
        ((None, 0), 3, Outcome.MISSING),
        ((REVOKED_S, 0), 0, Outcome.PROVEN),
        ((REVOKED_S, 0), 2, Outcome.PROVEN),
        ((REVOKED_S, None), 2, Outcome.MISSING),
    ],
)
def test_only_those_who_are_shown_to_stand_by_their_word_make_a_quorum_proven(
    revoked: tuple[int | None, int | None], wanted: int, expected: Outcome
) -> None:
    report = check(fixture.witnessed(others_revoked_s=revoked), expected=Expected(quorum=wanted))
    assert report.passed, report.refusal
    assert outcome(report, "quorum") is expected
    counted = sum(one in (0, None) for one in revoked) + 1
    assert detail(report, "quorum").startswith(f"{counted} of 3 registered gateways attest this verdict, ")


def test_who_took_his_word_back_is_named_and_not_counted_and_enters_no_median() -> None:
    case = fixture.witnessed(others_revoked_s=(0, REVOKED_S))
    report = check(case, expected=Expected(quorum=2))
    (line,) = [line for line in report.warnings if line.startswith("not counted")]
    assert to_checksum(fixture.SECOND_ANCHOR) in line
    assert "2026-09-21" in line
    assert to_checksum(fixture.SECOND_ANCHOR) not in next(one.by for one in report.checks if one.name == "quorum")
    assert "; median highest temperature 9; " in detail(report, "quorum")
    lacking(check(case, expected=Expected(quorum=3)), "quorum", CannotTellError)
    otherwise = check(fixture.witnessed(verdicts=(1, 0), others_revoked_s=(0, REVOKED_S)))
    assert not any("another verdict" in line for line in otherwise.warnings)


def test_a_member_whose_key_cannot_revoke_stays_open_whatever_eas_holds() -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("oracle.verify_standing.P256_BYTES", 65)
        report = check(witnessed())
    assert outcome(report, "quorum") is Outcome.MISSING
    (line,) = [line for line in report.warnings if "took back what they attested" in line]
    assert to_checksum(fixture.SECOND_ANCHOR) in line


def test_a_members_proof_of_revocation_is_of_its_own_slot_below_a_proven_account() -> None:
    case = witnessed()
    assert case.bundle.standing is not None
    refused(check(case, other(case, revocation_proof=case.bundle.standing.keys.key)), "quorum", QuorumError)
    unrooted = refused(check(case, replace(case.bundle, revocation=None)), "quorum", QuorumError)
    assert "rests on the account proof" in str(unrooted)


def test_one_gateway_with_two_keys_is_not_two() -> None:
    first = fixture.address(fixture.OTHERS[0])
    words = members(second=key_word(first), second_anchor=key_word(first))
    case = fixture.witnessed(words=words)
    one, two = sorted(case.bundle.quorum, key=lambda one: one.keys.anchor_key is not None)
    both = replace(
        case.bundle, quorum=tuple(sorted((one, replace(two, keys=replace(two.keys, gateway=one.keys.gateway))), key=lambda x: x.gateway))
    )
    refused(check(case, both), "quorum", RepeatedVoteError)


def test_others_without_the_gateways_own_standing_cannot_be_counted() -> None:
    refused(check(witnessed(), replace(witnessed().bundle, standing=None)), "quorum", QuorumError)


def other(case: Case, **changes: Any) -> Bundle:
    first, *rest = case.bundle.quorum
    return replace(case.bundle, quorum=(replace(first, **changes), *rest))


@pytest.mark.parametrize(
    "changes",
    [
        {"index": 4},
        {"event": None},
        {"storage_proof": (b"\xc0",)},
        {"batch": BatchProof(bytes(32), ())},
        {"attestation": "of another schema"},
        {"attestation": "of another shipment"},
        {"attestation": "of another agent"},
        {"attestation": "by nobody"},
        {"attestation": "expired"},
    ],
)
def test_a_vote_that_does_not_hold_is_refused_with_its_gateway(changes: dict[str, Any]) -> None:
    case = witnessed()
    one = case.bundle.quorum[0]
    stated = ShipmentStatement.decode(one.attestation.data)
    key = next(key for key in fixture.OTHERS if fixture.address(key) == one.attestation.attester)
    forged = {
        "of another schema": lambda: attest(stated, key=key, schema=bytes(32)),
        "of another shipment": lambda: attest(replace(stated, shipment=bytes(32)), key=key),
        "of another agent": lambda: attest(replace(stated, agent=bytes(32)), key=key),
        "by nobody": lambda: replace(one.attestation, signature=case.bundle.attestation.signature),
        "expired": lambda: attest(stated, key=key, expiration_time=1),
    }
    given = {name: forged[value]() if value in forged and name == "attestation" else value for name, value in changes.items()}
    error = refused(check(case, other(case, **given)), "quorum", QuorumError)
    assert isinstance(error, QuorumError)
    assert to_checksum(one.gateway) in error.who


def test_a_vote_of_a_gateway_that_was_slashed_is_refused() -> None:
    refused(registered(second_gateway=gateway_word(Standing.SLASHED)), "quorum", QuorumError)
    lacking(registered(first=key_word(fixture.address(fixture.OTHERS[0]), revoked_s=1)), "quorum", CannotTellError)
