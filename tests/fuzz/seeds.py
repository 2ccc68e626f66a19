"""Honest encodings for each target to begin with, from the synthetic chain and the oracle's fixtures."""

import json
import random
from collections.abc import Callable, Iterator
from hashlib import sha256

import cbor2

from lightclient.beacon_json import Message, encode_update_stream, to_document
from lightclient.execution import rlp
from lightclient.execution.trie import keccak256
from lightclient.persistence import MAGIC
from lightclient.snapshot import encode_snapshot
from lightclient.ssz import serialize
from oracle.bundle_codec import dumps_cbor, dumps_json
from tests.drivers.senml import test_signed as signing
from tests.fuzz import execution_targets, oracle_targets
from tests.fuzz.targets import CHAIN, NETWORK, ROOT, TYPES
from tests.lightclient.test_persistence import snapshot
from tests.oracle.bundle_fixture import device_signed, lot, lot_verdict, rich, shipment, witnessed
from tests.oracle.epcis.events import document, event

MESSAGES: tuple[Message, ...] = (CHAIN.bootstrap(136), CHAIN.update(176), CHAIN.finality_update(176), CHAIN.optimistic_update(176))


def ssz() -> Iterator[bytes]:
    for message in (*MESSAGES, CHAIN.execution(9)):
        yield bytes([TYPES.index(message.ssz_type())]) + serialize(message)


def beacon_json() -> Iterator[bytes]:
    for index, message in enumerate(MESSAGES):
        yield bytes([index]) + json.dumps(to_document(message, NETWORK)).encode()


def update_stream() -> Iterator[bytes]:
    yield encode_update_stream((CHAIN.update(176), CHAIN.update(240)), NETWORK)


def mpt() -> Iterator[bytes]:
    leaf = rlp.encode([b"\x20" + keccak256(b"a"), rlp.encode([b"\1", b"\2", ROOT, ROOT])])
    yield leaf
    yield rlp.encode([rlp.encode([b""] * 3 + [keccak256(leaf)] + [b""] * 13), leaf])


def proof_json() -> Iterator[bytes]:
    answer = {"address": "0x" + "00" * 20, "nonce": "0x0", "balance": "0x0", "storageHash": "0x" + "11" * 32, "codeHash": "0x" + "22" * 32}
    entry = {"key": "0x0", "value": "0x1", "proof": ["0xc22001"]}
    yield json.dumps(answer | {"accountProof": ["0xc22001", "0xc0"], "storageProof": [entry]}).encode()


def store() -> Iterator[bytes]:
    yield b"\1" + encode_snapshot(snapshot(weak=True), NETWORK)
    yield MAGIC + b" " + sha256(b"{}").hexdigest().encode() + b"\n{}"


def sse() -> Iterator[bytes]:
    yield b'event: light_client_finality_update\ndata: {"version":"fulu","data":{}}\n\n: comment\r\ndata: a\ndata: b\r\n\r\n'


def bundle() -> Iterator[bytes]:
    for case in (shipment(), lot(), lot_verdict(), rich(), device_signed(), witnessed()):
        yield dumps_json(case.bundle)
        yield dumps_cbor(case.bundle)


def senml() -> Iterator[bytes]:
    yield b'[{"bn":"urn:dev:mac:0024befffe804ff1/","bt":1700000000,"bu":"Cel","seq":4,"n":"t","v":4.5},{"n":"door","vb":true}]'
    yield bytes.fromhex("81a3006174036343656c02f94480")


def signed_senml() -> Iterator[bytes]:
    yield signing.payload()
    yield cbor2.dumps(signing.PACK)


def epcis() -> Iterator[bytes]:
    generator = random.Random(1)
    for number in range(10):
        yield json.dumps(document([event(generator, number)])).encode()


SEEDS: dict[str, Callable[[], Iterator[bytes]]] = {
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
    "execution-encodings": execution_targets.encoding_seeds,
    "block-json": execution_targets.block_seeds,
    "handover": oracle_targets.handover_seeds,
    "attestation": oracle_targets.attestation_seeds,
    "signer-request": oracle_targets.signer_request_seeds,
    "gs1": oracle_targets.gs1_seeds,
}
"""By target."""
