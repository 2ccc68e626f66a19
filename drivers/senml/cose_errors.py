"""Why a signed payload or a device's key is refused."""

from drivers.errors import PayloadError


class NotSigned(PayloadError):
    """The payload is no COSE_Sign1, or one that says what is not understood."""

    reason = "not-signed"

    def __init__(self, detail: str) -> None:
        super().__init__(f"not a signed payload (COSE_Sign1): {detail}")
        self.detail = detail


class WrongSignature(PayloadError):
    """The signature does not hold."""

    reason = "wrong-signature"

    def __init__(self, detail: str) -> None:
        super().__init__(f"signature refused: {detail}; check the device's key under [[devices]]")
        self.detail = detail


class WrongSigner(PayloadError):
    """The payload names another device as its signer than the one that sent it."""

    reason = "wrong-signer"

    def __init__(self, key_id: bytes | None, device: str) -> None:
        super().__init__(f"kid {(key_id or b'').decode(errors='replace')[:80]!r} is not the device {device!r} that sent it")
        self.key_id = key_id
        self.device = device


class UnprovenTime(PayloadError):
    """A signed record counts its time from when it is received, so the signature says nothing about when."""

    reason = "unproven-time"

    def __init__(self, name: str) -> None:
        super().__init__(f"record {name[:80]!r} states a time relative to now; a signed record states its own")
        self.name = name


class NoDeviceKey(PayloadError):
    """A signed payload came from a device whose key is not known."""

    reason = "no-device-key"

    def __init__(self, device: str) -> None:
        super().__init__(f"device {device!r} signs, and no key of it is known; set key_file or key under [[devices]]")
        self.device = device


class BadDeviceKey(PayloadError):
    """A device's key cannot be used."""

    reason = "bad-device-key"

    def __init__(self, detail: str) -> None:
        super().__init__(f"device key: {detail}")
        self.detail = detail
