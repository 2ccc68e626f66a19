"""A publisher on a real node whose blocks come when the test says so; a block counts as final once so many others stand on it."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx

from oracle import calls, eas
from oracle.anchor import anchor_slot
from oracle.chain import ChainRpc
from oracle.deploy import deploy
from oracle.fees import Fees
from oracle.finality import LightClientFinality
from oracle.publication import FinalizedBlock, Kind, State, stage
from oracle.publisher import Publisher
from oracle.secret import SecretKey
from oracle.settings import PublisherSettings
from oracle.signer import LocalSigner
from oracle.transaction import Transaction, created_address, sign, signing_digest
from tests.oracle.anvil import FUNDED, PATIENT, anvil
from tests.oracle.fakes import FakeStore, root_of
from tests.peers.eas import ARTIFACTS, deploy_eas, eas_tools, transact

RICH = Fees(10**12, 10**9)
"""What outbids everything of these tests."""
DEPTH = 6
"""Blocks that must stand on one before it is final here; deeper than any reorg of these tests."""


class Live:
    """The publisher, its store, and the node under it."""

    def __init__(
        self,
        url: str,
        client: httpx.AsyncClient,
        asked: ChainRpc | None = None,
        *,
        signer: LocalSigner | None = None,
        mine: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self.client, self.url = client, url
        self.honest = ChainRpc(client, url, PATIENT)
        self.asked = asked or self.honest
        self.signer = signer or LocalSigner(SecretKey(FUNDED))
        self._mine = mine
        self.store = FakeStore()
        self.now_ms = 1_800_000_000_000
        self.conditions: dict[str, str] = {}
        self.told: set[str] = set()
        self.final: FinalizedBlock | None = None

    async def node(self, method: str, *params: Any) -> Any:
        answer = (await self.client.post(self.url, json={"jsonrpc": "2.0", "id": 1, "method": method, "params": params})).json()
        assert "error" not in answer, answer
        return answer["result"]

    async def mine(self, count: int = 1) -> None:
        for _ in range(count):
            await (self.node("evm_mine") if self._mine is None else self._mine())

    async def start(self, version: str = "1.4.0", settings: PublisherSettings | None = None) -> None:
        async def pause(_: float) -> None:
            await self.mine()

        deployed = (await deploy(self.honest, self.signer, self.signer, sleep=pause)).target
        attestations = await deploy_eas(self.honest, self.signer, pause)
        self.target = replace(deployed, eas=attestations.eas, eas_layout=eas.layout_of(version), spacing_s=1)
        self.schema_registry = attestations.schema_registry
        self.first_nonce = await self.honest.nonce(self.signer.address)
        await self.mine(DEPTH)
        self.restart(settings or PublisherSettings())

    async def use_mainnets_eas(self) -> None:
        """Deploys EAS 0.26 from the code that npm has of mainnet's deployment, and goes on with it."""
        eas_tools()

        async def pause(_: float) -> None:
            await self.mine()

        folder = ARTIFACTS.parents[1] / "deployments" / "mainnet"
        codes = [_bytes(json.loads((folder / f"{name}.json").read_text())["bytecode"]) for name in ("SchemaRegistry", "EAS")]
        nonce = await self.honest.nonce(self.address)
        self.schema_registry, attestations = (created_address(self.address, nonce + place) for place in (0, 1))
        for code in (codes[0], codes[1] + self.schema_registry.rjust(32, b"\0")):
            assert (await transact(self.honest, self.signer, None, code, pause)).succeeded
        self.target = replace(self.target, eas=attestations, eas_layout=eas.BEFORE_1_0)
        self.restart(PublisherSettings())

    def restart(self, settings: PublisherSettings) -> None:
        self.publisher = Publisher(
            chain=self.asked,
            finality=LightClientFinality(lambda: self.final),
            store=self.store,
            signer=self,
            target=self.target,
            settings=settings,
            now_ms=lambda: self.now_ms,
            report=self.report,
        )

    @property
    def address(self) -> bytes:
        return self.signer.address

    async def sign_transaction(self, stream: str, sequence: int, call: Transaction, fees: Fees) -> bytes:
        return self.signer.sign_digest(signing_digest(call, fees))

    def report(self, name: str, severity: str | None, text: str) -> None:
        self.conditions.pop(name, None)
        if severity is not None:
            self.conditions[name] = text
            self.told.add(name)

    # What is to be written

    def stage(self) -> None:
        index, target = len(self.store.all()), self.target
        self.store.put(stage(target.chain_id, target.registry, self.address, index=index, root=root_of(index), count=1, now_ms=self.now_ms))

    def stage_verdict(self, schema: bytes) -> None:
        index, target = len(self.store.all(Kind.VERDICT)), self.target
        verdict = eas.OnchainAttestation(schema, b"verdict %d" % index, recipient=b"\x07" * 20)
        self.store.put(calls.stage_verdict(target.chain_id, target.eas, self.address, index=index, attestation=verdict, now_ms=self.now_ms))

    def stage_revocation(self) -> None:
        index, target = len(self.store.all(Kind.REVOCATION)), self.target
        uid = root_of(1000 + index)
        self.store.put(calls.stage_revocation(target.chain_id, target.eas, self.address, index=index, uid=uid, now_ms=self.now_ms))

    def stage_stamp(self) -> None:
        index, target = len(self.store.all(Kind.STAMP)), self.target
        self.store.put(
            calls.stage_stamp(target.chain_id, target.eas, self.address, index=index, root=root_of(index), count=1, now_ms=self.now_ms)
        )

    # What happens

    async def step(self, seconds: int = 5) -> None:
        self.now_ms += seconds * 1000
        newest = await self.honest.block_number()
        block = await self.node("eth_getBlockByNumber", hex(max(newest - DEPTH, 1)), False)
        final = FinalizedBlock(int(block["number"], 16), _bytes(block["hash"]), _bytes(block["stateRoot"]), int(block["timestamp"], 16))
        # What is final stays final: the tests reorganize nothing that deep.
        if self.final is None or final.number > self.final.number:
            self.final = final
        await self.publisher.step()

    async def settle(self, rounds: int = 60, seconds: int = 70) -> None:
        for _ in range(rounds):
            await self.step(seconds)
            await self.mine(2)
            if all(record.state is State.FINAL for record in self.store.all(None)):
                return
        left = [(record.key, record.state, record.nonce) for record in self.store.all(None) if record.state is not State.FINAL]
        raise AssertionError(f"not final: {left}, {self.conditions}")

    async def foreign(self, nonce: int, *, fees: Fees = RICH) -> None:
        """Another wallet with the same key spends a nonce."""

        async def local(digest: bytes) -> bytes:
            return self.signer.sign_digest(digest)

        signed = await sign(Transaction(self.target.chain_id, nonce, b"\x99" * 20, b"", 21_000, 1), fees, self.address, local)
        await self.honest.send_raw_transaction(signed.raw)

    # What must be true

    async def roots(self) -> list[bytes]:
        slots = [anchor_slot(self.address, index) for index in range(len(self.store.all()))]
        answer = await self.honest.get_proof(self.target.registry, slots, await self.honest.block_number())
        return [_bytes(entry["value"]).rjust(32, b"\0") for entry in answer["storageProof"]]

    async def check(self, *, foreign: int = 0) -> None:
        """Each publication stands once, under nonces without gaps, and nothing else was sent."""
        assert await self.roots() == [root_of(index) for index in range(len(self.store.all()))]
        spent = await self.honest.nonce(self.address) - self.first_nonce
        assert spent == len(self.store.all(None)) + foreign, "a gap or a double"
        assert await self.honest.nonce(self.address, "pending") == spent + self.first_nonce


@asynccontextmanager
async def live(*options: str, version: str = "1.4.0", settings: PublisherSettings | None = None) -> AsyncIterator[Live]:
    """Yields a publisher on anvil under Osaka rules that mines only when told."""
    with anvil("--hardfork", "osaka", "--no-mining", *options) as url:
        async with httpx.AsyncClient() as client:
            one = Live(url, client)
            await one.start(version, settings)
            yield one


def _bytes(text: str) -> bytes:
    digits = text.removeprefix("0x")
    return bytes.fromhex(digits.rjust(len(digits) + len(digits) % 2, "0"))


def story(work: Any, **given: Any) -> None:
    """Runs a story on a fresh node."""

    async def run() -> None:
        async with live(**given) as one:
            await work(one)

    asyncio.run(run())
