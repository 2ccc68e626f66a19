"""The contracts and the chain client against a real node."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import httpx
import pytest

from oracle import anchor
from oracle.chain import ChainRpc, Sent
from oracle.deploy import Deployment, deploy, registry_addresses
from oracle.fees import GWEI, Fees
from oracle.publication import Inclusion
from oracle.publication_errors import RpcRefusedError
from oracle.secret import SecretKey
from oracle.signer import LocalSigner
from oracle.transaction import SignedTransaction, Transaction, sign
from tests.oracle.anvil import FUNDED, anvil

pytestmark = pytest.mark.peer
OWNER = LocalSigner(SecretKey(FUNDED))
FEES = Fees(10 * GWEI, GWEI)


def on_anvil(work: Callable[[ChainRpc, Deployment], Awaitable[None]], *options: str) -> None:
    async def run(url: str) -> None:
        async with httpx.AsyncClient() as client:
            chain = ChainRpc(client, url)
            await work(chain, await deploy(chain, OWNER, OWNER.address))

    with anvil("--hardfork", "osaka", *options) as url:
        asyncio.run(run(url))


async def signed(transaction: Transaction, fees: Fees = FEES) -> SignedTransaction:
    async def local(digest: bytes) -> bytes:
        return OWNER.sign_digest(digest)

    return await sign(transaction, fees, OWNER.address, local)


async def anchored(chain: ChainRpc, deployment: Deployment, index: int, root: bytes) -> Inclusion:
    target, nonce = deployment.target, await chain.nonce(OWNER.address)
    transaction = Transaction(target.chain_id, nonce, target.registry, anchor.anchor_calldata(index, root, 2**32 - 1), 100_000)
    done = await signed(transaction)
    assert await chain.send_raw_transaction(done.raw) is Sent.TAKEN
    receipt = await chain.receipt(done.tx_hash)
    assert receipt is not None
    return receipt


def test_deploys_anchors_and_stays_under_its_gas() -> None:
    async def work(chain: ChainRpc, deployment: Deployment) -> None:
        assert (deployment.target.gateway_registry, deployment.target.registry) == registry_addresses(OWNER.address)
        roots = [bytes([0x11 * (index + 1)]) * 32 for index in range(3)]
        receipts = [await anchored(chain, deployment, index, root) for index, root in enumerate(roots)]
        assert all(receipt.succeeded and receipt.gas_used <= 60_000 for receipt in receipts)
        for index, root in enumerate(roots):
            assert await chain.call(deployment.target.registry, anchor.anchor_of_calldata(OWNER.address, index)) == root
        answer = await chain.get_proof(
            deployment.target.registry, [anchor.anchor_slot(OWNER.address, index) for index in range(3)], await chain.block_number()
        )
        assert [entry["value"] for entry in answer["storageProof"]] == ["0x" + root.hex() for root in roots]
        assert answer["codeHash"] == "0x" + anchor.anchor_registry_code_hash(deployment.target.gateway_registry).hex()

    on_anvil(work)


def test_a_gap_and_a_repeat_are_reverted() -> None:
    async def work(chain: ChainRpc, deployment: Deployment) -> None:
        assert not (await anchored(chain, deployment, 1, b"\x11" * 32)).succeeded
        assert (await anchored(chain, deployment, 0, b"\x11" * 32)).succeeded
        assert not (await anchored(chain, deployment, 0, b"\x22" * 32)).succeeded

    on_anvil(work)


def test_says_what_a_node_means() -> None:
    async def work(chain: ChainRpc, deployment: Deployment) -> None:
        call = Transaction(deployment.target.chain_id, await chain.nonce(OWNER.address) + 1, b"\x99" * 20, b"", 21_000)
        waiting = await signed(call)
        assert await chain.send_raw_transaction(waiting.raw) is Sent.TAKEN
        assert await chain.send_raw_transaction(waiting.raw) is Sent.TAKEN
        assert await chain.send_raw_transaction((await signed(call, Fees(9 * GWEI, GWEI))).raw) is Sent.UNDERPRICED
        assert await chain.send_raw_transaction((await signed(call, Fees(12 * GWEI, 2 * GWEI))).raw) is Sent.TAKEN
        assert await chain.send_raw_transaction((await signed(replace(call, nonce=0))).raw) is Sent.NONCE_TOO_LOW
        assert await chain.send_raw_transaction((await signed(replace(call, nonce=call.nonce - 1), Fees(1, 0))).raw) is Sent.UNDERPRICED
        poor = replace(call, nonce=call.nonce - 1, value_wei=10**30)
        assert await chain.send_raw_transaction((await signed(poor)).raw) is Sent.UNFUNDED
        with pytest.raises(RpcRefusedError):
            await chain.send_raw_transaction((await signed(replace(call, chain_id=1))).raw)
        assert await chain.receipt(b"\x00" * 32) is None
        assert (await chain.fee_history(5)).next_base_fee_wei > 0

    on_anvil(work)
