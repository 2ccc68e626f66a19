"""A device for kill tests: publishes numbered readings at QoS 1 and remembers which ones the broker took."""

import json
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any, Self

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

DEVICE = "reefer-1"
UNDER_WAY = 2000
"""Most messages without an answer from the broker."""


@dataclass
class Floor:
    """One publisher in its own thread. What `acknowledged` holds, the broker has taken responsibility for."""

    port: int
    protocol: str
    rate: float
    acknowledged: set[int] = field(default_factory=set)
    sent: int = 0
    _stop: threading.Event = field(default_factory=threading.Event)
    _under_way: dict[int, int] = field(default_factory=dict)
    _answers: deque[int] = field(default_factory=deque)
    """Packet identifiers; paho holds its own locks while it calls back, so its thread does no more than append."""

    def __enter__(self) -> Self:
        version = MQTTProtocolVersion.MQTTv5 if self.protocol == "5" else MQTTProtocolVersion.MQTTv311
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="floor", protocol=version)
        self._client.max_inflight_messages_set(200)
        self._client.on_publish = lambda _client, _data, mid, *_: self._answers.append(mid)
        self._client.connect("127.0.0.1", self.port, keepalive=30)
        self._client.loop_start()
        self._thread = threading.Thread(target=self._publish, name="floor")
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        deadline = time.monotonic() + 300
        while self._under_way and time.monotonic() < deadline:
            time.sleep(0.05)
            self._take_answers()
        self._client.disconnect()
        self._client.loop_stop()

    def _publish(self) -> None:
        last = time.monotonic()
        allowed = 0.0
        while not self._stop.wait(0.01):
            now = time.monotonic()
            allowed, last = min(allowed + (now - last) * self.rate, UNDER_WAY), now
            self._take_answers()
            while allowed >= 1 and len(self._under_way) < UNDER_WAY:
                allowed -= 1
                self._send(self.sent)
                self.sent += 1

    def _send(self, sequence: int) -> None:
        pack: list[dict[str, Any]] = [
            {"bn": f"{DEVICE}/", "bt": 1_700_000_000 + sequence, "seq": sequence, "n": "temperature", "u": "Cel", "v": sequence / 10}
        ]
        # Packet identifiers come round after 65,535 messages, long after the answer to each was taken.
        self._under_way[self._client.publish(f"devices/{DEVICE}/senml", json.dumps(pack), qos=1).mid] = sequence

    def _take_answers(self) -> None:
        while self._answers:
            self.acknowledged.add(self._under_way.pop(self._answers.popleft()))
