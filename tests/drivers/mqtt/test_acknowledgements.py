"""The way of an acknowledgement from the sink's thread to the connection's."""

import select
import threading

from drivers.mqtt.acknowledgements import Acknowledgements


def test_order_is_kept_and_a_sleeping_thread_is_woken_once() -> None:
    queue = Acknowledgements()
    first, second = queue.later(1, 10), queue.later(2, 20)
    assert queue.may_sleep()
    threading.Thread(target=lambda: (first(), second())).start()
    ready, _, _ = select.select([queue.waker], [], [], 5)
    assert ready
    queue.woke()
    while len(queue._queue) < 2:
        pass
    assert [queue.take(), queue.take(), queue.take()] == [(1, 10), (2, 20), None]
    queue.hush()
    assert not select.select([queue.waker], [], [], 0)[0]
    queue.close()


def test_what_is_queued_forbids_sleep() -> None:
    queue = Acknowledgements()
    queue.later(1, 1)()
    assert not queue.may_sleep()
    queue.close()


def test_a_closed_queue_takes_what_comes_and_does_nothing() -> None:
    queue = Acknowledgements()
    late = queue.later(1, 1)
    queue.may_sleep()
    queue.close()
    late()
    queue.ring()


def test_a_full_bell_rings_already() -> None:
    queue = Acknowledgements()
    for _ in range(100_000):
        queue.ring()
    queue.close()
