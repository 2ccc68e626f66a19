"""What a simulated device signs, the gateway's own reader verifies; the same seed gives the same bytes."""

import hashlib
from pathlib import Path
from typing import get_args

import pytest

from drivers.errors import PayloadError
from drivers.senml import decode_json, readings, signed
from firmware_sim.device import container
from firmware_sim.errors import KeyRefused
from firmware_sim.scenario import load
from firmware_sim.signer import Algorithm, Signer
from firmware_sim.trip import Measurement, measurements

TRIP = [Measurement(1_000_000_000_000 + i * 1500, 5.0 + i / 8, 60.0, door=i == 1) for i in range(3)]
SCENARIOS = Path(__file__).parents[2] / "config" / "scenarios"


@pytest.mark.parametrize("algorithm", get_args(Algorithm))
def test_a_signed_logger_says_what_the_unsigned_one_says(algorithm: Algorithm) -> None:
    signer = Signer.seeded(algorithm, "c-1", 7)
    key = signed.load_key(signer.public_pem.encode())
    assert key.algorithm == algorithm
    for plain, sent in zip(container("c-1", TRIP).messages, container("c-1", TRIP, signer=signer).messages, strict=True):
        assert sent.topic == "devices/c-1/cose"
        assert signed.key_id(sent.payload) == "c-1"
        evidence = hashlib.sha256(sent.payload).digest()
        expected = readings(decode_json(plain.payload), device="c-1", now_ms=0, evidence=evidence)
        assert signed.verify(sent.payload, "c-1", key) == expected
        with pytest.raises(PayloadError):
            signed.verify(sent.payload, "c-2", key)


@pytest.mark.parametrize("algorithm", get_args(Algorithm))
def test_the_same_seed_signs_the_same_bytes(algorithm: Algorithm) -> None:
    sent = [[m.payload for m in container("c-1", TRIP, signer=Signer.seeded(algorithm, "c-1", seed)).messages] for seed in (1, 1, 2)]
    assert sent[0] == sent[1] != sent[2]
    assert Signer.seeded(algorithm, "c-1", 1).public_pem != Signer.seeded(algorithm, "c-2", 1).public_pem


def test_the_lower_s_is_sent() -> None:
    signer = Signer.seeded("ES256", "c-1", 7)
    signatures = [signer.wrap("c-1", bytes([number]))[-32:] for number in range(20)]
    assert all(int.from_bytes(s) < 2**255 - 2**223 for s in signatures)


def test_the_shipped_scenario_signs() -> None:
    scenario = load(SCENARIOS / "signed.toml")
    assert scenario.sign == "ES256"
    signer = Signer.seeded(scenario.sign, "c-1", 1)
    message = next(iter(container("c-1", measurements(scenario, seed=1, start_ms=1_760_000_000_000), signer=signer).messages))
    found = signed.verify(message.payload, "c-1", signed.load_key(signer.public_pem.encode()))
    assert [one.quantity for one in found] == ["temperature", "humidity", "door"]


def test_a_secret_is_never_shown() -> None:
    assert "secret" not in repr(Signer("EdDSA", b"\x01" * 32))


@pytest.mark.parametrize(
    ("algorithm", "secret"), [("EdDSA", bytes(31)), ("ES256", bytes(33)), ("ES256", bytes(32)), ("ES256", b"\xff" * 32)]
)
def test_what_is_no_private_key_is_refused(algorithm: Algorithm, secret: bytes) -> None:
    with pytest.raises(KeyRefused):
        Signer(algorithm, secret)
