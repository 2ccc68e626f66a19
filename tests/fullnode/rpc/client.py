"""A JSON-RPC client that calls the ASGI application in process: no socket, no thread but the caller's."""

import asyncio
import json
from typing import Any

import httpx
from web3.providers.base import JSONBaseProvider
from web3.types import RPCEndpoint, RPCResponse

from fullnode.devnet.execution.chain import ExecutionChain
from fullnode.devnet.rpc.misbehave import RpcMisbehaviour
from fullnode.devnet.rpc.server import create_app
from fullnode.devnet.rpc.settings import RpcSettings


class Client:
    def __init__(self, chain: ExecutionChain, settings: RpcSettings | None = None, misbehaviour: RpcMisbehaviour | None = None) -> None:
        self.misbehaviour = misbehaviour or RpcMisbehaviour()
        self._app = create_app(chain, settings, self.misbehaviour)

    def post(self, content: bytes) -> httpx.Response:
        async def send() -> httpx.Response:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(self._app), base_url="http://devnet") as http:
                return await http.post("/", content=content, headers={"content-type": "application/json"})

        return asyncio.run(send())

    def raw(self, method: str, *params: Any) -> Any:
        return self.post(json.dumps({"jsonrpc": "2.0", "id": 7, "method": method, "params": params}).encode()).json()

    def ask(self, method: str, *params: Any) -> Any:
        answer = self.raw(method, *params)
        assert "error" not in answer, answer
        return answer["result"]

    def error(self, method: str, *params: Any) -> tuple[int, str, Any]:
        error = self.raw(method, *params)["error"]
        return error["code"], error["message"], error.get("data")


class InProcess(JSONBaseProvider):
    """web3's provider over the client."""

    def __init__(self, client: Client) -> None:
        super().__init__()
        self._client = client

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        return self.decode_rpc_response(self._client.post(self.encode_rpc_request(method, params)).content)
