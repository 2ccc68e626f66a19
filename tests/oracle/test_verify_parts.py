"""What stands beside the proof: profiles, limits, coverage, custody, corrections, a lot's sample; each refused where it does not hold."""

import hashlib
from dataclasses import replace
from typing import Any

import pytest

from drivers.reading import Reading
from oracle.attestation_errors import AttesterMismatchError, ExpiredError
from oracle.bundle import Bundle, Corrections, InspectedItem, Journey, LotSample
from oracle.bundle_build import journey
from oracle.bundle_codec import dumps_json
from oracle.bundle_settings import BundleSettings
from oracle.custody import Handover
from oracle.custody_errors import CustodyError
from oracle.epcis.event import ShipmentEvent, digest, summarize
from oracle.errors import DuplicateLeafError, OracleError
from oracle.gs1 import lgtin
from oracle.hexes import to_checksum
from oracle.schemas import LotStatement, ShipmentStatement
from oracle.verify import Expected, Outcome, Report, verify
from oracle.verify_errors import CorrectionError, EventMismatchError, ItemsMismatchError, VerdictContradictedError
from tests.oracle import bundle_fixture as fixture
from tests.oracle.bundle_fixture import Case, attest, bundle_of, lot_statement, lot_verdict, rich, shipment
from tests.oracle.test_verify import check, refused


def outcome(report: Report, name: str) -> Outcome:
    (line,) = (line for line in report.checks if line.name == name)
    return line.outcome


def detail(report: Report, name: str) -> str:
    return next(line.detail for line in report.checks if line.name == name)


def content(case: Case, **changes: Any) -> Bundle:
    return replace(case.bundle, content=replace(case.bundle.content, **changes))


# Profiles


@pytest.mark.parametrize(
    ("profile", "readings", "coverage"),
    [
        ("full", Outcome.PROVEN, Outcome.PROVEN),
        ("sampled", Outcome.PROVEN, Outcome.CLAIMED),
        ("verdict", Outcome.CLAIMED, Outcome.CLAIMED),
    ],
)
def test_a_profile_proves_as_much_as_it_holds(profile: Any, readings: Outcome, coverage: Outcome) -> None:
    case = rich(profile)
    report = verify(dumps_json(case.bundle), **case.inputs())
    assert report.passed, report.refusal
    assert (outcome(report, "readings"), outcome(report, "coverage")) == (readings, coverage)
    assert outcome(report, "event") is Outcome.PROVEN


# Limits


def judged(verdict: int, *, profile: Any = "full", hot: int = 4, gap_ms: int = 0) -> Report:
    """A trip of ten-minute readings, of which `hot` in a row are above the band, under a signed verdict."""
    readings = [
        replace(reading, value=9.5 if 5 <= place < 5 + hot else 5.0, time_ms=reading.time_ms + (gap_ms if place > 2 else 0))
        for place, reading in enumerate(fixture.trip(30))
    ]
    numbers = [float(reading.value) for reading in readings]
    event = ShipmentEvent(
        fixture.SHIPMENT, readings[0].time_ms, readings[-1].time_ms, verdict, "", (summarize("temperature", numbers),)
    ).to_json()
    statement = replace(
        fixture.shipment_statement(readings, event), verdict=verdict, agent=hashlib.sha256(fixture.POLICY.encode()).digest()
    )
    kept = journey(readings, event, BundleSettings(profile=profile, sampled_readings=10), {"temperature": fixture.BAND})
    return check(bundle_of(fixture.SHIPMENT, kept, attest(statement), manifest=fixture.POLICY))


@pytest.mark.parametrize("profile", ["full", "sampled"])
def test_a_verdict_of_conforming_beside_a_long_excursion_is_refuted(profile: Any) -> None:
    error = refused(judged(0, profile=profile), "limits", VerdictContradictedError)
    assert "min above 8 (temperature), 30 allowed" in str(error)


def test_without_readings_nothing_contradicts_the_verdict() -> None:
    assert outcome(judged(0, profile="verdict"), "limits") is Outcome.CLAIMED


@pytest.mark.parametrize(
    ("verdict", "hot", "expected"),
    [(0, 2, Outcome.PROVEN), (1, 4, Outcome.PROVEN), (1, 0, Outcome.CLAIMED), (2, 0, Outcome.CLAIMED), (2, 4, Outcome.PROVEN)],
)
def test_what_the_bands_show_is_proven_and_the_rest_is_the_signers_word(verdict: int, hot: int, expected: Outcome) -> None:
    report = judged(verdict, hot=hot)
    assert report.passed
    assert outcome(report, "limits") is expected


def test_an_excursion_within_what_is_allowed_does_not_contradict() -> None:
    assert detail(judged(0, hot=1), "limits").startswith("6.667 min above 8 (temperature), 30 allowed")


def test_a_stretch_without_readings_is_a_gap_and_never_bridged() -> None:
    report = judged(2, gap_ms=3_600_000)
    assert outcome(report, "coverage") is Outcome.MISSING
    assert detail(report, "coverage") == "70 minutes without temperature, 30 allowed"


def conforming(readings: list[Reading], manifest: str = fixture.POLICY) -> Report:
    return check(fixture.conforming(readings, manifest))


def two_quantities(temperatures: slice) -> list[Reading]:
    """Ten-minute readings of humidity throughout, and of temperature in a part of the trip."""
    cool = [replace(reading, value=5.0, sequence=None) for reading in fixture.trip(30)]
    humid = [replace(reading, quantity="humidity", value=60.0, unit="%RH") for reading in cool]
    return sorted([*cool[temperatures], *humid], key=lambda reading: reading.time_ms)


@pytest.mark.parametrize(
    ("part", "missing"),
    [
        (slice(0, 0), "290 minutes without temperature, 30 allowed; 0 readings of temperature, 12 needed"),
        (slice(10, None), "100 minutes without temperature, 30 allowed"),
        (slice(0, 20), "100 minutes without temperature, 30 allowed"),
        (slice(0, None, 3), "10 readings of temperature, 12 needed"),
        (slice(0, None), ""),
    ],
    ids=["never", "late", "ended early", "too few", "throughout"],
)
def test_a_required_quantity_that_was_not_measured_throughout_proves_no_conformity(part: slice, missing: str) -> None:
    report = conforming(two_quantities(part))
    assert report.passed
    assert outcome(report, "coverage") is (Outcome.MISSING if missing else Outcome.PROVEN)
    assert detail(report, "coverage").startswith(missing)
    assert outcome(report, "limits") is (Outcome.CLAIMED if missing else Outcome.PROVEN)
    assert detail(report, "limits").endswith("signer's word") is bool(missing)


def test_the_mean_kinetic_temperature_is_measured_again_where_all_readings_are_there() -> None:
    warm = [replace(reading, value=7.5) if reading.quantity == "temperature" else reading for reading in two_quantities(slice(0, None))]

    def limited(limit: float) -> str:
        return fixture.POLICY.replace("[policy]\n", f"[policy]\nkinetic = {{ limit = {limit} }}\n")

    report = conforming(warm, limited(7.5))
    assert outcome(report, "limits") is Outcome.PROVEN
    assert detail(report, "limits").endswith("; 7.5 Cel mean kinetic (temperature), 7.5 allowed")
    error = refused(conforming(warm, limited(7.49)), "limits", VerdictContradictedError)
    assert str(error).endswith(": 7.5 Cel mean kinetic (temperature), 7.49 allowed")


def test_a_policy_of_nothing_that_readings_show_proves_no_conformity() -> None:
    report = conforming(two_quantities(slice(0, None)), "[policy]\ndeadline_hours = 72.0\n")
    assert outcome(report, "limits") is Outcome.CLAIMED
    assert detail(report, "limits") == "the manifest states no limits that are read here: the verdict is the agent's word"


def test_one_excursion_that_is_too_long_contradicts_although_the_sum_does_not() -> None:
    warm = [
        replace(reading, value=9.0) if reading.quantity == "temperature" and 10 <= place < 16 else reading
        for place, reading in enumerate(two_quantities(slice(0, None)))
    ]
    assert conforming(warm).passed
    single = fixture.POLICY.replace("allowed_minutes_above = 30.0", "allowed_minutes_above = 30.0\nlongest_minutes_above = 15.0")
    error = refused(conforming(warm, single), "limits", VerdictContradictedError)
    assert "min at once above 8 (temperature), 15 allowed" in str(error)


def test_many_gaps_are_counted_and_not_all_named() -> None:
    readings = [replace(reading, device=f"d{place % 9}", sequence=place) for place, reading in enumerate(fixture.trip(36))]
    event = fixture.shipment_event(readings)
    kept = journey(readings, event, fixture.SETTINGS)
    report = check(bundle_of(fixture.SHIPMENT, kept, attest(fixture.shipment_statement(readings, event))))
    assert detail(report, "coverage").endswith("; and 3 more")


# Custody


def test_a_chain_of_custody_that_the_event_does_not_name_is_refused() -> None:
    chain = fixture.handovers()
    refused(check(rich(), content(rich(), custody=chain[:1])), "custody", EventMismatchError)
    refused(check(rich(), content(rich(), custody=chain[1:])), "custody", CustodyError)
    refused(check(shipment(), content(shipment(), custody=chain)), "custody", EventMismatchError)
    forged = (chain[0], replace(chain[1], taker_signature=chain[0].taker_signature))
    refused(check(rich(), content(rich(), custody=forged)), "custody", CustodyError)


def test_a_chain_of_custody_that_is_not_in_the_file_is_missing() -> None:
    report = check(rich(), content(rich(), custody=()))
    assert report.passed
    assert outcome(report, "custody") is Outcome.MISSING


def test_the_keys_of_custody_are_trusted_one_by_one_and_names_are_their_own_word() -> None:
    report = check(rich())
    keys = [to_checksum(fixture.address(key)) for key in fixture.PARTIES]
    names = ["", ', which calls itself "party 0"', ', which calls itself "party 1"']
    unpinned = "not pinned: compare it with the party's published key"
    expected = [f"custody party {key}{name}, {unpinned}" for key, name in zip(keys, names, strict=True)]
    assert [line for line in report.trusted if line.startswith("custody")] == expected
    assert detail(report, "custody") == f"2 handovers, the last to {keys[2]}{names[2]}"


def test_a_pinned_attester_is_a_pinned_party() -> None:
    terms = replace(fixture.handovers()[0].terms, taker=fixture.ATTESTER)
    chain = (Handover(terms, *(fixture.sign_digest(terms.hash, key) for key in (fixture.PARTIES[0], fixture.KEY))),)
    kept = rich().bundle.content
    assert isinstance(kept, Journey)
    event = fixture.two_quantities_event(fixture.readings_of_two_devices(), custody=chain[0].hash)
    signed = attest(replace(statement(), event_hash=digest(event)))
    bundle = bundle_of(fixture.SHIPMENT, replace(kept, custody=chain, event=event), signed, manifest=fixture.POLICY)
    lines = [line for line in check(bundle, expected=Expected(attester=fixture.ATTESTER)).trusted if line.startswith("custody")]
    assert [line.rpartition(", ")[2].split(":")[0] for line in lines] == ["not pinned", "given by hand"]


# Corrections


def corrected(**changes: Any) -> Bundle:
    return replace(rich().bundle, corrections=replace(rich().bundle.corrections, **changes))


def test_what_supersedes_a_statement_is_shown_and_changes_no_proof() -> None:
    report = check(rich())
    assert report.passed
    assert report.superseded_by == rich().bundle.corrections.later[-1].uid
    assert check(rich(), corrected(later=())).superseded_by is None


def test_a_correction_whose_original_is_not_in_the_file_is_missing() -> None:
    assert outcome(check(rich(), corrected(earlier=(), later=())), "corrections") is Outcome.MISSING


def statement() -> ShipmentStatement:
    return ShipmentStatement.decode(rich().bundle.attestation.data)


@pytest.mark.parametrize(
    ("side", "change", "refusal"),
    [
        ("earlier", {"ref_uid": bytes(32), "salt": bytes(32)}, CorrectionError),  # another uid
        ("later", {"ref_uid": b"\7" * 32}, CorrectionError),
        ("later", {"data": "other subject"}, CorrectionError),
        ("later", {"schema": LotStatement.UID}, CorrectionError),
        ("later", {"domain": "other"}, OracleError),
        ("later", {"signature": b"\1" * 65}, OracleError),
    ],
)
def test_a_chain_of_corrections_that_does_not_hold_is_refused(side: str, change: dict[str, Any], refusal: type[OracleError]) -> None:
    (original,) = getattr(rich().bundle.corrections, side)
    if "signature" in change:
        other = replace(original, **change)
    else:
        fields = {"ref_uid": original.ref_uid, **change}
        domain = replace(fixture.DOMAIN, version="9") if fields.pop("domain", None) else fixture.DOMAIN
        if fields.get("data") == "other subject":
            fields["data"] = replace(statement(), shipment=bytes(32)).encode()
        other = attest(replace(statement(), verdict=0), domain, **fields)
    found = check(rich(), corrected(**{side: (other,)}))
    assert next(line.name for line in found.checks if line.outcome is Outcome.REFUTED) == "corrections"
    assert isinstance(found.refusal, refusal)


def test_only_the_attester_himself_supersedes() -> None:
    (later,) = rich().bundle.corrections.later
    other = attest(statement(), ref_uid=rich().bundle.attestation.uid, key=fixture.PARTIES[0])
    assert other.attester != later.attester
    refused(check(rich(), corrected(later=(other,))), "corrections", CorrectionError)


def test_an_original_by_another_key_is_told() -> None:
    first = attest(replace(statement(), verdict=0), key=fixture.PARTIES[0])
    second = attest(statement(), ref_uid=first.uid)
    case = rich()
    bundle = bundle_of(fixture.SHIPMENT, case.bundle.content, second, manifest=fixture.POLICY, corrections=Corrections(earlier=(first,)))
    report = check(bundle)
    assert report.passed
    assert any("signed by another key" in line for line in report.warnings)


# A lot's verdict


def test_a_lots_verdict_is_proven_down_to_every_item() -> None:
    report = check(lot_verdict())
    assert report.passed, report.refusal
    assert detail(report, "items") == "all 3 inspected items, 1 nonconforming"
    assert detail(report, "plan") == "1 of 3 nonconforming, from a lot of 40: reject"
    assert report.conclusion.endswith("1 of 3 inspected items of 40 nonconforming: reject")


def test_without_its_items_a_lots_counts_are_the_signers_word() -> None:
    report = check(lot_verdict(enclosed=False))
    assert report.passed
    assert outcome(report, "items") is Outcome.CLAIMED
    assert outcome(report, "event") is Outcome.MISSING


def test_a_lots_event_is_the_one_under_the_signature_and_names_supplier_and_machine() -> None:
    report = check(lot_verdict())
    assert outcome(report, "event") is Outcome.PROVEN
    assert detail(report, "event").endswith('?ver=CBV2.0, supplier "Mühle 7", machine "press-2"')


@pytest.mark.parametrize(
    "changes",
    [
        {"supplier": "Mühle 8"},
        {"machine": ""},
        {"read_point": ""},
        {"lot_size": 41},
        {"inspected": 2},
        {"nonconforming": 0},
        {"verdict": 0},
        {"to_ms": 0},
        {"policy": bytes(32)},
        {"lot": lgtin("9506000134352", "L43")},
    ],
)
def test_another_event_than_the_stated_one_is_refused_even_if_its_attester_signed_it(changes: dict[str, Any]) -> None:
    statement = lot_statement(fixture.inspected())
    content = LotSample(fixture.inspected(), fixture.lot_event(statement, **changes))
    assert content.event is not None
    error = refused(check(lot_verdict(), replace(lot_verdict().bundle, content=content)), "event", EventMismatchError)
    assert "hash of the event" in str(error)
    if changes.keys() & {"supplier", "machine", "read_point"}:
        return
    signed = attest(statement, salt=digest(content.event))
    said = refused(check(bundle_of(fixture.LOT, content, signed, manifest=fixture.PLAN)), "event", EventMismatchError)
    assert "of the event" in str(said) or "in the event" in str(said)


def lot_case(items: tuple[InspectedItem, ...], *, manifest: str = fixture.PLAN, **changes: Any) -> Report:
    stated = lot_statement(items, **{"agent": hashlib.sha256(manifest.encode()).digest(), **changes})
    return check(bundle_of(fixture.LOT, LotSample(items), attest(stated), manifest=manifest))


@pytest.mark.parametrize(
    "changes",
    [
        {"inspection_root": bytes(32)},
        {"inspected": 4},
        {"nonconforming": 2},
        {"from_ms": 0},
        {"to_ms": fixture.START_MS + 9},
    ],
)
def test_a_lots_statement_that_does_not_agree_with_its_items_is_refused(changes: dict[str, Any]) -> None:
    refused(lot_case(fixture.inspected(), **changes), "items", ItemsMismatchError)


@pytest.mark.parametrize(
    ("item", "refusal"),
    [
        (InspectedItem("plate-9", attest(fixture.LOT_STATEMENT)), ItemsMismatchError),  # of another name
        (InspectedItem("plate-7", attest(replace(fixture.LOT_STATEMENT, lot=bytes(32)))), ItemsMismatchError),
        (InspectedItem("plate-7", attest(fixture.LOT_STATEMENT, schema=bytes(32))), ItemsMismatchError),
        (InspectedItem("plate-7", attest(fixture.LOT_STATEMENT, expiration_time=1)), ExpiredError),
        (InspectedItem("plate-7", replace(attest(fixture.LOT_STATEMENT), attester=b"\1" * 20)), AttesterMismatchError),
    ],
)
def test_an_item_that_is_not_what_it_is_said_to_be_is_refused(item: InspectedItem, refusal: type[OracleError]) -> None:
    found = lot_case((item,), nonconforming=1, to_ms=fixture.START_MS)
    assert isinstance(found.refusal, refusal)


def test_an_item_that_would_count_twice_is_refused() -> None:
    one, two, three = fixture.inspected()
    twice = (one, two, replace(two, item="plate-1b"), three)
    report = check(lot_verdict(), replace(lot_verdict().bundle, content=LotSample(twice)))
    assert isinstance(report.refusal, DuplicateLeafError)


def test_a_lots_verdict_against_its_own_plan_is_refuted() -> None:
    error = refused(lot_case(fixture.inspected(), verdict=0), "plan", VerdictContradictedError)
    assert "means reject, not accept" in str(error)


def test_without_a_plan_in_the_manifest_the_verdict_is_the_agents_word() -> None:
    report = lot_case(fixture.inspected(), manifest="name = 'x'", verdict=0)
    assert report.passed
    assert outcome(report, "plan") is Outcome.CLAIMED
