"""The contracts and the chain client against a real node."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import httpx
import pytest

from oracle import anchor, gateway_registry
from oracle.attestation import Attestation, Domain, Message
from oracle.chain import ChainRpc, Sent
from oracle.deploy import Deployment, Stakes, deploy, registry_addresses
from oracle.fees import GWEI, Fees
from oracle.gateway_registry import GatewayRecord, KeyRecord, Standing
from oracle.publication import Inclusion
from oracle.publication_errors import RpcRefusedError
from oracle.schemas import LotStatement, ShipmentStatement
from oracle.secret import SecretKey
from oracle.signer import LocalSigner
from oracle.transaction import SignedTransaction, Transaction, sign
from tests.oracle.anvil import FUNDED, PATIENT, anvil

pytestmark = pytest.mark.peer
OWNER = LocalSigner(SecretKey(FUNDED))
GATEWAY = LocalSigner(SecretKey(bytes(range(1, 33))))
REPORTER = b"\x5e" * 20
STAKE = 10**18
FEES = Fees(10 * GWEI, GWEI)


def on_anvil(work: Callable[[ChainRpc, Deployment], Awaitable[None]], *options: str) -> None:
    async def run(url: str) -> None:
        async with httpx.AsyncClient() as client:
            chain = ChainRpc(client, url, PATIENT)
            await work(chain, await deploy(chain, OWNER, OWNER))

    with anvil("--hardfork", "osaka", *options) as url:
        asyncio.run(run(url))


async def signed(transaction: Transaction, fees: Fees = FEES) -> SignedTransaction:
    async def local(digest: bytes) -> bytes:
        return OWNER.sign_digest(digest)

    return await sign(transaction, fees, OWNER.address, local)


async def mined(chain: ChainRpc, tx_hash: bytes) -> Inclusion:
    """Returns the receipt: anvil takes a transaction a moment before its block is made."""
    for _ in range(200):
        receipt = await chain.receipt(tx_hash)
        if receipt is not None:
            return receipt
        await asyncio.sleep(0.02)
    raise AssertionError("not mined")


async def anchored(chain: ChainRpc, deployment: Deployment, index: int, root: bytes) -> Inclusion:
    target, nonce = deployment.target, await chain.nonce(OWNER.address)
    transaction = Transaction(target.chain_id, nonce, target.registry, anchor.anchor_calldata(index, root, 2**32 - 1), 100_000)
    done = await signed(transaction)
    assert await chain.send_raw_transaction(done.raw) is Sent.TAKEN
    return await mined(chain, done.tx_hash)


def test_deploys_anchors_and_stays_under_its_gas() -> None:
    async def work(chain: ChainRpc, deployment: Deployment) -> None:
        assert (deployment.target.gateway_registry, deployment.target.registry) == registry_addresses(OWNER.address)
        roots = [bytes([0x11 * (index + 1)]) * 32 for index in range(3)]
        receipts = [await anchored(chain, deployment, index, root) for index, root in enumerate(roots)]
        assert all(receipt.succeeded and receipt.gas_used <= 50_000 for receipt in receipts)
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


def attested(statement: ShipmentStatement | LotStatement, domain: Domain, ref_uid: bytes = bytes(32)) -> Attestation:
    message = Message(
        schema=statement.UID,
        recipient=bytes(20),
        time=1_800_000_000,
        expiration_time=0,
        revocable=True,
        ref_uid=ref_uid,
        data=statement.encode(),
        salt=b"\x5a" * 32,
    )
    return Attestation.signed(message, domain, GATEWAY.address, GATEWAY.sign_digest)


async def registry_words(chain: ChainRpc, registry: bytes) -> tuple[GatewayRecord, KeyRecord]:
    slots = [gateway_registry.gateway_slot(GATEWAY.address), gateway_registry.key_slot(GATEWAY.address)]
    answer = await chain.get_proof(registry, slots, await chain.block_number())
    assert answer["codeHash"] == "0x" + gateway_registry.code_hash().hex()
    gateway, key = (int(entry["value"], 16) for entry in answer["storageProof"])
    return GatewayRecord.decode(gateway), KeyRecord.decode(key)


async def send(chain: ChainRpc, chain_id: int, to: bytes, data: bytes) -> bool:
    sent = await signed(Transaction(chain_id, await chain.nonce(OWNER.address), to, data, 500_000))
    assert await chain.send_raw_transaction(sent.raw) is Sent.TAKEN
    return (await mined(chain, sent.tx_hash)).succeeded


SHIPMENT = ShipmentStatement(b"\1" * 32, b"\2" * 32, b"\3" * 32, 9, 1, 2, 0, b"\4" * 32)
ITEM = LotStatement(b"\1" * 32, b"\2" * 32, b"\3" * 32, 0, 900_000, 5, b"\4" * 32)


@pytest.mark.parametrize("what", ["shipment", "item", "anchors"])
def test_whoever_holds_two_contradicting_signatures_slashes(what: str) -> None:
    async def work(chain: ChainRpc) -> None:
        deployment = await deploy(chain, OWNER, GATEWAY, Stakes(STAKE, 60))
        target, domain = deployment.target, Domain("1.4.0", 31_337, b"\xea" * 20)

        async def local(digest: bytes) -> bytes:
            return GATEWAY.sign_digest(digest)

        async def anchor_signed(root: bytes) -> bytes:
            call = Transaction(target.chain_id, 5, target.registry, anchor.anchor_calldata(3, root, 1), 100_000)
            return (await sign(call, FEES, GATEWAY.address, local)).raw

        async def proof(second: int) -> bytes:
            if what == "anchors":
                return gateway_registry.slash_anchors_calldata(
                    await anchor_signed(b"\1" * 32), await anchor_signed(bytes([1 + second]) * 32), REPORTER
                )
            first = attested(SHIPMENT if what == "shipment" else ITEM, domain)
            other = attested(replace(SHIPMENT, verdict=second) if what == "shipment" else replace(ITEM, defect=second), domain)
            return gateway_registry.slash_statements_calldata(first, other, REPORTER)

        assert (await registry_words(chain, target.gateway_registry))[0].standing is Standing.ACTIVE
        assert not await send(chain, target.chain_id, target.gateway_registry, await proof(0))
        assert await send(chain, target.chain_id, target.gateway_registry, await proof(1))
        gateway, key = await registry_words(chain, target.gateway_registry)
        assert (gateway.standing, gateway.operator) == (Standing.SLASHED, OWNER.address)
        assert (key.gateway, key.revoked_at) == (GATEWAY.address, 0)
        reward = await chain.call(target.gateway_registry, gateway_registry.query_calldata("claimable", REPORTER))
        assert int.from_bytes(reward, "big") == STAKE // gateway_registry.REWARD_DIVISOR

    async def run(url: str) -> None:
        async with httpx.AsyncClient() as client:
            await work(ChainRpc(client, url, PATIENT))

    with anvil("--hardfork", "osaka") as url:
        asyncio.run(run(url))


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
