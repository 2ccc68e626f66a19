"""How endpoints are asked: best first, at most so many calls at once, the verification inside the attempt, and by hash where they can."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, TypeVar

from lightclient.conditions import OnceEach, OnCondition
from lightclient.endpoints.endpoint import Endpoint
from lightclient.endpoints.errors import EndpointLacksData, EndpointRefused
from lightclient.endpoints.settings import is_large
from lightclient.errors import EnvironmentalError, NoSourceAnswers, PeerError
from lightclient.execution.header import ExecutionHeader
from lightclient.pool import SourcePool
from lightclient.rpc.forms import hex_data, hex_quantity
from lightclient.scores import Score

T = TypeVar("T")

LARGE_CALLS = 2
"""Calls that may have long answers and run at once: they bound memory."""

CONDITION = "lightclient.rpc.endpoints"
"""Condition while no endpoint is usable."""

USABLE = 0.3
"""Least quality and availability of an endpoint that is usable: two refusals in a row, or four failures, leave less."""


async def side_by_side(work: Sequence[Coroutine[Any, Any, T]]) -> list[T]:
    """Returns all results in order; the first failure ends the others and is raised as it is."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one) for one in work]
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from None
    return [task.result() for task in tasks]


class Asking:
    """The execution endpoints as one that is never believed: what counts as an answer is what `check` accepts."""

    def __init__(self, endpoints: Sequence[Endpoint], calls: int, on_condition: OnCondition | None = None) -> None:
        self._pool: SourcePool[Endpoint] = SourcePool(endpoints)
        self._report = OnceEach(on_condition or _unheard)
        self._calls = asyncio.Semaphore(calls)
        self._large_calls = asyncio.Semaphore(LARGE_CALLS)
        self._by_number: set[str] = set()

    @property
    def scores(self) -> tuple[Score, ...]:
        """Scores of the endpoints, in the configured order."""
        return self._pool.scores

    @property
    def refusals(self) -> dict[str, int]:
        """Refused answers by the name of the check."""
        return dict(self._pool.refusals)

    async def ask(self, task: str, attempt: Callable[[Endpoint], Awaitable[T]]) -> T:
        """Returns the first result of `attempt` that neither fails nor is refused, best endpoint first.

        Raises:
            NoSourceAnswers: every endpoint failed or was refused; the reasons are listed.
        """
        try:
            return await self._pool.ask(task, attempt)
        finally:
            self._judge()

    async def each(self, task: str, attempt: Callable[[Endpoint], Awaitable[T]]) -> list[T]:
        """Asks all endpoints side by side; returns what those gave that neither failed nor were refused, at least one.

        Raises:
            NoSourceAnswers: every endpoint failed or was refused; the reasons are listed.
        """
        reasons: list[str] = []

        async def one(endpoint: Endpoint) -> tuple[T] | None:
            try:
                result = await attempt(endpoint)
            except (PeerError, EnvironmentalError) as error:
                reasons.append(self._pool.note(endpoint, error))
                return None
            self._pool.credit(endpoint)
            return (result,)

        found = [result[0] for result in await side_by_side([one(endpoint) for endpoint in self._pool.ordered]) if result is not None]
        self._judge()
        if not found:
            raise NoSourceAnswers(task, tuple(reasons))
        return found

    @property
    def ordered(self) -> tuple[Endpoint, ...]:
        """The endpoints, best first."""
        return self._pool.ordered

    def note(self, endpoint: Endpoint, error: PeerError | EnvironmentalError) -> str:
        """Lowers an endpoint's score for a refusal or failure, and returns the reason as text."""
        return self._pool.note(endpoint, error)

    def credit(self, endpoint: Endpoint) -> None:
        """Raises an endpoint's score for an answer that verified."""
        self._pool.credit(endpoint)

    def _judge(self) -> None:
        """Reports when no endpoint is worth asking any more, and when one is again."""
        scores = self._pool.scores
        if any(score.quality >= USABLE and score.availability >= USABLE for score in scores):
            self._report(CONDITION, None, "an endpoint answers and verifies again")
        else:
            problems = "; ".join(f"{score.name}: {score.last_problem}" for score in scores)
            self._report(CONDITION, "warning", f"no execution endpoint can be relied on: {problems[:600]}; add another one")

    async def call(self, endpoint: Endpoint, method: str, *params: Any) -> Any:
        """Returns one endpoint's answer, unverified."""
        async with self._large_calls if is_large(method, params) else self._calls:
            return await endpoint.ask(method, *params)

    async def call_for(self, endpoint: Endpoint, what: str, method: str, *params: Any) -> Any:
        """Returns one endpoint's answer, unverified, refusing null.

        Raises:
            EndpointLacksData: it is null.
        """
        answer = await self.call(endpoint, method, *params)
        if answer is None:
            raise EndpointLacksData(endpoint.name, what)
        return answer

    async def call_at(self, endpoint: Endpoint, header: ExecutionHeader, method: str, *params: Any) -> Any:
        """Returns one endpoint's answer about the state after a block, unverified.

        Asks by hash (EIP-1898), which no reorganization can turn into another block, and by number where a server does not understand that;
        what is answered then still has to fit the header.
        """
        what = f"state of block {header.number}"
        if endpoint.name in self._by_number:
            return await self.call_for(endpoint, what, method, *params, hex_quantity(header.number))
        try:
            return await self.call_for(endpoint, what, method, *params, {"blockHash": hex_data(header.block_hash)})
        except EndpointRefused:
            answer = await self.call_for(endpoint, what, method, *params, hex_quantity(header.number))
            self._by_number.add(endpoint.name)
            return answer


def _unheard(_name: str, _severity: str | None, _text: str) -> None:
    """Takes a condition that nobody asked for."""
