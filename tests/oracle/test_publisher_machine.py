"""Everything that can happen, in any order: whatever it was, no anchor is skipped, doubled or called final without proof."""

from dataclasses import replace
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from oracle.chain import Sent
from oracle.fees import GWEI
from oracle.publication import CLOSED, Inclusion, Kind, State
from tests.oracle.fakes import Crash, World, root_of, unreachable

CLAIM = Inclusion(tx_hash=b"", block_number=1, block_hash=b"\xee" * 32, succeeded=True, gas_used=1)


class Publishing(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.world = World()

    @precondition(lambda self: len(self.world.store.all()) < 6)
    @rule()
    def stage(self) -> None:
        self.world.stage()

    @precondition(lambda self: len(self.world.store.all(None)) < 12)
    @rule(kind=st.sampled_from([Kind.VERDICT, Kind.REVOCATION, Kind.STAMP]))
    def stage_another_kind(self, kind: Kind) -> None:
        stage = {Kind.VERDICT: self.world.stage_verdict, Kind.REVOCATION: self.world.stage_revocation, Kind.STAMP: self.world.stage_stamp}
        stage[kind]()

    @rule(seconds=st.sampled_from([1, 5, 61, 181, 7200, 86_400]))
    def step(self, seconds: int) -> None:
        self.world.step(seconds)

    @rule(within=st.integers(0, 15), after=st.booleans(), kind=st.sampled_from([Crash, unreachable]))
    def step_with_a_failure(self, within: int, after: bool, kind: Any) -> None:
        faults = self.world.faults
        faults.at, faults.after, faults.kind = faults.crossings + within, after, kind
        try:
            self.world.step()
        except Crash:
            self.world.restart()
        faults.at = -1

    @rule()
    def restart(self) -> None:
        self.world.restart()

    @rule()
    def mine(self) -> None:
        self.world.chain.mine()

    @rule()
    def finalize(self) -> None:
        self.world.chain.finalize()

    @rule(depth=st.integers(1, 5), keep=st.booleans())
    def reorg(self, depth: int, keep: bool) -> None:
        self.world.chain.reorg(depth, keep=keep)

    @rule()
    def nodes_forget(self) -> None:
        self.world.chain.pool.clear()

    @rule(gwei=st.sampled_from([1, 5, 30, 150, 500]))
    def base_fee_moves(self, gwei: int) -> None:
        self.world.chain.base_fee_wei = gwei * GWEI

    @rule(active=st.booleans())
    def owner_decides(self, active: bool) -> None:
        self.world.chain.active = active

    @rule()
    def somebody_else_uses_the_key(self) -> None:
        self.world.foreign()

    @rule(ahead=st.integers(1, 3))
    def somebody_else_takes_a_nonce_to_come(self, ahead: int) -> None:
        self.world.foreign(self.world.chain.head.nonce + ahead)

    @precondition(lambda self: any(record.state not in CLOSED for record in self.world.store.all()))
    @rule(ahead=st.integers(0, 2))
    def another_copy_anchors(self, ahead: int) -> None:
        record = next(record for record in self.world.store.all() if record.state not in CLOSED)
        self.world.copy_anchors(record, self.world.chain.head.nonce + ahead)

    @precondition(lambda self: self.world.chain.handed_over)
    @rule(data=st.data())
    def the_network_repeats_an_old_transaction(self, data: st.DataObject) -> None:
        raw = data.draw(st.sampled_from(self.world.chain.handed_over))
        self.world.chain.take(raw)

    @rule(calls=st.integers(1, 30))
    def rpc_is_silent(self, calls: int) -> None:
        self.world.chain.silent_calls = calls

    @rule()
    def rpc_hides_receipts(self) -> None:
        self.world.chain.hides_receipts = True

    @rule(block=st.sampled_from([0, 1, 5, 2**60]), succeeded=st.booleans())
    def rpc_makes_up_receipts(self, block: int, succeeded: bool) -> None:
        self.world.chain.lie = replace(CLAIM, block_number=block, succeeded=succeeded)

    @rule()
    def rpc_makes_up_proofs(self) -> None:
        self.world.chain.alter_proof = lambda answer: answer | {"state": {"nonce": 99, "roots": {"0": root_of(0).hex()}}}

    @rule(answers=st.lists(st.sampled_from(Sent), max_size=4))
    def rpc_makes_up_answers(self, answers: list[Sent]) -> None:
        self.world.chain.send_answers = list(answers)

    @rule()
    def rpc_is_honest_again(self) -> None:
        self.world.chain.lie = None
        self.world.chain.alter_proof = None
        self.world.chain.send_answers = []
        self.world.chain.hides_receipts = False
        self.world.chain.silent_calls = 0

    @invariant()
    def holds(self) -> None:
        self.world.check()

    def teardown(self) -> None:
        self.rpc_is_honest_again()
        self.world.chain.base_fee_wei = GWEI
        self.world.chain.active = True
        self.world.settle(rounds=120, seconds=4000)
        records = self.world.store.all(None)
        assert all(record.state is State.FINAL for record in records)
        # Nothing waits for a nonce, and every verdict stands exactly once.
        assert not [nonce for nonce in self.world.chain.pool if nonce >= self.world.chain.head.nonce and self.ours(nonce)]
        verdicts = [record.uid for record in records if record.kind is Kind.VERDICT]
        standing = [word for word in self.world.chain.head.words.values() if any(word[:16])]
        assert sorted(standing) == sorted(uid for uid in verdicts if uid is not None)

    def ours(self, nonce: int) -> bool:
        return any(record.nonce == nonce for record in self.world.store.all(None))


TestPublishing = Publishing.TestCase
TestPublishing.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
