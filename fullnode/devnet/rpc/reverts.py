"""Why a call failed, in the words clients know (geth's) and with the code they look for.

Pure. Revert data of `Error(string)` and `Panic(uint256)` (Solidity's ABI) is read into the message.
"""

from typing import Final

from ethereum.forks.osaka.vm.exceptions import (
    InvalidJumpDestError,
    OutOfGasError,
    Revert,
    StackOverflowError,
    StackUnderflowError,
    WriteInStaticContext,
)

from fullnode.devnet.execution.call import Outcome
from fullnode.devnet.rpc.errors import RevertedError, RpcError
from fullnode.devnet.rpc.forms import hex_data

_ERROR_STRING: Final = bytes.fromhex("08c379a0")
_PANIC: Final = bytes.fromhex("4e487b71")
_WORDS: Final[dict[type, str]] = {
    OutOfGasError: "out of gas",
    InvalidJumpDestError: "invalid jump destination",
    StackOverflowError: "stack limit reached 1024",
    StackUnderflowError: "stack underflow",
    WriteInStaticContext: "write protection",
}


def failure(outcome: Outcome) -> RpcError:
    """Returns the error that answers a failed call."""
    error = outcome.error
    if isinstance(error, Revert):
        reason = revert_reason(outcome.output)
        return RevertedError("execution reverted" + (f": {reason}" if reason else ""), hex_data(outcome.output))
    return RpcError(_WORDS.get(type(error), f"{type(error).__name__}: {error}".rstrip(": ")))


def revert_reason(output: bytes) -> str | None:
    """Returns the text in revert data, or None where it holds none."""
    if output[:4] == _PANIC and len(output) == 36:
        return f"panic code 0x{int.from_bytes(output[4:], 'big'):02x}"
    if output[:4] != _ERROR_STRING or len(output) < 68:
        return None
    length = int.from_bytes(output[36:68], "big")
    text = output[68 : 68 + length]
    return text.decode("utf-8", "replace") if len(text) == length else None
