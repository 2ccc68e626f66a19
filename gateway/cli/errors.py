"""How an error ends the process: what a person can act on becomes one line each, everything else keeps its traceback.

Errors are looked up by the names of their classes, so that no room is imported for the sake of an error that did not happen.
"""

import errno
from collections.abc import Iterator

ONE_LINE = frozenset(
    {
        "drivers.errors.DriverError",
        "drivers.errors.PayloadError",
        "edge_agents.errors.AgentError",
        "firmware_sim.errors.SimulatorError",
        "fullnode.devnet.consensus.errors.ConsensusError",
        "fullnode.devnet.execution.errors.ExecutionError",
        "fullnode.devnet.rpc.errors.RpcError",
        "gateway.demo.broker.BrokerNotStartedError",
        "gateway.errors.GatewayError",
        "gateway.store.errors.StoreError",
        "gateway.web.errors.WebError",
        "lightclient.errors.base.LightClientError",
        "oracle.errors.OracleError",
    }
)
"""Each room's base: its message names the thing, the reason and the remedy."""

REMEDIES = {"oracle.publication_errors.RpcUnreachableError": "check --rpc, and whether the node behind it runs"}
"""What somebody at the command line can do about an error, where a daemon would go on by itself."""


def messages(error: BaseException) -> list[str] | None:
    """Returns what to say of an error, one line each; None where a traceback is what helps, because the program is wrong."""
    said = [_message(one) for one in _leaves(error)]
    return None if None in said else [" ".join(line.split()) for line in said if line]


def _leaves(error: BaseException) -> Iterator[BaseException]:
    """Yields the errors that a group holds; tasks that ended together end in one group."""
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from _leaves(inner)
    else:
        yield error


def _message(error: BaseException) -> str | None:
    if any(f"{kind.__module__}.{kind.__qualname__}" in ONE_LINE for kind in type(error).__mro__):
        remedy = REMEDIES.get(f"{type(error).__module__}.{type(error).__qualname__}")
        return f"{error}; {remedy}" if remedy else str(error)
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return f"{error.strerror}: make room where the output goes, or where the data directory lies"
    return None
