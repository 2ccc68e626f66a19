"""Signed payloads as evidence: which reading leaves a device's own signature states. Pure."""

import hashlib
from dataclasses import dataclass
from functools import lru_cache

from drivers.errors import PayloadError
from drivers.senml import signed
from drivers.senml.cose import DeviceKey
from oracle.errors import RefusedError, UnprovableValueError, shorten
from oracle.leaves import reading_leaf


class DeviceEvidenceError(RefusedError):
    """A payload is not signed by the device that it names, or does not state what rests on it."""

    def __init__(self, device: str, reason: str) -> None:
        """Holds the device's id, as far as it is known, and the reason."""
        self.device = device
        self.reason = reason
        super().__init__(f"device {shorten(device)}: {reason}")


@dataclass(frozen=True, slots=True)
class Stated:
    """What one signed payload states."""

    device: str
    """The device whose key signed it."""
    digest: bytes
    """sha256 of the payload: the evidence of its readings."""
    leaves: dict[bytes, tuple[str, int]]
    """Quantity and time of each of its numeric readings, by the reading's leaf."""


@lru_cache(maxsize=64)
def _key(cose_key: bytes) -> DeviceKey:
    return signed.load_key(cose_key)


def signer(payload: bytes) -> str:
    """Returns the id of the device that a payload names, unverified; raises DeviceEvidenceError for no signed payload."""
    try:
        return signed.key_id(payload)
    except PayloadError as error:
        raise DeviceEvidenceError("of a payload", str(error)) from error


def stated(payload: bytes, device: str, cose_key: bytes) -> Stated:
    """Returns what a payload states, once its signature holds under a device's COSE_Key.

    Raises:
        DeviceEvidenceError: the key is none, or not in its one spelling; the signature does not hold; the content is no SenML.

    """
    try:
        key = _key(cose_key)
        found = signed.verify(payload, device, key)
    except PayloadError as error:
        raise DeviceEvidenceError(device, str(error)) from error
    if key.to_cose() != cose_key:
        raise DeviceEvidenceError(device, "its key is not in deterministic CBOR")
    leaves: dict[bytes, tuple[str, int]] = {}
    for one in found:
        try:
            leaf = reading_leaf(
                device=one.device,
                quantity=one.quantity,
                value=one.value,
                time_ms=one.time_ms,
                sequence=one.sequence,
                evidence=one.evidence,
            )
        except UnprovableValueError:
            continue  # text, or no finite number: no tree holds it
        leaves[leaf] = (one.quantity, one.time_ms)
    return Stated(device, hashlib.sha256(payload).digest(), leaves)
