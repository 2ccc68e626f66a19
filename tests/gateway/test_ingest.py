from dataclasses import dataclass, field, replace

import pytest

from drivers.driver import Delivery
from drivers.reading import Quality, Reading
from gateway.ingest import Gate, IngestSettings

NOW = 1_800_000_000_000


@dataclass
class Recorder:
    room: bool = True
    taken: list[Delivery] = field(default_factory=list)

    def offer(self, delivery: Delivery) -> bool:
        if self.room:
            self.taken.append(delivery)
        return self.room


READING = Reading("reefer-1", "temperature", 4.5, "Cel", NOW, 7, Quality.GOOD, b"e" * 32)
DELIVERY = Delivery("floor", "devices/reefer-1/senml", b"i" * 32, b"payload", NOW, (READING,), None, lambda: None)


def pass_through(delivery: Delivery, settings: IngestSettings | None = None) -> Delivery:
    sink = Recorder()
    assert Gate(sink, settings or IngestSettings(), frozenset({"reefer-1"}), lambda: NOW).offer(delivery)
    (taken,) = sink.taken
    return taken


def test_a_known_device_with_a_sane_clock_passes_untouched() -> None:
    assert pass_through(DELIVERY) is DELIVERY
    edge = replace(DELIVERY, readings=(replace(READING, time_ms=NOW + 300_000),))
    assert pass_through(edge) is edge


@pytest.mark.parametrize(
    ("change", "reason"),
    [({"device": "reefer-2"}, "unknown-device"), ({"time_ms": NOW + 300_001}, "far-future"), ({"time_ms": 2**62}, "far-future")],
)
def test_a_delivery_with_one_bad_reading_becomes_a_reject_that_keeps_its_payload(change: dict[str, object], reason: str) -> None:
    bad = replace(DELIVERY, readings=(READING, replace(READING, **change)))  # type: ignore[arg-type]
    taken = pass_through(bad)
    assert taken.reject is not None
    assert (taken.reject.reason, taken.readings, taken.payload, taken.identity) == (reason, (), b"payload", b"i" * 32)
    assert taken.acknowledge is bad.acknowledge


def test_refusing_unknown_devices_keeps_no_payload() -> None:
    bad = replace(DELIVERY, readings=(replace(READING, device="stranger"),))
    assert pass_through(bad, IngestSettings(unknown_devices="refuse")).payload == b""


def test_a_full_sink_is_passed_on_to_the_driver() -> None:
    assert not Gate(Recorder(room=False), IngestSettings(), frozenset({"reefer-1"}), lambda: NOW).offer(DELIVERY)


def test_a_device_that_signs_is_believed_only_when_it_does() -> None:
    sink = Recorder()
    gate = Gate(sink, IngestSettings(), frozenset({"reefer-1", "reefer-2"}), lambda: NOW, signing=frozenset({"reefer-1"}))
    signed = replace(DELIVERY, signed=True)
    other = replace(DELIVERY, readings=(replace(READING, device="reefer-2"),))
    for delivery in (signed, DELIVERY, other):
        assert gate.offer(delivery)
    first, second, third = sink.taken
    assert (first, third) == (signed, other)
    assert second.reject is not None
    assert (second.reject.reason, second.readings, second.payload) == ("unsigned", (), b"payload")
