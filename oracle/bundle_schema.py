"""The shape of a bundle's document: names, types and bounds of every field, as msgspec reads them. Pure.

docs/formats/bundle.schema.json is generated from here, and a test holds the two together. Parts that follow somebody else's format
(`event`, `attestation`, beacon objects) are any object here and are checked by the modules of those formats.
"""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from oracle.custody import MAX_HANDOVERS

MAX_READINGS = 131_072
"""Rows in one file: a month at one a minute is 43,200, for each of three channels."""
MAX_UPDATES = 400
"""Sync-committee periods that one file may cross; a year of mainnet has 321."""
MAX_CORRECTIONS = 64
"""Attestations of a chain of corrections, to either side."""
MAX_QUORUM = 32
"""Other gateways that attested the same subject."""
MAX_ITEMS = 5_000
"""Items of a lot's sample; the largest of ISO 2859-1 has 2,000."""
MAX_DEVICES = 1_000
"""Devices on one shipment whose keys a file names."""
MAX_PAYLOAD = 65_536
"""Bytes of one payload that a device signed."""
MAX_IMAGE = 1_048_576
"""Bytes of an enclosed image."""

Digest = Annotated[str, Meta(description="32 bytes", extra_json_schema={"pattern": "^0x[0-9a-f]{64}$"})]
"""Published with its pattern, which is not matched here: `hexes.from_hex` refuses the same, thousands of times faster in bulk."""
Address = Annotated[str, Meta(pattern="^0x[0-9a-fA-F]{40}$", description="address with EIP-55 checksum")]
Node = Annotated[str, Meta(pattern="^0x[0-9a-f]+$", max_length=2 + 2 * 1024, description="RLP of one trie node")]
Payload = Annotated[str, Meta(pattern="^0x([0-9a-f]{2})+$", max_length=2 + 2 * MAX_PAYLOAD, description="COSE_Sign1 as received")]
DeviceKey = Annotated[str, Meta(pattern="^0x([0-9a-f]{2})+$", max_length=512, description="COSE_Key in deterministic CBOR")]
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


class ItemDocument(_Document):
    """One inspected item of a lot."""

    item: Name
    attestation: dict[str, Any]


class CorrectionsDocument(_Document):
    """What this attestation corrects, newest first, and what corrects it, oldest first."""

    earlier: Annotated[list[dict[str, Any]], Meta(min_length=1, max_length=MAX_CORRECTIONS)] | UnsetType = UNSET
    later: Annotated[list[dict[str, Any]], Meta(min_length=1, max_length=MAX_CORRECTIONS)] | UnsetType = UNSET


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


class StandingDocument(_Document):
    """Proofs of the GatewayRegistry's account, of the attester's key and of its gateway; `anchorKeyProof` where another key anchored."""

    account_proof: Nodes
    key_proof: Nodes
    gateway_proof: Nodes
    anchor_key_proof: Nodes | UnsetType = UNSET


class RevocationDocument(_Document):
    """Proofs of the account of the EAS contract and of the slot that holds the time of revocation."""

    account_proof: Nodes
    storage_proof: Nodes


class CoAttestationDocument(_Document):
    """What another gateway attested about the same subject; `event` for a shipment; `revocationProof` below the account of `revocation`."""

    attestation: dict[str, Any]
    batch: BatchDocument
    gateway: Address
    index: SafeInteger
    storage_proof: Nodes
    key_proof: Nodes
    gateway_proof: Nodes
    anchor_key_proof: Nodes | UnsetType = UNSET
    event: dict[str, Any] | UnsetType = UNSET
    revocation_proof: Nodes | UnsetType = UNSET


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
    custody: Annotated[list[dict[str, Any]], Meta(min_length=1, max_length=MAX_HANDOVERS)] | UnsetType = UNSET
    evidence: Annotated[list[Payload], Meta(min_length=1, max_length=MAX_READINGS)] | UnsetType = UNSET
    devices: Annotated[dict[Name, DeviceKey], Meta(min_length=1, max_length=MAX_DEVICES)] | UnsetType = UNSET
    items: Annotated[list[ItemDocument], Meta(min_length=1, max_length=MAX_ITEMS)] | UnsetType = UNSET
    corrections: CorrectionsDocument | UnsetType = UNSET
    standing: StandingDocument | UnsetType = UNSET
    revocation: RevocationDocument | UnsetType = UNSET
    quorum: Annotated[list[CoAttestationDocument], Meta(min_length=1, max_length=MAX_QUORUM)] | UnsetType = UNSET
    image: Annotated[str, Meta(max_length=(MAX_IMAGE + 2) // 3 * 4, description="the image in base64")] | UnsetType = UNSET


def json_schema() -> dict[str, Any]:
    """Returns the published JSON Schema (2020-12) of a bundle."""
    schema = msgspec.json.schema(BundleDocument)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "AiOS bundle, version 1", **schema}
