"""The GatewayRegistry as bytes: calldata, what a key signs to belong to a gateway, storage slots and the words in them, its code hash.

Pure. Knows no RPC and signs nothing. Signatures and layout are those of `contracts/src/GatewayRegistry.sol`; tests hold them against the
ABI and the storage layout of the committed artifact. BLS keys are registered by `oracle.votes`, votes reported by
`oracle.vote_equivocation`.

A verifier needs two words: `key_slot(attester)` says whose key signed, `gateway_slot(gateway)` how that gateway stands. Every genuine
registry has the same code (`code_hash`), whatever its owner and its rules about stakes are.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Literal, Self

from oracle import abi, artifacts
from oracle.attestation import Attestation
from oracle.eip712 import typed_data_digest
from oracle.errors import FieldRangeError
from oracle.keccak import keccak256
from oracle.publication_errors import StorageWordError

GATEWAYS_SLOT = 0
"""Slot of `GatewayRegistry._gateways`, the mapping of gateway to its record."""
KEYS_SLOT = 1
"""Slot of `GatewayRegistry._keys`, the mapping of key to its record."""
REWARD_DIVISOR = 10
"""The reporter of an equivocation takes one in so many of the stake."""

_DOMAIN_TYPE = keccak256(b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)")
_DOMAIN_NAME = keccak256(b"AiOS GatewayRegistry")
_DOMAIN_VERSION = keccak256(b"1")
_POSSESSION_TYPE = keccak256(b"KeyPossession(address gateway,address key,address operator)")
_SIGNED = "(bytes32,address,uint64,uint64,bool,bytes32,bytes,bytes32,bytes)"
_OPERATOR_SHIFT, _REGISTERED_SHIFT, _SINCE_SHIFT = 88, 48, 8
_CURVE_SHIFT, _REVOKED_SHIFT, _KEY_SINCE_SHIFT = 240, 200, 160
_TIME = (1 << 40) - 1
_ADDRESS = (1 << 160) - 1


class Standing(IntEnum):
    """How a gateway stands."""

    UNKNOWN = 0
    ACTIVE = 1
    SUSPENDED = 2
    UNBONDING = 3
    RETIRED = 4
    SLASHED = 5


class Curve(IntEnum):
    """On which curve a key is."""

    SECP256K1 = 0
    P256 = 1
    BLS12_381 = 2


@dataclass(frozen=True, slots=True)
class GatewayRecord:
    """The first word of a gateway's record."""

    standing: Standing
    """How it stands."""
    since: int
    """Time of the block in which the standing last changed, seconds."""
    registered_at: int
    """Time of the block in which it was registered, seconds."""
    operator: bytes
    """Who controls it, 20 bytes."""

    @classmethod
    def decode(cls, word: int) -> Self:
        """Returns the record in a storage word; an empty word is an unknown gateway.

        Raises StorageWordError for a word that the contract never writes.
        """
        standing = word & 0xFF
        if standing > Standing.SLASHED or word >> 248:
            raise StorageWordError("gateway", word)
        return cls(
            Standing(standing),
            word >> _SINCE_SHIFT & _TIME,
            word >> _REGISTERED_SHIFT & _TIME,
            (word >> _OPERATOR_SHIFT & _ADDRESS).to_bytes(20, "big"),
        )


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """The word of a key, of a signer's or a BLS key (`oracle.bls.address_of`)."""

    gateway: bytes
    """Whose it is, 20 bytes; zero where the key is unknown."""
    since: int
    """Time of the block in which it was registered, seconds."""
    revoked_at: int
    """Time of the block in which it was revoked, seconds, or zero."""
    curve: Curve
    """Its curve."""

    @classmethod
    def decode(cls, word: int) -> Self:
        """Returns the record in a storage word; an empty word is an unknown key.

        Raises StorageWordError for a word that the contract never writes.
        """
        curve = word >> _CURVE_SHIFT
        if curve > Curve.BLS12_381:
            raise StorageWordError("key", word)
        return cls((word & _ADDRESS).to_bytes(20, "big"), word >> _KEY_SINCE_SHIFT & _TIME, word >> _REVOKED_SHIFT & _TIME, Curve(curve))

    @property
    def known(self) -> bool:
        """Whether the key was ever registered."""
        return any(self.gateway)


# Storage and code


def gateway_slot(gateway: bytes) -> bytes:
    """Returns the storage key of a gateway's first word: keccak256(gateway . slot)."""
    return keccak256(abi.address("gateway", gateway) + abi.uint("slot", GATEWAYS_SLOT, 256))


def key_slot(key: bytes) -> bytes:
    """Returns the storage key of a signer key's word: keccak256(key . slot)."""
    return keccak256(abi.address("key", key) + abi.uint("slot", KEYS_SLOT, 256))


def code_hash() -> bytes:
    """Returns the code hash that an account proof of a genuine GatewayRegistry states."""
    return artifacts.runtime_code_hash(artifacts.load("GatewayRegistry"), {})


def creation(owner: bytes, minimum_stake_wei: int = 0, unbonding_delay_s: int = 0, treasury: bytes = bytes(20)) -> bytes:
    """Returns the creation code of a GatewayRegistry; the owner is its first operator, and a zero treasury burns what is forfeited."""
    return (
        artifacts.load("GatewayRegistry").bytecode
        + abi.address("owner", owner)
        + abi.uint("minimum stake", minimum_stake_wei, 256)
        + abi.uint("unbonding delay", unbonding_delay_s, 40)
        + abi.address("treasury", treasury)
    )


# Possession


def possession_digest(*, chain_id: int, registry: bytes, gateway: bytes, key: bytes, operator: bytes) -> bytes:
    """Returns what a key signs to show that it agrees to belong to a gateway of this operator (EIP-712)."""
    separator = keccak256(
        _DOMAIN_TYPE + _DOMAIN_NAME + _DOMAIN_VERSION + abi.uint("chain id", chain_id, 256) + abi.address("registry", registry)
    )
    message = keccak256(_POSSESSION_TYPE + abi.address("gateway", gateway) + abi.address("key", key) + abi.address("operator", operator))
    return typed_data_digest(separator, message)


# Calldata


def register_calldata(gateway: bytes, possession: bytes, document_hash: bytes = bytes(32), document_uri: str = "") -> bytes:
    """Returns the calldata by which an operator registers a gateway; the ether sent along is its stake."""
    return abi.call(
        "register(address,bytes32,string,bytes)",
        abi.address("gateway", gateway),
        abi.bytes32("document hash", document_hash),
        abi.dynamic_bytes(document_uri.encode()),
        abi.dynamic_bytes(possession),
    )


def set_document_calldata(gateway: bytes, document_hash: bytes, document_uri: str) -> bytes:
    """Returns the calldata by which an operator states a gateway's DID document anew."""
    words = (abi.address("gateway", gateway), abi.bytes32("document hash", document_hash))
    return abi.call("setDocument(address,bytes32,string)", *words, abi.dynamic_bytes(document_uri.encode()))


def add_key_calldata(gateway: bytes, key: bytes, possession: bytes) -> bytes:
    """Returns the calldata by which an operator registers a further key."""
    words = (abi.address("gateway", gateway), abi.address("key", key))
    return abi.call("addKey(address,address,bytes)", *words, abi.dynamic_bytes(possession))


def revoke_key_calldata(key: bytes) -> bytes:
    """Returns the calldata by which an operator revokes a key for good."""
    return abi.call("revokeKey(address)", abi.address("key", key))


def set_operator_calldata(gateway: bytes, operator: bytes) -> bytes:
    """Returns the calldata by which an operator passes a gateway on."""
    return abi.call("setOperator(address,address)", abi.address("gateway", gateway), abi.address("operator", operator))


def stake_calldata(step: Literal["addStake", "unbond", "release"], gateway: bytes) -> bytes:
    """Returns the calldata that adds the ether sent along to a stake, or takes a gateway out of service, or releases its stake."""
    return abi.call(f"{step}(address)", abi.address("gateway", gateway))


def claim_calldata() -> bytes:
    """Returns the calldata by which anybody takes what is his."""
    return abi.call("claim()")


def owner_calldata(step: Literal["admit", "dismiss", "suspend", "reinstate"], subject: bytes) -> bytes:
    """Returns the calldata by which the owner admits or dismisses an operator, or suspends or reinstates a gateway."""
    return abi.call(f"{step}(address)", abi.address("subject", subject))


def query_calldata(query: Literal["isActive", "activeGatewayOf", "gatewayOf", "keyOf", "claimable"], subject: bytes) -> bytes:
    """Returns the calldata that asks about a gateway, a key or a receiver. An answer is the word of whoever gives it."""
    return abi.call(f"{query}(address)", abi.address("subject", subject))


def slash_statements_calldata(first: Attestation, second: Attestation, reporter: bytes) -> bytes:
    """Returns the calldata that proves two attestations to contradict; both must be for one EAS deployment.

    Raises FieldRangeError where they are not.
    """
    domain = first.domain
    if second.domain != domain:
        raise FieldRangeError("domain", str(second.domain), f"a domain equal to {domain}")
    return abi.call(
        f"slashStatements(string,address,{_SIGNED},{_SIGNED},address)",
        abi.dynamic_bytes(domain.version.encode()),
        abi.address("EAS", domain.verifying_contract),
        _signed(first),
        _signed(second),
        abi.address("reporter", reporter),
    )


def slash_anchors_calldata(first: bytes, second: bytes, reporter: bytes) -> bytes:
    """Returns the calldata that proves two signed transactions, as nodes pass them on, to anchor different roots under one index."""
    words = (abi.dynamic_bytes(first), abi.dynamic_bytes(second), abi.address("reporter", reporter))
    return abi.call("slashAnchors(bytes,bytes,address)", *words)


def _signed(attestation: Attestation) -> abi.Dynamic:
    return abi.dynamic_tuple(
        abi.bytes32("schema", attestation.schema),
        abi.address("recipient", attestation.recipient),
        abi.uint("time", attestation.time, 64),
        abi.uint("expirationTime", attestation.expiration_time, 64),
        abi.uint("revocable", int(attestation.revocable), 1),
        abi.bytes32("refUID", attestation.ref_uid),
        abi.dynamic_bytes(attestation.data),
        abi.bytes32("salt", attestation.salt),
        abi.dynamic_bytes(attestation.signature),
    )
