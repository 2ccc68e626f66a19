"""The suites of bls12-381-tests that the light client has no function for, on the very operations that its backend is made of.

A light client neither signs nor aggregates signatures, and verifies one message at a time; so `sign`, `aggregate`, `aggregate_verify`,
`batch_verify`, `hash_to_G2` and `deserialization_G2` have no counterpart in `lightclient.bls`. They are built here from pyblst's points and
pairings, as the backend builds its own functions, and thereby say whether those are right. The other suites are in `test_bls`.
"""

from functools import reduce
from operator import mul
from typing import Any

import pyblst
import pytest

from lightclient.bls.backend import DST, INFINITY_PUBKEY
from lightclient.bls.pyblst_backend import GENERATOR, PyblstBackend
from tests.lightclient.synthetic import ORDER
from tests.lightclient.test_bls import cases, unhex

BLS = PyblstBackend()
MODULUS = 0x1A0111EA397FE69A4B1BA7B6434BACD764774B84F38512BF6730D2A0F6B0F6241EABFFFEB153FFFFB9FEFFFFFFFFAAAB
HASH_DST = b"QUUX-V01-CS02-with-BLS12381G2_XMD:SHA-256_SSWU_RO_"
"""Domain separation tag of RFC 9380's own examples, appendix J.10.1."""


def point(signature: bytes) -> Any:
    return pyblst.BlstP2Element().uncompress(signature)


def hashed(message: bytes, tag: bytes = DST) -> Any:
    return pyblst.BlstP2Element().hash_to_group(message, tag)


@pytest.mark.parametrize("case", cases("sign"))
def test_sign(case: Any) -> None:
    secret = int(case["input"]["privkey"], 16)
    if not 0 < secret < ORDER:
        assert case["output"] is None
        return
    assert bytes(hashed(unhex(case["input"]["message"])).scalar_mul(secret).compress()) == unhex(case["output"])


@pytest.mark.parametrize("case", cases("aggregate"))
def test_aggregate(case: Any) -> None:
    try:
        points = [point(unhex(signature)) for signature in case["input"]]
    except ValueError:
        points = []
    if case["output"] is None:
        assert not points
        return
    assert bytes(sum(points, pyblst.BlstP2Element()).compress()) == unhex(case["output"])


@pytest.mark.parametrize("case", cases("aggregate_verify"))
def test_aggregate_verify(case: Any) -> None:
    keys = [unhex(key) for key in case["input"]["pubkeys"]]
    messages = [unhex(message) for message in case["input"]["messages"]]
    assert _aggregate_verify(keys, messages, unhex(case["input"]["signature"])) == case["output"]


def _aggregate_verify(keys: list[bytes], messages: list[bytes], signature: bytes) -> bool:
    if not keys or len(keys) != len(messages) or INFINITY_PUBKEY in keys:
        return False
    try:
        decoded, signed = [pyblst.BlstP1Element().uncompress(key) for key in keys], point(signature)
    except ValueError:
        return False
    pairings = [pyblst.miller_loop(key, hashed(message)) for key, message in zip(decoded, messages, strict=True)]
    return bool(pyblst.final_verify(reduce(mul, pairings), pyblst.miller_loop(pyblst.BlstP1Element().uncompress(GENERATOR), signed)))


@pytest.mark.parametrize("case", cases("batch_verify"))
def test_batch_verify(case: Any) -> None:
    given = case["input"]
    sets = zip(given["pubkeys"], given["messages"], given["signatures"], strict=True)
    results = [BLS.fast_aggregate_verify([unhex(key)], unhex(message), unhex(signature)) for key, message, signature in sets]
    assert all(results) == case["output"]


@pytest.mark.parametrize("case", cases("hash_to_G2"))
def test_hash_to_g2(case: Any) -> None:
    x0, x1 = (int(part, 16) for part in case["output"]["x"].split(","))
    y0, y1 = (int(part, 16) for part in case["output"]["y"].split(","))
    larger = y1 > MODULUS // 2 if y1 else y0 > MODULUS // 2
    compressed = bytearray(x1.to_bytes(48, "big") + x0.to_bytes(48, "big"))
    compressed[0] |= 0x80 | (0x20 if larger else 0)
    assert bytes(hashed(case["input"]["msg"].encode(), HASH_DST).compress()) == bytes(compressed)


@pytest.mark.parametrize("case", cases("deserialization_G2"))
def test_deserialization_g2(case: Any) -> None:
    try:
        point(unhex(case["input"]["signature"]))
        accepted = True
    except ValueError:
        accepted = False
    assert accepted == case["output"]
