from structlog.testing import capture_logs

from gateway.health import Health, Severity


def test_a_condition_begins_once_and_ends_once() -> None:
    times = iter(range(1000, 9000, 1000))
    with capture_logs() as logs:
        health = Health(lambda: next(times))
        health.report("store.disk_full", "error", "the disk is full")
        health.report("store.disk_full", "error", "the disk is still full")
        (active,) = health.active()
        health.report("store.disk_full", None, "")
        health.report("store.disk_full", None, "")
    assert (active.since_ms, active.text, active.severity) == (1000, "the disk is still full", Severity.ERROR)
    assert health.active() == ()
    assert [c.until_ms for c in health.ended()] == [2000]
    assert [entry["event"] for entry in logs] == ["condition began", "condition ended"]


def test_the_worst_condition_is_shown_first() -> None:
    health = Health(lambda: 0)
    health.report("b", "info", "")
    health.report("a", "error", "")
    assert [c.name for c in health.active()] == ["a", "b"]


def test_ended_conditions_are_bounded() -> None:
    health = Health(lambda: 0)
    for number in range(500):
        health.report(f"c{number}", "info", "")
        health.report(f"c{number}", None, "")
    assert len(health.ended()) == 200
