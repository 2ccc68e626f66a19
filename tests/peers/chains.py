"""One story on three chains: anvil under Osaka rules, geth in developer mode, our devnet; each with funded keys and time that passes."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from fullnode.devnet.devnet import Devnet
from fullnode.devnet.settings import DevnetSettings
from oracle.chain import ChainRpc
from oracle.keccak import keccak256
from oracle.secret import SecretKey
from oracle.signer import LocalSigner
from oracle.transactor import Transactor
from tests.oracle.anvil import FUNDED, PATIENT, anvil
from tests.peers.geth import geth

CHAINS = ("anvil", "geth", "devnet")
"""Every chain that a story runs on."""
ETHER = 10**18
GIFT_WEI = 100 * ETHER
"""What each key of a story owns."""


@dataclass(frozen=True, slots=True)
class PeerChain:
    """A running chain."""

    name: str
    url: str
    rpc: ChainRpc
    chain_id: int
    bank: LocalSigner
    """A key that owns enough for everybody."""
    pass_time: Callable[[int], Awaitable[None]]
    """Lets at least so many seconds pass and mines a block after them."""
    pause: Callable[[float], Awaitable[None]]
    """What a transactor does while it waits for a receipt."""

    def transactor(self, signer: LocalSigner, abis: Iterable[Iterable[Mapping[str, Any]]] = ()) -> Transactor:
        return Transactor(self.rpc, signer, self.chain_id, abis=abis, sleep=self.pause)

    async def timestamp(self) -> int:
        """Returns the time of the newest block, seconds."""
        async with httpx.AsyncClient(timeout=PATIENT.timeout_seconds) as client:
            question = {"jsonrpc": "2.0", "id": 1, "method": "eth_getBlockByNumber", "params": ["latest", False]}
            return int((await client.post(self.url, json=question)).json()["result"]["timestamp"], 16)

    async def funded(self, name: str) -> LocalSigner:
        """Returns a key of its own for each name, with ether."""
        signer = LocalSigner(SecretKey(keccak256(f"{self.name} {name}".encode())))
        await self.transactor(self.bank).transact(f"fund {name}", signer.address, b"", GIFT_WEI)
        return signer


@asynccontextmanager
async def peer_chain(name: str, folder: Path) -> AsyncIterator[PeerChain]:
    """Yields one of CHAINS; skips the test where its program is missing."""
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(httpx.AsyncClient(timeout=PATIENT.timeout_seconds))
        yield await _START[name](stack, client, folder)


async def _anvil(stack: AsyncExitStack, client: httpx.AsyncClient, _: Path) -> PeerChain:
    url = stack.enter_context(anvil("--hardfork", "osaka"))

    async def pass_time(seconds: int) -> None:
        for method, params in (("evm_increaseTime", [seconds]), ("evm_mine", [])):
            answer = await client.post(url, json={"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
            assert "error" not in answer.json()

    return await _chain("anvil", url, client, FUNDED, pass_time, _shortly)


async def _geth(stack: AsyncExitStack, client: httpx.AsyncClient, folder: Path) -> PeerChain:
    url = stack.enter_context(geth(folder))
    bank = LocalSigner(SecretKey(FUNDED))

    async def pass_time(seconds: int) -> None:
        # geth cannot be told the time, but each block is at least a second after the one before, however soon it comes.
        until = await chain.timestamp() + seconds
        while await chain.timestamp() < until:
            await chain.transactor(bank).transact("a block", bank.address, b"")

    chain = await _chain("geth", url, client, FUNDED, pass_time, _shortly)
    return chain


async def _devnet(stack: AsyncExitStack, client: httpx.AsyncClient, _: Path) -> PeerChain:
    devnet = await stack.enter_async_context(Devnet(DevnetSettings(ticking=False)))
    slot_seconds = devnet.network.seconds_per_slot

    async def pass_time(seconds: int) -> None:
        devnet.advance_to(devnet.consensus.head.slot + -(-seconds // slot_seconds) + 1)

    async def pause(_: float) -> None:
        await pass_time(slot_seconds)

    return await _chain("devnet", devnet.rpc_url, client, devnet.accounts[0].private_key, pass_time, pause)


async def _chain(
    name: str,
    url: str,
    client: httpx.AsyncClient,
    key: bytes,
    pass_time: Callable[[int], Awaitable[None]],
    pause: Callable[[float], Awaitable[None]],
) -> PeerChain:
    rpc = ChainRpc(client, url, PATIENT)
    return PeerChain(name, url, rpc, await rpc.chain_id(), LocalSigner(SecretKey(key)), pass_time, pause)


async def _shortly(_: float) -> None:
    await asyncio.sleep(0.02)


_START: Mapping[str, Callable[[AsyncExitStack, httpx.AsyncClient, Path], Awaitable[PeerChain]]] = {
    "anvil": _anvil,
    "geth": _geth,
    "devnet": _devnet,
}
