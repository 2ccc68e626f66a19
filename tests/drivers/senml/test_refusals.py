"""Every check refuses, by its own class and its own word."""

import cbor2
import pytest

from drivers.errors import OversizedPayload, PayloadError
from drivers.senml import Limits, Pack, decode_cbor, decode_json, encode_cbor, encode_json, errors

SMALL = Limits(max_bytes=200, max_records=2, max_depth=4, max_name=10)
JSON_CASES = [
    (b'{"n":"x","v":1}', errors.Malformed, "malformed"),
    (b'[{"n":"x","v":1}] x', errors.Malformed, "malformed"),
    (b'[{"n":"x","v":null}]', errors.Malformed, "malformed"),
    (b'[{"n":"x","v":true}]', errors.Malformed, "malformed"),
    (b'[{"n":"x","v":NaN}]', errors.Malformed, "malformed"),
    (b'[{"n":"x","v":1e999}]', errors.Malformed, "malformed"),
    (b'[{"n":"x","vs":"\xff"}]', errors.Malformed, "malformed"),
    (b'[{"n":"x","v":1,"y":"\xff"}]', errors.Malformed, "malformed"),
    (b'[{"n":"x","vd":"a+b="}]', errors.Malformed, "malformed"),
    (b'[{"n":"x","vd":"a"}]', errors.Malformed, "malformed"),
    (b'[{"n":"x","vd":1}]', errors.Malformed, "malformed"),
    (b'[{"n":"x","v":1,"seq":-1}]', errors.Malformed, "malformed"),
    (b'[{"n":"x","v":1,"seq":"1"}]', errors.Malformed, "malformed"),
    (b"[]", errors.EmptyPack, "malformed"),
    (b'[{"bn":"x"}]', errors.EmptyPack, "malformed"),
    (b'[{"n":"x"}]', errors.NoValue, "no-value"),
    (b"[{}]", errors.NoValue, "no-value"),
    (b'[{"n":"x","v":1,"vb":true}]', errors.SeveralValues, "several-values"),
    (b'[{"n":"x","vs":"a","vb":true}]', errors.SeveralValues, "several-values"),
    (b'[{"n":"x","v":1},{"n":"x","v":1},{"n":"x","v":1}]', errors.TooManyRecords, "oversized"),
    (b'[{"n":"x","v":1,"y":[[[1]]]}]', errors.TooDeep, "too-deep"),
    (b'[{"n":"x","v":1,"v":2}]', errors.DuplicateLabel, "duplicate-label"),
    (b'[{"n":"x","v":1,"v" :2}]', errors.DuplicateLabel, "duplicate-label"),
    (b'[{"n":"x","v":1,"\\u0076":2}]', errors.DuplicateLabel, "duplicate-label"),
    (b'[{"n":"x","v":1,"y_":2}]', errors.MustUnderstand, "must-understand"),
    (b'[{"n":"x","v":1,"y\\u005f":2}]', errors.MustUnderstand, "must-understand"),
    (b'[{"n":"x","v":1,"bver":11}]', errors.UnsupportedVersion, "unsupported-version"),
    (b'[{"n":"x","v":1,"bver":0}]', errors.UnsupportedVersion, "unsupported-version"),
    (b'[{"n":"x","v":1,"bver":5},{"n":"y","v":1,"bver":6}]', errors.MixedVersions, "unsupported-version"),
    (b'[{"n":"-x","v":1}]', errors.BadName, "bad-name"),
    (b'[{"n":"x\\n","v":1}]', errors.BadName, "bad-name"),
    (b'[{"n":"xxxxxxxxxxx","v":1}]', errors.BadName, "bad-name"),
    (b'[{"bv":1e308,"n":"x","v":1e308}]', errors.NotFinite, "not-finite"),
    (b'[{"bs":1e308,"n":"x","s":1e308}]', errors.NotFinite, "not-finite"),
    (b'[{"bt":1e308,"n":"x","t":1e308,"v":1}]', errors.NotFinite, "not-finite"),
    (b" " * 201, OversizedPayload, "oversized"),
]
CBOR_CASES = [
    (cbor2.dumps({0: "x"}), errors.Malformed, "malformed"),
    (cbor2.dumps([1]), errors.Malformed, "malformed"),
    (cbor2.dumps([{0: "x", 2: 1}]) + b"\0", errors.Malformed, "malformed"),
    (cbor2.dumps([{0: "x", 2: None}]), errors.Malformed, "malformed"),
    (cbor2.dumps([{0: "x", 2: True}]), errors.Malformed, "malformed"),
    (cbor2.dumps([{0: "x", True: "Cel", 2: 1}]), errors.Malformed, "malformed"),
    (cbor2.dumps([{0: "x", 2.0: 1}]), errors.Malformed, "malformed"),
    (cbor2.dumps([{0: "x", "v": 1}]), errors.Malformed, "malformed"),
    (cbor2.dumps([{0: "x", 8: "aGk"}]), errors.Malformed, "malformed"),
    (cbor2.dumps([{0: "x", 2: 10**400}]), errors.Malformed, "malformed"),
    (cbor2.dumps([{0: "x", 2: 1, "y": cbor2.CBORTag(28, [])}]), errors.Malformed, "malformed"),
    (b"\x81\xa2\x00\x61\xff\x02\x01", errors.Malformed, "malformed"),
    (b"\x81\xa3\x00\x61x\x02\x01\x02\x02", errors.DuplicateLabel, "duplicate-label"),
    (cbor2.dumps([{0: "x", 2: 1, "y": [[[1]]]}]), errors.TooDeep, "too-deep"),
    (cbor2.dumps([{0: "x", 2: 1, "y_": 1}]), errors.MustUnderstand, "must-understand"),
    (cbor2.dumps([{0: "x", 2: float("nan")}]), errors.NotFinite, "not-finite"),
    (cbor2.dumps([{0: "x", 2: cbor2.CBORTag(4, [400, 1])}]), errors.NotFinite, "not-finite"),
    (cbor2.dumps([{0: "x", 2: 1, 6: float("inf")}]), errors.NotFinite, "not-finite"),
    (cbor2.dumps([{0: "x", 2: 1, 7: float("inf")}]), errors.NotFinite, "not-finite"),
    (cbor2.dumps([]), errors.EmptyPack, "malformed"),
    (bytes(201), OversizedPayload, "oversized"),
]


@pytest.mark.parametrize(("data", "refusal", "reason"), JSON_CASES)
def test_json_is_refused(data: bytes, refusal: type[PayloadError], reason: str) -> None:
    with pytest.raises(refusal) as caught:
        decode_json(data, SMALL)
    assert caught.value.reason == reason


@pytest.mark.parametrize(("data", "refusal", "reason"), CBOR_CASES)
def test_cbor_is_refused(data: bytes, refusal: type[PayloadError], reason: str) -> None:
    with pytest.raises(refusal) as caught:
        decode_cbor(data, SMALL)
    assert caught.value.reason == reason


@pytest.mark.parametrize("encode", [encode_json, encode_cbor])
def test_an_empty_pack_is_not_written(encode: object) -> None:
    assert callable(encode)
    with pytest.raises(errors.EmptyPack):
        encode(Pack(()))


def test_decimal_fractions_and_unknown_fields_are_read() -> None:
    pack = decode_cbor(cbor2.dumps([{0: "x", 2: cbor2.CBORTag(4, [-2, 2315]), "seq": 7, "y": 1, 99: 1}]))
    assert (pack.records[0].value, pack.sequence) == (23.15, 7)
    assert decode_json(b'[{"n":"x","v":1,"y":{"v":2},"seq":7}]').sequence == 7
