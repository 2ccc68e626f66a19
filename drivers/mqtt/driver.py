"""The MQTT driver: what supervision runs. Each `run` is one connection in one thread, and leaves neither behind."""

import asyncio
import threading
import time
from collections.abc import Callable, Mapping

from drivers.driver import Driver, Sink
from drivers.errors import DriverError
from drivers.mqtt.codec import Codec
from drivers.mqtt.counters import Counters, MqttStats
from drivers.mqtt.session import Session
from drivers.mqtt.settings import MqttSettings
from drivers.senml.cose import DeviceKey


class MqttDriver(Driver):
    """One broker, as configured."""

    def __init__(
        self,
        settings: MqttSettings,
        *,
        name: str = "mqtt",
        now_ms: Callable[[], int],
        monotonic: Callable[[], float] = time.monotonic,
        keys: Mapping[str, DeviceKey] | None = None,
    ) -> None:
        """Prepares; connects nothing until `run`. `keys` are the public keys of the devices that sign.

        Raises:
            drivers.errors.BadConfiguration: a route cannot work.
        """
        self.name = name
        self._settings = settings
        self._now_ms = now_ms
        self._monotonic = monotonic
        self._codec = Codec(name, settings, keys)
        self._counters = Counters()

    @property
    def connected(self) -> bool:
        """Returns whether the broker has accepted us and our subscriptions."""
        return self._counters.connected

    def stats(self) -> MqttStats:
        """Returns what the driver has seen so far; from any thread."""
        return self._counters.snapshot()

    async def run(self, sink: Sink) -> None:
        """Serves the broker until cancelled; then acknowledges what is committed and leaves the rest for redelivery.

        Raises:
            drivers.errors.DriverError: the connection ended; the class says whether trying again soon can help.
        """
        session = Session(self._settings, self._codec, sink, self._counters, now_ms=self._now_ms, monotonic=self._monotonic)
        loop = asyncio.get_running_loop()
        ended: asyncio.Future[Exception | None] = loop.create_future()

        def serve() -> None:
            error: Exception | None = None
            try:
                session.serve()
            except Exception as caught:
                # Carried over to the event loop, where supervision tells a lost connection from a defect.
                error = caught
            loop.call_soon_threadsafe(ended.set_result, error)

        thread = threading.Thread(target=serve, name=self.name, daemon=True)
        thread.start()
        try:
            error = await asyncio.shield(ended)
        finally:
            session.stop()
            await _until_done(ended)
            thread.join()
        raise error or DriverError("the session ended without being asked to")


async def _until_done(ended: asyncio.Future[Exception | None]) -> None:
    """Waits for the thread even if we are cancelled again: a thread that is still running would hold the session's name at the broker."""
    cancelled: asyncio.CancelledError | None = None
    while not ended.done():
        try:
            await asyncio.shield(ended)
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        raise cancelled
