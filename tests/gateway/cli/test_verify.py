"""`aios verify`: files, folders and links; what is trusted where nothing is named; exit codes."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from gateway.cli import bundle_files
from gateway.cli.bundle_files import Source, UnreadableError, found, read
from gateway.labels import Label
from lightclient.network import load_network, network_names
from oracle.bundle_codec import dumps_json
from oracle.gs1 import sscc
from oracle.hexes import to_checksum
from oracle.schemas import ShipmentStatement
from tests.gateway.test_cli import call
from tests.oracle.bundle_fixture import DEVICE_KEYS, SHIPMENT, attest, bundle_of, cose_key, device_signed, shipment, witnessed
from tests.oracle.chain_fixture import EAS, EAS_VERSION
from tests.prepared import Prepared, prepare

NAME = "00-106141412345678908.json"


@pytest.fixture
def prepared(tmp_path: Path) -> Prepared:
    return prepare(tmp_path)


def network_file(prepared: Prepared, *, checkpoint: str | None) -> str:
    path = prepared.folder / "network.toml"
    lines = [line for line in path.read_text().splitlines() if not line.startswith("checkpoint")]
    path.write_text("\n".join([*([f'checkpoint = "{checkpoint}"'] if checkpoint else []), *lines]))
    return str(path)


def verdicts(said: str) -> list[str]:
    return [json.loads(line)["verdict"] for line in said.splitlines()]


def test_a_folder_is_walked_and_what_the_network_file_trusts_is_the_default(prepared: Prepared, monkeypatch: pytest.MonkeyPatch) -> None:
    bundles = prepared.folder / "bundles"
    (bundles / "deeper").mkdir()
    (bundles / "deeper" / "again.json").write_bytes((bundles / NAME).read_bytes())
    (bundles / ".half.json.new").write_text("{")
    network = network_file(prepared, checkpoint=prepared.checkpoint)
    code, said, _ = call("verify", str(bundles), "--network", network, monkeypatch=monkeypatch)
    assert code == 0
    assert "2 bundles: 2 proven" in said
    assert f"checkpoint {prepared.checkpoint}, from the network file" in said
    assert "[by attester 0x" in said


def test_without_any_checkpoint_the_answer_is_cannot_tell_with_the_remedy(prepared: Prepared, monkeypatch: pytest.MonkeyPatch) -> None:
    network = network_file(prepared, checkpoint=None)
    words = ("verify", str(prepared.folder / "bundles"), "--network", network, "--config", "nowhere.toml")
    code, said, _ = call(*words, monkeypatch=monkeypatch)
    assert code == 2
    assert "pass --checkpoint" in said
    assert "Not reached after checkpoint: " in said
    assert said.lower().count("not reached") == 1
    code, said, _ = call(*words, "--json", monkeypatch=monkeypatch)
    assert (code, verdicts(said)) == (2, ["cannot tell"])


@pytest.mark.parametrize(("own", "code"), [(True, 0), (False, 2)])
def test_a_box_takes_the_checkpoint_from_which_its_own_light_client_started(
    prepared: Prepared, own: bool, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = prepared.folder / "gateway.toml"
    root = prepared.checkpoint if own else "0x" + "1" * 64
    config.write_text(config.read_text() + f'[lightclient]\ncheckpoint = "{root}"\nsources = ["http://127.0.0.1:1"]\n')
    network = network_file(prepared, checkpoint=None)
    ended, said, _ = call(
        "verify", str(prepared.folder / "bundles"), "--network", network, "--config", str(config), monkeypatch=monkeypatch
    )
    assert ended == code
    assert ("which this box's light client started from" in said) is own


def test_a_box_takes_the_network_that_its_own_light_client_follows(prepared: Prepared, monkeypatch: pytest.MonkeyPatch) -> None:
    config, network = prepared.folder / "gateway.toml", network_file(prepared, checkpoint=prepared.checkpoint)
    config.write_text(config.read_text() + f'[lightclient]\nnetwork = "{network}"\nsources = ["http://127.0.0.1:1"]\n')
    code, said, _ = call("verify", str(prepared.folder / "bundles"), "--config", str(config), monkeypatch=monkeypatch)
    assert code == 0, said
    assert "from the network file" in said


def test_the_boxs_own_network_file_is_looked_for_beside_its_data_from_any_folder(
    prepared: Prepared, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = prepared.folder / "gateway.toml"
    network_file(prepared, checkpoint=prepared.checkpoint)
    config.write_text(config.read_text() + '[lightclient]\nnetwork = "network.toml"\nsources = ["http://127.0.0.1:1"]\n')
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    code, said, told = call("verify", str(prepared.folder / "bundles"), "--config", str(config), monkeypatch=monkeypatch)
    assert code == 0, said + told
    assert "from the network file" in said


@pytest.mark.parametrize("option", ["network", "checkpoint", "registry", "eas", "eas-version", "gateway", "attester"])
def test_an_option_that_was_given_empty_pins_nothing_and_is_refused(
    option: str, prepared: Prepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = network_file(prepared, checkpoint=prepared.checkpoint)
    words = ("verify", str(prepared.folder / "bundles"), "--network", network, f"--{option}", "")
    code, said, told = call(*words, monkeypatch=monkeypatch)
    assert (code, said, len(told.splitlines())) == (2, "", 1)
    assert option in told


def test_a_version_of_eas_that_is_none_is_no_refutation(prepared: Prepared, monkeypatch: pytest.MonkeyPatch) -> None:
    code, said, told = call("verify", str(prepared.folder / "bundles"), "--eas-version", "banana", monkeypatch=monkeypatch)
    assert (code, said) == (2, "")
    assert "'banana' is no version" in told


@pytest.mark.parametrize("data", [b"\xff\xfe", b"name = 1"])
def test_a_network_file_that_cannot_be_read_is_one_line_and_no_refutation(
    data: bytes, prepared: Prepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = prepared.folder / "network.toml"
    network.write_bytes(data)
    code, said, told = call("verify", str(prepared.folder / "bundles"), "--network", str(network), monkeypatch=monkeypatch)
    assert (code, said, len(told.splitlines())) == (2, "", 1)
    assert str(network) in told


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ([], 2, "which EAS contract counts"),
        (["--eas", to_checksum(EAS)], 2, "which EAS contract counts"),
        (["--eas-version", EAS_VERSION], 2, "which EAS contract counts"),
        (["--eas", to_checksum(EAS), "--eas-version", EAS_VERSION], 0, ", pinned"),
        (["--eas", "0x" + "11" * 20, "--eas-version", EAS_VERSION], 1, "refuted"),
        (["--eas", to_checksum(EAS), "--eas-version", "1.0"], 1, "refuted"),
    ],
)
def test_eas_and_its_version_are_pinned_by_hand_where_the_network_file_names_neither(
    words: list[str], code: int, said: str, prepared: Prepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    case, path = witnessed(), prepared.folder / "witnessed.json"
    path.write_bytes(dumps_json(case.bundle))
    network = network_file(prepared, checkpoint=f"0x{case.world.checkpoint.hex()}")
    ended, printed, _ = call("verify", str(path), "--network", network, *words, monkeypatch=monkeypatch)
    assert ended == code, printed
    assert said in " ".join(printed.split())


def test_a_network_that_is_not_known_here_is_cannot_tell(prepared: Prepared, monkeypatch: pytest.MonkeyPatch) -> None:
    code, said, _ = call("verify", str(prepared.folder / "bundles"), "--checkpoint", prepared.checkpoint, monkeypatch=monkeypatch)
    assert code == 2
    assert "network 'fixture' is not known here: pass --network with its file to `aios verify`; known are devnet" in said


def test_one_refuted_bundle_outweighs_one_that_cannot_be_told(prepared: Prepared, monkeypatch: pytest.MonkeyPatch) -> None:
    bundles = prepared.folder / "bundles"
    document = json.loads((bundles / NAME).read_bytes())
    (bundles / "altered.json").write_text(json.dumps({**document, "network": "other"}))
    (bundles / "later.json").write_text(json.dumps({**document, "version": 2}))
    network = network_file(prepared, checkpoint=prepared.checkpoint)
    code, said, _ = call("verify", str(bundles), "--network", network, "--json", monkeypatch=monkeypatch)
    assert (code, sorted(verdicts(said))) == (1, ["cannot tell", "proven", "refuted"])


def test_of_several_bundles_the_one_that_another_corrects_is_named(prepared: Prepared, monkeypatch: pytest.MonkeyPatch) -> None:
    bundles, case = prepared.folder / "bundles", shipment()
    first = case.bundle.attestation
    second = attest(ShipmentStatement.decode(first.data), ref_uid=first.uid)
    newer = bundle_of(SHIPMENT, case.bundle.content, second)
    (bundles / "newer.json").write_bytes(dumps_json(newer.bundle))
    network = network_file(prepared, checkpoint=prepared.checkpoint)
    code, said, _ = call("verify", str(bundles), "--network", network, monkeypatch=monkeypatch)
    assert code == 0
    assert f"{bundles / NAME} is SUPERSEDED by {bundles / 'newer.json'}" in said


def test_json_is_one_object_for_a_file_and_one_a_line_for_several(prepared: Prepared, monkeypatch: pytest.MonkeyPatch) -> None:
    network, file = network_file(prepared, checkpoint=prepared.checkpoint), str(prepared.folder / "bundles" / NAME)
    words = ("--network", network, "--json")
    code, said, _ = call("verify", file, *words, monkeypatch=monkeypatch)
    assert (code, json.loads(said)["verdict"]) == (0, "proven")
    assert len(said.splitlines()) > 1
    code, said, told = call("verify", file, "nowhere.json", *words, monkeypatch=monkeypatch)
    first, second = map(json.loads, said.splitlines())
    assert (code, first["verdict"], second["verdict"], second["file"]) == (2, "proven", "cannot tell", "nowhere.json")
    assert "cannot be read" in second["checks"][0]["detail"]
    assert first.keys() == second.keys()
    assert "nowhere.json" in told
    code, said, _ = call("verify", "nowhere.json", *words, monkeypatch=monkeypatch)
    assert (code, json.loads(said)["verdict"]) == (2, "cannot tell")


def test_where_nothing_was_concluded_the_last_line_says_why(prepared: Prepared, monkeypatch: pytest.MonkeyPatch) -> None:
    file = prepared.folder / "bundles" / NAME
    network, data = network_file(prepared, checkpoint=prepared.checkpoint), file.read_bytes()
    file.write_bytes(data[:-100])
    code, said, _ = call("verify", str(file), "--network", network, monkeypatch=monkeypatch)
    assert code == 1
    assert "NOT PROVEN, REFUTED: the file could not be read as a bundle (" in said
    file.write_bytes(json.dumps({**json.loads(data), "network": "other"}).encode())
    code, said, _ = call("verify", str(file), "--network", network, monkeypatch=monkeypatch)
    assert code == 1
    assert "NOT PROVEN, REFUTED: the check of its seal ended it before anything was concluded (" in said


def test_an_empty_name_is_not_the_current_folder(prepared: Prepared, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(prepared.folder / "bundles")
    code, said, told = call("verify", "", monkeypatch=monkeypatch)
    assert (code, said, len(told.splitlines())) == (2, "", 1)


def test_a_closed_output_is_no_refutation(prepared: Prepared) -> None:
    network = network_file(prepared, checkpoint=prepared.checkpoint)
    reading, writing = os.pipe()
    os.close(reading)
    try:
        words = ("verify", str(prepared.folder / "bundles"), "--network", network)
        ended = subprocess.run([sys.executable, "-m", "gateway", *words], stdout=writing, stderr=subprocess.PIPE, check=False)
    finally:
        os.close(writing)
    assert (ended.returncode, ended.stderr) == (141, b"")


def test_an_empty_folder_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code, _, told = call("verify", str(tmp_path), monkeypatch=monkeypatch)
    assert code == 2
    assert "holds no .json or .cbor file" in told


# Devices


def test_a_devices_key_may_be_given_by_hand_in_every_form(prepared: Prepared, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (prepared.folder / "bundles" / NAME).write_bytes(dumps_json(device_signed().bundle))
    key = DEVICE_KEYS["reefer-1"].public_key()
    (tmp_path / "key.pem").write_bytes(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    (tmp_path / "key.cose").write_bytes(cose_key("reefer-1"))
    checkpoint = f"0x{device_signed().world.checkpoint.hex()}"
    words = ("verify", str(prepared.folder / "bundles"), "--network", network_file(prepared, checkpoint=checkpoint))
    for given in (f"{tmp_path}/key.pem", f"{tmp_path}/key.cose", f"0x{cose_key('reefer-1').hex()}"):
        code, said, _ = call(*words, "--device-key", f"reefer-1={given}", monkeypatch=monkeypatch)
        assert code == 0
        assert "key of device reefer-1, given by hand" in said
    code, said, _ = call(*words, "--device-key", f"reefer-1=0x{cose_key('reefer-2').hex()}", monkeypatch=monkeypatch)
    assert code == 1


@pytest.mark.parametrize("option", ["reefer-1", "=0x00", "reefer-1=0xzz", "reefer-1=0x00", "reefer-1=/nowhere"])
def test_a_devices_key_that_is_none_is_told(option: str, monkeypatch: pytest.MonkeyPatch) -> None:
    code, _, told = call("verify", "x.json", "--device-key", option, monkeypatch=monkeypatch)
    assert code == 2
    assert told.startswith("aios: --device-key")


# Digital Links


@pytest.mark.parametrize("hash_", ["", "right", "wrong", "WRONG"])
def test_a_link_is_looked_up_in_the_folder_and_its_hash_compared(prepared: Prepared, hash_: str, monkeypatch: pytest.MonkeyPatch) -> None:
    bundles = prepared.folder / "bundles"
    digest = hashlib.sha256((bundles / NAME).read_bytes()).hexdigest()
    query = {"": "", "right": f"?sha256={digest}", "wrong": f"?sha256={'0' * 64}", "WRONG": f"?SHA256={'0' * 64}"}[hash_]
    network = network_file(prepared, checkpoint=prepared.checkpoint)
    words = ("verify", SHIPMENT.uri + query, "--bundles", str(bundles), "--network", network, "--offline")
    code, said, _ = call(*words, monkeypatch=monkeypatch)
    assert code == (1 if hash_.lower() == "wrong" else 0)
    assert ("not the one that the label is about" in said) is (hash_.lower() == "wrong")


@pytest.mark.parametrize(
    ("link", "said"),
    [
        ("https://id.gs1.org/00/106141412345678909", "check digit"),
        ("https://example.org/", "no GS1 Digital Link"),
        ("https://[", "no GS1 Digital Link"),
        ("https://example.org/" + "9" * 3000, "too long"),
        (SHIPMENT.uri, "no bundle of it in"),
        (f"{SHIPMENT.uri}?sha256=", "sha256: '' is not 64 hexadecimal digits"),
        (f"{SHIPMENT.uri}?sha256=abc", "sha256: 'abc' is not 64 hexadecimal digits"),
        (f"{SHIPMENT.uri}?SHA256={'1' * 63}g", "is not 64 hexadecimal digits"),
        (f"{SHIPMENT.uri}?sha256={'1' * 64}&Sha256={'1' * 64}", "sha256: it is given 2 times"),
    ],
)
def test_a_link_that_leads_nowhere_is_told(link: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code, _, told = call("verify", link, "--bundles", str(tmp_path), "--offline", monkeypatch=monkeypatch)
    assert code == 2
    assert said in told
    assert len(told.splitlines()) == 1


def test_plain_http_is_never_asked(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="https only"):
        list(found([SHIPMENT.uri.replace("https", "http")], tmp_path, offline=False))


def served(monkeypatch: pytest.MonkeyPatch, answer: httpx.Response) -> None:
    client = httpx.Client
    monkeypatch.setattr(httpx, "Client", lambda **options: client(**options, transport=httpx.MockTransport(lambda _: answer)))


def test_a_bundle_is_fetched_from_the_host_of_the_link(monkeypatch: pytest.MonkeyPatch) -> None:
    data = dumps_json(shipment().bundle)
    (source,) = found([SHIPMENT.uri], None, offline=False)
    assert source == Source(SHIPMENT.uri, link=SHIPMENT.uri, label=Label(SHIPMENT))
    served(monkeypatch, httpx.Response(200, content=data))
    assert read(source) == data


def test_another_shipments_bundle_under_a_link_is_refuted_from_a_server_and_from_a_folder(
    prepared: Prepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundles, other = prepared.folder / "bundles", sscc("10614141234567891")
    data = (bundles / NAME).read_bytes()
    (bundles / f"00-{other.number}.json").write_bytes(data)
    network = network_file(prepared, checkpoint=prepared.checkpoint)
    served(monkeypatch, httpx.Response(200, content=data))
    for where in (str(bundles), str(prepared.folder)):
        words = ("verify", other.uri, "--bundles", where, "--network", network)
        code, said, _ = call(*words, "--json", monkeypatch=monkeypatch)
        assert (code, json.loads(said)["verdict"]) == (1, "refuted")
        assert "it is not the one that the label is about" in said
        assert call("verify", SHIPMENT.uri, *words[2:], monkeypatch=monkeypatch)[0] == 0


@pytest.mark.parametrize("status", [301, 404, 500])
def test_a_server_that_has_no_bundle_is_told(status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    (source,) = found([SHIPMENT.uri], None, offline=False)
    served(monkeypatch, httpx.Response(status, headers={"Location": "http://127.0.0.1/"}))
    with pytest.raises(UnreadableError, match=f"answers {status}"):
        read(source)


def test_a_server_that_sends_without_end_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle_files, "MAX_BYTES", 1000)
    (source,) = found([SHIPMENT.uri], None, offline=False)
    served(monkeypatch, httpx.Response(200, content=(b"x" * 600 for _ in range(10**9))))
    assert 1000 < len(read(source)) < 100_000


@pytest.mark.parametrize("name", network_names())
def test_no_network_of_this_repository_names_a_checkpoint_for_its_readers(name: str) -> None:
    assert load_network(name).checkpoint is None
