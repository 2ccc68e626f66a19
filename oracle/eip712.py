"""EIP-712 digests and signatures of EAS off-chain attestations, written out for their one type. Pure.

Not a general typed-data encoder: the gateway signs nothing but `Attest`, and a signer that can encode anything can be asked to sign
anything. Written out it is also several times faster; the tests compare it with eth-account's general encoder.
Specification: EIP-712 (encoding), EIP-2 (low s), EAS off-chain attestations version 2.
"""

from functools import lru_cache

import coincurve

from oracle import abi
from oracle.attestation_errors import SignatureError
from oracle.keccak import keccak256

DOMAIN_TYPE = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
"""The domain's type, as EAS declares it."""
ATTEST_TYPE = (
    "Attest(uint16 version,bytes32 schema,address recipient,uint64 time,uint64 expirationTime,"
    "bool revocable,bytes32 refUID,bytes data,bytes32 salt)"
)
"""The message's type, version 2."""
DOMAIN_NAME = "EAS Attestation"
"""The domain's name on every chain."""

_DOMAIN_TYPE_HASH = keccak256(DOMAIN_TYPE.encode())
_ATTEST_TYPE_HASH = keccak256(ATTEST_TYPE.encode())
_NAME_HASH = keccak256(DOMAIN_NAME.encode())
_HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0
"""Half the order of secp256k1: a larger s is the malleable twin of a valid signature (EIP-2)."""


@lru_cache(maxsize=64)
def domain_separator(version: str, chain_id: int, verifying_contract: bytes) -> bytes:
    """Returns the EIP-712 domain separator of an EAS deployment."""
    return keccak256(
        _DOMAIN_TYPE_HASH
        + _NAME_HASH
        + keccak256(version.encode())
        + abi.uint("chainId", chain_id, 256)
        + abi.address("verifyingContract", verifying_contract)
    )


def attest_hash(
    *, schema: bytes, recipient: bytes, time: int, expiration_time: int, revocable: bool, ref_uid: bytes, data: bytes, salt: bytes
) -> bytes:
    """Returns hashStruct of an Attest message of version 2; raises FieldRangeError for a field that does not fit its type."""
    return keccak256(
        _ATTEST_TYPE_HASH
        + _VERSION_2
        + abi.bytes32("schema", schema)
        + abi.address("recipient", recipient)
        + abi.uint("time", time, 64)
        + abi.uint("expirationTime", expiration_time, 64)
        + (_TRUE if revocable else _FALSE)
        + abi.bytes32("refUID", ref_uid)
        + keccak256(data)
        + abi.bytes32("salt", salt)
    )


def typed_data_digest(separator: bytes, message_hash: bytes) -> bytes:
    """Returns the digest that is signed (EIP-712, "encode")."""
    return keccak256(b"\x19\x01" + separator + message_hash)


def recover(digest: bytes, signature: bytes) -> bytes:
    """Returns the address whose key signed the digest; `signature` is r, s, v in 65 bytes.

    Raises:
        SignatureError: wrong length, v other than 27 or 28, s in the upper half, or no such key.

    """
    if len(signature) != 65:
        raise SignatureError(signature, f"{len(signature)} bytes, expected 65")
    if signature[64] not in (27, 28):
        raise SignatureError(signature, f"v is {signature[64]}, expected 27 or 28")
    if int.from_bytes(signature[32:64], "big") > _HALF_ORDER:
        raise SignatureError(signature, "s is in the upper half of the group order (EIP-2)")
    try:
        key = coincurve.PublicKey.from_signature_and_message(signature[:64] + bytes([signature[64] - 27]), digest, hasher=None)
    except Exception as error:  # coincurve raises bare Exception when libsecp256k1 recovers nothing
        raise SignatureError(signature, "no key recovers from it") from error
    return address_of(key.format(compressed=False))


def address_of(public_key: bytes) -> bytes:
    """Returns the address of an uncompressed public key of 65 bytes."""
    return keccak256(public_key[1:])[-20:]


_VERSION_2 = (2).to_bytes(32, "big")
_TRUE = (1).to_bytes(32, "big")
_FALSE = bytes(32)
