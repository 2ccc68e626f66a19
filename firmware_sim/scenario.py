"""A Scenario: a trip as data, `config/scenarios/*.toml`. Its loader is the only code here that reads a file."""

import tomllib
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from firmware_sim.climate import Climate
from firmware_sim.container import Parameters
from firmware_sim.errors import ScenarioRefused
from firmware_sim.sensor import Sensor
from firmware_sim.signer import Algorithm

LIMIT = 64 * 1024
"""Largest scenario that is read, in bytes."""


@dataclass(frozen=True, slots=True)
class Opening:
    """Somebody opens the door."""

    hour: Annotated[float, Meta(ge=0, le=8760)]
    """Since the trip began."""
    minutes: Annotated[float, Meta(gt=0, le=100_000)]
    """Until it is closed again."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A trip of one container."""

    name: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
    """As the file is called."""
    title: Annotated[str, Meta(min_length=1, max_length=200)]
    """What happens, in one line."""
    hours: Annotated[float, Meta(gt=0, le=8760)] = 72.0
    """How long the trip lasts."""
    sample_seconds: Annotated[int, Meta(ge=5, le=86_400)] = 300
    """Between two measurements; a multiple of the integration step of 5 seconds."""
    departure_hour: Annotated[float, Meta(ge=0, lt=24)] = 8.0
    """Hour of the day at which the trip begins."""
    container: Parameters = field(default_factory=Parameters)
    """The machine and its load."""
    climate: Climate = field(default_factory=Climate)
    """The way it goes."""
    weather: Annotated[float, Meta(ge=0, le=10)] = 1.0
    """How far, in kelvin, the weather strays from the climate (standard deviation, over hours)."""
    temperature_sensor: Sensor = field(default_factory=lambda: Sensor(lag_s=120.0, noise=0.05, resolution=0.1))
    """In the air, degrees Celsius."""
    humidity_sensor: Sensor = field(default_factory=lambda: Sensor(lag_s=60.0, noise=0.4, resolution=0.5))
    """In the air, percent."""
    door: tuple[Opening, ...] = ()
    """When the door is opened."""
    sign: Algorithm | None = None
    """How the logger signs what it sends; without it, not at all."""


def parse(data: bytes, path: Path) -> Scenario:
    """Returns the scenario in `data`; `path` is named in refusals.

    Raises:
        ScenarioRefused: not TOML, an unknown key, or a value out of bounds.
    """
    try:
        document = tomllib.loads(data.decode())
        found = msgspec.convert(document, Scenario)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise ScenarioRefused(path, str(error)) from error
    unknown = _unknown(document)
    if unknown:
        raise ScenarioRefused(path, f"unknown key {unknown}")
    if found.sample_seconds % 5:
        raise ScenarioRefused(path, f"sample_seconds {found.sample_seconds} is no multiple of 5")
    return found


def load(path: Path) -> Scenario:
    """Returns the scenario at `path`.

    Raises:
        ScenarioRefused: the file cannot be read, is larger than 64 KiB, or is not what `parse` accepts.
    """
    try:
        with path.open("rb") as file:
            data = file.read(LIMIT + 1)
    except OSError as error:
        raise ScenarioRefused(path, error.strerror or str(error)) from error
    if len(data) > LIMIT:
        raise ScenarioRefused(path, f"larger than {LIMIT} bytes")
    return parse(data, path)


_RECORDS: dict[str, type] = {
    "container": Parameters,
    "climate": Climate,
    "temperature_sensor": Sensor,
    "humidity_sensor": Sensor,
    "door": Opening,
}
"""Which record each table of the file fills."""


def _unknown(document: dict[str, object]) -> str | None:
    """Returns the first key that no record knows, as a dotted path."""
    tables: list[tuple[str, type, Any]] = [("", Scenario, document)]
    for name, record in _RECORDS.items():
        value = document.get(name, {})
        tables += [(f"{name}.", record, table) for table in (value if isinstance(value, list) else [value])]
    for prefix, record, table in tables:
        known = {one.name for one in fields(record)}
        for key in table:
            if key not in known:
                return prefix + str(key)
    return None
