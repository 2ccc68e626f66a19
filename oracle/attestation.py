"""The Attestation: a statement signed as an EAS off-chain attestation, version 2. Pure.

It holds no key: signing goes through a callable over the digest. It reads no JSON: `attestation_json` does.
EAS off-chain attestations: https://docs.attest.org (offchain), eas-sdk `offchain/offchain.ts`.

Stricter than eas-sdk, on purpose: the SDK accepts any domain version, a wrong inner version, expired attestations and extra unsigned
fields. Here, the domain is compared whole, the inner version is 2 by construction, and expiry is checked against the caller's time.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from oracle import eip712
from oracle.attestation_errors import AttesterMismatchError, DomainMismatchError, ExpiredError, UidMismatchError
from oracle.errors import FieldRangeError, MisuseError
from oracle.hexes import to_checksum
from oracle.keccak import keccak256
from oracle.signature import recover

OFFCHAIN_VERSION = 2
"""The version of EAS off-chain attestations: the one with a salt."""
MAX_DATA = 8192
"""Bytes of data in one attestation; our statements have at most 288."""
MAX_DOMAIN_VERSION = 32
"""Characters of a domain version; deployments use `0.26` or `1.4.0`."""

SignDigest = Callable[[bytes], bytes]
"""Signs a 32-byte digest and returns either form of `oracle.signature`: r, s, v in 65 bytes or r, s, x, y in 128."""


@dataclass(frozen=True, slots=True)
class Domain:
    """Where an attestation counts: one EAS deployment."""

    version: str
    """That deployment's EAS version, such as `0.26` on Sepolia."""
    chain_id: int
    """EIP-155 chain id."""
    verifying_contract: bytes
    """Address of the EAS contract, 20 bytes."""

    def __str__(self) -> str:
        return f"EAS {self.version} at {to_checksum(self.verifying_contract)} on chain {self.chain_id}"

    @property
    def separator(self) -> bytes:
        """The EIP-712 domain separator."""
        return eip712.domain_separator(self.version, self.chain_id, self.verifying_contract)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What is signed: the fields of `Attest`, in their order."""

    schema: bytes
    """uid of the schema that says how to read `data`."""
    recipient: bytes
    """The address the statement is about; ours speak about things, so it is zero."""
    time: int
    """When it was made, seconds since the Unix epoch."""
    expiration_time: int
    """When it ceases to hold, seconds since the Unix epoch; 0 never."""
    revocable: bool
    """Whether the attester may revoke it."""
    ref_uid: bytes
    """uid of an attestation that it refers to, or zero."""
    data: bytes
    """The encoded statement."""
    salt: bytes
    """32 bytes that make equal statements distinct."""

    def digest_under(self, domain: Domain) -> bytes:
        """Returns the EIP-712 digest to sign; raises FieldRangeError for a field that does not fit its type."""
        message_hash = eip712.attest_hash(
            schema=self.schema,
            recipient=self.recipient,
            time=self.time,
            expiration_time=self.expiration_time,
            revocable=self.revocable,
            ref_uid=self.ref_uid,
            data=self.data,
            salt=self.salt,
        )
        return eip712.typed_data_digest(domain.separator, message_hash)

    def compute_uid(self) -> bytes:
        """Returns the EAS uid: keccak256 of the packed fields, with the schema as the UTF-8 text of its hex (sic)."""
        return keccak256(
            b"\x00\x020x"  # uint16 2, then the text
            + self.schema.hex().encode()
            + self.recipient
            + bytes(20)
            + self.time.to_bytes(8, "big")
            + self.expiration_time.to_bytes(8, "big")
            + bytes([self.revocable])
            + self.ref_uid
            + self.data
            + self.salt
            + bytes(4)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Attestation(Message):
    """A signed message. Holding one proves nothing yet: `verify` does."""

    domain: Domain
    """Where it counts."""
    attester: bytes
    """Address that is said to have signed, 20 bytes."""
    signature: bytes
    """r, s, v in 65 bytes under secp256k1, or r, s, x, y in 128 under P-256."""
    uid: bytes
    """Its EAS uid, as stated."""

    @property
    def digest(self) -> bytes:
        """The EIP-712 digest under the attestation's own domain, 32 bytes."""
        return self.digest_under(self.domain)

    @classmethod
    def signed(cls, message: Message, domain: Domain, attester: bytes, sign_digest: SignDigest) -> Self:
        """Returns the signed attestation.

        Raises:
            MisuseError: the callable's signature is not by `attester`, so the key store is mixed up.
            FieldRangeError: a field does not fit its type.

        """
        if len(message.data) > MAX_DATA:
            raise FieldRangeError("data", message.data, f"bytes of at most {MAX_DATA}")
        digest = message.digest_under(domain)
        signature = sign_digest(digest)
        if recover(digest, signature) != attester:
            raise MisuseError(f"the signer did not sign as 0x{attester.hex()}")
        return cls(
            schema=message.schema,
            recipient=message.recipient,
            time=message.time,
            expiration_time=message.expiration_time,
            revocable=message.revocable,
            ref_uid=message.ref_uid,
            data=message.data,
            salt=message.salt,
            domain=domain,
            attester=attester,
            signature=signature,
            uid=message.compute_uid(),
        )


def verify(attestation: Attestation, *, domain: Domain | None, now_s: int | None) -> None:
    """Returns if the attestation holds; `domain` None leaves the deployment unpinned, `now_s` None leaves expiry unchecked.

    Raises:
        DomainMismatchError: it was made for another deployment.
        UidMismatchError: the uid is not that of its content.
        SignatureError: the signature is malformed or malleable.
        AttesterMismatchError: somebody else signed it.
        ExpiredError: it is past its expiration time.

    """
    if domain is not None and attestation.domain != domain:
        raise DomainMismatchError(attestation.domain, domain)
    computed = attestation.compute_uid()
    if computed != attestation.uid:
        raise UidMismatchError(attestation.uid, computed)
    recovered = recover(attestation.digest, attestation.signature)
    if recovered != attestation.attester:
        raise AttesterMismatchError(attestation.attester, recovered)
    if now_s is not None and 0 < attestation.expiration_time <= now_s:
        raise ExpiredError(attestation.expiration_time, now_s)
