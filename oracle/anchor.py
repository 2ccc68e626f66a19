"""The AnchorRegistry as bytes: calldata, constructor arguments, storage slots, events and the expected code hash.

Pure. Knows no RPC and signs nothing. Signatures and layout are those of `contracts/src/AnchorRegistry.sol`; tests hold them against the
ABI and the storage layout of the committed artifact. Whose key anchored is `gateway_registry`'s business.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from oracle import abi, artifacts
from oracle.keccak import keccak256
from oracle.publication_errors import EventNotAnchoredError

ROOTS_SLOT = 0
"""Slot of `AnchorRegistry._roots`, the mapping of gateway to index to root."""


def selector(signature: str) -> bytes:
    """Returns the four bytes that name a function in calldata."""
    return keccak256(signature.encode())[:4]


ANCHOR = selector("anchor(uint64,bytes32,uint32)")
ANCHOR_OF = selector("anchorOf(address,uint64)")
ANCHORED = keccak256(b"Anchored(address,uint64,bytes32,uint32)")
"""First topic of the event that one anchor leaves behind."""


@dataclass(frozen=True, slots=True)
class Anchored:
    """The event of one anchor. A log is the word of whoever handed it over; only the storage proof counts."""

    gateway: bytes
    """Address of the gateway, 20 bytes."""
    index: int
    """The batch's number among this gateway's batches."""
    root: bytes
    """The batch's Merkle root."""
    count: int
    """How many statements the gateway says are under the root."""


# Calldata


def anchor_calldata(index: int, root: bytes, count: int) -> bytes:
    """Returns the calldata that anchors a batch."""
    return ANCHOR + abi.uint("index", index, 64) + abi.bytes32("root", root) + abi.uint("count", count, 32)


def anchor_of_calldata(gateway: bytes, index: int) -> bytes:
    """Returns the calldata that asks for a batch's root."""
    return ANCHOR_OF + abi.address("gateway", gateway) + abi.uint("index", index, 64)


# Deployment


def anchor_registry_creation(gateway_registry: bytes) -> bytes:
    """Returns the creation code of an AnchorRegistry that rests on this GatewayRegistry."""
    return artifacts.load("AnchorRegistry").bytecode + abi.address("gateway registry", gateway_registry)


def anchor_registry_code_hash(gateway_registry: bytes) -> bytes:
    """Returns the code hash that an account proof of a genuine AnchorRegistry states."""
    return artifacts.runtime_code_hash(artifacts.load("AnchorRegistry"), {"GATEWAY_REGISTRY": gateway_registry})


# Storage and events


def anchor_slot(gateway: bytes, index: int) -> bytes:
    """Returns the storage key of a batch's root: keccak256(index . keccak256(gateway . slot)), Solidity's layout of nested mappings."""
    roots = keccak256(abi.address("gateway", gateway) + abi.uint("slot", ROOTS_SLOT, 256))
    return keccak256(abi.uint("index", index, 256) + roots)


def decode_anchored(topics: Sequence[bytes], data: bytes) -> Anchored:
    """Returns the event that a log holds.

    Raises EventNotAnchoredError for any other log.
    """
    words = [data[i : i + 32] for i in range(0, len(data), 32)]
    if len(topics) != 3 or topics[0] != ANCHORED or len(data) != 64 or any(len(topic) != 32 for topic in topics):
        raise EventNotAnchoredError(tuple(topics))
    gateway, index, count = topics[1], int.from_bytes(topics[2], "big"), int.from_bytes(words[1], "big")
    if any(gateway[:12]) or index >= 1 << 64 or count >= 1 << 32:
        raise EventNotAnchoredError(tuple(topics))
    return Anchored(gateway=gateway[12:], index=index, root=words[0], count=count)
