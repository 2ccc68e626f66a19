"""The shape of a bundle's document: names, types and bounds of every field, as msgspec reads them. Pure.

docs/formats/bundle.schema.json is generated from here, and a test holds the two together. Parts that follow somebody else's format
(`event`, `attestation`, beacon objects) are any object here and are checked by the modules of those formats.
"""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

MAX_READINGS = 10_000
"""Rows in one file; a month at one a minute is 43,200, of which a sample is kept."""
MAX_UPDATES = 128
"""Sync-committee periods that one file may cross: about five months on mainnet."""

Digest = Annotated[str, Meta(pattern="^0x[0-9a-f]{64}$", description="32 bytes")]
Address = Annotated[str, Meta(pattern="^0x[0-9a-fA-F]{40}$", description="address with EIP-55 checksum")]
Node = Annotated[str, Meta(pattern="^0x[0-9a-f]+$", max_length=2 + 2 * 1024, description="RLP of one trie node")]
Name = Annotated[str, Meta(min_length=1, max_length=200)]
Index = Annotated[int, Meta(ge=0, lt=MAX_READINGS)]
SafeInteger = Annotated[int, Meta(ge=0, le=2**53 - 1)]
LargeInteger = Annotated[str, Meta(pattern="^[1-9][0-9]{15,19}$", description="an integer above 2^53-1, as text")]
Proof = Annotated[list[Digest], Meta(max_length=64)]
Nodes = Annotated[list[Node], Meta(min_length=1, max_length=64)]
Table = Annotated[list[Name], Meta(max_length=MAX_READINGS)]
Column = Annotated[list[Index], Meta(max_length=MAX_READINGS)]


class _Document(Struct, forbid_unknown_fields=True, rename="camel", omit_defaults=True):
    """A closed object: an unknown field is a refusal, because nothing would bind it."""


class SubjectDocument(_Document):
    """Whom the bundle is about."""

    kind: Literal["shipment", "lot"]
    key: Name
    item: Name | UnsetType = UNSET


class SampleDocument(_Document):
    """A multiproof; present only when not all readings are."""

    proof: Annotated[list[Digest], Meta(max_length=8 * MAX_READINGS)]
    flags: Annotated[str, Meta(pattern="^[01]*$", max_length=16 * MAX_READINGS)]


class ReadingsDocument(_Document):
    """Readings in columns; `device`, `quantity` and `evidence` are places in the tables above them."""

    devices: Table
    quantities: Table
    evidences: Annotated[list[Digest], Meta(max_length=MAX_READINGS)]
    device: Column
    quantity: Column
    evidence: Column
    time: Annotated[list[SafeInteger], Meta(min_length=1, max_length=MAX_READINGS)]
    value: Annotated[list[float], Meta(max_length=MAX_READINGS)]
    sequence: Annotated[list[SafeInteger | LargeInteger | None], Meta(max_length=MAX_READINGS)]
    multiproof: SampleDocument | UnsetType = UNSET


class AgentDocument(_Document):
    """Which agent judged."""

    manifest: Annotated[str, Meta(min_length=1, max_length=16_384)]


class BatchDocument(_Document):
    """The way from the attestation to the anchored root."""

    root: Digest
    proof: Proof


class AnchorDocument(_Document):
    """Where the root is on chain."""

    registry: Address
    gateway_registry: Address
    gateway: Address
    index: SafeInteger
    account_proof: Nodes
    storage_proof: Nodes


class BeaconDocument(_Document):
    """One answer of the beacon API."""

    version: Annotated[str, Meta(max_length=16)]
    data: dict[str, Any]


class LightClientDocument(_Document):
    """The way from a checkpoint to the finalized block."""

    bootstrap: BeaconDocument
    updates: Annotated[list[BeaconDocument], Meta(max_length=MAX_UPDATES)]
    finality_update: BeaconDocument


class BundleDocument(_Document):
    """A bundle: everything needed to check one subject."""

    format: Literal["aios-bundle"]
    version: Literal[1]
    network: Name
    subject: SubjectDocument
    agent: AgentDocument
    attestation: dict[str, Any]
    batch: BatchDocument
    anchor: AnchorDocument
    light_client: LightClientDocument
    seal: Digest
    readings: ReadingsDocument | UnsetType = UNSET
    event: dict[str, Any] | UnsetType = UNSET
    image: Annotated[str, Meta(max_length=1_400_000, description="PNG in base64")] | UnsetType = UNSET


def json_schema() -> dict[str, Any]:
    """Returns the published JSON Schema (2020-12) of a bundle."""
    schema = msgspec.json.schema(BundleDocument)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "AiOS bundle, version 1", **schema}
