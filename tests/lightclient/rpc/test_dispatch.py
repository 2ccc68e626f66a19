"""The envelope: batches, notifications, bounds, and errors that name the refusal."""

import asyncio
import json
from typing import Any

import pytest

from lightclient.errors import NoSourceAnswers, NotStarted
from lightclient.rpc.answer import Answer, unverifiable
from lightclient.rpc.dispatch import Dispatcher, Gate
from lightclient.rpc.errors import CallReverted, TooBusy, TooSlow
from lightclient.rpc.settings import RpcLimits

OUTCOMES: dict[str, Any] = {
    "fact": Answer("0x1", "proof"),
    "guess": unverifiable("0x2", "a guess"),
    "starting": NotStarted(),
    "liars": NoSourceAnswers("tell", ("a: WrongProofValue: x",)),
    "revert": CallReverted(b"\x01", "nope"),
    "defect": KeyError("x"),
}


async def handler(name: str, _params: list[Any]) -> Answer:
    outcome = OUTCOMES[name]
    if isinstance(outcome, Exception):
        raise outcome
    return outcome  # type: ignore[no-any-return]


def post(body: Any, limits: RpcLimits | None = None) -> tuple[Any, str]:
    encoded = body if isinstance(body, bytes) else json.dumps(body).encode()
    response = asyncio.run(Dispatcher(handler, limits or RpcLimits()).respond(encoded))
    return json.loads(response.body) if response.body else None, response.status


def request(method: str, identity: Any = 1, **more: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": identity, "method": method, **more}


def test_a_fact_and_a_guess_say_what_they_are() -> None:
    fact = {"jsonrpc": "2.0", "id": 1, "result": "0x1", "verified": {"status": "verified", "by": "proof"}}
    assert post(request("fact")) == (fact, "verified")
    answer, status = post(request("guess", "a"))
    assert (answer["id"], answer["verified"], status) == ("a", {"status": "unverifiable", "by": "a guess"}, "unverifiable")


@pytest.mark.parametrize(
    ("method", "code", "name", "status"),
    [
        ("starting", -32021, "NotStarted", "refused"),
        ("liars", -32020, "NoSourceAnswers", "refused"),
        ("revert", 3, "CallReverted", "verified"),
        ("defect", -32603, "InternalError", "refused"),
    ],
)
def test_errors_name_the_refusal(method: str, code: int, name: str, status: str) -> None:
    answer, header = post(request(method))
    assert (answer["error"]["code"], answer["verified"]["by"], header) == (code, name, status)
    assert answer["error"].get("data") == ("0x01" if method == "revert" else None)
    assert method != "liars" or answer["verified"]["reasons"] == ["a: WrongProofValue: x"]
    assert "'x'" not in answer["error"]["message"]


def test_a_batch_has_the_worst_status_of_its_parts() -> None:
    answers, status = post([request("fact", n) for n in range(9)] + [request("guess", 9), {"jsonrpc": "2.0", "method": "fact"}])
    assert ([answer["id"] for answer in answers], status) == (list(range(10)), "unverifiable")
    assert post([request("fact"), request("liars")])[1] == "refused"
    assert post([{"jsonrpc": "2.0", "method": "fact"}]) == (None, "verified")


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (b"\xff", "NotJson"),
        (b"[" * 100_000, "NotJson"),
        ([], "InvalidRequest"),
        (7, "InvalidRequest"),
        ({"id": 1, "method": "fact"}, "InvalidRequest"),
        (request("fact", [1]), "InvalidRequest"),
        (request("fact", "x" * 300), "InvalidRequest"),
        (request("fact", params={"a": 1}), "InvalidRequest"),
        ([request("fact")] * 65, "BatchTooLarge"),
    ],
)
def test_what_is_no_request_is_refused_by_name(body: Any, name: str) -> None:
    answer, status = post(body)
    assert (answer["verified"]["by"], status) == (name, "refused")


def test_so_many_work_so_many_wait_and_the_rest_is_refused() -> None:
    async def story() -> None:
        gate = Gate(RpcLimits(concurrent=2, waiting=1, answer_seconds=60))
        release = asyncio.Event()

        async def work() -> Answer:
            await release.wait()
            return Answer(1, "")

        tasks = [asyncio.create_task(gate.through(work)) for _ in range(4)]
        done, _ = await asyncio.wait(tasks, timeout=60, return_when=asyncio.FIRST_COMPLETED)
        assert [type(task.exception()) for task in done] == [TooBusy]
        release.set()
        await asyncio.wait(tasks)
        assert (await gate.through(work)).result == 1

    asyncio.run(story())


def test_what_takes_too_long_is_given_up() -> None:
    async def story() -> None:
        gate = Gate(RpcLimits(answer_seconds=0.01))

        async def work() -> Answer:
            await asyncio.Event().wait()
            raise AssertionError

        with pytest.raises(TooSlow):
            await gate.through(work)

    asyncio.run(story())
