"""A private key of BLS12-381, which does not show itself."""

import secrets
from typing import Literal

from oracle import bls
from oracle.key_errors import InvalidSecretError
from oracle.secret import Hidden
from oracle.signer import BLS12_381


class BlsSecretKey(Hidden):
    """A private key, shown as its public key. It signs messages, which it hashes to the curve itself, never a digest of them."""

    __slots__ = ("_scalar", "address", "public_key")

    def __init__(self, secret: bytes) -> None:
        """Takes 32 bytes, big endian; raises InvalidSecretError unless they lie between 1 and the order."""
        scalar = int.from_bytes(secret, "big")
        if len(secret) != 32 or not 0 < scalar < bls.ORDER:
            raise InvalidSecretError
        self._scalar = scalar
        self.public_key: bytes = bls.public_key(scalar)
        """The point in its compressed form, 48 bytes."""
        self.address: bytes = bls.address_of(self.public_key)
        """What logs and shares call the key."""

    @property
    def curve(self) -> Literal["BLS12-381"]:
        """Returns the curve."""
        return BLS12_381

    def __repr__(self) -> str:
        """Returns the public key only."""
        return f"BlsSecretKey(0x{self.public_key.hex()})"

    def reveal(self) -> bytes:
        """Returns the 32 bytes; for sealing them into a key file and for shares, nothing else."""
        return self._scalar.to_bytes(32, "big")

    def sign(self, message: bytes, tag: bytes) -> bytes:
        """Returns the signature over a message under a domain separation tag, 96 bytes."""
        return bls.sign(self._scalar, message, tag)


def generate() -> BlsSecretKey:
    """Returns a new key from the operating system's randomness."""
    return BlsSecretKey((secrets.randbelow(bls.ORDER - 1) + 1).to_bytes(32, "big"))
