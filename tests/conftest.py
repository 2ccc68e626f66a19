"""Keeps unit tests off the network and off the clock.

A socket is refused unless the test says that it needs one, and never leaves loopback; no property fails because the machine is slow.
"""

import ipaddress
import signal
import socket
import threading
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

ANY_MACHINE = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("quick", ANY_MACHINE, max_examples=40)
settings.register_profile("thorough", ANY_MACHINE, max_examples=250)
settings.load_profile("quick")

# A shell's background job ignores interrupts and hands that on, also to the processes that tests start in order to interrupt them.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN and threading.current_thread() is threading.main_thread():
    signal.signal(signal.SIGINT, signal.default_int_handler)

ALLOWING = ("loopback", "peer", "slow")
"""Markers under which a test may open sockets on the loopback range."""


class NetworkRefusedError(Exception):
    """A test reached for the network without saying so."""


def _check(address: Any, *, allowed: bool) -> None:
    if not isinstance(address, tuple):
        return  # a unix socket stays on the machine
    host = str(address[0])
    local = host in {"", "localhost"} or (_is_ip(host) and ipaddress.ip_address(host).is_loopback)
    if not (allowed and local):
        raise NetworkRefusedError(f"{address!r}: mark the test with one of {ALLOWING} and stay on 127.0.0.1")


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


@pytest.fixture(autouse=True)
def _no_network(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    allowed = any(request.node.get_closest_marker(name) for name in ALLOWING)

    def guarded(name: str) -> Callable[..., Any]:
        original = getattr(socket.socket, name)

        def call(self: socket.socket, address: Any, *rest: Any) -> Any:
            if self.family != socket.AF_UNIX:
                _check(address, allowed=allowed)
            return original(self, address, *rest)

        return call

    for name in ("connect", "connect_ex", "bind"):
        monkeypatch.setattr(socket.socket, name, guarded(name))
