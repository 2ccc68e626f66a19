"""Signed devices: SenML-CBOR in a COSE_Sign1, so that a proof reaches past the gateway to the device. Pure.

A device signs one pack: `alg` (EdDSA or ES256) in the protected header, `kid` its own id. The gateway keeps the signed bytes as they came;
`verify` gives the same readings to whoever checks them later, without a clock: signed records state their own time. Sources: RFC 9052,
RFC 9053, RFC 8428 section 6.

COSE leaves a message many spellings under one signature: with the tag or without, in longer or indefinite lengths, with anything at all in
the unprotected header, and under ES256 with s or its negative. A payload is known by its hash, so whoever carries it could bring the same
message again as another one. Devices may send any of them, since common libraries do; `respelled` turns each into the one that is kept and
that `verify` takes.
"""

import re
from hashlib import sha256

import cbor2

from drivers.errors import OversizedPayload
from drivers.reading import Reading
from drivers.senml import cose
from drivers.senml.cbor_form import decode_cbor
from drivers.senml.cose import DeviceKey, Sign1
from drivers.senml.cose_errors import BadDeviceKey, NotSigned, UnprovenTime, WrongSignature, WrongSigner
from drivers.senml.readings import readings
from drivers.senml.record import Pack
from drivers.senml.settings import DEFAULT_LIMITS, Limits

SENML_CBOR = 112
"""CoAP content format of SenML-CBOR (RFC 8428 section 12.3); `application/senml+cbor` says the same."""
OVERHEAD = 512
"""Bytes that headers and signature may add to a pack."""
MAX_KEY_BYTES = 4096
"""Size of a key file."""

_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Of P-256 (SEC 2, section 2.4.2); of s and its negative, one is not above the half."""
_is_device = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}").fullmatch


def load_key(data: bytes) -> DeviceKey:
    """Returns a device's public key, from PEM (SubjectPublicKeyInfo) or a COSE_Key in CBOR.

    Raises:
        BadDeviceKey: neither, a private key, another curve, or a point under which signatures mean nothing.
    """
    if len(data) > MAX_KEY_BYTES:
        raise BadDeviceKey(f"{len(data)} bytes, at most {MAX_KEY_BYTES}")
    if b"-----BEGIN" in data:
        return DeviceKey.from_pem(data.strip())
    try:
        return DeviceKey.from_cose(data)
    except NotSigned as error:
        raise BadDeviceKey(f"neither PEM nor a COSE_Key: {error.detail}") from error


def key_id(payload: bytes, limits: Limits = DEFAULT_LIMITS) -> str:
    """Returns the id of the device that a payload says it is from; nothing is verified yet.

    Raises:
        NotSigned, WrongSigner, OversizedPayload: it is no signed payload, or names no device.
    """
    named = _parse(payload, limits).key_id
    text = (named or b"").decode(errors="replace")
    if _is_device(text) is None:
        raise WrongSigner(named, "")
    return text


def respelled(message: Sign1) -> bytes:
    """Returns a message in its one spelling, with what is signed as it came."""
    named = message.unprotected.get(cose.KID)
    kid = {cose.KID: named} if isinstance(named, bytes) else {}
    r, s = message.signature[:32], int.from_bytes(message.signature[32:])
    signature = r + (_ORDER - s).to_bytes(32) if _is_upper(message) else message.signature
    return cose.TAG + cbor2.dumps([message.protected, kid, message.payload, signature])


def receive(payload: bytes, device: str, key: DeviceKey, limits: Limits = DEFAULT_LIMITS) -> tuple[bytes, Pack, tuple[Reading, ...]]:
    """Returns a message in any spelling as it is kept, in its one, with the pack and the readings that `verify` finds in that.

    Raises:
        PayloadError: as `verify`, but for the spelling.
    """
    message = _read(payload, limits)
    kept = respelled(message)
    return kept, *_said(message, kept, device, key, limits)


def verify(payload: bytes, device: str, key: DeviceKey, limits: Limits = DEFAULT_LIMITS) -> tuple[Reading, ...]:
    """Returns the readings that a device signed, in chronological order, as the gateway stores them.

    Args:
        payload: the COSE_Sign1 in its one spelling; its sha256 is the readings' evidence.
        device: id of the device that must have signed.
        key: its public key.
        limits: how large a payload may be.

    Raises:
        PayloadError: it is not signed, not by this device, not with this key, or what is signed is no SenML of this device.
    """
    return _said(_parse(payload, limits), payload, device, key, limits)[1]


def _said(message: Sign1, spelled: bytes, device: str, key: DeviceKey, limits: Limits) -> tuple[Pack, tuple[Reading, ...]]:
    if message.key_id != device.encode():
        raise WrongSigner(message.key_id, device)
    message.verify(key)
    pack = decode_cbor(message.payload, limits)
    for record in pack.records:
        if record.relative:
            raise UnprovenTime(record.name)
    return pack, readings(pack, device=device, now_ms=0, evidence=sha256(spelled).digest())


def _read(payload: bytes, limits: Limits) -> Sign1:
    if len(payload) > limits.max_bytes + OVERHEAD:
        raise OversizedPayload(len(payload), limits.max_bytes + OVERHEAD)
    message = cose.parse(payload)
    if cose.ALG not in message.headers:
        raise NotSigned("alg is not in the protected header")
    if message.headers.get(cose.CONTENT_TYPE, SENML_CBOR) not in (SENML_CBOR, "application/senml+cbor"):
        raise NotSigned("the protected content type is not SenML in CBOR")
    return message


def _parse(payload: bytes, limits: Limits) -> Sign1:
    message = _read(payload, limits)
    _require_one_spelling(message, payload)
    return message


def _require_one_spelling(message: Sign1, payload: bytes) -> None:
    if message.unprotected.keys() - {cose.KID}:
        raise NotSigned("the unprotected header holds more than kid: nobody signed that")
    # A kid that is no bytes names nobody, which its reader says.
    if isinstance(message.unprotected.get(cose.KID, b""), bytes):
        parts = [message.protected, message.unprotected, message.payload, message.signature]
        if payload != cose.TAG + cbor2.dumps(parts):
            raise NotSigned("not in its one encoding: tag 18, then definite lengths, each as short as it can be")
    if _is_upper(message):
        raise WrongSignature("its s is in the upper half of the order: the order less s is the spelling that is kept")


def _is_upper(message: Sign1) -> bool:
    return message.algorithm == "ES256" and len(message.signature) == 64 and _ORDER // 2 < int.from_bytes(message.signature[32:]) < _ORDER
