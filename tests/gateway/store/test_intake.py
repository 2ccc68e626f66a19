import threading
from concurrent.futures import Future
from dataclasses import replace

from gateway.store.intake import Group, Intake, Job, wait_seconds
from gateway.store.settings import StoreSettings
from tests.gateway.store.helpers import Told, delivery

SETTINGS = StoreSettings(group_count=3, group_ms=500, queue_limit=100)


def test_a_group_goes_by_count_or_by_milliseconds_or_for_a_job() -> None:
    assert wait_seconds(0, 99.0, 0, SETTINGS) is None
    assert wait_seconds(1, 0.0, 0, SETTINGS) == 0.5
    assert wait_seconds(2, 0.2, 0, SETTINGS) == 0.3
    assert wait_seconds(2, 0.5, 0, SETTINGS) == 0.0
    assert wait_seconds(2, 9.0, 0, SETTINGS) == 0.0
    assert wait_seconds(3, 0.0, 0, SETTINGS) == 0.0
    assert wait_seconds(0, 0.0, 1, SETTINGS) == 0.0


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def intake() -> tuple[Intake, Clock]:
    clock = Clock()
    return Intake(SETTINGS, clock), clock


def sequences(group: Group | None) -> list[int | None]:
    assert group is not None
    return [taken.readings[0].sequence for taken in group.deliveries]


def test_a_full_group_is_taken_without_waiting_and_in_order(told: Told) -> None:
    queue, _ = intake()
    for number in range(5):
        assert queue.offer(delivery(number, told))
    assert sequences(queue.take(60)) == [0, 1, 2]
    assert queue.waiting() == 2


def test_an_old_delivery_is_taken_alone(told: Told) -> None:
    queue, clock = intake()
    queue.offer(delivery(1, told))
    clock.now += 0.5
    assert sequences(queue.take(60)) == [1]


def test_the_age_of_a_group_is_that_of_its_oldest(told: Told) -> None:
    queue, clock = intake()
    queue.offer(delivery(1, told))
    clock.now += 0.4
    queue.offer(delivery(2, told))
    clock.now += 0.1
    assert sequences(queue.take(60)) == [1, 2]


def test_a_waiting_writer_is_woken_by_count(told: Told) -> None:
    queue, _ = intake()
    taken: list[Group | None] = []
    thread = threading.Thread(target=lambda: taken.append(queue.take(60)))
    thread.start()
    for number in range(3):
        queue.offer(delivery(number, told))
    thread.join(100)
    assert sequences(taken[0]) == [0, 1, 2]


def test_a_job_takes_the_waiting_deliveries_along(told: Told) -> None:
    queue, _ = intake()
    queue.offer(delivery(1, told))
    job = Job(lambda _: None, Future())
    queue.submit(job)
    group = queue.take(60)
    assert sequences(group) == [1]
    assert group is not None
    assert group.jobs == (job,)


def test_idleness_gives_an_empty_group_and_closing_gives_none(told: Told) -> None:
    queue, _ = intake()
    assert queue.take(0.0) == Group((), ())
    queue.offer(delivery(1, told))
    queue.close()
    assert sequences(queue.take(60)) == [1]
    assert queue.take(60) is None


def test_a_queue_is_full_by_bytes_too_and_one_large_delivery_is_always_taken(told: Told) -> None:
    queue = Intake(replace(SETTINGS, group_ms=0, queue_bytes=250), Clock())
    large = replace(delivery(0, told), payload=bytes(1000))
    small = replace(delivery(1, told), payload=bytes(100))
    assert queue.offer(large)
    assert not queue.offer(small)
    queue.take(0)
    assert [queue.offer(small) for _ in range(5)] == [True, True, False, False, False]
    queue.take(0)
    assert [queue.offer(small) for _ in range(3)] == [True, True, False]
    assert queue.refused == 5
