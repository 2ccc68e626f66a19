import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fullnode.devnet.rpc.dispatch import respond
from fullnode.devnet.rpc.errors import RevertedError
from fullnode.devnet.rpc.settings import RpcSettings

SETTINGS = RpcSettings(max_body=2048, max_batch=3)


def answer(name: str, params: list[Any]) -> Any:
    if name == "revert":
        raise RevertedError("execution reverted", "0x01")
    if name == "break":
        raise ZeroDivisionError
    return [name, *params]


def ask(body: Any) -> Any:
    response = respond(body if isinstance(body, bytes) else json.dumps(body).encode(), answer, SETTINGS)
    return json.loads(response) if response else None


def request(method: Any = "echo", **fields: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 1, "method": method} | fields


def test_a_request_is_answered_with_its_id() -> None:
    assert ask(request(params=[1, "a"], id="x")) == {"jsonrpc": "2.0", "id": "x", "result": ["echo", 1, "a"]}
    assert ask(request(id=None))["id"] is None


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", -32700),
        (b"\xff", -32700),
        (b"", -32700),
        (b"[" * 2000, -32700),
        (b"[]", -32600),
        (b"1", -32600),
        (b"{}", -32600),
        (b" " * 2049, -32600),
        ([1] * 4, -32600),
        (request(jsonrpc="1.0"), -32600),
        (request(method=1), -32600),
        (request(id=[]), -32600),
        (request(id=True), -32600),
        (request(params={"a": 1}), -32602),
        (request("revert"), 3),
        (request("break"), -32603),
    ],
)
def test_what_is_wrong_has_its_code(body: Any, code: int) -> None:
    assert ask(body)["error"]["code"] == code


def test_revert_data_is_passed_on() -> None:
    assert ask(request("revert"))["error"] == {"code": 3, "message": "execution reverted", "data": "0x01"}


def test_a_batch_answers_each_but_notifications() -> None:
    notification = {"jsonrpc": "2.0", "method": "echo"}
    assert [item.get("id") for item in ask([request(id=1), notification, 5])] == [1, None]
    assert ask([notification]) is None
    assert ask(notification) is None
    assert ask({"jsonrpc": "2.0", "method": "break"}) is None


@given(st.binary(max_size=100))
def test_no_body_breaks_it(body: bytes) -> None:
    respond(body, answer, SETTINGS)


def test_brackets_without_end_are_refused_before_a_parser_recurses() -> None:
    response = respond(b"[" * 1_000_000, answer, RpcSettings())
    assert json.loads(response)["error"]["code"] == -32600
