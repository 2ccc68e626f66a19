"""Real processes over the real store, killed with SIGKILL at every edge: no anchor is skipped or doubled."""

import asyncio
import itertools
import os
import pickle
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.store import Store, StoreSettings
from gateway.store.publications import Publications, swap
from oracle import calls, eas
from oracle.anchor_signer import GuardedTransactionSigner
from oracle.chain import Sent
from oracle.fees import Fees
from oracle.publication import Key, Publication, State, stage
from oracle.signer import LocalSigner
from oracle.signing.desk import Desk, Keys
from oracle.signing.journal import Journal
from oracle.signing.policy import ContractRule, Policy, SchemaRule
from oracle.transaction import Transaction
from tests.oracle.fakes import EAS, KEY, TARGET, FakeChain, Faults, Tx, World, root_of

pytestmark = pytest.mark.slow
NOW_MS = 1_800_000_000_000


def kill() -> Exception:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("a killed process went on")


class Network:
    """A chain that outlives the processes: what is handed over is in a file the moment a node has it; blocks are the parent's."""

    def __init__(self, folder: Path) -> None:
        self.handed_over, self.blocks = folder / "handed-over", folder / "blocks"
        self.handed_over.touch()
        self.save(FakeChain())

    def save(self, chain: FakeChain) -> None:
        self.blocks.write_bytes(pickle.dumps((chain.blocks, chain.final_number, chain.salt)))

    def load(self, faults: Faults) -> FakeChain:
        network = self

        class Journalled(FakeChain):
            def take(self, raw: bytes) -> Sent:
                with network.handed_over.open("ab", buffering=0) as file:
                    file.write(raw.hex().encode() + b"\n")
                return super().take(raw)

        chain = Journalled(faults)
        chain.blocks, chain.final_number, chain.salt = pickle.loads(self.blocks.read_bytes())  # noqa: S301 - our own file
        for line in self.handed_over.read_bytes().split():
            tx = Tx.parse(bytes.fromhex(line.decode()))
            chain.handed_over.append(tx.raw)
            if tx.nonce >= chain.head.nonce:
                chain.pool[tx.nonce] = tx
        return chain


class CrossedStore(Publications):
    """The real table, each of whose methods is an edge that can fail."""

    def __init__(self, store: Store, faults: Faults) -> None:
        super().__init__(store, lambda: NOW_MS)
        self.faults = faults

    async def load_open(self, gateway: bytes) -> tuple[Publication, ...]:
        due = self.faults.enter()
        result = await super().load_open(gateway)
        self.faults.leave(due)
        return result

    async def compare_and_swap(self, old: Publication | None, new: Publication) -> bool:
        due = self.faults.enter()
        done = await super().compare_and_swap(old, new)
        self.faults.leave(due)
        return done

    async def reserve_nonce(self, gateway: bytes, key: Key, floor: int) -> int:
        due = self.faults.enter()
        nonce = await super().reserve_nonce(gateway, key, floor)
        self.faults.leave(due)
        return nonce


SCHEMA = b"\x5c" * 32
POLICY = Policy(
    chains=(TARGET.chain_id,),
    schemas=(SchemaRule(f"0x{SCHEMA.hex()}"),),
    contracts=(ContractRule(f"0x{TARGET.registry.hex()}", "anchor-registry"), ContractRule(f"0x{EAS.hex()}", "eas")),
)


class CrossedSigner(GuardedTransactionSigner):
    """The real desk with its log on disk, as an edge that can fail."""

    def __init__(self, folder: Path, faults: Faults) -> None:
        key = LocalSigner(KEY)
        super().__init__(Desk(Keys(key, key), POLICY, Journal(folder / "signer"), now_s=lambda: NOW_MS // 1000))
        self.faults = faults

    async def sign_transaction(self, stream: str, sequence: int, call: Transaction, fees: Fees) -> bytes:
        due = self.faults.enter()
        signature = await super().sign_transaction(stream, sequence, call, fees)
        self.faults.leave(due)
        return signature


def opened(folder: Path) -> Store:
    return Store.open(StoreSettings(path=str(folder / "store.db"), group_ms=0), now_ms=lambda: NOW_MS, on_condition=lambda *_: None)


def with_store(folder: Path, work: Callable[[Store], None]) -> None:
    store = opened(folder)
    try:
        work(store)
    finally:
        store.close()


def states(folder: Path) -> list[State]:
    found: list[State] = []

    def read(store: Store) -> None:
        with store.read() as connection:
            found.extend(State(row[0]) for row in connection.execute("SELECT state FROM publications ORDER BY batch_index"))

    with_store(folder, read)
    return found


def anchor_record(index: int) -> Publication:
    return stage(TARGET.chain_id, TARGET.registry, TARGET.gateway, index=index, root=root_of(index), count=1, now_ms=NOW_MS)


def everything() -> list[Publication]:
    """Anchors with a verdict and a revocation between them."""
    place = (TARGET.chain_id, EAS, TARGET.gateway)
    verdict = eas.OnchainAttestation(SCHEMA, root_of(90))
    return [
        anchor_record(0),
        calls.stage_verdict(*place, index=0, attestation=verdict, now_ms=NOW_MS),
        anchor_record(1),
        calls.stage_revocation(*place, index=0, uid=root_of(91), now_ms=NOW_MS),
    ]


def prepare(folder: Path, records: list[Publication]) -> None:
    def work(store: Store) -> None:
        for record in records:
            assert store.write(lambda connection, record=record: swap(connection, None, record)).result()  # type: ignore[misc]

    with_store(folder, work)


def process(folder: Path, network: Network, faults: Faults, now_ms: int) -> bool:
    """Runs two rounds in a process of its own; returns whether it was killed."""
    child = os.fork()
    if child == 0:
        try:
            store = opened(folder)
            world = World(faults)
            world.chain = network.load(faults)
            world.finality.chain = world.chain
            world.now_ms = now_ms
            world.store = CrossedStore(store, faults)  # type: ignore[assignment]
            world.signer = CrossedSigner(folder, faults)  # type: ignore[assignment]
            world.restart()
            faults.crossings = 0
            for _ in range(2):
                asyncio.run(world.publisher.step())
            store.close()
            os._exit(0)
        except BaseException:
            import traceback  # noqa: PLC0415 - only a failing child needs it

            traceback.print_exc()
            os._exit(1)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status in {0, -signal.SIGKILL}
    return status != 0


def story(folder: Path, at: int, after: bool) -> int:
    """Kills each process of a publication at its edge `at` as often as that happens; returns how many were killed."""
    network, kills, records = Network(folder), 0, everything()
    prepare(folder, records)
    for moment in itertools.count():
        # Every other process lives, for one that always dies at its first edge would never move.
        faults = Faults(at if moment % 2 == 0 else -1, after, kill)
        kills += process(folder, network, faults, NOW_MS + moment * 70_000)
        chain = network.load(Faults())
        chain.mine()
        if moment % 2:
            chain.finalize()
        network.save(chain)
        assert chain.head.roots == {index: root_of(index) for index in range(len(chain.head.roots))}
        if states(folder) == [State.FINAL] * len(records):
            assert chain.head.nonce == len(records)
            assert len(chain.head.words) == 2, "the verdict stands once, and the revocation"
            assert all(all(block.receipts.values()) for block in chain.blocks)
            return kills
        assert moment < 30
    raise AssertionError


@pytest.mark.parametrize("after", [False, True], ids=["before its effect", "after its effect"])
def test_a_process_killed_at_any_edge_loses_and_doubles_nothing(tmp_path: Path, after: bool) -> None:
    kills = 0
    for at in itertools.count():
        folder = tmp_path / str(at)
        folder.mkdir()
        killed = story(folder, at, after)
        kills += killed
        if killed == 0:
            break
    assert at > 20
    assert kills >= 25
