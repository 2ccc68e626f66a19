"""From the store and the view to the pieces that pages share: cards, newest readings, series. Bounded in what is read, like the pages."""

import sqlite3

from edge_agents.finding import SubjectKind
from edge_agents.lots.rate import rate
from edge_agents.lots.verdict import Count, count
from gateway.pipeline.lot_statements import plan_of, sampled
from gateway.store import Shipment, StoredFinding, batches, devices, findings, lots, publications, readings, shipments
from gateway.store.lot_records import Lot
from gateway.store.records import StoredAttestation
from gateway.web.model import DeviceCard, Latest, LotCard, Proof, ShipmentCard
from gateway.web.view import DeviceInfo, View
from oracle.drawing import words
from oracle.drawing.series import Band, Point, Series, usual_gap_ms

DAY_MS = 86_400_000
"""What a device's card shows."""

SPARK_POINTS = 240
"""Points on a card's chart; more readings than that are drawn as their lowest and highest per point."""

_TELLING = ("temperature", "humidity")
"""Quantities that come first on a device's card."""


def known_devices(connection: sqlite3.Connection, view: View) -> list[DeviceInfo]:
    """Returns the configured devices in their order, then those that were only heard."""
    configured = list(view.devices())
    ids = {info.id for info in configured}
    return configured + [DeviceInfo(found.id, "") for found in devices.select_all(connection) if found.id not in ids]


def device_card(connection: sqlite3.Connection, view: View, info: DeviceInfo) -> DeviceCard:
    """Returns a device at a glance."""
    latest = newest_readings(connection, view, info)
    first = latest[0] if latest else None
    series = None
    if first is not None and isinstance(first.value, float):
        series = recent(connection, view, info, first, span_ms=DAY_MS, points=SPARK_POINTS)
    images = inspections(connection, limit=1, device=info.id) if series is None else []
    return DeviceCard(info, latest, series, images[0] if images else None)


def newest_readings(connection: sqlite3.Connection, view: View, info: DeviceInfo) -> tuple[Latest, ...]:
    """Returns the newest reading of each quantity of a device, the most telling first."""
    found = []
    for quantity in readings.quantities(connection, info.id, limit=20):
        if quantity.endswith("/"):
            found.append(_latest_of_family(connection, info.id, quantity))
            continue
        for stored in readings.select_latest(connection, info.id, quantity):
            reading = stored.reading
            value = None if isinstance(reading.value, bytes) else reading.value
            band = _band(connection, view, info, quantity)
            inside = band.low <= value <= band.high if band is not None and isinstance(value, float) else None
            found.append(Latest(quantity, value, reading.unit, reading.time_ms, reading.quality.value, inside))
    order = {name: place for place, name in enumerate(_TELLING)}
    # Numbers before words and flags, then the telling ones, then by name.
    found.sort(key=lambda one: (not isinstance(one.value, float), order.get(one.quantity, len(order)), one.quantity))
    return tuple(found)


def _latest_of_family(connection: sqlite3.Connection, device_id: str, family: str) -> Latest:
    # Members are as many as frames, so the newest is taken from what was concluded about them.
    newest = findings.select_latest(connection, device=device_id, limit=1)
    return Latest(family, None, "", newest[0].finding.to_ms if newest else None, "good", None)


def _band(connection: sqlite3.Connection, view: View, info: DeviceInfo, quantity: str) -> Band | None:
    """The device's own band, else that of the product it last travelled with."""
    own = dict(info.bands).get(quantity)
    if own is not None:
        return own
    row = connection.execute("SELECT product FROM shipments WHERE device = ? ORDER BY opened_ms DESC LIMIT 1", (info.id,)).fetchone()
    product = view.product(row[0]) if row else None
    return product.band if product is not None and product.quantity == quantity else None


def recent(connection: sqlite3.Connection, view: View, info: DeviceInfo, latest: Latest, *, span_ms: int, points: int) -> Series | None:
    """Returns the last stretch of a series, up to its newest reading: a silent device shows what it last said."""
    limits = readings.span(connection, info.id, latest.quantity)
    if limits is None:
        return None
    to_ms = limits[1]
    from_ms = max(to_ms - span_ms, limits[0])
    band = _band(connection, view, info, latest.quantity)
    title = f"{words.quantity(latest.quantity)} of {info.title or info.id}"
    return _series(
        connection,
        info.id,
        latest.quantity,
        from_ms=from_ms,
        to_ms=to_ms,
        points=points,
        title=title,
        unit=latest.unit,
        band=band,
        gap_ms=None,
    )


def _series(
    connection: sqlite3.Connection,
    device_id: str,
    quantity: str,
    *,
    from_ms: int,
    to_ms: int,
    points: int,
    title: str,
    unit: str,
    band: Band | None,
    gap_ms: int | None,
) -> Series:
    bucket_ms = max(1, (to_ms - from_ms) // points)
    rows = readings.select_buckets(connection, device_id, quantity, from_ms=from_ms, to_ms=to_ms, bucket_ms=bucket_ms)
    made = tuple(Point(*row) for row in rows)
    gap_ms = max(3 * bucket_ms, usual_gap_ms(made) if gap_ms is None else gap_ms)
    return Series(_key(device_id, quantity), title, words.unit(unit), from_ms, to_ms, made, gap_ms, band)


def _key(device_id: str, quantity: str) -> str:
    """A name for the chart within its page, whatever the device calls itself."""
    return f"{device_id.encode().hex()[:32]}-{quantity.encode().hex()[:32]}"


def shipment_card(connection: sqlite3.Connection, view: View, trip: Shipment, points: int) -> ShipmentCard:
    """Returns a shipment at a glance, its trip in so many points."""
    product = view.product(trip.product)
    judged = list(findings.select_subject(connection, trip.subject))
    quantity = product.quantity if product else _TELLING[0]
    newest = readings.select_latest(connection, trip.device, quantity)
    series = None
    if newest:
        to_ms = trip.closed_ms or max(trip.opened_ms, newest[0].reading.time_ms)
        title = f"{words.quantity(quantity)} of shipment {trip.subject.removeprefix('00/')}"
        series = _series(
            connection,
            trip.device,
            quantity,
            from_ms=trip.opened_ms,
            to_ms=to_ms,
            points=points,
            title=title,
            unit=newest[0].reading.unit,
            band=product.band if product else None,
            gap_ms=product.longest_gap_ms if product else None,
        )
    step = shipments.progress(connection, trip.subject)
    return ShipmentCard(trip, product, judged[-1].finding if judged else None, step, series)


def lot_card(connection: sqlite3.Connection, lot: Lot) -> LotCard:
    """Returns a lot at a glance."""
    plan = plan_of(lot)
    if lot.inspected is not None and lot.nonconforming is not None:
        seen = Count(lot.inspected, lot.nonconforming)
    else:
        seen = count([stored.finding for stored in sampled(connection, lot)])
    step = lots.progress(connection, lot.subject) if lot.verdict is not None else None
    return LotCard(lot, plan.sample_size, plan.accept, plan.reject, seen, rate(seen.nonconforming, seen.inspected), step)


def inspections(connection: sqlite3.Connection, *, limit: int, device: str | None = None) -> list[StoredFinding]:
    """Returns the newest findings about items that have an image, newest first."""
    found = findings.select_latest(connection, kind=SubjectKind.LOT, device=device, limit=limit)
    return [one for one in found if one.first_reading is not None]


def proof(connection: sqlite3.Connection, attestation: StoredAttestation) -> Proof:
    """Returns how an attestation reaches the chain."""
    batch = publication = None
    if attestation.gateway is not None and attestation.batch_index is not None:
        batch = batches.get(connection, attestation.gateway, attestation.batch_index)
        publication = publications.get(connection, attestation.gateway, attestation.batch_index)
    return Proof(attestation, batch, publication)
