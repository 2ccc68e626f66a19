import json
import tarfile
from typing import Any

import pytest

from lightclient.execution import rlp
from lightclient.execution.errors import MalformedRlp
from tests.vectors import vectors


def read(name: str) -> dict[str, Any]:
    with tarfile.open(vectors("ethereum", "ethereum-tests.tar.gz")) as archive:
        member = archive.extractfile(f"ethereum-tests/RLPTests/{name}.json")
        assert member is not None
        found: dict[str, Any] = json.loads(member.read())
        return found


def encodable(value: Any) -> Any:
    if isinstance(value, list):
        return [encodable(entry) for entry in value]
    if isinstance(value, int):
        return rlp.encode_uint(value)
    return rlp.encode_uint(int(value[1:])) if value.startswith("#") else value.encode()


def test_official_values_have_their_encoding() -> None:
    for name, case in read("rlptest").items():
        raw = bytes.fromhex(case["out"][2:])
        assert rlp.encode(encodable(case["in"])) == raw, name
        assert rlp.decode(raw) == encodable(case["in"]), name


def test_official_encodings_that_are_invalid_are_refused() -> None:
    for name, case in read("invalidRLPTest").items():
        with pytest.raises(MalformedRlp):
            pytest.fail(f"{name}: {rlp.decode(bytes.fromhex(case['out'].removeprefix('0x')))!r}")


@pytest.mark.parametrize("depth", [rlp.MAX_NESTING + 1, 50])
def test_lists_deeper_than_any_message_are_refused(depth: int) -> None:
    raw = b"".join(bytes([0xC0 + inner]) for inner in range(depth, -1, -1))
    with pytest.raises(MalformedRlp, match="nest"):
        rlp.decode(raw)


def test_more_items_than_any_message_has_are_refused() -> None:
    assert rlp.decode(rlp.encode([b""] * rlp.MAX_ITEMS)) == [b""] * rlp.MAX_ITEMS
    with pytest.raises(MalformedRlp, match="items"):
        rlp.decode(rlp.encode([[b""] * rlp.MAX_ITEMS]))
