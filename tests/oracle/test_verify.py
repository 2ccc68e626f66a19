import json
from dataclasses import replace
from typing import Any

import pytest

from lightclient.bls.pyblst_backend import PyblstBackend
from lightclient.forks import MAINNET_PRESET
from lightclient.network import Network
from lightclient.types import LightClientFinalityUpdate
from oracle import bundle_json, trace
from oracle.attestation import Domain
from oracle.attestation_errors import DomainMismatchError, ExpiredError
from oracle.bundle import Anchor, BatchProof, Bundle, Inspection, Journey, Sample
from oracle.bundle_build import anchor_of, journey, trace_of
from oracle.bundle_codec import dumps_json
from oracle.bundle_settings import BundleSettings
from oracle.epcis.event import ShipmentEvent, Summary
from oracle.errors import MalformedDocumentError, MalformedProofError, MalformedStatementError, RefusedError
from oracle.gs1 import sscc
from oracle.schemas import ShipmentStatement
from oracle.verify import CHECKS, Check, Expected, Outcome, Report, Verdict, verify
from oracle.verify_errors import (
    AccountError,
    AnchorMismatchError,
    BatchMismatchError,
    CannotTellError,
    CheckpointError,
    CodeMismatchError,
    CommitteeError,
    EditionError,
    EventMismatchError,
    FinalityError,
    ImageMismatchError,
    ManifestMismatchError,
    NoCheckpointError,
    NotExpectedError,
    ReadingsMismatchError,
    SchemaUnknownError,
    SubjectMismatchError,
)
from tests.oracle import bundle_fixture as fixture
from tests.oracle.bundle_fixture import Case, attest, bundle_of, lot, shipment
from tests.oracle.chain_fixture import (
    GATEWAY_REGISTRY,
    NETWORK,
    REGISTRY,
    SIZE,
    execution_state,
    pinned,
    sign,
    signed_header,
    update,
    world,
)

BLS = PyblstBackend()
WRONG = b"\x01" * 20
SAMPLED = BundleSettings(max_readings=10, sampled_readings=12)


OPTIONAL = {"corrections", "custody", "quorum", "route", "deadline"}
"""Checks of parts that a bundle may leave out, and of limits that a policy may not have."""
PINNED = Expected(gateway=fixture.GATEWAY, attester=fixture.ATTESTER)


def check(case: Case, bundle: Bundle | None = None, **inputs: Any) -> Report:
    return verify(case.bundle if bundle is None else bundle, **{**case.inputs(), "bls": BLS, **inputs})


def refused(report: Report, name: str, refusal: type[RefusedError]) -> RefusedError:
    """Asserts that the named check refused, that all before it passed, and that none after it was reached."""
    found = {line.name: line for line in report.checks}[name]
    assert isinstance(found.refusal, refusal)
    place = report.checks.index(found)
    assert all(line.stands for line in report.checks[:place])
    assert all(line.outcome is Outcome.NOT_REACHED for line in report.checks[place + 1 :])
    assert report.verdict is Verdict.REFUTED
    assert found.outcome is Outcome.REFUTED
    assert report.refusal is found.refusal
    return found.refusal


def applicable(bundle: Bundle) -> list[str]:
    """Names of the checks that have a line for every bundle of this kind."""
    return [rule.name for rule in CHECKS if isinstance(bundle.content, rule.kinds) and rule.name not in OPTIONAL]


def anchored(case: Case, **changes: Any) -> Bundle:
    anchor: Anchor = replace(case.bundle.anchor, **changes)
    return replace(case.bundle, anchor=anchor)


@pytest.mark.parametrize("case", [shipment(), shipment(60, SAMPLED), shipment(periods=3), shipment(periods=0), lot(), lot(None)])
def test_a_bundle_proves_what_it_says(case: Case) -> None:
    report = check(case, bundle=None)
    assert report.passed, report.refusal
    assert report.refusal is None
    assert [line.name for line in report.checks] == ["format", *applicable(case.bundle)]
    assert all(line.detail and line.proves for line in report.checks)
    from_file = verify(dumps_json(case.bundle), **case.inputs(), bls=BLS)
    assert from_file.passed
    assert (from_file.trusted, from_file.conclusion) == (report.trusted, report.conclusion)


def test_the_report_says_in_words_what_was_signed() -> None:
    assert "24 readings from 2026-09-10 00:26:40 UTC" in check(shipment()).conclusion
    assert "breach" in check(shipment()).conclusion
    assert "item plate-7" in check(lot()).conclusion
    assert "98.7% confident" in check(lot()).conclusion


def test_the_report_names_what_was_trusted_and_what_nobody_pinned() -> None:
    case = shipment()
    open_ = check(case, network=pinned())
    assert sum("not pinned" in line for line in open_.trusted) == 5
    expected = Expected(REGISTRY, GATEWAY_REGISTRY, fixture.GATEWAY, fixture.ATTESTER, fixture.DOMAIN)
    closed = check(case, network=pinned(), expected=expected)
    assert closed.passed
    assert not any("not pinned" in line for line in closed.trusted)
    assert f"checkpoint 0x{case.world.checkpoint.hex()}, given by hand" in closed.trusted


def test_another_key_than_the_one_that_anchored_is_told() -> None:
    (warning,) = check(shipment()).warnings
    assert "another key signed" in warning


def test_the_verdict_is_named_as_what_it_is() -> None:
    assert any(line.startswith("verdict: the agent's") for line in check(shipment()).trusted)


def test_a_gap_in_a_devices_own_counter_is_told() -> None:
    readings = [reading for reading in fixture.trip(24) if reading.sequence not in (2, 4)]
    event = fixture.shipment_event(readings)
    content = journey(readings, event, fixture.SETTINGS)
    report = check(bundle_of(fixture.SHIPMENT, content, attest(fixture.shipment_statement(readings, event))), expected=PINNED)
    assert report.passed
    line = next(line for line in report.checks if line.outcome is Outcome.MISSING)
    assert (line.name, line.detail) == (
        "coverage",
        "2 deliveries of reefer-1 between its first and its last here are missing, by its own counter",
    )


def test_age_warns_and_does_not_refuse() -> None:
    case = shipment()
    assert check(case, expected=PINNED).warnings == ()
    later = check(case, now_s=case.world.now_s + 30 * 86_400, expected=PINNED)
    assert later.passed
    assert [warning.split(",")[0][:22] for warning in later.warnings] == ["the checkpoint is 30 d", "the finalized block is"]


@pytest.mark.parametrize("data", [b"", b"{}", b"\xa0", b"not a bundle", b"[" * 100_000, b'{"a":' * 5_000])
def test_what_is_no_bundle_ends_in_a_report(data: bytes) -> None:
    refused(verify(data, **shipment().inputs()), "format", MalformedDocumentError)


def lacking(report: Report, name: str, reason: type[CannotTellError]) -> CannotTellError:
    """Asserts that nothing is refuted, and that the named check could not be made for want of something."""
    assert report.verdict is Verdict.UNKNOWN
    (found,) = (line for line in report.checks if line.outcome is Outcome.UNKNOWN)
    assert found.name == name
    assert isinstance(found.refusal, reason)
    return found.refusal


def test_without_a_checkpoint_nothing_is_refuted_and_nothing_proven() -> None:
    case = shipment()
    report = check(case, checkpoint=None)
    reason = lacking(report, "checkpoint", NoCheckpointError)
    assert isinstance(reason, NoCheckpointError)
    assert reason.starts_at == case.world.checkpoint
    assert "pass --checkpoint" in str(reason)
    assert {line.outcome for line in report.checks[-5:]} == {Outcome.NOT_REACHED}
    broken = traced(case, bootstrap={})
    assert "starts from" not in str(lacking(check(case, broken, checkpoint=None), "checkpoint", NoCheckpointError))


@pytest.mark.parametrize("version", [0, 2, 99])
def test_another_edition_of_the_format_is_neither_proven_nor_refuted(version: int) -> None:
    case = shipment()
    document = {**bundle_json.to_json(case.bundle), "version": version}
    assert "ask for a newer one" in str(lacking(verify(json.dumps(document).encode(), **case.inputs()), "format", EditionError))


def test_a_refutation_outweighs_what_cannot_be_told() -> None:
    lines = (Check("a", Outcome.UNKNOWN, ""), Check("b", Outcome.REFUTED, ""), Check("c", Outcome.MISSING, ""))
    assert (Report(lines).verdict, Report(lines[:1]).verdict, Report(lines[2:]).verdict) == (
        Verdict.REFUTED,
        Verdict.UNKNOWN,
        Verdict.PROVEN,
    )


@pytest.mark.parametrize(
    ("expected", "name"),
    [
        (Expected(registry=WRONG), "registry"),
        (Expected(gateway_registry=WRONG), "registry"),
        (Expected(gateway=WRONG), "signature"),
        (Expected(gateway=WRONG, attester=fixture.ATTESTER), "anchor"),
        (Expected(attester=WRONG), "signature"),
    ],
)
def test_another_than_the_pinned_address_is_refused(expected: Expected, name: str) -> None:
    error = refused(check(shipment(), expected=expected), name, NotExpectedError)
    assert isinstance(error, NotExpectedError)
    assert error.expected == WRONG


@pytest.mark.parametrize("field", ["anchor_registry", "gateway_registry"])
def test_another_than_the_networks_contract_is_refused(field: str) -> None:
    refused(check(shipment(), network=pinned(NETWORK, **{field: "0x" + "01" * 20})), "registry", NotExpectedError)


def test_another_deployment_of_eas_is_refused() -> None:
    refused(check(shipment(), expected=Expected(domain=Domain("0.26", 31_337, bytes(20)))), "signature", DomainMismatchError)
    refused(check(shipment(), network=pinned(eas="0x" + "01" * 20)), "signature", DomainMismatchError)
    assert check(shipment(), network=pinned(eas="0x" + "e0" * 20)).passed


def test_another_network_or_chain_is_refused() -> None:
    refused(check(shipment(), network=replace(NETWORK, name="mainnet")), "network", NotExpectedError)
    refused(check(shipment(), network=replace(NETWORK, chain_id=1)), "signature", NotExpectedError)


def test_an_expired_attestation_is_refused() -> None:
    case = bundle_of(fixture.LOT, Inspection("plate-7", None), attest(fixture.LOT_STATEMENT, expiration_time=1_789_000_100))
    refused(check(case), "signature", ExpiredError)


def test_another_schema_or_statement_is_refused() -> None:
    content = lot().bundle.content
    refused(check(bundle_of(fixture.LOT, content, attest(fixture.LOT_STATEMENT, schema=bytes(32)))), "subject", SchemaUnknownError)
    refused(check(bundle_of(fixture.LOT, content, attest(fixture.LOT_STATEMENT, data=bytes(7)))), "subject", MalformedStatementError)
    refused(check(bundle_of(fixture.LOT, content, shipment().bundle.attestation)), "subject", SchemaUnknownError)


def test_another_subject_or_item_is_refused() -> None:
    refused(check(shipment(), replace(shipment().bundle, subject=sscc("10614141234567891"))), "subject", SubjectMismatchError)
    refused(check(lot(), replace(lot().bundle, content=Inspection("plate-8", None))), "subject", SubjectMismatchError)


def rows(case: Case, *, change: Any) -> Bundle:
    content = case.bundle.content
    assert isinstance(content, Journey)
    return replace(case.bundle, content=replace(content, rows=change(content.rows)))


@pytest.mark.parametrize(
    ("settings", "change"),
    [
        (fixture.SETTINGS, lambda rows: rows[:-1]),
        (fixture.SETTINGS, lambda rows: (*rows, rows[-1])),
        (fixture.SETTINGS, lambda rows: (replace(rows[0], value=3.75), *rows[1:])),
        (fixture.SETTINGS, lambda rows: (replace(rows[0], value=rows[0].value + 1e-12), *rows[1:])),
        (fixture.SETTINGS, lambda rows: (replace(rows[0], device="reefer-2"), *rows[1:])),
        (SAMPLED, lambda rows: (replace(rows[0], value=3.75), *rows[1:])),
        (SAMPLED, lambda rows: (replace(rows[0], evidence=bytes(32)), *rows[1:])),
    ],
)
def test_other_readings_are_refused(settings: BundleSettings, change: Any) -> None:
    case = shipment(24, settings)
    refused(check(case, rows(case, change=change)), "readings", ReadingsMismatchError)


def test_a_sample_without_an_end_is_refused() -> None:
    case = shipment(24, SAMPLED)
    refused(check(case, rows(case, change=lambda rows: rows[:-1])), "readings", MalformedProofError)
    whole = shipment(8).bundle.content
    assert isinstance(whole, Journey)
    as_sample = replace(whole, sample=Sample((), (True,) * 7))
    refused(check(shipment(8), replace(shipment(8).bundle, content=as_sample)), "readings", ReadingsMismatchError)


def stated(case: Case, **changes: Any) -> Case:
    """The same shipment under another statement, properly signed: what a dishonest gateway would do."""
    statement = ShipmentStatement.decode(case.bundle.attestation.data)
    return bundle_of(case.bundle.subject, case.bundle.content, attest(replace(statement, **changes)))


@pytest.mark.parametrize(
    ("changes", "name", "refusal"),
    [
        ({"verdict": 0}, "event", EventMismatchError),
        ({"event_hash": bytes(32)}, "event", EventMismatchError),
        ({"agent": bytes(32)}, "agent", ManifestMismatchError),
        ({"from_ms": 0}, "readings", ReadingsMismatchError),
        ({"to_ms": fixture.START_MS}, "readings", ReadingsMismatchError),
        ({"readings": 25}, "readings", ReadingsMismatchError),
        ({"to_ms": 2**63}, "subject", RefusedError),
    ],
)
def test_a_signed_statement_that_does_not_agree_with_the_evidence_is_refused(
    changes: dict[str, Any], name: str, refusal: type[RefusedError]
) -> None:
    refused(check(stated(shipment(), **changes)), name, refusal)


@pytest.mark.parametrize("settings", [fixture.SETTINGS, SAMPLED])
def test_an_event_that_summarizes_other_readings_is_refused(settings: BundleSettings) -> None:
    case = shipment(24, settings)
    event = fixture.shipment_event([replace(reading, value=3.0) for reading in fixture.trip(24)])
    content = case.bundle.content
    assert isinstance(content, Journey)
    lying = fixture.shipment_statement(fixture.trip(24), event)
    refused(check(bundle_of(fixture.SHIPMENT, replace(content, event=event), attest(lying))), "event", EventMismatchError)


@pytest.mark.parametrize(
    ("settings", "summary"),
    [
        (fixture.SETTINGS, Summary("humidity", 40.0, 60.0, 50.0)),  # no such reading
        (SAMPLED, Summary("temperature", 4.0, 9.5, 12.0)),  # a mean beyond the range
        (SAMPLED, Summary("temperature", 3.0, 9.5, 5.0)),  # a range beyond the sample's
    ],
)
def test_an_event_with_another_summary_is_refused(settings: BundleSettings, summary: Summary) -> None:
    case, readings = shipment(24, settings), fixture.trip(24)
    event = ShipmentEvent(fixture.SHIPMENT, readings[0].time_ms, readings[-1].time_ms, 1, "", (summary,)).to_json()
    content = case.bundle.content
    assert isinstance(content, Journey)
    signed = attest(fixture.shipment_statement(readings, event))
    refused(check(bundle_of(fixture.SHIPMENT, replace(content, event=event), signed)), "event", EventMismatchError)


def test_what_no_check_foresaw_still_ends_in_a_report() -> None:
    surrogate = replace(shipment().bundle, manifest="\ud800")
    error = refused(check(shipment(), surrogate), "agent", RefusedError)
    assert "surrogates" in str(error)


def test_another_image_or_manifest_is_refused() -> None:
    refused(check(lot(), replace(lot().bundle, content=Inspection("plate-7", b"other"))), "image", ImageMismatchError)
    refused(check(lot(), replace(lot().bundle, manifest="other")), "agent", ManifestMismatchError)


def test_a_statement_outside_the_batch_is_refused() -> None:
    batch = shipment().bundle.batch
    refused(check(shipment(), replace(shipment().bundle, batch=BatchProof(batch.root, batch.proof[1:]))), "batch", BatchMismatchError)
    refused(check(shipment(), replace(shipment().bundle, batch=BatchProof(bytes(32), batch.proof))), "batch", BatchMismatchError)


def test_another_checkpoint_is_refused() -> None:
    refused(check(shipment(), checkpoint=bytes(32)), "checkpoint", CheckpointError)


@pytest.mark.parametrize("change", [lambda u: u[:-1], lambda u: (*u, u[-1]), lambda u: u[::-1], lambda u: (u[0], u[0])])
def test_a_broken_chain_of_committees_is_refused(change: Any) -> None:
    case = shipment(periods=2)
    refused(check(case, traced(case, updates=change(case.bundle.trace.updates))), "committees", CommitteeError)


def traced(case: Case, **changes: Any) -> Bundle:
    return replace(case.bundle, trace=replace(case.bundle.trace, **changes))


def test_an_update_on_which_nothing_rests_is_refused() -> None:
    case = shipment(periods=1)
    late = trace.write(NETWORK, update(NETWORK, 1))
    refused(check(case, traced(case, updates=(*case.bundle.trace.updates, late))), "committees", CommitteeError)
    # Newer than the first update of its period, and without anything new about committees.
    header = signed_header(NETWORK, 48, bytes(32), period=0)
    finalized = signed_header(NETWORK, 40, bytes(32), period=0, finalized=header.header.beacon)
    idle = replace(
        update(NETWORK, 0),
        attested_header=signed_header(NETWORK, 56, bytes(32), period=0, finalized=finalized.header.beacon).header,
        finalized_header=finalized.header,
        next_sync_committee_branch=signed_header(NETWORK, 56, bytes(32), period=0, finalized=finalized.header.beacon).branch(87),
        finality_branch=signed_header(NETWORK, 56, bytes(32), period=0, finalized=finalized.header.beacon).branch(169),
        signature_slot=57,
    )
    idle = replace(idle, sync_aggregate=sign(NETWORK, idle.attested_header, 57))
    updates = (*case.bundle.trace.updates, trace.write(NETWORK, idle))
    error = refused(check(case, traced(case, updates=updates)), "committees", CommitteeError)
    assert "no committee known" in str(error)


def test_a_finality_update_older_than_the_checkpoint_is_refused() -> None:
    case = shipment(periods=0)
    old = signed_header(NETWORK, 4, bytes(32), period=0)
    attested = signed_header(NETWORK, 32, bytes(32), period=0, finalized=old.header.beacon)
    finality = LightClientFinalityUpdate(attested.header, old.header, attested.branch(169), sign(NETWORK, attested.header, 33), 33)
    error = refused(check(case, traced(case, finality_update=trace.write(NETWORK, finality))), "finality", FinalityError)
    assert "latest finalized" in str(error)


def with_world(network: Network = NETWORK, *, periods: int = 0, root: bytes | None = None, participation: int = SIZE) -> Case:
    """The shipment's bundle over another chain."""
    bundle = shipment().bundle
    chain = world(
        gateway=fixture.GATEWAY,
        index=3,
        root=bundle.batch.root if root is None else root,
        periods=periods,
        network=network,
        participation=participation,
    )
    anchor = anchor_of(registry=REGISTRY, gateway_registry=GATEWAY_REGISTRY, gateway=fixture.GATEWAY, index=3, answer=chain.answer)
    way = trace_of(network, chain.bootstrap, chain.updates, chain.finality_update)
    return Case(replace(bundle, anchor=anchor, trace=way), chain)


def test_fewer_than_two_thirds_of_a_committee_make_nothing_final() -> None:
    assert check(with_world(participation=22)).passed
    refused(check(with_world(participation=21)), "finality", FinalityError)
    refused(check(with_world(participation=21, periods=1)), "committees", FinalityError)


def test_a_signature_for_another_chain_is_refused() -> None:
    foreign = replace(NETWORK, genesis_validators_root=b"\x43" * 32)
    case = with_world(foreign)
    assert check(case).passed
    refused(check(case, network=NETWORK), "finality", FinalityError)


def test_a_block_from_the_future_is_not_final() -> None:
    refused(check(shipment(), now_s=NETWORK.genesis_time), "committees", CommitteeError)
    refused(check(shipment(periods=0), now_s=NETWORK.genesis_time), "finality", FinalityError)


def test_a_registry_that_is_not_proven_or_not_genuine_is_refused() -> None:
    case = shipment()
    free = pinned()
    nodes = case.bundle.anchor.account_proof
    refused(check(case, anchored(case, account_proof=nodes[:-1])), "registry", AccountError)
    refused(check(case, anchored(case, account_proof=(*nodes, nodes[-1]))), "registry", AccountError)
    refused(check(case, anchored(case, registry=b"\x07" * 20), network=free), "registry", AccountError)
    refused(check(case, anchored(case, gateway_registry=b"\x07" * 20), network=free), "registry", CodeMismatchError)


def test_an_address_without_account_is_refused() -> None:
    case, nobody = shipment(), b"\x07" * 19 + b"\x01"
    _, answer = execution_state(fixture.GATEWAY, 3, case.bundle.batch.root, nobody)
    anchor = anchor_of(registry=nobody, gateway_registry=GATEWAY_REGISTRY, gateway=fixture.GATEWAY, index=3, answer=answer)
    error = refused(check(case, replace(case.bundle, anchor=anchor), network=pinned()), "registry", AccountError)
    assert "no such account" in str(error)


def test_another_slot_or_value_is_refused() -> None:
    case = shipment()
    refused(check(case, anchored(case, index=4)), "anchor", AccountError)
    refused(check(case, anchored(case, gateway=b"\x07" * 20)), "anchor", AccountError)
    refused(check(with_world(root=b"\x09" * 32)), "anchor", AnchorMismatchError)
    refused(check(with_world(root=bytes(32))), "anchor", AnchorMismatchError)


@pytest.mark.slow
@pytest.mark.arithmetic
def test_a_bundle_reaches_back_to_a_checkpoint_of_a_year_ago() -> None:
    year = 365 * 86_400 // (MAINNET_PRESET.slots_per_period * 12) + 1
    assert year == 321
    case = shipment(6, periods=year)
    report = verify(dumps_json(case.bundle), **case.inputs())
    assert report.passed, report.refusal
    assert next(line.detail for line in report.checks if line.name == "committees") == f"periods 0 to {year}"
