"""One shipment, several policies and several buyers: each gets its own statement and its own verdict, once, whatever fails in between."""

import asyncio
import contextlib
import json
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from edge_agents.conditions.agent import Conditions
from edge_agents.finding import Verdict
from gateway.pipeline.attest import Attest
from gateway.pipeline.judge import JudgeSettings, JudgeTrips
from gateway.pipeline.stage import Stage
from gateway.pipeline.verdicts import PublishVerdicts
from gateway.signing import AttestationSigner
from gateway.store import attestations, bundles, epcis, findings, publications, shipments, verdicts
from gateway.store.oracle_summary import select_ballots
from gateway.store.prune import prune
from gateway.store.records import Bundle, ShipmentState, Step
from gateway.store.settings import StoreSettings
from gateway.store.store import Store
from gateway.verdicts import VerdictDesk, VerdictRefusedError
from oracle import eas
from oracle.attestation import Attestation
from oracle.epcis.query import Query
from oracle.errors import InvalidKeyError, SurroundingsError
from oracle.finality import AnchorTarget
from oracle.hexes import to_checksum
from oracle.publication import Kind
from oracle.schemas import ShipmentStatement
from oracle.signing.desk import Desk
from oracle.signing.journal import read_log
from oracle.verdicts import VerdictStatement
from tests.gateway.test_pipeline import SUBJECT, Box, box, travel, trips
from tests.gateway.test_verdicts import EAS, SCHEMA, Resolver
from tests.oracle.signing.desks import DOMAIN, open_desk

__all__ = ["box"]
BUYER, OTHER = b"\xb1" * 20, b"\xb2" * 20
POLICIES = {name: Conditions.load(name).manifest for name in ("vaccine", "frozen", "fresh")}
OWN, FROZEN, FRESH = (POLICIES[name].hash for name in ("vaccine", "frozen", "fresh"))


@pytest.fixture
def signer(tmp_path: Path) -> Iterator[Desk]:
    made = open_desk(tmp_path / "signer", now_s=lambda: 400 * 60)
    with made.journal:
        yield made


def desk(box: Box, resolver: Resolver, signer: Desk) -> VerdictDesk:
    target = AnchorTarget(1337, b"\xa0" * 20, b"\xb0" * 20, signer.gateway, EAS)
    return VerdictDesk(box.store, resolver, target, SCHEMA, box.now_ms, POLICIES)  # type: ignore[arg-type]


def attest(box: Box, signer: Desk) -> Attest:
    sign = AttestationSigner(signer, DOMAIN)
    return Attest(box.store, sign, signer.attester, "https://id.gs1.org/414/9506000134352", box.now_ms, box.report)


def awaits(box: Box, work: VerdictDesk, recipient: bytes, policy: str = "", **more: Any) -> dict[str, Any]:
    return asyncio.run(work.await_command({"subject": SUBJECT, "recipient": "0x" + recipient.hex(), "policy": policy, **more}))


def publish_all(box: Box, work: VerdictDesk, gateway: bytes) -> None:
    stage = PublishVerdicts(box.store, work, gateway, lambda: box.now / 1000)
    while box.run(stage):
        pass


def stated(box: Box, agent: bytes = b"") -> list[Attestation]:
    with box.store.read() as c:
        return [one.attestation for one in attestations.select_subject(c, SUBJECT, agent=agent)]


def made(box: Box, gateway: bytes) -> dict[tuple[bytes, bytes], VerdictStatement]:
    """Returns what is staged for each recipient and agent."""
    found = {}
    with box.store.read() as c:
        for number in range(publications.next_index(c, gateway, Kind.VERDICT)):
            record = publications.get(c, gateway, number, Kind.VERDICT)
            assert record is not None
            attestation = eas.decode_attest(record.calldata)
            said = VerdictStatement.decode(attestation.data)
            assert (attestation.recipient, said.agent) not in found, "one verdict for each ballot"
            found[attestation.recipient, said.agent] = said
    return found


def drain(box: Box, *stages: Stage) -> None:
    for stage in stages:
        while box.run(stage):
            pass
        box.run(stage)


def correct(box: Box, *, product: str | None = None) -> None:
    with box.store.read() as c:
        known = shipments.get(c, SUBJECT)
    assert known is not None
    mended = replace(known, product=product or known.product, state=ShipmentState.CLOSED, edition=known.edition + 1)
    box.store.write(lambda c: shipments.swap(c, known, mended)).result()


def test_one_shipment_conforms_by_one_policy_and_breaches_by_another(box: Box, signer: Desk) -> None:
    resolver = Resolver()
    work = desk(box, resolver, signer)
    answer = awaits(box, work, BUYER, "frozen")
    assert answer == {"subject": SUBJECT, "recipient": to_checksum(BUYER), "agent": "0x" + FROZEN.hex()}
    awaits(box, work, BUYER)
    travel(box, lambda _: 5.0)
    drain(box, trips(box), attest(box, signer))
    with box.store.read() as c:
        assert [(one.awaited.agent, one.index, one.stated) for one in select_ballots(c, signer.gateway)] == [
            (b"", None, True),
            (FROZEN, None, True),
        ]
    publish_all(box, work, signer.gateway)
    assert [ShipmentStatement.decode(one.data).verdict for one in (*stated(box), *stated(box, FROZEN))] == [0, 1]
    found = made(box, signer.gateway)
    assert {ballot: said.verdict for ballot, said in found.items()} == {(BUYER, OWN): 0, (BUYER, FROZEN): 1}
    assert found[BUYER, FROZEN].statement == stated(box, FROZEN)[0].uid
    assert not box.conditions
    # Whoever looks at the shipment sees its own policy's verdict, as before.
    with box.store.read() as c:
        [own] = findings.select_subject(c, SUBJECT)
        [beside] = findings.select_subject(c, SUBJECT, beside=True)
        assert shipments.progress(c, SUBJECT) is Step.SIGNED
    assert (own.finding.verdict, beside.finding.verdict, own.id < beside.id) == (Verdict.CONFORMS, Verdict.BREACH, True)


def test_partners_are_told_the_disposition_by_the_shipments_own_policy_only(box: Box, signer: Desk) -> None:
    awaits(box, desk(box, Resolver(), signer), BUYER, "frozen")
    travel(box, lambda _: 5.0)
    drain(box, trips(box), attest(box, signer))
    with box.store.read() as c:
        [event] = epcis.query(c, Query.from_text(f"MATCH_epc=https://id.gs1.org/{SUBJECT}")).events
        [own] = attestations.select_subject(c, SUBJECT)
        [beside] = attestations.select_subject(c, SUBJECT, agent=FROZEN)
    assert event.json == json.loads(own.event)
    assert b"non_conformant" in beside.event
    assert b"non_conformant" not in own.event


def test_two_buyers_of_one_shipment_each_get_the_verdict(box: Box, signer: Desk) -> None:
    work = desk(box, Resolver(), signer)
    travel(box, lambda _: 5.0)
    drain(box, trips(box), attest(box, signer))
    for buyer in (BUYER, OTHER, BUYER):
        awaits(box, work, buyer)
    # The own policy by its name is the ballot that is awaited already.
    awaits(box, work, OTHER, "vaccine")
    publish_all(box, work, signer.gateway)
    found = made(box, signer.gateway)
    assert sorted(found) == [(BUYER, OWN), (OTHER, OWN)]
    with box.store.read() as c:
        shown = select_ballots(c, signer.gateway)
    assert [(one.index, one.state) for one in shown] == [(1, "staged"), (0, "staged")], "nothing is awaited any more"
    assert len({said.statement for said in found.values()}) == 1
    with pytest.raises(VerdictRefusedError, match="money moves once"):
        asyncio.run(work.publish_all(SUBJECT))
    assert len(stated(box)) == 1


def test_a_policy_named_after_the_verdict_judges_what_is_kept(box: Box, signer: Desk) -> None:
    work = desk(box, Resolver(), signer)
    travel(box, lambda _: 5.0)
    drain(box, trips(box), attest(box, signer))
    box.store.write(lambda c: shipments.mark_bundled(c, SUBJECT)).result()
    awaits(box, work, OTHER, "0x" + FROZEN.hex())
    drain(box, trips(box), attest(box, signer))
    publish_all(box, work, signer.gateway)
    assert {ballot: said.verdict for ballot, said in made(box, signer.gateway).items()} == {(OTHER, FROZEN): 1}


def test_a_policy_counts_as_it_stood_when_it_was_named(box: Box, signer: Desk, tmp_path: Path) -> None:
    work = desk(box, Resolver(), signer)
    awaits(box, work, BUYER, "frozen")
    travel(box, lambda _: 5.0)

    def upgraded(product: str) -> Conditions:
        assert product == "vaccine", "the other policy's file is not looked at any more"
        return Conditions.load(product)

    drain(box, JudgeTrips(box.store, upgraded, JudgeSettings(settle_seconds=60), box.now_ms), attest(box, signer))
    assert len(stated(box, FROZEN)) == 1
    later = VerdictDesk(box.store, Resolver(), work._target, SCHEMA, box.now_ms, {})  # type: ignore[arg-type]
    assert awaits(box, later, OTHER, "0x" + FROZEN.hex())["agent"] == "0x" + FROZEN.hex()


def forget(box: Box) -> int:
    """Prunes as a store does that keeps one reading; returns how many that cost."""
    with box.store.read() as c:
        (path,) = [row[2] for row in c.execute("PRAGMA database_list") if row[1] == "main"]
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        return prune(connection, StoreSettings(readings_keep_count=1), box.now)[1]


def test_readings_are_kept_until_every_awaited_policy_has_its_bundle(box: Box, signer: Desk) -> None:
    work = desk(box, Resolver(), signer)
    travel(box, lambda _: 5.0)
    drain(box, trips(box), attest(box, signer))
    box.store.write(lambda c: shipments.mark_bundled(c, SUBJECT)).result()
    awaits(box, work, BUYER, "frozen")
    assert forget(box) == 0
    drain(box, trips(box), attest(box, signer))
    [said] = stated(box, FROZEN)
    assert forget(box) == 0
    box.store.write(lambda c: bundles.insert_beside(c, said.uid, Bundle(SUBJECT, "there", bytes(32), 1))).result()
    assert forget(box) > 0


def test_a_policy_that_is_awaited_no_longer_keeps_no_readings(box: Box, signer: Desk) -> None:
    work = desk(box, Resolver(), signer)
    travel(box, lambda _: 5.0)
    drain(box, trips(box), attest(box, signer))
    box.store.write(lambda c: shipments.mark_bundled(c, SUBJECT)).result()
    # The own policy by its name has its bundle with the shipment's.
    awaits(box, work, OTHER, "vaccine")
    awaits(box, work, BUYER, "frozen")
    awaits(box, work, BUYER, "frozen", forget=True)
    assert forget(box) > 0


def test_what_is_awaited_no_longer_is_not_published(box: Box, signer: Desk) -> None:
    work = desk(box, Resolver(), signer)
    travel(box, lambda _: 5.0)
    drain(box, trips(box), attest(box, signer))
    awaits(box, work, OTHER)
    awaits(box, work, BUYER)
    awaits(box, work, OTHER, forget=True)
    with pytest.raises(VerdictRefusedError, match="not awaited"):
        awaits(box, work, OTHER, forget=True)
    publish_all(box, work, signer.gateway)
    assert list(made(box, signer.gateway)) == [(BUYER, OWN)]


@pytest.mark.parametrize(
    ("subject", "policy", "refusal", "why"),
    [
        (SUBJECT, "durian", VerdictRefusedError, "no policy durian: fresh, frozen, vaccine"),
        (SUBJECT, "0x" + "77" * 32, VerdictRefusedError, "no policy 0x77"),
        ("01/09506000134352/10/L42", "vaccine", VerdictRefusedError, "sampling plan"),
        ("00/106141412345678900", "", InvalidKeyError, "check digit"),
    ],
)
def test_what_cannot_be_awaited(box: Box, signer: Desk, subject: str, policy: str, refusal: type[Exception], why: str) -> None:
    with pytest.raises(refusal, match=why):
        asyncio.run(desk(box, Resolver(), signer).await_command({"subject": subject, "recipient": "0x" + BUYER.hex(), "policy": policy}))
    with box.store.read() as c:
        assert verdicts.select_awaited(c) == []


def test_no_second_policy_is_awaited_where_the_registry_would_slash_for_it(box: Box, signer: Desk) -> None:
    resolver = Resolver()
    resolver.code = b"\x60\x00"
    work = desk(box, resolver, signer)
    with pytest.raises(VerdictRefusedError, match="another build"):
        awaits(box, work, BUYER, "frozen")
    awaits(box, work, BUYER)
    # Where nothing is registered, nothing is at stake.
    target = replace(work._target, gateway_registry=bytes(20))
    nowhere = VerdictDesk(box.store, resolver, target, SCHEMA, box.now_ms, POLICIES)  # type: ignore[arg-type]
    awaits(box, nowhere, BUYER, "frozen")
    awaits(box, work, BUYER, "frozen", forget=True)


def test_money_does_not_move_by_what_is_corrected_and_not_attested_anew(box: Box, signer: Desk) -> None:
    work = desk(box, Resolver(), signer)
    awaits(box, work, BUYER)
    awaits(box, work, BUYER, "frozen")
    travel(box, lambda _: 5.0)
    stages = trips(box), attest(box, signer)
    drain(box, *stages)
    correct(box)
    publish_all(box, work, signer.gateway)
    assert made(box, signer.gateway) == {}
    with pytest.raises(VerdictRefusedError, match="no statement"):
        asyncio.run(work.publish_all(SUBJECT))
    drain(box, *stages)
    publish_all(box, work, signer.gateway)
    found = made(box, signer.gateway)
    assert found[BUYER, OWN].statement == stated(box)[1].uid
    assert found[BUYER, FROZEN].statement == stated(box, FROZEN)[1].uid


def test_each_policy_corrects_its_own_and_none_is_ever_contradicted(box: Box, signer: Desk) -> None:
    work = desk(box, Resolver(), signer)
    awaits(box, work, BUYER, "frozen")
    travel(box, lambda _: 5.0)
    stages = trips(box), attest(box, signer)
    drain(box, *stages)
    [first], [first_frozen] = stated(box), stated(box, FROZEN)
    # The product was wrong: the shipment's own line goes on under the policy that only somebody else had asked for until now.
    correct(box, product="frozen")
    drain(box, *stages)
    assert [one.ref_uid for one in stated(box)] == [bytes(32), first.uid]
    assert len(stated(box, FROZEN)) == 2
    # And back, while the first policy is awaited too.
    awaits(box, work, OTHER, "fresh")
    correct(box, product="vaccine")
    drain(box, *stages)
    third = stated(box)[2]
    assert third.ref_uid == stated(box)[1].uid
    frozen = stated(box, FROZEN)
    assert [one.ref_uid for one in frozen] == [bytes(32), first.uid, frozen[1].uid]
    assert first_frozen == frozen[0]
    assert [one.ref_uid for one in stated(box, FRESH)] == [bytes(32)]
    assert not box.conditions, "the signer took every one of them"


def test_one_agent_never_corrects_a_statement_twice(box: Box, signer: Desk) -> None:
    work = desk(box, Resolver(), signer)
    awaits(box, work, BUYER, "frozen")
    travel(box, lambda _: 5.0)
    stages = trips(box), attest(box, signer)
    drain(box, trips(box))
    # Of the own line nothing was ever stated: its readings could not be proven. The other policy's statement has no predecessor either.
    box.store.write(lambda c: c.execute("DELETE FROM judgements WHERE finding IN (SELECT id FROM findings WHERE beside = 0)")).result()
    box.store.write(lambda c: c.execute("DELETE FROM findings WHERE beside = 0")).result()
    drain(box, attest(box, signer))
    [first] = stated(box, FROZEN)
    correct(box, product="frozen")
    drain(box, *stages)
    assert [one.ref_uid for one in stated(box)] == [first.uid]
    assert not box.conditions


# Each step fails once, both ways


class ShakyStore:
    """A store one of whose writes is lost, or done but reported failed."""

    def __init__(self, store: Store, fails: int, *, done: bool) -> None:
        self._store, self._left, self._done = store, fails, done
        self.failed = False

    def read(self) -> Any:
        return self._store.read()

    def write(self, work: Callable[..., Any]) -> "Future[Any]":
        self._left -= 1
        if self._left >= 0:
            return self._store.write(work)
        if self._left < -1:
            raise AssertionError("whoever was told of a failure began again")
        self.failed = True
        if self._done:
            self._store.write(work).result()
        broken: Future[Any] = Future()
        broken.set_exception(SurroundingsError("the disk said no"))
        return broken


def live(box: Box, signer: Desk) -> None:
    """One life of the gateway, from a start to its first failure."""
    work = desk(box, Resolver(), signer)
    for buyer, policy in ((BUYER, ""), (BUYER, "frozen"), (OTHER, "")):
        awaits(box, work, buyer, policy)
    drain(box, trips(box), attest(box, signer))
    publish_all(box, work, signer.gateway)


@pytest.mark.parametrize("done", [False, True], ids=["lost", "done but reported failed"])
def test_every_write_of_the_way_fails_once_and_nothing_is_doubled_or_lost(tmp_path: Path, done: bool) -> None:
    fails = 0
    while True:
        folder = tmp_path / str(fails)
        folder.mkdir()
        store = Store.open(StoreSettings(str(folder / "store.db")), now_ms=lambda: 0, on_condition=lambda *_: None)
        one = Box(store)
        travel(one, lambda _: 5.0)
        shaky = ShakyStore(store, fails, done=done)
        first = open_desk(folder / "signer", now_s=lambda: 400 * 60)
        with first.journal, contextlib.suppress(SurroundingsError):
            live(replace(one, store=shaky), first)  # type: ignore[arg-type]
        # A restart: nothing is left of that life but what is on the disk.
        second = open_desk(folder / "signer", now_s=lambda: 400 * 60)
        with second.journal:
            live(one, second)
            found = made(one, second.gateway)
            assert {ballot: said.verdict for ballot, said in found.items()} == {(BUYER, OWN): 0, (BUYER, FROZEN): 1, (OTHER, OWN): 0}
            assert (len(stated(one)), len(stated(one, FROZEN))) == (1, 1)
            assert found[BUYER, OWN].statement == found[OTHER, OWN].statement == stated(one)[0].uid
            digests = {ask.digest for _, ask in read_log(folder / "signer" / "signed.jsonl")}
            assert digests == {said.digest for said in (*stated(one), *stated(one, FROZEN))}
        store.close()
        if not shaky.failed:
            break
        fails += 1
    assert fails >= 8, "three words, two findings, statements, three verdicts"
