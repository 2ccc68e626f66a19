"""Parts of a bundle's document that stand beside the proof itself: corrections, standing, revocation, quorum, items of a lot. Pure.

Each is written and read by one pair of functions; a part that is not there has no field. Nothing is checked for truth here.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from msgspec import UNSET, UnsetType

from oracle import attestation_json
from oracle.attestation import Attestation
from oracle.bundle import BatchProof, CoAttestation, Corrections, InspectedItem, KeyProof, Revocation, Standing
from oracle.bundle_schema import (
    BatchDocument,
    CoAttestationDocument,
    CorrectionsDocument,
    ItemDocument,
    RevocationDocument,
    StandingDocument,
)
from oracle.errors import MalformedDocumentError
from oracle.hexes import from_checksum, from_hex, to_checksum, to_hex


def write_nodes(nodes: Sequence[bytes]) -> list[str]:
    """Returns the nodes of one proof."""
    return [to_hex(node) for node in nodes]


def read_nodes(path: str, nodes: Sequence[str]) -> tuple[bytes, ...]:
    """Returns the nodes of one proof; raises MalformedDocumentError."""
    return tuple(from_hex(f"{path}[{place}]", node) for place, node in enumerate(nodes))


def write_batch(batch: BatchProof) -> dict[str, Any]:
    """Returns the document of a batch's proof."""
    return {"root": to_hex(batch.root), "proof": write_nodes(batch.proof)}


def read_batch(path: str, document: BatchDocument) -> BatchProof:
    """Returns a batch's proof; raises MalformedDocumentError."""
    return BatchProof(
        root=from_hex(f"{path}.root", document.root, length=32),
        proof=tuple(from_hex(f"{path}.proof", step, length=32) for step in document.proof),
    )


def write_items(items: Sequence[InspectedItem]) -> list[dict[str, Any]]:
    """Returns the document of a lot's inspected items."""
    return [{"item": one.item, "attestation": attestation_json.to_json(one.attestation)} for one in items]


def read_items(documents: list[ItemDocument]) -> tuple[InspectedItem, ...]:
    """Returns a lot's inspected items; raises MalformedDocumentError unless each is named once, in order."""
    if any(earlier.item >= later.item for earlier, later in pairwise(documents)):
        raise MalformedDocumentError("$.items", "items are not in order of their names, each once")
    return tuple(
        InspectedItem(one.item, attestation_json.from_json(one.attestation, f"$.items[{place}].attestation"))
        for place, one in enumerate(documents)
    )


def write_corrections(corrections: Corrections) -> dict[str, Any]:
    """Returns the document of a chain of corrections, empty if there is none."""
    sides = (("earlier", corrections.earlier), ("later", corrections.later))
    return {name: [attestation_json.to_json(one) for one in side] for name, side in sides if side}


def read_corrections(document: CorrectionsDocument) -> Corrections:
    """Returns a chain of corrections; raises MalformedDocumentError."""
    return Corrections(_attestations("earlier", document.earlier), _attestations("later", document.later))


def _attestations(name: str, documents: list[dict[str, Any]] | UnsetType) -> tuple[Attestation, ...]:
    listed = () if documents is UNSET else documents
    return tuple(attestation_json.from_json(one, f"$.corrections.{name}[{place}]") for place, one in enumerate(listed))


def write_standing(standing: Standing) -> dict[str, Any]:
    """Returns the document of a gateway's standing."""
    return {"accountProof": write_nodes(standing.account_proof), **_write_keys(standing.keys)}


def read_standing(document: StandingDocument) -> Standing:
    """Returns a gateway's standing; raises MalformedDocumentError."""
    return Standing(read_nodes("$.standing.accountProof", document.account_proof), _read_keys("$.standing", document))


def write_revocation(revocation: Revocation) -> dict[str, Any]:
    """Returns the document of a proof about revocation."""
    return {"accountProof": write_nodes(revocation.account_proof), "storageProof": write_nodes(revocation.storage_proof)}


def read_revocation(document: RevocationDocument) -> Revocation:
    """Returns a proof about revocation; raises MalformedDocumentError."""
    return Revocation(
        read_nodes("$.revocation.accountProof", document.account_proof), read_nodes("$.revocation.storageProof", document.storage_proof)
    )


def write_quorum(quorum: Sequence[CoAttestation]) -> list[dict[str, Any]]:
    """Returns the document of what other gateways attested."""
    return [
        {
            "attestation": attestation_json.to_json(one.attestation),
            **({} if one.event is None else {"event": one.event}),
            "batch": write_batch(one.batch),
            "gateway": to_checksum(one.gateway),
            "index": one.index,
            "storageProof": write_nodes(one.storage_proof),
            **_write_keys(one.keys),
            **({} if one.revocation_proof is None else {"revocationProof": write_nodes(one.revocation_proof)}),
        }
        for one in quorum
    ]


def read_quorum(documents: list[CoAttestationDocument]) -> tuple[CoAttestation, ...]:
    """Returns what other gateways attested; raises MalformedDocumentError unless they stand in order of their addresses, each once."""
    members = tuple(_co_attestation(f"$.quorum[{place}]", one) for place, one in enumerate(documents))
    if any(earlier.gateway >= later.gateway for earlier, later in pairwise(members)):
        raise MalformedDocumentError("$.quorum", "gateways are not in order of their addresses, each once")
    return members


def _co_attestation(path: str, document: CoAttestationDocument) -> CoAttestation:
    revocation = document.revocation_proof
    return CoAttestation(
        attestation=attestation_json.from_json(document.attestation, f"{path}.attestation"),
        event=None if document.event is UNSET else document.event,
        batch=read_batch(f"{path}.batch", document.batch),
        gateway=from_checksum(f"{path}.gateway", document.gateway),
        index=document.index,
        storage_proof=read_nodes(f"{path}.storageProof", document.storage_proof),
        keys=_read_keys(path, document),
        revocation_proof=None if revocation is UNSET else read_nodes(f"{path}.revocationProof", revocation),
    )


def _write_keys(keys: KeyProof) -> dict[str, Any]:
    anchor = {} if keys.anchor_key is None else {"anchorKeyProof": write_nodes(keys.anchor_key)}
    return {"keyProof": write_nodes(keys.key), "gatewayProof": write_nodes(keys.gateway), **anchor}


def _read_keys(path: str, document: StandingDocument | CoAttestationDocument) -> KeyProof:
    anchor = document.anchor_key_proof
    return KeyProof(
        key=read_nodes(f"{path}.keyProof", document.key_proof),
        anchor_key=None if anchor is UNSET else read_nodes(f"{path}.anchorKeyProof", anchor),
        gateway=read_nodes(f"{path}.gatewayProof", document.gateway_proof),
    )
