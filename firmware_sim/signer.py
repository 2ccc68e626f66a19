"""A device's own key and what it signs with it: COSE_Sign1 (RFC 9052) with EdDSA or ES256. Pure.

A key is given, as the bytes that a secure element would hold, or drawn from a seed, so that a fleet signs the same every time; ES256 is
deterministic too (RFC 6979), and its s is the lower one. The public half goes into the gateway's settings.
"""

import hashlib
from dataclasses import dataclass, field
from typing import Literal

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePrivateKey, derive_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from firmware_sim import cbor
from firmware_sim.errors import KeyRefused

Algorithm = Literal["EdDSA", "ES256"]
"""How a device signs."""

SIGN1 = 18
"""CBOR tag of a COSE_Sign1."""
_ALG, _KID = 1, 4
_NUMBERS: dict[Algorithm, int] = {"EdDSA": -8, "ES256": -7}
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Of P-256: a private key lies below it."""


@dataclass(frozen=True, slots=True)
class Signer:
    """One device's key."""

    algorithm: Algorithm
    """How it signs."""
    secret: bytes = field(repr=False)
    """The private key, 32 bytes; never shown."""

    def __post_init__(self) -> None:
        """Refuses what is no private key."""
        if len(self.secret) != 32:
            raise KeyRefused(f"{len(self.secret)} bytes, expected 32")
        if self.algorithm == "ES256" and not 0 < int.from_bytes(self.secret) < _ORDER:
            raise KeyRefused("no private key of P-256")

    @classmethod
    def seeded(cls, algorithm: Algorithm, device: str, seed: int) -> "Signer":
        """Returns the key of a device in a story with that seed; anybody can derive it, so it protects nothing but simulations."""
        drawn = hashlib.sha256(f"aios simulated device\n{seed}\n{device}".encode()).digest()
        return cls(algorithm, (int.from_bytes(drawn) % (_ORDER - 1) + 1).to_bytes(32))

    @property
    def public_pem(self) -> str:
        """The public key as PEM, as the gateway's settings take it."""
        public = self._key().public_key()
        return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    def wrap(self, device: str, payload: bytes) -> bytes:
        """Returns the payload signed: a tagged COSE_Sign1 with `alg` protected and the device's id as `kid`."""
        protected = cbor.encode({_ALG: _NUMBERS[self.algorithm]})
        signature = self._sign(cbor.encode(["Signature1", protected, b"", payload]))
        return cbor.tagged(SIGN1, [protected, {_KID: device.encode()}, payload, signature])

    def _sign(self, message: bytes) -> bytes:
        key = self._key()
        if isinstance(key, Ed25519PrivateKey):
            return key.sign(message)
        r, s = decode_dss_signature(key.sign(message, ECDSA(SHA256(), deterministic_signing=True)))
        # Both s and its negative verify; the gateway takes the lower one, so that nobody can turn a payload into another one.
        return r.to_bytes(32) + min(s, _ORDER - s).to_bytes(32)

    def _key(self) -> Ed25519PrivateKey | EllipticCurvePrivateKey:
        if self.algorithm == "EdDSA":
            return Ed25519PrivateKey.from_private_bytes(self.secret)
        return derive_private_key(int.from_bytes(self.secret), SECP256R1())
