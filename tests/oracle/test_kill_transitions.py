"""A process killed with SIGKILL just before and just after the commit of every transition that the table knows."""

import asyncio
import itertools
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from oracle import anchor
from oracle.chain import Sent
from oracle.fees import GWEI, Fees
from oracle.publication import CLOSED, TRANSITIONS, Event, Publication, State
from oracle.signer import LocalSigner
from oracle.transaction import Transaction, sign
from tests.oracle.fakes import KEY, TARGET, FakeChain, Faults, World, drive, root_of
from tests.oracle.test_kill_publication import NOW_MS, CrossedSigner, CrossedStore, Network, anchor_record, opened, prepare, states

pytestmark = pytest.mark.slow
Transition = tuple[State, State]
STRANGER = b"\x99" * 20


@dataclass(frozen=True)
class Trouble:
    """What makes a transition happen: `asked` shapes what the process is told, `between` what happens until the next one, by moment."""

    asked: Callable[[FakeChain, int], None] = lambda chain, moment: None
    between: Callable[["Ground", FakeChain, int], None] = lambda ground, chain, moment: ground.usual(chain, moment)
    proving: bool = True
    strangers: int = 0
    """Nonces that are spent by somebody else, or by a transaction of ours that failed."""


@dataclass
class Ground:
    """The network between two processes."""

    network: Network
    sent: set[bytes] = field(default_factory=set)

    def usual(self, chain: FakeChain, moment: int) -> None:
        chain.mine()
        if moment % 2:
            chain.finalize()

    def hand_over(self, chain: FakeChain, call: Transaction) -> None:
        """Somebody with our key hands a transaction to the network, dearer than ours."""

        async def local(digest: bytes) -> bytes:
            return LocalSigner(KEY).sign_digest(digest)

        raw = drive(sign(call, Fees(10**13, 1), TARGET.gateway, local)).raw
        with self.network.handed_over.open("ab", buffering=0) as file:
            file.write(raw.hex().encode() + b"\n")
        chain.take(raw)

    def steal(self, chain: FakeChain, nonce: int) -> None:
        self.hand_over(chain, Transaction(TARGET.chain_id, nonce, STRANGER, b"", 21_000))

    def copy(self, chain: FakeChain) -> None:
        """Another copy of the gateway anchors batch 0 under the account's next nonce."""
        data = anchor.anchor_calldata(0, root_of(0), 1)
        self.hand_over(chain, Transaction(TARGET.chain_id, chain.head.nonce, TARGET.registry, data, 100_000))


def answers(*sent: Sent) -> Callable[[FakeChain, int], None]:
    def asked(chain: FakeChain, moment: int) -> None:
        chain.send_answers = list(sent) if moment == 0 else []

    return asked


def deaf(chain: FakeChain, moment: int) -> None:
    """The node takes what it is given and says that it does not, in the first moments."""
    chain.on_send = lambda raw: None
    take = chain.take

    def taken(raw: bytes) -> Sent:
        answer = take(raw)
        return Sent.UNFUNDED if moment < 2 else answer

    chain.take = taken  # type: ignore[method-assign]


def blind(chain: FakeChain, moment: int) -> None:
    chain.hides_receipts = True


def at(moments: dict[int, Callable[[Ground, FakeChain], None]]) -> Callable[[Ground, FakeChain, int], None]:
    """What happens at some moments; the usual at all others."""

    def between(ground: Ground, chain: FakeChain, moment: int) -> None:
        if moment in moments:
            moments[moment](ground, chain)
        else:
            ground.usual(chain, moment)

    return between


def stolen_first(ground: Ground, chain: FakeChain) -> None:
    ground.steal(chain, 0)
    chain.mine()


def copied_and_final(ground: Ground, chain: FakeChain) -> None:
    ground.copy(chain)
    chain.mine()
    chain.finalize()


def mined_and_final(ground: Ground, chain: FakeChain) -> None:
    chain.mine()
    chain.finalize()


def stolen_and_final(ground: Ground, chain: FakeChain) -> None:
    ground.steal(chain, 0)
    chain.mine()
    chain.finalize()


def failed(ground: Ground, chain: FakeChain) -> None:
    chain.active = False
    chain.mine()
    chain.active = True


def undone(ground: Ground, chain: FakeChain) -> None:
    chain.reorg(1)


def moved(ground: Ground, chain: FakeChain) -> None:
    chain.reorg(1)
    chain.mine()


def nothing(ground: Ground, chain: FakeChain) -> None:
    """Nothing happens."""


def dear(chain: FakeChain, moment: int) -> None:
    chain.base_fee_wei = 50 * GWEI if moment else GWEI


def dear_blocks(ground: Ground, chain: FakeChain, moment: int) -> None:
    chain.base_fee_wei = 50 * GWEI
    ground.usual(chain, moment)


CALM = Trouble()
TROUBLES: dict[tuple[State, Event], Trouble] = {
    (State.STAGED, Event.SIGNED): CALM,
    (State.STAGED, Event.PROVEN): Trouble(between=at({-1: copied_and_final})),
    (State.SIGNED, Event.ACCEPTED): CALM,
    (State.SIGNED, Event.OUTBID): Trouble(asked=answers(Sent.UNDERPRICED)),
    (State.SIGNED, Event.INCLUDED): Trouble(asked=deaf),
    (State.SIGNED, Event.PROVEN): Trouble(asked=deaf, between=at({0: mined_and_final})),
    (State.SIGNED, Event.SPENT): Trouble(between=at({-1: stolen_first}), strangers=1),
    (State.SENT, Event.OUTBID): Trouble(asked=dear, between=dear_blocks),
    (State.SENT, Event.INCLUDED): CALM,
    (State.SENT, Event.PROVEN): Trouble(asked=blind),
    (State.SENT, Event.SPENT): Trouble(between=at({0: stolen_and_final}), strangers=1),
    (State.INCLUDED, Event.INCLUDED): Trouble(between=at({1: moved})),
    (State.INCLUDED, Event.UNSEEN): Trouble(between=at({1: undone, 2: nothing})),
    (State.INCLUDED, Event.PROVEN): CALM,
    (State.INCLUDED, Event.SPENT): Trouble(between=at({0: failed}), strangers=1),
    (State.INCLUDED, Event.REPORTED): Trouble(proving=False),
    (State.REPLACED, Event.SIGNED): Trouble(between=at({0: stolen_and_final}), strangers=1),
    (State.REPLACED, Event.PROVEN): Trouble(between=at({0: stolen_and_final, 1: copied_and_final}), strangers=1),
}


class FusedStore(CrossedStore):
    """The real table; the process dies at the first commit of one transition."""

    def __init__(self, folder: Path, before: State, after: State, *, late: bool) -> None:
        self.store = opened(folder)
        super().__init__(self.store, Faults())
        self.before, self.after, self.late = before, after, late

    async def compare_and_swap(self, old: Publication | None, new: Publication) -> bool:
        due = old is not None and (old.state, new.state) == (self.before, self.after)
        if due and not self.late:
            os.kill(os.getpid(), signal.SIGKILL)
        done = await super().compare_and_swap(old, new)
        if due:
            os.kill(os.getpid(), signal.SIGKILL)
        return done


def process(folder: Path, network: Network, trouble: Trouble, moment: int, fuse: tuple[State, State] | None, *, late: bool) -> bool:
    """Runs two rounds in a process of its own; returns whether it was killed."""
    child = os.fork()
    if child == 0:
        try:
            before, after = fuse or (State.FINAL, State.FINAL)
            world = World(proving=trouble.proving)
            world.chain = network.load(world.faults)
            world.finality.chain = world.chain
            trouble.asked(world.chain, moment)
            world.now_ms = NOW_MS + moment * 70_000
            world.store = FusedStore(folder, before, after, late=late)  # type: ignore[assignment]
            world.signer = CrossedSigner(folder, world.faults)  # type: ignore[assignment]
            world.restart()
            for _ in range(2):
                asyncio.run(world.publisher.step())
            world.store.store.close()  # type: ignore[attr-defined]
            os._exit(0)
        except BaseException:
            import traceback  # noqa: PLC0415 - only a failing child needs it

            traceback.print_exc()
            os._exit(1)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status in {0, -signal.SIGKILL}
    return status != 0


def test_every_transition_has_its_trouble() -> None:
    assert {(state, event) for state, events in TRANSITIONS.items() for event in events} == set(TROUBLES)


@pytest.mark.parametrize("late", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(("state", "event"), TROUBLES, ids=str)
def test_a_process_killed_at_a_transition_loses_and_doubles_nothing(tmp_path: Path, state: State, event: Event, *, late: bool) -> None:
    trouble, target = TROUBLES[state, event], TRANSITIONS[state][event]
    network, ground, killed = Network(tmp_path), None, 0
    ground = Ground(network)
    prepare(tmp_path, [anchor_record(0)])
    begun = network.load(Faults())
    if trouble.between is not CALM.between:
        trouble.between(ground, begun, -1)
    network.save(begun)
    for moment in itertools.count():
        # It dies once: the process after it finds what is on disk, and goes on.
        fuse = (state, target) if not killed else None
        killed += process(tmp_path, network, trouble, moment, fuse, late=late)
        chain = network.load(Faults())
        trouble.between(ground, chain, moment)
        network.save(chain)
        if all(one in CLOSED for one in states(tmp_path)):
            break
        assert moment < 30
    assert killed == 1, "the transition did not happen"
    assert states(tmp_path) == [State.FINAL if trouble.proving else State.REPORTED]
    assert chain.head.roots == {0: root_of(0)}
    assert [tx for tx in chain.pool.values() if tx.nonce > chain.head.nonce] == [], "something waits behind a gap"
    assert chain.head.nonce <= 2 + trouble.strangers
