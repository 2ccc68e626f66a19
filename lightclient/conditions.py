"""Conditions: what a person should know about the light client, reported once when it begins and once when it ends."""

from collections.abc import Callable

OnCondition = Callable[[str, str | None, str], None]
"""`on_condition(name, severity or None when it is over, text)`: called once when an outage begins and once when it ends."""


class OnceEach:
    """Passes on the beginning and the end of each condition, and no repeats."""

    def __init__(self, on_condition: OnCondition) -> None:
        self._on_condition = on_condition
        self._active: set[str] = set()

    @property
    def active(self) -> frozenset[str]:
        """Names of the conditions that hold now."""
        return frozenset(self._active)

    def __call__(self, name: str, severity: str | None, text: str) -> None:
        """Passes a report on where it changes whether the condition holds."""
        if (severity is None) == (name not in self._active):
            return
        self._active ^= {name}
        self._on_condition(name, severity, text)
