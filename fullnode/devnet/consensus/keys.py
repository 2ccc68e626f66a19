"""The validators' BLS keys, made from a seed, and their signatures.

Everyone's secret key is in this one process, so an aggregate signature is one multiplication by the sum of the signers' keys:
byte for byte what aggregating their single signatures gives. These keys are public knowledge and protect nothing.
Spec: consensus-specs `phase0/beacon-chain.md` BLS signatures; draft-irtf-cfrg-bls-signature-05, proof of possession scheme.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Final

from pyblst import BlstP1Element, BlstP2Element

CURVE_ORDER: Final = 0x73EDA753299D7D483339D80809A1D80553BDA402FFFE5BFEFFFFFFFF00000001
"""Order r of the BLS12-381 groups."""
GENERATOR: Final = BlstP1Element.uncompress(
    bytes.fromhex("97f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb"),
)
"""The G1 generator, which public keys are multiples of."""
DOMAIN_SEPARATION_TAG: Final = b"BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_"
"""The ciphersuite of every consensus-layer signature."""
INFINITY_SIGNATURE: Final = b"\xc0" + bytes(95)
"""What a sync aggregate without a single signer carries."""


@dataclass(frozen=True, slots=True)
class Keyring:
    """All validators' keys, in the order of the registry."""

    secrets: tuple[int, ...]
    """Secret scalars below the curve's order."""
    pubkeys: tuple[bytes, ...]
    """Compressed public keys, 48 bytes each."""
    by_pubkey: dict[bytes, int]
    """Secret scalar of each public key."""

    def __repr__(self) -> str:
        return f"Keyring({len(self.pubkeys)} validators)"

    def sign(self, pubkeys: Iterable[bytes], signing_root: bytes) -> bytes:
        """Returns the aggregate signature of the holders of `pubkeys` (a key named twice signs twice), 96 bytes."""
        return sign(sum(self.by_pubkey[pubkey] for pubkey in pubkeys), signing_root)

    def aggregate(self, pubkeys: Iterable[bytes]) -> bytes:
        """Returns the sum of `pubkeys`, compressed."""
        return public_key(sum(self.by_pubkey[pubkey] for pubkey in pubkeys))


def public_key(secret: int) -> bytes:
    """Returns the compressed public key of a secret scalar."""
    return bytes(GENERATOR.scalar_mul(secret % CURVE_ORDER).compress())


def sign(secret: int, signing_root: bytes) -> bytes:
    """Returns the compressed signature of `signing_root` under a secret scalar; under zero it is the point at infinity."""
    if secret % CURVE_ORDER == 0:
        return INFINITY_SIGNATURE
    return bytes(BlstP2Element.hash_to_group(signing_root, DOMAIN_SEPARATION_TAG).scalar_mul(secret % CURVE_ORDER).compress())


@lru_cache(maxsize=8)
def keyring(seed: str, validators: int) -> Keyring:
    """Returns the keys of `validators` validators; the same seed always gives the same keys."""
    secrets = tuple(
        int.from_bytes(sha256(b"devnet validator key" + seed.encode() + index.to_bytes(8, "little")).digest(), "big") % CURVE_ORDER
        for index in range(validators)
    )
    pubkeys = tuple(public_key(secret) for secret in secrets)
    return Keyring(secrets, pubkeys, dict(zip(pubkeys, secrets, strict=True)))
