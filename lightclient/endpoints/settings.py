"""Bounds of what an execution endpoint may send."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

import msgspec

MIB = 1 << 20
"""Bytes of a mebibyte."""

LARGE_ANSWERS: Mapping[str, int] = {
    "eth_getBlockByHash": 24 * MIB,
    "eth_getBlockByNumber": 24 * MIB,
    "eth_getBlockReceipts": 48 * MIB,
    "eth_getTransactionByHash": 8 * MIB,
    "eth_getTransactionReceipt": 16 * MIB,
    "eth_getProof": 8 * MIB,
}
"""Longest answers of the methods that may be long, bytes: 60 million gas buy some 8 MB of log data, twice that in hexadecimal."""


@dataclass(frozen=True, slots=True)
class EndpointLimits:
    """How long and how much one endpoint may answer."""

    timeout_seconds: Annotated[float, msgspec.Meta(gt=0, le=300)] = 10.0
    """Longest wait for connection, each read and write."""
    answer_seconds: Annotated[float, msgspec.Meta(gt=0, le=600)] = 20.0
    """Longest wait for one whole answer."""
    answer_bytes: Annotated[int, msgspec.Meta(ge=1024)] = MIB
    """Longest answer to anything but the methods in `LARGE_ANSWERS`, and to blocks without their transactions."""
    large_answers: Mapping[str, int] = field(default_factory=lambda: dict(LARGE_ANSWERS))
    """Longest answers of those methods, by method."""

    def bytes_of(self, method: str, params: Sequence[Any]) -> int:
        """Returns how long an answer to a question may be."""
        return self.large_answers.get(method, self.answer_bytes) if is_large(method, params) else self.answer_bytes


def is_large(method: str, params: Sequence[Any]) -> bool:
    """Returns whether an answer may be long; a block without its transactions is not."""
    return method in LARGE_ANSWERS and not (params and params[-1] is False)
