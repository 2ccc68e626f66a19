"""The table of methods: name, function, and the form of each parameter.

A function is called with what it asks for by name (`chain`, `settings`) and then the parsed parameters, in order.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from fullnode.devnet.execution.encoding import keccak
from fullnode.devnet.execution.errors import ExecutionError
from fullnode.devnet.rpc import block_methods, call_methods, fee_methods, forms, queries, state_methods, transaction_methods
from fullnode.devnet.rpc.errors import InvalidParamsError, MethodNotFoundError, RpcError
from fullnode.devnet.rpc.settings import RpcSettings
from fullnode.devnet.rpc.view import ChainView

CLIENT_VERSION: Final = "aios-devnet/v0.1.0/ethereum-execution-osaka"
"""Answer of web3_clientVersion."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One positional parameter."""

    parse: Callable[[Any], Any]
    """JSON value to typed value."""
    default: Any = None
    """Typed value when left out; only where `optional`."""
    optional: bool = False
    """Whether it may be left out or null."""


@dataclass(frozen=True, slots=True)
class Method:
    """One JSON-RPC method."""

    run: Callable[..., Any]
    """(chain, settings, *parameters) to a JSON value."""
    parameters: tuple[Parameter, ...] = ()
    """Its positional parameters."""


ADDRESS: Final = Parameter(forms.address)
HASH: Final = Parameter(forms.hash32)
BLOCK: Final = Parameter(forms.block)
AT: Final = Parameter(forms.block, forms.LATEST, optional=True)
FULL: Final = Parameter(forms.flag, False, optional=True)
CALL: Final = Parameter(queries.call)
INDEX: Final = Parameter(forms.quantity)


def _on_chain(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda chain, _settings, *parameters: function(chain, *parameters)


def _constant(value: Any) -> Method:
    return Method(lambda _chain, _settings: value)


METHODS: Final[dict[str, Method]] = {
    "eth_accounts": _constant([]),
    "eth_blobBaseFee": Method(_on_chain(fee_methods.blob_base_fee)),
    "eth_blockNumber": Method(_on_chain(block_methods.block_number)),
    "eth_call": Method(_on_chain(call_methods.call), (CALL, AT)),
    "eth_chainId": Method(lambda chain, _settings: forms.hex_quantity(chain.chain_id)),
    "eth_createAccessList": Method(_on_chain(call_methods.create_access_list), (CALL, AT)),
    "eth_estimateGas": Method(_on_chain(call_methods.estimate), (CALL, AT)),
    "eth_feeHistory": Method(
        _on_chain(fee_methods.fee_history), (Parameter(forms.count), BLOCK, Parameter(forms.percentiles, None, optional=True))
    ),
    "eth_gasPrice": Method(fee_methods.gas_price),
    "eth_getBalance": Method(_on_chain(state_methods.get_balance), (ADDRESS, AT)),
    "eth_getBlockByHash": Method(_on_chain(block_methods.get_block_by_hash), (HASH, FULL)),
    "eth_getBlockByNumber": Method(_on_chain(block_methods.get_block), (BLOCK, FULL)),
    "eth_getBlockReceipts": Method(_on_chain(block_methods.get_block_receipts), (BLOCK,)),
    "eth_getBlockTransactionCountByHash": Method(_on_chain(block_methods.count_transactions_by_hash), (HASH,)),
    "eth_getBlockTransactionCountByNumber": Method(_on_chain(block_methods.count_transactions), (BLOCK,)),
    "eth_getCode": Method(_on_chain(state_methods.get_code), (ADDRESS, AT)),
    "eth_getLogs": Method(block_methods.get_logs, (Parameter(queries.log_query),)),
    "eth_getProof": Method(_on_chain(state_methods.get_proof), (ADDRESS, Parameter(forms.slots), AT)),
    "eth_getStorageAt": Method(_on_chain(state_methods.get_storage_at), (ADDRESS, Parameter(forms.slot), AT)),
    "eth_getTransactionByBlockHashAndIndex": Method(_on_chain(transaction_methods.get_transaction_in_block_by_hash), (HASH, INDEX)),
    "eth_getTransactionByBlockNumberAndIndex": Method(_on_chain(transaction_methods.get_transaction_in_block), (BLOCK, INDEX)),
    "eth_getTransactionByHash": Method(_on_chain(transaction_methods.get_transaction), (HASH,)),
    "eth_getTransactionCount": Method(_on_chain(state_methods.get_transaction_count), (ADDRESS, AT)),
    "eth_getTransactionReceipt": Method(_on_chain(transaction_methods.get_receipt), (HASH,)),
    "eth_maxPriorityFeePerGas": Method(lambda _chain, settings: fee_methods.max_priority_fee(settings)),
    "eth_sendRawTransaction": Method(_on_chain(transaction_methods.send_raw_transaction), (Parameter(forms.data),)),
    "eth_syncing": _constant(False),
    "net_listening": _constant(True),
    "net_peerCount": _constant("0x0"),
    "net_version": Method(lambda chain, _settings: str(chain.chain_id)),
    "web3_clientVersion": _constant(CLIENT_VERSION),
    "web3_sha3": Method(lambda _chain, _settings, data: forms.hex_data(keccak(data)), (Parameter(forms.data),)),
}
"""Every method this server knows."""


def answer(chain: ChainView, settings: RpcSettings, name: str, params: list[Any]) -> Any:
    """Returns the result of one method; raises RpcError and its kinds."""
    method = METHODS.get(name)
    if method is None:
        raise MethodNotFoundError(f"the method {name[:64]} does not exist/is not available")
    parsed = parse_parameters(method, params)
    try:
        return method.run(chain, settings, *parsed)
    except ExecutionError as error:
        raise RpcError(str(error)) from error


def parse_parameters(method: Method, params: list[Any]) -> list[Any]:
    """Returns typed parameters; raises InvalidParamsError."""
    if len(params) > len(method.parameters):
        raise InvalidParamsError(f"too many arguments, want at most {len(method.parameters)}")
    parsed: list[Any] = []
    for index, parameter in enumerate(method.parameters):
        value = params[index] if index < len(params) else None
        if value is not None:
            parsed.append(parameter.parse(value))
        elif parameter.optional:
            parsed.append(parameter.default)
        else:
            raise InvalidParamsError(f"missing value for required argument {index}")
    return parsed
