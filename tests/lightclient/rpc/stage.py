"""The verified RPC over the devnet's own RPC, both in process: no socket, no clock, and switches by which the server behind lies."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import httpx
from starlette.applications import Starlette
from web3.providers.base import JSONBaseProvider
from web3.types import RPCEndpoint, RPCResponse

from fullnode.devnet.execution.chain import ExecutionChain
from fullnode.devnet.rpc.misbehave import RpcMisbehaviour
from fullnode.devnet.rpc.server import create_app as create_devnet_app
from lightclient.endpoints.endpoint import Endpoint, HttpEndpoint
from lightclient.endpoints.settings import EndpointLimits
from lightclient.execution.header import ExecutionHeader, header_from_json
from lightclient.heads import Head, Heads
from lightclient.network import load_network
from lightclient.rpc.chain import VerifiedChain
from lightclient.rpc.server import create_app
from lightclient.rpc.settings import RpcSettings
from lightclient.rpc.subscriptions import NewHeads
from lightclient.types import BeaconBlockHeader, ExecutionPayloadHeader, LightClientHeader
from tests.fullnode.execution.builders import make_chain, mine

QUICK = EndpointLimits(timeout_seconds=0.2, answer_seconds=0.2)


def head_of(header: ExecutionHeader, age: float = 1.0) -> Head:
    """A light client's head over this execution header."""
    execution = ExecutionPayloadHeader(
        parent_hash=header.parent_hash,
        fee_recipient=header.fee_recipient,
        state_root=header.state_root,
        receipts_root=header.receipts_root,
        logs_bloom=header.logs_bloom,
        prev_randao=header.prev_randao,
        block_number=header.number,
        gas_limit=header.gas_limit,
        gas_used=header.gas_used,
        timestamp=header.timestamp,
        extra_data=header.extra_data,
        base_fee_per_gas=header.base_fee_per_gas or 0,
        block_hash=header.block_hash,
        transactions_root=bytes(32),
    )
    return Head(LightClientHeader(BeaconBlockHeader(header.number, 0, bytes(32), bytes(32), bytes(32)), execution, ()), 32, 32, age)


class FakeLight:
    """A light client whose heads a test sets."""

    def __init__(self, chain_id: int = 1337) -> None:
        self.network = replace(load_network("devnet"), chain_id=chain_id)
        self.heads: Heads | None = None
        self.error: Exception | None = None

    def head(self) -> Heads:
        if self.error is not None:
            raise self.error
        assert self.heads is not None
        return self.heads

    def follow(self, block: Mapping[str, Any], finalized: Mapping[str, Any] | None = None, age: float = 1.0) -> None:
        head = header_from_json(block)
        self.heads = Heads(head_of(head if finalized is None else header_from_json(finalized), age), head_of(head, age))


class Behind:
    """A devnet's RPC as an endpoint, with its switches."""

    def __init__(self, chain: ExecutionChain, name: str = "http://behind", limits: EndpointLimits | None = None) -> None:
        self.misbehave = RpcMisbehaviour()
        self._http = httpx.AsyncClient(transport=httpx.ASGITransport(create_devnet_app(chain, None, self.misbehave)))
        self.endpoint: Endpoint = HttpEndpoint(name, self._http, limits or EndpointLimits())


class Rim(JSONBaseProvider):
    """Callers of a verified RPC in process; a provider for web3.py."""

    runner: asyncio.Runner
    verified: VerifiedChain
    app: Starlette

    def close(self) -> None:
        self.verified.close()
        self.runner.close()

    def post(self, content: bytes, **headers: str) -> httpx.Response:
        async def send() -> httpx.Response:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://127.0.0.1:8547") as http:
                return await http.post("/", content=content, headers={"content-type": "application/json", **headers})

        return self.runner.run(send())

    def raw(self, method: str, *params: Any) -> dict[str, Any]:
        answer: dict[str, Any] = self.post(json.dumps({"jsonrpc": "2.0", "id": 7, "method": method, "params": params}).encode()).json()
        return answer

    def ask(self, method: str, *params: Any) -> Any:
        answer = self.raw(method, *params)
        assert "error" not in answer, answer
        assert answer["verified"]["status"] == "verified", answer["verified"]
        return answer["result"]

    def refusal(self, method: str, *params: Any) -> str:
        """The name of the refusal; where no endpoint's answer verified, also the reasons."""
        answer = self.raw(method, *params)
        assert "result" not in answer, answer
        assert answer["verified"]["status"] == "refused"
        reasons: list[str] = answer["verified"].get("reasons", [])
        return " ".join([answer["verified"]["by"], *reasons])

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        return self.decode_rpc_response(self.post(self.encode_rpc_request(method, params)).content)


class Stage(Rim):
    """A chain, servers that tell of it, a verified RPC over them; and a provider for web3.py."""

    def __init__(
        self,
        chain: ExecutionChain | None = None,
        settings: RpcSettings | None = None,
        servers: int = 1,
        limits: EndpointLimits | None = None,
    ) -> None:
        super().__init__()
        self.chain = chain or make_chain()
        self.servers = [Behind(self.chain, f"http://behind{number}", limits) for number in range(servers)]
        self.light = FakeLight()
        self.runner = asyncio.Runner()
        self.verified = VerifiedChain(self.light, [server.endpoint for server in self.servers], settings, sleep=self._sleep)
        self.app = create_app(self.verified, heads=NewHeads(self.verified, sleep=self._blink))
        self.slept: list[float] = []
        self.follow()

    @property
    def misbehave(self) -> RpcMisbehaviour:
        return self.servers[0].misbehave

    def follow(self, finalized: int = 0) -> None:
        """The light client verifies the chain's head."""
        true = Behind(self.chain).endpoint
        heads = [self.runner.run(true.ask("eth_getBlockByNumber", hex(n), False)) for n in (self.chain.head.number, finalized)]
        self.light.follow(*heads)

    def mine(self, count: int = 1) -> None:
        for _ in range(count):
            mine(self.chain)
        self.follow()

    async def _blink(self, _seconds: float) -> None:
        await asyncio.sleep(0.002)

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
