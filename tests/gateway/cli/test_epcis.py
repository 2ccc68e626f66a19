"""`aios epcis`: hashes without a gateway, documents in over the control socket, events out of the store."""

import asyncio
import json
import random
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway import serving
from gateway.control import SOCKET_NAME, control_app
from gateway.epcis import Epcis, epcis_commands
from gateway.store import Store
from oracle.epcis.document import read
from tests.gateway.store.helpers import Told, open_store
from tests.gateway.test_cli import call
from tests.oracle.epcis.events import document, event
from tests.oracle.epcis.examples import examples
from tests.vectors import vectors

NOW_MS = 1_795_800_000_000
WORKED: dict[str, dict[str, str]] = json.loads(vectors("epcis", "worked-examples.json").read_text())


def write(folder: Path, name: str, value: Any) -> str:
    path = folder / name
    path.write_bytes(value if isinstance(value, bytes) else json.dumps(value).encode())
    return str(path)


def some(count: int = 5, seed: int = 2) -> dict[str, Any]:
    rng = random.Random(seed)
    # Without a name of their own, so that documents of different seeds do not name different events alike.
    events = [{name: value for name, value in event(rng, number).items() if name != "eventID"} for number in range(count)]
    return document(events)


@pytest.mark.parametrize("case", WORKED)
def test_the_worked_examples_hash_as_the_standard_says(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name, profile = case.split("|")
    raw = next(raw for path, raw in examples().items() if path.endswith(f"/{name}.jsonld"))
    words = ("epcis", "hash", write(tmp_path, "e.json", raw), "--profile", profile.removeprefix("CBV"))
    assert call(*words, monkeypatch=monkeypatch) == (0, f"{WORKED[case]['hash']}\n", "")
    _, said, _ = call(*words, "--json", "--prehash", monkeypatch=monkeypatch)
    (row,) = json.loads(said)
    assert (row["hash"], row["prehash"], row["pointer"]) == (WORKED[case]["hash"], WORKED[case]["prehash"], "$.epcisBody.eventList[0]")


def test_a_hash_is_given_of_what_is_wrong_in_fact_and_refused_of_what_is_wrong_in_shape(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = some(1)
    given["epcisBody"]["eventList"][0]["readPoint"] = {"id": "https://id.gs1.org/414/9506000134308"}
    code, said, told = call("epcis", "hash", write(tmp_path, "e.json", given), "--prehash", monkeypatch=monkeypatch)
    assert (code, said.startswith("ni:///sha-256;")) == (0, True)
    assert f"note: {tmp_path / 'e.json'}: $.epcisBody.eventList[0].readPoint.id" in told
    del given["epcisBody"]["eventList"][0]["eventTime"]
    code, said, told = call("epcis", "hash", write(tmp_path, "e.json", given), monkeypatch=monkeypatch)
    assert (code, said) == (1, "")
    assert "$.epcisBody.eventList[0].eventTime: is missing" in told
    assert call("epcis", "hash", str(tmp_path / "nothing"), monkeypatch=monkeypatch)[0] == 2
    assert call("epcis", "hash", write(tmp_path, "e.json", b"{"), monkeypatch=monkeypatch)[0] == 1


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    (tmp_path / "gateway.toml").write_text(f'[gateway]\ndata_dir = "{tmp_path}"\n')
    opened = open_store(tmp_path / "store.db", Told())
    yield opened
    opened.close()


@pytest.fixture
def running(store: Store, tmp_path: Path) -> Iterator[None]:
    """The part of a running gateway that `aios epcis import` speaks to."""
    bound = serving.bind_unix(tmp_path / SOCKET_NAME)
    loop = asyncio.new_event_loop()
    served = loop.create_task(serving.serve(control_app(epcis_commands(Epcis(store, lambda: NOW_MS))), bound))
    thread = threading.Thread(target=lambda: loop.run_until_complete(asyncio.gather(served, return_exceptions=True)))
    thread.start()
    yield
    loop.call_soon_threadsafe(served.cancel)
    thread.join()
    loop.close()


@pytest.mark.usefixtures("running")
def test_documents_go_in_and_come_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = ("--config", str(tmp_path / "gateway.toml"))
    good, other = write(tmp_path, "a.json", some()), write(tmp_path, "b.json", some(3, seed=9))
    code, said, _ = call("epcis", "import", good, other, good, *config, monkeypatch=monkeypatch)
    assert (code, said.splitlines()) == (
        0,
        [f"{good}: 5 captured, 0 known already", f"{other}: 3 captured, 0 known already", f"{good}: 0 captured, 5 known already"],
    )
    expected = read(Path(good).read_bytes()).events
    code, said, _ = call("epcis", "export", *config, monkeypatch=monkeypatch)
    assert [one.digest for one in read(said.encode()).events][:5] == [one.digest for one in expected]
    code, _, told = call("epcis", "export", "--type", "ObjectEvent", "-o", str(tmp_path / "out.json"), *config, monkeypatch=monkeypatch)
    assert (code, "2 events written" in told) == (0, True)
    assert {one.kind for one in read((tmp_path / "out.json").read_bytes()).events} == {"ObjectEvent"}
    code, said, _ = call("epcis", "query", "--event-id", expected[0].id, "--json", *config, monkeypatch=monkeypatch)
    assert [one.id for one in read(said.encode()).events] == [expected[0].id]
    code, said, _ = call("epcis", "query", "--limit", "2", *config, monkeypatch=monkeypatch)
    assert (code, len(said.strip().splitlines())) == (0, 4)


@pytest.mark.usefixtures("running")
def test_sensor_data_without_a_word_about_the_device_is_taken_and_noted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = next(raw for path, raw in examples().items() if path.endswith("/epcisDocWithSensorComponent.jsonld"))
    file = write(tmp_path, "sensed.json", raw)
    code, said, told = call("epcis", "import", file, "--config", str(tmp_path / "gateway.toml"), monkeypatch=monkeypatch)
    assert (code, said) == (0, f"{file}: 1 captured, 0 known already\n")
    assert f"note: {file}: $.epcisBody.eventList[0].sensorElementList[0]: no deviceMetadata" in told


def test_the_vocabulary_of_older_generators_gives_their_hash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = next(raw for path, raw in examples().items() if path.endswith("/epcisDocWithSensorComponent.jsonld"))
    words = ("epcis", "hash", write(tmp_path, "e.json", raw), "--prehash")
    ours, theirs = (call(*words, *more, monkeypatch=monkeypatch)[1] for more in ((), ("--vocabulary", "https://gs1.org/voc/")))
    assert ours.replace("https://ref.gs1.org/voc/", "https://gs1.org/voc/").splitlines()[1] == theirs.splitlines()[1]
    assert ours.splitlines()[0] != theirs.splitlines()[0]


@pytest.mark.usefixtures("running")
def test_a_refused_document_leaves_the_others_and_ends_with_1(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = ("--config", str(tmp_path / "gateway.toml"))
    bad = some()
    bad["epcisBody"]["eventList"][1]["action"] = "LOOK"
    late = some(1, seed=11)
    late["epcisBody"]["eventList"][0]["eventTime"] = "2999-01-01T00:00:00Z"
    files = [write(tmp_path, "bad.json", bad), write(tmp_path, "late.json", late), write(tmp_path, "good.json", some(2))]
    code, said, told = call("epcis", "import", *files, *config, monkeypatch=monkeypatch)
    assert code == 1
    assert said == f"{files[2]}: 2 captured, 0 known already\n"
    assert f"{files[0]}: $.epcisBody.eventList[1].action: expected ADD, OBSERVE or DELETE" in told
    assert "has not come yet" in told
    code, said, _ = call("epcis", "import", *files, "--json", *config, monkeypatch=monkeypatch)
    assert [len(row["problems"]) for row in json.loads(said)] == [1, 1, 0]


@pytest.mark.usefixtures("running")
def test_a_file_that_cannot_be_read_leaves_the_others_and_ends_with_2(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = ("--config", str(tmp_path / "gateway.toml"))
    files = [write(tmp_path, "bad.json", b"{"), str(tmp_path / "nope.json"), str(tmp_path), write(tmp_path, "good.json", some(2))]
    code, said, told = call("epcis", "import", *files, *config, monkeypatch=monkeypatch)
    assert (code, said) == (2, f"{files[3]}: 2 captured, 0 known already\n")
    for file, reason in zip(files, ("not JSON", "No such file", "Is a directory"), strict=False):
        assert any(f"{file}: " in line and reason in line for line in told.splitlines())
    code, said, _ = call("epcis", "import", *files, "--json", *config, monkeypatch=monkeypatch)
    assert (code, [len(row["problems"]) for row in json.loads(said)]) == (2, [1, 1, 1, 0])


@pytest.mark.usefixtures("store")
def test_an_export_goes_where_there_is_a_folder_and_leaves_nothing_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = ("--config", str(tmp_path / "gateway.toml"))
    absent, folder = tmp_path / "absent" / "e.json", tmp_path / "made"
    code, _, told = call("epcis", "export", "-o", str(absent), *config, monkeypatch=monkeypatch)
    assert (code, str(absent) in told, absent.parent.exists()) == (2, True, False)
    folder.mkdir()
    code, _, told = call("epcis", "export", "-o", str(folder), *config, monkeypatch=monkeypatch)
    assert (code, str(folder) in told, list(tmp_path.glob(".*.new"))) == (2, True, [])


@pytest.mark.usefixtures("store")
def test_a_wrong_filter_is_a_wrong_call_and_a_stopped_gateway_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = ("--config", str(tmp_path / "gateway.toml"))
    code, _, told = call("epcis", "query", "--action", "LOOK", *config, monkeypatch=monkeypatch)
    assert (code, "EQ_action" in told) == (2, True)
    code, _, told = call("epcis", "import", write(tmp_path, "a.json", some()), *config, monkeypatch=monkeypatch)
    assert (code, "aios run" in told) == (2, True)
