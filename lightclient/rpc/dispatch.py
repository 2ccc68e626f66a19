"""The JSON-RPC 2.0 envelope: request bytes to response bytes, with what is verified beside each result.

Batches and notifications as the specification has them (sections 4.1 and 6); sizes, counts, concurrency and time are bounded. Beyond the
specification, each response has a member `verified`, which clients that do not know it ignore.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import msgspec
import structlog

from lightclient import json_text
from lightclient.errors import EnvironmentalError, LightClientError, MalformedMessage, NoSourceAnswers, OursError
from lightclient.execution.evm_errors import CallTooExpensive, EvmNotInstalled, UnsupportedRules
from lightclient.rpc.answer import Answer
from lightclient.rpc.asking import side_by_side
from lightclient.rpc.errors import LIMIT, UNAVAILABLE, UNVERIFIED, BatchTooLarge, InvalidRequest, NotJson, RpcRefusal, TooBusy, TooSlow
from lightclient.rpc.settings import RpcLimits

Handler = Callable[[str, list[Any]], Awaitable[Answer]]
"""Method name and positional parameters to an answer; raises LightClientError."""

REFUSED = "refused"
"""Status of a response that is an error."""

ORDER = ("verified", "unverifiable", REFUSED)
"""Statuses from best to worst: a batch has its worst."""

CODES: tuple[tuple[type[LightClientError], int], ...] = (
    (NoSourceAnswers, UNVERIFIED),
    (EvmNotInstalled, UNAVAILABLE),
    (UnsupportedRules, UNAVAILABLE),
    (CallTooExpensive, LIMIT),
    (OursError, RpcRefusal.code),
    (EnvironmentalError, UNAVAILABLE),
    (LightClientError, UNVERIFIED),
)
"""Error codes of refusals that are not the RPC's own; the first that fits."""

BATCH_AT_ONCE = 4
"""Requests of one batch that are worked on side by side, so that one caller leaves room for others."""

INTERNAL = -32603
"""Error code: a defect of ours."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Response:
    """What goes back."""

    body: bytes
    """JSON; empty when there is nothing to say to notifications."""
    status: str
    """One of ORDER, for the header `x-aios-verified`."""


class Gate:
    """Lets so many requests work at once and so many wait; the others are refused."""

    def __init__(self, limits: RpcLimits) -> None:
        self._limits = limits
        self._running = asyncio.Semaphore(limits.concurrent)
        self._present = 0

    async def through(self, work: Callable[[], Awaitable[Answer]]) -> Answer:
        """Returns the result of the work, once it is its turn.

        Raises:
            TooBusy: too many wait already.
            TooSlow: it took too long.
        """
        if self._present >= self._limits.concurrent + self._limits.waiting:
            raise TooBusy(self._limits.waiting)
        self._present += 1
        try:
            async with asyncio.timeout(self._limits.answer_seconds), self._running:
                return await work()
        except TimeoutError:
            raise TooSlow(self._limits.answer_seconds) from None
        finally:
            self._present -= 1


class Dispatcher:
    """Answers requests by a handler."""

    def __init__(self, handler: Handler, limits: RpcLimits, gate: Gate | None = None) -> None:
        self._handler = handler
        self._limits = limits
        self.gate = gate or Gate(limits)
        """Shared by all connections."""
        self.answers: Counter[str] = Counter()
        """Responses given, by status."""

    async def respond(self, body: bytes, handler: Handler | None = None) -> Response:
        """Returns the response to a request or a batch; `handler` answers in place of the usual one."""
        answering = handler or self._handler
        try:
            request = json_text.decode(body)
        except (MalformedMessage, RecursionError) as error:
            return _response([_failed(None, NotJson(str(error)))], batch=False)
        if not isinstance(request, list):
            return _response([await self._one(request, answering)], batch=False)
        try:
            self._check_batch(request)
        except RpcRefusal as error:
            return _response([_failed(None, error)], batch=False)
        found: list[dict[str, Any] | None] = []
        for start in range(0, len(request), BATCH_AT_ONCE):
            found += await side_by_side([self._one(item, answering) for item in request[start : start + BATCH_AT_ONCE]])
        return _response(found, batch=True)

    def _check_batch(self, request: list[Any]) -> None:
        if not request:
            raise InvalidRequest("empty batch")
        if len(request) > self._limits.batch:
            raise BatchTooLarge(len(request), self._limits.batch)

    async def _one(self, request: Any, handler: Handler) -> dict[str, Any] | None:
        """Returns the response to one request, or None to a notification."""
        identity = request.get("id") if isinstance(request, dict) else None
        try:
            name, params = _opened(request)
            answer = await self.gate.through(lambda: handler(name, params))
        except LightClientError as error:
            failed: Exception = error
        except Exception as error:
            # The rim of the server: whatever a method did not foresee is ours, is logged, and must not end the process.
            _log.exception("method failed", method=str(request.get("method"))[:64])
            failed = error
        else:
            self.answers[answer.standing.value] += 1
            return None if "id" not in request else _succeeded(identity, answer)
        self.answers[REFUSED] += 1
        notification = isinstance(request, dict) and "id" not in request and not isinstance(failed, InvalidRequest)
        return None if notification else _failed(identity, failed)


def _opened(request: Any) -> tuple[str, list[Any]]:
    if not isinstance(request, dict) or request.get("jsonrpc") != "2.0" or not isinstance(request.get("method"), str):
        raise InvalidRequest('it needs "jsonrpc": "2.0" and a method')
    if not _is_id(request.get("id")):
        raise InvalidRequest("id is a short string, a number or null")
    params = request.get("params")
    if params is None:
        params = []
    if not isinstance(params, list):
        raise InvalidRequest("parameters are a list")
    return request["method"], params


def _is_id(identity: Any) -> bool:
    if isinstance(identity, str):
        return len(identity) <= 256
    return identity is None or (isinstance(identity, int | float) and not isinstance(identity, bool))


def _succeeded(identity: Any, answer: Answer) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": identity, "result": answer.result, "verified": answer.verified()}


def _failed(identity: Any, error: Exception) -> dict[str, Any]:
    known = isinstance(error, LightClientError)
    name = type(error).__name__ if known else "InternalError"
    proven = isinstance(error, RpcRefusal) and error.proven
    # Clients take `data` for what a contract reverted with, so the name of a refusal is in the text and in `verified`.
    body: dict[str, Any] = {"code": _code(error), "message": str(error) if proven else f"{error if known else 'a defect'} [{name}]"}
    if isinstance(error, RpcRefusal) and error.data is not None:
        body["data"] = error.data
    verified: dict[str, Any] = {"status": ORDER[0] if proven else REFUSED, "by": name}
    if isinstance(error, NoSourceAnswers):
        verified["reasons"] = list(error.reasons)
    return {"jsonrpc": "2.0", "id": identity if _is_id(identity) else None, "error": body, "verified": verified}


def _code(error: Exception) -> int:
    if isinstance(error, RpcRefusal):
        return error.code
    return next((code for kind, code in CODES if isinstance(error, kind)), INTERNAL)


def _response(found: list[dict[str, Any] | None], *, batch: bool) -> Response:
    said = [response for response in found if response is not None]
    status = max((response["verified"]["status"] for response in said), key=ORDER.index, default=ORDER[0])
    if not said:
        return Response(b"", status)
    return Response(msgspec.json.encode(said if batch else said[0]), status)
