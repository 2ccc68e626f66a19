"""Secrets as types that do not show themselves: not in repr, not in str, not in a pickle, not in a copy of a log.

Python cannot wipe memory; what these types prevent is the common leak, a secret that is formatted somewhere.
"""

from typing import NoReturn

import coincurve

from oracle.keccak import keccak256
from oracle.key_errors import InvalidSecretError


class Hidden:
    """Refuses to be serialized; subclasses say what may be shown."""

    __slots__ = ()

    def __str__(self) -> str:
        """Returns what may be shown."""
        return repr(self)

    def __reduce__(self) -> NoReturn:
        """Refuses pickles and copies."""
        raise TypeError(f"{type(self).__name__} is a secret and is not serialized")


class SecretKey(Hidden):
    """A private key of secp256k1, shown as its address."""

    __slots__ = ("_key", "address", "public_key")

    def __init__(self, secret: bytes) -> None:
        """Takes 32 bytes; raises InvalidSecretError unless they are a private key."""
        if len(secret) != 32:
            raise InvalidSecretError
        try:
            self._key = coincurve.PrivateKey(secret)
        except ValueError:
            # The cause could show what was given.
            raise InvalidSecretError from None
        self.public_key: bytes = self._key.public_key.format(compressed=False)[1:]
        """x and y, 64 bytes."""
        self.address: bytes = keccak256(self.public_key)[12:]
        """Address of the key, 20 bytes."""

    def __repr__(self) -> str:
        """Returns the address only."""
        return f"SecretKey(0x{self.address.hex()})"

    def reveal(self) -> bytes:
        """Returns the 32 bytes; for sealing them into a key file, nothing else."""
        return bytes(self._key.secret)

    def sign_recoverable(self, digest: bytes) -> bytes:
        """Returns r, s and the recovery id in 65 bytes over a 32-byte digest; s is low and the nonce is that of RFC 6979."""
        return bytes(self._key.sign_recoverable(digest, hasher=None))


class Passphrase(Hidden):
    """What opens a key file; never shown."""

    __slots__ = ("_text",)

    def __init__(self, text: bytes) -> None:
        """Takes the passphrase as UTF-8."""
        self._text = text

    def __repr__(self) -> str:
        """Returns that there is one."""
        return "Passphrase(hidden)"

    def reveal(self) -> bytes:
        """Returns the bytes; for a key derivation, nothing else."""
        return self._text
