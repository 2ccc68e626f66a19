"""The JSON-RPC 2.0 envelope: request bytes to response bytes.

Pure. Batches and notifications as the specification has them (sections 4.1 and 6); sizes and counts are bounded.
"""

from collections.abc import Callable
from typing import Any

import msgspec
import structlog

from fullnode.devnet.rpc.errors import InternalError, InvalidParamsError, InvalidRequestError, ParseError, RpcError
from fullnode.devnet.rpc.settings import RpcSettings

Answer = Callable[[str, list[Any]], Any]
"""Method name and positional parameters to a result; raises RpcError."""

MAX_BRACKETS = 20_000
"""Brackets of a request: the execution library raises the recursion limit past what the C stack holds, and parsers recurse with them."""

_log = structlog.get_logger(__name__)


def respond(body: bytes, answer: Answer, settings: RpcSettings) -> bytes:
    """Returns the response to a request body; empty when there is nothing to say to notifications."""
    if len(body) > settings.max_body or body.count(b"[") + body.count(b"{") > MAX_BRACKETS:
        return _encode(_failed(None, InvalidRequestError(f"request too large: {settings.max_body} bytes, {MAX_BRACKETS} brackets at most")))
    try:
        request = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _encode(_failed(None, ParseError("parse error")))
    if not isinstance(request, list):
        return _encode(_one(request, answer))
    if not request:
        return _encode(_failed(None, InvalidRequestError("empty batch")))
    if len(request) > settings.max_batch:
        return _encode(_failed(None, InvalidRequestError(f"batch too large: limit {settings.max_batch} requests")))
    responses = [response for item in request if (response := _one(item, answer)) is not None]
    return _encode(responses or None)


def _one(request: Any, answer: Answer) -> dict[str, Any] | None:
    """Returns the response to one request, or None to a notification."""
    identity = request.get("id") if isinstance(request, dict) else None
    try:
        name, params = _opened(request)
        result = answer(name, params)
    except RpcError as error:
        failed: RpcError = error
    except Exception:
        # The rim of the server: whatever a method did not foresee is ours, is logged, and must not end the process.
        _log.exception("method failed", method=request.get("method"))
        failed = InternalError("internal error")
    else:
        return None if "id" not in request else {"jsonrpc": "2.0", "id": identity, "result": result}
    notification = isinstance(request, dict) and "id" not in request and not isinstance(failed, InvalidRequestError)
    return None if notification else _failed(identity, failed)


def _opened(request: Any) -> tuple[str, list[Any]]:
    if not isinstance(request, dict) or request.get("jsonrpc") != "2.0" or not isinstance(request.get("method"), str):
        raise InvalidRequestError('invalid request: needs "jsonrpc": "2.0" and a method')
    if not isinstance(request.get("id"), str | int | float | None) or isinstance(request.get("id"), bool):
        raise InvalidRequestError("invalid request: id is a string, a number or null")
    params = request.get("params") or []
    if not isinstance(params, list):
        raise InvalidParamsError("non-array args: parameters are positional")
    return request["method"], params


def _failed(identity: Any, error: RpcError) -> dict[str, Any]:
    body = {"code": error.code, "message": error.message} | ({} if error.data is None else {"data": error.data})
    return {"jsonrpc": "2.0", "id": identity if isinstance(identity, str | int | float) else None, "error": body}


def _encode(response: Any) -> bytes:
    return b"" if response is None else msgspec.json.encode(response)
