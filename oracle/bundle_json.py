"""A bundle as a JSON document, both ways, with its seal. Pure.

One document for one bundle: whatever `from_json` accepts, `to_json` writes again, compared as canonical JSON. So no field has a second
spelling, nothing unknown is carried along, and every field is part of a record that some check of `verify` binds.
The seal is sha256 over the canonical JSON of everything else. It adds no trust; it makes the few fields noticeable that protocols leave
free, such as the slot in which a finality update was signed.
"""

import base64
import hashlib
import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import msgspec
from msgspec import UNSET

from oracle import attestation_json, bundle_parts, canonical_json, custody_json
from oracle.bundle import FORMAT, VERSION, Anchor, Bundle, Content, Corrections, Inspection, Journey, LotSample, Sample, Trace
from oracle.bundle_readings import from_columns, to_columns
from oracle.bundle_schema import AnchorDocument, BeaconDocument, BundleDocument, LightClientDocument, ReadingsDocument
from oracle.errors import InvalidKeyError, MalformedDocumentError, MisuseError, shorten
from oracle.gs1 import BATCH, Key
from oracle.hexes import from_checksum, from_hex, from_hexes, to_checksum, to_hex
from oracle.printable import is_printable
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
    except UnicodeEncodeError as error:
        raise MalformedDocumentError("$", "text with half a surrogate pair") from error
    assert isinstance(document, dict)
    try:
        bundle = _read(shape)
        written = _unsealed(bundle)
        # Python takes true for 1, but every reader before this line has refused the wrong type already.
        differing = next((name for name in {**document, **written} if name != SEAL and written.get(name) != document.get(name)), None)
        if differing is not None:
            raise MalformedDocumentError(f"$.{differing}", "not in its one spelling: order, tables, numbers or letter case differ")
        # Of the document as it came: an integer beyond 2^53 equals the float that would be written, and has no canonical form.
        computed = seal(document)
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
        "subject": _subject(bundle),
        **_content(bundle.content),
        "agent": {"manifest": bundle.manifest},
        "attestation": attestation_json.to_json(bundle.attestation),
        "batch": bundle_parts.write_batch(bundle.batch),
        "anchor": {
            "registry": to_checksum(bundle.anchor.registry),
            "gatewayRegistry": to_checksum(bundle.anchor.gateway_registry),
            "gateway": to_checksum(bundle.anchor.gateway),
            "index": bundle.anchor.index,
            "accountProof": bundle_parts.write_nodes(bundle.anchor.account_proof),
            "storageProof": bundle_parts.write_nodes(bundle.anchor.storage_proof),
        },
        **_beside(bundle),
        "lightClient": {
            "bootstrap": bundle.trace.bootstrap,
            "updates": list(bundle.trace.updates),
            "finalityUpdate": bundle.trace.finality_update,
        },
    }
    return document


def _subject(bundle: Bundle) -> dict[str, Any]:
    item = {"item": bundle.content.item} if isinstance(bundle.content, Inspection) else {}
    return {"kind": "shipment" if isinstance(bundle.content, Journey) else "lot", "key": bundle.subject.path, **item}


def _beside(bundle: Bundle) -> dict[str, Any]:
    """Returns the optional parts that all kinds of bundle may have."""
    parts: dict[str, Any] = {}
    if bundle.corrections != Corrections():
        parts["corrections"] = bundle_parts.write_corrections(bundle.corrections)
    if bundle.standing is not None:
        parts["standing"] = bundle_parts.write_standing(bundle.standing)
    if bundle.revocation is not None:
        parts["revocation"] = bundle_parts.write_revocation(bundle.revocation)
    if bundle.quorum:
        parts["quorum"] = bundle_parts.write_quorum(bundle.quorum)
    return parts


def _content(content: Content) -> dict[str, Any]:
    if isinstance(content, Inspection):
        return {} if content.image is None else {"image": base64.b64encode(content.image).decode()}
    if isinstance(content, LotSample):
        items = {"items": bundle_parts.write_items(content.items)} if content.items else {}
        return items if content.event is None else {**items, "event": content.event}
    parts = {
        "readings": to_columns(content.rows, content.sample) if content.rows else {},
        "event": content.event,
        "custody": custody_json.list_to_json(content.custody),
        "evidence": [to_hex(payload) for payload in content.evidence],
        "devices": {device: to_hex(key) for device, key in content.devices},
    }
    return {name: part for name, part in parts.items() if part or name == "event"}


def _read(shape: BundleDocument) -> Bundle:
    _require_printable(shape)
    subject = Key.from_path(shape.subject.key)
    return Bundle(
        network=shape.network,
        subject=subject,
        content=_journey(shape) if shape.subject.kind == "shipment" else _of_lot(shape, subject),
        manifest=shape.agent.manifest,
        attestation=attestation_json.from_json(shape.attestation, "$.attestation"),
        batch=bundle_parts.read_batch("$.batch", shape.batch),
        anchor=_anchor(shape.anchor),
        trace=_trace(shape.light_client),
        corrections=Corrections() if shape.corrections is UNSET else bundle_parts.read_corrections(shape.corrections),
        standing=None if shape.standing is UNSET else bundle_parts.read_standing(shape.standing),
        revocation=None if shape.revocation is UNSET else bundle_parts.read_revocation(shape.revocation),
        quorum=() if shape.quorum is UNSET else bundle_parts.read_quorum(shape.quorum),
    )


def _require_printable(shape: BundleDocument) -> None:
    """Refuses names that a terminal would not show as they are: a line break or an escape can draw lines of a report that nobody made."""
    names = {"$.network": [shape.network], "$.subject.item": [] if shape.subject.item is UNSET else [shape.subject.item]}
    if shape.readings is not UNSET:
        names |= {"$.readings.devices": shape.readings.devices, "$.readings.quantities": shape.readings.quantities}
    if shape.items is not UNSET:
        names["$.items"] = [one.item for one in shape.items]
    if shape.devices is not UNSET:
        names["$.devices"] = list(shape.devices)
    for path, texts in names.items():
        for text in texts:
            if not is_printable(text):
                raise MalformedDocumentError(path, f"{shorten(text)} holds a character that cannot be printed")


def _require_absent(shape: BundleDocument, kind: str, names: Sequence[str]) -> None:
    for name in names:
        if getattr(shape, name) is not UNSET:
            raise MalformedDocumentError(f"$.{name}", f"the bundle of a {kind} takes none")


def _journey(shape: BundleDocument) -> Journey:
    _require_absent(shape, "shipment", ("image", "items"))
    if shape.subject.item is not UNSET:
        raise MalformedDocumentError("$.subject.item", "a shipment's bundle takes none")
    if shape.event is UNSET:
        raise MalformedDocumentError("$", "a shipment's bundle needs an event")
    rows = () if shape.readings is UNSET else from_columns(shape.readings)
    if any(earlier > later for earlier, later in pairwise([row.order for row in rows])):
        raise MalformedDocumentError("$.readings", "rows are not in order")
    payloads = () if shape.evidence is UNSET else shape.evidence
    devices = {} if shape.devices is UNSET else shape.devices
    evidence = tuple(from_hex(f"$.evidence[{place}]", payload) for place, payload in enumerate(payloads))
    digests = [hashlib.sha256(payload).digest() for payload in evidence]
    if any(earlier >= later for earlier, later in pairwise(digests)):
        raise MalformedDocumentError("$.evidence", "payloads are not in order of their sha256, each once")
    return Journey(
        rows=rows,
        sample=None if shape.readings is UNSET else _sample(shape.readings),
        event=shape.event,
        custody=() if shape.custody is UNSET else custody_json.list_from_json(shape.custody),
        evidence=evidence,
        devices=tuple((device, from_hex(f"$.devices.{device}", devices[device])) for device in sorted(devices)),
    )


def _of_lot(shape: BundleDocument, subject: Key) -> Inspection | LotSample:
    _require_absent(shape, "lot", ("readings", "custody", "evidence", "devices"))
    if subject.qualifier != BATCH:
        raise MalformedDocumentError("$.subject.key", "a lot's key has a lot number (AI 10)")
    if shape.subject.item is UNSET:
        _require_absent(shape, "lot as a whole", ("image",))
        return LotSample(
            items=() if shape.items is UNSET else bundle_parts.read_items(shape.items),
            event=None if shape.event is UNSET else shape.event,
        )
    _require_absent(shape, "single item", ("items", "event"))
    if shape.image is UNSET:
        return Inspection(shape.subject.item, None)
    try:
        return Inspection(shape.subject.item, base64.b64decode(shape.image, validate=True))
    except ValueError as error:  # of which binascii.Error is one
        raise MalformedDocumentError("$.image", f"not base64: {error}") from error


def _sample(readings: ReadingsDocument) -> Sample | None:
    if readings.multiproof is UNSET:
        return None
    proof = from_hexes("$.readings.multiproof.proof", readings.multiproof.proof, 32)
    return Sample(proof, tuple([flag == "1" for flag in readings.multiproof.flags]))


def _anchor(shape: AnchorDocument) -> Anchor:
    return Anchor(
        registry=from_checksum("$.anchor.registry", shape.registry),
        gateway_registry=from_checksum("$.anchor.gatewayRegistry", shape.gateway_registry),
        gateway=from_checksum("$.anchor.gateway", shape.gateway),
        index=shape.index,
        account_proof=bundle_parts.read_nodes("$.anchor.accountProof", shape.account_proof),
        storage_proof=bundle_parts.read_nodes("$.anchor.storageProof", shape.storage_proof),
    )


def _trace(shape: LightClientDocument) -> Trace:
    return Trace(_beacon(shape.bootstrap), tuple(_beacon(update) for update in shape.updates), _beacon(shape.finality_update))


def _beacon(shape: BeaconDocument) -> dict[str, Any]:
    return {"version": shape.version, "data": shape.data}
