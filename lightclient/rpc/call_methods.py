"""Calls, executed here over proven state: no server's word enters a result. A server's access list is a hint that saves rounds."""

import asyncio
from collections.abc import Callable, Sequence
from typing import TypeVar

from lightclient.endpoints.endpoint import Endpoint
from lightclient.errors import LightClientError
from lightclient.execution import evm
from lightclient.execution.evm import Computation, EvmLimits, rules_at
from lightclient.execution.evm_errors import CallCannotBegin, CallFails
from lightclient.execution.header import ExecutionHeader
from lightclient.execution.json_fields import get
from lightclient.execution.proven_state import AccountAnswer, AccountRequest
from lightclient.execution.transaction_fields import AccessList
from lightclient.rpc import calls
from lightclient.rpc.answer import Answer
from lightclient.rpc.asking import side_by_side
from lightclient.rpc.calls import Wanted, revert_reason
from lightclient.rpc.chain import VerifiedChain
from lightclient.rpc.errors import CallFailed, CallReverted
from lightclient.rpc.forms import BlockRef, hex_data, hex_quantity
from lightclient.rpc.headers import mapping

T = TypeVar("T")

LOCAL = "executed here over proven state"
"""Why a call's result is verified."""

MAX_HINT = 128
"""Most addresses, and most keys in all, taken from a server's access list: proofs of what is not needed would cost time."""

HINT_SECONDS = 3.0
"""Longest wait for a server's access list."""


async def call(chain: VerifiedChain, wanted: Wanted, at: BlockRef) -> Answer:
    """Returns what a call answers at a block.

    Raises:
        CallReverted, CallFailed: it does not succeed, which is as certain as a result.
    """
    header = await chain.resolve(at)
    message = wanted.at(header)
    outcome = await _compute(
        chain, header, wanted, lambda hint, limits: evm.call(header, _rules(chain, header), message, hint=hint, limits=limits)
    )
    if outcome.error is not None:
        raise _failure(outcome.error, outcome.output)
    return Answer(hex_data(outcome.output), LOCAL, block=header)


async def estimate_gas(chain: VerifiedChain, wanted: Wanted, at: BlockRef) -> Answer:
    """Returns a gas limit with which a call succeeds at a block, at most 1.5 % above the least."""
    header = await chain.resolve(at)
    message = wanted.at(header)
    gas = await _compute(
        chain, header, wanted, lambda hint, limits: evm.estimate_gas(header, _rules(chain, header), message, hint=hint, limits=limits)
    )
    return Answer(hex_quantity(gas), LOCAL, block=header)


async def create_access_list(chain: VerifiedChain, wanted: Wanted, at: BlockRef) -> Answer:
    """Returns what a call touches, and the gas it uses with that announced."""
    header = await chain.resolve(at)
    message = wanted.at(header)
    found = await _compute(
        chain, header, wanted, lambda hint, limits: evm.create_access_list(header, _rules(chain, header), message, hint=hint, limits=limits)
    )
    listed = [{"address": hex_data(address), "storageKeys": [hex_data(key) for key in keys]} for address, keys in found.access_list]
    result = {"accessList": listed, "gasUsed": hex_quantity(found.gas_used)}
    return Answer(result if found.error is None else result | {"error": found.error}, LOCAL, block=header)


class _Reader:
    """Proven state of one block for a computation."""

    def __init__(self, chain: VerifiedChain, header: ExecutionHeader) -> None:
        self._chain = chain
        self._header = header

    async def read(self, requests: Sequence[AccountRequest]) -> Sequence[AccountAnswer]:
        """Returns an answer to each request; each is verified before, so that a refusal counts against the endpoint that earned it."""
        return await side_by_side([self._one(request) for request in requests])

    async def _one(self, request: AccountRequest) -> AccountAnswer:
        proven, answer = await self._chain.state.prove(self._header, request.address, request.keys)
        if not request.with_code:
            return AccountAnswer(answer)
        return AccountAnswer(answer, await self._chain.state.code_of(self._header, request.address, proven.account))


async def _compute(
    chain: VerifiedChain, header: ExecutionHeader, wanted: Wanted, make: Callable[[AccessList, EvmLimits], Computation[T]]
) -> T:
    bounds = chain.settings.limits
    limits = EvmLimits(gas=bounds.call_gas, total_gas=bounds.call_total_gas, rounds=bounds.call_rounds)
    computation = make(await _hint(chain, header, wanted), limits)
    try:
        return await evm.run_async(computation, _Reader(chain, header), offload=chain.offload)
    except CallFails as error:
        raise _failure(error.error, error.output) from error
    except CallCannotBegin as error:
        raise CallFailed(error.reason) from error


def _rules(chain: VerifiedChain, header: ExecutionHeader) -> evm.EvmRules:
    return rules_at(chain.network, header.timestamp)


def _failure(error: str, output: bytes) -> CallReverted | CallFailed:
    return CallReverted(output, revert_reason(output)) if error == "Revert" else CallFailed(error)


async def _hint(chain: VerifiedChain, header: ExecutionHeader, wanted: Wanted) -> AccessList:
    """Returns what an endpoint thinks that the call touches; nothing where it does not say."""
    if not wanted.call.data or wanted.call.to is None:
        return ()

    async def attempt(endpoint: Endpoint) -> AccessList:
        source = {name: value for name, value in wanted.source.items() if name in HINTED}
        answer = await chain.asking.call(endpoint, "eth_createAccessList", source, hex_quantity(header.number))
        return calls.hint(get(mapping(answer), "accessList"), MAX_HINT)

    try:
        # One endpoint, and no score: many do not offer the method, and what it says decides nothing.
        async with asyncio.timeout(HINT_SECONDS):
            return await attempt(chain.asking.ordered[0])
    except (LightClientError, TimeoutError):
        return ()


HINTED = ("from", "to", "gas", "value", "data", "input")
"""Fields of a call that are shown to an endpoint for a hint."""
