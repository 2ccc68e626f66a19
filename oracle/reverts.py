"""What a contract reverted with, in words: named errors by their ABI, and Solidity's own two. Pure.

Custom errors: https://docs.soliditylang.org/en/latest/contracts.html#errors-and-the-revert-statement. The data is an RPC's word, so it is
read with bounds and never trusted to be well formed.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from oracle.hexes import to_checksum
from oracle.keccak import keccak256

ERROR_STRING = keccak256(b"Error(string)")[:4]
"""Selector of `require(condition, "reason")`."""
PANIC = keccak256(b"Panic(uint256)")[:4]
"""Selector of a failed assertion, an overflow or an index out of bounds."""
MAX_REASON = 200
"""Characters of a reason that are repeated."""


def describe(revert_data: bytes, abis: Iterable[Iterable[Mapping[str, Any]]]) -> str:
    """Returns the error in words, such as `GatewayNotActive(gateway=0x..)`; `abis` are those of the contracts that may have reverted."""
    selector, words = revert_data[:4], [revert_data[at : at + 32] for at in range(4, len(revert_data), 32)]
    if selector == ERROR_STRING and len(words) >= 2:
        length = int.from_bytes(words[1], "big")
        return revert_data[68 : 68 + min(length, MAX_REASON)].decode("utf-8", "replace")
    if selector == PANIC and len(words) == 1:
        return f"Panic(0x{int.from_bytes(words[0], 'big'):02x})"
    for entry in (entry for abi in abis for entry in abi if entry["type"] == "error"):
        inputs = entry["inputs"]
        signature = f"{entry['name']}({','.join(one['type'] for one in inputs)})"
        if keccak256(signature.encode())[:4] == selector and len(words) >= len(inputs):
            values = [f"{one['name']}={_value(one['type'], word)}" for one, word in zip(inputs, words, strict=False)]
            return f"{entry['name']}({', '.join(values)})"
    return f"0x{revert_data[:36].hex()}" if revert_data else "it gives no reason"


def _value(kind: str, word: bytes) -> str:
    number = int.from_bytes(word, "big")
    if kind == "address":
        return to_checksum(word[12:])
    if kind.startswith("uint"):
        return str(number)
    if kind.startswith("int"):
        return str(number - (1 << 256) if number >> 255 else number)
    return str(bool(number)).lower() if kind == "bool" else f"0x{word.hex()}"
