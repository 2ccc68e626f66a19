"""What a method answers: a result, and how far it is proven. The `verified` member of a response is made from it.

Pure.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from lightclient.execution.header import ExecutionHeader
from lightclient.rpc.forms import hex_data, hex_quantity


class Standing(StrEnum):
    """How far an answer may be relied on."""

    VERIFIED = "verified"
    """Everything in it follows from a header that the light client verified, or from its own settings."""
    UNVERIFIABLE = "unverifiable"
    """Part of it cannot be proven by anybody: a suggestion, an absence, a promise. `by` says which; the rest is verified."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A result with its standing."""

    result: Any
    """JSON value."""
    by: str
    """What proves it, or why nothing can."""
    standing: Standing = Standing.VERIFIED
    """How far it may be relied on."""
    block: ExecutionHeader | None = None
    """The verified block that it is about or follows from."""
    more: Mapping[str, Any] = field(default_factory=dict)
    """Further members of `verified`, such as the blocks over which logs are complete."""

    def verified(self) -> dict[str, Any]:
        """Returns the `verified` member of the response."""
        member: dict[str, Any] = {"status": self.standing.value, "by": self.by}
        if self.block is not None:
            member["block"] = {"number": hex_quantity(self.block.number), "hash": hex_data(self.block.block_hash)}
        return {**member, **self.more}


def unverifiable(result: Any, why: str, *, block: ExecutionHeader | None = None, **more: Any) -> Answer:
    """Returns an answer that nobody can prove."""
    return Answer(result, why, Standing.UNVERIFIABLE, block, more)
