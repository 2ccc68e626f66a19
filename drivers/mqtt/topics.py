"""Topics by route: which device spoke, and how its payload is read (MQTT 5 section 4.7). Pure.

Routes are compiled once and wrong ones are refused at start. A topic that was found is remembered, up to a bound, because a device says
thousands of things on one topic; frame topics name each frame and are not remembered.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from drivers.errors import BadConfiguration
from drivers.mqtt.errors import BadTopic, UnknownTopic
from drivers.mqtt.settings import CodecName, Route
from drivers.senml.readings import LAST_TIME_MS
from drivers.senml.record import MAX_SEQUENCE

MAX_REMEMBERED = 16_384
"""How many topics are remembered before the memory starts over: more than devices on one gateway, and a bound against invented ones."""

FRAME_WILDCARDS = 6
"""Device, GTIN, lot, item, sequence, time."""

_is_device = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}").fullmatch
_is_part = re.compile(r"[!-.0-~]{1,64}").fullmatch
"""Lot and item: what is printable in ASCII, without spaces and `/`."""
_is_gtin = re.compile(r"[0-9]{14}").fullmatch
_is_number = re.compile(r"[0-9]{1,19}").fullmatch


@dataclass(frozen=True, slots=True)
class Frame:
    """What a frame's topic says about it."""

    gtin: str
    """GTIN-14 of the trade item: a lot's number means something only together with it."""
    lot: str
    """The lot that the item belongs to."""
    item: str
    """The inspected item."""
    sequence: int
    """The camera's own counter."""
    time_ms: int
    """When it was taken, by the camera's clock."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a topic stands for."""

    codec: CodecName
    """How the payload is read."""
    device: str
    """Who sent it."""
    frame: Frame | None = None
    """For a frame whose topic names it."""


class Router:
    """Finds the first route that matches a topic."""

    def __init__(self, routes: Sequence[Route]) -> None:
        """Compiles the routes.

        Raises:
            BadConfiguration: a route's filter is malformed, or names no device.
        """
        self._routes = tuple((_pattern(route), route) for route in routes)
        self._remembered: dict[str, Target] = {}

    def find(self, topic: str) -> Target:
        """Returns what the topic stands for.

        Raises:
            UnknownTopic: no route matches.
            BadTopic: a route matches, but a level does not name what it should.
        """
        known = self._remembered.get(topic)
        if known is not None:
            return known
        for pattern, route in self._routes:
            match = pattern.fullmatch(topic)
            if match is not None:
                target = _target(topic, route, match.groups())
                if target.frame is None:
                    self._remember(topic, target)
                return target
        raise UnknownTopic(topic)

    def _remember(self, topic: str, target: Target) -> None:
        if len(self._remembered) >= MAX_REMEMBERED:
            self._remembered.clear()
        self._remembered[topic] = target


def _pattern(route: Route) -> re.Pattern[str]:
    levels = route.filter.split("/")
    wildcards = levels.count("+")
    if not route.filter or any(("+" in level or "#" in level) and len(level) > 1 for level in levels) or "#" in levels[:-1]:
        raise BadConfiguration(f"route {route.filter!r}", "not an MQTT topic filter", "use + and # only as whole levels, # only last")
    if wildcards == 0 and not route.device:
        raise BadConfiguration(f"route {route.filter!r}", "names no device", "put + where the device's id stands, or set device")
    if route.device and _is_device(route.device) is None:
        raise BadConfiguration(f"route {route.filter!r}", f"device {route.device!r} is no device id", "use A-Z a-z 0-9 . _ : -")
    if route.codec == "frame" and wildcards + bool(route.device) not in {1, FRAME_WILDCARDS}:
        raise BadConfiguration(f"route {route.filter!r}", "a frame is device, gtin, lot, item, sequence, time", "or the device alone")
    fixed = levels[:-1] if levels[-1] == "#" else levels
    pattern = "/".join("([^/]*)" if level == "+" else re.escape(level) for level in fixed)
    # `a/#` also matches `a` itself (MQTT 5 section 4.7.1.2).
    return re.compile(pattern + ("" if fixed is levels else "(?:/.*)?" if fixed else ".*"), re.DOTALL)


def _target(topic: str, route: Route, wildcards: tuple[str, ...]) -> Target:
    device, *rest = (route.device, *wildcards) if route.device else wildcards
    if _is_device(device) is None:
        raise BadTopic(topic, device, "a device id: A-Z a-z 0-9 . _ : - up to 128, the first a letter or digit")
    if route.codec != "frame" or not rest:
        return Target(route.codec, device)
    gtin, lot, item, sequence, time_ms = rest
    if _is_gtin(gtin) is None:
        raise BadTopic(topic, gtin, "a GTIN of 14 digits")
    for level in (lot, item):
        if _is_part(level) is None:
            raise BadTopic(topic, level, "a lot or an item: up to 64 printable characters")
    for level, limit in ((sequence, MAX_SEQUENCE), (time_ms, LAST_TIME_MS)):
        if _is_number(level) is None or int(level) > limit:
            raise BadTopic(topic, level, f"a whole number up to {limit}")
    return Target(route.codec, device, Frame(gtin, lot, item, int(sequence), int(time_ms)))
