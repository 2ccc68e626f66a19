"""A device's MQTT link: paho in its own thread, QoS 1, store and forward.

Every message is kept until its PUBACK, across any number of reconnects; paho sends what is unacknowledged again, with the DUP flag, in
order. The number kept is bounded: beyond it `send` waits, as a device with full flash would. Only the event loop's thread touches the
counters; paho's thread posts to it.
"""

import asyncio
from types import TracebackType
from typing import Any, Self

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode

from firmware_sim.device import Message
from firmware_sim.errors import LinkClosed, Undelivered
from firmware_sim.links.link import Link
from firmware_sim.settings import MqttLinkSettings


class MqttLink(Link):
    """One connection under one client id."""

    def __init__(self, client: str, settings: MqttLinkSettings | None = None) -> None:
        """Prepares; nothing is opened before `async with`."""
        self._settings = settings or MqttLinkSettings()
        self._name = client
        self._loop: asyncio.AbstractEventLoop | None = None
        self._room = asyncio.Semaphore(self._settings.max_kept)
        self._idle = asyncio.Event()
        self._idle.set()
        self.sent = 0
        """Messages taken so far."""
        self.acknowledged = 0
        """Messages whose PUBACK came."""
        self.connections = 0
        """How often the broker accepted the connection; more than once means that it was lost in between."""
        self._client = self._prepared()

    def _prepared(self) -> paho.Client:
        """Returns a paho client with the settings applied."""
        chosen = self._settings
        client = paho.Client(CallbackAPIVersion.VERSION2, client_id=self._name, clean_session=False, protocol=paho.MQTTv311)
        client.max_inflight_messages_set(chosen.max_inflight)
        client.max_queued_messages_set(0)  # unlimited there, because it is bounded here
        client.reconnect_delay_set(1, chosen.reconnect_max_s)
        if chosen.username is not None:
            client.username_pw_set(chosen.username, chosen.password)
        client.on_publish = lambda *_: self._post(self._puback)
        client.on_connect = self._connected
        return client

    async def __aenter__(self) -> Self:
        """Starts paho's thread, which keeps trying until the broker answers."""
        self._loop = asyncio.get_running_loop()
        self._client.connect_async(self._settings.host, self._settings.port, self._settings.keepalive_s)
        self._client.loop_start()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Says DISCONNECT and ends the thread; waiting for it is left to a worker so that other devices go on."""
        self._client.disconnect()
        await asyncio.to_thread(self._client.loop_stop)
        self._loop = None

    async def send(self, message: Message) -> None:
        """Hands the message to paho, which keeps it until its PUBACK.

        Raises:
            LinkClosed: outside `async with`.
        """
        if self._loop is None:
            raise LinkClosed(self._name)
        await self._room.acquire()
        self.sent += 1
        self._idle.clear()
        answer = self._client.publish(message.topic, message.payload, qos=1)
        # Without a connection paho has queued the message all the same.
        if answer.rc not in {MQTTErrorCode.MQTT_ERR_SUCCESS, MQTTErrorCode.MQTT_ERR_NO_CONN}:
            raise LinkClosed(self._name)

    async def drain(self) -> None:
        """Waits for the outstanding PUBACKs.

        Raises:
            Undelivered: they did not come within `drain_s`.
        """
        try:
            await asyncio.wait_for(self._idle.wait(), self._settings.drain_s)
        except TimeoutError:
            raise Undelivered(self._name, self.sent - self.acknowledged, self._settings.drain_s) from None

    def _puback(self) -> None:
        """Forgets one kept message."""
        self.acknowledged += 1
        self._room.release()
        if self.acknowledged == self.sent:
            self._idle.set()

    def _connected(self, _client: paho.Client, _userdata: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        """Counts an accepted connection."""
        if not reason.is_failure:
            self._post(self._count_connection)

    def _count_connection(self) -> None:
        self.connections += 1

    def _post(self, call: Any) -> None:
        """Runs `call` on the event loop; a callback that comes after the loop has ended has nobody left to tell."""
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(call)
