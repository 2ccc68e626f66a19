"""The tables' own functions, on a store's connection."""

import asyncio
import hashlib
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from edge_agents.finding import Finding, SubjectKind, Verdict
from gateway.store import (
    Bundle,
    Device,
    Shipment,
    ShipmentState,
    Step,
    Store,
    StoreSettings,
    attestations,
    batches,
    bundles,
    cursors,
    devices,
    findings,
    manifests,
    publications,
    readings,
    shipments,
)
from gateway.store.connection import connect_writer
from gateway.store.errors import BatchGapError, UnknownRowError
from gateway.store.ingest import ingest
from gateway.store.migrations import migrate, shipped
from oracle.attestation import Attestation, Domain
from oracle.batch import Batch, BatchLeaf
from oracle.fees import GWEI, day_of
from oracle.publication import Attempt, Inclusion, Kind, Publication, State, accepted, signed, stage, stage_filler
from tests.gateway.store.helpers import NOW_MS, Told, delivery

GATEWAY = b"\x11" * 20
OTHER = b"\x22" * 20
SUBJECT = "00/106141412345678908"


@pytest.fixture
def connection(path: Path) -> Iterator[sqlite3.Connection]:
    made = connect_writer(path, StoreSettings())
    migrate(made, path, shipped(), lambda: NOW_MS)
    yield made
    made.close()


def shipment(subject: str = SUBJECT) -> Shipment:
    return Shipment(subject, "container-a", "vaccine", NOW_MS)


def finding(subject: str = SUBJECT, *, item: str = "", agent_hash: bytes = b"\x01" * 32, label: str = "conforms") -> Finding:
    return Finding(
        agent="cold-chain",
        agent_hash=agent_hash,
        kind=SubjectKind.LOT if item else SubjectKind.SHIPMENT,
        subject=subject,
        item=item,
        device="container-a",
        verdict=Verdict.CONFORMS,
        label=label,
        confidence=1.0,
        from_ms=NOW_MS,
        to_ms=NOW_MS + 1000,
        readings=2,
        measures=(("maximum", 4.5), ("excursion_minutes", 0.0)),
        evidence=b"\x02" * 32,
    )


def attestation(number: int) -> Attestation:
    return Attestation(
        schema=b"\x01" * 32,
        recipient=bytes(20),
        time=number,
        expiration_time=0,
        revocable=True,
        ref_uid=bytes(32),
        data=b"data",
        salt=b"\x03" * 32,
        domain=Domain("0.26", 31337, b"\x04" * 20),
        attester=GATEWAY,
        signature=b"\x05" * 65,
        uid=hashlib.sha256(bytes([number])).digest(),
    )


def attest(connection: sqlite3.Connection, number: int, subject: str = SUBJECT) -> Attestation:
    found = findings.insert(connection, finding(subject, item=f"item-{number}"), created_ms=1)
    made = attestation(number)
    attestations.insert(connection, made, subject=subject, finding=found.id, event=b"{}", created_ms=2)
    return made


def batch(index: int, *made: Attestation) -> Batch:
    return Batch.build(index, [BatchLeaf(one.uid, one.attester, one.digest) for one in made])


def test_devices(connection: sqlite3.Connection) -> None:
    devices.insert(connection, Device("a", "floor", 5))
    devices.insert(connection, Device("a", "other", 9, "thermometer"))
    assert devices.get(connection, "a") == Device("a", "floor", 5, "thermometer")
    assert devices.get(connection, "b") is None
    assert [device.id for device in devices.select_all(connection)] == ["a"]


def test_shipments_open_close_and_are_bundled(connection: sqlite3.Connection) -> None:
    assert shipments.insert(connection, shipment())
    assert not shipments.insert(connection, shipment())
    with pytest.raises(UnknownRowError):
        shipments.mark_bundled(connection, SUBJECT)
    assert shipments.close(connection, SUBJECT, NOW_MS + 5)
    assert not shipments.close(connection, SUBJECT, NOW_MS + 6)
    shipments.mark_bundled(connection, SUBJECT)
    closed = replace(shipment(), closed_ms=NOW_MS + 5, state=ShipmentState.BUNDLED)
    assert shipments.get(connection, SUBJECT) == closed
    assert list(shipments.select_all(connection)) == [closed]
    assert list(shipments.select_state(connection, ShipmentState.BUNDLED, device="container-a")) == [closed]
    assert list(shipments.select_state(connection, ShipmentState.OPEN)) == []


def test_judging_again_changes_nothing(connection: sqlite3.Connection) -> None:
    first = findings.insert(connection, finding(), created_ms=1, first_reading=1, last_reading=9)
    again = findings.insert(connection, finding(label="excursion"), created_ms=2)
    assert again == first
    assert first.finding == finding()
    assert findings.get(connection, first.id) == first
    other = findings.insert(connection, finding(agent_hash=b"\x09" * 32), created_ms=3)
    assert other.id != first.id
    assert list(findings.select_subject(connection, SUBJECT)) == [first, other]


def test_a_manifest_is_kept_as_it_was_hashed(connection: sqlite3.Connection) -> None:
    for _ in range(2):
        manifests.insert(connection, "name = 'é'\n")
    digest = hashlib.sha256("name = 'é'\n".encode()).digest()
    assert manifests.get(connection, digest) == "name = 'é'\n"
    assert manifests.get(connection, bytes(32)) is None


def test_findings_are_filtered(connection: sqlite3.Connection) -> None:
    for item, label in (("1", "good"), ("2", "scratch"), ("3", "scratch")):
        findings.insert(connection, replace(finding(item=item, label=label), confidence=float(item) / 10), created_ms=1)
    latest = findings.select_latest(connection, kind=SubjectKind.LOT, label="scratch", limit=5)
    assert [found.finding.item for found in latest] == ["3", "2"]
    assert [found.finding.item for found in findings.select_latest(connection, minimum_confidence=0.25)] == ["3"]
    assert [found.finding.item for found in findings.select_latest(connection, before=latest[0].id)] == ["2", "1"]
    assert findings.labels(connection, SubjectKind.LOT) == {"good": 1, "scratch": 2}


def test_an_attestation_comes_back_as_it_was_signed(connection: sqlite3.Connection) -> None:
    made = attest(connection, 1)
    found = attestations.get(connection, made.uid)
    assert found is not None
    assert found.attestation == made
    assert (found.subject, found.event, found.batch_index) == (SUBJECT, b"{}", None)
    assert attestations.select_unbatched(connection) == [found] == list(attestations.select_subject(connection, SUBJECT))
    assert findings.select_unattested(connection) == []
    assert attestations.get(connection, bytes(32)) is None


def test_a_finding_is_attested_once_per_chain(connection: sqlite3.Connection) -> None:
    attest(connection, 1)
    with pytest.raises(sqlite3.IntegrityError):
        attestations.insert(connection, attestation(2), subject=SUBJECT, finding=1, event=b"", created_ms=2)
    with pytest.raises(sqlite3.IntegrityError):
        attestations.insert(connection, attestation(3), subject=SUBJECT, finding=99, event=b"", created_ms=2)


def test_batches_have_no_gap_and_give_back_their_tree(connection: sqlite3.Connection) -> None:
    made = [attest(connection, number) for number in range(5)]
    with pytest.raises(BatchGapError, match="0 comes next"):
        batches.insert(connection, GATEWAY, batch(1, made[0]), created_ms=1)
    first = batch(0, made[2], made[0], made[1])
    batches.insert(connection, GATEWAY, first, created_ms=1)
    for index in (0, 2):
        with pytest.raises(BatchGapError, match="1 comes next"):
            batches.insert(connection, GATEWAY, batch(index, made[3]), created_ms=1)
    assert batches.load(connection, GATEWAY, 0) == first
    assert [found.attestation for found in attestations.select_batch(connection, GATEWAY, 0)] == [made[2], made[0], made[1]]
    stored = batches.get(connection, GATEWAY, 0)
    assert stored is not None
    assert (stored.root, stored.count) == (first.root, 3)
    assert list(batches.select_all(connection)) == [stored]
    assert batches.next_index(connection, GATEWAY) == 1
    assert batches.next_index(connection, OTHER) == 0
    assert batches.get(connection, OTHER, 0) is None
    with pytest.raises(UnknownRowError):
        batches.load(connection, GATEWAY, 7)


def test_the_schema_itself_refuses_a_gap(connection: sqlite3.Connection) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="gap"):
        connection.execute(
            "INSERT INTO batches (gateway, batch_index, root, count, created_ms) VALUES (?, 3, ?, 1, 1)", (GATEWAY, bytes(32))
        )


def test_an_attestation_goes_into_one_batch_only(connection: sqlite3.Connection) -> None:
    made = attest(connection, 1)
    batches.insert(connection, GATEWAY, batch(0, made), created_ms=1)
    with pytest.raises(UnknownRowError):
        batches.insert(connection, GATEWAY, batch(1, made), created_ms=1)


def publication(index: int = 0) -> Publication:
    return stage(31337, b"\x07" * 20, GATEWAY, index=index, root=b"\x08" * 32, count=1, now_ms=NOW_MS)


def test_swap_compares_both_ways(connection: sqlite3.Connection) -> None:
    staged = publication()
    assert publications.swap(connection, None, staged)
    assert not publications.swap(connection, None, staged)
    assert not publications.swap(connection, None, publication(2))
    assert publications.swap(connection, None, publication(1))
    once = signed(staged, 0, Attempt(b"\x01" * 32, b"raw", 2, 1, NOW_MS))
    assert publications.swap(connection, staged, once)
    assert not publications.swap(connection, staged, once)
    twice = accepted(once, NOW_MS + 1)
    assert publications.swap(connection, once, twice)
    assert publications.get(connection, GATEWAY, 0) == twice
    assert list(publications.select_open(connection, GATEWAY)) == [twice, publication(1)]
    assert list(publications.select_open(connection, OTHER)) == []
    assert list(publications.select_latest(connection)) == [publication(1), twice]
    assert not publications.swap(connection, twice, replace(twice, index=1))
    final = replace(twice, state=State.FINAL, revision=twice.revision + 1)
    assert publications.swap(connection, twice, final)
    assert list(publications.select_open(connection, GATEWAY)) == [publication(1)]


def held(connection: sqlite3.Connection, index: int, nonce: int) -> Publication:
    """A publication with a transaction under a nonce, stored."""
    staged = publication(index)
    publications.swap(connection, None, staged)
    attempt = Attempt(b"\x01" * 32, b"\x02", 30 * GWEI, GWEI, NOW_MS, gas_limit=100_000)
    under = signed(staged, nonce, attempt)
    assert publications.swap(connection, staged, under)
    return under


def test_a_nonce_is_held_by_what_is_signed_under_it(connection: sqlite3.Connection) -> None:
    anchor = (Kind.ANCHOR, 0)
    assert publications.reserve_nonce(connection, GATEWAY, anchor, 5, now_ms=1) == 5
    assert publications.reserve_nonce(connection, GATEWAY, anchor, 5, now_ms=2) == 5
    under = held(connection, 0, 5)
    assert publications.reserve_nonce(connection, GATEWAY, (Kind.VERDICT, 0), 5, now_ms=1) == 6
    assert publications.reserve_nonce(connection, GATEWAY, (Kind.VERDICT, 0), 9, now_ms=1) == 9
    assert publications.reserve_nonce(connection, OTHER, anchor, 0, now_ms=1) == 0
    assert publications.swap(connection, under, replace(under, state=State.FINAL, revision=under.revision + 1))
    assert publications.reserve_nonce(connection, GATEWAY, (Kind.VERDICT, 0), 5, now_ms=1) == 5


def test_a_nonce_that_nobody_holds_below_one_that_is_held_is_a_gap(connection: sqlite3.Connection) -> None:
    assert publications.find_gaps(connection, GATEWAY, 0) == ()
    held(connection, 0, 7)
    held(connection, 1, 9)
    assert publications.find_gaps(connection, GATEWAY, 5) == (5, 6, 8)
    assert publications.find_gaps(connection, GATEWAY, 9) == ()
    assert len(publications.find_gaps(connection, GATEWAY, 0)) == 8
    filler = stage_filler(publication(0), index=0, nonce=8, now_ms=NOW_MS)
    assert publications.swap(connection, None, filler)
    assert publications.find_gaps(connection, GATEWAY, 5) == (5, 6)
    assert next(publications.select_open(connection, GATEWAY)) == filler


def test_each_kind_counts_its_own_indices(connection: sqlite3.Connection) -> None:
    publications.swap(connection, None, publication(0))
    verdict = replace(publication(0), kind=Kind.VERDICT, calldata=b"\x01")
    assert publications.next_index(connection, GATEWAY, Kind.VERDICT) == 0
    assert publications.swap(connection, None, verdict)
    assert not publications.swap(connection, None, verdict)
    assert publications.get(connection, GATEWAY, 0, Kind.VERDICT) == verdict
    assert publications.get(connection, GATEWAY, 0) == publication(0)


def test_fees_are_booked_by_nonce_and_day(connection: sqlite3.Connection) -> None:
    under = held(connection, 0, 5)
    day = day_of(NOW_MS)
    assert publications.spent_wei(connection, GATEWAY, day) == 100_000 * 30 * GWEI
    receipt = Inclusion(b"\x01" * 32, 9, b"\x03" * 32, succeeded=True, gas_used=50_000, price_wei=20 * GWEI)
    assert publications.swap(connection, under, replace(under, state=State.INCLUDED, inclusion=receipt, revision=under.revision + 1))
    assert publications.spent_wei(connection, GATEWAY, day) == 50_000 * 20 * GWEI
    assert publications.spent_wei(connection, GATEWAY, day + 1) == 0
    assert publications.spent_wei(connection, OTHER, 0) == 0


def test_a_contract_keeps_its_first_fingerprint_until_it_is_accepted_anew(connection: sqlite3.Connection) -> None:
    assert publications.pin(connection, OTHER, b"\x01" * 32) == b"\x01" * 32
    assert publications.pin(connection, OTHER, b"\x02" * 32) == b"\x01" * 32
    assert publications.unpin(connection, OTHER)
    assert not publications.unpin(connection, OTHER)
    assert publications.pin(connection, OTHER, b"\x02" * 32) == b"\x02" * 32


def test_progress_follows_the_proof(connection: sqlite3.Connection) -> None:
    assert shipments.progress(connection, SUBJECT) is Step.RECORDED
    made = attest(connection, 1)
    assert shipments.progress(connection, SUBJECT) is Step.SIGNED
    batches.insert(connection, GATEWAY, batch(0, made), created_ms=1)
    staged = publication()
    publications.swap(connection, None, staged)
    assert shipments.progress(connection, SUBJECT) is Step.SIGNED
    included = replace(staged, state=State.INCLUDED, revision=1)
    publications.swap(connection, staged, included)
    assert shipments.progress(connection, SUBJECT) is Step.ANCHORED
    publications.swap(connection, included, replace(included, state=State.FINAL, revision=2))
    assert shipments.progress(connection, SUBJECT) is Step.FINAL


def test_bundles_and_cursors(connection: sqlite3.Connection) -> None:
    bundles.insert(connection, Bundle(SUBJECT, "/a.json", b"\x01" * 32, 1))
    newer = Bundle(SUBJECT, "/b.json", b"\x02" * 32, 2)
    bundles.insert(connection, newer)
    assert bundles.get(connection, SUBJECT) == newer
    assert bundles.get(connection, "00/0") is None
    assert list(bundles.select_all(connection)) == [newer]
    assert cursors.get(connection, "cold-chain") == 0
    cursors.advance(connection, "cold-chain", 9)
    cursors.advance(connection, "cold-chain", 4)
    assert cursors.get(connection, "cold-chain") == 9


def test_the_publishers_store_waits_for_the_disk(store: Store) -> None:
    async def story() -> None:
        kept = publications.Publications(store, lambda: NOW_MS)
        staged = publication()
        assert await kept.compare_and_swap(None, staged)
        assert not await kept.compare_and_swap(None, staged)
        assert await kept.load_open(GATEWAY) == (staged,)
        assert await kept.reserve_nonce(GATEWAY, (Kind.ANCHOR, 0), 3) == 3
        assert await kept.find_gaps(GATEWAY, 0) == ()
        assert await kept.next_index(GATEWAY, Kind.FILLER) == 0
        assert await kept.spent_wei(GATEWAY, 0) == 0
        assert await kept.pin(OTHER, b"\x01" * 32) == b"\x01" * 32

    asyncio.run(story())


def test_series_are_read_in_device_time(connection: sqlite3.Connection) -> None:
    told = Told()
    made = [delivery(number, told, value=float(number), readings=2) for number in (5, 3, 9, 4)]
    ingest(connection, [*made, delivery(7, told, value=b"PNG")], set(), StoreSettings())
    window = readings.select_window(connection, "box", "temperature", from_ms=NOW_MS + 4000, to_ms=NOW_MS + 5000)
    assert [found.reading.value for found in window] == [4.0, 5.0]
    assert [found.reading.sequence for found in readings.select_latest(connection, "box", "temperature", limit=2)] == [7, 9]
    assert [found.id for found in readings.select_after(connection, 6)] == [7, 8, 9]
    assert readings.span(connection, "box", "temperature") == (NOW_MS + 3000, NOW_MS + 9000)
    assert readings.span(connection, "box", "nothing") is None
    buckets = readings.select_buckets(connection, "box", "temperature", from_ms=NOW_MS, to_ms=NOW_MS + 10_000, bucket_ms=4000)
    assert buckets == [(NOW_MS + 3000, 3.0, 3.0), (NOW_MS + 4000, 4.0, 5.0), (NOW_MS + 9000, 9.0, 9.0)]
    found = readings.get(connection, 1)
    assert found is not None
    assert found.reading == made[0].readings[0]
    assert readings.get(connection, 99) is None
    assert readings.last_id(connection) == 9


def test_quantities_of_frames_are_one_family(connection: sqlite3.Connection) -> None:
    base = delivery(1, Told()).readings[0]
    names = ("temperature", "frame/1/L/a", "frame/1/L/b", "humidity", "frame", "framed")
    made = replace(delivery(1, Told()), readings=tuple(replace(base, quantity=name) for name in names))
    ingest(connection, [made], set(), StoreSettings())
    assert readings.quantities(connection, "box") == ["frame", "frame/", "framed", "humidity", "temperature"]
    assert readings.quantities(connection, "other") == []
