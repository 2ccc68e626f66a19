"""What is expected of a shipment under way, from how punctual this gateway's shipments were."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from edge_agents.delay.forecast import DelayForecaster, Forecast, Handover, Overdue, Past
from gateway import forecast
from gateway.store import shipments
from gateway.store.records import Shipment, ShipmentState
from gateway.store.settings import StoreSettings
from gateway.store.store import Store
from oracle.gs1 import sscc

DAY = 86_400_000
NOW_MS = 20_000 * DAY


class Listens(DelayForecaster):
    """Remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Handover] = []

    def forecast(self, handover: Handover) -> Forecast:
        self.asked.append(handover)
        return Forecast(0.25, ((0.5, 0.0), (0.95, 12.4)), "listens 1.0.0", bytes(32))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store.open(StoreSettings(str(tmp_path / "store.db")), now_ms=lambda: 0, on_condition=lambda *_: None)
    yield store
    store.close()


def trip(number: int, *, opened: int, due: int | None, closed: int | None = None) -> Shipment:
    subject = sscc(f"{10614141234567000 + number:017}").path
    state = ShipmentState.OPEN if closed is None else ShipmentState.CLOSED
    moments = [None if day is None else NOW_MS + day * DAY for day in (opened, closed, due)]
    assert moments[0] is not None
    return Shipment(subject, "reefer-1", "vaccine", moments[0], moments[1], state, deadline_ms=moments[2])


def asked(store: Store, shipment: Shipment, *past: Shipment) -> tuple[Forecast | Overdue | None, list[Handover]]:
    listens = Listens()
    for one in (shipment, *past):
        assert store.write(lambda connection, one=one: shipments.insert(connection, one)).result()  # type: ignore[misc]
    with store.read() as connection:
        return forecast.of_shipment(connection, shipment, NOW_MS, listens), listens.asked


def test_what_was_late_before_counts(store: Store) -> None:
    found, (handover,) = asked(
        store,
        trip(0, opened=-2, due=5),
        trip(1, opened=-20, due=-10, closed=-9),
        trip(2, opened=-20, due=-10, closed=-10),
        trip(3, opened=-20, due=-10),
        trip(4, opened=-20, due=10),
        trip(5, opened=-20, due=None, closed=-1),
        trip(6, opened=-400, due=-390, closed=-300),
    )
    assert found is not None
    assert handover.history.overall == Past(2, 3)
    assert (handover.due - handover.ordered).days == 7 if handover.ordered else False
    assert handover.history.lane == Past()
    assert forecast.sentence(found) == "late with 25% probability; 95% sure: at most 12 days late (by listens 1.0.0)"


@pytest.mark.parametrize("shipment", [trip(0, opened=-2, due=None), trip(0, opened=-20, due=5, closed=-1)])
def test_nothing_is_foretold_without_a_deadline_or_after_the_end(store: Store, shipment: Shipment) -> None:
    assert asked(store, shipment) == (None, [])


def test_a_deadline_that_has_passed_under_way_is_late_already(store: Store) -> None:
    found, listened = asked(store, trip(0, opened=-20, due=-3))
    assert (found, listened) == (Overdue(3 * DAY), [])
    assert found is not None
    assert forecast.sentence(found) == "late already: the deadline passed 3 d ago"


def test_the_shipped_forecaster_answers_and_says_so(store: Store) -> None:
    shipment = trip(0, opened=-2, due=5)
    store.write(lambda connection: shipments.insert(connection, shipment)).result()
    with store.read() as connection:
        found = forecast.of_shipment(connection, shipment, NOW_MS)
    assert found is not None
    assert forecast.sentence(found).endswith("(by delay-logistic 1.0.0)")
