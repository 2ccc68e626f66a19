"""What a bundle holds, in the words of a report. Pure. Everything here is the bundle's own word; the checks say how far it stands."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import islice
from math import inf

from oracle.bundle import Bundle, Inspection, Journey, LotSample, Profile, ReadingRow
from oracle.drawing import words
from oracle.drawing.series import Band, Point, Series, outside, usual_gap_ms
from oracle.errors import OracleError
from oracle.hexes import to_checksum
from oracle.lot_verdict import VERDICTS as LOT_VERDICTS
from oracle.policy import MINUTE_MS, Policy, read_policy
from oracle.report.table import Table
from oracle.schemas import BY_UID, MILLION, LotStatement, LotVerdictStatement, ShipmentStatement
from oracle.verify_walk import Report

MAX_CHARTS = 6
"""Series drawn; a shipment with more devices than that is shown by those with a band first."""
MAX_POINTS = 2000
"""Points drawn of one series; more are drawn as their lowest and highest per bucket."""
MAX_ROWS = 60
"""Rows of one table; the note says how many are left out."""
ROUTE_POINTS = 8
"""Positions of the route that are listed."""
SHIPMENT_VERDICTS = {0: "conforms", 1: "breach", 2: "insufficient data"}
"""The verdict of a shipment in words."""
UNITS = {"temperature": "Cel", "humidity": "%RH", "pressure": "Pa", "illuminance": "lux"}
"""Units where the policy names none; readings in a bundle carry none."""
BLOCKS = {
    "batch": "Batch",
    "checkpoint": "Checkpoint",
    "committees": "Sync committees",
    "finality": "Finalized block",
    "registry": "Anchor registry",
    "anchor": "Anchor",
    "standing": "Gateway's standing",
    "revocation": "Revocation",
    "quorum": "Quorum",
    "age": "Age",
}
"""Checks that speak of the chain, as the table of blocks calls them."""


def facts(bundle: Bundle) -> tuple[tuple[str, str], ...]:
    """Returns the main things that a bundle says."""
    signed, content = bundle.attestation, bundle.content
    found = [("Subject", bundle.subject.uri), *_stated(bundle)]
    if isinstance(content, Journey):
        found.append(("Readings in the file", f"{len(content.rows)}, {content.profile} profile"))
    if isinstance(content, Inspection):
        found.append(("Item", words.cut(content.item)))
    found += [
        ("Signed", words.moment(signed.time * 1000)),
        ("Signed by", to_checksum(signed.attester)),
        ("Attestation", f"0x{signed.uid.hex()}"),
        ("Network", f"{words.cut(bundle.network)}, chain {signed.domain.chain_id}"),
        ("Anchored by", f"{to_checksum(bundle.anchor.gateway)}, batch {bundle.anchor.index}"),
    ]
    return tuple(found)


def _stated(bundle: Bundle) -> list[tuple[str, str]]:
    kind = BY_UID.get(bundle.attestation.schema)
    try:
        statement = kind.decode(bundle.attestation.data) if kind is not None else None
    except OracleError:
        statement = None
    if isinstance(statement, ShipmentStatement):
        return [
            ("Verdict stated", SHIPMENT_VERDICTS[statement.verdict]),
            ("From", words.moment(statement.from_ms)),
            ("To", words.moment(statement.to_ms)),
            ("Readings stated", str(statement.readings)),
        ]
    if isinstance(statement, LotVerdictStatement):
        return [
            ("Verdict stated", LOT_VERDICTS[statement.verdict]),
            ("Lot", f"{statement.lot_size} items"),
            ("Sample", f"{statement.inspected} inspected, {statement.nonconforming} nonconforming"),
            ("From", words.moment(statement.from_ms)),
            ("To", words.moment(statement.to_ms)),
        ]
    if isinstance(statement, LotStatement):
        found = "good" if statement.defect == 0 else f"defect of class {statement.defect}"
        return [("Found", f"{found}, {statement.confidence_ppm / MILLION:.1%} confident"), ("Seen", words.moment(statement.time_ms))]
    return []


def image(bundle: Bundle) -> bytes | None:
    """Returns the inspected item's image, if the file holds one that a browser shows."""
    held = bundle.content.image if isinstance(bundle.content, Inspection) else None
    return held if held is not None and held.startswith(b"\x89PNG\r\n\x1a\n") else None


def charts(bundle: Bundle) -> tuple[Series, ...]:
    """Returns what is drawn of a shipment: series with a band first, in the order of the policy."""
    if not isinstance(bundle.content, Journey):
        return ()
    policy = read_policy(bundle.manifest) or Policy()
    lines: dict[tuple[str, str], list[ReadingRow]] = defaultdict(list)
    for row in bundle.content.rows:
        lines[row.device, row.quantity].append(row)
    bounded = [band.quantity for band in policy.bands]
    order = sorted(lines, key=lambda key: (bounded.index(key[1]) if key[1] in bounded else len(bounded), key[1], key[0]))
    whole = bundle.content.profile is Profile.FULL
    return tuple(_series(place, *key, lines[key], policy, whole=whole) for place, key in enumerate(order[:MAX_CHARTS]))


def _series(place: int, device: str, quantity: str, rows: list[ReadingRow], policy: Policy, *, whole: bool) -> Series:
    limits = next((band for band in policy.bands if band.quantity == quantity), None)
    points = _points(rows)
    low, high = min(point.low for point in points), max(point.high for point in points)
    air = max(1e-6, 0.1 * (high - low))
    band = None
    if limits is not None and (limits.low != -inf or limits.high != inf):
        # A limit on one side only: the other end of the band lies beyond everything that was measured.
        band = Band(
            limits.low if limits.low != -inf else min(low, limits.high) - air,
            limits.high if limits.high != inf else max(high, limits.low) + air,
        )
    longest = limits.longest_gap_minutes * MINUTE_MS if limits is not None else usual_gap_ms(points)
    unit = words.unit((limits.unit if limits is not None else "") or UNITS.get(quantity, ""))
    # Where readings are left out on purpose, a stretch without one is no gap.
    gap_ms = round(longest) if whole else points[-1].time_ms - points[0].time_ms + 1
    title = f"{words.quantity(words.cut(quantity))} by {words.cut(device)}"
    return Series(f"c{place}", title, unit, points[0].time_ms, points[-1].time_ms, points, gap_ms, band)


def _points(rows: list[ReadingRow]) -> tuple[Point, ...]:
    first, last = rows[0].time_ms, rows[-1].time_ms
    width = max(1, -(-(last - first) // MAX_POINTS)) if len(rows) > MAX_POINTS else 1
    buckets: dict[int, list[ReadingRow]] = defaultdict(list)
    for row in rows:
        buckets[(row.time_ms - first) // width].append(row)
    return tuple(
        Point(held[0].time_ms, min(row.value for row in held), max(row.value for row in held)) for _, held in sorted(buckets.items())
    )


def tables(bundle: Bundle, report: Report) -> tuple[Table, ...]:
    """Returns the tables of a report; those without a row are left out."""
    content = bundle.content
    made: list[Table] = []
    if isinstance(content, Journey):
        made += [_excursions(charts(bundle)), _route(content), _custody(content)]
    if isinstance(content, LotSample):
        made.append(_items(content))
    made += [_keys(bundle), _blocks(report)]
    return tuple(table for table in made if table.rows)


def _excursions(series: tuple[Series, ...]) -> Table:
    rows = [
        (one.title, words.moment(begin), words.duration(end - begin), f"{words.number(worst, 2)} {one.unit}".strip())
        for one in series
        for begin, end in outside(one)
        for worst in (_worst(one, begin, end),)
    ]
    note = "As drawn, from one reading to the next; how long the policy counts, the check of the limits says."
    return _bounded(Table("Excursions", ("Where", "From", "For", "Farthest"), tuple(rows), note, wide=(4, 3, 2, 2)))


def _worst(series: Series, begin: int, end: int) -> float:
    assert series.band is not None
    middle = (series.band.low + series.band.high) / 2
    values = [value for point in series.points if begin <= point.time_ms <= end for value in (point.low, point.high)]
    return max(values, key=lambda value: abs(value - middle))


def _route(content: Journey) -> Table:
    rows = [*_positions(content), *((one.terms.time_ms, one.terms.place or "-", "changes hands") for one in content.custody)]
    place = content.event.get("readPoint")
    if isinstance(place, dict) and content.rows:
        rows.append((content.rows[-1].time_ms, str(place.get("id", "-")), "last reading is in; recorded by the gateway"))
    listed = tuple((words.moment(time_ms), words.cut(where), what) for time_ms, where, what in sorted(rows))
    return _bounded(Table("Route", ("When", "Where", "What"), listed, wide=(3, 6, 4)))


def _positions(content: Journey) -> Iterator[tuple[int, str, str]]:
    latitudes = {(row.device, row.time_ms): row.value for row in content.rows if row.quantity == "latitude"}
    found = [
        (row.time_ms, f"{latitudes[row.device, row.time_ms]:.4f}°, {row.value:.4f}°", f"position by {words.cut(row.device)}")
        for row in content.rows
        if row.quantity == "longitude" and (row.device, row.time_ms) in latitudes
    ]
    step = max(1, -(-len(found) // ROUTE_POINTS))
    yield from islice(found, 0, None, step)


def _custody(content: Journey) -> Table:
    rows = [
        (
            words.moment(one.terms.time_ms),
            words.cut(one.terms.giver_party) or to_checksum(one.terms.giver),
            words.cut(one.terms.taker_party) or to_checksum(one.terms.taker),
            "both" if one.complete else "not both",
            words.short(one.hash),
        )
        for one in content.custody
    ]
    columns = ("When", "From", "To", "Signed by", "Hash")
    return _bounded(Table("Custody", columns, tuple(rows), code=frozenset({4}), wide=(3, 5, 5, 2, 3)))


def _items(content: LotSample) -> Table:
    rows = []
    for one in content.items:
        try:
            statement = LotStatement.decode(one.attestation.data)
        except OracleError:
            rows.append((words.cut(one.item), "unreadable", "-", "-"))
            continue
        found = "good" if statement.defect == 0 else f"defect of class {statement.defect}"
        rows.append((words.cut(one.item), found, f"{statement.confidence_ppm / MILLION:.1%}", f"0x{statement.image_hash.hex()}"))
    # Those with a defect first: they are what is looked for, and the first ones are what is shown.
    rows.sort(key=lambda row: (row[1] == "good", row[0]))
    columns = ("Item", "Found", "Confidence", "Image sha256")
    return _bounded(Table("Inspected items", columns, tuple(rows), code=frozenset({3}), wide=(3, 3, 2, 8)))


def _keys(bundle: Bundle) -> Table:
    signed, anchor = bundle.attestation, bundle.anchor
    rows = [
        ("Attester", to_checksum(signed.attester), "signed the statement"),
        ("Gateway", to_checksum(anchor.gateway), "anchored the batch"),
        ("AnchorRegistry", to_checksum(anchor.registry), "holds the anchor"),
        ("GatewayRegistry", to_checksum(anchor.gateway_registry), "knows the gateways"),
        ("EAS contract", to_checksum(signed.domain.verifying_contract), f"version {words.cut(signed.domain.version)}"),
    ]
    if isinstance(bundle.content, Journey):
        parties = {one.giver: words.cut(one.giver_party) for one in (h.terms for h in bundle.content.custody)}
        parties |= {one.taker: words.cut(one.taker_party) for one in (h.terms for h in bundle.content.custody)}
        rows += [("Party", to_checksum(address), name or "unnamed") for address, name in parties.items()]
        rows += [("Device key", f"0x{key.hex()}", words.cut(device)) for device, key in bundle.content.devices]
    note = "Whose a key is, no file can prove: compare it with what its owner publishes."
    return _bounded(Table("Keys", ("Role", "Address or key", "What it did"), tuple(rows), note, frozenset({1}), (2, 6, 3)))


def _blocks(report: Report) -> Table:
    rows = tuple(
        (BLOCKS[check.name], check.detail, check.outcome.value) for check in report.checks if check.name in BLOCKS and check.detail
    )
    return Table("Blocks and anchor", ("What", "Found", "Outcome"), rows, wide=(2, 8, 2))


def _bounded(table: Table) -> Table:
    if len(table.rows) <= MAX_ROWS:
        return table
    more = f"{len(table.rows) - MAX_ROWS} more rows are in the file."
    return Table(table.title, table.columns, table.rows[:MAX_ROWS], f"{more} {table.note}".strip(), table.code, table.wide)
