"""Properties: what is encoded is decoded again; whatever the bytes, only our refusals come out."""

import json
from contextlib import suppress

from hypothesis import example, given
from hypothesis import strategies as st

from drivers.errors import PayloadError
from drivers.senml import Limits, Pack, Record, decode_cbor, decode_json, encode_cbor, encode_json, readings

names = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9:./_-]{0,20}", fullmatch=True)
numbers = st.floats(allow_nan=False, allow_infinity=False)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
records = st.builds(
    Record,
    name=names,
    unit=st.sampled_from(["", "Cel", "%RH", "furlong"]),
    time=numbers,
    value=st.one_of(numbers, st.booleans(), texts, st.binary(max_size=20)),
    sum=st.none() | numbers,
    update_time=st.none() | numbers,
)
packs = st.builds(
    Pack,
    records=st.lists(records, min_size=1, max_size=4).map(tuple),
    sequence=st.none() | st.integers(0, 2**63 - 1),
    version=st.integers(1, 10),
)
EVIDENCE = bytes(32)


@given(packs)
def test_json_gives_the_same_pack_back(pack: Pack) -> None:
    assert decode_json(encode_json(pack)) == pack


@given(packs)
def test_cbor_gives_the_same_pack_back(pack: Pack) -> None:
    assert decode_cbor(encode_cbor(pack)) == pack


@given(st.binary(max_size=200) | texts.map(str.encode))
@example(b"[" * 5000)
@example(b'[{"n":"x","v":1,"x":' + b"[" * 5000 + b"]" * 5000 + b"}]")
@example(b'[{"n":"x","v":1,"x":"\xff"}]')
@example(b'[{"n":"x","vs":"\xff"}]')
@example(b'[{"n":"x","vs":"\\ud800"}]')
@example(b'{"n":"x","v":1}')
@example(b"null")
def test_arbitrary_json_bytes_are_refused_by_name(data: bytes) -> None:
    with suppress(PayloadError):
        decode_json(data)


@given(st.binary(max_size=200))
@example(b"\x81" * 5000)
@example(b"\x9b\x7f\xff\xff\xff\xff\xff\xff\xff")
@example(b"\x81\xa2\x00\x61x\x02\xc5\x82\x1b\x7f\xff\xff\xff\xff\xff\xff\xff\x01")
@example(b"\x81\xa2\x00\x61x\x02\xc2\x58\x82" + b"\xff" * 130)
def test_arbitrary_cbor_bytes_are_refused_by_name(data: bytes) -> None:
    with suppress(PayloadError):
        decode_cbor(data)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
labels = st.sampled_from(["bn", "bt", "bu", "bv", "bs", "bver", "n", "u", "v", "vs", "vb", "vd", "s", "t", "ut", "seq", "x", "x_"])


@given(st.lists(st.dictionaries(labels, json_values, max_size=4), max_size=3))
def test_any_document_becomes_readings_or_a_refusal(document: list[dict[str, object]]) -> None:
    try:
        pack = decode_json(json.dumps(document).encode())
        found = readings(pack, device="d", now_ms=1_700_000_000_000, evidence=EVIDENCE)
    except PayloadError:
        return
    assert found
    assert list(found) == sorted(found, key=lambda reading: reading.time_ms)


pairs = st.lists(st.tuples(labels, st.sampled_from(["1", '"a"', "true", '"YQ"', '{"n":1}'])), min_size=1, max_size=5)


@given(pairs, st.sampled_from(["", " ", "\n"]))
def test_the_fast_path_never_hides_an_unknown_or_repeated_label(fields: list[tuple[str, str]], space: str) -> None:
    text = "[{" + ",".join(f'"{label}"{space}:{space}{value}' for label, value in fields) + "}]"
    stated = [label for label, _ in fields]
    wrong = len(set(stated)) != len(stated) or "x_" in stated
    try:
        decode_json(text.encode(), Limits())
    except PayloadError:
        return
    assert not wrong
