"""An endpoint over a fake transport: what is not a bounded JSON-RPC answer is refused by name."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest

from lightclient.endpoints.endpoint import HttpEndpoint, endpoint_name
from lightclient.endpoints.errors import (
    CompressedEndpointAnswer,
    EndpointRefused,
    EndpointUnreachable,
    MalformedEnvelope,
    OversizedEndpointAnswer,
)
from lightclient.endpoints.settings import EndpointLimits

LIMITS = EndpointLimits(timeout_seconds=0.1, answer_seconds=0.1, answer_bytes=1024, large_answers={"eth_getProof": 4096})


def ask(respond: Callable[[httpx.Request], Any], method: str = "eth_chainId") -> Any:
    async def work() -> Any:
        async with httpx.AsyncClient(transport=httpx.MockTransport(respond)) as http:
            return await HttpEndpoint("http://rpc.example/v3/secret", http, LIMITS).ask(method, "0x1")

    return asyncio.run(work())


def test_gives_the_result_and_asks_for_identity() -> None:
    def respond(request: httpx.Request) -> httpx.Response:
        assert request.headers["accept-encoding"] == "identity"
        assert request.content == b'{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":["0x1"]}'
        return httpx.Response(200, json={"jsonrpc": "2.0", "id": 1, "result": "0x539"})

    assert ask(respond) == "0x539"


@pytest.mark.parametrize(
    ("response", "refusal"),
    [
        (httpx.Response(200, content=b"\x00<html>"), MalformedEnvelope),
        (httpx.Response(200, content=b"[" * 500), MalformedEnvelope),
        (httpx.Response(200, json=[1]), MalformedEnvelope),
        (httpx.Response(200, json={"jsonrpc": "2.0", "id": 2, "result": 1}), MalformedEnvelope),
        (httpx.Response(200, json={"jsonrpc": "2.0", "id": 1}), MalformedEnvelope),
        (httpx.Response(200, json={"jsonrpc": "2.0", "id": 1, "error": {"code": -32601, "message": "no"}}), EndpointRefused),
        (httpx.Response(400, json={"jsonrpc": "2.0", "id": 1, "error": {"code": 1}}), EndpointRefused),
        (httpx.Response(200, content=b" " * 2000), OversizedEndpointAnswer),
        (httpx.Response(200, headers={"content-encoding": "br"}, content=b""), CompressedEndpointAnswer),
        (httpx.Response(503, content=b"{}"), EndpointUnreachable),
        (httpx.Response(500, content=b"oops"), EndpointUnreachable),
    ],
)
def test_what_is_no_answer_is_refused_by_name(response: httpx.Response, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        ask(lambda _: response)


def test_long_answers_are_taken_where_the_method_has_them() -> None:
    result = {"jsonrpc": "2.0", "id": 1, "result": "x" * 2000}
    assert ask(lambda _: httpx.Response(200, json=result), "eth_getProof") == "x" * 2000
    with pytest.raises(OversizedEndpointAnswer):
        ask(lambda _: httpx.Response(200, json=result))
    assert EndpointLimits().bytes_of("eth_getBlockByHash", ["0x", True]) > EndpointLimits().bytes_of("eth_getBlockByHash", ["0x", False])


def test_silence_and_dripping_end_in_time() -> None:
    async def drip() -> AsyncIterator[bytes]:
        while True:
            yield b" "
            await asyncio.sleep(0.01)

    with pytest.raises(EndpointUnreachable, match=r"0\.1 s"):
        ask(lambda _: httpx.Response(200, content=drip()))


def test_names_hold_no_key() -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError(f"cannot reach {request.url}")

    with pytest.raises(EndpointUnreachable) as caught:
        ask(fail)
    assert "secret" not in str(caught.value)
    assert endpoint_name("https://user:pass@[::1]:99999/key") == "https://[::1]"
    assert endpoint_name("https://user:pass@rpc.example:8545/key") == "https://rpc.example:8545"
