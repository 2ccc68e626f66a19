"""The public keys of devices that sign, as the settings name them."""

from pathlib import Path

from drivers.senml.cose import DeviceKey
from drivers.senml.cose_errors import BadDeviceKey
from drivers.senml.signed import MAX_KEY_BYTES, load_key
from gateway.errors import GatewayError
from gateway.settings import Settings


class DeviceKeyError(GatewayError):
    """A device's key cannot be used."""

    def __init__(self, device: str, where: str, reason: str) -> None:
        """Names the device, the setting or file, and the reason."""
        self.device = device
        self.where = where
        self.reason = reason
        super().__init__(f"key of device {device!r} in {where}: {reason}; give its public key, as PEM or COSE_Key")


def device_keys(settings: Settings) -> dict[str, DeviceKey]:
    """Returns the key of each device that has one.

    Raises:
        DeviceKeyError: one cannot be read, or is no public key that devices may use.
    """
    keys: dict[str, DeviceKey] = {}
    for device in settings.devices:
        if device.key_file:
            keys[device.id] = _load(device.id, device.key_file, _read(device.id, settings.below(device.key_file)))
        elif device.key:
            keys[device.id] = _load(device.id, "key", key_bytes(device.key))
    return keys


def key_bytes(text: str) -> bytes:
    """Returns what a setting holds: PEM as it is, a COSE_Key from its hexadecimal digits."""
    if "-----BEGIN" in text:
        return text.encode()
    try:
        return bytes.fromhex(text)
    except ValueError:
        return text.encode()


def _read(device: str, path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_KEY_BYTES + 1)
    except OSError as error:
        raise DeviceKeyError(device, str(path), error.strerror or str(error)) from error


def _load(device: str, where: str, data: bytes) -> DeviceKey:
    try:
        return load_key(data)
    except BadDeviceKey as error:
        raise DeviceKeyError(device, where, error.detail) from error
