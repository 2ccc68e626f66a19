"""The Ethereum Attestation Service on chain, as bytes: calldata, uids, logs and storage slots.

Pure. Knows no RPC and signs nothing. Functions and structs are those of `IEAS.sol` and `ISchemaRegistry.sol`, which did not change between
EAS 0.26 and 1.4. The uid of an on-chain attestation is a hash over its content *and the time of its block*: who knows the content and the
times of blocks knows every uid that it can have (`uid_of`), and needs nobody's word for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from oracle import abi
from oracle.keccak import keccak256
from oracle.publication_errors import CalldataRefusedError, EventNotAttestedError

MAX_DATA_BYTES = 8_192
"""Longest payload of an attestation that is encoded or read here; ours have 224 bytes, and each costs some 700 gas."""


def selector(signature: str) -> bytes:
    """Returns the four bytes that name a function in calldata."""
    return keccak256(signature.encode())[:4]


ATTEST = selector("attest((bytes32,(address,uint64,bool,bytes32,bytes,uint256)))")
REVOKE = selector("revoke((bytes32,(bytes32,uint256)))")
REVOKE_OFFCHAIN = selector("revokeOffchain(bytes32)")
MULTI_REVOKE_OFFCHAIN = selector("multiRevokeOffchain(bytes32[])")
TIMESTAMP = selector("timestamp(bytes32)")
REGISTER = selector("register(string,address,bool)")
VERSION_CALLS = (selector("version()"), selector("VERSION()"))
"""How a deployment is asked for its version: since 1.0, and in 0.26."""
ATTESTED = keccak256(b"Attested(address,address,bytes32,bytes32)")
"""First topic of the log that an attestation leaves behind."""


@dataclass(frozen=True, slots=True)
class OnchainAttestation:
    """What `attest` is asked to write; attester and time are the transaction's."""

    schema: bytes
    """Uid of the schema, 32 bytes."""
    data: bytes
    """The statement, ABI-encoded by its schema."""
    recipient: bytes = bytes(20)
    """Whom it is about, 20 bytes; zeros for nobody."""
    expiration_time: int = 0
    """When it ends, seconds since the Unix epoch; 0 for never."""
    revocable: bool = False
    """Whether the attester may revoke it."""
    ref_uid: bytes = bytes(32)
    """Uid of an on-chain attestation that this one builds on; zeros for none. EAS refuses one that it does not hold."""


@dataclass(frozen=True, slots=True)
class Attested:
    """The log of one attestation: the word of whoever handed it over."""

    recipient: bytes
    """Whom it is about."""
    attester: bytes
    """Who attested."""
    uid: bytes
    """The attestation's uid."""
    schema: bytes
    """Uid of its schema."""


# Calldata


def attest_calldata(attestation: OnchainAttestation) -> bytes:
    """Returns the calldata that writes an attestation."""
    if len(attestation.data) > MAX_DATA_BYTES:
        raise CalldataRefusedError(f"a payload of {len(attestation.data)} bytes is longer than {MAX_DATA_BYTES}")
    return (
        ATTEST
        + abi.uint("request", 0x20, 256)
        + abi.bytes32("schema", attestation.schema)
        + abi.uint("request.data", 0x40, 256)
        + abi.address("recipient", attestation.recipient)
        + abi.uint("expiration time", attestation.expiration_time, 64)
        + abi.uint("revocable", int(attestation.revocable), 8)
        + abi.bytes32("ref uid", attestation.ref_uid)
        + abi.uint("data", 0xC0, 256)
        + abi.uint("value", 0, 256)
        + _tail(attestation.data)
    )


def decode_attest(calldata: bytes) -> OnchainAttestation:
    """Returns the attestation in calldata that `attest_calldata` wrote.

    Raises CalldataRefusedError for any other bytes, such as another encoding of the same attestation.
    """
    words = [calldata[at : at + 32] for at in range(4, len(calldata), 32)]
    if len(words) < 10 or len(calldata) > 4 + 10 * 32 + MAX_DATA_BYTES:
        raise CalldataRefusedError(f"{len(calldata)} bytes are not an attestation's calldata")
    length = int.from_bytes(words[9], "big")
    attestation = OnchainAttestation(
        schema=words[1],
        data=b"".join(words[10:])[: min(length, MAX_DATA_BYTES)],
        recipient=words[3][12:],
        expiration_time=int.from_bytes(words[4][24:], "big"),
        revocable=any(words[5]),
        ref_uid=words[6],
    )
    if attest_calldata(attestation) != calldata:
        raise CalldataRefusedError("it is not the calldata of `attest` in its one canonical form, without value")
    return attestation


def revoke_calldata(schema: bytes, uid: bytes) -> bytes:
    """Returns the calldata that revokes an on-chain attestation."""
    return REVOKE + abi.bytes32("schema", schema) + abi.bytes32("uid", uid) + abi.uint("value", 0, 256)


def revoke_offchain_calldata(uid: bytes) -> bytes:
    """Returns the calldata that notes an off-chain attestation as revoked by the sender."""
    return REVOKE_OFFCHAIN + abi.bytes32("uid", uid)


def multi_revoke_offchain_calldata(uids: Sequence[bytes]) -> bytes:
    """Returns the calldata that notes several off-chain attestations as revoked by the sender."""
    head = abi.uint("uids", 0x20, 256) + abi.uint("length", len(uids), 32)
    return MULTI_REVOKE_OFFCHAIN + head + b"".join(abi.bytes32("uid", uid) for uid in uids)


def timestamp_calldata(stamped: bytes) -> bytes:
    """Returns the calldata that writes down when 32 bytes were first shown."""
    return TIMESTAMP + abi.bytes32("stamped", stamped)


def register_schema_calldata(schema: str, resolver: bytes = bytes(20), *, revocable: bool = True) -> bytes:
    """Returns the calldata by which the SchemaRegistry takes a schema."""
    head = abi.uint("schema", 0x60, 256) + abi.address("resolver", resolver) + abi.uint("revocable", int(revocable), 8)
    return REGISTER + head + _tail(schema.encode())


def schema_uid(schema: str, resolver: bytes = bytes(20), *, revocable: bool = True) -> bytes:
    """Returns the uid under which the SchemaRegistry keeps a schema."""
    return keccak256(schema.encode() + resolver + bytes((revocable,)))


# Uids and logs


def uid_of(attestation: OnchainAttestation, attester: bytes, time_s: int) -> bytes:
    """Returns the uid that an attestation has if it is written in a block of this time, for the first time in that block."""
    return keccak256(
        attestation.schema
        + attestation.recipient
        + attester
        + time_s.to_bytes(8, "big")
        + attestation.expiration_time.to_bytes(8, "big")
        + bytes((attestation.revocable,))
        + attestation.ref_uid
        + attestation.data
        + bytes(4)
    )


def decode_attested(topics: Sequence[bytes], data: bytes) -> Attested:
    """Returns what the log of an attestation says.

    Raises EventNotAttestedError for any other log.
    """
    if len(topics) != 4 or topics[0] != ATTESTED or len(data) != 32 or any(len(topic) != 32 for topic in topics):
        raise EventNotAttestedError(tuple(topics))
    if any(topics[1][:12]) or any(topics[2][:12]):
        raise EventNotAttestedError(tuple(topics))
    return Attested(recipient=topics[1][12:], attester=topics[2][12:], uid=data, schema=topics[3])


# Storage


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a version of EAS keeps its mappings."""

    attestations: int
    """Slot of `_db`, uid to attestation."""
    timestamps: int
    """Slot of `_timestamps`, 32 bytes to seconds."""
    revocations: int
    """Slot of `_revocationsOffchain`, revoker to 32 bytes to seconds."""


BEFORE_1_0 = Layout(attestations=1, timestamps=2, revocations=3)
SINCE_1_0 = Layout(attestations=4, timestamps=5, revocations=6)


def layout_of(version: str) -> Layout:
    """Returns the layout of a version of EAS, such as 0.26 or 1.4.0."""
    return BEFORE_1_0 if version.startswith("0.") else SINCE_1_0


def attestation_slot(layout: Layout, uid: bytes) -> bytes:
    """Returns the storage key of an attestation's first word, which holds its uid."""
    return keccak256(abi.bytes32("uid", uid) + abi.uint("slot", layout.attestations, 256))


def timestamp_slot(layout: Layout, stamped: bytes) -> bytes:
    """Returns the storage key of the seconds at which 32 bytes were first stamped."""
    return keccak256(abi.bytes32("stamped", stamped) + abi.uint("slot", layout.timestamps, 256))


def revocation_slot(layout: Layout, revoker: bytes, uid: bytes) -> bytes:
    """Returns the storage key of the seconds at which a revoker revoked an off-chain attestation."""
    inner = keccak256(abi.address("revoker", revoker) + abi.uint("slot", layout.revocations, 256))
    return keccak256(abi.bytes32("uid", uid) + inner)


# Stamps


STAMP = keccak256(b"AiOS batch stamp v1")
"""First word of what is stamped, so that it is never a root or a uid of anything else."""


def stamp_of(chain_id: int, gateway: bytes, index: int, root: bytes) -> bytes:
    """Returns what is stamped for a batch where only EAS exists.

    `EAS.timestamp` is global and its first writer wins: the root is salted with whose it is, so that nobody stamps it before it is shown
    and so that two gateways with one root do not meet. It says when the batch existed; who stamped it, and whether a batch was left out, it
    does not say: only an AnchorRegistry does.
    """
    words = (abi.uint("chain id", chain_id, 256), abi.address("gateway", gateway), abi.uint("index", index, 64), abi.bytes32("root", root))
    return keccak256(STAMP + b"".join(words))


def _tail(data: bytes) -> bytes:
    return abi.uint("length", len(data), 256) + data + bytes(-len(data) % 32)
