"""Server-sent events, incrementally: bytes in any cutting, whole events out.

Source: https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream, of which `id` and `retry` are read over,
since a light client that reconnects asks for the latest state instead of resuming. Invariant: what is held never exceeds the limit.
"""

from dataclasses import dataclass

from lightclient.errors import OversizedAnswer


@dataclass(frozen=True, slots=True)
class Event:
    """One event."""

    name: str
    """Its `event` field; `message` where there is none."""
    data: str
    """Its `data` lines, joined by newlines."""


class EventParser:
    """Parses one stream."""

    def __init__(self, source: str, limit: int) -> None:
        self._source = source
        self._limit = limit
        self._rest = b""
        self._name = ""
        self._data: list[str] = []
        self._held = 0

    def feed(self, data: bytes) -> list[Event]:
        """Returns the events that the bytes complete.

        Raises:
            OversizedAnswer: one event is larger than the limit.
        """
        # A lone CR is a line end in the standard, but no server of ours writes one; CRLF and LF are handled by stripping CR.
        *lines, self._rest = (self._rest + data).split(b"\n")
        events = []
        for raw in lines:
            event = self._line(raw.removesuffix(b"\r").decode("utf-8", "replace"))
            if event is not None:
                events.append(event)
        if self._held + len(self._rest) > self._limit:
            raise OversizedAnswer(self._source, self._limit)
        return events

    def _line(self, line: str) -> Event | None:
        if not line:
            return self._dispatch()
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "event":
            self._name = value
        elif name == "data":
            self._data.append(value)
            self._held += len(value)
            if self._held > self._limit:
                raise OversizedAnswer(self._source, self._limit)
        return None

    def _dispatch(self) -> Event | None:
        event = Event(self._name or "message", "\n".join(self._data)) if self._data else None
        self._name, self._data, self._held = "", [], 0
        return event
