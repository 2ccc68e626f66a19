"""Who signed a digest: the two forms of an attestation's signature. Pure.

65 bytes are r, s, v under secp256k1, as Ethereum and eas-sdk have them; 128 bytes are r, s, x, y under P-256, whose keys live in TPMs and
HSMs. P-256 recovers no key from a signature, so the key comes along and the address is derived from it as Ethereum derives addresses; a
contract gives P256VERIFY the same 128 bytes after the digest (EIP-7951).

Invariants: one accepted spelling per signature, so s lies in the low half for both curves; r and s are never zero or beyond the order; a
public key is a point on its curve. Sources: SEC 1 section 4.1.4, EIP-2, FIPS 186-5.
"""

import coincurve

from oracle.attestation_errors import SignatureError
from oracle.keccak import keccak256

SECP256K1_BYTES = 65
"""r, s and v."""
P256_BYTES = 128
"""r, s and the coordinates of the public key."""
SECP256K1_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
"""Order of secp256k1's group (SEC 2, section 2.4.1)."""
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Order of P-256's group (SEC 2, section 2.4.2)."""


def recover(digest: bytes, signature: bytes) -> bytes:
    """Returns the address whose key signed the digest, in either form.

    Raises:
        SignatureError: neither 65 nor 128 bytes, a number out of range, s in the upper half, or no key's signature over this digest.

    """
    if len(signature) == P256_BYTES:
        return recover_p256(digest, signature)
    return recover_secp256k1(digest, signature)


def recover_secp256k1(digest: bytes, signature: bytes) -> bytes:
    """Returns the address of the key of secp256k1 that signed; transactions take this form only. Raises SignatureError."""
    if len(signature) != SECP256K1_BYTES:
        raise SignatureError(signature, f"{len(signature)} bytes, expected {SECP256K1_BYTES} (or {P256_BYTES} where P-256 may sign)")
    if signature[64] not in (27, 28):
        raise SignatureError(signature, f"v is {signature[64]}, expected 27 or 28")
    _check_low(signature, SECP256K1_ORDER)
    try:
        key = coincurve.PublicKey.from_signature_and_message(signature[:64] + bytes([signature[64] - 27]), digest, hasher=None)
    except Exception as error:  # coincurve raises bare Exception when libsecp256k1 recovers nothing
        raise SignatureError(signature, "no key recovers from it") from error
    return address_of(key.format(compressed=False))


def recover_p256(digest: bytes, signature: bytes) -> bytes:
    """Returns the address of the P-256 key that the signature brings along, once it verifies under that key. Raises SignatureError."""
    if len(signature) != P256_BYTES:
        raise SignatureError(signature, f"{len(signature)} bytes, expected {P256_BYTES}")
    _check_low(signature, P256_ORDER)
    from oracle import p256  # noqa: PLC0415 - 6 MB that a box with secp256k1 alone never needs

    p256.check(digest, signature)
    return address_of(b"\x04" + signature[64:])


def lower_p256(signature: bytes) -> bytes:
    """Returns r, s of P-256 in 64 bytes with s in the low half, from what any device signed: both halves verify alike."""
    s = int.from_bytes(signature[32:], "big")
    return signature[:32] + min(s, P256_ORDER - s).to_bytes(32, "big")


def address_of(public_key: bytes) -> bytes:
    """Returns the address of an uncompressed public key of 65 bytes, on either curve."""
    return keccak256(public_key[1:])[12:]


def _check_low(signature: bytes, order: int) -> None:
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:64], "big")
    if not (0 < r < order and 0 < s < order):
        raise SignatureError(signature, "r or s lies outside 1 to the group order")
    if s > order // 2:
        raise SignatureError(signature, "s is in the upper half of the group order (EIP-2)")
