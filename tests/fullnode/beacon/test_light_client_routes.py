"""The four light-client answers: their form against recordings of a real server, their SSZ against the executable spec."""

import json
from typing import Any

import pytest

from fullnode.devnet.beacon import BeaconApiSettings
from fullnode.devnet.beacon.forms import prefers_ssz
from fullnode.devnet.consensus.chain import BeaconChain
from fullnode.devnet.consensus.misbehave import Endpoint, Lie
from lightclient.network import compute_fork_digest
from tests.fullnode.beacon.client import SSZ, ask, ask_all
from tests.fullnode.consensus.chains import make_chain, run
from tests.fullnode.consensus.reference import specification
from tests.vectors import vectors

PREFIX = "/eth/v1/beacon/light_client"


@pytest.fixture(scope="module")
def chain() -> BeaconChain:
    chain = make_chain()
    run(chain, 70)
    return chain


def shape(value: Any) -> Any:
    """Returns the keys and kinds of a JSON document, all values left out."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items()}
    if isinstance(value, list):
        return [shape(value[0]), len(value)] if value else []
    if isinstance(value, str):
        return "hex" if value.startswith("0x") else "number" if value.isdigit() else "word"
    return type(value).__name__


@pytest.mark.parametrize("name", ["bootstrap", "finality_update", "optimistic_update", "updates"])
def test_json_has_the_form_that_real_servers_give_it(chain: BeaconChain, name: str) -> None:
    recorded = json.loads(vectors("beacon-devnets", "minimal-electra", f"{name}.json").read_text())
    path = {"bootstrap": f"bootstrap/0x{chain.finalized.root.hex()}", "updates": "updates?start_period=0&count=3"}.get(name, name)
    ours = ask(chain, f"{PREFIX}/{path}").json()
    if name == "updates":
        recorded, ours = recorded[0], ours[0]
    assert shape(ours) == shape(recorded)
    assert ours["version"] == "fulu"


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("finality_update", "LightClientFinalityUpdate"),
        ("optimistic_update", "LightClientOptimisticUpdate"),
        ("bootstrap/{root}", "LightClientBootstrap"),
    ],
)
def test_ssz_is_what_the_spec_reads_and_says_the_same_as_json(chain: BeaconChain, path: str, kind: str) -> None:
    path = f"{PREFIX}/" + path.format(root="0x" + chain.finalized.root.hex())
    answer = ask(chain, path, headers=SSZ)
    assert answer.headers["eth-consensus-version"] == "fulu"
    assert answer.headers["content-type"] == "application/octet-stream"
    with specification(chain) as spec:
        value = getattr(spec, kind).decode_bytes(answer.content)
        header = value.header if kind == "LightClientBootstrap" else value.attested_header
        told = ask(chain, path).json()["data"]
        beacon = told.get("header", told.get("attested_header"))["beacon"]
        assert beacon["state_root"] == "0x" + bytes(header.beacon.state_root).hex()
        assert beacon["slot"] == str(header.beacon.slot)


def test_updates_come_as_a_stream_of_length_digest_and_ssz(chain: BeaconChain) -> None:
    answer = ask(chain, f"{PREFIX}/updates?start_period=0&count=128", headers=SSZ)
    data, periods = answer.content, []
    with specification(chain) as spec:
        while data:
            size = int.from_bytes(data[:8], "little")
            digest, encoded, data = data[8:12], data[12 : 8 + size], data[8 + size :]
            update = spec.LightClientUpdate.decode_bytes(encoded)
            epoch = update.attested_header.beacon.slot // 8
            assert digest == bytes(spec.compute_fork_digest(spec.Root(chain.network.genesis_validators_root), spec.Epoch(epoch)))
            assert digest == compute_fork_digest(chain.network, epoch)
            periods.append(update.signature_slot // 64)
    assert periods == [0, 1]
    assert answer.headers["eth-consensus-version"] == "fulu,fulu"


def test_at_most_as_many_updates_as_the_settings_allow(chain: BeaconChain) -> None:
    assert len(ask(chain, f"{PREFIX}/updates?start_period=0&count=9", settings=BeaconApiSettings(max_updates=1)).json()) == 1
    assert ask(chain, f"{PREFIX}/updates?start_period=7&count=1").json() == []


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"bootstrap/0x{'00' * 32}", 404),
        ("bootstrap/0x1234", 400),
        ("bootstrap/xyz", 400),
        ("updates", 400),
        ("updates?start_period=a&count=1", 400),
        ("updates?start_period=0&count=0", 400),
        ("nothing", 404),
    ],
)
def test_what_cannot_be_answered_is_refused_in_the_api_s_form(chain: BeaconChain, path: str, status: int) -> None:
    answer = ask(chain, f"{PREFIX}/{path}")
    assert answer.status_code == answer.json()["code"] == status
    assert answer.json()["message"]


def test_before_finality_there_is_no_finality_update() -> None:
    chain = make_chain()
    run(chain, 2)
    assert ask(chain, f"{PREFIX}/finality_update").status_code == 404
    assert ask(chain, f"{PREFIX}/optimistic_update").json()["data"]["signature_slot"] == "2"


def test_some_servers_say_500_where_data_is_missing_and_fail_a_whole_range() -> None:
    chain = make_chain()
    chain.produce(64)
    lax, strict = BeaconApiSettings(), BeaconApiSettings(missing_status=500)
    path = f"{PREFIX}/updates?start_period=0&count=2"
    assert len(ask(chain, path, settings=lax).json()) == 1
    assert ask(chain, path, settings=strict).status_code == 500
    assert ask(chain, f"{PREFIX}/finality_update", settings=strict).status_code == 500


@pytest.mark.parametrize(
    ("accept", "ssz"),
    [
        ("", False),
        ("*/*", False),
        ("application/octet-stream", True),
        ("application/octet-stream;q=1.0,application/json;q=0.9", True),
        ("application/json, application/octet-stream;q=0.5", False),
        ("application/octet-stream;q=x", False),
    ],
)
def test_the_accept_header_decides(accept: str, ssz: bool) -> None:
    assert prefers_ssz(accept) == ssz


def test_answers_can_be_withheld_one_by_one() -> None:
    chain = make_chain()
    run(chain, 40)
    chain.misbehaviour.withhold = {Endpoint.FINALITY_UPDATE, Endpoint.BOOTSTRAP, Endpoint.UPDATES}
    root = chain.finalized.root.hex()
    paths = ["finality_update", f"bootstrap/0x{root}", "optimistic_update", "updates?start_period=0&count=1"]
    assert [answer.status_code for answer in ask_all(chain, [f"{PREFIX}/{path}" for path in paths])] == [404, 404, 200, 200]
    assert ask(chain, f"{PREFIX}/updates?start_period=0&count=1").json() == []


def test_a_server_can_tell_two_stories() -> None:
    chain = make_chain()
    run(chain, 40)
    chain.misbehaviour.lie, chain.misbehaviour.alternate = Lie.CONFLICT, True
    first, second = (answer.json()["data"] for answer in ask_all(chain, [f"{PREFIX}/finality_update"] * 2))
    assert first["finalized_header"]["beacon"]["slot"] == second["finalized_header"]["beacon"]["slot"]
    assert first["finalized_header"] != second["finalized_header"]
    assert first["sync_aggregate"]["sync_committee_bits"] == second["sync_aggregate"]["sync_committee_bits"] == "0xffffffff"


@pytest.mark.parametrize("lie", list(Lie))
def test_every_lie_can_be_served(lie: Lie) -> None:
    chain = make_chain()
    run(chain, 34)
    truth = [ask(chain, f"{PREFIX}/{path}").content for path in ("finality_update", "updates?start_period=0&count=1")]
    chain.misbehaviour.lie = lie
    told = [ask(chain, f"{PREFIX}/{path}").content for path in ("finality_update", "updates?start_period=0&count=1")]
    assert told[1] != truth[1]


def test_a_server_can_fail_garble_and_hang() -> None:
    chain = make_chain()
    chain.misbehaviour.status = 500
    assert ask(chain, "/eth/v1/node/version").json() == {"code": 500, "message": "misbehaving on demand"}
    chain.misbehaviour.status, chain.misbehaviour.garbage = None, True
    with pytest.raises(ValueError):
        ask(chain, "/eth/v1/node/version").json()
    chain.misbehaviour.garbage, chain.misbehaviour.hang_seconds = False, 60
    answer = ask(chain, "/eth/v1/node/version")
    assert answer.status_code == 200
    assert answer.extensions["slept"] == [60]
