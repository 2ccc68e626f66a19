import copy
import json
from functools import cache
from typing import Any

import pytest

from lightclient.beacon_json import from_document
from lightclient.network import Network, network_from_spec
from lightclient.types import LightClientBootstrap, LightClientFinalityUpdate
from oracle import trace
from oracle.errors import MalformedDocumentError
from tests.oracle.chain_fixture import NETWORK, world
from tests.vectors import vectors

WORLD = world(gateway=bytes(20), index=0, root=b"\x01" * 32)


@cache
def recorded(name: str) -> Any:
    return json.loads(vectors("beacon-devnets", "minimal-electra", name).read_text())


@cache
def recorded_network() -> Network:
    genesis = recorded("genesis.json")["data"]
    root = bytes.fromhex(genesis["genesis_validators_root"][2:])
    return network_from_spec(
        "recorded", recorded("spec.json")["data"], genesis_validators_root=root, genesis_time=int(genesis["genesis_time"])
    )


@pytest.mark.parametrize("value", [WORLD.bootstrap, *WORLD.updates, WORLD.finality_update])
def test_an_object_comes_back(value: Any) -> None:
    assert trace.read(type(value), NETWORK, trace.write(NETWORK, value)) == value


def test_what_a_real_server_sent_is_rewritten_to_one_spelling() -> None:
    document = recorded("bootstrap.json")
    bootstrap = from_document(LightClientBootstrap, document, recorded_network())
    # Lodestar writes its fee recipient in mixed case; a bundle carries lower case.
    with pytest.raises(MalformedDocumentError, match="spelling"):
        trace.read(LightClientBootstrap, recorded_network(), {"version": document["version"], "data": document["data"]})
    assert trace.read(LightClientBootstrap, recorded_network(), trace.write(recorded_network(), bootstrap)) == bootstrap


def altered(path: tuple[str, ...], value: Any) -> dict[str, Any]:
    document: dict[str, Any] = copy.deepcopy(trace.write(NETWORK, WORLD.finality_update))
    node = document
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = value
    return document


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("version",), "electra"),
        (("version",), "phase0"),
        (("data",), None),
        (("data", "signature_slot"), "097"),
        (("data", "signature_slot"), 97),
        (("data", "finality_branch"), []),
        (("data", "extra"), "0x"),
        (("data", "attested_header", "execution", "fee_recipient"), "0x" + "AB" * 20),
        (("data", "sync_aggregate", "sync_committee_bits"), "0xff"),
    ],
)
def test_another_spelling_is_refused(path: tuple[str, ...], value: Any) -> None:
    with pytest.raises(MalformedDocumentError):
        trace.read(LightClientFinalityUpdate, NETWORK, altered(path, value))
