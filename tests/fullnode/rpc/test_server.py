import asyncio

import httpx
import pytest

from fullnode.devnet.rpc.server import create_app
from fullnode.devnet.rpc.settings import RpcSettings
from tests.fullnode.execution.builders import make_chain
from tests.fullnode.rpc.client import Client


def test_a_body_that_is_too_long_is_not_even_read() -> None:
    client = Client(make_chain(), RpcSettings(max_body=1024))
    assert client.post(b" " * 1025).status_code == 413
    assert client.post(b'{"jsonrpc": "2.0", "id": 1, "method": "eth_chainId"}').json()["result"] == "0x539"


@pytest.mark.parametrize(("verb", "path", "status"), [("GET", "/", 405), ("POST", "/other", 404)])
def test_only_posts_to_the_root_are_answered(verb: str, path: str, status: int) -> None:
    async def send() -> int:
        transport = httpx.ASGITransport(create_app(make_chain()))
        async with httpx.AsyncClient(transport=transport, base_url="http://devnet") as http:
            return (await http.request(verb, path)).status_code

    assert asyncio.run(send()) == status
