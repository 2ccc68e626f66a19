"""Calls executed locally over proven state: `eth_call`, `eth_estimateGas`, `eth_createAccessList` without believing who answers.

Each of `call`, `estimate_gas` and `create_access_list` returns a `Computation`: it executes the call on what is proven, notes what is
missing, and hands that out as requests until nothing is. `run(computation, reader)` drives it with a plain reader,
`run_async(computation, reader, offload=asyncio.to_thread)` with an async one; `offload` keeps the interpreter off the event loop.

    rules = rules_at(network, header.timestamp)  # and parse_call(params[0]) makes a Call of JSON
    outcome = await run_async(call(header, rules, Call(to=contract, data=calldata)), reader, offload=asyncio.to_thread)

The block of the call is that of the verified header: its number, time and fees, on the state after it. The interpreter is the Ethereum
Execution Layer Specification (the extra `evm`, imported when first used). A server's access list may be given as `hint`: it saves rounds
and proves nothing. The search for an estimate follows geth's, so that answers are of the same size.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from lightclient.errors import OursError
from lightclient.execution.evm_call import Call, Outcome, parse_call
from lightclient.execution.evm_errors import CallCannotBegin, CallFails, CallTooExpensive
from lightclient.execution.evm_rules import EvmLimits, EvmRules, rules_at
from lightclient.execution.evm_run import Runner
from lightclient.execution.header import ExecutionHeader
from lightclient.execution.proven_state import (
    AccountAnswer,
    AccountRequest,
    AsyncStateReader,
    EnoughMissedError,
    ProvenState,
    StateReader,
)
from lightclient.execution.transaction_fields import AccessList

__all__ = [
    "AccountAnswer",
    "AccountRequest",
    "AsyncStateReader",
    "Call",
    "Computation",
    "CreatedAccessList",
    "EvmLimits",
    "EvmRules",
    "Outcome",
    "StateReader",
    "call",
    "create_access_list",
    "estimate_gas",
    "parse_call",
    "rules_at",
    "run",
    "run_async",
]

T = TypeVar("T")

ESTIMATE_PRECISION = 0.015
"""How far above the true need an estimate may stay (geth's rule)."""

_STIPEND = 2300
_TRANSFER = 21_000


@dataclass(frozen=True, slots=True)
class CreatedAccessList:
    """What `eth_createAccessList` answers."""

    access_list: AccessList
    """Addresses and slots that the call touches, but for those that every transaction touches anyway."""
    gas_used: int
    """Gas that the call uses with that list."""
    error: str | None
    """Why its outermost frame fails, or None."""


class Computation(Generic[T]):
    """One call on its way to a result that rests on nothing but proofs."""

    def __init__(self, state: ProvenState, runner: Runner, limits: EvmLimits, body: Callable[[Runner], T]) -> None:
        self._state = state
        self._runner = runner
        self._limits = limits
        self._body = body
        self._asked: tuple[AccountRequest, ...] = ()
        self._rounds = 0
        self._result: list[T] = []

    def advance(self, answers: Sequence[AccountAnswer] = ()) -> tuple[AccountRequest, ...]:
        """Returns what is missing, after learning from the answers to what was missing before; nothing once there is a result.

        Raises:
            PeerError: an answer does not verify; nothing of the batch is kept and the same batch can be answered again.
            OursError: the call cannot begin, fails where it must not, or takes more than the limits allow; the class says which.
        """
        if self._asked or answers:
            self._state.learn(self._asked, answers)
        self._asked = ()
        if not self._rounds:
            self._asked = self._ask()
            if self._asked:
                return self._asked
        try:
            result = self._body(self._runner)
        except EnoughMissedError:
            pass
        except OursError:
            # On guessed state a call may fail in ways that it does not on the true one.
            if not self._state.missing:
                raise
        else:
            if not self._state.missing:
                self._result.append(result)
                return ()
        self._asked = self._ask()
        return self._asked

    @property
    def result(self) -> T:
        """The result, once `advance` has nothing more to ask."""
        return self._result[0]

    def _ask(self) -> tuple[AccountRequest, ...]:
        if self._rounds == self._limits.rounds:
            raise CallTooExpensive("rounds of asking for state", self._limits.rounds)
        self._rounds += 1
        return self._state.requests()


def call(
    header: ExecutionHeader, rules: EvmRules, message: Call, *, hint: AccessList = (), limits: EvmLimits | None = None
) -> Computation[Outcome]:
    """Returns the computation of `eth_call`: what the message does at the block, reverts included.

    Raises:
        EvmNotInstalled: the extra is not installed.
        UnsupportedRules: the interpreter does not know the rules.
    """
    limits = limits or EvmLimits()
    gas = min(message.gas or limits.gas, limits.gas)
    return _computation(header, rules, message, hint, limits, lambda runner: runner.execute(message, gas))


def estimate_gas(
    header: ExecutionHeader, rules: EvmRules, message: Call, *, hint: AccessList = (), limits: EvmLimits | None = None
) -> Computation[int]:
    """Returns the computation of `eth_estimateGas`: a gas limit with which the message succeeds, at most 1.5 % above the least.

    Its result raises nothing; advancing raises `CallFails` where no limit is enough, and what `call` raises.
    """
    limits = limits or EvmLimits()
    return _computation(header, rules, message, hint, limits, lambda runner: _estimate(runner, header, message, limits.gas))


def create_access_list(
    header: ExecutionHeader, rules: EvmRules, message: Call, *, hint: AccessList = (), limits: EvmLimits | None = None
) -> Computation[CreatedAccessList]:
    """Returns the computation of `eth_createAccessList`: what the message touches, and what it costs with that announced.

    Raises:
        EvmNotInstalled, UnsupportedRules: as `call`.
    """
    limits = limits or EvmLimits()
    gas = min(message.gas or limits.gas, limits.gas)
    return _computation(header, rules, message, hint, limits, lambda runner: _access_list(runner, message, gas))


def run(computation: Computation[T], reader: StateReader) -> T:
    """Returns the result after asking the reader for what is missing as often as it takes.

    Raises:
        PeerError, OursError: as `Computation.advance`; and whatever the reader raises.
    """
    requests = computation.advance()
    while requests:
        requests = computation.advance(reader.read(requests))
    return computation.result


async def run_async(
    computation: Computation[T],
    reader: AsyncStateReader,
    *,
    offload: Callable[[Callable[[], tuple[AccountRequest, ...]]], Awaitable[tuple[AccountRequest, ...]]] | None = None,
) -> T:
    """Returns the result after asking the reader for what is missing as often as it takes; `offload` runs the interpreter elsewhere.

    Raises:
        PeerError, OursError: as `Computation.advance`; and whatever the reader raises.
    """
    answers: Sequence[AccountAnswer] = ()
    while True:
        step = _Step(computation, answers)
        requests = step() if offload is None else await offload(step)
        if not requests:
            return computation.result
        answers = await reader.read(requests)


@dataclass(frozen=True, slots=True)
class _Step(Generic[T]):
    """One advance with its answers, as a function without arguments."""

    computation: Computation[T]
    answers: Sequence[AccountAnswer]

    def __call__(self) -> tuple[AccountRequest, ...]:
        return self.computation.advance(self.answers)


def _computation(
    header: ExecutionHeader, rules: EvmRules, message: Call, hint: AccessList, limits: EvmLimits, body: Callable[[Runner], T]
) -> Computation[T]:
    state = ProvenState(header.state_root, limits.state)
    ends = [(message.sender, ())] if message.to is None else [(message.sender, ()), (message.to, ())]
    state.want((*ends, *message.access_list, *hint))
    return Computation(state, Runner(header, rules.chain_id, rules.fork, state, limits.total_gas), limits, body)


def _estimate(runner: Runner, header: ExecutionHeader, message: Call, gas: int) -> int:
    high = min(message.gas or gas, gas, header.gas_limit, runner.transaction_gas_cap)
    if message.gas_price:
        sender = runner.state.account(message.sender)
        balance = 0 if sender is None else sender.account.balance
        high = min(high, max(balance - message.value, 0) // message.gas_price)
    outcome = runner.execute(message, high)
    if outcome.error is not None:
        raise CallFails(outcome.error, outcome.output)
    if outcome.gas_used == _TRANSFER and _succeeds(runner, message, _TRANSFER):
        return _TRANSFER
    low = outcome.gas_used - 1
    # A call hands on at most 63/64 of its gas, so the first guess must leave room for it (EIP-150).
    guess = (outcome.peak_gas + _STIPEND) * 64 // 63
    if guess < high:
        low, high = (low, guess) if _succeeds(runner, message, guess) else (guess, high)
    while low + 1 < high and (high - low) / high >= ESTIMATE_PRECISION:
        middle = min((low + high) // 2, low * 2)
        low, high = (low, middle) if _succeeds(runner, message, middle) else (middle, high)
    return high


def _succeeds(runner: Runner, message: Call, gas: int) -> bool:
    try:
        return runner.execute(message, gas).error is None
    except CallCannotBegin:
        return False


def _access_list(runner: Runner, message: Call, gas: int) -> CreatedAccessList:
    announced = message.access_list
    while True:
        outcome = runner.execute(message.announcing(announced), gas)
        if set(outcome.accessed) == set(announced):
            return CreatedAccessList(outcome.accessed, outcome.gas_used, outcome.error)
        announced = outcome.accessed
