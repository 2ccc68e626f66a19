"""The JavaScript verifier says what the Python one says: of good bundles line by line, of each altered one which check refuses it."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from lightclient.bls.pyblst_backend import PyblstBackend
from lightclient.forks import MAINNET_PRESET
from lightclient.network import Contracts
from oracle import bundle_codec, bundle_json
from oracle.bundle import Inspection
from oracle.bundle_settings import BundleSettings
from oracle.errors import MisuseError
from oracle.gateway_registry import Standing
from oracle.hexes import to_hex
from oracle.verify import Expected, Report, Verdict, verify
from tests.oracle.bundle_fixture import (
    ATTESTER,
    FIRST_KEY,
    GATEWAY,
    LOT,
    LOT_STATEMENT,
    POLICY,
    Case,
    attest,
    bundle_of,
    conforming,
    cose_key,
    device_signed,
    from_its_own_block,
    gateway_word,
    lot,
    members,
    rotated,
    routed,
    shipment,
    signed_by_p256,
    trip,
    witnessed,
)
from tests.oracle.chain_fixture import NETWORK
from tests.oracle.test_alterations import CASES, ONCE, altered_documents
from tests.verifier.node import Said, javascript_reports

pytestmark = [pytest.mark.peer, pytest.mark.arithmetic, pytest.mark.timeout(1200)]

BLS = PyblstBackend()


def on_network(case: Case, known: Contracts) -> Case:
    """Returns the case before a reader whose network file names these contracts."""
    return replace(case, world=replace(case.world, network=replace(case.world.network, contracts=known)))


COOL = [replace(reading, value=5.0) for reading in trip(24)]


def limited(limit: str) -> str:
    """The policy with one limit more."""
    return POLICY.replace("[policy]\n", f"[policy]\n{limit}\n")


MAINNET = replace(NETWORK, name="fixture-mainnet", preset=MAINNET_PRESET)
GOOD: dict[str, Callable[[], Case]] = {
    **CASES,
    "two periods": lambda: shipment(24, periods=2),
    "a checkpoint that is its own block": from_its_own_block,
    "every reading of a month": lambda: shipment(720),
    "a sample of a month": lambda: shipment(4320, BundleSettings(sampled_readings=250)),
    "512 members": lambda: shipment(24, network=MAINNET),
    "a route": routed,
    "no image": lambda: lot(None),
    "a confidence between two digits": lambda: bundle_of(
        LOT, Inspection("plate-7", None), attest(replace(LOT_STATEMENT, confidence_ppm=500))
    ),
    "conforms by a mean kinetic temperature": lambda: conforming(COOL, limited("kinetic = { limit = 8.0 }")),
    "conforms by a route that the reader does not understand": lambda: conforming(COOL, limited("route = { within_km = 25.0 }")),
    "conforms by no band and no peak": lambda: conforming(COOL, "[policy]\nroute = { within_km = 25.0 }\n"),
}
VOUCHING: dict[str, Callable[[], Case]] = {
    **{
        f"{who} is {standing.name.lower()}": partial(
            lambda name, word: witnessed(words=members(**{name: word})), who, gateway_word(standing)
        )
        for who in ("gateway", "second_gateway")
        for standing in (Standing.SUSPENDED, Standing.UNBONDING, Standing.RETIRED, Standing.SLASHED)
    },
    "it is not shown whether one of the others took its word back": partial(witnessed, others_revoked_s=(None, 0)),
    "it is not shown whether the others took their word back": partial(witnessed, others_revoked_s=(None, None)),
    "one of the others took its word back": partial(witnessed, others_revoked_s=(1_790_000_100, 0)),
    "the others took their word back": partial(witnessed, others_revoked_s=(1_790_000_100, 1_790_000_200)),
    "one of the others cannot take its word back": partial(witnessed, revocable=(True, False), others_revoked_s=(None, None)),
    "the others cannot take their word back": partial(witnessed, revocable=(False, False), others_revoked_s=(None, None)),
    "a key of P-256 signed": signed_by_p256,
    "a key of P-256 signed, and EAS was not asked": partial(signed_by_p256, proof=False),
    "a key of P-256 signed what cannot be revoked": partial(signed_by_p256, revocable=False),
    **{
        f"the network's file names {what}": partial(lambda known: on_network(witnessed(), known), known)
        for what, known in {
            "no EAS": replace(NETWORK.contracts, eas=None),
            "no version of EAS": replace(NETWORK.contracts, eas_version=None),
            "an older EAS": replace(NETWORK.contracts, eas_version="0.26"),
        }.items()
    },
}
"""Bundles that differ in who vouches for them, and are not all proven."""
MOST_ALTERATIONS = 40
"""Alterations, about, of kinds whose common parts another kind has already; each costs a walk over the chain in JavaScript."""
SPELLINGS: dict[str, Callable[[str], str]] = {
    "white space": lambda text: text.replace(",", " ,\n\t"),
    "1.0 for 1": lambda text: text.replace('"version":1,', '"version":1.0,', 1),
    "an index as a fraction": lambda text: text.replace('"index":3', '"index":3.0'),
    "an exponent": lambda text: text.replace('"index":3', '"index":3e0'),
    "a name twice": lambda text: text.replace('{"format"', '{"version":1,"format"', 1),
    "a name escaped": lambda text: text.replace('"format"', '"f\\u006frmat"', 1),
    "a leading zero": lambda text: text.replace('"index":3', '"index":03'),
    "NaN": lambda text: text.replace('"index":3', '"index":NaN'),
    "a large integer": lambda text: text.replace('"index":3', f'"index":{2**53}'),
    "a large edition": lambda text: text.replace('"version":1,', f'"version":{2**53},', 1),
    "a reading that is a large integer": lambda text: text.replace('"value":[4.0', f'"value":[{2**60}'),
    "a huge integer": lambda text: text.replace('"index":3', f'"index":{"9" * 5000}'),
    "an endless number": lambda text: text.replace('"index":3', '"index":1e999'),
    "a lone surrogate": lambda text: text.replace('name = \\"cold-chain', 'name = \\"\\ud800cold-chain'),
    "a control character": lambda text: text.replace('"network":"fixture"', '"network":"fixture\\u0007"'),
    "a raw control character": lambda text: text.replace('"network":"fixture"', '"network":"fixture\x07"'),
    "a byte order mark": lambda text: f"\ufeff{text}",
    "something behind": lambda text: f"{text}1",
    "cut off": lambda text: text[:-1],
    "nothing": lambda text: "",
    "v as a fraction": lambda text: text.replace('"v":27', '"v":27.0').replace('"v":28', '"v":28.0'),
    "the number of no counter": lambda text: text.replace('"sequence":[0', f'"sequence":["{2**64 - 1}"'),
    "the largest counter": lambda text: text.replace('"sequence":[0', f'"sequence":["{2**64 - 2}"'),
    "upper-case hexadecimal": lambda text: text.replace('"uid":"0x', '"uid":"0X'),
    "nested as deep as allowed": lambda text: text.replace('"type":"ObjectEvent"', f'"type":"ObjectEvent","deep":{"[" * 22}{"]" * 22}'),
    "nested too deep": lambda text: text.replace('"type":"ObjectEvent"', f'"type":"ObjectEvent","deep":{"[" * 23}{"]" * 23}'),
}
"""The same bundle, or nearly, in other texts."""


def said(label: str, data: bytes, case: Case) -> Said:
    return Said(label, data, case, verify(data, **case.inputs(), bls=BLS))


def pinned() -> Iterator[Said]:
    """Yields bundles with and without standing before readers who know a gateway or an attester, the right one and others."""
    for kind, case in (("with standing", rotated()), ("without", shipment())):
        data = bundle_codec.dumps_json(case.bundle)
        for gateway in (GATEWAY, FIRST_KEY, ATTESTER, bytes(20)):
            for attester in (None, ATTESTER, GATEWAY):
                pins = {"gateway": gateway} | ({} if attester is None else {"attester": attester})
                report = verify(data, **case.inputs(), bls=BLS, expected=Expected(gateway=gateway, attester=attester))
                yield Said(f"{kind}: {pins}", data, case, report, pins)


def device_pinned() -> Iterator[Said]:
    """Yields bundles before readers who know the keys of devices: those that signed, another one's, and those of no device in the file."""
    for kind, case in (("signed", device_signed()), ("unsigned", shipment())):
        data = bundle_codec.dumps_json(case.bundle)
        for keys in ({"reefer-1": "reefer-1"}, {"reefer-1": "reefer-2"}, {"reefer-9": "reefer-1", "Reefer-1": "reefer-1"}):
            known = {device: cose_key(owner) for device, owner in keys.items()}
            report = verify(data, **case.inputs(), bls=BLS, expected=Expected(device_keys=known))
            yield Said(f"{kind}: {keys}", data, case, report, device_keys=known)


def sealed(document: dict[str, Any]) -> dict[str, Any] | None:
    """Returns the document with a fresh seal, or None if it has no canonical form."""
    try:
        return {**document, "seal": to_hex(bundle_json.seal(document))}
    except MisuseError:
        return None


def good() -> Iterator[Said]:
    for kind, make in GOOD.items():
        case = make()
        yield said(f"{kind}, JSON", bundle_codec.dumps_json(case.bundle), case)
        yield said(f"{kind}, CBOR", bundle_codec.dumps_cbor(case.bundle), case)


def altered(kind: str, skip: set[str]) -> Iterator[Said]:
    """Yields alterations of a kind's fields, spread over all of them, sealed again, and each third one also with its old seal."""
    case = CASES[kind]()
    document = bundle_json.to_json(case.bundle)
    every = list(altered_documents(document, {*skip, "seal"}))
    step = 1 if not skip else max(1, len(every) // MOST_ALTERATIONS)
    for number, (path, what, changed) in enumerate(every[::step]):
        label = f"{kind}: {what} {'.'.join(map(str, path))}"
        again = sealed(changed)
        if again is not None:
            yield said(f"{label}, sealed", json.dumps(again).encode(), case)
        if again is None or number % 3 == 0:
            yield said(label, json.dumps(changed).encode(), case)


def damaged(kind: str) -> Iterator[Said]:
    """Yields CBOR with one byte flipped in many places, cut off, and with something behind."""
    case = CASES[kind]()
    data = bundle_codec.dumps_cbor(case.bundle)
    for place in range(0, len(data), len(data) // 80):
        for mask in (1, 0x20):
            yield said(f"{kind}: byte {place} ^ {mask}", data[:place] + bytes([data[place] ^ mask]) + data[place + 1 :], case)
    yield said(f"{kind}: cut off", data[:-1], case)
    yield said(f"{kind}: longer", data + b"\0", case)


def spelled() -> Iterator[Said]:
    case = shipment(6)
    text = bundle_codec.dumps_json(case.bundle).decode()
    for label, spell in SPELLINGS.items():
        changed = spell(text)
        yield said(label, changed.encode(), case)
        try:
            again = sealed(json.loads(changed))
        except ValueError:
            continue
        if again is not None:
            yield said(f"{label}, sealed", json.dumps(again).encode(), case)


def lines(report: Report) -> list[list[str]]:
    return [[check.name, check.outcome.value, check.detail, check.by, check.proves] for check in report.checks]


def ended_by(checks: list[list[str]]) -> tuple[str, str] | None:
    """Returns the check that ended the walk, with its outcome."""
    return next(((line[0], line[1]) for line in checks if line[1] in ("refuted", "cannot tell")), None)


def require_agreement(folder: Path, all_said: list[Said]) -> Counter[str | None]:
    """Both verifiers say the same in the same words up to the check that ends the walk, and it is the same check with the same outcome."""
    disagreements, outcomes = [], Counter[str | None]()
    for each, found in zip(all_said, javascript_reports(folder, all_said), strict=True):
        ours, theirs = lines(each.report), found["checks"]
        expected = ended_by(ours)
        outcomes[None if expected is None else expected[0]] += 1
        standing = [[line for line in report if line[1] in ("proven", "claimed", "missing")] for report in (ours, theirs)]
        if (ended_by(theirs), found["unreached"]) != (expected, each.report.unreached) or standing[0] != standing[1]:
            disagreements.append((each.label, expected, ended_by(theirs), [line for line in theirs if line not in ours][:2]))
    assert not disagreements, f"{len(disagreements)} of {len(all_said)}: {disagreements[:8]}"
    return outcomes


def test_good_bundles_are_reported_in_the_same_words(tmp_path: Path) -> None:
    all_said = list(good())
    for each, found in zip(all_said, javascript_reports(tmp_path, all_said), strict=True):
        assert found["verdict"] == "proven", (each.label, found["checks"])
        assert found["checks"] == lines(each.report), each.label
        assert found["trusted"] == list(each.report.trusted), each.label
        assert found["warnings"] == list(each.report.warnings), each.label
        assert found["conclusion"] == each.report.conclusion, each.label


def test_who_vouches_is_reported_in_the_same_words(tmp_path: Path) -> None:
    all_said = [said(label, bundle_codec.dumps_json((case := make()).bundle), case) for label, make in VOUCHING.items()]
    all_said += [*pinned(), *device_pinned()]
    require_agreement(tmp_path, all_said)
    for each, found in zip(all_said, javascript_reports(tmp_path, all_said), strict=True):
        assert found["warnings"] == list(each.report.warnings), each.label
        if each.report.verdict is not Verdict.REFUTED:
            assert found["checks"] == lines(each.report), each.label
            assert found["trusted"] == list(each.report.trusted), each.label


@pytest.mark.parametrize(("kind", "skip"), ONCE)
def test_altered_bundles_are_refused_by_the_same_check(tmp_path: Path, kind: str, skip: set[str]) -> None:
    outcomes = require_agreement(tmp_path, list(altered(kind, skip)))
    assert outcomes.total() > 20
    assert len(outcomes) >= 3


@pytest.mark.parametrize("kind", CASES)
def test_damaged_cbor_is_refused_by_the_same_check(tmp_path: Path, kind: str) -> None:
    outcomes = require_agreement(tmp_path, list(damaged(kind)))
    assert None not in outcomes


def test_other_spellings_are_taken_or_refused_alike(tmp_path: Path) -> None:
    outcomes = require_agreement(tmp_path, list(spelled()))
    assert outcomes[None] > 2
    assert outcomes["format"] > 10
