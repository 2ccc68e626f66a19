"""Why the simulator refuses; each class holds the offending values."""

from pathlib import Path


class SimulatorError(Exception):
    """Base of every refusal in this room."""


class ScenarioRefused(SimulatorError):
    """Ours: a scenario file is not what `firmware_sim.scenario` accepts."""

    def __init__(self, path: Path, reason: str) -> None:
        """Keeps `path` and `reason`; the reason names the key."""
        super().__init__(f"scenario {path}: {reason}")
        self.path = path
        self.reason = reason


class NameRefused(SimulatorError):
    """Ours: a device, lot or item has a name that no topic and no SenML name can carry."""

    def __init__(self, kind: str, name: str) -> None:
        """Keeps `kind`, which name it was, and `name`."""
        super().__init__(f"{kind} {name!r}: use letters, digits, '.', '_' and '-' only")
        self.kind = kind
        self.name = name


class KeyRefused(SimulatorError):
    """Ours: what should be a device's private key is none."""

    def __init__(self, reason: str) -> None:
        """Keeps the reason, never the key."""
        super().__init__(f"private key of a device: {reason}")
        self.reason = reason


class LinkClosed(SimulatorError):
    """Ours: something was published on a link that is not open."""

    def __init__(self, client: str) -> None:
        """Keeps `client`, the MQTT client id."""
        super().__init__(f"link of {client} is not open: use it inside `async with`")
        self.client = client


class Undelivered(SimulatorError):
    """The environment's: the broker did not acknowledge everything in time."""

    def __init__(self, client: str, pending: int, seconds: float) -> None:
        """Keeps `client`, how many messages are `pending`, and how many `seconds` were waited."""
        super().__init__(f"link of {client}: {pending} messages still without PUBACK after {seconds:g} s; is the broker up?")
        self.client = client
        self.pending = pending
        self.seconds = seconds
