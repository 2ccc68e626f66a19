"""The check of who measured: rows whose payload a device signed are proven back to it; the others are the gateway's word. Pure."""

from oracle import device_evidence
from oracle.bundle import Profile
from oracle.device_evidence import DeviceEvidenceError, Stated
from oracle.verify_errors import NotExpectedError
from oracle.verify_walk import Found, Outcome, Walk


def devices(walk: Walk) -> Found | None:
    """Returns how many readings the devices' own signatures state; every payload and every key in the file is needed for one of them."""
    content = walk.journey
    if not content.rows and not content.evidence and not content.devices:
        _tell_unused(walk, set())
        return None
    payloads = _payloads(walk)
    signed = {leaf for one in payloads.values() for leaf in one.leaves}
    proven, named = 0, set()
    for row, leaf in zip(content.rows, walk.leaves, strict=True):
        if row.evidence in payloads:
            named.add(row.evidence)
            if leaf not in signed:
                raise DeviceEvidenceError(row.device, f"its signed payload does not state {row.quantity} = {row.value} at {row.time_ms}")
            proven += 1
    if len(named) != len(payloads):
        raise DeviceEvidenceError("of a payload", "no reading in the file rests on it")
    _tell_left_out(walk, payloads)
    signers = sorted({one.device for one in payloads.values()})
    _tell_unused(walk, set(signers))
    for device in signers:
        pinned = device in walk.expected.device_keys
        walk.trusted.append(
            f"key of device {device}, {'given by hand' if pinned else 'not pinned: compare it with the device or its maker'}"
        )
    if proven == len(content.rows):
        return Found(f"all {proven} readings in the file are signed by {', '.join(signers)}", ", ".join(f"device {one}" for one in signers))
    unsigned = f"{len(content.rows) - proven} of {len(content.rows)} readings in the file are signed by no device"
    by = ", ".join([walk.signer, *(f"device {one}" for one in signers)])
    return Found(f"{unsigned}: what was measured is the gateway's word there", by, Outcome.CLAIMED)


def _payloads(walk: Walk) -> dict[bytes, Stated]:
    """Returns what each signed payload states, by its sha256, under the keys in the file, which are those that the reader pinned."""
    keys = dict(walk.journey.devices)
    for device, key in walk.expected.device_keys.items():
        if keys.get(device, key) != key:
            raise NotExpectedError(f"key of device {device}", keys[device], key)
    found: dict[bytes, Stated] = {}
    for payload in walk.journey.evidence:
        device = device_evidence.signer(payload)
        if device not in keys:
            raise DeviceEvidenceError(device, "its key is not in the file")
        one = device_evidence.stated(payload, device, keys[device])
        found[one.digest] = one
    unused = keys.keys() - {one.device for one in found.values()}
    if unused:
        raise DeviceEvidenceError(min(unused), "it signed nothing that is in the file")
    return found


def _tell_unused(walk: Walk, signers: set[str]) -> None:
    """Warns of keys that the reader pinned for devices which signed nothing here: a name that was mistyped pins nothing."""
    for device in sorted(walk.expected.device_keys.keys() - signers):
        walk.warnings.append(f"the key given for device {device} pins nothing: nothing in the file is signed by a device of that name")


def _tell_left_out(walk: Walk, payloads: dict[bytes, Stated]) -> None:
    """Warns of readings that a device signed and the gateway did not count, although it counted their like from the same time."""
    content, statement = walk.journey, walk.shipment
    if content.profile is not Profile.FULL:
        return
    counted, quantities = set(walk.leaves), {(row.device, row.quantity) for row in content.rows}
    left_out = sum(
        (one.device, quantity) in quantities and statement.from_ms <= time_ms <= statement.to_ms and leaf not in counted
        for one in payloads.values()
        for leaf, (quantity, time_ms) in one.leaves.items()
    )
    if left_out:
        walk.warnings.append(f"{left_out} readings that devices signed in the payloads of this file are not among those that were judged")
