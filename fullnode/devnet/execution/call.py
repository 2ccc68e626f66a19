"""Runs a call on a state without making a block: eth_call, eth_estimateGas, eth_createAccessList.

Pure. The rules of gas are EELS's own; the search for an estimate follows geth's, so that its answers are of the same size.
"""

from dataclasses import dataclass, replace
from typing import Final

from ethereum.exceptions import EthereumException
from ethereum.forks.osaka.fork_types import Address
from ethereum.forks.osaka.state import TransientStorage, get_account, increment_nonce
from ethereum.forks.osaka.transactions import Access, FeeMarketTransaction, calculate_intrinsic_cost
from ethereum.forks.osaka.utils.message import prepare_message
from ethereum.forks.osaka.vm import BlockEnvironment, TransactionEnvironment
from ethereum.forks.osaka.vm.interpreter import MAX_INIT_CODE_SIZE, process_message_call
from ethereum.forks.osaka.vm.precompiled_contracts.mapping import PRE_COMPILED_CONTRACTS
from ethereum_types.bytes import Bytes0, Bytes32
from ethereum_types.numeric import U256, Uint

from fullnode.devnet.execution.errors import InvalidCallError
from fullnode.devnet.execution.world import World, open_state

ESTIMATE_PRECISION: Final = 0.015
"""How far above the true need an estimate may stay (geth's rule)."""
TX_GAS_CAP: Final = 2**24
"""The most gas one transaction may have (EIP-7825)."""
_STIPEND: Final = 2300
_TRANSFER: Final = 21_000


@dataclass(frozen=True, slots=True)
class Call:
    """A message call that is not signed."""

    sender: bytes = bytes(20)
    """Caller, 20 bytes; need not exist."""
    to: bytes | None = None
    """Callee, or None to create a contract."""
    gas: int | None = None
    """Gas it may use, or None for as much as is allowed."""
    gas_price: int = 0
    """Wei per gas that the EVM sees; nothing is charged."""
    value: int = 0
    """Wei sent along."""
    data: bytes = b""
    """Calldata or initialization code."""
    access_list: tuple[tuple[bytes, tuple[bytes, ...]], ...] = ()
    """Addresses and their 32-byte slots to treat as already touched (EIP-2930)."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a call did."""

    output: bytes
    """Data returned, or revert data."""
    gas_used: int
    """Gas a transaction would have paid for."""
    peak_gas: int
    """Gas used before the refund."""
    error: EthereumException | None
    """Why the outermost frame failed, or None."""
    accessed: tuple[tuple[bytes, tuple[bytes, ...]], ...]
    """Addresses and slots touched, but for those every transaction touches anyway."""


def execute(world: World, env: BlockEnvironment, call: Call, gas: int) -> Outcome:
    """Returns what the call does on `world` with that much gas; raises InvalidCallError when it cannot even begin."""
    env = replace(env, state=open_state(world))
    sender = Address(call.sender)
    account = get_account(env.state, sender)
    tx = _transaction(call, env, int(account.nonce), gas)
    intrinsic, floor = calculate_intrinsic_cost(tx)
    if max(intrinsic, floor) > tx.gas:
        raise InvalidCallError(f"intrinsic gas too low: have {gas}, want {int(max(intrinsic, floor))}")
    if int(account.balance) < call.value:
        raise InvalidCallError(f"insufficient funds for transfer: address 0x{call.sender.hex()}")
    increment_nonce(env.state, sender)
    tx_env = TransactionEnvironment(
        origin=sender,
        gas_price=Uint(call.gas_price),
        gas=tx.gas - intrinsic,
        access_list_addresses={env.coinbase} | {Address(a) for a, _ in call.access_list},
        access_list_storage_keys={(Address(a), Bytes32(s)) for a, slots in call.access_list for s in slots},
        transient_storage=TransientStorage(),
        blob_versioned_hashes=(),
        authorizations=(),
        index_in_block=None,
        tx_hash=None,
    )
    message = prepare_message(env, tx_env, tx)
    try:
        result = process_message_call(message)
    except RecursionError as error:
        raise InvalidCallError("calls nest deeper than this process can follow") from error
    peak = int(tx.gas - result.gas_left)
    used = max(peak - min(peak // 5, int(result.refund_counter)), int(floor))
    excluded = {*PRE_COMPILED_CONTRACTS, sender, env.coinbase, message.current_target}
    accessed = _accessed(message.accessed_addresses - excluded, message.accessed_storage_keys)
    return Outcome(bytes(result.return_data), used, max(peak, int(floor)), result.error, accessed)


def estimate_gas(world: World, env: BlockEnvironment, call: Call) -> int | Outcome:
    """Returns the gas the call needs, within ESTIMATE_PRECISION; or the failed outcome when no amount is enough.

    Raises InvalidCallError when the call cannot even begin.
    """
    high = min(call.gas or TX_GAS_CAP, TX_GAS_CAP, int(env.block_gas_limit))
    if call.gas_price:
        account = world.account(call.sender)
        high = min(high, (0 if account is None else max(int(account.balance) - call.value, 0)) // call.gas_price)
    outcome = execute(world, env, call, high)
    if outcome.error is not None:
        return outcome
    if outcome.gas_used == _TRANSFER and _succeeds(world, env, call, _TRANSFER):
        return _TRANSFER
    low = outcome.gas_used - 1
    # A call hands on at most 63/64 of its gas, so the first guess must leave room for it (EIP-150).
    guess = (outcome.peak_gas + _STIPEND) * 64 // 63
    if guess < high:
        low, high = (low, guess) if _succeeds(world, env, call, guess) else (guess, high)
    while low + 1 < high and (high - low) / high >= ESTIMATE_PRECISION:
        middle = min((low + high) // 2, low * 2)
        low, high = (low, middle) if _succeeds(world, env, call, middle) else (middle, high)
    return high


def _succeeds(world: World, env: BlockEnvironment, call: Call, gas: int) -> bool:
    try:
        return execute(world, env, call, gas).error is None
    except InvalidCallError:
        return False


def _transaction(call: Call, env: BlockEnvironment, nonce: int, gas: int) -> FeeMarketTransaction:
    if call.to is None and len(call.data) > MAX_INIT_CODE_SIZE:
        raise InvalidCallError(f"max initcode size exceeded: code size {len(call.data)}, limit {MAX_INIT_CODE_SIZE}")
    return FeeMarketTransaction(
        chain_id=env.chain_id,
        nonce=U256(nonce),
        max_priority_fee_per_gas=Uint(0),
        max_fee_per_gas=Uint(call.gas_price),
        gas=Uint(gas),
        to=Bytes0() if call.to is None else Address(call.to),
        value=U256(call.value),
        data=call.data,
        access_list=tuple(Access(Address(a), tuple(Bytes32(s) for s in slots)) for a, slots in call.access_list),
        y_parity=U256(0),
        r=U256(0),
        s=U256(0),
    )


def _accessed(addresses: set[Address], keys: set[tuple[Address, Bytes32]]) -> tuple[tuple[bytes, tuple[bytes, ...]], ...]:
    slots: dict[bytes, list[bytes]] = {bytes(address): [] for address in addresses}
    for address, slot in keys:
        slots.setdefault(bytes(address), []).append(bytes(slot))
    return tuple((address, tuple(sorted(its))) for address, its in sorted(slots.items()))
