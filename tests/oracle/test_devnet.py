"""The publisher against a chain with real state: deployed, anchored, proven by real Merkle-Patricia proofs; and an RPC that lies."""

import asyncio
from collections.abc import Awaitable, Callable

import httpx
import pytest

from fullnode.devnet.devnet import Devnet
from fullnode.devnet.rpc.misbehave import Lie
from fullnode.devnet.settings import DevnetSettings
from oracle.chain import ChainRpc
from oracle.deploy import deploy
from oracle.fees import Fees
from oracle.finality import LightClientFinality
from oracle.publication import FinalizedBlock, State, stage
from oracle.publisher import Publisher
from oracle.secret import SecretKey
from oracle.settings import PublisherSettings
from oracle.signer import LocalSigner
from oracle.transaction import Transaction, signing_digest
from tests.oracle.anvil import PATIENT
from tests.oracle.fakes import FakeStore, root_of

pytestmark = pytest.mark.slow


class Gateway:
    """A publisher on a devnet whose blocks come when the test says so."""

    def __init__(self, devnet: Devnet, chain: ChainRpc) -> None:
        self.devnet, self.chain = devnet, chain
        self.signer = LocalSigner(SecretKey(devnet.accounts[0].private_key))
        self.address = self.signer.address
        self.store = FakeStore()
        self.conditions: dict[str, str] = {}
        self.now_ms = 0

    async def sign_transaction(self, stream: str, sequence: int, call: Transaction, fees: Fees) -> bytes:
        return self.signer.sign_digest(signing_digest(call, fees))

    def blocks(self, count: int = 1) -> None:
        self.devnet.advance_to(self.devnet.consensus.head.slot + count)

    def finalized(self) -> FinalizedBlock | None:
        stored = self.devnet.execution.finalized
        return FinalizedBlock(stored.number, stored.hash, stored.block.state_root)

    async def start(self) -> None:
        async def sleep(seconds: float) -> None:
            self.blocks()

        self.target = (await deploy(self.chain, self.signer, self.signer, sleep=sleep)).target
        self.publisher = Publisher(
            chain=self.chain,
            finality=LightClientFinality(self.finalized),
            store=self.store,
            signer=self,
            target=self.target,
            settings=PublisherSettings(),
            now_ms=lambda: self.now_ms,
            report=self.report,
        )

    def report(self, name: str, severity: str | None, text: str) -> None:
        self.conditions.pop(name, None)
        if severity is not None:
            self.conditions[name] = text

    def stage(self) -> None:
        index = len(self.store.all())
        record = stage(
            self.target.chain_id, self.target.registry, self.address, index=index, root=root_of(index), count=1, now_ms=self.now_ms
        )
        self.store.put(record)

    async def rounds(self, count: int) -> list[State]:
        for _ in range(count):
            self.now_ms += 5_000
            await self.publisher.step()
            self.blocks(2)
        return [record.state for record in self.store.all()]


def on_devnet(work: Callable[[Gateway], Awaitable[None]]) -> None:
    async def run() -> None:
        async with Devnet(DevnetSettings(ticking=False)) as devnet, httpx.AsyncClient() as client:
            gateway = Gateway(devnet, ChainRpc(client, devnet.rpc_url, PATIENT))
            await gateway.start()
            await work(gateway)

    asyncio.run(run())


def test_anchors_become_final_by_real_proofs() -> None:
    async def work(gateway: Gateway) -> None:
        for _ in range(3):
            gateway.stage()
        assert await gateway.rounds(30) == [State.FINAL] * 3
        assert gateway.conditions == {}
        gas = [record.inclusion.gas_used for record in gateway.store.all() if record.inclusion]
        assert len(gas) == 3
        assert max(gas) <= 50_000

    on_devnet(work)


@pytest.mark.parametrize("lie", [Lie.PROOF_VALUE, Lie.PROOF_BALANCE, Lie.PROOF_ACCOUNT, Lie.PROOF_NODE])
def test_a_lying_proof_makes_nothing_final(lie: Lie) -> None:
    async def work(gateway: Gateway) -> None:
        gateway.blocks(40)
        gateway.stage()
        await gateway.rounds(2)
        gateway.devnet.rpc_misbehave.lies = {lie}
        states = await gateway.rounds(20)
        assert State.FINAL not in states
        assert "publisher.proof_refused" in gateway.conditions
        gateway.devnet.rpc_misbehave.lies = set()
        assert await gateway.rounds(20) == [State.FINAL]
        assert gateway.conditions == {}

    on_devnet(work)


def test_a_swallowed_transaction_is_handed_over_until_it_is_mined() -> None:
    async def work(gateway: Gateway) -> None:
        gateway.blocks(40)
        gateway.devnet.rpc_misbehave.lies = {Lie.SWALLOW}
        gateway.stage()
        assert await gateway.rounds(5) == [State.SENT]
        gateway.devnet.rpc_misbehave.lies = set()
        assert await gateway.rounds(40) == [State.FINAL]

    on_devnet(work)


def test_a_reorg_undoes_an_inclusion_and_nothing_is_lost() -> None:
    async def work(gateway: Gateway) -> None:
        gateway.blocks(40)
        gateway.stage()
        assert await gateway.rounds(2) == [State.INCLUDED]
        gateway.devnet.consensus.reorg(3)
        await gateway.publisher.step()
        assert await gateway.rounds(30) == [State.FINAL]

    on_devnet(work)
