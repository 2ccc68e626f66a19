"""Gateways that agree give one signature: keys registered with proofs of possession, the sum checked by the precompiles of EIP-2537."""

import asyncio
import hashlib
from pathlib import Path
from typing import Any

import pytest
from eth_abi.abi import decode
from py_ecc.bls.hash_to_curve import hash_to_G2
from py_ecc.optimized_bls12_381.optimized_curve import G1, add, multiply, normalize

from oracle import abi, artifacts
from oracle.escrow import EscrowState, credits_calldata, step_calldata
from oracle.publication_errors import TransactionRevertsError
from oracle.signer import LocalSigner
from tests.end_to_end.market import Market, market
from tests.peers.chains import peer_chain

pytestmark = [pytest.mark.peer, pytest.mark.timeout(180)]

CONFORMS, BREACH = 0, 1
SUBJECT = b"\x53" * 32


def point(of: Any) -> bytes:
    """A point of G1 or G2 as EIP-2537 writes it: 64 bytes for each number."""
    numbers = [number for part in normalize(of) for number in (part.coeffs if hasattr(part, "coeffs") else (part.n,))]
    return b"".join(int(number).to_bytes(64, "big") for number in numbers)


def key_of(secret: int) -> bytes:
    return point(multiply(G1, secret))


def signed(secret: int, message: bytes, tag: str) -> Any:
    return multiply(hash_to_G2(message, tag.encode(), hashlib.sha256), secret)  # type: ignore[arg-type]  # it wants what makes a hash, and says that it wants a hash


class Voices:
    """The BLS keys of a market's gateways, and what they sign together."""

    def __init__(self, one: Market) -> None:
        self.market = one
        abis = [artifacts.load_built("BlsShipmentEscrow").abi]
        self.bank = one.chain.transactor(one.chain.bank, abis)
        self.strangers = one.chain.transactor(one.gateways[0], abis)
        self.secrets = {gateway.address: 1000 + place for place, gateway in enumerate(one.gateways)}

    async def text(self, calldata: bytes, kind: str = "string") -> Any:
        return decode([kind], await self.bank.ask(self.market.resolver, calldata))[0]

    async def registration(self, gateway: bytes, secret: int, key: bytes | None = None) -> bytes:
        key = key or key_of(secret)
        words = (abi.address("gateway", gateway), abi.dynamic_bytes(key))
        message = await self.text(abi.call("possessionMessage(address,bytes)", *words), "bytes")
        possession = signed(secret, message, await self.text(abi.call("POSSESSION_TAG()")))
        return abi.call("registerBlsKey(address,bytes,bytes)", *words, abi.dynamic_bytes(point(possession)))

    async def vote(self, escrow: bytes, gateways: tuple[LocalSigner, ...], verdict: int, measure: int, signers: int | None = None) -> bytes:
        words = (abi.bytes32("id", escrow), abi.uint("verdict", verdict, 8), abi.uint("measure", measure, 64))
        message = await self.text(abi.call("verdictMessage(bytes32,uint8,uint64)", *words), "bytes")
        tag = await self.text(abi.call("VERDICT_TAG()"))
        shares = [signed(self.secrets[gateway.address], message, tag) for gateway in gateways[:signers]]
        total = shares[0]
        for share in shares[1:]:
            total = add(total, share)
        named = abi.dynamic_list(*(abi.address("gateway", gateway.address) for gateway in gateways))
        return abi.call("voteTogether(bytes32,uint8,uint64,address[],bytes)", *words, named, abi.dynamic_bytes(point(total)))


def test_one_signature_of_two_gateways_decides_and_pays(tmp_path: Path) -> None:
    async def story() -> None:
        async with peer_chain("anvil", tmp_path) as chain:
            one = await market(chain, "BlsShipmentEscrow")
            voices, to = Voices(one), one.resolver
            buyer, seller = await one.rich("buyer", 10**9), await chain.funded("seller")
            escrow = await one.open_escrow(buyer, seller, SUBJECT)

            async def refused(calldata: bytes, reason: str) -> None:
                with pytest.raises(TransactionRevertsError, match=reason):
                    await voices.bank.transact("refused", to, calldata)

            first, second, third = one.gateways[:3]
            registration = await voices.registration(first.address, voices.secrets[first.address])
            with pytest.raises(TransactionRevertsError, match="NotGatewayOperator"):
                await voices.strangers.transact("refused", to, registration)
            await refused(await voices.registration(first.address, 77, key_of(78)), "BlsKeyRefused")
            await refused(await voices.registration(first.address, 77, bytes(128)), "BlsKeyRefused")
            await refused(await voices.registration(first.address, 77, b"\xff" * 128), "BlsInputInvalid")
            await refused(await voices.vote(escrow, (first, second), BREACH, 1100), "BlsKeyUnknown")
            await voices.bank.transact("register", to, registration)
            await voices.bank.transact("register", to, await voices.registration(second.address, voices.secrets[second.address]))

            await refused(await voices.vote(escrow, (first, second), BREACH, 1100, signers=1), "BlsSignatureInvalid")
            await refused(await voices.vote(escrow, (first, first), BREACH, 1100), "DoubleVerdict")
            receipt = await voices.bank.transact("vote", to, await voices.vote(escrow, (first, second), BREACH, 1100))
            assert receipt.gas_used < 500_000
            await refused(await voices.vote(escrow, (second,), CONFORMS, 0), "DoubleVerdict")
            tally = await one.tally(escrow)
            assert (tally.decided, tally.verdict, tally.measure, tally.cast) == (True, BREACH, 1100, 2)

            await one.judge(third, SUBJECT, buyer.address, BREACH, 1500)  # by attestation, in the same ballot
            assert (await one.tally(escrow)).cast == 3
            await voices.bank.transact("settle", to, step_calldata("settle", escrow))
            stands = await one.escrow(escrow)
            assert (stands.state, stands.seller_part) == (EscrowState.CLOSED, stands.amount // 2)
            assert await one.ask(to, credits_calldata(one.token, seller.address)) == stands.amount // 2

    asyncio.run(story())
