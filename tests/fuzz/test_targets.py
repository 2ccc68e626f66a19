"""Every fuzz target on its seeds, on what hypothesis makes of them, and on bytes out of nothing."""

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.seeds import SEEDS
from tests.fuzz.targets import TARGETS

LESS = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
ALTERATIONS = 25


@pytest.mark.parametrize("name", TARGETS)
def test_seeds_pass_and_are_there(name: str) -> None:
    found = list(SEEDS[name]())
    assert found
    for seed in found:
        TARGETS[name](seed)


@pytest.mark.parametrize("name", TARGETS)
def test_altered_seeds_are_values_or_refusals(name: str) -> None:
    generator = random.Random(name)
    for seed in list(SEEDS[name]())[:4]:
        for _ in range(ALTERATIONS):
            data = bytearray(seed)
            for _ in range(generator.randrange(1, 4)):
                place = generator.randrange(len(data))
                match generator.randrange(4):
                    case 0:
                        data[place] ^= 1 << generator.randrange(8)
                    case 1:
                        del data[place : place + generator.randrange(1, 40)]
                    case 2:
                        data[place:place] = generator.randbytes(generator.randrange(1, 9))
                    case _:
                        data[place : place + 1] = generator.choice([b"\0", b"\xff", b"[", b"}", b'"', b"9" * 30, b"\\u0000"])
                data = data or bytearray(b"\0")
            TARGETS[name](bytes(data))


@pytest.mark.parametrize("name", TARGETS)
@LESS
@given(data=st.binary(max_size=300) | st.text(max_size=200).map(str.encode))
def test_bytes_out_of_nothing_are_values_or_refusals(name: str, data: bytes) -> None:
    TARGETS[name](data)
