"""Funded accounts whose keys everybody may know.

The keys follow from the seed alone. They protect nothing: they exist so that demos and tests have someone who can pay.
"""

from dataclasses import dataclass, field

from coincurve import PrivateKey

from fullnode.devnet.execution.encoding import keccak


@dataclass(frozen=True, slots=True)
class DevAccount:
    """An account with funds at genesis."""

    address: bytes
    """20 bytes."""
    private_key: bytes = field(repr=False)
    """secp256k1 key, 32 bytes."""


def derive_account(seed: str, index: int) -> DevAccount:
    """Returns the seed's account at the index."""
    # keccak-256 output is a valid secp256k1 key but for a chance of 2^-128.
    key = keccak(b"aios devnet account\0" + seed.encode() + b"\0" + index.to_bytes(4, "big"))
    public = PrivateKey(key).public_key.format(compressed=False)
    return DevAccount(keccak(public[1:])[12:], key)
