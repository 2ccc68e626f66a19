"""Verdicts, revocations, stamps and fillers in one publisher with the anchors: one nonce ledger, one budget, proofs of their own."""

from dataclasses import replace

import pytest

from oracle import eas
from oracle.fees import GWEI, FeePolicy
from oracle.hexes import to_checksum
from oracle.publication import Inclusion, Kind, State
from oracle.publication_steps import Patience
from oracle.settings import PublisherSettings
from tests.oracle.fakes import EAS, TARGET, World, root_of

FINAL, SENT, REPLACED, INCLUDED = State.FINAL, State.SENT, State.REPLACED, State.INCLUDED


def test_all_kinds_share_one_ledger_without_gaps() -> None:
    world = World()
    world.stage(2)
    world.stage_verdict()
    world.stage_revocation()
    world.stage_stamp()
    world.stage()
    world.step()
    assert sorted(record.nonce for record in world.store.all(None) if record.nonce is not None) == list(range(6))
    world.settle()
    assert world.chain.head.nonce == 6
    assert world.conditions == {}
    words, layout = world.chain.head.words, TARGET.eas_layout
    [revocation], [stamp] = world.store.all(Kind.REVOCATION), world.store.all(Kind.STAMP)
    assert any(words[eas.revocation_slot(layout, TARGET.gateway, revocation.root)])
    assert any(words[eas.timestamp_slot(layout, eas.stamp_of(TARGET.chain_id, TARGET.gateway, stamp.index, root_of(0)))])


# Verdicts: the uid depends on the block, and nobody's receipt is needed to know that one stands


def test_a_verdict_is_found_by_proof_although_every_receipt_is_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()

    async def blind(tx_hash: bytes) -> Inclusion | None:
        return None

    monkeypatch.setattr(world.chain, "receipt", blind)
    world.stage_verdict()
    world.step()
    for _ in range(3):
        world.chain.mine()
    world.chain.finalize()
    world.step()
    [record] = world.store.all(Kind.VERDICT)
    assert record.state is FINAL
    attestation = eas.decode_attest(record.calldata)
    assert record.uid == eas.uid_of(attestation, TARGET.gateway, world.chain.blocks[1].time_s)


def test_a_verdict_mined_long_after_it_was_signed_is_found() -> None:
    world = World()
    world.stage_verdict()
    world.step()
    pool, world.chain.pool = world.chain.pool, {}
    for _ in range(2500):
        world.chain.mine()
    world.chain.finalize()
    for _ in range(4):
        world.step(1)  # a bounded number of times is looked at in each round
    assert world.states_of(Kind.VERDICT) == [SENT]
    world.chain.pool = pool
    world.settle()
    assert world.states_of(Kind.VERDICT) == [FINAL]


def test_a_verdict_whose_nonce_a_stranger_spent_is_signed_anew_only_because_its_absence_is_proven() -> None:
    world = World()
    world.stage_verdict()
    world.step()
    world.foreign(nonce=0)
    world.chain.mine()
    world.chain.finalize()
    world.step()
    assert world.states_of(Kind.VERDICT) == [REPLACED]
    world.settle()
    assert len(world.chain.head.words) == 1


@pytest.mark.parametrize("window", [1, 2])
def test_verdicts_that_their_resolver_refused_keep_no_anchor_out(window: int) -> None:
    world = World(settings=PublisherSettings(window=window, patience=Patience(retry_ms=1, verdict_tries=2)))
    world.chain.awaited = False
    for _ in range(3):
        world.stage_verdict()
    for _ in range(12):
        world.step(60)
        world.chain.mine()
        world.chain.finalize()
    assert [(record.state, record.spent) for record in world.store.all(Kind.VERDICT)] == [(REPLACED, 2)] * 3
    nonce = world.chain.head.nonce
    world.stage(2)
    for _ in range(6):
        world.step()
        world.chain.mine()
        world.chain.finalize()
    assert world.states == [FINAL, FINAL]
    assert world.chain.head.nonce == nonce + 2
    assert "publisher.verdict_refused" in world.conditions


def test_verdicts_that_nobody_can_prove_keep_no_anchor_out() -> None:
    world = World(settings=PublisherSettings(window=2, pending_limit=2), proving=False)
    for nonce in range(2):
        world.stage_verdict()
        world.step()
        world.foreign(nonce=nonce)
        world.chain.mine()
        world.chain.finalize()
    world.stage()
    for _ in range(3):
        world.step()
        world.chain.mine()
        world.chain.finalize()
    assert world.states_of(Kind.VERDICT) == [SENT, SENT]
    assert world.states == [State.REPORTED]


# Gaps


def test_a_gap_that_another_copy_of_the_gateway_left_is_filled() -> None:
    world = World(settings=PublisherSettings(pending_limit=4))
    world.stage(2)
    world.stage_verdict()
    world.step()
    assert [record.nonce for record in world.store.all(None)] == [0, 1, 2]
    # A copy of the store on another machine spends nonce 0 for anchor 0, and 1 is left free: nodes forgot our transaction.
    first, second = world.store.all()
    world.chain.pool.clear()
    world.copy_anchors(first)
    world.chain.mine()
    world.chain.finalize()
    world.step()
    # The record of anchor 1 is final in another copy's hands: nothing of ours will use its nonce.
    world.store.put(replace(second, state=State.FINAL, final=world.finality.finalized(), revision=9))
    world.step(1)
    assert world.states_of(Kind.FILLER) == [State.STAGED]
    assert "publisher.nonce_gap" in world.conditions
    world.step(1)
    assert world.store.all(Kind.FILLER)[0].nonce == 1


def test_a_filler_uses_up_the_nonce_and_what_waited_is_mined() -> None:
    world = World()
    world.stage_verdict()
    verdict = world.store.all(Kind.VERDICT)[0]
    world.step()
    [signed] = world.store.all(Kind.VERDICT)
    world.stage_revocation()
    world.step()
    # The verdict's record is lost with its nonce, as a salvaged store may lose a row; the node never heard of its transaction.
    del world.store.kept[verdict.key]
    del world.chain.pool[0]
    world.step()
    world.step()
    assert world.states_of(Kind.FILLER) == [SENT]
    world.settle()
    assert world.states_of(Kind.REVOCATION) == [FINAL]
    assert world.conditions == {}
    assert world.chain.head.nonce == 2
    assert signed.nonce == 0


# The budget of a day


def test_the_budget_stops_new_transactions_until_the_next_day() -> None:
    world = World(settings=PublisherSettings(fees=FeePolicy(budget_wei_per_day=100_000 * 3 * GWEI)))
    world.stage(2)
    world.step()
    assert world.states == [SENT, State.STAGED]
    assert "of the day's" in world.conditions["publisher.fee_budget"]
    world.chain.mine()
    world.step()
    # The receipt says what it really cost: 53,000 gas of 1 gwei, which leaves not enough for the most that another can cost.
    assert world.states == [INCLUDED, State.STAGED]
    assert sum(wei for _, wei in world.store.fees.values()) == 53_000 * GWEI
    world.step(86_400)
    assert world.states == [INCLUDED, SENT]
    assert "publisher.fee_budget" not in world.conditions
    world.settle()


def test_outbidding_stays_within_the_budget() -> None:
    world = World(settings=PublisherSettings(fees=FeePolicy(budget_wei_per_day=100_000 * 3 * GWEI)))
    world.stage()
    world.step()
    world.chain.base_fee_wei = 50 * GWEI
    world.step(181)
    assert len(world.store.all()[0].attempts) == 1
    assert "publisher.fee_budget" in world.conditions
    world.chain.base_fee_wei = GWEI
    world.settle()


def test_no_budget_is_no_limit() -> None:
    world = World(settings=PublisherSettings(fees=FeePolicy(budget_wei_per_day=0)))
    world.stage(5)
    world.step()
    assert world.states == [SENT] * 5


# Contracts that change


def test_a_contract_that_changes_is_announced_and_gets_nothing() -> None:
    world = World()
    world.stage_revocation()
    world.settle()
    world.chain.eas_code = b"\xeb" * 32
    world.stage_revocation()
    world.chain.mine()
    world.chain.finalize()
    handed_over = len(world.chain.handed_over)
    world.step()
    assert world.states_of(Kind.REVOCATION) == [FINAL, State.STAGED]
    assert f"aios oracle accept {to_checksum(EAS)}" in world.conditions["publisher.contract_changed"]
    assert len(world.chain.handed_over) == handed_over
    world.store.pins.clear()
    world.settle()


def test_what_is_signed_already_is_not_sent_to_a_registry_that_changed() -> None:
    world = World()
    world.stage()
    world.step()
    world.chain.pool.clear()
    world.chain.code_hash = b"\xee" * 32
    world.chain.mine()
    world.chain.finalize()
    world.step(61)
    assert world.states == [SENT]
    assert len(world.chain.handed_over) == 1
    assert "publisher.registry_not_genuine" in world.conditions


# Networks whose state nobody here proves


def test_without_a_light_client_it_ends_with_the_rpcs_word_and_is_never_final() -> None:
    world = World(proving=False)
    world.stage(2)
    world.stage_revocation()
    world.step()
    world.chain.mine()
    world.step()
    assert world.states == [INCLUDED, INCLUDED]
    world.settle()
    assert {record.state for record in world.store.all(None)} == {State.REPORTED}
    assert all(record.final is None for record in world.store.all(None))
    assert world.chain.proofs_asked == 0


def test_without_a_light_client_a_stolen_nonce_is_replaced_but_a_verdict_is_left_to_a_person() -> None:
    world = World(proving=False)
    world.stage_verdict()
    world.stage()
    world.step()
    world.foreign(nonce=0)
    world.chain.mine()
    world.chain.finalize()
    world.step(61)
    assert world.states_of(Kind.VERDICT) == [SENT]
    assert "publisher.verdict_unclear" in world.conditions


def test_without_a_light_client_another_contract_gets_nothing() -> None:
    world = World(proving=False)
    world.stage()
    world.chain.codes[TARGET.registry] = b"\x00"
    world.step()
    assert world.states == [State.STAGED]
    assert "publisher.registry_not_genuine" in world.conditions
    world.chain.codes[TARGET.registry] = b""
    world.step()
    assert "publisher.registry_absent" in world.conditions
