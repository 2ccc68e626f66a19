from dataclasses import replace

import pytest

from oracle.chain import Sent
from oracle.conditions import Conditions
from oracle.fees import GWEI, FeePolicy
from oracle.key_errors import SequenceGapError
from oracle.publication import Inclusion, Publication, State
from oracle.publication_errors import RpcRefusedError, RpcUnreachableError
from oracle.settings import PublisherSettings
from tests.oracle.fakes import TARGET, Crash, FakeChain, Faults, World, drive, root_of, unreachable

FINAL, STAGED, SENT, INCLUDED, SIGNED, REPLACED = State.FINAL, State.STAGED, State.SENT, State.INCLUDED, State.SIGNED, State.REPLACED


def test_takes_anchors_to_finality_in_order() -> None:
    world = World()
    world.stage(3)
    assert world.step()
    assert world.states == [SENT, SENT, SENT]
    world.chain.mine()
    world.step()
    assert world.states == [INCLUDED, INCLUDED, INCLUDED]
    world.chain.finalize()
    world.step()
    assert world.states == [FINAL, FINAL, FINAL]
    assert [record.nonce for record in world.store.all()] == [0, 1, 2]
    assert world.conditions == {}
    world.check()


def test_rests_when_nothing_is_under_way() -> None:
    world = World()
    assert world.step()
    assert world.faults.crossings == 1


def test_asks_for_proofs_once_per_finalized_block() -> None:
    world = World()
    world.stage(3)
    for _ in range(5):
        world.step()
    assert world.chain.proofs_asked == 2


def test_signs_no_more_than_nodes_keep() -> None:
    world = World(settings=PublisherSettings(pending_limit=2))
    world.stage(5)
    world.step()
    assert world.states == [SENT, SENT, STAGED, STAGED, STAGED]
    world.settle()
    assert world.states == [FINAL] * 5


def test_works_on_a_window_of_many() -> None:
    world = World(settings=PublisherSettings(window=4))
    world.stage(10)
    world.settle()
    assert world.states == [FINAL] * 10


# Every edge fails, both ways


def scenario(world: World) -> None:
    """Three anchors, a reorg that undoes their inclusion, nodes that forget, a fee that has to be outbid, then finality."""
    world.stage(3)

    def step(seconds: int = 5) -> None:
        try:
            world.step(seconds)
        except Crash:
            world.restart()
        world.check()

    step()
    world.chain.mine()
    step()
    world.chain.reorg(1, keep=False)
    world.chain.base_fee_wei = 20 * GWEI
    step()
    world.chain.mine()
    step(200)
    step(200)
    world.chain.mine()
    step()
    world.chain.finalize()
    step()


def crossings() -> int:
    world = World()
    scenario(world)
    return world.faults.crossings


@pytest.mark.parametrize("after", [False, True], ids=["lost", "done but reported failed"])
@pytest.mark.parametrize("kind", [Crash, unreachable], ids=["process dies", "edge fails"])
def test_every_failure_leaves_each_anchor_once(kind: type[Exception], after: bool) -> None:
    total = crossings()
    assert total > 60
    for at in range(total):
        world = World(Faults(at, after, kind))
        scenario(world)
        assert world.faults.crossings > at
        world.faults.at = -1
        world.settle()
        assert world.states == [FINAL] * 3
        # Nobody else used the key: not one transaction of ours failed, and no nonce was left out.
        assert world.chain.head.nonce == 3
        assert all(all(block.receipts.values()) for block in world.chain.blocks)


def test_dying_in_every_round_still_arrives() -> None:
    world = World()
    world.stage(2)
    for at in range(400):
        world.faults.at = world.faults.crossings + at % 9
        world.faults.after = at % 2 == 0
        try:
            world.step()
        except Crash:
            world.restart()
        world.check()
        world.chain.mine()
        world.chain.finalize()
        if world.states == [FINAL, FINAL]:
            return
    pytest.fail(f"not final: {world.states}")


# Reorgs, stuck and forgotten transactions


def test_a_receipt_gone_in_a_reorg_goes_back_to_sent_and_is_mined_again() -> None:
    world = World()
    world.stage(2)
    world.step()
    world.chain.mine()
    world.step()
    world.chain.reorg(1)
    world.step()
    assert world.states == [SENT, SENT]
    world.settle()
    assert world.chain.head.nonce == 2


def test_what_nodes_forgot_is_handed_over_again() -> None:
    world = World()
    world.stage()
    world.step()
    world.chain.pool.clear()
    world.step(61)
    assert len(world.chain.pool) == 1
    assert len(set(world.chain.handed_over)) == 1


def test_a_stuck_transaction_is_outbid_under_the_same_nonce() -> None:
    world = World()
    world.stage()
    world.step()
    world.chain.base_fee_wei = 50 * GWEI
    world.chain.mine()
    world.step(181)
    [record] = world.store.all()
    first, second = record.attempts
    assert record.state is SENT
    assert second.max_fee_wei >= first.max_fee_wei * 9 // 8
    world.settle()
    assert world.chain.head.nonce == 1


def test_any_of_the_attempts_may_be_mined() -> None:
    world = World()
    world.stage()
    world.step()
    [earlier] = world.store.all()[0].attempts
    world.step(181)
    world.chain.pool.clear()
    world.chain.take(earlier.raw)
    world.chain.mine()
    world.step()
    [record] = world.store.all()
    assert record.inclusion is not None
    assert record.inclusion.tx_hash == earlier.tx_hash
    world.settle()


def test_the_ceiling_holds_a_stuck_transaction_and_says_so() -> None:
    world = World(settings=PublisherSettings(fees=FeePolicy(max_fee_ceiling_wei=4 * GWEI)))
    world.stage()
    world.step()
    world.chain.base_fee_wei = 100 * GWEI
    for _ in range(10):
        world.step(181)
    assert max(attempt.max_fee_wei for attempt in world.store.all()[0].attempts) <= 4 * GWEI
    assert "publisher.fee_ceiling" in world.conditions
    world.stage()
    world.step()
    assert world.states == [SENT, STAGED]
    world.chain.base_fee_wei = GWEI
    world.settle()
    assert world.conditions == {}


def test_an_underpriced_answer_is_outbid_at_once() -> None:
    world = World()
    world.stage()
    world.chain.send_answers = [Sent.UNDERPRICED]
    world.step()
    assert world.states == [SENT]
    assert len(world.store.all()[0].attempts) == 2
    assert world.conditions == {}


def test_an_empty_account_is_shown_until_it_is_filled() -> None:
    world = World()
    world.stage()
    world.chain.send_answers = [Sent.UNFUNDED, Sent.UNFUNDED]
    world.step()
    assert world.states == [SIGNED]
    assert "send ether" in world.conditions["publisher.node_refuses"]
    world.step(61)
    world.step(61)
    assert world.states == [SENT]
    assert world.conditions == {}


def test_a_refusal_in_unknown_words_stops_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    world.stage(2)
    take = FakeChain.take

    def picky(self: FakeChain, raw: bytes) -> Sent:
        if raw == world.store.all()[0].attempts[-1].raw:
            raise RpcRefusedError("eth_sendRawTransaction", -32000, "computer says no")
        return take(self, raw)

    monkeypatch.setattr(FakeChain, "take", picky)
    world.step()
    assert world.states == [SIGNED, SENT]
    assert "computer says no" in world.conditions["publisher.node_refuses"]
    monkeypatch.undo()
    world.settle()


# Nonces spent by others, and anchors that fail


def test_a_nonce_spent_by_a_stranger_is_replaced_once_that_is_proven() -> None:
    world = World()
    world.stage(2)
    world.foreign(nonce=0)
    world.chain.mine()
    world.step()
    assert world.states == [SIGNED, SENT]
    assert "nonce too low" in world.conditions["publisher.node_refuses"]
    world.chain.finalize()
    world.step()
    assert world.states[0] is REPLACED
    assert "publisher.nonce_spent" in world.conditions
    world.settle()
    assert world.conditions == {}


def test_nothing_is_signed_past_an_anchor_that_waits_for_a_new_nonce() -> None:
    world = World()
    world.stage()
    world.foreign(nonce=0)
    world.chain.mine()
    world.step()
    world.chain.finalize()
    world.step()
    world.stage()
    world.step()
    assert world.states == [REPLACED, STAGED]


def test_a_reverted_anchor_is_retried_ever_more_slowly() -> None:
    world = World()
    world.chain.active = False
    world.stage()
    for _ in range(20):
        world.step(60)
        world.chain.mine()
        world.chain.finalize()
    [record] = world.store.all()
    assert 2 <= record.spent <= 5
    assert "gas_limit suffices" in world.conditions["publisher.nonce_spent"]
    world.chain.active = True
    world.settle(seconds=4000)


def test_an_anchor_that_stands_already_is_recognised() -> None:
    first = World()
    first.stage(2)
    first.settle()
    restored = World()
    restored.chain.blocks, restored.chain.final_number = first.chain.blocks, first.chain.final_number
    restored.signer.signed = first.signer.signed
    restored.stage(3)
    restored.step()
    assert restored.states == [FINAL, FINAL, SENT]
    assert restored.store.all()[2].nonce == 2


def test_another_root_in_our_place_stops_everything() -> None:
    first = World()
    first.stage()
    first.settle()
    restored = World()
    restored.chain.blocks, restored.chain.final_number = first.chain.blocks, first.chain.final_number
    for index in range(2):
        restored.store.put(Publication(TARGET.chain_id, TARGET.registry, TARGET.gateway, index, root_of(7 + index), 1, 0))
    assert not restored.step()
    assert restored.states == [STAGED, STAGED]
    assert "another process uses this gateway's key" in restored.conditions["publisher.anchor_conflict"]


def test_a_restart_after_an_unrecorded_sending_that_was_mined_alarms_nobody() -> None:
    world = World()
    world.stage()
    world.faults.at, world.faults.after = 9, True
    with pytest.raises(Crash):
        world.step()
    assert (world.states, len(world.chain.pool)) == ([SIGNED], 1)
    world.chain.mine()
    world.restart()
    world.step()
    assert world.states == [INCLUDED]
    assert world.told == []


# An RPC that lies


CLAIM = Inclusion(tx_hash=b"", block_number=1, block_hash=b"\xee" * 32, succeeded=True, gas_used=1)


def test_a_claimed_inclusion_that_is_not_proven_is_refused_and_never_final() -> None:
    world = World()
    world.stage()
    world.step()
    world.chain.lie = CLAIM
    world.step()
    assert world.states == [INCLUDED]
    world.chain.pool.clear()
    for _ in range(3):
        world.chain.mine()
        world.chain.finalize()
        world.step()
        assert world.states == [SENT]
        assert "knows nothing of it" in world.conditions["publisher.anchor_not_proven"]
    world.chain.lie = None
    world.settle()
    assert world.conditions == {}


def test_a_claim_in_a_far_block_is_shown_as_overdue() -> None:
    world = World()
    world.stage()
    world.step()
    world.chain.lie = replace(CLAIM, block_number=2**60)
    world.step()
    world.step(7200)
    assert world.states == [INCLUDED]
    assert "publisher.anchor_overdue" in world.conditions


def test_a_false_proof_is_refused_and_nothing_is_signed() -> None:
    world = World()
    world.stage()
    world.chain.alter_proof = lambda answer: answer | {"state": {"nonce": 99, "roots": {"0": root_of(0).hex()}}}
    world.step()
    assert world.states == [STAGED]
    assert "does not hold" in world.conditions["publisher.proof_refused"]
    world.chain.alter_proof = None
    world.settle()
    assert world.conditions == {}


def test_a_registry_with_other_code_gets_no_signature() -> None:
    world = World()
    world.stage()
    world.chain.code_hash = b"\xee" * 32
    world.step()
    assert world.states == [STAGED]
    assert "publisher.registry_not_genuine" in world.conditions


def test_a_registry_that_is_not_there_yet_is_waited_for() -> None:
    world = World()
    world.stage()
    genuine, world.chain.code_hash = world.chain.code_hash, bytes(32)
    world.step()
    assert "publisher.registry_absent" in world.conditions
    world.chain.code_hash = genuine
    world.settle()
    assert world.conditions == {}


def test_nothing_is_signed_before_the_light_client_has_a_finalized_block() -> None:
    world = World()
    world.stage()
    world.finality.silent = True
    world.step()
    assert world.states == [STAGED]
    assert "publisher.nothing_finalized" in world.conditions


def test_another_chain_is_refused() -> None:
    world = World()
    world.stage()
    world.chain.chain_id_found = 1
    assert not world.step()
    assert world.states == [STAGED]
    assert "publisher.wrong_chain" in world.conditions


# Conditions and pauses


def test_an_outage_is_told_once_and_its_end_once() -> None:
    world = World()
    world.stage()
    world.faults.kind = unreachable
    for _ in range(5):
        world.faults.at = world.faults.crossings + 1
        assert not world.step()
    world.step()
    assert world.told == [("publisher.rpc_unreachable", "warning"), ("publisher.rpc_unreachable", None)]


def test_a_condition_says_that_publishing_goes_on_and_the_error_alone_does_not() -> None:
    told: list[str] = []
    conditions = Conditions(lambda name, severity, text: told.append(text))
    conditions.note(RpcUnreachableError("eth_chainId", "refused"))
    conditions.end_round()
    assert told == ["eth_chainId: the RPC does not answer: refused; publishing goes on by itself once it does"]


def test_a_signer_that_refuses_stops_later_anchors_too() -> None:
    world = World()
    world.stage(2)
    world.signer.refusal = SequenceGapError("anchor", 1, 0)
    world.step()
    assert world.states == [STAGED, STAGED]
    assert "publisher.signing_refused" in world.conditions


def test_a_record_that_somebody_else_moved_is_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    world.stage()

    async def contended(old: Publication | None, new: Publication) -> bool:
        return False

    monkeypatch.setattr(world.store, "compare_and_swap", contended)
    assert not world.step()
    assert "publisher.record_moved" in world.conditions
    monkeypatch.undo()
    world.settle()


def test_pauses_double_while_rounds_fail_and_are_short_again_afterwards() -> None:
    world = World()
    world.stage()
    world.chain.chain_id_found = 1
    pauses: list[float] = []

    class Enough(Exception):
        pass

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 8:
            world.chain.chain_id_found = TARGET.chain_id
        if len(pauses) == 9:
            raise Enough

    with pytest.raises(Enough):
        drive(world.publisher.run(sleep))
    assert pauses == [8, 16, 32, 64, 120, 120, 120, 120, 4]


def test_what_is_no_refusal_goes_through() -> None:
    world = World()
    world.stage()
    world.faults.at = 3
    with pytest.raises(Crash):
        world.step()
