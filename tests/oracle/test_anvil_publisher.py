"""The publisher on a real node: reorgs, fees that jump, nonces stolen, and an RPC that drops, delays, doubles and lies."""

import asyncio
import json
import random

import httpx
import pytest

from oracle.chain import ChainRpc
from oracle.fees import GWEI, FeePolicy
from oracle.publication import Kind, State
from oracle.settings import PublisherSettings
from tests.oracle.anvil import anvil
from tests.oracle.live import DEPTH, Live, story

pytestmark = pytest.mark.peer


@pytest.mark.parametrize("depth", [1, 2, 3, 4, 5])
def test_a_reorg_undoes_inclusions_and_nothing_is_lost_or_doubled(depth: int) -> None:
    async def work(one: Live) -> None:
        for _ in range(3):
            one.stage()
            await one.step()
            await one.mine()
        await one.step()
        assert [record.state for record in one.store.all()] == [State.INCLUDED] * 3
        await one.mine(max(depth - 3, 0))
        await one.node("anvil_reorg", depth, [])
        await one.step()
        undone = min(depth, 3)
        assert [record.state for record in one.store.all()][3 - undone :] == [State.SENT] * undone
        await one.settle()
        await one.check()

    story(work)


def test_a_nonce_stolen_before_and_one_stolen_between() -> None:
    async def work(one: Live) -> None:
        await one.foreign(one.first_nonce)
        one.stage()
        one.stage_revocation()
        await one.step()
        await one.mine()
        await one.foreign(one.first_nonce + 2)
        one.stage()
        await one.step()
        await one.mine()
        await one.settle(rounds=90, seconds=200)
        assert "publisher.nonce_spent" in one.told
        # The anchor behind the stolen one may have been mined too early and have failed: its nonce is spent, and nothing else.
        roots = await one.roots()
        assert len(set(roots)) == 2
        assert all(any(root) for root in roots)
        assert await one.honest.nonce(one.address, "pending") == await one.honest.nonce(one.address)

    story(work)


def test_a_gap_below_what_is_signed_is_filled() -> None:
    async def work(one: Live) -> None:
        one.stage_revocation()
        await one.step()
        one.stage()
        await one.step()
        # The node forgets the first transaction, and its record is lost as a salvaged store may lose a row.
        first = one.store.all(Kind.REVOCATION)[0]
        await one.node("anvil_dropTransaction", "0x" + first.attempts[0].tx_hash.hex())
        del one.store.kept[first.key]
        await one.mine()
        await one.settle()
        assert "publisher.nonce_gap" in one.told
        assert [record.nonce for record in one.store.all(Kind.FILLER)] == [one.first_nonce]
        await one.check()

    story(work)


def test_a_fee_spike_is_outbid_up_to_the_ceiling_and_the_budget() -> None:
    settings = PublisherSettings(fees=FeePolicy(max_fee_ceiling_wei=60 * GWEI, budget_wei_per_day=100_000 * 50 * GWEI))

    async def work(one: Live) -> None:
        one.stage()
        await one.step()
        for gwei in (30, 30, 500, 500):
            await one.node("anvil_setNextBlockBaseFeePerGas", hex(gwei * GWEI))
            await one.mine()
            await one.step(181)
        [record] = one.store.all()
        assert len(record.attempts) >= 2
        assert max(attempt.max_fee_wei for attempt in record.attempts) <= 50 * GWEI
        assert {"publisher.fee_ceiling", "publisher.fee_budget"} & one.told
        await one.node("anvil_setNextBlockBaseFeePerGas", hex(GWEI))
        await one.mine()
        await one.settle()
        await one.check()

    story(work, settings=settings)


class Unruly(httpx.AsyncBaseTransport):
    """The way to a node on which questions and answers are lost, doubled and falsified, by a seeded die."""

    def __init__(self, seed: int) -> None:
        self.inner = httpx.AsyncHTTPTransport()
        self.die = random.Random(seed)
        self.share = 0.4
        self.events: dict[str, int] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        kind = self.die.choice(["lost", "answer lost", "doubled", "late", "null", "lie"]) if self.die.random() < self.share else "true"
        self.events[kind] = self.events.get(kind, 0) + 1
        if kind == "lost":
            raise httpx.ConnectError("dropped")
        if kind == "doubled":
            await (await self.inner.handle_async_request(request)).aread()
        if kind == "late":
            await asyncio.sleep(0.005)
        response = await self.inner.handle_async_request(request)
        body = json.loads(await response.aread())
        await response.aclose()
        if kind == "answer lost":
            raise httpx.ReadError("cut off")
        if kind == "null" and "result" in body:
            body["result"] = None
        if kind == "lie":
            body = self.falsified(json.loads(request.content)["method"], body)
        return httpx.Response(200, json=body)

    def falsified(self, method: str, body: dict[str, object]) -> dict[str, object]:
        """Returns an answer of the right shape that is not true."""
        result = body.get("result")
        if method == "eth_getTransactionReceipt":
            known = dict(result) if isinstance(result, dict) else {"transactionHash": "0x" + "00" * 32, "gasUsed": "0x1"}
            body["result"] = known | {"blockNumber": hex(self.die.randrange(1, 60)), "blockHash": "0x" + "ee" * 32, "status": "0x1"}
        elif method == "eth_getProof" and isinstance(result, dict):
            entries = [entry | {"value": "0x1"} for entry in result["storageProof"]]
            body["result"] = result | {"nonce": "0x7", "storageProof": entries}
        elif method == "eth_sendRawTransaction":
            body = {
                "jsonrpc": "2.0",
                "id": body["id"],
                "error": {"code": -32000, "message": self.die.choice(["nonce too low", "underpriced"])},
            }
        elif method == "eth_feeHistory" and isinstance(result, dict):
            body["result"] = result | {"baseFeePerGas": [hex(self.die.choice([1, 10**12]))]}
        elif method == "eth_chainId":
            body["result"] = "0x1"
        return body

    async def aclose(self) -> None:
        await self.inner.aclose()


@pytest.mark.parametrize("seed", range(4))
def test_an_rpc_that_drops_delays_doubles_and_lies_decides_nothing(seed: int) -> None:
    async def run() -> None:
        way = Unruly(seed)
        with anvil("--hardfork", "osaka", "--no-mining") as url:
            async with httpx.AsyncClient() as client, httpx.AsyncClient(transport=way) as unruly:
                one = Live(url, client, ChainRpc(unruly, url, chain_id=31_337))
                await one.start()
                for number in range(40):
                    if number % 8 == 0:
                        one.stage()
                        one.stage_revocation()
                    await one.step(way.die.choice([5, 61, 181]))
                    await one.mine(way.die.choice([0, 1, 2]))
                    if number % 11 == 10:
                        await one.node("anvil_reorg", way.die.randrange(1, DEPTH), [])
                    finals = [record for record in one.store.all() if record.state is State.FINAL]
                    stands = await one.roots()
                    assert all(stands[record.index] == record.root for record in finals), "a false FINAL"
                way.share = 0.0
                await one.settle(rounds=90, seconds=200)
                await one.check()
                assert {"lost", "answer lost", "doubled", "late", "null", "lie"} <= set(way.events)

    asyncio.run(run())
