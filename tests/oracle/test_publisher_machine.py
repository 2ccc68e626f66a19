"""Everything that can happen, in any order: whatever it was, no anchor is skipped, doubled or called final without proof."""

from dataclasses import replace
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from oracle.chain import Sent
from oracle.fees import GWEI
from oracle.publication import Inclusion, State
from tests.oracle.fakes import Crash, World, root_of, unreachable

CLAIM = Inclusion(tx_hash=b"", block_number=1, block_hash=b"\xee" * 32, succeeded=True, gas_used=1)


class Publishing(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.world = World()

    @precondition(lambda self: len(self.world.store.kept) < 6)
    @rule()
    def stage(self) -> None:
        self.world.stage()

    @rule(seconds=st.sampled_from([1, 5, 61, 181, 7200]))
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

    @rule(depth=st.integers(1, 3), keep=st.booleans())
    def reorg(self, depth: int, keep: bool) -> None:
        self.world.chain.reorg(depth, keep=keep)

    @rule()
    def nodes_forget(self) -> None:
        self.world.chain.pool.clear()

    @rule(gwei=st.sampled_from([1, 5, 30, 150]))
    def base_fee_moves(self, gwei: int) -> None:
        self.world.chain.base_fee_wei = gwei * GWEI

    @rule(active=st.booleans())
    def owner_decides(self, active: bool) -> None:
        self.world.chain.active = active

    @rule()
    def somebody_else_uses_the_key(self) -> None:
        self.world.foreign()

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

    @invariant()
    def holds(self) -> None:
        self.world.check()

    def teardown(self) -> None:
        self.rpc_is_honest_again()
        self.world.chain.base_fee_wei = GWEI
        self.world.chain.active = True
        self.world.settle(rounds=80, seconds=4000)
        assert all(state is State.FINAL for state in self.world.states)


TestPublishing = Publishing.TestCase
TestPublishing.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
