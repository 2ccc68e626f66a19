"""EIP-712 digests of EAS off-chain attestations, written out for their one type. Pure.

Not a general typed-data encoder: the gateway signs nothing but `Attest`, and a signer that can encode anything can be asked to sign
anything. Written out it is also several times faster; the tests compare it with eth-account's general encoder.
Specification: EIP-712 (encoding), EAS off-chain attestations version 2.
"""

from functools import lru_cache

from oracle import abi
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


_VERSION_2 = (2).to_bytes(32, "big")
_TRUE = (1).to_bytes(32, "big")
_FALSE = bytes(32)
