"""Methods that run a call without a transaction."""

from dataclasses import replace
from typing import Any

from ethereum.forks.osaka.vm import BlockEnvironment

from fullnode.devnet.execution.call import TX_GAS_CAP, Call, estimate_gas, execute
from fullnode.devnet.execution.environment import own_environment
from fullnode.devnet.execution.world import World
from fullnode.devnet.rpc import answers
from fullnode.devnet.rpc.errors import RpcError
from fullnode.devnet.rpc.forms import BlockRef, hex_data, hex_quantity
from fullnode.devnet.rpc.reverts import failure
from fullnode.devnet.rpc.view import ChainView, state_at


def call(chain: ChainView, wanted: Call, at: BlockRef) -> str:
    """Returns what a call returns on the state after a block; raises RevertedError with the revert data."""
    world, env = _surroundings(chain, at)
    outcome = execute(world, env, wanted, _gas(chain, wanted))
    if outcome.error is not None:
        raise failure(outcome)
    return hex_data(outcome.output)


def estimate(chain: ChainView, wanted: Call, at: BlockRef) -> str:
    """Returns the gas a transaction would need."""
    world, env = _surroundings(chain, at)
    answer = estimate_gas(world, env, wanted)
    if isinstance(answer, int):
        return hex_quantity(answer)
    error = failure(answer)
    if error.message == "out of gas":
        raise RpcError(f"gas required exceeds allowance ({min(wanted.gas or TX_GAS_CAP, TX_GAS_CAP)})")
    raise error


def create_access_list(chain: ChainView, wanted: Call, at: BlockRef) -> dict[str, Any]:
    """Returns the addresses and slots a call touches, and its gas with that list (EIP-2930)."""
    world, env = _surroundings(chain, at)
    gas = _gas(chain, wanted)
    outcome = execute(world, env, wanted, gas)
    # An address without slots costs more in the list than it saves, unless its slots are there too.
    entries = tuple((address, slots) for address, slots in outcome.accessed if slots)
    again = execute(world, env, replace(wanted, access_list=entries), gas)
    answer: dict[str, Any] = {"accessList": answers.access_list(entries), "gasUsed": hex_quantity(again.gas_used)}
    return answer if again.error is None else answer | {"error": failure(again).message}


def _surroundings(chain: ChainView, at: BlockRef) -> tuple[World, BlockEnvironment]:
    stored, world = state_at(chain, at)
    # The parent of a block is what its BLOCKHASH looks back from; genesis has none.
    hashes = chain.ancestor_hashes(stored)[:-1]
    return world, own_environment(chain.chain_id, stored.header, hashes, world)


def _gas(chain: ChainView, wanted: Call) -> int:
    limit = chain.settings.call_gas
    return limit if wanted.gas is None else min(wanted.gas, limit)
