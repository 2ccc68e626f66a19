import json
import math
from dataclasses import replace
from typing import Any

import cbor2
import jsonschema
import pytest

from drivers.reading import Quality, Reading
from oracle import bundle_codec, bundle_json
from oracle.batch import Batch, BatchLeaf
from oracle.bundle import Inspection, Journey
from oracle.bundle_build import anchor_of, build_bundle, journey
from oracle.bundle_schema import json_schema
from oracle.bundle_settings import BundleSettings
from oracle.errors import EmptyTreeError, MalformedDocumentError, MisuseError, UnprovableValueError
from oracle.merkle import MultiProof, root_from_multiproof
from tests.oracle import bundle_fixture as fixture
from tests.oracle.bundle_fixture import Case, device_signed, lot, lot_verdict, rich, shipment, witnessed
from tests.vectors import ROOT

SAMPLED = BundleSettings(max_readings=10, sampled_readings=20)
CASES = [
    shipment(),
    shipment(60, SAMPLED),
    lot(),
    lot(None),
    rich(),
    rich("sampled"),
    rich("verdict"),
    lot_verdict(),
    witnessed(),
    device_signed(),
    lot_verdict(enclosed=False),
]


@pytest.mark.parametrize("case", CASES)
def test_a_bundle_comes_back_from_both_encodings(case: Case) -> None:
    assert bundle_codec.loads(bundle_codec.dumps_json(case.bundle)) == case.bundle
    assert bundle_codec.loads(bundle_codec.dumps_cbor(case.bundle)) == case.bundle
    assert len(bundle_codec.dumps_cbor(case.bundle)) < 0.65 * len(bundle_codec.dumps_json(case.bundle))


def test_pretty_printing_changes_nothing() -> None:
    document = bundle_json.to_json(shipment().bundle)
    assert bundle_codec.loads(json.dumps(document, indent=2, sort_keys=True).encode()) == shipment().bundle


@pytest.mark.parametrize("case", CASES)
def test_the_published_schema_is_the_one_that_the_code_reads_by(case: Case) -> None:
    published = json.loads((ROOT / "docs" / "formats" / "bundle.schema.json").read_text())
    assert published == json_schema()
    jsonschema.Draft202012Validator.check_schema(published)
    jsonschema.Draft202012Validator(published).validate(bundle_json.to_json(case.bundle))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("format",), "other"),
        (("version",), 2),
        (("version",), True),
        (("subject", "key"), "00/106141412345678909"),
        (("network",), "fixture\x1b[8m"),
        (("readings", "devices", 0), "reefer-1\n  ok      anchor       batch 4"),
        (("readings", "quantities", 0), "temperature\u202e"),
        (("readings", "value", 0), True),
        (("readings", "value", 0), "4.0"),
        (("readings", "device", 0), 1),
        (("readings", "device", 0), -1),
        (("readings", "time", 0), 1.5),
        (("readings", "sequence", 0), "1"),
        (("readings", "sequence", 0), "00000000000000000001"),
        (("readings", "value"), []),
        (("readings", "devices"), ["reefer-1", "reefer-1"]),
        (("readings", "evidences", 0), "0x00"),
        (("anchor", "index"), -1),
        (("anchor", "gateway"), "0xc0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0"),
        (("batch", "proof"), ["0x" + "00" * 32] * 65),
        (("image",), "aGk="),
        (("subject", "item"), "x"),
        (("agent", "manifest"), ""),
        (("readings", "time", 0), "\ud800"),
        (("readings", "value", 1), 2**60),
        (("lightClient", "updates"), [{"version": "fulu"}]),
    ],
)
def test_a_field_out_of_its_form_is_refused_with_its_path(path: tuple[str | int, ...], value: Any) -> None:
    document = bundle_json.to_json(shipment().bundle)
    node: Any = document
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = value
    with pytest.raises(MalformedDocumentError) as refusal:
        bundle_json.from_json(document)
    assert refusal.value.path.startswith("$")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("image", "@"),
        ("image", "aGk"),
        ("image", "aGk\u00e9"),
        ("event", {}),
        ("subject", {"kind": "lot", "key": "01/09506000134352/10/L42"}),
        ("items", []),
    ],
)
def test_a_lot_out_of_its_form_is_refused(path: str, value: Any) -> None:
    with pytest.raises(MalformedDocumentError):
        bundle_json.from_json({**bundle_json.to_json(lot().bundle), path: value})


def test_a_lot_needs_a_lot_number_and_a_shipment_its_event() -> None:
    document = bundle_json.to_json(lot().bundle)
    with pytest.raises(MalformedDocumentError, match="lot number"):
        bundle_json.from_json({**document, "subject": {"kind": "lot", "key": "00/106141412345678908", "item": "x"}})
    trip = bundle_json.to_json(shipment().bundle)
    with pytest.raises(MalformedDocumentError, match="needs an event"):
        bundle_json.from_json({name: value for name, value in trip.items() if name != "event"})


def test_rows_out_of_order_are_refused() -> None:
    content = shipment().bundle.content
    assert isinstance(content, Journey)
    swapped = replace(content, rows=(content.rows[1], content.rows[0], *content.rows[2:]))
    with pytest.raises(MalformedDocumentError, match="order"):
        bundle_json.from_json(bundle_json.to_json(replace(shipment().bundle, content=swapped)))


@pytest.mark.parametrize(
    "data",
    [
        b"{" + b" " * bundle_codec.MAX_BYTES,
        b'{"format":"aios-bundle","format":"aios-bundle"}',
        b'{"value":NaN}',
        b'{"a":"\xff"}',
        b'{"a":' + b"9" * 5000 + b"}",
        b'{"a":' + b"[" * 30 + b"]" * 30 + b"}",
        cbor2.dumps({"a": cbor2.CBORTag(1234, 0)}),
        b"\xa1\x61a\xc0\x740000-00-00T00:00:00Z",  # a tag that cbor2 knows
        b"\xa1\x61a\xd8\x1c\x81\xd8\x1d\x00",  # a list that holds itself
        b"\xbf\x61a\x00\xff",  # indefinite length
        b"\xa1\x61a\x18\x01",  # a longer form than needed
        b"\xa2\x61a\x00\x61a\x00",  # a name twice
        b"\xa1\x00\x00",  # a name that is no text
        b"\xa0\x00",  # something after the end
        b"\xa1\x61a\x640x00",  # digits as text, where bytes are shorter
        cbor2.dumps({"a": math.inf}),
        b"\xa1\x61a" + b"\x81" * 40 + b"\x00",
    ],
)  # fmt: skip
def test_bytes_that_no_reader_should_build_are_refused(data: bytes) -> None:
    with pytest.raises(MalformedDocumentError):
        bundle_codec.loads(data)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "the file is empty"),
        (b" \n\t", "the file is empty"),
        (b"null", "neither a JSON object nor a CBOR map"),
        (b" []", "neither a JSON object nor a CBOR map"),
        (b"hello", "neither a JSON object nor a CBOR map"),
        (cbor2.dumps([]), "neither a JSON object nor a CBOR map"),
        (b"{]", "not JSON: "),
        (b"\xa1\x61a", "not CBOR: "),
    ],
)
def test_a_file_that_is_no_bundle_is_told_what_it_is_not(data: bytes, reason: str) -> None:
    with pytest.raises(MalformedDocumentError) as refusal:
        bundle_codec.parse(data)
    assert refusal.value.reason.startswith(reason)


def test_a_sample_keeps_ends_extremes_and_whole_excursions() -> None:
    readings = fixture.trip(200)
    content = journey(readings, {}, BundleSettings(max_readings=100, sampled_readings=20), {"temperature": fixture.BAND})
    assert content.sample is not None
    times = {row.time_ms for row in content.rows}
    wanted = [0, 199, *range(99, 105)]  # both ends, and the excursion with the reading before and the one after
    assert {readings[place].time_ms for place in wanted} <= times
    assert {min(row.value for row in content.rows), max(row.value for row in content.rows)} == {4.0, 9.5}
    assert 20 <= len(content.rows) <= 30
    leaves = tuple(sorted(row.leaf for row in content.rows))
    root = root_from_multiproof(MultiProof(leaves, content.sample.proof, content.sample.flags))
    assert root == fixture.shipment_statement(readings, fixture.shipment_event(readings)).readings_root


def test_a_bundle_of_the_wrong_parts_is_our_own_fault() -> None:
    case = shipment()
    other = Batch.build(0, [BatchLeaf(bytes(32), bytes(20), bytes(32))])
    with pytest.raises(MisuseError):
        build_bundle(
            network=case.world.network,
            subject=case.bundle.subject,
            content=Inspection("x", None),
            manifest="m",
            attestation=case.bundle.attestation,
            batch=other,
            anchor=case.bundle.anchor,
            light_client=case.bundle.trace,
        )
    text = Reading("d", "q", "text", "", 0, None, Quality.GOOD, bytes(32))
    with pytest.raises(UnprovableValueError):
        journey([text], {}, fixture.SETTINGS)
    with pytest.raises(EmptyTreeError):
        journey([], {}, fixture.SETTINGS)


def test_excursions_are_kept_per_device_however_many_they_are() -> None:
    readings = [
        replace(reading, device=device, value=9.0 if device == "b" and place % 2 else 5.0)
        for place, reading in enumerate(fixture.trip(60))
        for device in ("a", "b")
    ]
    content = journey(readings, {}, BundleSettings(profile="sampled", sampled_readings=10), {"temperature": fixture.BAND})
    kept = [row for row in content.rows if row.device == "b"]
    assert len(kept) == 60  # every second one is outside, and those between are its neighbours
    assert 10 <= len(content.rows) - len(kept) + 1 <= 12


@pytest.mark.parametrize(("profile", "rows"), [("full", 200), ("sampled", 30), ("verdict", 0)])
def test_the_profile_is_the_operators_choice(profile: Any, rows: int) -> None:
    content = journey(fixture.trip(200), {}, BundleSettings(profile=profile, sampled_readings=30))
    assert (content.profile, round(len(content.rows), -1)) == (profile, rows)


@pytest.mark.parametrize(
    "answer", [{}, {"storageProof": []}, {"storageProof": [{"proof": ["0xzz"]}], "accountProof": []}, {"storageProof": 1}]
)
def test_an_answer_without_the_slot_is_refused(answer: dict[str, Any]) -> None:
    with pytest.raises(MalformedDocumentError):
        anchor_of(registry=bytes(20), gateway_registry=bytes(20), gateway=bytes(20), index=0, answer=answer)


def test_large_sequence_numbers_and_none_come_back() -> None:
    readings = [replace(reading, sequence=number) for reading, number in zip(fixture.trip(3), (None, 2**53, 2**64 - 2), strict=True)]
    content = journey(readings, fixture.shipment_event(readings), fixture.SETTINGS)
    bundle = replace(shipment().bundle, content=content)
    assert bundle_codec.loads(bundle_codec.dumps_json(bundle)) == bundle
    assert bundle_codec.loads(bundle_codec.dumps_cbor(bundle)) == bundle


@pytest.mark.parametrize("number", [str(2**64 - 1), str(2**64), "99999999999999999999"])
def test_the_number_that_stands_for_no_counter_is_no_counter(number: str) -> None:
    document = json.loads(bundle_codec.dumps_json(shipment(6).bundle))
    document["readings"]["sequence"][0] = number
    with pytest.raises(MalformedDocumentError, match="no device's counter"):
        bundle_json.from_json(document)
