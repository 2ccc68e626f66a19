"""What the server says about itself and its chain, against recordings of a real one."""

import json

import pytest

from fullnode.devnet.consensus.chain import BeaconChain
from lightclient.network import network_from_spec
from tests.fullnode.beacon.client import ask
from tests.fullnode.beacon.test_light_client_routes import shape
from tests.fullnode.consensus.chains import GENESIS_TIME, make_chain, run
from tests.vectors import vectors


@pytest.fixture(scope="module")
def chain() -> BeaconChain:
    chain = make_chain()
    run(chain, 40)
    return chain


@pytest.mark.parametrize(
    ("path", "recording"),
    [
        ("beacon/genesis", "genesis"),
        ("beacon/headers/finalized", "header_finalized"),
        ("beacon/states/head/finality_checkpoints", "finality_checkpoints"),
        ("node/version", "node_version"),
        ("node/syncing", "syncing"),
    ],
)
def test_answers_have_the_form_that_real_servers_give_them(chain: BeaconChain, path: str, recording: str) -> None:
    recorded = json.loads(vectors("beacon-devnets", "minimal-electra", f"{recording}.json").read_text())
    assert shape(ask(chain, f"/eth/v1/{path}").json()) == shape(recorded)


def test_the_configuration_describes_the_network(chain: BeaconChain) -> None:
    spec = ask(chain, "/eth/v1/config/spec").json()["data"]
    root = chain.network.genesis_validators_root
    assert network_from_spec("devnet-minimal", spec, genesis_validators_root=root, genesis_time=GENESIS_TIME) == chain.network
    recorded = json.loads(vectors("beacon-devnets", "minimal-electra", "spec.json").read_text())["data"]
    assert {key: shape(spec[key]) for key in spec if key in recorded} == {key: shape(recorded[key]) for key in spec if key in recorded}


def test_the_fork_schedule_names_every_fork(chain: BeaconChain) -> None:
    rows = ask(chain, "/eth/v1/config/fork_schedule").json()["data"]
    recorded = json.loads(vectors("beacon-devnets", "minimal-electra", "fork_schedule.json").read_text())["data"]
    assert shape(rows)[0] == shape(recorded)[0]
    assert [row["current_version"][:4] for row in rows] == [f"0x{number:02x}" for number in range(7)]


@pytest.mark.parametrize("name", ["head", "genesis", "finalized", "justified", "17", "root"])
def test_blocks_are_found_by_name_slot_and_root(chain: BeaconChain, name: str) -> None:
    name = "0x" + chain.at(17).root.hex() if name == "root" else name
    header = ask(chain, f"/eth/v1/beacon/headers/{name}").json()["data"]
    assert ask(chain, f"/eth/v1/beacon/blocks/{name}/root").json()["data"]["root"] == header["root"]
    assert header["canonical"] is True
    slot = {"head": 40, "genesis": 0, "finalized": chain.finalized.slot, "justified": chain.justified.slot}.get(name, 17)
    assert header["header"]["message"]["slot"] == str(slot)


def test_states_are_found_by_their_root(chain: BeaconChain) -> None:
    state_root = chain.at(20).header.beacon.state_root.hex()
    by_root = ask(chain, f"/eth/v1/beacon/states/0x{state_root}/finality_checkpoints")
    assert by_root.json() == ask(chain, "/eth/v1/beacon/states/20/finality_checkpoints").json()


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("headers/99", 404),
        (f"headers/0x{'ab' * 32}", 404),
        ("headers/0x12", 400),
        ("headers/newest", 400),
        ("states/0x12/finality_checkpoints", 400),
    ],
)
def test_what_is_not_there_is_refused(chain: BeaconChain, path: str, status: int) -> None:
    answer = ask(chain, f"/eth/v1/beacon/{path}")
    assert (answer.status_code, answer.json()["code"]) == (status, status)


def test_a_head_behind_the_clock_shows(chain: BeaconChain) -> None:
    assert ask(chain, "/eth/v1/node/syncing").json()["data"]["sync_distance"] == "2"
    assert ask(chain, "/eth/v1/node/health").status_code == 200
