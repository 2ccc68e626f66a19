"""From the store and the view to what a page shows. Every function reads one moment of the store and is bounded in what it reads."""

import sqlite3
from collections.abc import Iterator
from itertools import islice

from edge_agents.finding import SubjectKind
from gateway.store import (
    Shipment,
    StoredFinding,
    attestations,
    batches,
    bundles,
    devices,
    findings,
    publications,
    readings,
    rejects,
    shipments,
)
from gateway.web import words
from gateway.web.errors import NotFoundError
from gateway.web.model import DeviceCard, DevicePage, FindingsPage, Latest, Overview, Proof, ShipmentCard, ShipmentPage
from gateway.web.series import Point, Series, usual_gap_ms
from gateway.web.settings import WebSettings
from gateway.web.view import Band, DeviceInfo, View

SPANS = {"1h": 3_600_000, "6h": 21_600_000, "24h": 86_400_000, "3d": 259_200_000, "30d": 2_592_000_000}
"""What a device's charts can show, in milliseconds."""

DEVICES_SHOWN, SHIPMENTS_SHOWN, FINDINGS_SHOWN, PAGE = 24, 12, 8, 48
"""How many of each a page shows."""

CHART_POINTS, SPARK_POINTS = 600, 240
"""Points per chart; more readings than that are drawn as their lowest and highest per point."""

_TELLING = ("temperature", "humidity")
"""Quantities that come first on a device's card."""


def overview(connection: sqlite3.Connection, view: View) -> Overview:
    """Gathers the first page."""
    known = _devices(connection, view)
    cards = [
        _shipment_card(connection, view, shipment, SPARK_POINTS) for shipment in shipments.select_all(connection, limit=SHIPMENTS_SHOWN)
    ]
    return Overview(
        now_ms=view.now_ms(),
        conditions=tuple(view.conditions()),
        light_client=view.light_client(),
        readings=readings.last_id(connection),
        rejects=rejects.count(connection),
        shipments=tuple(cards),
        devices=tuple(_device_card(connection, view, info) for info in known[:DEVICES_SHOWN]),
        more_devices=max(0, len(known) - DEVICES_SHOWN),
        findings=tuple(_with_image(connection, limit=FINDINGS_SHOWN)),
    )


def device(connection: sqlite3.Connection, view: View, device_id: str, span: str) -> DevicePage:
    """Gathers a device's page; an unknown span is the usual one.

    Raises:
        NotFoundError: it is neither configured nor was it ever heard.
    """
    info = next((info for info in view.devices() if info.id == device_id), None)
    stored = devices.get(connection, device_id)
    if info is None and stored is None:
        raise NotFoundError("device", device_id)
    info = info or DeviceInfo(device_id, "")
    span = span if span in SPANS else "24h"
    latest = _latest(connection, view, info)
    charts = [
        series
        for found in latest
        if isinstance(found.value, float)
        and (series := _recent(connection, view, info, found, span_ms=SPANS[span], points=CHART_POINTS)) is not None
    ]
    trips = islice((trip for trip in shipments.select_all(connection) if trip.device == device_id), SHIPMENTS_SHOWN)
    return DevicePage(
        now_ms=view.now_ms(),
        info=info,
        driver=stored.driver if stored else "",
        first_seen_ms=stored.first_seen_ms if stored else None,
        span=span,
        latest=latest,
        charts=tuple(charts),
        shipments=tuple(_shipment_card(connection, view, trip, SPARK_POINTS) for trip in trips),
        findings=tuple(_with_image(connection, limit=FINDINGS_SHOWN, device=device_id)),
    )


def shipment(connection: sqlite3.Connection, view: View, key: str, settings: WebSettings) -> ShipmentPage:
    """Gathers a shipment's page.

    Raises:
        NotFoundError: there is none with that SSCC.
    """
    subject = f"00/{key}"
    trip = shipments.get(connection, subject)
    if trip is None:
        raise NotFoundError("shipment", key)
    return ShipmentPage(
        now_ms=view.now_ms(),
        card=_shipment_card(connection, view, trip, CHART_POINTS),
        findings=tuple(findings.select_subject(connection, subject)),
        proofs=tuple(_proofs(connection, subject)),
        bundle=bundles.get(connection, subject),
        digital_link=f"{settings.digital_link.rstrip('/')}/{subject}",
    )


def inspected(connection: sqlite3.Connection, view: View, label: str, confidence: int, before: int | None) -> FindingsPage:
    """Gathers a page of findings about items."""
    found = findings.select_latest(
        connection, kind=SubjectKind.LOT, label=label or None, minimum_confidence=confidence / 100, before=before, limit=PAGE + 1
    )
    return FindingsPage(
        now_ms=view.now_ms(),
        findings=tuple(found[:PAGE]),
        labels=tuple(findings.labels(connection, SubjectKind.LOT).items()),
        label=label,
        confidence=confidence,
        before=before,
        older=found[PAGE - 1].id if len(found) > PAGE else None,
    )


def frame(connection: sqlite3.Connection, finding_id: int) -> bytes:
    """Returns the image that a finding is about.

    Raises:
        NotFoundError: there is no such finding, or its reading is no image or was pruned.
    """
    found = findings.get(connection, finding_id)
    stored = readings.get(connection, found.first_reading) if found and found.first_reading is not None else None
    if stored is None or not isinstance(stored.reading.value, bytes) or not stored.reading.value.startswith(b"\x89PNG\r\n\x1a\n"):
        raise NotFoundError("image of finding", str(finding_id))
    return stored.reading.value


# Helpers


def _devices(connection: sqlite3.Connection, view: View) -> list[DeviceInfo]:
    """The configured ones in their order, then those that were only heard."""
    configured = list(view.devices())
    ids = {info.id for info in configured}
    return configured + [DeviceInfo(found.id, "") for found in devices.select_all(connection) if found.id not in ids]


def _device_card(connection: sqlite3.Connection, view: View, info: DeviceInfo) -> DeviceCard:
    latest = _latest(connection, view, info)
    first = latest[0] if latest else None
    series = None
    if first is not None and isinstance(first.value, float):
        series = _recent(connection, view, info, first, span_ms=SPANS["24h"], points=SPARK_POINTS)
    images = _with_image(connection, limit=1, device=info.id) if series is None else []
    return DeviceCard(info, latest, series, images[0] if images else None)


def _latest(connection: sqlite3.Connection, view: View, info: DeviceInfo) -> tuple[Latest, ...]:
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


def _recent(connection: sqlite3.Connection, view: View, info: DeviceInfo, latest: Latest, *, span_ms: int, points: int) -> Series | None:
    """The last stretch of a series, up to its newest reading: a silent device shows what it last said."""
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


def _shipment_card(connection: sqlite3.Connection, view: View, trip: Shipment, points: int) -> ShipmentCard:
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


def _proofs(connection: sqlite3.Connection, subject: str) -> Iterator[Proof]:
    for attestation in attestations.select_subject(connection, subject):
        batch = publication = None
        if attestation.gateway is not None and attestation.batch_index is not None:
            batch = batches.get(connection, attestation.gateway, attestation.batch_index)
            publication = publications.get(connection, attestation.gateway, attestation.batch_index)
        yield Proof(attestation, batch, publication)


def _with_image(connection: sqlite3.Connection, *, limit: int, device: str | None = None) -> list[StoredFinding]:
    found = findings.select_latest(connection, kind=SubjectKind.LOT, device=device, limit=limit)
    return [one for one in found if one.first_reading is not None]
