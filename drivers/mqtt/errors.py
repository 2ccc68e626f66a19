"""Why a message is refused before, or instead of, its payload's own codec."""

from drivers.errors import PayloadError


class EmptyPayload(PayloadError):
    """A message without payload: in MQTT that clears a retained message, and it states nothing."""

    reason = "empty"

    def __init__(self) -> None:
        super().__init__("the payload is empty")


class UnknownTopic(PayloadError):
    """No configured route matches; an old subscription of our session may still be in force at the broker."""

    reason = "unknown-topic"

    def __init__(self, topic: str) -> None:
        super().__init__(f"no route matches topic {topic[:200]!r}; add one, or end the old subscription at the broker")
        self.topic = topic


class BadTopic(PayloadError):
    """A level of the topic that names something does not name it properly."""

    reason = "bad-topic"

    def __init__(self, topic: str, level: str, expected: str) -> None:
        super().__init__(f"level {level[:80]!r} of topic {topic[:200]!r} is not {expected}")
        self.topic = topic
        self.level = level
        self.expected = expected


class NotAFrame(PayloadError):
    """A frame's payload is no PNG file."""

    def __init__(self, start: bytes) -> None:
        super().__init__(f"a frame must be a PNG file; this one begins with {start.hex()}")
        self.start = start
