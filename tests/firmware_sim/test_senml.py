import json
import math

import pytest

from drivers.senml import decode_json, readings
from firmware_sim.errors import NameRefused
from firmware_sim.senml import Value, pack


def test_the_exact_bytes_of_a_pack() -> None:
    values: list[tuple[str, str, Value]] = [("temperature", "Cel", 5.1), ("door", "", False), ("state", "", "ok")]
    assert pack("c-1", 1_700_000_000_500, 7, values) == (
        b'[{"bn":"c-1/","bt":1700000000.5,"seq":7,"n":"temperature","u":"Cel","v":5.1},{"n":"door","vb":false},{"n":"state","vs":"ok"}]'
    )


def test_the_drivers_decoder_reads_what_the_encoder_wrote() -> None:
    data = pack("c-1", 1_700_000_000_500, 7, [("temperature", "Cel", 5.1), ("door", "", True)])
    found = readings(decode_json(data), device="c-1", now_ms=0, evidence=bytes(32))
    assert [(r.quantity, r.value, r.time_ms, r.sequence) for r in found] == [
        ("temperature", 5.1, 1_700_000_000_500, 7),
        ("door", True, 1_700_000_000_500, 7),
    ]


@pytest.mark.parametrize("name", ["", "a/b", "a b", "+", "#", "é", "-x", "x" * 81])
def test_names_that_no_topic_carries_are_refused(name: str) -> None:
    with pytest.raises(NameRefused):
        pack(name, 0, 0, [("temperature", "Cel", 1.0)])
    with pytest.raises(NameRefused):
        pack("c-1", 0, 0, [(name, "Cel", 1.0)])


def test_what_json_cannot_hold_is_not_sent() -> None:
    with pytest.raises(ValueError, match="JSON"):
        pack("c-1", 0, 0, [("temperature", "Cel", math.nan)])


def test_milliseconds_survive() -> None:
    for time_ms in range(1_700_000_000_000, 1_700_000_000_100):
        assert round(json.loads(pack("c", time_ms, 0, [("t", "Cel", 1.0)]))[0]["bt"] * 1000) == time_ms
