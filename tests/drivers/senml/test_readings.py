"""A pack becomes readings of the device that sent it."""

import pytest

from drivers.reading import Quality, Reading
from drivers.senml import Pack, Record, readings, stated_time_ms
from drivers.senml.errors import BadName, DeviceMismatch, TimeOutOfRange
from drivers.senml.readings import BARE_QUANTITY, quantity_of
from drivers.senml.units import SECONDARY, lookup, to_primary

EVIDENCE = bytes(32)
NOW_MS = 1_700_000_000_000


def of(*records: Record, device: str = "reefer-1", sequence: int | None = None) -> tuple[Reading, ...]:
    return readings(Pack(records, sequence), device=device, now_ms=NOW_MS, evidence=EVIDENCE)


@pytest.mark.parametrize(
    ("name", "quantity"),
    [
        ("temperature", "temperature"),
        ("reefer-1/temperature", "temperature"),
        ("reefer-1:temperature", "temperature"),
        ("urn:dev:ops:reefer-1:temperature", "temperature"),
        ("reefer-1/motor/speed", "motor/speed"),
        ("reefer-1", BARE_QUANTITY),
        ("urn:dev:ops:reefer-1", BARE_QUANTITY),
        ("reefer-12", "reefer-12"),
    ],
)
def test_the_device_prefix_is_removed(name: str, quantity: str) -> None:
    assert quantity_of(name, "reefer-1") == quantity


@pytest.mark.parametrize(
    "name", ["reefer-2/temperature", "reefer-12/temperature", "urn:dev:ops:reefer-2:t", "urn:dev:ops:reefer-12:t", "urn:x"]
)
def test_another_devices_name_is_refused(name: str) -> None:
    with pytest.raises(DeviceMismatch):
        of(Record(name, value=1.0))


def test_a_prefix_with_nothing_behind_it_is_refused() -> None:
    with pytest.raises(BadName):
        of(Record("reefer-1/", value=1.0))


def test_absolute_time_is_good_and_relative_time_is_uncertain() -> None:
    good, uncertain = of(Record("t", time=1_699_999_999.5, value=1.0), Record("t", time=2.0, value=2.0))
    assert (good.time_ms, good.quality) == (1_699_999_999_500, Quality.GOOD)
    assert (uncertain.time_ms, uncertain.quality) == (NOW_MS + 2000, Quality.UNCERTAIN)


def test_readings_are_chronological() -> None:
    assert [reading.value for reading in of(*(Record("t", time=-t, value=t) for t in (1.0, 3.0, 2.0)))] == [3.0, 2.0, 1.0]


def test_a_sum_is_a_reading_of_its_own() -> None:
    value, total, bare = of(Record("power", "W", 0.0, 5.0, 7.0), Record("n", sum=1.0))
    assert (value.quantity, value.unit, value.value) == ("power", "W", 5.0)
    assert (total.quantity, total.unit, total.value) == ("power.sum", "W.s", 7.0)
    assert (bare.quantity, bare.unit) == ("n.sum", "s")


@pytest.mark.parametrize("time", [-1e300, -(2.0**28), 1e300, 253_402_300_800.0])
def test_times_outside_the_calendar_are_refused(time: float) -> None:
    with pytest.raises(TimeOutOfRange):
        of(Record("t", time=time, value=1.0))


def test_relative_time_before_1970_is_refused() -> None:
    with pytest.raises(TimeOutOfRange):
        readings(Pack((Record("t", time=-10.0, value=1.0),)), device="d", now_ms=5000, evidence=EVIDENCE)


def test_stated_time_is_the_devices_own() -> None:
    assert stated_time_ms(Pack((Record("t", time=-1.0), Record("t", time=1_700_000_000.25)))) == 1_700_000_000_250
    assert stated_time_ms(Pack((Record("t"),))) is None


def test_every_secondary_unit_scales_a_registered_one() -> None:
    assert all(lookup(unit.primary) is not None for unit in SECONDARY)
    milli, dbm = lookup("mV"), lookup("dBm")
    assert milli is not None
    assert dbm is not None
    assert to_primary(1500.0, milli) == 1.5
    assert to_primary(30.0, dbm) == 0.0
