"""Signatures of devices by the cryptography library: Ed25519, and ECDSA on P-256. Pure.

Apart from `cose`, which imports it when the first key is made: a box without signed devices then carries 6 MB less.
"""

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicKey, EllipticCurvePublicNumbers
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

Key = Ed25519PublicKey | EllipticCurvePublicKey
"""A public key as the library holds it."""


def load(algorithm: str, public: bytes) -> Key:
    """Returns the key of 32 bytes (EdDSA) or of x and y (ES256); raises ValueError where it is none."""
    try:
        if algorithm == "EdDSA":
            return Ed25519PublicKey.from_public_bytes(public)
        if len(public) != 64:
            raise ValueError(f"{len(public)} bytes, expected 64")
        return EllipticCurvePublicNumbers(int.from_bytes(public[:32]), int.from_bytes(public[32:]), SECP256R1()).public_key()
    except UnsupportedAlgorithm as error:
        raise ValueError(str(error)) from error


def load_pem(data: bytes) -> tuple[str, bytes] | None:
    """Returns algorithm and public key of a PEM file, or None for a key of another kind; raises ValueError where it is none."""
    try:
        loaded = load_pem_public_key(data)
    except UnsupportedAlgorithm as error:
        raise ValueError(str(error)) from error
    if isinstance(loaded, Ed25519PublicKey):
        return "EdDSA", loaded.public_bytes_raw()
    if isinstance(loaded, EllipticCurvePublicKey) and isinstance(loaded.curve, SECP256R1):
        return "ES256", loaded.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)[1:]
    return None


def verifies(key: Key, signature: bytes, message: bytes) -> bool:
    """Returns whether the signature of 64 bytes is the key's over the message."""
    try:
        if isinstance(key, Ed25519PublicKey):
            key.verify(signature, message)
        else:
            r, s = int.from_bytes(signature[:32]), int.from_bytes(signature[32:])
            key.verify(encode_dss_signature(r, s), message, ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True
