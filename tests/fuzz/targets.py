"""One function per decoder: any bytes in, and either a value that survives the way back or a refusal of the decoder's own family.

Anything else that escapes, a crash, a hang or memory without bound is a finding. What an honest input looks like is in `seeds`.
"""

import json
import tempfile
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from drivers.errors import PayloadError
from drivers.senml import decode_cbor, decode_json, encode_cbor, encode_json, readings, signed
from lightclient import json_text
from lightclient.beacon_json import encode_update_stream, from_document, parse_update_stream, to_document
from lightclient.errors import DamagedStoreFile, LightClientError, PeerError
from lightclient.execution import rlp
from lightclient.execution.proof import verify_proof_answer
from lightclient.execution.trie import keccak256, verify_trie_proof
from lightclient.forks import ForkName
from lightclient.persistence import MAGIC, StoreFile
from lightclient.snapshot import decode_snapshot
from lightclient.sse import EventParser
from lightclient.ssz import SszType, deserialize
from lightclient.types import (
    LightClientBootstrap,
    LightClientFinalityUpdate,
    LightClientOptimisticUpdate,
    LightClientUpdate,
    execution_payload_header,
    light_client_bootstrap,
    light_client_finality_update,
    light_client_optimistic_update,
    light_client_update,
)
from oracle.bundle_codec import dumps_json, loads
from oracle.epcis import document
from oracle.errors import RefusedError
from tests.drivers.senml import test_signed as signing
from tests.fuzz import execution_targets, oracle_targets
from tests.lightclient.synthetic import SyntheticChain

CHAIN = SyntheticChain()
NETWORK = CHAIN.network
FORKS = [ForkName.ALTAIR, ForkName.CAPELLA, ForkName.DENEB, ForkName.ELECTRA, ForkName.FULU]
TYPES: list[SszType[Any]] = [
    *(kind(fork, 32) for fork in FORKS for kind in (light_client_bootstrap, light_client_update)),
    *(kind(fork, 32) for fork in FORKS for kind in (light_client_finality_update, light_client_optimistic_update)),
    *(execution_payload_header(fork) for fork in FORKS[1:]),
]
MESSAGES = (LightClientBootstrap, LightClientUpdate, LightClientFinalityUpdate, LightClientOptimisticUpdate)
EVENT_LIMIT = 4096
ROOT = sha256(b"any root").digest()


def ssz(data: bytes) -> None:
    if not data:
        return
    kind = TYPES[data[0] % len(TYPES)]
    try:
        value = deserialize(kind, data[1:])
    except PeerError:
        return
    assert kind.encode(value) == data[1:]
    kind.root(value)


def beacon_json(data: bytes) -> None:
    if not data:
        return
    kind = MESSAGES[data[0] % len(MESSAGES)]
    try:
        value = from_document(kind, json_text.decode(data[1:]), NETWORK)
    except PeerError:
        return
    assert from_document(kind, to_document(value, NETWORK), NETWORK) == value


def update_stream(data: bytes) -> None:
    try:
        updates = parse_update_stream(data, NETWORK)
    except PeerError:
        return
    assert len(encode_update_stream(updates, NETWORK)) == len(data)


def mpt(data: bytes) -> None:
    """RLP items, and proofs of which the first root is made to fit, so that the walk goes past it."""
    item: rlp.Item = b""
    with suppress(PeerError):
        item = rlp.decode(data)
        assert rlp.encode(item) == data
    nodes = [node for node in item if isinstance(node, bytes)] if isinstance(item, list) else [data]
    for root in (ROOT, keccak256(nodes[0]) if nodes else ROOT):
        try:
            verify_trie_proof(root, ROOT, nodes)
        except PeerError:
            continue


def proof_json(data: bytes) -> None:
    try:
        verify_proof_answer(json_text.decode(data), state_root=ROOT, address=bytes(20), keys=[bytes(32)])
    except PeerError:
        return
    raise AssertionError("a proof under a root that nobody knows was accepted")


@cache
def _store_file() -> StoreFile:
    return StoreFile(Path(tempfile.mkdtemp(prefix="fuzz-")) / "store")


def store(data: bytes) -> None:
    """The file as it lies on the disk; for data that begins with 1, the payload behind a checksum that fits."""
    if data[:1] == b"\1":
        data = MAGIC + b" " + sha256(data[1:]).hexdigest().encode() + b"\n" + data[1:]
    file = _store_file()
    file.path.write_bytes(data)
    try:
        file.load(lambda payload: decode_snapshot(payload, NETWORK))
    except DamagedStoreFile:
        return


def sse(data: bytes) -> None:
    """In one piece and in pieces, the events are the same; what is held stays below the limit."""
    try:
        whole = EventParser("fuzz", EVENT_LIMIT).feed(data)
    except LightClientError:
        return
    parser, pieces = EventParser("fuzz", EVENT_LIMIT), []
    size = 1 + len(data) // 7
    try:
        for start in range(0, len(data), size):
            pieces += parser.feed(data[start : start + size])
    except LightClientError:
        return
    assert pieces == whole
    for event in whole:
        try:
            from_document(LightClientFinalityUpdate, json_text.decode(event.data.encode()), NETWORK)
        except PeerError:
            continue


def bundle(data: bytes) -> None:
    try:
        found = loads(data)
    except (RefusedError, LightClientError):
        return
    assert loads(dumps_json(found)) == found


def senml(data: bytes) -> None:
    for decode, encode in ((decode_json, encode_json), (decode_cbor, encode_cbor)):
        try:
            pack = decode(data)
            readings(pack, device="fuzz", now_ms=1_700_000_000_000, evidence=ROOT)
        except PayloadError:
            continue
        assert decode(encode(pack)) == pack


def signed_senml(data: bytes) -> None:
    """A signed payload, and what would be signed, behind a signature that fits."""
    for received in (data, signing.payload(data)):
        try:
            payload, _, found = signed.receive(received, "reefer-1", signing.KEY)
        except PayloadError:
            continue
        assert {one.evidence for one in found} <= {sha256(payload).digest()}
        assert signed.verify(payload, "reefer-1", signing.KEY) == found


def epcis(data: bytes) -> None:
    """A document that is read is written and read again as the same."""
    try:
        found = document.read(data, now_ms=1_795_800_000_000)
    except RefusedError:
        return
    written = json.dumps(document.write(found.events, created_ms=0)).encode()
    assert [one.digest for one in document.read(written).events] == [one.digest for one in found.events]


TARGETS: dict[str, Callable[[bytes], None]] = {
    "ssz": ssz,
    "beacon-json": beacon_json,
    "update-stream": update_stream,
    "mpt": mpt,
    "proof-json": proof_json,
    "store": store,
    "sse": sse,
    "bundle": bundle,
    "senml": senml,
    "signed-senml": signed_senml,
    "epcis": epcis,
    "execution-encodings": execution_targets.encodings,
    "block-json": execution_targets.block_json,
    "handover": oracle_targets.handover,
    "attestation": oracle_targets.attestation,
    "signer-request": oracle_targets.signer_request,
    "gs1": oracle_targets.gs1,
}
"""By the name on the command line."""
