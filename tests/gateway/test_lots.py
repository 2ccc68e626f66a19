"""Lots from opening to a signed verdict, over a real store."""

import asyncio
import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest

from edge_agents.finding import Finding, SubjectKind, Verdict
from edge_agents.lots import policy
from edge_agents.lots.errors import InspectionDiscontinued, SamplingRefused
from edge_agents.lots.plan import Severity
from gateway.control import Command
from gateway.lots import LotNameError, Lots, LotStateError, Terms, lot_commands, series_standing
from gateway.pipeline.attest import UNPROVABLE, Attest
from gateway.pipeline.judge import JudgeSettings
from gateway.pipeline.lot_statements import sampled
from gateway.pipeline.lots import JudgeLots
from gateway.store import attestations, findings, lots, manifests
from gateway.store.lot_records import Lot, LotState
from gateway.store.records import Step
from gateway.store.settings import StoreSettings
from gateway.store.store import Store
from oracle import attestation
from oracle.attestation import Attestation, Domain, Message
from oracle.epcis.document import read
from oracle.epcis.event_hash import event_hash
from oracle.errors import InvalidKeyError
from oracle.lot_verdict import inspection_tree, verdict_of_plan
from oracle.schemas import LotStatement, LotVerdictStatement, subject_id
from oracle.secret import SecretKey
from oracle.signer import LocalSigner

GTIN = "09506000134352"
SUBJECT = f"01/{GTIN}/10/L42"
DOMAIN = Domain("1.4.0", 1337, b"\x11" * 20)
SIGNER = LocalSigner(SecretKey(b"\x07" * 32))
SMALL = Terms(lot_size=100, aql="2.5", supplier="Mill 7", machine="press-2")
"""n = 20, Ac 1, Re 2."""


class Floor:
    """A store with a clock, and what happens to lots there."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.now = 1_000_000
        self.lots = Lots(store, lambda: self.now)
        self.conditions: list[tuple[str, str]] = []

    def open(self, terms: Terms = SMALL, lot: str = "L42") -> Any:
        return asyncio.run(self.lots.open(GTIN, lot, terms))

    def close(self, lot: str = "L42") -> None:
        asyncio.run(self.lots.close(GTIN, lot))

    def inspect(self, count: int, *bad: int, lot: str = "L42", first: int = 0) -> None:
        for number in range(first, first + count):
            one = item(number, good=number not in bad, lot=lot)
            self.store.write(partial(findings.insert, finding=one, created_ms=self.now)).result()

    def attest(self) -> None:
        stage = Attest(self.store, sign, SIGNER.address, "https://id.gs1.org/414/9506000134352", lambda: self.now, self.report)
        while asyncio.run(stage.step()):
            pass

    def report(self, name: str, severity: str | None, text: str) -> None:
        assert severity is not None
        self.conditions.append((name, text))

    def judge(self, *, signing: bool = False) -> bool:
        return asyncio.run(JudgeLots(self.store, JudgeSettings(settle_seconds=60), lambda: self.now, signing=signing).step())

    def lot(self, lot: str = "L42") -> Lot:
        with self.store.read() as connection:
            found = lots.get(connection, f"01/{GTIN}/10/{lot}")
        assert found is not None
        return found

    def verdict(self, lot: str, *, good: bool) -> None:
        """Takes a whole lot through inspection."""
        plan = self.open(replace(SMALL, resume=True), lot)
        self.now += 1000
        self.inspect(plan.sample_size, *(() if good else (0, 1)), lot=lot)
        assert self.judge()


def sign(message: Message, number: int) -> Attestation:
    return Attestation.signed(message, DOMAIN, SIGNER.address, SIGNER.sign_digest)


def item(number: int, *, good: bool, lot: str) -> Finding:
    return Finding(
        agent="surface-defects",
        agent_hash=bytes(32),
        kind=SubjectKind.LOT,
        subject=f"01/{GTIN}/10/{lot}",
        item=f"item-{number}",
        device="camera-1",
        verdict=Verdict.CONFORMS if good else Verdict.BREACH,
        label="good" if good else "pit",
        confidence=0.9,
        from_ms=5000 + number,
        to_ms=5000 + number,
        readings=1,
        measures=(("good", 0.9), ("pit", 0.1)),
        evidence=hashlib.sha256(f"{lot}/{number}".encode()).digest(),
    )


@pytest.fixture
def floor(tmp_path: Path) -> Iterator[Floor]:
    store = Store.open(StoreSettings(str(tmp_path / "store.db")), now_ms=lambda: 0, on_condition=lambda *_: None)
    yield Floor(store)
    store.close()


def test_a_lot_is_opened_with_the_plan_of_its_size(floor: Floor) -> None:
    plan = floor.open()
    assert (plan.letter, plan.sample_size, plan.accept, plan.reject, plan.severity) == ("F", 20, 1, 2, Severity.NORMAL)
    known = floor.lot()
    assert (known.supplier, known.machine, known.lot_size, known.aql, known.state) == ("Mill 7", "press-2", 100, "2.5", LotState.OPEN)


@pytest.mark.parametrize(
    ("gtin", "lot", "terms", "error"),
    [
        ("09506000134353", "L1", SMALL, InvalidKeyError),
        (GTIN, "", SMALL, InvalidKeyError),
        (GTIN, "L" * 21, SMALL, InvalidKeyError),
        (GTIN, "L1", replace(SMALL, lot_size=1), SamplingRefused),
        (GTIN, "L1", replace(SMALL, aql="3"), SamplingRefused),
        (GTIN, "L1", replace(SMALL, level="IV"), SamplingRefused),
        (GTIN, "L1", replace(SMALL, supplier="x" * 81), LotNameError),
        (GTIN, "L1", replace(SMALL, machine="press\n2"), LotNameError),
        (GTIN, "L1", replace(SMALL, machine="007"), LotNameError),  # its hash is that of 7
    ],
)
def test_a_lot_that_cannot_be_is_not_opened(floor: Floor, gtin: str, lot: str, terms: Terms, error: type[Exception]) -> None:
    with pytest.raises(error):
        asyncio.run(floor.lots.open(gtin, lot, terms))


def test_a_lot_is_opened_once_and_closed_once(floor: Floor) -> None:
    with pytest.raises(LotStateError, match="not known here"):
        floor.close()
    floor.open()
    with pytest.raises(LotStateError, match="is open"):
        floor.open()
    floor.close()
    with pytest.raises(LotStateError, match="is closed"):
        floor.close()


def test_a_complete_sample_is_judged_without_closing(floor: Floor) -> None:
    floor.open()
    floor.inspect(19)
    assert not floor.judge()
    floor.inspect(1, first=19)
    assert floor.judge()
    assert not floor.judge()
    known = floor.lot()
    assert (known.state, known.verdict, known.inspected, known.nonconforming) == (LotState.JUDGED, Verdict.CONFORMS, 20, 0)
    with floor.store.read() as connection:
        found = list(findings.select_subject(connection, SUBJECT))[-1].finding
        assert manifests.get(connection, found.agent_hash) == policy.manifest("II", "2.5", Severity.NORMAL).text
        assert findings.labels(connection, SubjectKind.LOT) == {"good": 20}
        assert all(one.finding.item for one in findings.select_latest(connection))
    assert (found.label, found.item) == ("accept", "")


@pytest.mark.parametrize(
    ("count", "bad", "verdict"), [(5, (), Verdict.INSUFFICIENT), (5, (0, 1), Verdict.BREACH), (0, (), Verdict.INSUFFICIENT)]
)
def test_a_closed_lot_is_judged_once_it_has_settled(floor: Floor, count: int, bad: tuple[int, ...], verdict: Verdict) -> None:
    floor.open()
    floor.inspect(count, *bad)
    floor.close()
    floor.now += 59_999
    assert not floor.judge()
    floor.now += 1
    assert floor.judge()
    assert (floor.lot().verdict, floor.lot().inspected) == (verdict, count)


def test_where_statements_are_signed_a_lot_waits_for_those_about_its_items(floor: Floor) -> None:
    floor.open()
    floor.inspect(20, 3)
    assert not floor.judge(signing=True)
    floor.attest()
    assert floor.judge(signing=True)


def test_the_verdict_is_signed_over_the_statements_about_the_items(floor: Floor) -> None:
    floor.open()
    floor.inspect(24, 3, 21, 22)
    floor.attest()
    assert floor.judge(signing=True)
    floor.attest()
    with floor.store.read() as connection:
        *items, last = attestations.select_subject(connection, SUBJECT)
    signed = last.attestation
    attestation.verify(signed, domain=DOMAIN, now_s=0)
    statement = LotVerdictStatement.decode(signed.data)
    assert (statement.lot, statement.lot_size) == (subject_id(f"https://id.gs1.org/{SUBJECT}"), 100)
    assert (statement.inspected, statement.nonconforming, statement.verdict) == (20, 1, 0)
    assert (statement.from_ms, statement.to_ms) == (5000, 5019)
    assert statement.inspection_root == inspection_tree(one.attestation for one in items[:20]).root
    assert [LotStatement.decode(one.attestation.data).defect for one in items].count(0) == 21
    manifest = policy.manifest("II", "2.5", Severity.NORMAL)
    assert statement.agent == manifest.hash
    assert verdict_of_plan(manifest.text, 100, 20, 1) == statement.verdict
    event = json.loads(last.event)
    assert signed.salt == event_hash(event) == read(last.event).events[0].digest
    assert (event["aios:supplier"], event["aios:machine"], event["bizStep"]) == ("Mill 7", "press-2", "inspecting")
    assert event["persistentDisposition"] == {"set": ["conformant"]}
    assert event["quantityList"] == [{"epcClass": f"https://id.gs1.org/{SUBJECT}", "quantity": 20}]
    assert not floor.conditions


def test_the_proof_of_a_verdict_is_not_that_of_its_items(floor: Floor) -> None:
    floor.open()
    floor.inspect(20)
    floor.attest()
    floor.judge(signing=True)
    with floor.store.read() as connection:
        assert lots.progress(connection, SUBJECT) is Step.RECORDED
    floor.attest()
    with floor.store.read() as connection:
        assert lots.progress(connection, SUBJECT) is Step.SIGNED


def test_signing_again_after_a_restart_gives_the_same_digest(floor: Floor) -> None:
    floor.open()
    floor.inspect(20)
    floor.attest()
    floor.judge(signing=True)
    floor.attest()
    with floor.store.read() as connection:
        before = list(attestations.select_subject(connection, SUBJECT))[-1].attestation
    floor.store.write(lambda c: c.execute("DELETE FROM attestations WHERE uid = ?", (before.uid,))).result()
    floor.attest()
    with floor.store.read() as connection:
        assert list(attestations.select_subject(connection, SUBJECT))[-1].attestation == before


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM attestations WHERE finding = 7",
        "UPDATE findings SET verdict = 1 WHERE id = 3",
        "DELETE FROM lots",
        "UPDATE lots SET lot_size = 5000",
    ],
)
def test_nothing_is_stated_about_a_lot_whose_items_are_others_by_now(floor: Floor, damage: str) -> None:
    floor.open()
    floor.inspect(20)
    floor.attest()
    floor.judge(signing=True)
    stage = Attest(floor.store, sign, SIGNER.address, "", lambda: floor.now, floor.report)
    floor.store.write(lambda c: c.execute(damage)).result()
    if "attestations" in damage:
        floor.store.write(lambda c: c.execute("UPDATE findings SET readings = 0 WHERE id = 7")).result()
    asyncio.run(stage.step())
    with floor.store.read() as connection:
        signed = [one.attestation.schema for one in attestations.select_subject(connection, SUBJECT)]
    assert LotVerdictStatement.UID not in signed
    assert [name for name, _ in floor.conditions] == [UNPROVABLE]


def test_an_incomplete_sample_is_stated_as_such(floor: Floor) -> None:
    floor.open()
    floor.inspect(3)
    floor.attest()
    floor.close()
    floor.now += 60_000
    floor.judge(signing=True)
    floor.attest()
    with floor.store.read() as connection:
        last = list(attestations.select_subject(connection, SUBJECT))[-1]
    assert LotVerdictStatement.decode(last.attestation.data).verdict == 2
    assert "persistentDisposition" not in json.loads(last.event)


def test_rejected_lots_tighten_the_next_and_many_discontinue_the_series(floor: Floor) -> None:
    for number in range(2):
        floor.verdict(f"N{number}", good=False)
    assert floor.open(lot="T").severity is Severity.TIGHTENED
    for number in range(5):
        floor.verdict(f"T{number}", good=False)
    with pytest.raises(InspectionDiscontinued, match="Mill 7"):
        floor.open(lot="X")
    other = floor.open(replace(SMALL, supplier="Mill 8"), "Y")
    assert other.severity is Severity.NORMAL
    assert floor.open(replace(SMALL, resume=True), "X").severity is Severity.TIGHTENED
    assert floor.lot("X").resumed


def test_reduced_inspection_is_earned_and_agreed(floor: Floor) -> None:
    for number in range(15):
        floor.verdict(f"N{number}", good=True)
    assert floor.open(lot="A").severity is Severity.NORMAL
    assert floor.open(replace(SMALL, reduced_agreed=True), "B").severity is Severity.REDUCED


def test_a_sample_that_stayed_incomplete_says_nothing_about_the_series(floor: Floor) -> None:
    for number in range(3):
        floor.open(lot=f"I{number}")
        floor.close(f"I{number}")
    floor.now += 60_000
    while floor.judge():
        pass
    with floor.store.read() as connection:
        assert series_standing(connection, "Mill 7", GTIN).recent == ()


async def call(command: Command, **arguments: Any) -> Any:
    return await command(arguments)


def test_the_control_commands_take_and_give_json(floor: Floor) -> None:
    commands = lot_commands(floor.lots)
    opened = asyncio.run(call(commands["lots-open"], gtin=GTIN, lot="L42", lot_size=1000, aql="1"))
    assert opened == {"subject": SUBJECT, "severity": "normal", "letter": "J", "sample_size": 80, "accept": 2, "reject": 3}
    assert asyncio.run(call(commands["lots-close"], gtin=GTIN, lot="L42")) == {"subject": SUBJECT}
    with pytest.raises(msgspec.ValidationError):
        asyncio.run(call(commands["lots-open"], gtin=GTIN, lot="L43", lot_size="many"))


def test_items_that_come_after_the_verdict_are_not_of_its_sample(floor: Floor) -> None:
    floor.open()
    floor.inspect(3)
    floor.close()
    floor.now += 60_000
    assert floor.judge()
    floor.inspect(5, first=3)
    with floor.store.read() as connection:
        seen = [stored.finding.item for stored in sampled(connection, floor.lot())]
    assert seen == ["item-0", "item-1", "item-2"]
    assert floor.lot().inspected == 3
