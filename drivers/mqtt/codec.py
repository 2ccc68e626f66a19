"""A topic and a payload become a `Delivery`: readings, or the reason why there are none. Pure; the time of arrival is given.

Nothing is dropped here and nothing raises: a topic that no route knows, an empty payload, and even a defect of ours become rejects,
because a message that is never acknowledged would come back for ever.
"""

from collections.abc import Callable, Mapping
from hashlib import sha256

import msgspec

from drivers.driver import Delivery, Reject
from drivers.errors import OversizedPayload, PayloadError
from drivers.identity import identity
from drivers.mqtt.errors import EmptyPayload, NotAFrame
from drivers.mqtt.settings import CodecName, MqttSettings
from drivers.mqtt.topics import Router, Target
from drivers.reading import Quality, Reading
from drivers.senml import Limits, Pack, decode_cbor, decode_json, readings, signed, stated_time_ms
from drivers.senml.cose import DeviceKey
from drivers.senml.cose_errors import NoDeviceKey

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
"""How a PNG file begins (PNG specification section 5.2); whether the rest is one, the agent that looks at it finds out."""


class Message(msgspec.Struct, frozen=True):
    """One PUBLISH, as far as it matters here. A struct, because one is made for every message and a dataclass costs five times as much."""

    topic: str
    """Where it was published."""
    payload: bytes
    """As received."""
    received_ms: int
    """Gateway time of arrival."""
    maybe_repeat: bool
    """The broker set DUP or RETAIN: this message may have been delivered before."""
    omitted: int = 0
    """Bytes at the payload's end that the transport did not keep."""


Decoded = tuple[bytes, bytes, tuple[Reading, ...]]
"""The message's identity, its payload as it is kept, and what it said."""

Decoder = Callable[[Message, Target, Limits], Decoded]
"""How a payload is read; raises PayloadError."""


class Codec:
    """Reads every message of one broker by its configured routes."""

    def __init__(self, driver: str, settings: MqttSettings, keys: Mapping[str, DeviceKey] | None = None) -> None:
        """Compiles the routes; `keys` are the public keys of the devices that sign.

        Raises:
            drivers.errors.BadConfiguration: a route cannot work.
        """
        self._driver = driver
        self._router = Router(settings.routes)
        self._limits = Limits(max_bytes=settings.max_payload_bytes)
        self._decoders = decoders(keys or {})

    def deliver(self, message: Message, acknowledge: Callable[[], None]) -> Delivery:
        """Returns what the message says, as readings or as a reject; never raises."""
        try:
            codec, (name, payload, found) = self._decode(message)
        except PayloadError as error:
            return self._rejected(message, Reject(error.reason, str(error)), acknowledge)
        except Exception as error:
            # A defect of ours in one codec: the message is kept for whoever mends it, and must not come back for ever meanwhile.
            return self._rejected(message, Reject("internal", f"{type(error).__name__}: {error}"), acknowledge)
        is_signed = codec == "senml-cose"
        return Delivery(self._driver, message.topic, name, payload, message.received_ms, found, None, acknowledge, is_signed)

    def _decode(self, message: Message) -> tuple[CodecName, Decoded]:
        if not message.payload:
            raise EmptyPayload
        size = len(message.payload) + message.omitted
        if message.omitted or size > self._limits.max_bytes:
            raise OversizedPayload(size, self._limits.max_bytes)
        target = self._router.find(message.topic)
        return target.codec, self._decoders[target.codec](message, target, self._limits)

    def _rejected(self, message: Message, reject: Reject, acknowledge: Callable[[], None]) -> Delivery:
        name = identity(
            device="",
            source=message.topic,
            evidence=sha256(message.payload).digest(),
            sequence=None,
            time_ms=None,
            received_ms=message.received_ms,
            maybe_repeat=message.maybe_repeat,
        )
        return Delivery(self._driver, message.topic, name, message.payload, message.received_ms, (), reject, acknowledge)


def _senml(decode: Callable[[bytes, Limits], Pack]) -> Decoder:
    def read(message: Message, target: Target, limits: Limits) -> Decoded:
        pack = decode(message.payload, limits)
        evidence = sha256(message.payload).digest()
        found = readings(pack, device=target.device, now_ms=message.received_ms, evidence=evidence)
        return _identity(message, target.device, evidence, pack.sequence, stated_time_ms(pack)), message.payload, found

    return read


def _signed(keys: Mapping[str, DeviceKey]) -> Decoder:
    def read(message: Message, target: Target, limits: Limits) -> Decoded:
        key = keys.get(target.device)
        if key is None:
            raise NoDeviceKey(target.device)
        kept, pack, found = signed.receive(message.payload, target.device, key, limits)
        return _identity(message, target.device, sha256(kept).digest(), pack.sequence, stated_time_ms(pack)), kept, found

    return read


def _frame(message: Message, target: Target, _limits: Limits) -> Decoded:
    if not message.payload.startswith(PNG_SIGNATURE):
        raise NotAFrame(message.payload[:8])
    evidence = sha256(message.payload).digest()
    frame = target.frame
    if frame is None:
        quantity, time_ms, sequence, quality = "frame", message.received_ms, None, Quality.UNCERTAIN
    else:
        quantity, time_ms, sequence, quality = f"frame/{frame.gtin}/{frame.lot}/{frame.item}", frame.time_ms, frame.sequence, Quality.GOOD
    reading = Reading(target.device, quantity, message.payload, "", time_ms, sequence, quality, evidence)
    return _identity(message, target.device, evidence, sequence, None if frame is None else time_ms), message.payload, (reading,)


def _identity(message: Message, device: str, evidence: bytes, sequence: int | None, time_ms: int | None) -> bytes:
    return identity(
        device=device,
        source=message.topic,
        evidence=evidence,
        sequence=sequence,
        time_ms=time_ms,
        received_ms=message.received_ms,
        maybe_repeat=message.maybe_repeat,
    )


def decoders(keys: Mapping[str, DeviceKey]) -> dict[CodecName, Decoder]:
    """Returns one reader for each codec that a route may name; signed payloads are verified with the device's key."""
    return {"senml-json": _senml(decode_json), "senml-cbor": _senml(decode_cbor), "senml-cose": _signed(keys), "frame": _frame}
