"""The table of methods: name, handler, and the form of each parameter. What is not in it is refused, for it would not be verified."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

from lightclient.rpc import (
    block_methods,
    call_methods,
    calls,
    fee_methods,
    forms,
    log_methods,
    node_methods,
    state_methods,
    transaction_methods,
)
from lightclient.rpc.answer import Answer
from lightclient.rpc.chain import VerifiedChain
from lightclient.rpc.errors import InvalidParameter, SubscriptionsNeedASocket, UnknownMethod


@dataclass(frozen=True, slots=True)
class Parameter:
    """One positional parameter."""

    parse: Callable[[Any], Any]
    """JSON value to typed value; raises InvalidParameter."""
    default: Any = None
    """Typed value when left out; only where `optional`."""
    optional: bool = False
    """Whether it may be left out or null."""


@dataclass(frozen=True, slots=True)
class Method:
    """One JSON-RPC method."""

    run: Callable[..., Awaitable[Answer]]
    """(chain, *parameters) to an answer."""
    parameters: tuple[Parameter, ...] = ()
    """Its positional parameters."""


ADDRESS: Final = Parameter(forms.address)
HASH: Final = Parameter(forms.hash32)
BLOCK: Final = Parameter(forms.block)
AT: Final = Parameter(forms.block, forms.LATEST, optional=True)
FULL: Final = Parameter(forms.flag, False, optional=True)
CALL: Final = Parameter(calls.parse)
INDEX: Final = Parameter(forms.quantity)
DATA: Final = Parameter(forms.data)

METHODS: Final[dict[str, Method]] = {
    "eth_accounts": Method(node_methods.accounts),
    "eth_blockNumber": Method(node_methods.block_number),
    "eth_call": Method(call_methods.call, (CALL, AT)),
    "eth_chainId": Method(node_methods.chain_id),
    "eth_createAccessList": Method(call_methods.create_access_list, (CALL, AT)),
    "eth_estimateGas": Method(call_methods.estimate_gas, (CALL, AT)),
    "eth_feeHistory": Method(fee_methods.fee_history, (Parameter(forms.count), BLOCK, Parameter(forms.percentiles, None, optional=True))),
    "eth_gasPrice": Method(fee_methods.gas_price),
    "eth_getBalance": Method(state_methods.get_balance, (ADDRESS, AT)),
    "eth_getBlockByHash": Method(block_methods.get_block_by_hash, (HASH, FULL)),
    "eth_getBlockByNumber": Method(block_methods.get_block, (BLOCK, FULL)),
    "eth_getBlockReceipts": Method(block_methods.get_block_receipts, (BLOCK,)),
    "eth_getBlockTransactionCountByHash": Method(block_methods.count_transactions_by_hash, (HASH,)),
    "eth_getBlockTransactionCountByNumber": Method(block_methods.count_transactions, (BLOCK,)),
    "eth_getCode": Method(state_methods.get_code, (ADDRESS, AT)),
    "eth_getLogs": Method(log_methods.get_logs, (Parameter(forms.object_of),)),
    "eth_getProof": Method(state_methods.get_proof, (ADDRESS, Parameter(forms.slots), AT)),
    "eth_getStorageAt": Method(state_methods.get_storage_at, (ADDRESS, Parameter(forms.slot), AT)),
    "eth_getTransactionByBlockHashAndIndex": Method(block_methods.get_transaction_in_block_by_hash, (HASH, INDEX)),
    "eth_getTransactionByBlockNumberAndIndex": Method(block_methods.get_transaction_in_block, (BLOCK, INDEX)),
    "eth_getTransactionByHash": Method(transaction_methods.get_transaction, (HASH,)),
    "eth_getTransactionCount": Method(state_methods.get_transaction_count, (ADDRESS, AT)),
    "eth_getTransactionReceipt": Method(transaction_methods.get_receipt, (HASH,)),
    "eth_maxPriorityFeePerGas": Method(fee_methods.max_priority_fee),
    "eth_sendRawTransaction": Method(transaction_methods.send_raw_transaction, (DATA,)),
    "eth_syncing": Method(node_methods.syncing),
    "net_listening": Method(node_methods.listening),
    "net_version": Method(node_methods.net_version),
    "web3_clientVersion": Method(node_methods.client_version),
    "web3_sha3": Method(node_methods.sha3, (DATA,)),
}
"""Every method this endpoint knows, but subscriptions, which need a WebSocket."""

SUBSCRIPTION_METHODS: Final = frozenset({"eth_subscribe", "eth_unsubscribe"})
"""Answered on a WebSocket only."""


async def answer(chain: VerifiedChain, name: str, params: list[Any]) -> Answer:
    """Returns the answer of one method; raises RpcRefusal and what the verification refuses."""
    if name in SUBSCRIPTION_METHODS:
        raise SubscriptionsNeedASocket
    method = METHODS.get(name)
    if method is None:
        raise UnknownMethod(name)
    return await method.run(chain, *parsed(method, params))


def parsed(method: Method, params: list[Any]) -> list[Any]:
    """Returns typed parameters; raises InvalidParameter."""
    if len(params) > len(method.parameters):
        raise InvalidParameter(params, f"at most {len(method.parameters)} parameters")
    found: list[Any] = []
    for index, parameter in enumerate(method.parameters):
        value = params[index] if index < len(params) else None
        if value is not None:
            found.append(parameter.parse(value))
        elif parameter.optional:
            found.append(parameter.default)
        else:
            raise InvalidParameter(params, f"complete: parameter {index} is missing")
    return found
