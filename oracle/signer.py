"""Who holds a key: `Signer`, and the one that holds it in this process's memory.

A Signer signs any digest and asks no questions. What a gateway signs goes through `oracle.signing`, whose desk is shown the statement
itself.
"""

from abc import ABC, abstractmethod
from typing import Literal

from oracle.hexes import to_checksum
from oracle.secret import SecretKey

SECP256K1: Literal["secp256k1"] = "secp256k1"
"""Ethereum's curve."""
P256: Literal["P-256"] = "P-256"
"""The curve of TPMs and most HSMs."""
Curve = Literal["secp256k1", "P-256"]
"""Curves that a Signer's key is on."""
AnyCurve = Literal["secp256k1", "P-256", "BLS12-381"]
"""Curves that keys are on."""
BLS12_381: Literal["BLS12-381"] = "BLS12-381"
"""The curve on which signatures add up: of keys that give verdicts together with others' (`oracle.bls_secret`), never of a `Signer`."""
ATTESTATIONS = "attestation"
"""Stream of attestations in the signer's log."""
ANCHORS: Literal["anchor"] = "anchor"
"""Stream of anchors: the sequence is the batch's index."""


class Signer(ABC):
    """Signs digests with one key. Implementers never show the key, and may block while a device works."""

    @property
    def curve(self) -> Curve:
        """Returns the key's curve."""
        return SECP256K1

    @property
    @abstractmethod
    def public_key(self) -> bytes:
        """Returns x and y, 64 bytes."""

    @property
    @abstractmethod
    def address(self) -> bytes:
        """Returns the key's address, 20 bytes; the same for the signer's whole life."""

    @abstractmethod
    def sign_digest(self, digest: bytes) -> bytes:
        """Returns r, s, v in 65 bytes or, on P-256, r, s, x, y in 128 bytes over a 32-byte digest; s in the low half."""


class LocalSigner(Signer):
    """Signs with a key in this process's memory."""

    def __init__(self, key: SecretKey) -> None:
        """Takes the key; get it from `oracle.keystore.load`."""
        self._key = key

    @property
    def address(self) -> bytes:
        """Returns the key's address."""
        return self._key.address

    @property
    def public_key(self) -> bytes:
        """Returns x and y, 64 bytes."""
        return self._key.public_key

    def sign_digest(self, digest: bytes) -> bytes:
        """Returns r, s, v over the digest."""
        signature = self._key.sign_recoverable(digest)
        return signature[:64] + bytes((27 + signature[64],))

    def __repr__(self) -> str:
        """Returns the address only."""
        return f"LocalSigner({to_checksum(self.address)})"
