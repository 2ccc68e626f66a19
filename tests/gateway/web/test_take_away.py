"""What a shipment's page gives away: the label of its bundle, and while it is under way a forecast."""

import asyncio
import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.store import bundles, shipments
from gateway.store.records import Bundle, Shipment
from gateway.store.settings import StoreSettings
from gateway.store.store import Store
from gateway.web.dashboard import Dashboard
from gateway.web.errors import NotFoundError
from gateway.web.settings import WebSettings
from oracle.bundle_codec import dumps_json
from tests.gateway.web.scene import NOW_MS, Scene
from tests.oracle.bundle_fixture import shipment

SSCC = "106141412345678908"


@pytest.fixture
def dashboard(tmp_path: Path) -> Iterator[Dashboard]:
    store = Store.open(StoreSettings(str(tmp_path / "store.db")), now_ms=lambda: NOW_MS, on_condition=lambda *_: None)
    trip = Shipment(f"00/{SSCC}", "reefer-1", "vaccine", NOW_MS - 3_600_000, deadline_ms=NOW_MS + 86_400_000)
    store.write(lambda connection: shipments.insert(connection, trip)).result()
    yield Dashboard(store, Scene(), WebSettings())
    store.close()


def write(dashboard: Dashboard, path: Path, data: bytes) -> None:
    path.write_bytes(data)
    known = Bundle(f"00/{SSCC}", str(path), hashlib.sha256(data).digest(), NOW_MS)
    dashboard._store.write(lambda connection: bundles.insert(connection, known)).result()


def test_the_label_names_the_hash_of_the_bundle_that_is_served(dashboard: Dashboard, tmp_path: Path) -> None:
    data = dumps_json(shipment().bundle)
    write(dashboard, tmp_path / "bundle.json", data)
    drawn = dashboard.label(f"00/{SSCC}")
    assert f"https://id.gs1.org/00/{SSCC}?sha256={hashlib.sha256(dashboard.bundle(f'00/{SSCC}')).hexdigest()}" in drawn


@pytest.mark.parametrize("data", [None, b'{"bundle": true}'])
def test_without_a_bundle_there_is_no_label(dashboard: Dashboard, tmp_path: Path, data: bytes | None) -> None:
    if data is not None:
        write(dashboard, tmp_path / "bundle.json", data)
    with pytest.raises(NotFoundError):
        dashboard.label(f"00/{SSCC}")


def test_a_trip_with_a_deadline_shows_a_forecast(dashboard: Dashboard) -> None:
    page = asyncio.run(dashboard.rendered(f"/shipments/{SSCC}"))
    shown = "".join(markup for _, markup in page.fragments)
    assert "Forecast" in shown
    assert "late with" in shown
    dashboard._store.write(lambda connection: shipments.close(connection, f"00/{SSCC}", NOW_MS)).result()
    record, _ = dashboard.page(f"/shipments/{SSCC}", ())
    assert record.forecast is None
