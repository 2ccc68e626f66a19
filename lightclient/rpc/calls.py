"""Call objects of eth_call and its kin, parsed strictly; and what reverts say.

Pure. Fields that would change what a call does and are not executed here are refused, never ignored.
"""

from dataclasses import dataclass, replace
from typing import Any, Final

from lightclient.execution.evm_call import Call, parse_call
from lightclient.execution.header import ExecutionHeader
from lightclient.execution.transaction_fields import AccessList
from lightclient.rpc import forms
from lightclient.rpc.errors import CallFailed, InvalidParameter

IGNORED: Final = frozenset({"nonce", "chainId", "type"})
"""Fields that a call may carry and that change nothing in it."""

KNOWN: Final = IGNORED | {"from", "to", "gas", "gasPrice", "maxFeePerGas", "maxPriorityFeePerGas", "value", "data", "input", "accessList"}
"""Fields that are understood."""

ERROR_STRING: Final = bytes.fromhex("08c379a0")
"""Selector of Error(string)."""

PANIC: Final = bytes.fromhex("4e487b71")
"""Selector of Panic(uint256)."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A call as it was asked for: its price per gas depends on the block it is made at."""

    call: Call
    """The call; its price is the most that it offers."""
    tip: int | None
    """EIP-1559 priority fee per gas; None where the price is a legacy one."""
    source: dict[str, Any]
    """The object as received, for asking a hint."""

    def at(self, header: ExecutionHeader) -> Call:
        """Returns the call with its price per gas at a block; one without any price sees none.

        Raises:
            CallFailed: it offers less than the base fee.
        """
        most, base = self.call.gas_price, header.base_fee_per_gas or 0
        if not most:
            return self.call
        if most < base:
            raise CallFailed(f"max fee per gas less than block base fee: {most} < {base}")
        return replace(self.call, gas_price=most if self.tip is None else min(most, base + self.tip))


def parse(value: Any) -> Wanted:
    """Returns the call in a parameter.

    Raises:
        InvalidParameter: it has a field that would change what it does and is not executed here, or two prices.
        MalformedCall: a field is not of its form.
    """
    fields = {name: field for name, field in forms.object_of(value).items() if field is not None}
    unknown = fields.keys() - KNOWN
    if unknown:
        raise InvalidParameter(min(unknown), "a field of a call that is executed here")
    if "gasPrice" in fields and "maxFeePerGas" in fields:
        raise InvalidParameter(value, "a call with either gasPrice or maxFeePerGas")
    tip = forms.quantity(fields.get("maxPriorityFeePerGas", "0x0")) if "maxFeePerGas" in fields else None
    return Wanted(parse_call(fields), tip, fields)


def hint(value: Any, most: int) -> AccessList:
    """Returns an endpoint's access list, if it is of at most so many addresses and keys; else nothing."""
    found = parse_call({"accessList": value}).access_list
    return found if len(found) <= most and sum(len(keys) for _, keys in found) <= most else ()


def revert_reason(output: bytes) -> str | None:
    """Returns the text in revert data, or None where it holds none."""
    if output[:4] == PANIC and len(output) == 36:
        return f"panic code 0x{int.from_bytes(output[4:], 'big'):02x}"
    if output[:4] != ERROR_STRING or len(output) < 68:
        return None
    length = int.from_bytes(output[36:68], "big")
    text = output[68 : 68 + length]
    return text.decode("utf-8", "replace") if len(text) == length else None
