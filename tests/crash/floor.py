"""A device for kill tests: publishes numbered readings at QoS 1 and remembers which ones the broker took."""

import json
import threading
import time
from dataclasses import dataclass, field
from typing import Any, Self

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

DEVICE = "reefer-1"


@dataclass
class Floor:
    """One publisher in its own thread. What `acknowledged` holds, the broker has taken responsibility for."""

    port: int
    protocol: str
    rate: float = 2000.0
    acknowledged: set[int] = field(default_factory=set)
    sent: int = 0
    _stop: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        version = MQTTProtocolVersion.MQTTv5 if self.protocol == "5" else MQTTProtocolVersion.MQTTv311
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="floor", protocol=version)
        self._client.max_inflight_messages_set(200)
        self._mids: dict[int, int] = {}
        self._lock = threading.Lock()
        self._client.on_publish = self._published
        self._client.connect("127.0.0.1", self.port, keepalive=30)
        self._client.loop_start()
        self._thread = threading.Thread(target=self._publish, name="floor")
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        deadline = time.monotonic() + 60
        while len(self.acknowledged) < self.sent and time.monotonic() < deadline:
            time.sleep(0.05)
        self._client.disconnect()
        self._client.loop_stop()

    def _publish(self) -> None:
        started = time.monotonic()
        while not self._stop.is_set():
            due = int((time.monotonic() - started) * self.rate)
            while self.sent < due and len(self._mids) < 2000:
                self._send(self.sent)
                self.sent += 1
            self._stop.wait(0.01)

    def _send(self, sequence: int) -> None:
        pack = [{"bn": f"{DEVICE}/", "bt": 1_700_000_000 + sequence, "seq": sequence, "n": "temperature", "u": "Cel", "v": sequence / 10}]
        with self._lock:
            info = self._client.publish(f"devices/{DEVICE}/senml", json.dumps(pack), qos=1)
            self._mids[info.mid] = sequence

    def _published(self, _client: Any, _userdata: Any, mid: int, *_: Any) -> None:
        with self._lock:
            sequence = self._mids.pop(mid, None)
        if sequence is not None:
            self.acknowledged.add(sequence)
