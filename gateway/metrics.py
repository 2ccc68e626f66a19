"""Prometheus metrics, taken from each part's own snapshot when somebody asks: nothing is counted twice, and no hot path knows of them."""

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from gateway.health import Health

Snapshot = Callable[[], Any]
"""Returns a frozen record whose numeric fields are metrics, each with its docstring as help."""

GAUGES = frozenset({"waiting", "file_bytes", "last_commit_seconds", "connected", "unacknowledged", "unacknowledged_bytes"})
"""Fields that go up and down; every other number only counts up."""


class GatewayCollector(Collector):
    """Renders the parts' snapshots as metric families."""

    def __init__(
        self, parts: Mapping[str, Mapping[str, Snapshot]], health: Health, gauges: Mapping[str, Callable[[], float | None]]
    ) -> None:
        """Takes snapshots by kind and label (`{"mqtt": {"floor": stats}}`), and single gauges by name."""
        self._parts = parts
        self._health = health
        self._gauges = gauges

    def collect(self) -> Iterator[Metric]:
        """Yields every metric family."""
        for kind, members in self._parts.items():
            yield from _families(kind, {label: snapshot() for label, snapshot in members.items()})
        conditions = GaugeMetricFamily("aios_condition", "1 while the named condition lasts.", labels=["name", "severity"])
        for condition in self._health.active():
            conditions.add_metric([condition.name, condition.severity.value], 1)
        yield conditions
        for name, read in self._gauges.items():
            value = read()
            if value is not None:
                yield GaugeMetricFamily(f"aios_{name}", name.replace("_", " "), value=value)


def exposition(collector: GatewayCollector) -> Callable[[], bytes]:
    """Returns a function that renders the metrics in the Prometheus text format."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(collector)
    return lambda: generate_latest(registry)


def _families(kind: str, snapshots: Mapping[str, Any]) -> Iterator[Metric]:
    """Yields a family per numeric field that the snapshots of one kind share."""
    first = next(iter(snapshots.values()), None)
    if first is None:
        return
    for field in dataclasses.fields(first):
        values = {label: getattr(snapshot, field.name) for label, snapshot in snapshots.items()}
        if not all(isinstance(value, int | float) for value in values.values()):
            continue
        family = GaugeMetricFamily if field.name in GAUGES else CounterMetricFamily
        metric = family(f"aios_{kind}_{field.name}", f"{kind}: {field.name.replace('_', ' ')}", labels=["name"])
        for label, value in values.items():
            metric.add_metric([label], float(value))
        yield metric
