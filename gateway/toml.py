"""Turns a TOML file into a frozen settings record, or into one message that names file, key, reason and remedy.

Types and bounds are those of the record's annotations (msgspec); unknown keys are refused with the nearest known name.
"""

import dataclasses
import difflib
import math
import tomllib
import types
import typing
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from gateway.errors import ConfigError

MAX_BYTES = 1 << 20
"""A settings file larger than this is a mistake."""

T = TypeVar("T")


def load(path: Path, record: type[T]) -> T:
    """Returns the settings that a file holds.

    Raises:
        ConfigError: the file cannot be read, is not TOML, has an unknown key or a value that does not fit.
    """
    return parse(read(path), record, path)


def read(path: Path) -> dict[str, Any]:
    """Returns a TOML file as it stands.

    Raises:
        ConfigError: the file cannot be read or is not TOML.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ConfigError(path, "", f"cannot be read: {error.strerror}", "give the file's path with --config") from error
    if len(raw) > MAX_BYTES:
        raise ConfigError(path, "", f"is {len(raw)} bytes long, more than {MAX_BYTES}", "a settings file is a page or two")
    try:
        return tomllib.loads(raw.decode())
    except UnicodeDecodeError as error:
        raise ConfigError(path, "", f"is not UTF-8 at byte {error.start}", "save it as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(path, "", f"is not TOML: {error}") from error


def parse(data: dict[str, Any], record: type[T], file: Path | str) -> T:
    """Returns the record that a parsed TOML document describes.

    Raises:
        ConfigError: an unknown key, with the nearest known name; a value that does not fit its key; or a key that is missing.
    """
    for problem in problems(data, record, file):
        raise problem
    return msgspec.convert(data, record)


def problems(data: dict[str, Any], record: type, file: Path | str) -> list[ConfigError]:
    """Returns everything in a parsed TOML document that does not fit the record, in the document's order."""
    return [ConfigError(file, *found) for found in _walk(data, record, "")]


def _walk(value: Any, annotation: Any, path: str) -> Iterator[tuple[str, str, str]]:
    """Yields key, reason and remedy of each misfit, walking the document beside the record's annotations."""
    record = _record_of(annotation)
    inner = typing.get_args(annotation)
    if record is not None and isinstance(value, dict):
        yield from _walk_record(value, record, path)
    elif isinstance(value, dict) and typing.get_origin(annotation) is dict:
        for key, one in value.items():
            yield from _walk(one, inner[1], _join(path, key))
    elif isinstance(value, list) and inner and _record_of(inner[0]) is not None:
        for number, one in enumerate(value):
            yield from _walk(one, inner[0], f"{path}[{number}]")
    else:
        yield from _walk_value(value, annotation, path)


def _walk_value(value: Any, annotation: Any, path: str) -> Iterator[tuple[str, str, str]]:
    try:
        msgspec.convert(value, annotation)
    except msgspec.ValidationError as error:
        reason, _, where = str(error).partition(" - at `$")
        choices = [str(one) for one in typing.get_args(annotation)] if typing.get_origin(annotation) is typing.Literal else []
        yield path + where.rstrip("`"), reason[0].lower() + reason[1:], nearest(str(value), choices) if choices else ""
    else:
        # TOML has inf and nan; no setting does.
        if isinstance(value, float) and not math.isfinite(value):
            yield path, f"{value} is not a finite number", ""


def _walk_record(value: dict[str, Any], record: Any, path: str) -> Iterator[tuple[str, str, str]]:
    hints = typing.get_type_hints(record, include_extras=True)
    for key, one in value.items():
        if key in hints:
            yield from _walk(one, hints[key], _join(path, key))
        else:
            yield _join(path, key), "is not a known key", nearest(key, list(hints))
    for one in dataclasses.fields(record):
        if one.name not in value and one.default is one.default_factory is dataclasses.MISSING:
            yield _join(path, one.name), "is missing", "it has no default"


def _record_of(annotation: Any) -> type | None:
    """Returns the dataclass that an annotation names, also inside an optional one."""
    if isinstance(annotation, type) and dataclasses.is_dataclass(annotation):
        return annotation
    if typing.get_origin(annotation) in {typing.Union, types.UnionType}:
        return next((record for arg in typing.get_args(annotation) if (record := _record_of(arg))), None)
    return None


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def nearest(key: str, known: Sequence[str]) -> str:
    """Returns a hint: the known name that resembles the key, or all that are known."""
    near = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
    return f"did you mean {near[0]!r}?" if near else f"known here: {', '.join(sorted(known))}"
