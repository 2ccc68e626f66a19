"""Money that moves by verdicts: each way an escrow and a bond can end, on anvil, geth and the devnet, with EAS from npm."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from oracle import abi
from oracle.escrow import EscrowState, resolve_calldata, step_calldata, withdraw_calldata
from oracle.keccak import keccak256
from oracle.publication_errors import TransactionRevertsError
from tests.end_to_end.market import POLICY, PRICE, Market, market
from tests.peers.chains import CHAINS, peer_chain

pytestmark = [pytest.mark.peer, pytest.mark.timeout(1200)]
CONFORMS, BREACH, INSUFFICIENT = 0, 1, 2


def on(name: str, contract: str, folder: Path, story: Callable[[Market], Awaitable[None]]) -> None:
    async def run() -> None:
        async with peer_chain(name, folder) as chain:
            await story(await market(chain, contract))

    asyncio.run(run())


async def shipments_end_well(here: Market) -> None:
    buyer, seller = await here.rich("buyer", 10 * PRICE), await here.chain.funded("seller")

    async def step(what: str, name: bytes) -> None:
        await here.of(buyer).transact(what, here.resolver, step_calldata(what, name))  # type: ignore[arg-type]

    # A conforming trip pays the seller, as soon as two of three agree; the third gateway's breach changes nothing.
    trip = keccak256(b"conforming")
    name = await here.open_escrow(buyer, seller, trip)
    await here.judge(here.gateways[0], trip, buyer.address, CONFORMS, 0)
    with pytest.raises(TransactionRevertsError, match="Undecided"):
        await step("settle", name)
    with pytest.raises(TransactionRevertsError, match="DoubleVerdict"):
        await here.judge(here.gateways[0], trip, buyer.address, BREACH, 9000)
    with pytest.raises(TransactionRevertsError, match="GatewayNotActive"):
        await here.judge(here.chain.bank, trip, buyer.address, CONFORMS, 0)
    await here.judge(here.gateways[1], trip, buyer.address, BREACH, 5)
    await here.judge(here.gateways[2], trip, buyer.address, CONFORMS, 0)
    await step("settle", name)
    await here.of(seller).transact("withdraw", here.resolver, withdraw_calldata(here.token))
    assert await here.balance(seller) == PRICE
    with pytest.raises(TransactionRevertsError, match="NothingCredited"):
        await here.of(seller).transact("withdraw", here.resolver, withdraw_calldata(here.token))

    # An excursion splits by the median of what was measured: 900 s lie at three tenths between 600 and 1,600.
    trip = keccak256(b"excursion")
    name = await here.open_escrow(buyer, seller, trip)
    for gateway, seconds in zip(here.gateways, (900, 700, 5000), strict=True):
        await here.judge(gateway, trip, buyer.address, BREACH, seconds)
    await step("settle", name)
    assert (await here.escrow(name)).seller_part == PRICE * 7 // 10
    await here.of(seller).transact("withdraw", here.resolver, withdraw_calldata(here.token))
    await here.of(buyer).transact("withdraw", here.resolver, withdraw_calldata(here.token))
    assert await here.balance(seller) == PRICE * 17 // 10
    assert await here.balance(buyer) == 10 * PRICE - PRICE * 17 // 10


async def money_comes_back(here: Market) -> None:
    buyer, seller, arbiter = await here.rich("buyer", 10 * PRICE), await here.chain.funded("seller"), await here.chain.funded("arbiter")
    everybody = here.of(buyer)

    # Nobody judges until the deadline: refunded.
    trip = keccak256(b"missed")
    name = await here.open_escrow(buyer, seller, trip, deadline_s=await here.now() + 60)
    await here.judge(here.gateways[0], trip, buyer.address, INSUFFICIENT, 0)
    await here.chain.pass_time(62)
    with pytest.raises(TransactionRevertsError, match="BallotClosed"):
        await here.judge(here.gateways[1], trip, buyer.address, CONFORMS, 0)
    await everybody.transact("settle", here.resolver, step_calldata("settle", name))
    await everybody.transact("withdraw", here.resolver, withdraw_calldata(here.token))
    assert await here.balance(buyer) == 10 * PRICE

    # The seller disputes a split within the window; the arbiter decides, and nobody else.
    trip = keccak256(b"disputed")
    name = await here.open_escrow(buyer, seller, trip, arbiter=arbiter.address, window_seconds=3600)
    for gateway in here.gateways[:2]:
        await here.judge(gateway, trip, buyer.address, BREACH, 1600)
    await everybody.transact("settle", here.resolver, step_calldata("settle", name))
    with pytest.raises(TransactionRevertsError, match="TooEarly"):
        await everybody.transact("finalize", here.resolver, step_calldata("finalize", name))
    with pytest.raises(TransactionRevertsError, match="NotParty"):
        await here.of(arbiter).transact("dispute", here.resolver, step_calldata("dispute", name))
    await here.of(seller).transact("dispute", here.resolver, step_calldata("dispute", name))
    with pytest.raises(TransactionRevertsError, match="NotArbiter"):
        await here.of(seller).transact("resolve", here.resolver, resolve_calldata(name, PRICE))
    await here.of(arbiter).transact("resolve", here.resolver, resolve_calldata(name, PRICE // 4))
    assert (await here.escrow(name)).state is EscrowState.CLOSED
    await here.of(seller).transact("withdraw", here.resolver, withdraw_calldata(here.token))
    await everybody.transact("withdraw", here.resolver, withdraw_calldata(here.token))
    assert (await here.balance(seller), await here.balance(buyer)) == (PRICE // 4, 10 * PRICE - PRICE // 4)


async def lots_are_paid_for(here: Market) -> None:
    supplier, buyer = await here.rich("supplier", PRICE), await here.chain.funded("buyer")
    penalty = PRICE // 4
    gateways = abi.dynamic_list(*(abi.address("gateway", gateway.address) for gateway in here.gateways))
    words = [
        abi.address("token", here.token),
        abi.address("buyer", buyer.address),
        POLICY,
        abi.uint("amount", PRICE // 2, 128),
        abi.uint("penalty", penalty, 128),
        abi.uint("quorum", 2, 8),
        abi.uint("shortest", 300, 40),
    ]
    calldata = abi.call("open(address,address,bytes32,uint128,uint128,uint8,uint40,address[])", *words, gateways)
    await here.of(supplier).transact("open the bond", here.resolver, calldata)
    places = (supplier.address, buyer.address)
    bond = keccak256(abi.address("s", places[0]) + abi.address("b", places[1]) + POLICY + abi.address("t", here.token))

    async def covered(lot: bytes, verdict: int) -> None:
        deadline = abi.uint("deadline", await here.now() + 600, 40)
        await here.of(supplier).transact("cover", here.resolver, abi.call("cover(bytes32,bytes32,uint40)", bond, lot, deadline))
        for gateway in here.gateways[:2]:
            await here.judge(gateway, lot, supplier.address, verdict, 3 * verdict)
        await here.of(buyer).transact("settle", here.resolver, abi.call("settle(bytes32,bytes32)", bond, lot))

    soon = abi.uint("deadline", await here.now() + 200, 40)
    with pytest.raises(TransactionRevertsError, match="CoverTooShort"):
        await here.of(supplier).transact("cover", here.resolver, abi.call("cover(bytes32,bytes32,uint40)", bond, POLICY, soon))
    await covered(keccak256(b"accepted lot"), CONFORMS)
    with pytest.raises(TransactionRevertsError, match="NothingCredited"):
        await here.of(buyer).transact("withdraw", here.resolver, withdraw_calldata(here.token))
    await covered(keccak256(b"rejected lot"), BREACH)
    await here.of(buyer).transact("withdraw", here.resolver, withdraw_calldata(here.token))
    assert await here.balance(buyer) == penalty
    # What is left frees, and not a unit more.
    free = "free(bytes32,uint128)"
    with pytest.raises(TransactionRevertsError, match="BondTooSmall"):
        await here.of(supplier).transact("free", here.resolver, abi.call(free, bond, abi.uint("amount", PRICE // 4 + 1, 128)))
    await here.of(supplier).transact("free", here.resolver, abi.call(free, bond, abi.uint("amount", PRICE // 4, 128)))
    await here.of(supplier).transact("withdraw", here.resolver, withdraw_calldata(here.token))
    assert await here.balance(supplier) == PRICE - penalty


@pytest.mark.parametrize("name", CHAINS)
def test_a_conforming_trip_pays_and_an_excursion_splits(name: str, tmp_path: Path) -> None:
    on(name, "ShipmentEscrow", tmp_path, shipments_end_well)


@pytest.mark.parametrize("name", CHAINS)
def test_a_missed_deadline_refunds_and_a_dispute_is_decided(name: str, tmp_path: Path) -> None:
    on(name, "ShipmentEscrow", tmp_path, money_comes_back)


@pytest.mark.parametrize("name", CHAINS)
def test_a_bond_pays_per_rejected_lot(name: str, tmp_path: Path) -> None:
    on(name, "DefectBond", tmp_path, lots_are_paid_for)
