"""Which messages are repeats of each other: 32 bytes, equal for a repeat and for nothing else.

Delivery is at least once from the device and exactly once into the store, so the store needs a name for a message that survives
redelivery, a restart and a changed connection. Pure. The rule, strongest first:

1. The device counts (`sequence`): the name is device, source, sequence, and the device's own time if it stated one. The payload stays
   out, because a device may encode the same sample anew when it tries again; the time goes in, because counters restart with the
   device and clocks do not.
2. The device states a time but no sequence: the name is the payload's hash. Two samples with the same bytes and the same time are
   one sample.
3. Neither: such a payload cannot be told from its repeat, and its readings carry `Quality.UNCERTAIN`. A constant value must not
   vanish as a repeat of itself, so the time of arrival goes into the name, except where the transport itself flags a possible repeat
   (MQTT DUP or RETAIN): then the payload's hash stands alone and several redeliveries collapse into one. A crash between commit and
   acknowledgement can therefore store such a payload twice, never more. Devices that count are free of this.

Every part is length-prefixed under a tag of its rule, so no two different inputs are ever hashed as the same bytes.
"""

from hashlib import sha256

_COUNTED = b"aios:identity:counted\0"
_TIMED = b"aios:identity:timed\0"
_ARRIVED = b"aios:identity:arrived\0"
_REPEATABLE = b"aios:identity:repeatable\0"


def identity(
    *,
    device: str,
    source: str,
    evidence: bytes,
    sequence: int | None,
    time_ms: int | None,
    received_ms: int,
    maybe_repeat: bool = False,
) -> bytes:
    """Returns the 32-byte name of one message.

    Args:
        device: id of the device that sent it.
        source: where it came from, in the protocol's words; two topics of one device may count separately.
        evidence: sha256 of the payload as received.
        sequence: the device's own counter, if it has one.
        time_ms: a time that the device itself stated, never one that the gateway filled in.
        received_ms: gateway time of arrival; used only where the device states neither sequence nor time.
        maybe_repeat: the transport says that this message may have been delivered before.
    """
    if sequence is not None:
        stated = "" if time_ms is None else f"{time_ms}"
        return _name(_COUNTED, device, source, f"{sequence}", stated)
    if time_ms is not None:
        return _name(_TIMED, device, source, evidence.hex())
    if maybe_repeat:
        return _name(_REPEATABLE, device, source, evidence.hex())
    return _name(_ARRIVED, device, source, evidence.hex(), f"{received_ms}")


def _name(tag: bytes, device: str, source: str, *rest: str) -> bytes:
    # Lengths count characters, of the very text that is then encoded as a whole: what is injective as text is injective as UTF-8.
    return sha256(tag + f"{len(device)}:{device}{len(source)}:{source}{':'.join(rest)}".encode()).digest()
