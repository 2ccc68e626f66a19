import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import pytest

from edge_agents.finding import Finding, SubjectKind, Verdict
from gateway.errors import SubjectStateError, UnknownSubjectError
from gateway.life import Life, TransitionRefusedError
from gateway.shipment_commands import shipment_commands
from gateway.shipment_errors import (
    AttachmentError,
    ChangedMeanwhileError,
    FutureTimeError,
    NotJudgedError,
    NotOursError,
    ShipmentRefusedError,
    TimeOrderError,
    TwoVerdictsError,
    UnknownNameError,
)
from gateway.shipments import Shipments
from gateway.store import attachments, attestations, coverages, custody, epcis, findings, shipments, steps
from gateway.store.records import Shipment, ShipmentState
from gateway.store.settings import StoreSettings
from gateway.store.store import Store
from oracle import attestation_json, custody_json
from oracle import custody as rules
from oracle.attestation import Attestation, Domain, Message
from oracle.attestation_errors import AttesterMismatchError
from oracle.custody_errors import CustodyError, CustodyForkError, CustodyHolderError
from oracle.epcis.document import EpcisRefusedError
from oracle.errors import InvalidKeyError
from oracle.gs1 import Key
from oracle.hexes import to_checksum
from oracle.schemas import LotStatement, ShipmentStatement, subject_id
from oracle.secret import SecretKey
from oracle.signer import LocalSigner

SSCC = "106141412345678908"
SUBJECT = f"00/{SSCC}"
MINUTE = 60_000
NOW = 1000 * MINUTE
SHIPPER, CARRIER, BUYER, OURS = (LocalSigner(SecretKey(bytes([n]) * 32)) for n in (1, 2, 3, 4))
T = TypeVar("T")


@dataclass
class Dock:
    store: Store
    known: Shipments
    now: int = NOW

    def do(self, said: Awaitable[T]) -> T:
        async def run() -> T:
            return await said

        return asyncio.run(run())

    def opened(self, at_ms: int = 0) -> Shipment:
        return self.do(self.known.open(SSCC, device="reefer-1", product="vaccine", at_ms=at_ms))

    def steps(self) -> list[str]:
        with self.store.read() as connection:
            return [one.step for one in steps.select(connection, SUBJECT)]

    def stored(self) -> Shipment:
        with self.store.read() as connection:
            found = shipments.get(connection, SUBJECT)
        assert found is not None
        return found

    def judge(self, edition: int = 0) -> None:
        found = Finding(
            "a", bytes(32), SubjectKind.SHIPMENT, SUBJECT, "", "reefer-1", Verdict.CONFORMS, "conforms", 1.0, 0, 1, 2, (), bytes(32)
        )
        self.store.write(lambda c: findings.insert(c, found, created_ms=1, edition=edition)).result()


@pytest.fixture
def dock(tmp_path: Path) -> Iterator[Dock]:
    store = Store.open(StoreSettings(str(tmp_path / "store.db")), now_ms=lambda: NOW, on_condition=lambda *_: None)
    place = "https://id.gs1.org/414/9506000134352"
    made = Dock(store, Shipments(store, {"reefer-1", "logger-2"}, {"vaccine", "frozen"}, lambda: made.now, place, OURS.address))
    yield made
    store.close()


def signed(chain: list[rules.Handover], giver: LocalSigner, taker: LocalSigner, **other: Any) -> rules.Handover:
    agreed = {"shipment": Key("00", SSCC), "giver_party": "", "taker_party": "", "place": "", "time_ms": (1 + len(chain)) * MINUTE, **other}
    terms = rules.next_terms(chain, giver=giver.address, taker=taker.address, **agreed)
    handover = rules.Handover(terms)
    for signer in (giver, taker):
        handover = handover.signed_by(signer.address, signer.sign_digest(terms.hash))
    return handover


# Opening and closing


def test_a_trip_is_opened_and_closed(dock: Dock) -> None:
    opened = dock.opened(at_ms=1000)
    assert (opened.subject, opened.opened_ms, opened.state) == (SUBJECT, 1000, ShipmentState.OPEN)
    closed = dock.do(dock.known.close(SSCC, at_ms=5000))
    assert (closed.closed_ms, closed.state, closed.life) == (5000, ShipmentState.CLOSED, Life.COMMISSIONED)
    assert dock.steps() == ["commissioned", "attached"]
    with dock.store.read() as connection:
        (travelled,) = attachments.select(connection, SUBJECT)
    assert (travelled.device, travelled.from_ms, travelled.to_ms) == ("reefer-1", 1000, 5000)


@pytest.mark.parametrize(
    ("sscc", "device", "product", "error"),
    [
        ("106141412345678909", "reefer-1", "vaccine", InvalidKeyError),
        ("x", "reefer-1", "vaccine", InvalidKeyError),
        (SSCC, "reefer-9", "vaccine", UnknownNameError),
        (SSCC, "reefer-1", "marbles", UnknownNameError),
    ],
)
def test_a_trip_that_cannot_be_is_not_opened(dock: Dock, sscc: str, device: str, product: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        dock.do(dock.known.open(sscc, device=device, product=product))


def test_a_trip_is_opened_once_and_closed_once(dock: Dock) -> None:
    with pytest.raises(UnknownSubjectError, match="none yet"):
        dock.do(dock.known.close(SSCC))
    dock.opened(at_ms=1000)
    with pytest.raises(SubjectStateError, match="is open"):
        dock.opened()
    with pytest.raises(SubjectStateError, match=r"closed at 1970-01-01 00:00:00\.999 UTC"):
        dock.do(dock.known.close(SSCC, at_ms=999))
    dock.do(dock.known.close(SSCC))
    with pytest.raises(SubjectStateError, match="is closed"):
        dock.do(dock.known.close(SSCC))


# Bad input: future times, contradictions, with the pointer to the field


@pytest.mark.parametrize(
    ("said", "error", "path"),
    [
        (lambda k: k.attach(SSCC, device="logger-2", at_ms=NOW + 300_001), FutureTimeError, "$.at"),
        (lambda k: k.depart(SSCC, at_ms=NOW + 300_001), FutureTimeError, "$.at"),
        (lambda k: k.receive(SSCC, at_ms=NOW + 300_001), FutureTimeError, "$.at"),
        (lambda k: k.depart(SSCC, at_ms=MINUTE - 1), TimeOrderError, "$.at"),
        (lambda k: k.pack(SSCC, items=["https://id.gs1.org/01/09506000134352/21/7"], at_ms=MINUTE - 1), TimeOrderError, "$.at"),
        (lambda k: k.attach(SSCC, device="logger-2", at_ms=MINUTE - 1), TimeOrderError, "$.at"),
        (lambda k: k.attach(SSCC, device="reefer-1"), AttachmentError, "$.device"),
        (lambda k: k.attach(SSCC, device="logger-9"), UnknownNameError, "$.device"),
        (lambda k: k.detach(SSCC, device="logger-2"), AttachmentError, "$.device"),
        (lambda k: k.detach(SSCC, device="reefer-1", at_ms=MINUTE - 1), AttachmentError, "$.device"),
        (lambda k: k.open("106141412345678915", device="reefer-1", product="vaccine", at_ms=NOW + 300_001), FutureTimeError, "$.at"),
        (
            lambda k: k.open("106141412345678915", device="reefer-1", product="vaccine", at_ms=9, deadline_ms=9),
            TimeOrderError,
            "$.deadline",
        ),
    ],
)
def test_what_contradicts_is_refused_with_the_pointer_and_changes_nothing(
    dock: Dock, said: Callable[[Shipments], Awaitable[object]], error: type[ShipmentRefusedError], path: str
) -> None:
    before = dock.opened(at_ms=MINUTE)
    with pytest.raises(error) as refused:
        dock.do(said(dock.known))
    assert refused.value.path == path
    assert (dock.stored(), dock.steps()) == (before, ["commissioned", "attached"])


def test_what_is_inside_is_checked_as_any_epcis_event(dock: Dock) -> None:
    dock.opened()
    with pytest.raises(EpcisRefusedError) as refused:
        dock.do(dock.known.pack(SSCC, items=["https://id.gs1.org/01/09506000134353/21/7"]))
    assert "childEPCs[0]" in refused.value.path
    assert dock.stored().life is Life.COMMISSIONED
    packed = dock.do(dock.known.pack(SSCC, quantities=[{"epcClass": "https://id.gs1.org/01/09506000134352/10/L42", "quantity": 250.0}]))
    assert (packed.life, packed.revision) == (Life.PACKED, 1)


# Devices


def test_devices_come_and_go_with_their_times(dock: Dock) -> None:
    dock.opened()
    dock.do(dock.known.attach(SSCC, device="logger-2", at_ms=5 * MINUTE))
    dock.do(dock.known.detach(SSCC, device="logger-2", at_ms=9 * MINUTE))
    with pytest.raises(TimeOrderError):
        dock.do(dock.known.attach(SSCC, device="logger-2", at_ms=9 * MINUTE))
    dock.do(dock.known.attach(SSCC, device="logger-2", at_ms=20 * MINUTE))
    dock.do(dock.known.receive(SSCC, at_ms=30 * MINUTE))
    with dock.store.read() as connection:
        spans = [(a.device, a.from_ms // MINUTE, (a.to_ms or 0) // MINUTE) for a in attachments.select(connection, SUBJECT)]
    assert spans == [("reefer-1", 0, 30), ("logger-2", 5, 9), ("logger-2", 20, 30)]
    with pytest.raises(SubjectStateError):
        dock.do(dock.known.attach(SSCC, device="logger-2"))


# Custody


def test_custody_is_recorded_once_and_what_contradicts_is_refused(dock: Dock) -> None:
    dock.opened()
    first = signed([], SHIPPER, CARRIER, place="Dock 4")
    assert dock.do(dock.known.hand_over(SSCC, first)).life is Life.HANDED_OVER
    assert dock.do(dock.known.hand_over(SSCC, first)).revision == 1  # again: nothing changes
    second = signed([first], CARRIER, BUYER)
    forked = signed([first], CARRIER, SHIPPER, time_ms=9 * MINUTE)
    stolen = signed([first], BUYER, SHIPPER)
    with pytest.raises(CustodyHolderError) as held:
        dock.do(dock.known.hand_over(SSCC, stolen))
    assert held.value.path == "$.giver"
    dock.do(dock.known.hand_over(SSCC, second))
    for contradiction, error in ((forked, CustodyForkError), (signed([], SHIPPER, BUYER, time_ms=3), CustodyError)):
        with pytest.raises(error):
            dock.do(dock.known.hand_over(SSCC, contradiction))
    with dock.store.read() as connection:
        assert custody.select(connection, SUBJECT) == [first, second]
    assert dock.steps()[2:] == ["handed_over", "handed_over"]


# The whole life


def test_a_whole_life_leaves_a_step_and_an_event_each(dock: Dock) -> None:
    dock.opened()
    dock.do(dock.known.pack(SSCC, items=["https://id.gs1.org/01/09506000134352/21/7"]))
    dock.do(dock.known.hand_over(SSCC, signed([], SHIPPER, CARRIER)))
    dock.do(dock.known.depart(SSCC))
    dock.do(dock.known.receive(SSCC, at_ms=300 * MINUTE))
    dock.judge()
    dock.do(dock.known.dispute(SSCC, reason="logger stood beside it", by="the buyer"))
    corrected = dock.do(dock.known.correct(SSCC, reason="it did", devices={"reefer-1": [(0, 100 * MINUTE)]}))
    assert (corrected.life, corrected.edition, corrected.state) == (Life.CORRECTED, 1, ShipmentState.CLOSED)
    with dock.store.read() as connection:
        found = steps.select(connection, SUBJECT)
        assert [(a.device, a.to_ms) for a in attachments.select(connection, SUBJECT)] == [("reefer-1", 100 * MINUTE)]
    happened = ["commissioned", "attached", "packed", "handed_over", "departed", "received", "disputed", "corrected"]
    assert [one.step for one in found] == happened
    assert [one.event["type"] for one in found][:3] == ["ObjectEvent", "AssociationEvent", "AggregationEvent"]
    assert found[-1].event["errorDeclaration"]["reason"] == "incorrect_data"
    assert found[6].detail == "the buyer: logger stood beside it"
    with dock.store.read() as connection:
        assert epcis.count(connection) == len(happened)  # each can be queried and exported as anybody else's


def test_what_the_table_does_not_know_is_refused(dock: Dock) -> None:
    dock.opened()
    with pytest.raises(TransitionRefusedError, match="commissioned: it cannot be disputed"):
        dock.do(dock.known.dispute(SSCC, reason="early"))
    dock.do(dock.known.receive(SSCC))
    with pytest.raises(TransitionRefusedError):
        dock.do(dock.known.depart(SSCC))
    assert dock.stored().life is Life.RECEIVED


def test_of_two_who_change_a_shipment_at_once_one_is_refused(dock: Dock) -> None:
    old = dock.opened()
    dock.do(dock.known.depart(SSCC))

    def again(connection: Any) -> bool:
        return shipments.swap(connection, old, old)

    assert dock.store.write(again).result() is False
    assert str(ChangedMeanwhileError(SUBJECT)).startswith(f"shipment {SUBJECT} changed meanwhile")


# Corrections


def test_only_what_was_judged_is_corrected(dock: Dock) -> None:
    dock.opened()
    dock.do(dock.known.receive(SSCC, at_ms=300 * MINUTE))
    with pytest.raises(NotJudgedError):
        dock.do(dock.known.correct(SSCC, reason="too early"))
    dock.judge()
    for wrong, error in (
        ({"product": "marbles"}, UnknownNameError),
        ({"devices": {"logger-9": []}}, UnknownNameError),
        ({"closed_ms": NOW + 300_001}, FutureTimeError),
        ({"opened_ms": 301 * MINUTE}, TimeOrderError),
        ({"devices": {"reefer-1": [(0, 9), (5, 20)]}}, TimeOrderError),
    ):
        with pytest.raises(error):
            dock.do(dock.known.correct(SSCC, reason="wrong", **wrong))
    assert dock.stored().edition == 0
    dock.do(dock.known.correct(SSCC, reason="other goods", product="frozen", closed_ms=350 * MINUTE))
    assert (dock.stored().product, dock.stored().closed_ms, dock.stored().edition) == ("frozen", 350 * MINUTE, 1)
    with dock.store.read() as connection:
        assert [a.to_ms for a in attachments.select(connection, SUBJECT)] == [350 * MINUTE]  # what ended with the trip ends with it still
    with pytest.raises(NotJudgedError):
        dock.do(dock.known.correct(SSCC, reason="again"))


# Other gateways


def stated(
    signer: LocalSigner,
    *,
    verdict: int = 0,
    corrects: bytes = bytes(32),
    sscc: str = SSCC,
    schema: bytes = ShipmentStatement.UID,
    agent: bytes = bytes(32),
) -> bytes:
    statement = ShipmentStatement(subject_id(Key("00", sscc).uri), bytes(32), bytes(32), 5, 10 * MINUTE, 20 * MINUTE, verdict, agent)
    message = Message(
        schema=schema,
        recipient=bytes(20),
        time=1,
        expiration_time=0,
        revocable=True,
        ref_uid=corrects,
        data=statement.encode(),
        salt=bytes(32),
    )
    made = Attestation.signed(message, Domain("1.4.0", 1, b"\x11" * 20), signer.address, signer.sign_digest)
    return json.dumps(attestation_json.to_json(made)).encode()


def test_another_gateways_part_is_recorded_as_its_own(dock: Dock) -> None:
    dock.opened()
    dock.do(dock.known.cover(SSCC, stated(CARRIER)))
    dock.do(dock.known.cover(SSCC, stated(CARRIER)))  # again: nothing changes
    dock.do(dock.known.cover(SSCC, stated(BUYER, verdict=1)))  # another attester may see it otherwise
    with dock.store.read() as connection:
        found = coverages.select(connection, SUBJECT)
    assert {(c.attester, c.from_ms, c.to_ms, c.verdict) for c in found} == {
        (CARRIER.address, 10 * MINUTE, 20 * MINUTE, 0),
        (BUYER.address, 10 * MINUTE, 20 * MINUTE, 1),
    }


def test_two_verdicts_of_one_attester_are_refused_unless_one_corrects_the_other(dock: Dock) -> None:
    dock.opened()
    first = dock.do(dock.known.cover(SSCC, stated(CARRIER)))
    with pytest.raises(TwoVerdictsError) as refused:
        dock.do(dock.known.cover(SSCC, stated(CARRIER, verdict=1)))
    assert refused.value.path == "$.sig.message.refUID"
    dock.do(dock.known.cover(SSCC, stated(CARRIER, verdict=1, corrects=first.uid)))
    with dock.store.read() as connection:
        assert [c.verdict for c in coverages.select(connection, SUBJECT)] == [1]


def test_one_attester_may_state_a_part_by_two_policies(dock: Dock) -> None:
    dock.opened()
    strict, mild = b"\x51" * 32, b"\x52" * 32
    first = dock.do(dock.known.cover(SSCC, stated(CARRIER, verdict=1, agent=strict)))
    dock.do(dock.known.cover(SSCC, stated(CARRIER, verdict=0, agent=mild)))
    with pytest.raises(TwoVerdictsError):
        dock.do(dock.known.cover(SSCC, stated(CARRIER, verdict=1, agent=mild)))
    dock.do(dock.known.cover(SSCC, stated(CARRIER, verdict=2, corrects=first.uid, agent=strict)))
    with dock.store.read() as connection:
        assert sorted(c.verdict for c in coverages.select(connection, SUBJECT)) == [0, 2]


def test_what_covers_nothing_of_this_shipment_is_refused(dock: Dock) -> None:
    dock.opened()
    for text, error in (
        (stated(CARRIER, sscc="106141412345678915"), NotOursError),
        (stated(CARRIER, schema=LotStatement.UID), NotOursError),
    ):
        with pytest.raises(error):
            dock.do(dock.known.cover(SSCC, text))
    forged = json.loads(stated(CARRIER))
    forged["signer"] = attestation_json.to_json(attestation_json.loads(stated(BUYER)))["signer"]
    with pytest.raises(AttesterMismatchError):
        dock.do(dock.known.cover(SSCC, json.dumps(forged).encode()))
    with pytest.raises(UnknownSubjectError):
        dock.do(dock.known.cover("106141412345678915", stated(CARRIER, sscc="106141412345678915")))


def test_a_statement_by_a_key_of_this_gateways_own_covers_nothing(dock: Dock) -> None:
    dock.opened()
    with pytest.raises(NotOursError) as refused:
        dock.do(dock.known.cover(SSCC, stated(OURS)))
    assert (refused.value.path, to_checksum(OURS.address) in refused.value.reason) == ("$.signer", True)
    dock.judge()
    earlier = attestation_json.loads(stated(SHIPPER))
    with dock.store.read() as connection:
        (found,) = findings.select_subject(connection, SUBJECT)
    dock.store.write(lambda c: attestations.insert(c, earlier, subject=SUBJECT, finding=found.id, event=b"", created_ms=1)).result()
    with pytest.raises(NotOursError):
        dock.do(dock.known.cover(SSCC, stated(SHIPPER, verdict=1)))  # a key that this gateway had before
    with dock.store.read() as connection:
        assert not coverages.select(connection, SUBJECT)
    dock.do(dock.known.cover(SSCC, stated(CARRIER)))


# The control socket's commands


def test_commands_are_checked_before_they_are_followed(dock: Dock) -> None:
    commands = shipment_commands(dock.known)
    answer = dock.do(
        commands["shipments-open"]({"sscc": SSCC, "device": "reefer-1", "product": "vaccine", "at": 0, "deadline": 9 * MINUTE})
    )
    assert answer == {"subject": SUBJECT, "state": "open", "life": "commissioned", "edition": 0}
    assert dock.stored().deadline_ms == 9 * MINUTE
    for name, wrong in (
        ("shipments-open", {"sscc": SSCC, "device": "reefer-1"}),
        ("shipments-close", {"sscc": SSCC, "when": 1}),
        ("shipments-attach", {"sscc": SSCC, "device": 7}),
        ("shipments-pack", {"sscc": SSCC, "quantities": [{"epcClass": "x", "quantity": 0}]}),
        ("shipments-dispute", {"sscc": SSCC, "reason": ""}),
        ("shipments-correct", {"sscc": SSCC, "reason": "x", "devices": {"a": [[1]]}}),
    ):
        with pytest.raises(msgspec.ValidationError):
            dock.do(commands[name](wrong))
    first = signed([], SHIPPER, CARRIER)
    assert dock.do(commands["shipments-handover"]({"sscc": SSCC, "handover": custody_json.to_json(first)}))["life"] == "handed_over"
    quantity = {"epcClass": "https://id.gs1.org/01/09506000134352/10/L42", "quantity": 2.5, "uom": "KGM"}
    with pytest.raises(TransitionRefusedError):
        dock.do(commands["shipments-pack"]({"sscc": SSCC, "quantities": [quantity]}))
    assert dock.do(commands["shipments-cover"]({"sscc": SSCC, "attestation": json.loads(stated(CARRIER))}))["verdict"] == 0
    for name in ("shipments-attach", "shipments-detach"):
        dock.do(commands[name]({"sscc": SSCC, "device": "logger-2"}))
    assert dock.do(commands["shipments-receive"]({"sscc": SSCC}))["life"] == "received"


def test_a_refused_time_is_told_as_people_read_it_and_kept_as_it_came() -> None:
    early = FutureTimeError("$.at", 1_893_456_000_000, 1_893_456_000_000 - 52 * 60 * MINUTE)
    assert str(early).endswith("2030-01-01 00:00:00 UTC lies 2 d 4 h in the future; check the clocks")
    assert early.at_ms == 1_893_456_000_000
    late = TimeOrderError("$.at", MINUTE - 1, MINUTE, "the shipment began")
    assert str(late).endswith("1970-01-01 00:00:59.999 UTC is before 1970-01-01 00:01:00 UTC, when the shipment began")
