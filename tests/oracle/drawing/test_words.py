import pytest

from oracle.drawing import words

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000


@pytest.mark.parametrize(
    ("milliseconds", "said"),
    [
        (-5, "0 s"),
        (0, "0 s"),
        (59_999, "59 s"),
        (MINUTE, "1 min"),
        (HOUR, "1 h"),
        (HOUR + 5 * MINUTE, "1 h 5 min"),
        (DAY, "1 d"),
        (52 * HOUR, "2 d 4 h"),
    ],
)
def test_durations(milliseconds: int, said: str) -> None:
    assert words.duration(milliseconds) == said


@pytest.mark.parametrize(
    ("passed", "said"), [(-1000, "just now"), (9_999, "just now"), (19_000, "10 s ago"), (61_000, "1 min ago"), (3 * DAY, "3 d ago")]
)
def test_ages(passed: int, said: str) -> None:
    assert words.age(1_000_000, 1_000_000 + passed) == said


def test_numbers() -> None:
    assert words.number(-1234.56) == "\u22121\u202f234.6"
    assert words.number(-0.2, 0) == "0"
    assert words.number(float("nan")) == "?"
    assert words.plural(1, "reading") == "1 reading"
    assert words.plural(2500, "reading") == "2\u202f500 readings"


@pytest.mark.parametrize(
    ("time_ms", "step", "said"), [(DAY, HOUR, "2 Jan"), (DAY, 400 * DAY, "2 Jan 1970"), (HOUR, HOUR, "01:00"), (1000, 1000, "00:00:01")]
)
def test_times_on_an_axis(time_ms: int, step: int, said: str) -> None:
    assert words.clock(time_ms, step) == said


@pytest.mark.parametrize("time_ms", [-(1 << 63), (1 << 63) - 1])
def test_a_device_may_claim_any_time(time_ms: int) -> None:
    assert words.moment(time_ms).endswith("UTC")


def test_names() -> None:
    assert words.short(bytes(4)) == "0x00000000"
    assert words.short(b"\x12" * 32) == "0x12121212…121212"
    assert words.quantity("relative_humidity") == "Relative humidity"
    assert words.quantity("frame/") == "Inspection frames"
    assert words.unit("Cel") == "°C"
    assert words.subject("01/09506000134352/10/L%2F1") == "Lot L/1 of 09506000134352"
    assert words.subject("01/09506000134352/21/7") == "Item 7 of 09506000134352"
    assert words.subject("00/106141412345678908") == "Shipment 106141412345678908"
    assert words.subject("else") == "else"


def test_a_door_is_open_or_closed_and_a_pump_on_or_off() -> None:
    assert [words.truth("door", value=value) for value in (False, True)] == ["closed", "open"]
    assert [words.truth("pump", value=value) for value in (False, True)] == ["off", "on"]


@pytest.mark.parametrize(
    ("time_ms", "said"),
    [
        (1_893_456_000_000, "2030-01-01 00:00:00 UTC"),
        (1_795_824_061_748, "2026-11-28 00:01:01.748 UTC"),
        (-1, "1969-12-31 23:59:59.999 UTC"),
        (1 << 62, "9999-12-31 23:59:59.904 UTC"),
    ],
)
def test_instants(time_ms: int, said: str) -> None:
    assert words.instant(time_ms) == said
