"""Two valid messages that contradict each other: seen, kept on the disk, stopped at, and gone on from only by an operator's word."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from lightclient.bls.pyblst_backend import PyblstBackend
from lightclient.conflict import REMEMBERED, Conflict, Kind, Witness
from lightclient.errors import DamagedStoreFile, Frozen, InvalidSignature, PeerError
from lightclient.evidence import MAX_FILES, EvidenceFolder
from lightclient.spec import from_finality_update, from_optimistic_update, validate_light_client_update
from lightclient.ssz import build_branch, hash_tree_root, root_from_branch
from lightclient.types import LightClientFinalityUpdate, LightClientOptimisticUpdate, LightClientUpdate
from tests.lightclient.synthetic import FINALITY_LEAF, NEXT_LEAF, SyntheticChain
from tests.lightclient.test_client import CHAIN, NETWORK, World, run

BLS = PyblstBackend()
SEEN = 184
"""Attested slot of what the world of these tests believes at slot 185."""


def forged(attested: int = SEEN, *, finalized_state: bytes = b"\x66" * 32, participants: int | None = None) -> LightClientUpdate:
    """Returns a valid update, by the true committee, that finalizes another block at the same slot and attests another state."""
    honest = CHAIN.update(attested, participants=participants)
    finalized = replace(honest.finalized_header, beacon=replace(honest.finalized_header.beacon, state_root=finalized_state))
    leaves = CHAIN.state_leaves(attested)
    leaves[FINALITY_LEAF] = sha256(honest.finality_branch[0] + hash_tree_root(finalized.beacon)).digest()
    state_root = root_from_branch(leaves[0], build_branch(leaves, 0), 0)
    return CHAIN.resigned(
        replace(
            honest,
            attested_header=replace(honest.attested_header, beacon=replace(honest.attested_header.beacon, state_root=state_root)),
            next_sync_committee_branch=build_branch(leaves, NEXT_LEAF),
            finalized_header=finalized,
            finality_branch=(honest.finality_branch[0], *build_branch(leaves, FINALITY_LEAF)),
        )
    )


def other_committee(attested: int = SEEN) -> LightClientUpdate:
    """Returns a valid update, by the true committee, that names another next committee."""
    honest = CHAIN.update(attested)
    leaves = CHAIN.state_leaves(attested)
    committee = CHAIN.committee(77)
    leaves[NEXT_LEAF] = hash_tree_root(committee)
    beacon = replace(honest.attested_header.beacon, state_root=root_from_branch(leaves[0], build_branch(leaves, 0), 0))
    update = replace(
        honest,
        attested_header=replace(honest.attested_header, beacon=beacon),
        next_sync_committee=committee,
        next_sync_committee_branch=build_branch(leaves, NEXT_LEAF),
        finality_branch=(honest.finality_branch[0], *build_branch(leaves, FINALITY_LEAF)),
    )
    return CHAIN.resigned(update)


def other_head(attested: int = SEEN) -> LightClientUpdate:
    """Returns a valid update, by the true committee, that signs another block at the same slot and finalizes nothing."""
    return from_optimistic_update(as_optimistic(forged(attested)), NETWORK)


def as_optimistic(update: LightClientUpdate) -> LightClientOptimisticUpdate:
    return LightClientOptimisticUpdate(update.attested_header, update.sync_aggregate, update.signature_slot)


@pytest.mark.parametrize(("second", "kind"), [(forged, Kind.FINALITY), (other_committee, Kind.COMMITTEE), (other_head, Kind.OPTIMISTIC)])
def test_each_kind_is_seen_written_down_and_only_some_freeze(second: Callable[[], LightClientUpdate], kind: Kind, tmp_path: Path) -> None:
    async def story() -> None:
        world = World(path=tmp_path / "store")
        await world.start()
        before = world.client.head()
        world.client._take(CHAIN.update(SEEN))
        world.client._take(second())
        folder = EvidenceFolder(tmp_path / "store.evidence", NETWORK)
        (file,) = folder.files()
        conflict = folder.load(file)
        assert (conflict.kind, conflict.second) == (kind, second())
        assert conflict.first != conflict.second
        for message in (conflict.first, conflict.second):  # anyone can check that both are valid
            store = replace(world.client._state.known().store, finalized_header=CHAIN.header(136), next_sync_committee=None)
            validate_light_client_update(store, message, 400, NETWORK, BLS)
        assert world.client.head() == before
        frozen = world.client.status().frozen
        assert (frozen is not None) == kind.freezes
        name = "lightclient.conflict" if kind.freezes else "lightclient.equivocation"
        assert world.conditions == [(name, "error" if kind.freezes else "warning")]

    run(story())


def test_frozen_it_follows_nothing_even_after_a_restart_until_an_operator_decides(tmp_path: Path) -> None:
    async def story() -> None:
        world = World(path=tmp_path / "store")
        await world.start()
        world.client._take(forged())
        world.client._persist(at_once=True)
        again = World(path=tmp_path / "store", slot=192)
        with pytest.raises(Frozen):
            await again.start()
        head = again.client.head()
        assert head.optimistic.slot == SEEN
        task = asyncio.create_task(again.client.run())
        for _ in range(50):
            await asyncio.sleep(0)
        assert not task.done()
        assert again.client.head().finalized.header == head.finalized.header
        assert again.conditions.count(("lightclient.conflict", "error")) == 1
        assert again.client.unfreeze("the second source was a test chain")
        assert not again.client.unfreeze("again")
        again.sources[0].misbehave = "no-events"
        for _ in range(200):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert again.client.head().optimistic.slot > SEEN
        assert ("lightclient.conflict", None) in again.conditions
        assert "test chain" in (tmp_path / "store.evidence" / "unfrozen.log").read_text()
        assert len(list((tmp_path / "store.evidence").glob("finality-*.json"))) == 1

    run(story())


def test_two_sources_with_two_stories_are_compared(tmp_path: Path) -> None:
    async def story() -> None:
        world = World("", "", path=tmp_path / "store")
        await world.start()

        async def equivocate() -> LightClientFinalityUpdate:
            update = forged()
            return LightClientFinalityUpdate(
                update.attested_header, update.finalized_header, update.finality_branch, update.sync_aggregate, update.signature_slot
            )

        world.sources[1].finality_update = equivocate  # type: ignore[method-assign]
        with suppress(Frozen):
            await world.client.cross_check()
        assert world.client.status().frozen is not None

    run(story())


def test_without_a_folder_the_brake_is_kept_in_memory() -> None:
    async def story() -> None:
        world = World()
        await world.start()
        world.client._take(forged())
        assert "finality conflict at slot" in str(world.client.status().frozen)
        assert world.client.unfreeze("looked at it")
        assert world.client.status().frozen is None

    run(story())


def test_a_disk_that_fails_does_not_release_the_brake(tmp_path: Path) -> None:
    async def story() -> None:
        world = World(path=tmp_path / "store")
        await world.start()
        (tmp_path / "store.evidence").write_text("a file where the folder should be")
        world.client._take(forged())
        assert world.client._brake._in_memory is not None
        assert ("lightclient.disk", "warning") in world.conditions

    run(story())


def test_what_a_minority_signed_or_nobody_did_is_no_conflict() -> None:
    async def story() -> None:
        world = World()
        await world.start()
        world.client._take(forged(participants=21))
        unsigned = replace(forged(), sync_aggregate=CHAIN.update(SEEN).sync_aggregate)
        with pytest.raises(InvalidSignature):
            world.client._take(unsigned)
        stranger = SyntheticChain(NETWORK, "stranger").update(SEEN)
        with pytest.raises(PeerError):
            world.client._take(stranger)
        assert world.client.status().frozen is None
        assert world.conditions == []

    run(story())


def test_a_later_block_with_an_earlier_execution_block_contradicts() -> None:
    witness = Witness(NETWORK)
    first = CHAIN.update(SEEN)
    witness.remember(first)
    later = CHAIN.update(SEEN + 9)
    assert witness.contradicted(later) is None
    execution = later.finalized_header.execution
    assert execution is not None
    older = replace(later.finalized_header, execution=replace(execution, block_number=5))
    assert witness.contradicted(replace(later, finalized_header=older)) == Conflict(
        Kind.FINALITY, first, replace(later, finalized_header=older)
    )


def test_memory_and_disk_are_bounded(tmp_path: Path) -> None:
    witness = Witness(NETWORK)
    update = from_finality_update(CHAIN.finality_update(SEEN), NETWORK)
    for slot in range(200):
        header = replace(update.finalized_header, beacon=replace(update.finalized_header.beacon, slot=slot + 1))
        witness.remember(replace(update, finalized_header=header, signature_slot=slot))
    assert len(witness._finalized) == len(witness._attested) == REMEMBERED
    folder = EvidenceFolder(tmp_path / "evidence", NETWORK)
    for slot in range(MAX_FILES + 3):
        header = replace(update.finalized_header, beacon=replace(update.finalized_header.beacon, slot=slot + 1))
        written = folder.add(Conflict(Kind.FINALITY, update, replace(update, finalized_header=header)))
        assert (written is None) == (slot >= MAX_FILES)
    assert len(folder.files()) == MAX_FILES


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", '{"kind": "x", "first": 1, "second": 2}', '{"kind": "finality", "first": 1, "second": 2}']
)
def test_a_damaged_file_of_evidence_is_refused_by_name(text: str, tmp_path: Path) -> None:
    file = tmp_path / "finality-1.json"
    file.write_text(text)
    with pytest.raises(DamagedStoreFile):
        EvidenceFolder(tmp_path, NETWORK).load(file)
