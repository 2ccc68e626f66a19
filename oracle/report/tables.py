"""The tables of a report: time outside the band, route, custody, items, keys, blocks. Pure."""

from collections.abc import Iterator
from itertools import islice

from oracle.bundle import Bundle, Journey, LotSample
from oracle.drawing import words
from oracle.drawing.series import Series, outside
from oracle.errors import OracleError
from oracle.hexes import to_checksum
from oracle.report.charts import charts
from oracle.report.table import Table
from oracle.schemas import MILLION, LotStatement
from oracle.verify_walk import Report

MAX_ROWS = 60
"""Rows of one table; the note says how many are left out."""
ROUTE_POINTS = 8
"""Positions of the route that are listed."""
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


def tables(bundle: Bundle, report: Report) -> tuple[Table, ...]:
    """Returns the tables of a report; those without a row are left out."""
    content = bundle.content
    made: list[Table] = []
    if isinstance(content, Journey):
        made += [_outside(charts(bundle)), _route(content), _custody(content)]
    if isinstance(content, LotSample):
        made.append(_items(content))
    made += [_keys(bundle), _blocks(report)]
    return tuple(table for table in made if table.rows)


def _outside(series: tuple[Series, ...]) -> Table:
    rows = [
        (one.title, words.moment(begin), words.duration(end - begin), f"{words.number(worst, 2)} {one.unit}".strip())
        for one in series
        for begin, end in outside(one)
        for worst in (_worst(one, begin, end),)
    ]
    note = "As drawn, from one reading to the next; how long the policy counts, the check of the limits says."
    return _bounded(Table("Outside the band", ("Where", "From", "For", "Farthest"), tuple(rows), note, wide=(4, 3, 2, 2)))


def _worst(series: Series, begin: int, end: int) -> float:
    assert series.band is not None
    middle = (series.band.low + series.band.high) / 2
    values = [value for point in series.points if begin <= point.time_ms <= end for value in (point.low, point.high)]
    return max(values, key=lambda value: abs(value - middle))


def _route(content: Journey) -> Table:
    rows = [*_positions(content), *((one.terms.time_ms, one.terms.place or "-", "changes hands") for one in content.custody)]
    place = content.event.get("readPoint")
    if content.rows:
        rows.append((content.rows[0].time_ms, "-", "first reading"))
    if isinstance(place, dict) and content.rows:
        rows.append((content.rows[-1].time_ms, str(place.get("id", "-")), "last reading; recorded by the gateway"))
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
