"""Whether a P-256 key signed a digest, by the cryptography library. Pure.

Apart from `signature`, which imports it when the first such signature comes: a box whose keys are on secp256k1 then carries 6 MB less.
"""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from oracle.attestation_errors import SignatureError

_HASHED = ec.ECDSA(Prehashed(SHA256()))  # the digest is a Keccak's; the name only says that it has 32 bytes
_CURVE = ec.SECP256R1()


def check(digest: bytes, signature: bytes) -> None:
    """Returns if r and s, the first 64 bytes, are by the key whose x and y are the other 64; raises SignatureError."""
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:64], "big")
    try:
        key = ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, b"\x04" + signature[64:])
    except ValueError as error:
        raise SignatureError(signature, "x and y are no point of P-256") from error
    try:
        key.verify(encode_dss_signature(r, s), digest, _HASHED)
    except (InvalidSignature, ValueError) as error:  # ValueError: the digest has not 32 bytes
        raise SignatureError(signature, "it is not by the P-256 key that it names") from error
