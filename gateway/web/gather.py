"""From the store and the view to what a page shows. Every function reads one moment of the store and is bounded in what it reads."""

import sqlite3
from collections.abc import Iterator
from itertools import islice

import numpy as np

from edge_agents.conditions.stretches import covered, holes, union
from edge_agents.finding import SubjectKind
from gateway.forecast import of_shipment
from gateway.images import ImageHashError, Images
from gateway.store import (
    attachments,
    attestations,
    bundles,
    coverages,
    custody,
    devices,
    findings,
    lots,
    readings,
    rejects,
    shipments,
    steps,
)
from gateway.store.records import Shipment
from gateway.web.cards import SPARK_POINTS, device_card, inspections, known_devices, lot_card, newest_readings, proof, recent, shipment_card
from gateway.web.errors import NotFoundError, QueryRefusedError
from gateway.web.model import DevicePage, FindingsPage, Gap, HandedOver, Overview, ShipmentPage, ShipmentsPage
from gateway.web.query import listed
from gateway.web.settings import WebSettings
from gateway.web.view import DeviceInfo, View
from oracle.custody import Handover

SPANS = {"1h": 3_600_000, "6h": 21_600_000, "24h": 86_400_000, "3d": 259_200_000, "30d": 2_592_000_000}
"""What a device's charts can show, in milliseconds."""

USUAL_SPAN = "24h"
"""What they show where nobody chose."""

DEVICES_SHOWN, SHIPMENTS_SHOWN, LOTS_SHOWN, FINDINGS_SHOWN, PAGE, TRIPS = 24, 12, 6, 8, 48, 24
"""How many of each a page shows."""

CHART_POINTS = 600
"""Points per chart; more readings than that are drawn as their lowest and highest per point."""


def overview(connection: sqlite3.Connection, view: View) -> Overview:
    """Gathers the first page."""
    known = known_devices(connection, view)
    cards = [
        shipment_card(connection, view, shipment, SPARK_POINTS) for shipment in shipments.select_all(connection, limit=SHIPMENTS_SHOWN)
    ]
    return Overview(
        now_ms=view.now_ms(),
        conditions=tuple(view.conditions()),
        light_client=view.light_client(),
        readings=readings.last_id(connection),
        rejects=rejects.count(connection),
        shipments=tuple(cards),
        devices=tuple(device_card(connection, view, info) for info in known[:DEVICES_SHOWN]),
        more_devices=max(0, len(known) - DEVICES_SHOWN),
        lots=tuple(lot_card(connection, lot) for lot in lots.select_all(connection, limit=LOTS_SHOWN)),
        findings=tuple(inspections(connection, limit=FINDINGS_SHOWN)),
    )


def device(connection: sqlite3.Connection, view: View, device_id: str, span: str) -> DevicePage:
    """Gathers a device's page with charts over a span, one of `SPANS`.

    Raises:
        NotFoundError: it is neither configured nor was it ever heard.
    """
    info = next((info for info in view.devices() if info.id == device_id), None)
    stored = devices.get(connection, device_id)
    if info is None and stored is None:
        raise NotFoundError("device", device_id)
    info = info or DeviceInfo(device_id, "")
    latest = newest_readings(connection, view, info)
    charts = [
        series
        for found in latest
        if isinstance(found.value, float)
        and (series := recent(connection, view, info, found, span_ms=SPANS[span], points=CHART_POINTS)) is not None
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
        shipments=tuple(shipment_card(connection, view, trip, SPARK_POINTS) for trip in trips),
        findings=tuple(inspections(connection, limit=FINDINGS_SHOWN, device=device_id)),
    )


def trips(connection: sqlite3.Connection, view: View, before: str) -> ShipmentsPage:
    """Gathers a page of the list of shipments.

    Raises:
        QueryRefusedError: there is none with the SSCC after which the page is to begin.
    """
    if before and shipments.get(connection, f"00/{before}") is None:
        raise QueryRefusedError("before", before, "no such shipment is known here", "the SSCC of a shipment, 18 digits")
    found = shipments.select_page(connection, before=f"00/{before}" if before else "", limit=TRIPS + 1)
    cards = tuple(shipment_card(connection, view, trip, SPARK_POINTS) for trip in found[:TRIPS])
    return ShipmentsPage(view.now_ms(), cards, before, cards[-1].key if len(found) > TRIPS else "")


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
        card=shipment_card(connection, view, trip, CHART_POINTS),
        findings=tuple(findings.select_subject(connection, subject)),
        proofs=tuple(proof(connection, one) for one in attestations.select_subject(connection, subject)),
        bundle=bundles.get(connection, subject),
        digital_link=f"{settings.digital_link.rstrip('/')}/{subject}",
        devices=tuple(attachments.select(connection, subject)),
        gaps=tuple(_gaps(connection, view, trip)),
        elsewhere=tuple(coverages.select(connection, subject)),
        custody=tuple(_handed_over(one) for one in custody.select(connection, subject)),
        steps=tuple(steps.select(connection, subject)),
        forecast=of_shipment(connection, trip, view.now_ms()),
        beside=tuple(findings.select_subject(connection, subject, beside=True)),
    )


def inspected(connection: sqlite3.Connection, view: View, label: str, confidence: int, before: int | None) -> FindingsPage:
    """Gathers a page of findings about items.

    Raises:
        QueryRefusedError: there are findings, and none has that label.
    """
    labels = findings.labels(connection, SubjectKind.LOT)
    if label and labels and label not in labels:
        raise QueryRefusedError("label", label, "nothing here was found to be that", listed(tuple(labels)))
    found = findings.select_latest(
        connection, kind=SubjectKind.LOT, label=label or None, minimum_confidence=confidence / 100, before=before, limit=PAGE + 1
    )
    return FindingsPage(
        now_ms=view.now_ms(),
        findings=tuple(found[:PAGE]),
        labels=tuple(labels.items()),
        label=label,
        confidence=confidence,
        before=before,
        older=found[PAGE - 1].id if len(found) > PAGE else None,
        lots=tuple(sorted(one for one in {stored.finding.subject for stored in found} if lots.get(connection, one) is not None)),
    )


def frame(connection: sqlite3.Connection, finding_id: int, images: Images | None = None) -> bytes:
    """Returns the image that a finding is about, from its reading or, once that is pruned, from the images kept by hash.

    Raises:
        NotFoundError: there is no such finding, or its image is none or is not kept any more.
    """
    found = findings.get(connection, finding_id)
    stored = readings.get(connection, found.first_reading) if found and found.first_reading is not None else None
    image = stored.reading.value if stored is not None else None
    if image is None and found is not None and images is not None:
        try:
            image = images.get(found.finding.evidence)
        except ImageHashError as error:
            raise NotFoundError("image of finding", str(finding_id)) from error
    if not isinstance(image, bytes) or not image.startswith(b"\x89PNG\r\n\x1a\n"):
        raise NotFoundError("image of finding", str(finding_id))
    return image


def _gaps(connection: sqlite3.Connection, view: View, trip: Shipment) -> Iterator[Gap]:
    """Yields where the quantity of the trip's chart was measured by no device, and by no other gateway; nothing is bridged."""
    product = view.product(trip.product)
    if product is None:
        return
    end_ms = max(trip.opened_ms, view.now_ms()) if trip.closed_ms is None else trip.closed_ms
    spoken = [np.array([[one.from_ms, one.to_ms]], dtype=np.float64) for one in coverages.select(connection, trip.subject)]
    for one in attachments.select(connection, trip.subject):
        until = end_ms if one.to_ms is None else one.to_ms
        times = readings.times(connection, one.device, product.quantity, from_ms=one.from_ms, to_ms=until)
        spoken.append(covered(np.array(times, dtype=np.float64), product.longest_gap_ms))
    for begin, end in holes(union(spoken), trip.opened_ms, end_ms, product.longest_gap_ms):
        yield Gap(round(begin), round(end))


def _handed_over(one: Handover) -> HandedOver:
    terms = one.terms
    return HandedOver(terms.time_ms, terms.giver, terms.giver_party, terms.taker, terms.taker_party, terms.place, one.hash)
