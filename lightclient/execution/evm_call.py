"""A message call and what it did, as records; `parse_call` reads the call object of a JSON-RPC request."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from lightclient.execution import rlp
from lightclient.execution.errors import MalformedAnswer
from lightclient.execution.evm_errors import MalformedCall
from lightclient.execution.json_fields import data, quantity
from lightclient.execution.transaction_fields import ACCESS_LIST, AccessList

MAX_CALL_DATA = 1 << 20
"""Most calldata or initialization code of a call."""


@dataclass(frozen=True, slots=True)
class Call:
    """A message call that is not signed."""

    sender: bytes = bytes(20)
    """Caller, 20 bytes; need not exist."""
    to: bytes | None = None
    """Callee, or None to create a contract."""
    gas: int | None = None
    """Gas it may use, or None for as much as the limits allow."""
    gas_price: int = 0
    """Wei per gas that the EVM sees; nothing is charged."""
    value: int = 0
    """Wei sent along."""
    data: bytes = b""
    """Calldata or initialization code."""
    access_list: AccessList = ()
    """Addresses and their 32-byte slots to treat as already touched (EIP-2930)."""

    def announcing(self, access_list: AccessList) -> "Call":
        """Returns the same call with another access list."""
        return replace(self, access_list=access_list)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a call did."""

    output: bytes
    """Data returned, or revert data."""
    gas_used: int
    """Gas a transaction would have paid for."""
    peak_gas: int
    """Gas used before the refund."""
    error: str | None
    """Why the outermost frame failed, by the execution specification's name (`Revert`, `OutOfGasError`), or None."""
    accessed: AccessList
    """Addresses and slots touched, but for those every transaction touches anyway; sorted."""


def parse_call(request: Any) -> Call:
    """Returns the call that a JSON-RPC request's first parameter describes.

    Fees may be `gasPrice` or `maxFeePerGas`; what only a signed transaction has (nonce, chain id, type) is ignored.

    Raises:
        MalformedCall: a field is not of its form, or `data` and `input` differ.
    """
    if not isinstance(request, Mapping):
        raise MalformedCall("call", "not an object")
    try:
        payload = {data(request[name], name, max_length=MAX_CALL_DATA) for name in ("input", "data") if request.get(name) is not None}
        if len(payload) > 1:
            raise MalformedCall("data", "differs from input")
        gas = request.get("gas")
        return Call(
            sender=bytes(20) if request.get("from") is None else data(request["from"], "from", length=20),
            to=None if request.get("to") is None else data(request["to"], "to", length=20),
            gas=None if gas is None else quantity(gas, "gas", bits=64),
            gas_price=_number(request, "gasPrice") or _number(request, "maxFeePerGas"),
            value=_number(request, "value"),
            data=payload.pop() if payload else b"",
            access_list=_access_list(request.get("accessList")),
        )
    except MalformedAnswer as error:
        raise MalformedCall(error.field, error.reason) from None


def _number(request: Mapping[str, Any], field: str) -> int:
    return 0 if request.get(field) is None else quantity(request[field], field)


def _access_list(value: Any) -> AccessList:
    if value is None:
        return ()
    found: AccessList = ACCESS_LIST.from_item(rlp.decode(rlp.encode(ACCESS_LIST.from_json(value, "accessList"))), "accessList")
    return found
