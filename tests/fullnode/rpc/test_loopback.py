"""The real server on a real socket, and web3's own HTTP provider."""

import asyncio
import socket

import pytest
import uvicorn
from web3 import AsyncWeb3, Web3
from web3.providers import AsyncHTTPProvider
from web3.types import Wei

from fullnode.devnet.execution.chain import ExecutionChain
from fullnode.devnet.rpc.server import create_app
from tests.fullnode.execution.builders import make_chain, mine, signed


async def talk(chain: ExecutionChain) -> None:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(create_app(chain), log_level="error", lifespan="off"))
        serving = asyncio.create_task(server.serve([listening]))
        provider = AsyncHTTPProvider(f"http://127.0.0.1:{listening.getsockname()[1]}")
        try:
            w3 = AsyncWeb3(provider)
            assert await w3.eth.chain_id == 1337
            sent = await w3.eth.send_raw_transaction(signed(chain.accounts[0], 0, value=7))
            # The block comes while the client is already waiting, from the same loop.
            waiting = asyncio.create_task(w3.eth.wait_for_transaction_receipt(sent, timeout=100, poll_latency=0.01))
            await asyncio.sleep(0.05)
            mine(chain)
            assert (await waiting)["status"] == 1
            assert await w3.eth.get_balance(Web3.to_checksum_address("0x" + "11" * 20)) == Wei(7)
        finally:
            await provider.disconnect()
            server.should_exit = True
            await serving


@pytest.mark.slow
def test_web3_over_http_waits_for_a_block_that_comes() -> None:
    asyncio.run(talk(make_chain()))
