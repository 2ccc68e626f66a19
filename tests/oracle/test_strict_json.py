"""JSON of strangers is read in one way or refused."""

import pytest

from oracle import strict_json
from oracle.errors import MalformedDocumentError


def test_what_is_json_is_read() -> None:
    assert strict_json.parse(b' {"a": [1, 2.5, null, "[[[["]}\n', depth=2) == {"a": [1, 2.5, None, "[[[["]}


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "not JSON"),
        (b"{]", "not JSON"),
        (b'{"a": 1, "a": 1}', "a name occurs twice in one object"),
        (b'[{"b": 1, "b": 0}]', "a name occurs twice in one object"),
        (b"[NaN]", "NaN is no number"),
        (b"-Infinity", "-Infinity is no number"),
        (b'"\xff"', "not JSON"),
        (b"\xef\xbb\xbf{}", "BOM"),
        ("{}".encode("utf-16"), "not JSON"),
        (b"[[[]]]", "nests deeper than 2"),
        (b"[" * 1_000_000, "nests deeper than 2"),
    ],
)
def test_anything_else_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(MalformedDocumentError, match=reason):
        strict_json.parse(data, depth=2)
