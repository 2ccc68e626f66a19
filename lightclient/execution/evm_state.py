"""Proven state in the shapes that the interpreter reads: mappings with changes above, and the list of earlier block hashes."""

from typing import Any

from lightclient.execution.block_errors import HistoryMissing
from lightclient.execution.header import ExecutionHeader
from lightclient.execution.history import HISTORY_ADDRESS, history_slot
from lightclient.execution.proven_state import ProvenState

_GONE = object()


class Changes:
    """A mapping over proven state: reads fall through to it, writes stay above."""

    __slots__ = ("above", "below")

    def __init__(self, below: Any, above: dict[Any, Any] | None = None) -> None:
        self.below = below
        """Reads one key of proven state; None where nothing is there."""
        self.above: dict[Any, Any] = {} if above is None else above
        """What differs; a removed key holds a marker of its own."""

    def __copy__(self) -> "Changes":
        return Changes(self.below, self.above.copy())

    def get(self, key: Any, default: Any = None) -> Any:
        """Returns the value at the key, or the default."""
        value = self.above.get(key)
        if value is None:
            value = self.below(key)
        return default if value is None or value is _GONE else value

    def __contains__(self, key: object) -> bool:
        return self.get(key) is not None

    def __setitem__(self, key: Any, value: Any) -> None:
        self.above[key] = value

    def __delitem__(self, key: Any) -> None:
        self.above[key] = _GONE

    def __eq__(self, other: object) -> bool:
        # Asked after each store, whether storage became empty: proven state is never known to hold nothing more.
        return self is other

    __hash__ = None  # type: ignore[assignment]


class BlockHashes:
    """The hashes of earlier blocks, counted from the end, as the interpreter asks for them."""

    __slots__ = ("header", "state")

    def __init__(self, header: ExecutionHeader, state: ProvenState) -> None:
        self.header = header
        """Block of the call."""
        self.state = state
        """State after it."""

    def __getitem__(self, index: Any) -> bytes:
        number = self.header.number + int(index)
        if number == self.header.number - 1:
            return self.header.parent_hash
        key = history_slot(number)
        value = self.state.slot(HISTORY_ADDRESS, key)
        if value == 0 and key in self.state.slots.get(HISTORY_ADDRESS, {}):
            raise HistoryMissing(number, self.header.number)
        return value.to_bytes(32, "big")
