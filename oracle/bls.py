"""Signatures on BLS12-381, and the forms of their points. Pure.

Keys are points of G1, signatures points of G2; messages are hashed by BLS12381G2_XMD:SHA-256_SSWU_RO (RFC 9380), in the proof of possession
scheme of draft-irtf-cfrg-bls-signature-05. Signatures over one message add up to one, which the sum of the keys verifies. Here points have
the compressed form of 48 and 96 bytes that Ethereum's consensus has; contracts take them as EIP-2537 writes them, 64 bytes for each number.
pyblst checks every point that is read: on the curve, and in its subgroup. It gives points compressed only, so that y is worked out here.
"""

from collections.abc import Sequence
from typing import Any

from pyblst import BlstP1Element, BlstP2Element, final_verify, miller_loop

from oracle.errors import RefusedError
from oracle.keccak import keccak256

VERDICT_TAG = b"BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_"
"""Domain separation tag of verdicts, `BlsShipmentEscrow.VERDICT_TAG`."""
POSSESSION_TAG = b"BLS_POP_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_"
"""Domain separation tag of proofs of possession, `GatewayRegistry.BLS_POSSESSION_TAG`."""
ORDER = 0x73EDA753299D7D483339D80809A1D80553BDA402FFFE5BFEFFFFFFFF00000001
"""Order of the groups: private keys lie between 1 and this."""
KEY_LENGTH = 48
"""Bytes of a public key."""
SIGNATURE_LENGTH = 96
"""Bytes of a signature."""
CONTRACT_KEY_LENGTH = 128
"""Bytes of a public key as EIP-2537 writes it."""

_MODULUS = 0x1A0111EA397FE69A4B1BA7B6434BACD764774B84F38512BF6730D2A0F6B0F6241EABFFFEB153FFFFB9FEFFFFFFFFAAAB
_GENERATOR = BlstP1Element.uncompress(
    bytes.fromhex("97f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb")
)
_COMPRESSED, _INFINITY, _LARGER = 0x80, 0x40, 0x20
"""Flags in the first byte of a compressed point: that it is one, that it is the identity, that y is the larger of the two roots."""


class PointRefusedError(RefusedError):
    """Bytes are no key or signature of BLS12-381."""

    def __init__(self, what: str, point: bytes, reason: str) -> None:
        """Holds what the bytes were to be, the bytes, and the reason."""
        self.what = what
        self.point = point
        self.reason = reason
        super().__init__(f"0x{point[:8].hex()}… is no BLS {what}: {reason}")


# Keys and signatures


def public_key(secret: int) -> bytes:
    """Returns the public key of a private one, which lies between 1 and the order."""
    return bytes(_GENERATOR.scalar_mul(secret).compress())


def sign(secret: int, message: bytes, tag: bytes) -> bytes:
    """Returns the signature of a private key over a message."""
    return bytes(BlstP2Element.hash_to_group(message, tag).scalar_mul(secret).compress())


def verify(keys: Sequence[bytes], message: bytes, signature: bytes, tag: bytes) -> bool:
    """Returns whether a signature over one message is that of all these keys together.

    Whoever adds keys up must know that their owners hold them (`POSSESSION_TAG`): otherwise one could be made that takes the others away.

    Raises:
        PointRefusedError: a key or the signature is no such point.

    """
    points = [_key(key) for key in keys]
    total = sum(points, BlstP1Element())
    signed = _signature(signature)
    if not points or total == BlstP1Element():
        return False
    hashed = BlstP2Element.hash_to_group(message, tag)
    return bool(final_verify(miller_loop(total, hashed), miller_loop(_GENERATOR, signed)))


def aggregate(signatures: Sequence[bytes]) -> bytes:
    """Returns the sum of signatures; raises PointRefusedError where one is none, or there are none."""
    if not signatures:
        raise PointRefusedError("signature", b"", "there is none to add up")
    return bytes(sum((_signature(one) for one in signatures), BlstP2Element()).compress())


def address_of(key: bytes) -> bytes:
    """Returns what the GatewayRegistry calls a public key: the last 20 bytes of keccak256 of its point. No account has it.

    Raises PointRefusedError for what is no key.
    """
    return keccak256(contract_key(key))[12:]


# As EIP-2537 writes points


def contract_key(key: bytes) -> bytes:
    """Returns a public key in the 128 bytes that contracts take; raises PointRefusedError for what is none."""
    _key(key)
    x = int.from_bytes(bytes((key[0] & 0x1F,)) + key[1:], "big")
    y = _root(x**3 + 4)
    if (2 * y > _MODULUS) != bool(key[0] & _LARGER):
        y = _MODULUS - y
    return _words(x, y)


def key_of_contract(words: bytes) -> bytes:
    """Returns the public key that a contract holds in 128 bytes; raises PointRefusedError for what is none."""
    x, y = int.from_bytes(words[:64], "big"), int.from_bytes(words[64:], "big")
    if len(words) != CONTRACT_KEY_LENGTH or x >= _MODULUS or y >= _MODULUS:
        raise PointRefusedError("key", words, f"{len(words)} bytes, expected two numbers of the field in {CONTRACT_KEY_LENGTH}")
    key = bytearray(x.to_bytes(KEY_LENGTH, "big"))
    key[0] |= _COMPRESSED | (_LARGER if 2 * y > _MODULUS else 0)
    if contract_key(bytes(key)) != words:
        raise PointRefusedError("key", words, "it is not on the curve")
    return bytes(key)


def contract_signature(signature: bytes) -> bytes:
    """Returns a signature in the 256 bytes that contracts take; raises PointRefusedError for what is none."""
    _signature(signature)
    x1 = int.from_bytes(bytes((signature[0] & 0x1F,)) + signature[1:48], "big")
    x0 = int.from_bytes(signature[48:], "big")
    # x^3 + 4(1 + i), in the field's extension by i, a root of -1.
    y0, y1 = _root_of_pair(x0**3 - 3 * x0 * x1**2 + 4, 3 * x0**2 * x1 - x1**3 + 4)
    if (2 * (y1 or y0) > _MODULUS) != bool(signature[0] & _LARGER):
        y0, y1 = -y0 % _MODULUS, -y1 % _MODULUS
    return _words(x0, x1, y0, y1)


def _key(key: bytes) -> Any:
    if len(key) != KEY_LENGTH:
        raise PointRefusedError("key", key, f"{len(key)} bytes, expected {KEY_LENGTH}")
    if key[0] & _INFINITY:
        raise PointRefusedError("key", key, "it is the identity, with which everything is signed")
    return _read(BlstP1Element, "key", key)


def _signature(signature: bytes) -> Any:
    if len(signature) != SIGNATURE_LENGTH:
        raise PointRefusedError("signature", signature, f"{len(signature)} bytes, expected {SIGNATURE_LENGTH}")
    if signature[0] & _INFINITY:
        raise PointRefusedError("signature", signature, "it is the identity, which nobody's key gives")
    return _read(BlstP2Element, "signature", signature)


def _read(kind: Any, what: str, point: bytes) -> Any:
    try:
        return kind.uncompress(point)
    except ValueError as error:
        raise PointRefusedError(what, point, "it is not a point of the group") from error


def _words(*numbers: int) -> bytes:
    return b"".join(number.to_bytes(64, "big") for number in numbers)


def _root(square: int) -> int:
    """Returns a root of a square in the field, whose modulus is 3 modulo 4; of anything else, some number."""
    return pow(square, (_MODULUS + 1) // 4, _MODULUS)


def _root_of_pair(a: int, b: int) -> tuple[int, int]:
    """Returns a root of a + bi, which is a square: by the norm's root, as complex numbers have it."""
    a, b = a % _MODULUS, b % _MODULUS
    half = (_MODULUS + 1) // 2
    norm = _root(a * a + b * b)
    for real_squared in ((a + norm) * half % _MODULUS, (a - norm) * half % _MODULUS):
        real = _root(real_squared)
        if real and real * real % _MODULUS == real_squared:
            return real, b * pow(2 * real, -1, _MODULUS) % _MODULUS
    return 0, _root(-a)
