"""A bundle as a JSON document, both ways, with its seal. Pure.

One document for one bundle: whatever `from_json` accepts, `to_json` writes again, compared as canonical JSON. So no field has a second
spelling, nothing unknown is carried along, and every field is part of a record that some check of `verify` binds.
The seal is sha256 over the canonical JSON of everything else. It adds no trust; it makes the few fields noticeable that protocols leave
free, such as the slot in which a finality update was signed.
"""

import base64
import binascii
import hashlib
import re
from itertools import pairwise
from typing import Any

import msgspec
from msgspec import UNSET

from oracle import attestation_json, canonical_json
from oracle.bundle import FORMAT, VERSION, Anchor, BatchProof, Bundle, Inspection, Journey, Sample, Trace
from oracle.bundle_readings import from_columns, to_columns
from oracle.bundle_schema import AnchorDocument, BeaconDocument, BundleDocument, LightClientDocument, ReadingsDocument
from oracle.errors import InvalidKeyError, MalformedDocumentError, MisuseError, shorten
from oracle.gs1 import BATCH, Key
from oracle.hexes import from_checksum, from_hex, to_checksum, to_hex
from oracle.verify_errors import EditionError

SEAL = "seal"
"""The field that seals all others."""

_AT_PATH = re.compile(r"^(?P<reason>.*?)(?: - at `(?P<path>\$[^`]*)`)?$", re.DOTALL)


def to_json(bundle: Bundle) -> dict[str, Any]:
    """Returns the bundle's document, sealed."""
    document = _unsealed(bundle)
    return {**document, SEAL: to_hex(seal(document))}


def seal(document: dict[str, Any]) -> bytes:
    """Returns the seal over a document, whatever seal it carries."""
    return hashlib.sha256(canonical_json.canonical({name: value for name, value in document.items() if name != SEAL})).digest()


def from_json(document: object) -> Bundle:
    """Returns the bundle of a parsed document; its seal and everything it claims are still to be checked: call `verify` next.

    Raises:
        MalformedDocumentError: a field is unknown, missing, out of bounds, or not in its one spelling; the error names its path.

    """
    return read(document)[0]


def require_edition(document: object) -> None:
    """Raises EditionError for a bundle of another edition of the format: nothing speaks against it, and this program cannot read it."""
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        return
    version = document.get("version")
    if type(version) is int and version != VERSION:
        raise EditionError(version)


def read(document: object) -> tuple[Bundle, bytes, bytes]:
    """Returns the bundle of a parsed document, the seal that it states, and the seal that its content has.

    Raises:
        MalformedDocumentError: as `from_json`.

    """
    try:
        shape = msgspec.convert(document, BundleDocument, strict=True)
    except msgspec.ValidationError as error:
        match = _AT_PATH.match(str(error))
        assert match is not None
        raise MalformedDocumentError(match["path"] or "$", match["reason"]) from error
    assert isinstance(document, dict)
    try:
        bundle = _read(shape)
        written = _unsealed(bundle)
        # Python takes true for 1, but every reader before this line has refused the wrong type already.
        differing = next((name for name in written if written[name] != document.get(name)), None)
        if differing is not None:
            raise MalformedDocumentError(f"$.{differing}", "not in its one spelling: order, tables, numbers or letter case differ")
        computed = seal(written)
    except InvalidKeyError as error:
        raise MalformedDocumentError("$.subject.key", str(error)) from error
    except MisuseError as error:
        raise MalformedDocumentError("$", str(error)) from error
    return bundle, from_hex("$.seal", shape.seal, length=32), computed


def _unsealed(bundle: Bundle) -> dict[str, Any]:
    document: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "network": bundle.network,
        "subject": {"kind": "shipment", "key": bundle.subject.path},
        **_content(bundle.content),
        "agent": {"manifest": bundle.manifest},
        "attestation": attestation_json.to_json(bundle.attestation),
        "batch": {"root": to_hex(bundle.batch.root), "proof": [to_hex(step) for step in bundle.batch.proof]},
        "anchor": {
            "registry": to_checksum(bundle.anchor.registry),
            "gatewayRegistry": to_checksum(bundle.anchor.gateway_registry),
            "gateway": to_checksum(bundle.anchor.gateway),
            "index": bundle.anchor.index,
            "accountProof": [to_hex(node) for node in bundle.anchor.account_proof],
            "storageProof": [to_hex(node) for node in bundle.anchor.storage_proof],
        },
        "lightClient": {
            "bootstrap": bundle.trace.bootstrap,
            "updates": list(bundle.trace.updates),
            "finalityUpdate": bundle.trace.finality_update,
        },
    }
    if isinstance(bundle.content, Inspection):
        document["subject"] = {"kind": "lot", "key": bundle.subject.path, "item": bundle.content.item}
    return document


def _content(content: Journey | Inspection) -> dict[str, Any]:
    if isinstance(content, Journey):
        return {"readings": to_columns(content.rows, content.sample), "event": content.event}
    return {} if content.image is None else {"image": base64.b64encode(content.image).decode()}


def _read(shape: BundleDocument) -> Bundle:
    _require_printable(shape)
    subject = Key.from_path(shape.subject.key)
    return Bundle(
        network=shape.network,
        subject=subject,
        content=_journey(shape) if shape.subject.kind == "shipment" else _inspection(shape, subject),
        manifest=shape.agent.manifest,
        attestation=attestation_json.from_json(shape.attestation, "$.attestation"),
        batch=BatchProof(
            root=from_hex("$.batch.root", shape.batch.root, length=32),
            proof=tuple(from_hex("$.batch.proof", step, length=32) for step in shape.batch.proof),
        ),
        anchor=_anchor(shape.anchor),
        trace=_trace(shape.light_client),
    )


def _require_printable(shape: BundleDocument) -> None:
    """Refuses names that a terminal would not show as they are: a line break or an escape can draw lines of a report that nobody made."""
    names = {"$.network": [shape.network], "$.subject.item": [] if shape.subject.item is UNSET else [shape.subject.item]}
    if shape.readings is not UNSET:
        names |= {"$.readings.devices": shape.readings.devices, "$.readings.quantities": shape.readings.quantities}
    for path, texts in names.items():
        for text in texts:
            if not text.isprintable():
                raise MalformedDocumentError(path, f"{shorten(text)} holds a character that cannot be printed")


def _journey(shape: BundleDocument) -> Journey:
    if shape.readings is UNSET or shape.event is UNSET:
        raise MalformedDocumentError("$", "a shipment's bundle needs readings and event")
    if shape.image is not UNSET or shape.subject.item is not UNSET:
        raise MalformedDocumentError("$", "a shipment's bundle takes no image and no item")
    rows = from_columns(shape.readings)
    if any(earlier.order > later.order for earlier, later in pairwise(rows)):
        raise MalformedDocumentError("$.readings", "rows are not in order")
    return Journey(rows, _sample(shape.readings), shape.event)


def _inspection(shape: BundleDocument, subject: Key) -> Inspection:
    if shape.readings is not UNSET or shape.event is not UNSET:
        raise MalformedDocumentError("$", "a lot's bundle takes no readings and no event")
    if shape.subject.item is UNSET:
        raise MalformedDocumentError("$.subject.item", "a lot's bundle names the inspected item")
    if subject.qualifier != BATCH:
        raise MalformedDocumentError("$.subject.key", "a lot's key has a lot number (AI 10)")
    if shape.image is UNSET:
        return Inspection(shape.subject.item, None)
    try:
        return Inspection(shape.subject.item, base64.b64decode(shape.image, validate=True))
    except binascii.Error as error:
        raise MalformedDocumentError("$.image", f"not base64: {error}") from error


def _sample(readings: ReadingsDocument) -> Sample | None:
    if readings.multiproof is UNSET:
        return None
    proof = tuple(from_hex("$.readings.multiproof.proof", step, length=32) for step in readings.multiproof.proof)
    return Sample(proof, tuple(flag == "1" for flag in readings.multiproof.flags))


def _anchor(shape: AnchorDocument) -> Anchor:
    return Anchor(
        registry=from_checksum("$.anchor.registry", shape.registry),
        gateway_registry=from_checksum("$.anchor.gatewayRegistry", shape.gateway_registry),
        gateway=from_checksum("$.anchor.gateway", shape.gateway),
        index=shape.index,
        account_proof=tuple(from_hex("$.anchor.accountProof", node) for node in shape.account_proof),
        storage_proof=tuple(from_hex("$.anchor.storageProof", node) for node in shape.storage_proof),
    )


def _trace(shape: LightClientDocument) -> Trace:
    return Trace(_beacon(shape.bootstrap), tuple(_beacon(update) for update in shape.updates), _beacon(shape.finality_update))


def _beacon(shape: BeaconDocument) -> dict[str, Any]:
    return {"version": shape.version, "data": shape.data}
