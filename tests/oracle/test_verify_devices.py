"""Who measured: readings proven back to the device whose key signed them, and those that are only the gateway's word."""

import hashlib
from dataclasses import replace
from typing import Any

import cbor2
import pytest

from oracle.bundle import Bundle, Journey
from oracle.bundle_build import journey
from oracle.device_evidence import DeviceEvidenceError
from oracle.verify import Expected, Outcome
from oracle.verify_errors import NotExpectedError
from tests.oracle import bundle_fixture as fixture
from tests.oracle.bundle_fixture import attest, bundle_of, cose_key, device_signed, shipment, signed_payload, signed_trip
from tests.oracle.test_verify import check, refused
from tests.oracle.test_verify_parts import detail, outcome

KEYS = {device: cose_key(device) for device in fixture.DEVICE_KEYS}


def content(**changes: Any) -> Bundle:
    bundle = device_signed().bundle
    assert isinstance(bundle.content, Journey)
    return replace(bundle, content=replace(bundle.content, **changes))


def evidence() -> tuple[bytes, ...]:
    held = device_signed().bundle.content
    assert isinstance(held, Journey)
    return held.evidence


@pytest.mark.parametrize("profile", ["full", "sampled"])
def test_readings_that_devices_signed_are_proven_back_to_them(profile: Any) -> None:
    report = check(device_signed(profile=profile))
    assert report.passed, report.refusal
    assert outcome(report, "devices") is Outcome.PROVEN
    (line,) = (line for line in report.checks if line.name == "devices")
    assert line.by == "device reefer-1, device reefer-2"
    assert "not pinned" in next(text for text in report.trusted if text.startswith("key of device reefer-1"))


def test_a_pinned_key_is_named_as_such_and_another_is_refused() -> None:
    pinned = check(device_signed(), expected=Expected(device_keys=KEYS))
    assert pinned.passed
    assert "key of device reefer-1, given by hand" in pinned.trusted
    other = Expected(device_keys={"reefer-1": KEYS["reefer-2"]})
    refused(check(device_signed(), expected=other), "devices", NotExpectedError)


@pytest.mark.parametrize("case", [device_signed, shipment])
def test_a_key_for_a_device_that_signed_nothing_is_warned_of(case: Any) -> None:
    pinned = check(case(), expected=Expected(device_keys={"reefer-9": KEYS["reefer-1"]}))
    assert pinned.passed
    (warning,) = (text for text in pinned.warnings if "reefer-9" in text)
    assert warning == "the key given for device reefer-9 pins nothing: nothing in the file is signed by a device of that name"
    assert not any("pins nothing" in text for text in check(device_signed(), expected=Expected(device_keys=KEYS)).warnings)


def test_what_no_device_signed_is_only_claimed() -> None:
    some = check(device_signed(unsigned=True))
    assert outcome(some, "devices") is Outcome.CLAIMED
    assert detail(some, "devices").startswith("3 of 27 readings in the file are signed by no device")
    none = check(shipment())
    assert detail(none, "devices").startswith("24 of 24 readings in the file are signed by no device")


@pytest.mark.parametrize(
    "changes",
    [
        {"devices": tuple(KEYS.items())[:1]},  # a payload without its key
        {"devices": (*KEYS.items(), ("reefer-3", KEYS["reefer-1"]))},  # a key that signed nothing
        {"devices": tuple(zip(KEYS, reversed(KEYS.values()), strict=True))},  # the other's key
        {"devices": (("reefer-1", cbor2.dumps(dict(reversed(cbor2.loads(KEYS["reefer-1"]).items())))), ("reefer-2", KEYS["reefer-2"]))},
        {"devices": (("reefer-1", b"no key"), ("reefer-2", KEYS["reefer-2"]))},
        {"evidence": (b"no payload",)},
        {"evidence": (signed_payload("reefer-1", 77, [1.0, 2.0]),)},  # on which no reading rests
    ],
)
def test_evidence_that_does_not_hold_is_refused(changes: dict[str, Any]) -> None:
    refused(check(device_signed(), content(**changes)), "devices", DeviceEvidenceError)


def test_a_reading_that_its_payload_does_not_state_is_refused() -> None:
    readings, payloads = signed_trip()
    lying = [replace(one, value=4.5) if one.value == 9.5 else one for one in readings]
    event = fixture.shipment_event(lying)
    signed = attest(fixture.shipment_statement(lying, event))
    # The builder leaves such a payload out; a gateway that lies would not.
    honest = journey(lying, event, fixture.SETTINGS, evidence=payloads, devices=KEYS)
    assert len(honest.evidence) == len(payloads) - 2
    forged = replace(honest, evidence=tuple(payloads[digest] for digest in sorted(payloads)))
    error = refused(check(bundle_of(fixture.SHIPMENT, forged, signed)), "devices", DeviceEvidenceError)
    assert "does not state temperature = 4.5" in str(error)


def test_readings_that_a_device_signed_and_the_gateway_left_out_are_told() -> None:
    readings, payloads = signed_trip()
    kept = [one for one in readings if one.value != 9.5]
    event = fixture.shipment_event(kept)
    held = journey(kept, event, fixture.SETTINGS, evidence=payloads, devices=KEYS)
    report = check(bundle_of(fixture.SHIPMENT, held, attest(fixture.shipment_statement(kept, event))))
    assert any(line.startswith("2 readings that devices signed") for line in report.warnings)


def test_a_payload_under_an_earlier_key_is_left_out_by_the_builder() -> None:
    readings, payloads = signed_trip()
    held = journey(readings, {}, fixture.SETTINGS, evidence=payloads, devices={**KEYS, "reefer-2": KEYS["reefer-1"]})
    assert [device for device, _ in held.devices] == ["reefer-1"]
    assert len(held.evidence) == len(payloads) // 2


def test_evidence_is_in_order_of_its_hash() -> None:
    digests = [hashlib.sha256(payload).digest() for payload in evidence()]
    assert digests == sorted(digests)
