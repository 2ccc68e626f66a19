"""A block's body against the executable spec."""

from dataclasses import replace

import pytest

from fullnode.devnet.consensus import schema
from fullnode.devnet.consensus.body import execution_requests, payload_header
from fullnode.devnet.consensus.presets import MINIMAL
from lightclient.ssz import hash_tree_root
from tests.fullnode.consensus.chains import keep_bodies, make_chain
from tests.fullnode.consensus.reference import specification

WITHDRAWAL = bytes(20) + b"\x01" * 48 + (5).to_bytes(8, "little")
CONSOLIDATION = b"\x02" * 20 + b"\x03" * 48 + b"\x04" * 48


def test_requests_are_read_as_the_spec_reads_them() -> None:
    requests = (b"\x01" + WITHDRAWAL * 2, b"\x02" + CONSOLIDATION)
    with specification(make_chain()) as spec:
        expected = spec.get_execution_requests(requests)
        ours = execution_requests(requests)
        assert schema.EXECUTION_REQUESTS.encode(ours) == expected.encode_bytes()
        assert schema.EXECUTION_REQUESTS.root(ours) == bytes(spec.hash_tree_root(expected))


def test_transactions_enter_both_roots_as_in_the_spec(monkeypatch: pytest.MonkeyPatch) -> None:
    bodies = keep_bodies(monkeypatch)
    chain = make_chain()
    body = bodies[chain.produce(1).payload_hash]
    payload = replace(body.execution_payload, transactions=(b"\x02" + bytes(200), b"\xf8", bytes(33)), extra_data=b"with data")
    body = replace(body, execution_payload=payload)
    with specification(chain) as spec:
        reference = spec.BeaconBlockBody.decode_bytes(schema.block_body(MINIMAL).encode(body))
        assert schema.block_body(MINIMAL).root(body) == bytes(spec.hash_tree_root(reference))
        assert hash_tree_root(payload_header(MINIMAL, payload)) == bytes(spec.hash_tree_root(reference.execution_payload))
