"""Counts what is known of earlier deliveries on a given day. Pure."""

import bisect
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from edge_agents.delay.forecast import History, Mode, Past

OVERALL_DAYS, KIND_DAYS = 180, 365
"""How far back all deliveries and those of one kind count."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One delivery of the past, or one that is under way."""

    due: date
    """The day on which it was to arrive."""
    delivered: date | None
    """The day on which it arrived; None while it is under way."""
    country: str
    """Where it went."""
    mode: Mode
    """How it travelled."""
    supplier: str
    """Where it came from."""

    def late_on(self, today: date) -> bool:
        """Whether it was late as far as was known on a day after it was due."""
        return (self.delivered or today) > self.due


class Ledger:
    """Deliveries, to be asked what was known of them on a day."""

    def __init__(self, deliveries: Iterable[Delivery]) -> None:
        """Takes them in any order."""
        kinds: dict[str, Callable[[Delivery], Hashable]] = {
            "overall": lambda _: None,
            "country": lambda one: one.country,
            "lane": lambda one: (one.country, one.mode),
            "supplier": lambda one: one.supplier,
        }
        self._groups: dict[tuple[str, Hashable], list[Delivery]] = defaultdict(list)
        for delivery in sorted(deliveries, key=lambda one: one.due):
            for kind, key in kinds.items():
                self._groups[kind, key(delivery)].append(delivery)

    def known(self, today: date, *, country: str, mode: Mode, supplier: str) -> History:
        """Returns what was known on a day of deliveries like one into that country, by that mode, from that supplier."""
        return History(
            overall=self._past("overall", None, today, OVERALL_DAYS),
            country=self._past("country", country, today, KIND_DAYS),
            lane=self._past("lane", (country, mode), today, KIND_DAYS),
            supplier=self._past("supplier", supplier, today, KIND_DAYS),
        )

    def _past(self, kind: str, key: Hashable, today: date, days: int) -> Past:
        group = self._groups.get((kind, key), [])
        first = bisect.bisect_left(group, today - timedelta(days), key=lambda one: one.due)
        last = bisect.bisect_left(group, today, key=lambda one: one.due)
        return Past(sum(one.late_on(today) for one in group[first:last]), last - first)
