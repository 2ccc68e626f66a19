"""Puts a bundle together from records that the gateway holds. Pure.

Nothing is checked for truth here: a gateway that builds a wrong bundle finds out by calling `verify` on it, as anyone else will.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from drivers.reading import Reading
from lightclient.network import Network
from lightclient.types import LightClientBootstrap, LightClientFinalityUpdate, LightClientUpdate
from oracle import device_evidence, trace
from oracle.attestation import Attestation
from oracle.batch import Batch, BatchLeaf
from oracle.bundle import Anchor, BatchProof, Bundle, Content, Journey, ReadingRow, Sample, Trace
from oracle.bundle_readings import choose
from oracle.bundle_settings import BundleSettings
from oracle.custody import Handover
from oracle.errors import EmptyTreeError, MalformedDocumentError, MisuseError
from oracle.gs1 import Key
from oracle.hexes import from_hex
from oracle.leaves import canonical_value
from oracle.merkle import StandardMerkleTree


def build_bundle(
    *,
    network: Network,
    subject: Key,
    content: Content,
    manifest: str,
    attestation: Attestation,
    batch: Batch,
    anchor: Anchor,
    light_client: Trace,
) -> Bundle:
    """Returns the bundle of one subject; `journey`, `Inspection`, `anchor_of` and `trace_of` make its parts.

    Raises:
        MisuseError: the attestation is not in the batch.

    """
    leaf = BatchLeaf(attestation.uid, attestation.attester, attestation.digest)
    if leaf not in batch.leaves:
        raise MisuseError(f"attestation 0x{attestation.uid.hex()} is not in batch {batch.index}")
    return Bundle(
        network=network.name,
        subject=subject,
        content=content,
        manifest=manifest,
        attestation=attestation,
        batch=BatchProof(batch.root, batch.proof(batch.leaves.index(leaf))),
        anchor=anchor,
        trace=light_client,
    )


def journey(
    readings: Sequence[Reading],
    event: dict[str, Any],
    settings: BundleSettings,
    bands: Mapping[str, tuple[float, float]] | None = None,
    *,
    custody: Sequence[Handover] = (),
    evidence: Mapping[bytes, bytes] | None = None,
    devices: Mapping[str, bytes] | None = None,
) -> Journey:
    """Returns what a shipment's bundle holds: its readings in the profile that the settings ask for, its event, and more evidence.

    The readings are exactly those under the statement's root; `bands` are the allowed values by quantity, outside which a sample keeps
    all. `evidence` are signed payloads by their sha256, of which those of kept rows enter, and `devices` the COSE_Key of each device.

    Raises:
        UnprovableValueError: a reading's value is no finite number.
        EmptyTreeError: there are no readings.

    """
    rows = sorted((_row(reading) for reading in readings), key=lambda row: row.order)
    if not rows:
        raise EmptyTreeError
    kept, sample = _profile(rows, settings, bands or {})
    payloads, keys = _signed(kept, evidence or {}, devices or {})
    return Journey(kept, sample, event, tuple(custody), payloads, keys)


def _signed(
    rows: Sequence[ReadingRow], evidence: Mapping[bytes, bytes], devices: Mapping[str, bytes]
) -> tuple[tuple[bytes, ...], tuple[tuple[str, bytes], ...]]:
    """Returns the payloads that devices signed under the keys that are known now, and those keys; a device's earlier key is not."""
    resting: dict[bytes, list[ReadingRow]] = {}
    for row in rows:
        if row.evidence in evidence and row.device in devices:
            resting.setdefault(row.evidence, []).append(row)
    signers: dict[bytes, str] = {}
    for digest, those in resting.items():
        device = those[0].device
        try:
            found = device_evidence.stated(evidence[digest], device, devices[device])
        except device_evidence.DeviceEvidenceError:
            continue
        if all(row.leaf in found.leaves for row in those):
            signers[digest] = device
    return tuple(evidence[digest] for digest in sorted(signers)), tuple((one, devices[one]) for one in sorted(set(signers.values())))


def _profile(
    rows: Sequence[ReadingRow], settings: BundleSettings, bands: Mapping[str, tuple[float, float]]
) -> tuple[tuple[ReadingRow, ...], Sample | None]:
    wanted = settings.profile
    if wanted == "auto":
        wanted = "full" if len(rows) <= max(settings.max_readings, settings.sampled_readings) else "sampled"
    if wanted == "verdict":
        return (), None
    places = choose(rows, settings.sampled_readings, bands) if wanted == "sampled" else range(len(rows))
    if len(places) == len(rows):
        return tuple(rows), None
    multiproof = StandardMerkleTree.of([row.leaf for row in rows]).multiproof(places)
    return tuple(rows[place] for place in places), Sample(multiproof.proof, multiproof.flags)


def anchor_of(*, registry: bytes, gateway_registry: bytes, gateway: bytes, index: int, answer: Mapping[str, Any]) -> Anchor:
    """Returns the anchor with the proofs of an `eth_getProof` answer for the registry, whose first slot is this one.

    Raises:
        MalformedDocumentError: the answer does not hold the slot, or a node is no hexadecimal string.

    """
    return Anchor(
        registry=registry,
        gateway_registry=gateway_registry,
        gateway=gateway,
        index=index,
        account_proof=account_nodes(answer),
        storage_proof=storage_nodes(answer, 0),
    )


def account_nodes(answer: Mapping[str, Any]) -> tuple[bytes, ...]:
    """Returns the nodes of the account in an `eth_getProof` answer; raises MalformedDocumentError."""
    return _nodes("$.accountProof", answer.get("accountProof"))


def storage_nodes(answer: Mapping[str, Any], place: int) -> tuple[bytes, ...]:
    """Returns the nodes of the slot that was asked for at `place`; raises MalformedDocumentError."""
    return _nodes(f"$.storageProof[{place}].proof", _slot(answer, place).get("proof"))


def storage_value(answer: Mapping[str, Any], place: int) -> int:
    """Returns the word that the answer states for the slot at `place`, unproven; raises MalformedDocumentError."""
    try:
        return int(_slot(answer, place)["value"], 16)
    except (KeyError, TypeError, ValueError) as error:
        raise MalformedDocumentError(f"$.storageProof[{place}].value", f"no number: {error!r}") from error


def _slot(answer: Mapping[str, Any], place: int) -> Mapping[str, Any]:
    slots = answer.get("storageProof")
    if not isinstance(slots, list) or place >= len(slots) or not isinstance(slots[place], dict):
        raise MalformedDocumentError("$.storageProof", f"no eth_getProof answer for {place + 1} slots")
    found: Mapping[str, Any] = slots[place]
    return found


def _nodes(path: str, nodes: object) -> tuple[bytes, ...]:
    if not isinstance(nodes, list) or not nodes:
        raise MalformedDocumentError(path, "no list of nodes")
    return tuple(from_hex(f"{path}[{place}]", node) for place, node in enumerate(nodes))


def trace_of(
    network: Network, bootstrap: LightClientBootstrap, updates: Sequence[LightClientUpdate], finality_update: LightClientFinalityUpdate
) -> Trace:
    """Returns the light client's way from a checkpoint to a finalized block.

    `updates` are those that made a committee known, in order, as `lightclient.trace` records them; those of the last signature's period or
    later are left out, because nothing in the bundle rests on them.
    """
    last = network.period_at_slot(finality_update.signature_slot)
    needed = [update for update in updates if network.period_at_slot(update.attested_header.beacon.slot) < last]
    return Trace(
        bootstrap=trace.write(network, bootstrap),
        updates=tuple(trace.write(network, update) for update in needed),
        finality_update=trace.write(network, finality_update),
    )


def _row(reading: Reading) -> ReadingRow:
    return ReadingRow(reading.device, reading.quantity, reading.time_ms, canonical_value(reading.value), reading.sequence, reading.evidence)
