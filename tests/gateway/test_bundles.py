"""Bundles as the box writes them: proofs asked of a chain, a lot's verdict, another gateway's word put beside one's own."""

import asyncio
import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from edge_agents.conditions.agent import Conditions
from gateway.cli.shipment_show import as_json
from gateway.pipeline.batch import Anchorage, BatchSettings, MakeBatch
from gateway.pipeline.bundle import BundleFiles, WriteBundles
from gateway.pipeline.lot_bundle import WriteLotBundles
from gateway.pipeline.proof import BundleRefusedError
from gateway.pipeline.quorum import AddQuorum, co_attestation
from gateway.pipeline.trips import FindingUnprovableError
from gateway.proving import ChainProver
from gateway.quorum import NotOurSubjectError, quorum_add
from gateway.shipment_view import view
from gateway.store import batches, bundles, co_attestations, custody, lots, manifests, publications, verdicts
from gateway.store.errors import UnknownRowError
from gateway.store.store import Store
from oracle import bundle_codec
from oracle.anchor import anchor_slot
from oracle.attestation import Domain
from oracle.bundle import Bundle, Journey, LotSample
from oracle.chain import Chain
from oracle.errors import MalformedDocumentError
from oracle.finality import AnchorTarget
from oracle.gateway_registry import gateway_slot, key_slot
from oracle.gs1 import Key
from oracle.hexes import to_checksum
from oracle.publication import State as Published
from oracle.schemas import ShipmentStatement
from oracle.verify import Expected, Outcome, verify
from tests.gateway import test_lots, test_pipeline
from tests.gateway.test_lots import Floor
from tests.gateway.test_pipeline import GATEWAY, SUBJECT, Box, travel, trips
from tests.oracle.bundle_fixture import OTHERS, address, attest, batch_of, gateway_word, handovers, key_word
from tests.oracle.chain_fixture import GATEWAY_REGISTRY, NETWORK, REGISTRY, Execution, State, World, execution, world

CHAIN = replace(NETWORK, chain_id=1337)
THEIR_GATEWAY = address(OTHERS[0])

__all__ = ["box", "floor"]
box, floor = test_pipeline.box, test_lots.floor


class FixtureChain:
    """Answers eth_getProof from tries, as a node does."""

    def __init__(self, state: Execution) -> None:
        self.state = state

    async def get_proof(self, asked: bytes, slots: Sequence[bytes], block: int) -> Mapping[str, Any]:
        assert block > 0
        held = asked in self.state.storages
        return {
            "accountProof": _hexes(self.state.account_proof(asked)),
            "codeHash": f"0x{(b'c' if held else bytes(1)).hex() * 32}",
            "storageProof": [self._slot(asked, slot) if held else {"value": "0x0", "proof": []} for slot in slots],
        }

    def _slot(self, asked: bytes, slot: bytes) -> dict[str, Any]:
        return {"value": hex(self.state.word(asked, slot)), "proof": _hexes(self.state.storage_proof(asked, slot))}


def _hexes(nodes: Sequence[bytes]) -> list[str]:
    return [f"0x{node.hex()}" for node in nodes]


@dataclass
class Site:
    """A box's store over a chain on which its newest batch is anchored and final."""

    store: Store
    world: World
    prover: ChainProver
    folder: Path

    def now_ms(self) -> int:
        return self.world.now_s * 1000

    def bundle(self, subject: str) -> Bundle:
        with self.store.read() as connection:
            written = bundles.get(connection, subject)
        assert written is not None
        return bundle_codec.loads(Path(written.path).read_bytes())

    def report(self, subject: str, **expected: Any) -> Any:
        made, pins = self.world, Expected(domain=self.prover.domain, **expected)
        return verify(self.bundle(subject), checkpoint=made.checkpoint, network=CHAIN, now_s=made.now_s, expected=pins)


def anchored(
    store: Store,
    gateway: bytes,
    domain: Domain,
    folder: Path,
    *,
    registered: bool = True,
    other: Bundle | None = None,
    key: bytes = b"",
    known: Sequence[tuple[bytes, int]] = (),
) -> Site:
    """Batches everything that waits, anchors all of it, and makes it final.

    `key` is what sends transactions now; `known` is what the GatewayRegistry holds instead of the one gateway that is registered.
    """
    stage = MakeBatch(store, Anchorage(1337, REGISTRY, gateway), BatchSettings(count=1), now_ms=lambda: 1, monotonic=lambda: 1.0)
    while asyncio.run(stage.step()):
        pass
    with store.read() as connection:
        open_ = list(publications.select_open(connection, gateway))
        newest = open_[-1] if open_ else publications.get(connection, gateway, 0)
        assert newest is not None
        root = batches.load(connection, gateway, newest.index).root
        anchors = tuple((anchor_slot(gateway, one.index), batches.load(connection, gateway, one.index).root) for one in open_[:-1])
    for one in open_:
        store.write(partial(publications.swap, old=one, new=replace(one, state=Published.FINAL, revision=1))).result()
    members = list(known)
    if registered and not known:
        members = [(key_slot(gateway), key_word(gateway)), (gateway_slot(gateway), gateway_word())]
    if other is not None:
        members += [(key_slot(THEIR_GATEWAY), key_word(THEIR_GATEWAY)), (gateway_slot(THEIR_GATEWAY), gateway_word())]
        anchors += ((anchor_slot(THEIR_GATEWAY, other.anchor.index), other.batch.root),)
    state = State(anchors=anchors, members=tuple(members), eas=domain.verifying_contract)
    made = world(gateway=gateway, index=newest.index, root=root, network=CHAIN, beside=state)
    light = SimpleNamespace(network=CHAIN, trace=lambda: made, status=lambda: SimpleNamespace(checkpoint=made.checkpoint))
    rpc = cast("Chain", FixtureChain(execution(gateway, newest.index, root, state)))
    target = AnchorTarget(1337, REGISTRY, GATEWAY_REGISTRY, key or gateway)
    return Site(store, made, ChainProver(cast("Any", light), rpc, target, domain), folder)


def outcomes(report: Any) -> dict[str, Outcome]:
    return {line.name: line.outcome for line in report.checks}


# Shipments


@pytest.fixture
def judged(box: Box) -> Box:
    """A box whose trip is judged and attested under a key of a real signature."""
    travel(box, lambda _: 5.0)
    for stage in (trips(box), box.attest()):
        box.run(stage)
    return box


def write(site: Site) -> None:
    stage = WriteBundles(site.store, site.prover, Conditions.load, BundleFiles(), site.folder, site.now_ms)
    assert asyncio.run(stage.step())


def test_a_bundle_shows_that_its_gateway_is_registered_and_took_nothing_back(judged: Box, tmp_path: Path) -> None:
    site = anchored(judged.store, GATEWAY, test_pipeline.DOMAIN, tmp_path)
    write(site)
    report = site.report(SUBJECT)
    assert report.passed, report.refusal
    found = outcomes(report)
    assert (found["standing"], found["revocation"], found["limits"]) == (Outcome.PROVEN,) * 3


def test_a_gateway_that_nobody_registered_still_proves_what_it_says(judged: Box, tmp_path: Path) -> None:
    site = anchored(judged.store, GATEWAY, test_pipeline.DOMAIN, tmp_path, registered=False)
    write(site)
    assert outcomes(site.report(SUBJECT))["standing"] is Outcome.MISSING


def test_a_corrections_bundle_holds_what_it_corrects_and_the_custody_that_its_event_names(box: Box, tmp_path: Path) -> None:
    chain = handovers()
    travel(box, lambda _: 5.0)
    box.store.write(lambda c: custody.insert(c, SUBJECT, chain[0], recorded_ms=1)).result()
    for stage in (trips(box), box.attest()):
        box.run(stage)
    test_pipeline.corrected(box, 1)
    for stage in (trips(box), box.attest()):
        box.run(stage)
    # Goods change hands once more, after the verdict: its event does not name that.
    box.store.write(lambda c: custody.insert(c, SUBJECT, chain[1], recorded_ms=1)).result()
    site = anchored(box.store, GATEWAY, test_pipeline.DOMAIN, tmp_path)
    write(site)
    bundle, report = site.bundle(SUBJECT), site.report(SUBJECT)
    assert report.passed, report.refusal
    assert [one.uid for one in bundle.corrections.earlier] == [bundle.attestation.ref_uid]
    assert isinstance(bundle.content, Journey)
    assert bundle.content.custody == chain[:1]
    assert (outcomes(report)["corrections"], outcomes(report)["custody"]) == (Outcome.PROVEN, Outcome.PROVEN)


def test_what_an_earlier_key_anchored_is_proven_as_that_keys(judged: Box, tmp_path: Path) -> None:
    site = anchored(judged.store, GATEWAY, test_pipeline.DOMAIN, tmp_path, key=b"\x77" * 20)
    write(site)
    add(site, theirs(site))
    assert asyncio.run(AddQuorum(site.store, site.prover, tmp_path, site.now_ms).step())
    report = site.report(SUBJECT, gateway=GATEWAY)
    assert report.passed, report.refusal
    assert outcomes(report)["standing"] is Outcome.PROVEN


ANCHORING = b"\x55" * 20


@pytest.mark.parametrize(
    ("anchoring", "outcome"),
    [
        (key_word(GATEWAY), Outcome.PROVEN),
        (key_word(GATEWAY, revoked_s=1_700_000_000), Outcome.MISSING),
        (key_word(THEIR_GATEWAY), Outcome.MISSING),
        (0, Outcome.MISSING),
    ],
)
def test_a_bundle_whose_anchoring_key_proves_no_standing_is_written_without_it(
    judged: Box, tmp_path: Path, anchoring: int, outcome: Outcome
) -> None:
    known = [(key_slot(GATEWAY), key_word(GATEWAY)), (gateway_slot(GATEWAY), gateway_word()), (gateway_slot(THEIR_GATEWAY), gateway_word())]
    if anchoring:
        known.append((key_slot(ANCHORING), anchoring))
    site = anchored(judged.store, ANCHORING, test_pipeline.DOMAIN, tmp_path, known=known)
    write(site)
    report = site.report(SUBJECT, gateway=ANCHORING, attester=GATEWAY)
    assert report.passed, report.refusal
    assert outcomes(report)["standing"] is outcome


# Another gateway's word


@dataclass
class Faltering:
    """A prover that loses its finalized head after so many answers."""

    prover: ChainProver
    answers: int

    def __getattr__(self, name: str) -> Any:
        return getattr(self.prover, name)

    async def prove(self, *asked: Any) -> Any:
        self.answers -= 1
        return await self.prover.prove(*asked) if self.answers >= 0 else None


def theirs(site: Site) -> Bundle:
    """What another gateway says about the same trip, as a bundle of its own that says the same."""
    own = site.bundle(SUBJECT)
    signed = attest(ShipmentStatement.decode(own.attestation.data), own.attestation.domain, key=OTHERS[0])
    batch = batch_of(signed)
    place = [leaf.uid for leaf in batch.leaves].index(signed.uid)
    proof = replace(own.batch, root=batch.root, proof=batch.proof(place))
    return replace(own, attestation=signed, batch=proof, anchor=replace(own.anchor, gateway=THEIR_GATEWAY, index=batch.index))


def add(site: Site, other: Bundle, subject: str = SUBJECT, **changes: Any) -> Mapping[str, Any]:
    command = quorum_add(site.store, site.now_ms)
    return asyncio.run(_called(command, {"subject": subject, "member": {**co_attestation(other), **changes}}))


async def _called(command: Any, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    answer: Mapping[str, Any] = await command(arguments)
    return answer


def test_another_gateways_word_enters_the_bundle_with_proofs_of_this_gateways_own_block(judged: Box, tmp_path: Path) -> None:
    first = anchored(judged.store, GATEWAY, test_pipeline.DOMAIN, tmp_path)
    write(first)
    other = theirs(first)
    site = anchored(judged.store, GATEWAY, test_pipeline.DOMAIN, tmp_path, other=other)
    assert json.loads(json.dumps(dict(add(site, other)))) == {"subject": SUBJECT, "gateway": to_checksum(THEIR_GATEWAY)}
    stage = AddQuorum(site.store, site.prover, tmp_path, site.now_ms)
    assert asyncio.run(stage.step())
    assert not asyncio.run(stage.step())
    report = site.report(SUBJECT, quorum=2)
    assert report.passed, report.refusal
    assert outcomes(report)["quorum"] is Outcome.PROVEN
    assert site.bundle(SUBJECT).quorum[0].revocation_proof is not None
    with site.store.read() as connection:
        assert len(co_attestations.select(connection, SUBJECT)) == 1
        assert list(co_attestations.waiting(connection)) == []


@pytest.mark.parametrize("registered", [True, False])
def test_a_gateway_that_is_not_registered_is_left_out(judged: Box, tmp_path: Path, registered: bool) -> None:
    site = anchored(judged.store, GATEWAY, test_pipeline.DOMAIN, tmp_path, registered=registered)
    write(site)
    add(site, theirs(site))
    assert asyncio.run(AddQuorum(site.store, site.prover, tmp_path, site.now_ms).step())
    assert site.bundle(SUBJECT).quorum == ()


def test_a_word_that_does_not_hold_leaves_the_bundle_as_it_was_and_is_forgotten(judged: Box, tmp_path: Path) -> None:
    first = anchored(judged.store, GATEWAY, test_pipeline.DOMAIN, tmp_path)
    write(first)
    other = theirs(first)
    site = anchored(judged.store, GATEWAY, test_pipeline.DOMAIN, tmp_path, other=other)
    # Anchored by the other gateway is another batch than the one that it names.
    add(site, replace(other, batch=replace(other.batch, proof=(*other.batch.proof, bytes(32)))))
    before = site.bundle(SUBJECT)
    stage = AddQuorum(site.store, site.prover, tmp_path, site.now_ms)
    assert asyncio.run(stage.step())
    assert not asyncio.run(stage.step())
    assert site.bundle(SUBJECT) == before
    # The same gateway's next word, which holds, is not blocked by the one that did not.
    add(site, other)
    assert asyncio.run(stage.step())
    assert len(site.bundle(SUBJECT).quorum) == 1


def test_no_word_is_forgotten_while_nobody_can_say_whose_fault_it_is(judged: Box, tmp_path: Path) -> None:
    first = anchored(judged.store, GATEWAY, test_pipeline.DOMAIN, tmp_path)
    write(first)
    other = theirs(first)
    site = anchored(judged.store, GATEWAY, test_pipeline.DOMAIN, tmp_path, other=other)
    add(site, replace(other, batch=replace(other.batch, proof=(*other.batch.proof, bytes(32)))))
    prover = Faltering(site.prover, answers=1)
    stage = AddQuorum(site.store, cast("Any", prover), tmp_path, site.now_ms)
    assert not asyncio.run(stage.step())
    with site.store.read() as connection:
        assert len(co_attestations.select(connection, SUBJECT)) == 1
    prover.answers = 100
    assert asyncio.run(stage.step())
    with site.store.read() as connection:
        assert co_attestations.select(connection, SUBJECT) == []


def test_a_bundle_that_is_refused_for_its_own_sake_costs_nobody_his_word(judged: Box, tmp_path: Path) -> None:
    first = anchored(judged.store, GATEWAY, test_pipeline.DOMAIN, tmp_path)
    write(first)
    other = theirs(first)
    site = anchored(judged.store, GATEWAY, test_pipeline.DOMAIN, tmp_path, other=other)
    add(site, other)
    # The chain has moved on to where the box's clock, set back, sees a block of the future.
    stage = AddQuorum(site.store, site.prover, tmp_path, lambda: 0)
    assert asyncio.run(stage.step())
    assert not asyncio.run(stage.step())
    with site.store.read() as connection:
        assert len(co_attestations.select(connection, SUBJECT)) == 1
    assert site.bundle(SUBJECT).quorum == ()


def test_a_bundle_that_was_moved_away_holds_up_nobody(judged: Box, tmp_path: Path) -> None:
    site = anchored(judged.store, GATEWAY, test_pipeline.DOMAIN, tmp_path)
    write(site)
    add(site, theirs(site))
    for path in tmp_path.glob("*.json"):
        path.unlink()
    assert not asyncio.run(AddQuorum(site.store, site.prover, tmp_path, site.now_ms).step())


def test_a_word_about_something_else_is_not_taken(judged: Box, tmp_path: Path) -> None:
    site = anchored(judged.store, GATEWAY, test_pipeline.DOMAIN, tmp_path)
    write(site)
    own, other = site.bundle(SUBJECT), theirs(site)
    stated = ShipmentStatement.decode(own.attestation.data)
    elsewhere = replace(other, attestation=attest(replace(stated, shipment=bytes(32)), key=OTHERS[0]))
    with pytest.raises(NotOurSubjectError, match="own word"):
        add(site, own)
    with pytest.raises(NotOurSubjectError, match="another subject"):
        add(site, elsewhere)
    judged_otherwise = attest(replace(stated, agent=bytes(32)), own.attestation.domain, key=OTHERS[0])
    with pytest.raises(NotOurSubjectError, match="another manifest"):
        add(site, replace(other, attestation=judged_otherwise))
    with pytest.raises(NotOurSubjectError, match="another deployment"):
        add(site, replace(other, attestation=attest(stated, replace(own.attestation.domain, chain_id=5), key=OTHERS[0])))
    with pytest.raises(NotOurSubjectError, match="nothing of the kind"):
        add(site, other, Key("00", "340123450000000000").path)
    with pytest.raises(MalformedDocumentError):
        add(site, other, index="7")


# Other policies


def awaited(box: Box, policy: str) -> bytes:
    manifest = Conditions.load(policy).manifest

    def work(connection: sqlite3.Connection) -> None:
        manifests.insert(connection, manifest.text)
        verdicts.await_for(connection, verdicts.Awaited(SUBJECT, b"\xb1" * 20, manifest.hash))

    box.store.write(work).result()
    return manifest.hash


def test_each_policy_beside_a_shipments_own_has_a_bundle_of_its_own(box: Box, tmp_path: Path) -> None:
    frozen = awaited(box, "frozen")
    travel(box, lambda _: 5.0)
    for stage in (trips(box), trips(box), box.attest()):
        box.run(stage)
    site = anchored(box.store, GATEWAY, test_pipeline.DOMAIN, tmp_path)
    writes = WriteBundles(site.store, site.prover, Conditions.load, BundleFiles(), site.folder, site.now_ms)
    assert asyncio.run(writes.step())
    assert asyncio.run(writes.step())
    assert not asyncio.run(writes.step())
    names = ["00-106141412345678908.json", f"00-106141412345678908-{frozen.hex()[:8]}.json"]
    assert sorted(path.name for path in site.folder.glob("00-*.json")) == sorted(names)
    for name, verdict, policy in zip(names, (0, 1), ("vaccine", "frozen"), strict=True):
        data = (site.folder / name).read_bytes()
        pins = Expected(domain=site.prover.domain)
        report = verify(data, checkpoint=site.world.checkpoint, network=CHAIN, now_s=site.world.now_s, expected=pins)
        assert report.passed, report.refusal
        said = ShipmentStatement.decode(bundle_codec.loads(data).attestation.data)
        assert (said.verdict, said.agent) == (verdict, Conditions.load(policy).manifest.hash)
    with box.store.read() as connection:
        shown = view(connection, SUBJECT, Conditions.load, box.now)
    [other] = shown.beside
    assert (other.bundle, other.finding.finding.agent_hash) == (str(site.folder / names[1]), frozen)
    assert json.loads(as_json(shown))["beside"][0]["bundle"] == other.bundle


def test_a_policy_whose_readings_were_altered_does_not_hold_up_the_shipments_own(box: Box, tmp_path: Path) -> None:
    awaited(box, "frozen")
    travel(box, lambda _: 5.0)
    for stage in (trips(box), trips(box), box.attest()):
        box.run(stage)
    site = anchored(box.store, GATEWAY, test_pipeline.DOMAIN, tmp_path)
    box.store.write(lambda c: c.execute("UPDATE findings SET last_reading = 3 WHERE beside = 1")).result()
    writes = WriteBundles(site.store, site.prover, Conditions.load, BundleFiles(), site.folder, site.now_ms)
    assert asyncio.run(writes.step())
    with pytest.raises(FindingUnprovableError):
        asyncio.run(writes.step())
    assert site.report(SUBJECT).passed


# Lots


@pytest.mark.parametrize("key", [b"", b"\x77" * 20], ids=["same key", "later key"])
def test_a_judged_lots_bundle_holds_every_item_of_its_sample(floor: Floor, tmp_path: Path, key: bytes) -> None:
    floor.open()
    floor.inspect(20, 3)
    floor.attest()
    assert floor.judge(signing=True)
    floor.attest()
    site = anchored(floor.store, test_lots.SIGNER.address, test_lots.DOMAIN, tmp_path, key=key)
    stage = WriteLotBundles(site.store, site.prover, tmp_path, site.now_ms)
    assert asyncio.run(stage.step())
    assert not asyncio.run(stage.step())
    content = site.bundle(test_lots.SUBJECT).content
    assert isinstance(content, LotSample)
    assert len(content.items) == 20
    assert content.event is not None
    report = site.report(test_lots.SUBJECT)
    assert report.passed, report.refusal
    found = outcomes(report)
    assert (found["items"], found["event"], found["plan"]) == (Outcome.PROVEN, Outcome.PROVEN, Outcome.PROVEN)


def test_a_lot_whose_bundle_does_not_verify_is_told_once_and_written_nowhere(floor: Floor, tmp_path: Path) -> None:
    floor.open()
    floor.inspect(20)
    floor.attest()
    assert floor.judge(signing=True)
    floor.attest()
    site = anchored(floor.store, test_lots.SIGNER.address, replace(test_lots.DOMAIN, version="9"), tmp_path)
    stage = WriteLotBundles(site.store, site.prover, tmp_path, site.now_ms)
    with pytest.raises(BundleRefusedError):
        asyncio.run(stage.step())
    assert not asyncio.run(stage.step())
    assert not list(tmp_path.glob("*.json"))


def test_every_lot_gets_its_bundle_however_many_newer_ones_there_are(floor: Floor, tmp_path: Path) -> None:
    floor.open()
    floor.inspect(20)
    floor.attest()
    assert floor.judge(signing=True)
    floor.attest()
    site = anchored(floor.store, test_lots.SIGNER.address, test_lots.DOMAIN, tmp_path)

    def crowd(connection: sqlite3.Connection) -> None:
        names = [row[1] for row in connection.execute("PRAGMA table_info(lots)") if row[1] not in {"subject", "opened_ms"}]
        sql = (
            f"INSERT INTO lots (subject, opened_ms, {','.join(names)}) "  # noqa: S608 - the table's own columns
            f"SELECT ?, opened_ms + ?, {','.join(names)} FROM lots WHERE subject = ?"
        )
        for number in range(1, 1_502):
            connection.execute(sql, (f"{test_lots.SUBJECT}-{number}", number, test_lots.SUBJECT))

    floor.store.write(crowd).result()
    stage = WriteLotBundles(site.store, site.prover, tmp_path, site.now_ms)
    assert asyncio.run(stage.step())
    assert site.report(test_lots.SUBJECT).passed
    # The others have no statement; the one that has its bundle is not looked at any more.
    assert not asyncio.run(stage.step())
    with floor.store.read() as connection:
        assert sum(1 for _ in lots.select_unbundled(connection)) == 1_501
    with pytest.raises(UnknownRowError):
        floor.store.write(lambda connection: lots.mark_bundled(connection, "01/unknown")).result()


def test_a_lot_without_a_final_anchor_has_no_bundle_yet(floor: Floor, tmp_path: Path) -> None:
    floor.open()
    floor.inspect(20)
    floor.attest()
    floor.judge(signing=True)
    site = anchored(floor.store, test_lots.SIGNER.address, test_lots.DOMAIN, tmp_path)
    floor.attest()
    assert not asyncio.run(WriteLotBundles(site.store, site.prover, tmp_path, site.now_ms).step())
