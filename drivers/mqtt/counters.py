"""What one MQTT driver has seen, for metrics."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MqttStats:
    """A snapshot; every count is since the driver was made, and only grows."""

    connected: bool
    """The broker has accepted us and our subscriptions."""
    connections: int
    """How often that happened; all but the first are reconnects."""
    received: int
    """Messages that arrived."""
    rejected: int
    """Messages that became a reject."""
    redelivered: int
    """Messages that the broker marked as sent before (DUP)."""
    acknowledged: int
    """Acknowledgements handed to the connection."""
    held: int
    """QoS 1 messages that had to wait because the sink was full; none of them is lost."""
    overflowed: int
    """QoS 0 messages that were dropped because the sink was full; QoS 0 promises no more."""
    unacknowledged: int
    """Messages that are in flight now: with the sink, or waiting for it."""


@dataclass(slots=True)
class Counters:
    """The same, as it grows; written by the connection's thread alone."""

    connected: bool = False
    connections: int = 0
    received: int = 0
    rejected: int = 0
    redelivered: int = 0
    acknowledged: int = 0
    held: int = 0
    overflowed: int = 0
    unacknowledged: int = 0

    def snapshot(self) -> MqttStats:
        """Returns the counts as they stand."""
        return MqttStats(
            self.connected,
            self.connections,
            self.received,
            self.rejected,
            self.redelivered,
            self.acknowledged,
            self.held,
            self.overflowed,
            self.unacknowledged,
        )
