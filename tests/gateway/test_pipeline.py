"""The stages from recorded readings to a staged anchor, over a real store, with the shipped agents."""

import asyncio
import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from drivers.driver import Delivery
from drivers.reading import Quality, Reading
from edge_agents.conditions.agent import Conditions
from edge_agents.errors import ManifestRefused
from edge_agents.finding import Verdict
from edge_agents.surface_defects.agent import SurfaceDefects
from firmware_sim.inspection.frames import Defect, draw, png
from gateway.pipeline.attest import CONTRADICTION, UNPROVABLE, Attest
from gateway.pipeline.batch import Anchorage, BatchSettings, MakeBatch
from gateway.pipeline.bundle import BundleFiles, WriteBundles
from gateway.pipeline.judge import CURSOR, JudgeFrames, JudgeSettings, JudgeTrips
from gateway.pipeline.proof import Proof
from gateway.pipeline.stage import Stage
from gateway.pipeline.trips import used as used_readings
from gateway.store import attachments, attestations, batches, custody, epcis, findings, manifests, publications, shipments
from gateway.store.records import Shipment, ShipmentState
from gateway.store.settings import StoreSettings
from gateway.store.store import Store
from lightclient.network import load_network
from oracle import attestation
from oracle.attestation import Attestation, Domain, Message
from oracle.bundle import CoAttestation
from oracle.calls import stage_stamp
from oracle.custody import Handover, Terms
from oracle.epcis.document import read
from oracle.epcis.event import ShipmentEvent, digest
from oracle.epcis.query import Query
from oracle.fees import GWEI
from oracle.gs1 import Key
from oracle.key_errors import RateExceededError
from oracle.publication import Kind, State
from oracle.schemas import LotStatement, ShipmentStatement
from oracle.secret import SecretKey
from oracle.signer import LocalSigner
from oracle.signing.errors import DoubleVerdictError

MINUTE = 60_000
DOMAIN = Domain("1.4.0", 1337, b"\x11" * 20)
SIGNER = LocalSigner(SecretKey(b"\x07" * 32))
GATEWAY = SIGNER.address
SUBJECT = "00/106141412345678908"
LATER = "00/106141412345678915"


class Signs:
    """Signs whatever it is asked to, as often as `allowed`."""

    def __init__(self) -> None:
        self.signed: list[int] = []
        self.allowed = 1000

    def __call__(self, message: Message, number: int) -> Attestation:
        if len(self.signed) >= self.allowed:
            raise RateExceededError("attestation", self.allowed, 3600)
        self.signed.append(number)
        return Attestation.signed(message, DOMAIN, GATEWAY, SIGNER.sign_digest)


@dataclass
class Box:
    store: Store
    now: int = 400 * MINUTE
    sign: Signs = field(default_factory=Signs)
    conditions: list[tuple[str, str]] = field(default_factory=list)

    def now_ms(self) -> int:
        return self.now

    def take(self, *readings: Reading, name: bytes = b"") -> None:
        for number, reading in enumerate(readings):
            identity = name[:8] + bytes([number]) * (16 - len(name[:8])) + reading.time_ms.to_bytes(16, "big")
            assert self.store.offer(Delivery("floor", "t", identity, b"p", reading.time_ms + 900, (reading,), None, lambda: None))
        self.store.write(lambda _: None).result()

    def run(self, stage: Stage) -> bool:
        return asyncio.run(stage.step())

    def report(self, name: str, severity: str | None, text: str) -> None:
        assert severity is not None
        self.conditions.append((name, text))

    def attest(self) -> Attest:
        return Attest(self.store, self.sign, GATEWAY, "https://id.gs1.org/414/9506000134352", self.now_ms, self.report)

    def attested(self) -> list[Attestation]:
        with self.store.read() as connection:
            return [stored.attestation for stored in attestations.select_unbatched(connection)]

    def batch(self, settings: BatchSettings) -> MakeBatch:
        return MakeBatch(
            self.store, Anchorage(1337, b"\x22" * 20, GATEWAY), settings, now_ms=self.now_ms, monotonic=lambda: self.now / 1000
        )


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    store = Store.open(StoreSettings(str(tmp_path / "store.db")), now_ms=lambda: 0, on_condition=lambda *_: None)
    yield Box(store)
    store.close()


def temperature(minute: int, value: float = 5.0, quality: Quality = Quality.GOOD) -> Reading:
    return Reading("reefer-1", "temperature", value, "Cel", minute * MINUTE, minute, quality, minute.to_bytes(32, "big"))


def picture(number: int, image: bytes) -> Reading:
    return Reading("camera-1", f"frame/09506000134352/L42/item-{number}", image, "", number, number, Quality.GOOD, bytes(32))


def inspect(box: Box, *numbers: int) -> None:
    image = png(draw(np.random.default_rng(1), Defect.GOOD))
    box.take(*(picture(number, image) for number in numbers))
    box.run(JudgeFrames(box.store, SurfaceDefects.load(), JudgeSettings(), box.now_ms))


def trips(box: Box) -> JudgeTrips:
    return JudgeTrips(box.store, Conditions.load, JudgeSettings(settle_seconds=60), box.now_ms)


def travel(box: Box, curve: Callable[[int], float], *, closed: int | None = 300, product: str = "vaccine") -> None:
    box.store.write(lambda c: shipments.insert(c, Shipment(SUBJECT, "reefer-1", product, 0))).result()
    if closed is not None:
        box.store.write(lambda c: shipments.close(c, SUBJECT, closed * MINUTE)).result()
    box.take(*(temperature(minute, curve(minute)) for minute in range(0, 301, 5)))


def test_a_trip_is_judged_once_after_it_has_settled(box: Box) -> None:
    travel(box, lambda _: 5.0)
    box.now = 300 * MINUTE + 59_000
    assert not box.run(trips(box))
    box.now += 1000
    assert box.run(trips(box))
    assert not box.run(trips(box))
    with box.store.read() as c:
        (found,) = findings.select_subject(c, SUBJECT)
    assert (found.finding.verdict, found.finding.readings) == (Verdict.CONFORMS, 61)


def test_the_manifest_of_a_finding_outlives_an_upgrade(box: Box) -> None:
    travel(box, lambda _: 5.0)
    box.run(trips(box))
    with box.store.read() as c:
        (found,) = findings.select_subject(c, SUBJECT)
        assert manifests.get(c, found.finding.agent_hash) == Conditions.load("vaccine").manifest.text


def test_an_open_trip_is_not_judged(box: Box) -> None:
    travel(box, lambda _: 5.0, closed=None)
    assert not box.run(trips(box))


def test_readings_that_arrive_after_the_verdict_do_not_change_what_is_signed(box: Box) -> None:
    travel(box, lambda minute: 20.0 if 100 <= minute < 200 else 5.0)
    box.run(trips(box))
    box.take(temperature(102, 4.0), temperature(103, 4.0, Quality.BAD))
    box.run(box.attest())
    with box.store.read() as c:
        (stored,) = attestations.select_subject(c, SUBJECT)
    statement = ShipmentStatement.decode(stored.attestation.data)
    assert (statement.readings, statement.verdict) == (61, Verdict.BREACH)
    attestation.verify(stored.attestation, domain=DOMAIN, now_s=0)
    assert b"non_conformant" in stored.event


def test_the_event_of_a_trip_is_found_where_events_are_asked_for(box: Box) -> None:
    travel(box, lambda _: 5.0)
    box.now = 301 * MINUTE
    box.run(trips(box))
    box.run(box.attest())
    with box.store.read() as c:
        (event,) = epcis.query(c, Query.from_text(f"MATCH_epc=https://id.gs1.org/{SUBJECT}")).events
        (stored,) = attestations.select_subject(c, SUBJECT)
    assert event.json == json.loads(stored.event)
    assert read(stored.event).events[0].digest == event.digest


def test_a_trip_without_readings_is_found_insufficient_and_never_attested(box: Box) -> None:
    box.store.write(lambda c: shipments.insert(c, Shipment(SUBJECT, "reefer-1", "vaccine", 0))).result()
    box.store.write(lambda c: shipments.close(c, SUBJECT, 1)).result()
    assert box.run(trips(box))
    assert not box.run(box.attest())


def test_a_new_key_begins_its_own_sequence_over_the_same_store(box: Box) -> None:
    successor = LocalSigner(SecretKey(b"\x08" * 32))
    judge = JudgeFrames(box.store, SurfaceDefects.load(), JudgeSettings(), box.now_ms)
    image = png(draw(np.random.default_rng(1), Defect.GOOD))

    def sign(message: Message, number: int) -> Attestation:
        box.sign.signed.append(number)
        return Attestation.signed(message, DOMAIN, successor.address, successor.sign_digest)

    box.take(picture(0, image))
    box.run(judge)
    box.run(box.attest())
    box.take(picture(1, image))
    box.run(judge)
    box.run(Attest(box.store, sign, successor.address, "", box.now_ms, box.report))
    assert box.sign.signed == [0, 0]


def test_frames_are_judged_once_in_order_and_a_bad_one_is_passed_over(box: Box) -> None:
    rng = np.random.default_rng(1)
    pngs = [png(draw(rng, Defect.GOOD)), b"no image", png(draw(rng, Defect.STAIN))]
    box.take(*(picture(number, image) for number, image in enumerate(pngs)))
    judge = JudgeFrames(box.store, SurfaceDefects.load(), JudgeSettings(frames_at_once=2), box.now_ms)
    assert box.run(judge)
    assert not box.run(judge)
    assert not box.run(judge)
    with box.store.read() as c:
        found = findings.select_latest(c)
    assert [f.finding.item for f in found] == ["item-2", "item-0"]
    assert box.run(box.attest()) is False
    with box.store.read() as c:
        statements = [LotStatement.decode(a.attestation.data) for a in attestations.select_unbatched(c)]
    assert [s.defect == 0 for s in statements] == [f.finding.label == "good" for f in reversed(found)]
    assert box.sign.signed == [0, 1]


def test_a_cursor_of_frames_outlives_the_agent(box: Box) -> None:
    inspect(box, 0)
    with box.store.read() as c:
        assert c.execute("SELECT name FROM cursors").fetchall()[0][0] == CURSOR


def test_a_trip_that_cannot_be_judged_does_not_hold_up_the_next(box: Box) -> None:
    travel(box, lambda _: 5.0, product="durian")
    box.store.write(lambda c: shipments.insert(c, Shipment(LATER, "reefer-1", "vaccine", 10 * MINUTE))).result()
    box.store.write(lambda c: shipments.close(c, LATER, 300 * MINUTE)).result()
    assert box.run(trips(box))
    with pytest.raises(ManifestRefused, match="durian"):
        box.run(trips(box))
    with box.store.read() as c:
        assert any(findings.select_subject(c, LATER))


def test_a_finding_about_which_nothing_can_be_stated_is_named_and_does_not_hold_up_the_next(box: Box) -> None:
    travel(box, lambda minute: 1e300 if minute == 100 else 5.0)
    box.run(trips(box))
    inspect(box, 1)
    attest = box.attest()
    box.run(attest)
    box.run(attest)
    assert [a.schema for a in box.attested()] == [LotStatement.UID]
    ((name, text),) = box.conditions
    assert name == UNPROVABLE
    assert SUBJECT in text
    assert "beyond int256" in text


def test_many_findings_about_which_nothing_can_be_stated_do_not_hide_the_next(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.pipeline.attest.AT_ONCE", 2)
    inspect(box, *range(5))
    box.store.write(lambda c: c.execute("UPDATE findings SET label = 'no such label' WHERE id < 5")).result()
    attest = box.attest()
    for _ in range(4):
        box.run(attest)
    assert len(box.attested()) == 1
    inspect(box, 7)
    box.run(attest)
    assert len(box.attested()) == 2
    assert [text.rpartition(":")[0] for _, text in box.conditions] == ["nothing is attested about 01/09506000134352/10/L42"] * 4


def test_nothing_is_stated_about_a_finding_whose_readings_were_lost(box: Box) -> None:
    travel(box, lambda _: 5.0)
    box.run(trips(box))
    box.store.write(lambda c: c.execute("DELETE FROM readings WHERE time_ms = ?", (100 * MINUTE,))).result()
    box.run(box.attest())
    assert not box.attested()
    assert "not all in the store any more" in box.conditions[0][1]


def test_statements_follow_each_other_in_time_although_the_clock_was_set_back(box: Box) -> None:
    inspect(box, 0)
    box.now -= 100 * MINUTE
    inspect(box, 1)
    box.now += 200 * MINUTE
    inspect(box, 2)
    box.run(box.attest())
    assert [a.time for a in box.attested()] == [400 * 60, 400 * 60, 500 * 60]


def test_what_a_policy_allows_at_a_time_is_kept_before_the_rest_is_refused(box: Box) -> None:
    inspect(box, *range(5))
    box.sign.allowed = 2
    box.run(box.attest())
    assert len(box.attested()) == 2
    with pytest.raises(RateExceededError):
        box.run(box.attest())
    box.sign.allowed = 5
    box.run(box.attest())
    assert box.sign.signed == [0, 1, 2, 3, 4]


def test_a_batch_waits_for_company_and_then_stands_with_its_publication(box: Box) -> None:
    travel(box, lambda _: 5.0)
    box.run(trips(box))
    box.run(box.attest())
    settings = BatchSettings(count=2, seconds=60)
    stage = box.batch(settings)
    assert not box.run(stage)
    box.now += 59_000
    assert not box.run(stage)
    with box.store.read() as c:
        assert attestations.select_unbatched(c)
    box.now += 1000
    assert not box.run(stage)
    with box.store.read() as c:
        assert not attestations.select_unbatched(c)
        (publication,) = publications.select_open(c, GATEWAY)
        batch = batches.load(c, GATEWAY, 0)
    assert (publication.state, publication.index, publication.root, publication.count) == (State.STAGED, 0, batch.root, 1)


def test_a_full_batch_does_not_wait(box: Box) -> None:
    travel(box, lambda _: 5.0)
    box.run(trips(box))
    box.run(box.attest())
    assert box.run(box.batch(BatchSettings(count=1, seconds=3600)))
    assert not box.run(box.batch(BatchSettings(count=1, seconds=3600)))


def attest_frame(box: Box, number: int) -> None:
    inspect(box, number)
    box.run(box.attest())


def test_a_batch_that_is_due_waits_for_a_cheaper_hour_and_grows_meanwhile(box: Box) -> None:
    price: list[int | None] = [50 * GWEI]
    settings = BatchSettings(count=1, seconds=0, cheap_gwei=20, patience_seconds=3600, most=10)
    stage = MakeBatch(
        box.store,
        Anchorage(1, b"\x22" * 20, GATEWAY),
        settings,
        now_ms=box.now_ms,
        monotonic=lambda: box.now / 1000,
        base_fee_wei=lambda: price[0],
    )
    attest_frame(box, 1)
    assert not box.run(stage)
    attest_frame(box, 2)
    box.now += 60_000
    assert not box.run(stage)
    with box.store.read() as c:
        assert len(attestations.select_unbatched(c)) == 2
    price[0] = 20 * GWEI
    box.run(stage)
    with box.store.read() as c:
        assert batches.load(c, GATEWAY, 0).count == 2


@pytest.mark.parametrize("price", [50 * GWEI, None], ids=["patience ends", "no price is known"])
def test_no_batch_waits_for_ever_for_a_cheaper_hour(box: Box, price: int | None) -> None:
    settings = BatchSettings(count=1, seconds=0, cheap_gwei=20, patience_seconds=3600)
    stage = MakeBatch(
        box.store,
        Anchorage(1, b"\x22" * 20, GATEWAY),
        settings,
        now_ms=box.now_ms,
        monotonic=lambda: box.now / 1000,
        base_fee_wei=lambda: price,
    )
    attest_frame(box, 1)
    box.run(stage)
    box.now += 3_600_000
    box.run(stage)
    with box.store.read() as c:
        assert batches.get(c, GATEWAY, 0) is not None


def test_statements_of_a_batch_that_is_abandoned_enter_a_batch_of_the_next_key(box: Box) -> None:
    attest_frame(box, 1)
    box.run(box.batch(BatchSettings(count=1)))
    assert box.store.write(lambda c: publications.abandon(c, GATEWAY)).result() == (1, 1)
    later = b"\x77" * 20
    stage = MakeBatch(
        box.store, Anchorage(1, b"\x22" * 20, later), BatchSettings(count=1), now_ms=box.now_ms, monotonic=lambda: box.now / 1000
    )
    assert box.run(stage)
    with box.store.read() as c:
        assert batches.get(c, GATEWAY, 0) is None
        assert batches.load(c, later, 0).count == 1
        assert [one.gateway for one in publications.select_open(c, later)] == [later]


def test_a_batch_is_stamped_where_only_eas_exists(box: Box) -> None:
    eas = b"\xe0" * 20
    stage = MakeBatch(
        box.store, Anchorage(8453, eas, GATEWAY, stage_stamp), BatchSettings(count=1), now_ms=box.now_ms, monotonic=lambda: box.now / 1000
    )
    attest_frame(box, 1)
    assert box.run(stage)
    with box.store.read() as c:
        stamp = publications.get(c, GATEWAY, 0)
        root = batches.load(c, GATEWAY, 0).root
    assert stamp is not None
    assert (stamp.kind, stamp.registry, stamp.root) == (Kind.STAMP, eas, root)


class NotProving:
    """A prover that fails with the first anchor and has no head for the others."""

    network = load_network("mainnet")
    domain = DOMAIN

    def __init__(self) -> None:
        self.asked: list[int] = []

    async def prove(self, gateway: bytes, index: int, attestation: Attestation, others: Sequence[CoAttestation] = ()) -> Proof | None:
        assert gateway == GATEWAY
        self.asked.append(index)
        if index == 0:
            raise ValueError("no such anchor")
        return None


def test_a_bundle_that_cannot_be_written_does_not_hold_up_the_next_and_is_not_forgotten(box: Box, tmp_path: Path) -> None:
    travel(box, lambda _: 5.0)
    box.store.write(lambda c: shipments.insert(c, Shipment(LATER, "reefer-1", "vaccine", 10 * MINUTE))).result()
    box.store.write(lambda c: shipments.close(c, LATER, 300 * MINUTE)).result()
    for stage in (trips(box), trips(box), box.attest(), *[box.batch(BatchSettings(count=1))] * 2):
        box.run(stage)
    with box.store.read() as c:
        open_ = list(publications.select_open(c, GATEWAY))
    for one in open_:
        final = replace(one, state=State.FINAL, revision=1)
        assert box.store.write(partial(publications.swap, old=one, new=final)).result()
    prover = NotProving()
    stage = WriteBundles(box.store, prover, Conditions.load, BundleFiles(), tmp_path, box.now_ms)
    with pytest.raises(ValueError, match="no such anchor"):
        box.run(stage)
    assert prover.asked == [0, 1]
    assert not list(tmp_path.glob("*.json"))


def test_every_quantity_of_every_attached_device_is_judged_and_proven(box: Box) -> None:
    box.store.write(lambda c: shipments.insert(c, Shipment(SUBJECT, "reefer-1", "bananas", 0))).result()
    box.store.write(lambda c: attachments.insert(c, SUBJECT, "logger-2", 100 * MINUTE)).result()
    box.store.write(lambda c: attachments.detach(c, SUBJECT, "logger-2", 200 * MINUTE)).result()
    box.store.write(lambda c: shipments.close(c, SUBJECT, 300 * MINUTE)).result()
    base = [replace(temperature(minute), value=13.7) for minute in range(0, 301, 5)]
    doors = [replace(r, quantity="door", unit="", value=False, evidence=b"d" * 32) for r in base]
    damp = [replace(r, device="logger-2", quantity="humidity", unit="%RH", value=90.0, evidence=b"h" * 32) for r in base]
    for part in (base, doors, damp, [replace(r, quantity="pressure", unit="Pa", value=1e5, evidence=b"p" * 32) for r in base]):
        box.take(*(replace(r, sequence=number + 1000 * part[0].evidence[0]) for number, r in enumerate(part)), name=part[0].evidence)
    box.run(trips(box))
    box.run(box.attest())
    with box.store.read() as c:
        (stored,) = attestations.select_subject(c, SUBJECT)
        (found,) = findings.select_subject(c, SUBJECT)
        used = used_readings(c, found)
    assert (found.finding.verdict, found.finding.device) == (Verdict.CONFORMS, "logger-2, reefer-1")
    assert ShipmentStatement.decode(stored.attestation.data).readings == len(used) == 61 + 61 + 21
    assert {(r.device, r.quantity) for r in used} == {("reefer-1", "temperature"), ("reefer-1", "door"), ("logger-2", "humidity")}
    assert all(isinstance(r.value, float) for r in used)
    reports = json.loads(stored.event)["sensorElementList"][0]["sensorReport"]
    assert [report["type"] for report in reports] == ["Temperature", "RelativeHumidity"]
    assert "aios:deadline" not in json.loads(stored.event)


def test_the_event_names_the_shipments_deadline(box: Box) -> None:
    travel(box, lambda _: 5.0)
    box.store.write(lambda c: c.execute("UPDATE shipments SET deadline_ms = ?", (301 * MINUTE,))).result()
    box.run(trips(box))
    box.run(box.attest())
    with box.store.read() as c:
        (stored,) = attestations.select_subject(c, SUBJECT)
    assert json.loads(stored.event)["aios:deadline"] == "1970-01-01T05:01:00.000Z"


def test_a_clock_that_is_ahead_leaves_the_verdict_open(box: Box) -> None:
    box.store.write(lambda c: shipments.insert(c, Shipment(SUBJECT, "reefer-1", "vaccine", 0))).result()
    box.store.write(lambda c: shipments.close(c, SUBJECT, 300 * MINUTE)).result()
    for minute in range(0, 301, 5):
        reading = temperature(minute)
        box.store.offer(
            Delivery("floor", "t", minute.to_bytes(32, "big"), b"p", reading.time_ms - 1_000_000, (reading,), None, lambda: None)
        )
    box.store.write(lambda _: None).result()
    box.run(trips(box))
    with box.store.read() as c:
        (found,) = findings.select_subject(c, SUBJECT)
    assert (found.finding.label, dict(found.finding.measures)["clock_seconds"]) == ("clock", 1000)


def test_a_finding_of_an_earlier_release_is_still_proven_from_its_temperatures(box: Box) -> None:
    travel(box, lambda _: 5.0)
    box.run(trips(box))
    box.store.write(lambda c: c.execute("DELETE FROM judgements")).result()
    with box.store.read() as c:
        (found,) = findings.select_subject(c, SUBJECT)
        assert len(used_readings(c, found)) == 61


def test_nothing_is_stated_when_a_reading_was_altered_in_the_store(box: Box) -> None:
    travel(box, lambda _: 5.0)
    box.run(trips(box))
    box.store.write(lambda c: c.execute("UPDATE readings SET evidence = zeroblob(32) WHERE id = 9")).result()
    assert not box.run(box.attest())
    assert [name for name, _ in box.conditions] == [UNPROVABLE]


def test_a_finding_that_would_contradict_what_was_signed_is_named_and_does_not_hold_up_the_next(box: Box) -> None:
    inspect(box, *range(3))

    class Refuses(Signs):
        def __call__(self, message: Message, number: int) -> Attestation:
            if len(self.signed) == 1 and not refused:
                refused.append(message)
                raise DoubleVerdictError(bytes(32), 7)
            return super().__call__(message, number)

    refused: list[Message] = []
    box.sign = Refuses()
    attest = box.attest()
    for _ in range(3):
        box.run(attest)
    assert len(box.attested()) == 2
    assert box.sign.signed == [0, 1]
    ((name, text),) = box.conditions
    assert name == CONTRADICTION
    assert "record 7" in text


def corrected(box: Box, edition: int) -> None:
    """What a correction does to the table: the trip is to be judged once more."""
    with box.store.read() as c:
        known = shipments.get(c, SUBJECT)
    assert known is not None
    mended = replace(known, state=ShipmentState.CLOSED, edition=edition)
    assert box.store.write(lambda c: shipments.swap(c, known, mended)).result()


def test_a_correction_is_attested_under_the_uid_of_what_it_corrects_and_the_chain_never_forks(box: Box) -> None:
    travel(box, lambda minute: 20.0 if minute == 100 else 5.0)
    for edition in range(3):
        if edition:
            travelled = [(0, (300 - 10 * edition) * MINUTE)]
            box.store.write(partial(attachments.replace, subject=SUBJECT, device="reefer-1", spans=travelled)).result()
            corrected(box, edition)
        assert box.run(trips(box))
        assert not box.run(trips(box))
        box.run(box.attest())
    with box.store.read() as c:
        said = [stored.attestation for stored in attestations.select_subject(c, SUBJECT)]
        found = list(findings.select_subject(c, SUBJECT))
        used = [len(used_readings(c, one)) for one in found]
    assert [one.ref_uid for one in said] == [bytes(32), said[0].uid, said[1].uid]
    assert [ShipmentStatement.decode(one.data).readings for one in said] == used == [61, 59, 57]
    assert [one.edition for one in found] == [0, 1, 2]
    fork = replace(said[2], uid=b"\x01" * 32)
    with pytest.raises(sqlite3.IntegrityError):
        box.store.write(lambda c: attestations.insert(c, fork, subject=SUBJECT, finding=found[0].id, event=b"", created_ms=1)).result()


def test_a_statement_whose_correction_is_signed_is_never_signed_afterwards(box: Box) -> None:
    travel(box, lambda _: 5.0)
    box.run(trips(box))
    box.store.write(lambda c: c.execute("UPDATE readings SET unit = 'K' WHERE id = 1")).result()  # for now nothing can be stated
    assert not box.run(box.attest())
    corrected(box, 1)
    box.run(trips(box))
    assert not box.run(box.attest())
    (said,) = box.attested()
    assert said.ref_uid == bytes(32)
    box.store.write(lambda c: c.execute("UPDATE readings SET unit = 'Cel' WHERE id = 1")).result()
    assert not box.run(box.attest())  # as after a restart, which looks at everything again
    assert box.attested() == [said]


def test_the_event_of_a_trip_names_the_newest_handover(box: Box) -> None:
    travel(box, lambda _: 5.0)
    terms = Terms(
        shipment=Key.from_path(SUBJECT),
        number=0,
        previous=bytes(32),
        giver=b"\x01" * 20,
        giver_party="",
        taker=b"\x02" * 20,
        taker_party="",
        time_ms=1,
        place="",
    )
    handover = Handover(terms, bytes(64) + b"\x1b", bytes(64) + b"\x1c")
    box.store.write(lambda c: custody.insert(c, SUBJECT, handover, recorded_ms=1)).result()
    box.run(trips(box))
    box.run(box.attest())
    with box.store.read() as c:
        (stored,) = attestations.select_subject(c, SUBJECT)
    assert ShipmentEvent.from_json(json.loads(stored.event)).custody == handover.hash
    assert ShipmentStatement.decode(stored.attestation.data).event_hash == digest(json.loads(stored.event))
