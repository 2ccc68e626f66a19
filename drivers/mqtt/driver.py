"""The MQTT driver: what supervision runs. One connection per `run`; nothing of it is left when `run` ends."""

from collections.abc import Callable

from drivers.driver import Driver, Sink
from drivers.mqtt.settings import MqttSettings


class MqttDriver(Driver):
    """One broker, as configured."""

    def __init__(self, settings: MqttSettings, *, name: str = "mqtt", now_ms: Callable[[], int]) -> None:
        """Prepares; connects nothing until `run`."""
        self.name = name
        self._settings = settings
        self._now_ms = now_ms

    async def run(self, sink: Sink) -> None:
        """Serves the broker until cancelled."""
        raise NotImplementedError
