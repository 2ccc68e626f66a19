"""Where execution data comes from: the `Endpoint` promise, and its implementation over JSON-RPC 2.0 on HTTP.

Nothing an endpoint returns is verified here; it is only well-formed and bounded in bytes, nesting and time. Library exceptions are
translated here, once: what an endpoint cannot deliver is an EnvironmentalError, what it should not have sent is a PeerError.
"""

import asyncio
from itertools import count
from typing import Any, Protocol
from urllib.parse import urlsplit

import httpx
import msgspec

from lightclient import json_text
from lightclient.endpoints.errors import (
    CompressedEndpointAnswer,
    EndpointRefused,
    EndpointUnreachable,
    MalformedEnvelope,
    OversizedEndpointAnswer,
)
from lightclient.endpoints.settings import EndpointLimits
from lightclient.errors import MalformedMessage

HEADERS = {"content-type": "application/json", "accept-encoding": "identity"}
"""Answers are bounded by their length, so they must not unfold."""

SPEAKING_STATUSES = frozenset({200, 400, 404, 500})
"""HTTP statuses whose body is looked at: some servers send errors of JSON-RPC with the last three."""


class Endpoint(Protocol):
    """A server of execution data; none is trusted.

    `ask` raises PeerError for what cannot be an answer and EnvironmentalError for what does not arrive, returns within its own time limits,
    holds a bounded amount of memory, and can be cancelled.
    """

    name: str
    """Names it in scores, refusals and logs; holds no secret."""

    async def ask(self, method: str, *params: Any) -> Any:
        """Returns the result of one method, as JSON values."""
        ...


class HttpEndpoint:
    """A JSON-RPC server behind a URL. The HTTP client is the caller's, who closes it."""

    def __init__(self, url: str, client: httpx.AsyncClient, limits: EndpointLimits | None = None) -> None:
        self.name = endpoint_name(url)
        self._url = url
        self._client = client
        self._limits = limits or EndpointLimits()
        self._ids = count(1)

    async def ask(self, method: str, *params: Any) -> Any:
        """Returns the result of one method, as JSON values."""
        number = next(self._ids)
        question = msgspec.json.encode({"jsonrpc": "2.0", "id": number, "method": method, "params": params})
        return self._result(method, number, await self._post(method, question, self._limits.bytes_of(method, params)))

    def _result(self, method: str, number: int, body: bytes) -> Any:
        try:
            answer = json_text.decode(body)
        except MalformedMessage as error:
            raise MalformedEnvelope(self.name, method, str(error)[:200]) from error
        if not isinstance(answer, dict) or answer.get("jsonrpc") != "2.0":
            raise MalformedEnvelope(self.name, method, "not an object of version 2.0")
        failed = answer.get("error")
        if isinstance(failed, dict):
            code, text = failed.get("code"), str(failed.get("message"))[:300]
            raise EndpointRefused(self.name, method, code if isinstance(code, int) else -32000, text, failed.get("data"))
        if answer.get("id") != number or "result" not in answer:
            raise MalformedEnvelope(self.name, method, "it has another id, or neither result nor error")
        return answer["result"]

    async def _post(self, method: str, question: bytes, limit: int) -> bytes:
        try:
            # The outer limit is for servers that drip: each read arrives in time, the answer never ends.
            async with (
                asyncio.timeout(self._limits.answer_seconds),
                self._client.stream(
                    "POST", self._url, content=question, headers=HEADERS, timeout=self._limits.timeout_seconds, follow_redirects=False
                ) as response,
            ):
                encoding = response.headers.get("content-encoding", "identity")
                if encoding != "identity":
                    raise CompressedEndpointAnswer(self.name, encoding)
                body = bytearray()
                async for chunk in response.aiter_bytes():
                    body += chunk
                    if len(body) > limit:
                        raise OversizedEndpointAnswer(self.name, method, limit)
        except TimeoutError as error:
            raise EndpointUnreachable(self.name, method, f"no whole answer within {self._limits.answer_seconds} s") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise EndpointUnreachable(self.name, method, f"{type(error).__name__} {error}".strip().replace(self._url, self.name)) from error
        if response.status_code not in SPEAKING_STATUSES or (response.status_code != httpx.codes.OK and not body.lstrip().startswith(b"{")):
            raise EndpointUnreachable(self.name, method, f"HTTP status {response.status_code}")
        return bytes(body)


def endpoint_name(url: str) -> str:
    """Returns scheme, host and port of a URL: paths and passwords of RPC providers are keys, and keys stay out of logs."""
    parts = urlsplit(url)
    host = parts.hostname or "?"
    host = f"[{host}]" if ":" in host else host
    try:
        port = parts.port
    except ValueError:
        port = None
    return f"{parts.scheme}://{host}" + ("" if port is None else f":{port}")
