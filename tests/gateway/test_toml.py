from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

import msgspec
import pytest

from gateway import toml
from gateway.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Inner:
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)] = 1883
    host: str = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Outer:
    name: str
    mqtt: Inner = field(default_factory=Inner)
    lines: tuple[Inner, ...] = ()
    spare: Inner | None = None
    words: tuple[str, ...] = ()
    level: Literal["debug", "info"] = "info"
    seconds: Annotated[float, msgspec.Meta(ge=0)] = 1.0
    tables: dict[str, Inner] = field(default_factory=dict)


def test_a_good_document_becomes_the_record() -> None:
    assert toml.parse({"name": "box", "lines": [{"port": 2}]}, Outer, "x.toml") == Outer("box", lines=(Inner(2),))


@pytest.mark.parametrize(
    ("document", "key", "words"),
    [
        ({"name": "b", "mqtt": {"prot": 1}}, "mqtt.prot", "did you mean 'port'?"),
        ({"name": "b", "lines": [{}, {"hots": ""}]}, "lines[1].hots", "did you mean 'host'?"),
        ({"name": "b", "spare": {"zzz": 1}}, "spare.zzz", "known here: host, port"),
        ({"name": "b", "mqtt": {"port": 0}}, "mqtt.port", "expected `int` >= 1"),
        ({"name": 3}, "name", "expected `str`"),
        ({}, "name", "is missing"),
        ({"name": "b", "words": ["x", 3]}, "words[1]", "expected `str`"),
        ({"name": "b", "tables": {"one": {"prot": 1}}}, "tables.one.prot", "did you mean 'port'?"),
        ({"name": "b", "spare": 3}, "spare", "expected `object | null`"),
        ({"name": "b", "level": "inof"}, "level", "did you mean 'info'?"),
        ({"name": "b", "level": "zzz"}, "level", "known here: debug, info"),
        ({"name": "b", "seconds": float("inf")}, "seconds", "inf is not a finite number"),
    ],
)
def test_a_bad_document_is_refused_naming_file_key_reason_and_remedy(document: dict[str, object], key: str, words: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        toml.parse(document, Outer, "gateway.toml")
    assert refusal.value.key == key
    assert str(refusal.value).startswith("gateway.toml")
    assert words in str(refusal.value)


def test_every_problem_of_a_document_is_told() -> None:
    document = {"nam": "b", "mqtt": {"port": 0, "host": 3}, "lines": [{"port": "x"}]}
    assert [one.key for one in toml.problems(document, Outer, "x")] == ["nam", "mqtt.port", "mqtt.host", "lines[0].port", "name"]


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"\xff", "not UTF-8"), (b"a = ", "not TOML"), (b"#" * (toml.MAX_BYTES + 1), "bytes long"), (None, "cannot be read")],
)
def test_a_file_that_cannot_be_used_is_refused(tmp_path: Path, content: bytes | None, words: str) -> None:
    path = tmp_path / "gateway.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError, match=words):
        toml.load(path, Outer)
