"""Where values have many forms, both verifiers answer thousands of questions alike: links, times, numbers, signed packs."""

import json
import random
import subprocess
from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Any

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from drivers.senml.cose import DeviceKey, signed_bytes
from oracle import policy, policy_readings, policy_route
from oracle.bundle import ReadingRow
from oracle.device_evidence import DeviceEvidenceError, stated
from oracle.epcis import identifiers, values
from oracle.errors import OracleError
from oracle.leaves import canonical_value, fixed_point
from oracle.printable import is_printable
from tests.vectors import vectors
from tests.verifier.node import FOLDER, verifier_tools

pytestmark = [pytest.mark.peer, pytest.mark.arithmetic, pytest.mark.timeout(1200)]

DEVICE = "logger-7"
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
EDWARDS = ed25519.Ed25519PrivateKey.from_private_bytes(b"\x07" * 32)
PRIME = ec.derive_private_key(7, ec.SECP256R1())


def asked(questions: dict[str, Sequence[Any]]) -> dict[str, list[Any]]:
    """Returns what JavaScript answers to each question, None for a refusal."""
    verifier_tools()
    command = ["node", "--disable-warning=ExperimentalWarning", "tests/differential.js"]
    done = subprocess.run(command, cwd=FOLDER, input=json.dumps(questions), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    answers: dict[str, list[Any]] = json.loads(done.stdout, parse_int=float)
    return answers


def answer(ask: Callable[..., Any], *question: Any) -> Any:
    try:
        return ask(*question)
    except OracleError:
        return None


def compared(kind: str, questions: Sequence[Any], ours: Callable[[Any], Any]) -> list[Any]:
    """Both answer alike; returns the answers that were no refusals."""
    expected = [ours(question) for question in questions]
    differing = [
        (question, mine, theirs)
        for question, mine, theirs in zip(questions, expected, asked({kind: questions})[kind], strict=True)
        if mine != theirs
    ]
    assert not differing, f"{len(differing)} of {len(questions)}: {differing[:6]}"
    return [one for one in expected if one is not None]


def mutated(texts: Sequence[str], count: int, alphabet: str) -> list[str]:
    chance = random.Random(11)
    found = list(texts)
    for _ in range(count):
        text = chance.choice(texts)
        at = chance.randrange(len(text) + 1)
        found.append(text[:at] + chance.choice(["", chance.choice(alphabet)]) + text[at + chance.randrange(2) :])
    return found


def test_identifiers_become_the_same_links() -> None:
    pairs = json.loads(vectors("gs1", "epc-uri-to-digital-link.json").read_text())["pairs"]
    texts = [text for pair in pairs for text in (pair.values() if isinstance(pair, dict) else pair) if isinstance(text, str)]
    assert len(compared("links", mutated(texts, 3000, "0123456789.:/%*aZ_!~ "), identifiers.canonical)) > 500


def test_times_are_read_alike() -> None:
    texts = ["2026-02-28T23:59:59.9995Z", "2024-02-29T00:00:00+14:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999-00:01"]
    texts += ["2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:00:60Z", "2026-01-01T00:00:00"]
    found = compared("times", mutated(texts, 1500, "0123456789-:+.TZ "), lambda text: answer(values.time, text))
    assert len(found) > 100


def test_numbers_are_written_alike() -> None:
    chance = random.Random(12)
    numbers = [chance.uniform(-1, 1) * 10 ** chance.randrange(-12, 18) for _ in range(1500)]
    numbers += [float(f"{chance.randrange(10**6)}.5") for _ in range(200)] + [0.0, 1e22, 5e-324, 1.7976931348623157e308, 0.1 + 0.2, 2.5e-9]
    compared("texts", [repr(number) for number in numbers], lambda text: values.text(json.loads(text)))
    compared("general", [[number, digits] for number in numbers for digits in (4, 6)], lambda one: f"{one[0]:.{one[1]}g}")
    compared("whole", [abs(number) for number in numbers], lambda number: f"{number:.0f}")
    compared("fixed", numbers, lambda number: answer(lambda: [str(fixed_point(number)), canonical_value(number)]))


def test_the_same_characters_may_be_shown() -> None:
    spans = [[start, start + 0x1000] for start in range(0, 0x110000, 0x1000)]
    compared("printable", spans, lambda span: "".join("01"[is_printable(chr(code))] for code in range(*span)))


# Policies


ROUTES = [
    "route = {corridor = [[45, 5.0], [45.0, 6.0]], within_km = 20}",
    "route = {corridor = [[45, 5.0], [45.0, 6.0], [45.0, 6.0], [44.2, 6.5]], longest_gap_minutes = 60, required = false}",
    'route = {fences = [{name = "x", kind = "outside", center = [45.1, 5.5], radius_km = 15}]}',
    'route = {corridor = [[-10, 179.0], [80, -179]], fences = [{kind = "inside", center = [45, 5], radius_km = 40.5}], within_km = 4000}',
    'route = {fences = [{kind = "outside", corners = [[44.9, 5.2], [45.15, 5.2], [45.15, 5.7], [45.05, 5.4]]}]}',
    'route = {fences = [{kind = "inside", corners = [[-5, 178.5], [70, 178.5], [70, -178.5], [-5, -178.5]]}], within_km = 1}',
    'route = {fences = [{kind = "inside", corners = [[44.9, 5.2], [45.15, 5.2]]}]}',
    'route = {fences = [{kind = "inside", corners = [[44.9, 5.2], [45.15, 5.2], [45, 5]], radius_km = 5}]}',
    'route = {fences = [{kind = "inside", corners = [[44.9, 5.2], [45.15, 5.2], [45, "x"]]}]}',
    "route = {}",
    "route = 0",
    "route = {corridor = [[45, 5, 6]]}",
    'route = {fences = [{kind = "beside", center = [45, 5], radius_km = 1}]}',
    "route = {corridor = [[45, nan]]}",
]
"""Routes of every kind, and some that are none."""


def manifest_and_rows(chance: random.Random) -> list[Any]:
    """Returns a manifest, rows in the order of a file, and the first and last instant of a trip."""

    def number() -> Any:
        return chance.choice([0, 5, 15.5, 30, 120] if chance.random() > 0.03 else ["inf", "nan", -1, '"x"'])

    lines = ["[policy]", *([f"fewest_readings = {number()}"] if chance.random() < 0.7 else [])]
    heat = [f'kinetic = {{quantity = "{chance.choice("th")}", limit = {limit}}}' for limit in ("8", "nan", "9.5, activation_kelvin = 0.5")]
    heat += ["kinetic = {limit = 8}", 'kinetic = {quantity = "t", limit = 2.5, activation_kelvin = 100000}', 'kinetic = {quantity = "t"}']
    lines += [line for line in ("deadline_hours = 9",) if chance.random() < 0.2]
    lines += [chance.choice(ROUTES)] if chance.random() < 0.4 else []
    lines += [chance.choice([*heat[:1] * 9, *heat[4:5] * 9, *heat])] if chance.random() < 0.5 else []
    names = ["low", "high", "allowed_minutes_above", "allowed_minutes_below", "longest_minutes_above", "longest_minutes_below"]
    for kind, own in (("bands", names), ("bands", names), ("peaks", ["allowed"])):
        lines += [f"[[policy.{kind}]]", f'quantity = "{chance.choice("th")}"', *(["high = 7.5"] if kind == "peaks" else [])]
        lines += [f"{name} = {number()}" for name in [*own, "longest_gap_minutes"] if chance.random() < 0.5]
        lines += [f"required = {chance.choice(['true', 'false'])}"] if chance.random() < 0.5 else []
        lines += ['between = "step"'] if kind == "bands" and chance.random() < 0.2 else []
        lines += ["unit = " + chance.choice(['"Cel"'] * 20 + ["7", "[]"])] if chance.random() < 0.5 else []
    span = 240 * 60_000
    rows = [
        (
            chance.randrange(0, span, 1000),
            chance.choice("ab"),
            chance.choice("th"),
            chance.choice([-1.0, 4.25, 6.1, 7.5, 9.75, 31.0] * 9 + [-300.0, 4e20]),
        )
        for _ in range(chance.randrange(60))
    ]
    for _ in range(chance.randrange(25)):
        at, device = chance.randrange(0, span, 600_000), chance.choice("ab")
        fix = (("latitude", chance.uniform(44, 46)), ("longitude", chance.uniform(4.5, 6.5)))
        rows += [(at, device, name, round(value, 6)) for name, value in fix if chance.random() < 0.95]
    rows = sorted(rows + rows[:5])
    return ["\n".join(lines), [{"timeMs": t, "device": d, "quantity": q, "value": v} for t, d, q, v in rows], 0, span]


def routed(limits: policy.Policy, held: list[ReadingRow], begin: int, end: int) -> list[Any] | None:
    if limits.route is None:
        return None
    found = policy_route.lines(limits.route, held)
    assert found is not None
    return [f"{policy_route.minutes_off(limits.route, found):.6g}", policy_route.missing(limits.route, found, 4, begin, end)]


def measured(question: list[Any]) -> list[Any] | None:
    manifest, rows, begin, end = question
    limits = policy.read_policy(manifest)
    if limits is None:
        return None
    held = [ReadingRow(row["device"], row["quantity"], row["timeMs"], row["value"], None, bytes(32)) for row in rows]
    found = [
        [str(one), one.found > one.allowed] for one in [*policy_readings.excursions(limits, held), *policy_readings.heat(limits, held)]
    ]
    return [
        found,
        policy_readings.gaps(limits, held, begin, end),
        policy_readings.scarce(limits, held),
        limits.deadline_hours,
        routed(limits, held, begin, end),
    ]


def test_policies_are_measured_alike() -> None:
    chance = random.Random(14)
    found = compared("policies", [manifest_and_rows(chance) for _ in range(1500)], measured)
    assert 500 < len(found) < 1500
    for part in range(5):
        assert sum(bool(one[part]) for one in found) > 100


# Signed packs


def sign(payload: bytes, header: dict[Any, Any], chance: random.Random, *, prime: bool = False) -> bytes:
    """Returns the payload signed: mostly in the one encoding that is taken, sometimes in another that COSE allows."""
    named: dict[Any, Any] = {4: header[4]} if chance.random() < 0.5 else {}
    protected = cbor2.dumps({label: value for label, value in header.items() if label not in named})
    message = signed_bytes(protected, payload)
    if prime:
        r, s = decode_dss_signature(PRIME.sign(message, ec.ECDSA(SHA256())))
        s = s if chance.random() < 0.1 else min(s, ORDER - s)
        signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    else:
        signature = EDWARDS.sign(message)
    if chance.random() < 0.05:
        named |= {chance.choice([99, "x", 33, -1]): chance.choice([b"", 1, "x", {}])}
    array = cbor2.dumps([protected, named, payload, signature])
    spelled = chance.choice([array] * 30 + [b"\x98\x04" + array[1:], b"\x9f" + array[1:] + b"\xff"])
    return chance.choice([b"\xd2"] * 30 + [b"", b"\xd8\x12"]) + spelled


def record(chance: random.Random) -> dict[Any, Any]:
    """Returns one record: mostly good, sometimes with a field that breaks a rule."""
    fields: dict[Any, Any] = {}
    if chance.random() < 0.4:
        fields[-2] = chance.choice(["", f"{DEVICE}/", f"{DEVICE}:", f"urn:dev:ow:{DEVICE}:", "other/", DEVICE])
    if chance.random() < 0.3:
        fields[-3] = chance.choice([1.79e9, 1_790_000_000, 0, -5.5])
    for label, choices in (
        (-5, [1, 0.5]),
        (-6, [2]),
        (-1, [10, 9, 11]),
        (1, ["Cel", "%RH"]),
        (7, [60, 1.5]),
        ("seq", [0, 7, 2**63 - 1, 2**63]),
    ):
        if chance.random() < 0.06:
            fields[label] = chance.choice(choices)
    if chance.random() < 0.9:
        fields[0] = chance.choice(["temperature", "humidity", "a.b-c_d", "", "bad name", "x" * 250, "/t", ":"])
    values_: list[tuple[Any, Any]] = [
        (2, 4.25),
        (2, 3),
        (2, -0.0),
        (2, 1e300),
        (2, float("nan")),
        (3, "open"),
        (4, True),
        (8, b"\1"),
        (5, 12.5),
    ]
    for _ in range(chance.choice([1, 1, 1, 1, 2, 0])):
        label, value = chance.choice(values_)
        fields[label] = value
    if chance.random() < 0.8:
        fields[6] = chance.choice([1.79e9, 1_790_000_000.0005, 1_790_000_000.0015, 1_790_000_001, 300, 2.6e11])
    if chance.random() < 0.04:
        fields[chance.choice([99, "other", "needed_", "n", 1.5])] = chance.choice([1, "x", None, [1, {2: 3}]])
    if chance.random() < 0.04:
        fields[chance.choice([2, 0, 6])] = chance.choice([None, True, "text", b"bytes", 2**70])
    return fields


def payloads() -> list[list[str]]:
    """Returns payloads with the device and the key under which they are to be read."""
    chance = random.Random(13)
    edwards = DeviceKey("EdDSA", EDWARDS.public_key().public_bytes_raw()).to_cose()
    numbers = PRIME.public_key().public_numbers()
    prime = DeviceKey("ES256", numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big")).to_cose()
    found = []
    for _ in range(2200):
        pack = [record(chance) for _ in range(chance.choice([1, 1, 2, 3]))]
        body = cbor2.dumps(pack, canonical=chance.random() < 0.5)
        use_prime = chance.random() < 0.3
        header: dict[Any, Any] = {1: -7 if use_prime else -8, 4: DEVICE.encode()}
        if chance.random() < 0.05:
            header[chance.choice([2, 3, 99])] = chance.choice([112, "application/senml+cbor", 60, [1]])
        if chance.random() < 0.03:
            header[4] = chance.choice([b"another", b"\xef\xbb\xbf" + DEVICE.encode(), DEVICE])
        data = sign(body, header, chance, prime=use_prime)
        if chance.random() < 0.05:
            at = chance.randrange(len(data))
            data = data[:at] + bytes([data[at] ^ 1 << chance.randrange(8)]) + data[at + 1 :]
        key = prime if use_prime is (chance.random() < 0.98) else edwards
        found.append([f"0x{data.hex()}", DEVICE, f"0x{key.hex()}"])
    return found


def leaves(question: list[str]) -> list[str] | None:
    payload, device, key = question
    try:
        found = stated(bytes.fromhex(payload[2:]), device, bytes.fromhex(key[2:]))
    except DeviceEvidenceError:
        return None
    assert found.digest == sha256(bytes.fromhex(payload[2:])).digest()
    return sorted(f"0x{leaf.hex()}" for leaf in found.leaves)


def test_signed_packs_state_the_same_readings() -> None:
    questions = payloads()
    theirs = [None if found is None else sorted(set(found)) for found in asked({"payloads": questions})["payloads"]]
    ours = [leaves(question) for question in questions]
    differing = [(question, mine, other) for question, mine, other in zip(questions, ours, theirs, strict=True) if mine != other]
    assert not differing, f"{len(differing)} of {len(questions)}: {differing[:3]}"
    assert sum(bool(found) for found in ours) > 50
    assert sum(found is None for found in ours) > 100
