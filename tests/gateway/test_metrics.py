from dataclasses import dataclass

from prometheus_client.parser import text_string_to_metric_families

from gateway.health import Health
from gateway.metrics import GatewayCollector, exposition


@dataclass(frozen=True)
class Stats:
    waiting: int
    commits: int
    failing: str | None = None


def test_every_number_of_a_snapshot_is_a_metric_that_prometheus_can_read() -> None:
    health = Health(lambda: 0)
    health.report("store.disk_full", "error", "full")
    collector = GatewayCollector(
        {"store": {"main": lambda: Stats(3, 7)}, "mqtt": {}},
        health,
        {"lightclient_head_age_seconds": lambda: 12.5, "unknown": lambda: None},
    )
    families = {f.name: f for f in text_string_to_metric_families(exposition(collector)().decode())}
    assert families["aios_store_waiting"].type == "gauge"
    assert families["aios_store_commits"].samples[0].value == 7
    assert families["aios_condition"].samples[0].labels == {"name": "store.disk_full", "severity": "error"}
    assert families["aios_lightclient_head_age_seconds"].samples[0].value == 12.5
    assert set(families) == {"aios_store_waiting", "aios_store_commits", "aios_condition", "aios_lightclient_head_age_seconds"}
