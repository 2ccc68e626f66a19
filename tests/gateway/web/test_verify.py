"""The verify page of the dashboard: what is handed in, what is said, and what is kept (nothing)."""

import asyncio
import hashlib
import json
import re
from pathlib import Path

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive

from gateway.settings import GatewaySettings, Settings
from gateway.store import Store, StoreSettings, bundles
from gateway.store.records import Bundle
from gateway.verifying import BoxVerifier
from gateway.web import WebSettings, create_app, verify
from gateway.web.errors import NotFoundError
from gateway.web.multipart import FormRefusedError, parse
from gateway.web.security import POLICY
from lightclient.settings import LightClientSettings
from oracle.bundle_codec import dumps_cbor, dumps_json
from oracle.verify_walk import Report
from tests.gateway.web.conftest import Client
from tests.gateway.web.scene import GOOD_TRIP, Scene
from tests.oracle.bundle_fixture import Case, lot_verdict, shipment
from tests.prepared import Prepared, prepare

OTHER = "00/106141412345678915"
TYPE = "multipart/form-data; boundary=x"


@pytest.fixture(scope="module")
def case() -> Case:
    return shipment()


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return prepare(tmp_path_factory.mktemp("verify"))


@pytest.fixture
def client(story: Store, scene: Scene, prepared: Prepared, case: Case) -> Client:
    return served(story, scene, prepared, case, prepared.checkpoint)


def served(story: Store, scene: Scene, prepared: Prepared, case: Case, checkpoint: str, network: str = "") -> Client:
    file = network or str(prepared.folder / "network.toml")
    light = LightClientSettings(network=file, checkpoint=checkpoint, sources=("http://127.0.0.1:5052",))
    settings = Settings(gateway=GatewaySettings(data_dir=str(prepared.folder)), lightclient=light)
    return Client(create_app(story, scene, WebSettings(), verifier=BoxVerifier(settings, lambda: case.world.now_s * 1000)))


def send(client: Client, accept: str = "text/html", data: bytes | None = None, **fields: str) -> httpx.Response:
    files: dict[str, tuple[str | None, bytes]] = {name: (None, text.encode()) for name, text in fields.items()}
    return client.request("POST", "/verify", files={**files, "bundle": ("b.json", data or b"")}, headers={"accept": accept})


def verdict(answer: httpx.Response) -> str | None:
    match = re.search(r'data-verdict="([^"]*)"', answer.text)
    return match[1] if match else None


@pytest.mark.parametrize("dump", [dumps_json, dumps_cbor])
def test_a_good_bundle_is_proven_by_what_the_box_trusts(client: Client, case: Case, dump: object) -> None:
    data = dumps_json(case.bundle) if dump is dumps_json else dumps_cbor(case.bundle)
    answer = send(client, data=data)
    assert answer.status_code == 200
    assert verdict(answer) == "proven"
    for name in ("seal", "signature", "readings", "finality", "anchor", "standing"):
        assert f'data-check="{name}"' in answer.text


def test_the_boxs_own_network_file_is_looked_for_beside_its_data(
    story: Store, scene: Scene, prepared: Prepared, case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    client = served(story, scene, prepared, case, prepared.checkpoint, network="network.toml")
    assert verdict(send(client, data=dumps_json(case.bundle))) == "proven"


def test_an_altered_bundle_is_refuted_and_says_where(client: Client, case: Case) -> None:
    document = json.loads(dumps_json(case.bundle))
    document["agent"]["manifest"] += "x"
    answer = send(client, "application/json", json.dumps(document).encode())
    said = answer.json()
    assert said["verdict"] == "refuted"
    assert next(line["name"] for line in said["checks"] if line["outcome"] == "refuted") == "seal"
    page = send(client, data=json.dumps(document).encode()).text
    assert "Not reached after seal: " in page
    assert page.lower().count("not reached") == 1
    assert 'data-check="anchor"' not in page


def test_a_box_without_a_checkpoint_takes_one_by_hand(story: Store, scene: Scene, prepared: Prepared, case: Case) -> None:
    network = prepared.folder / "network.toml"
    text = network.read_text()
    network.write_text(re.sub(r"(?m)^checkpoint = .*\n", "", text))
    try:
        client = served(story, scene, prepared, case, f"0x{'11' * 32}")
        assert verdict(send(client, data=dumps_json(case.bundle))) == "cannot tell"
        assert verdict(send(client, data=dumps_json(case.bundle), checkpoint=prepared.checkpoint)) == "proven"
        assert verdict(send(client, data=dumps_json(case.bundle), checkpoint=f"0x{'22' * 32}")) == "refuted"
    finally:
        network.write_text(text)


def test_a_network_that_is_not_known_here_is_no_refutation(story: Store, scene: Scene, case: Case) -> None:
    client = Client(create_app(story, scene, WebSettings(), verifier=BoxVerifier(Settings(), lambda: case.world.now_s * 1000)))
    answer = send(client, data=dumps_json(case.bundle))
    assert verdict(answer) == "cannot tell"
    assert "is not known here: pass --network with its file" in answer.text


@pytest.mark.parametrize("data", [b"{}", b"no bundle", b"\xff" * 100])
def test_what_is_no_bundle_is_refuted(client: Client, data: bytes) -> None:
    assert verdict(send(client, data=data)) == "refuted"


def test_the_form_takes_a_label_from_its_address_and_nothing_else(client: Client) -> None:
    assert 'value="https://id.gs1.org/00/1"' in client.get("/verify?label=https://id.gs1.org/00/1").text
    assert client.get("/verify?lable=x").status_code == 400


def test_nothing_chosen_and_a_crooked_checkpoint_are_said(client: Client, case: Case) -> None:
    assert send(client).status_code == 400
    crooked = send(client, data=dumps_json(case.bundle), checkpoint='0x12"><script>')
    assert crooked.status_code == 400
    assert "64 hexadecimal digits" in crooked.text
    assert "<script>" not in crooked.text.replace('<script src="/static/', "")


def test_a_label_finds_this_boxs_own_bundle_and_is_compared(client: Client) -> None:
    key = GOOD_TRIP.removeprefix("00/")
    own = client.get(f"/shipments/{key}/bundle.json")
    assert own.status_code == 200
    link = f"https://id.gs1.org/00/{key}?sha256="
    assert send(client, "application/json", label=link + hashlib.sha256(own.content).hexdigest()).json()["label_matches"] is True
    assert send(client, "application/json", label=link + "ab" * 32).json()["label_matches"] is False
    absent = send(client, label="https://id.gs1.org/00/106141412345678991")
    assert absent.status_code == 404
    assert "choose its file" in absent.text


def test_a_label_of_a_lot_finds_this_boxs_own_bundle(scene: Scene, prepared: Prepared, case: Case, tmp_path: Path) -> None:
    store = Store.open(StoreSettings(str(tmp_path / "lots.db")), now_ms=lambda: 0, on_condition=lambda *_: None)
    made = lot_verdict()
    data = dumps_json(made.bundle)
    (tmp_path / "lot.json").write_bytes(data)
    known = Bundle(made.bundle.subject.path, str(tmp_path / "lot.json"), hashlib.sha256(data).digest(), 0)
    store.write(lambda connection: bundles.insert(connection, known)).result()
    client = served(store, scene, prepared, case, "")
    answer = send(client, label=f"{made.bundle.subject.uri}?sha256={hashlib.sha256(data).hexdigest()}")
    assert "bundle of Lot L42 of 09506000134352" in answer.text
    assert 'data-matches="true"' in answer.text
    assert send(client, label=f"{made.bundle.subject.uri[:-1]}3").status_code == 404
    store.close()


def test_a_label_beside_a_file_is_compared_with_it(client: Client, case: Case) -> None:
    data = dumps_json(case.bundle)
    link = f"{case.bundle.subject.uri}?sha256="
    own = send(client, "application/json", data).json()["sha256"]
    assert send(client, "application/json", data, label=link + own).json()["label_matches"] is True
    assert send(client, "application/json", data, label=link + "00" * 32).json()["label_matches"] is False
    assert send(client, "application/json", data, label="").json()["label_matches"] is None


@pytest.mark.parametrize("host", ["https://id.gs1.org", "https://labels.example.org/of/ours"])
def test_a_good_bundle_of_another_shipment_is_not_the_labels(client: Client, case: Case, host: str) -> None:
    data = dumps_json(case.bundle)
    assert send(client, "application/json", data, label=f"{host}/{case.bundle.subject.path}").json()["verdict"] == "proven"
    other = send(client, "application/json", data, label=f"{host}/{OTHER}").json()
    assert (other["verdict"], other["label_matches"]) == ("refuted", False)
    assert "it is not the one that the label is about" in other["checks"][-1]["detail"]
    shown = send(client, data=data, label=f"{host}/{OTHER}")
    assert verdict(shown) == "refuted"
    assert 'data-matches="false"' in shown.text


@pytest.mark.parametrize(
    "text",
    [
        "no label",
        "https://id.gs1.org/00/1",
        "https://[",
        "https:///00/106141412345678908",
        "https://id.gs1.org/00/106141412345678908?SHA256=abc",
    ],
)
def test_a_text_that_is_no_label_is_told_and_not_passed_over(client: Client, case: Case, text: str) -> None:
    answer = send(client, data=dumps_json(case.bundle), label=text)
    assert answer.status_code == 400
    assert "is no GS1 Digital Link" in answer.text


def test_too_much_is_refused_before_it_is_read_whole(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify, "MAX_BODY", 1000)
    answer = send(client, data=b"x" * 2000)
    assert answer.status_code == 413
    assert "more than 1000 bytes" in answer.text


def posted(receive: Receive, **headers: str) -> Request:
    given = [(name.replace("_", "-").encode(), value.encode()) for name, value in {"content_type": TYPE, **headers}.items()]
    return Request({"type": "http", "method": "POST", "path": "/verify", "query_string": b"", "headers": given}, receive)


async def never_read() -> Message:
    pytest.fail("the body was read")


def test_what_says_that_it_is_too_large_is_not_read() -> None:
    answer = asyncio.run(verify.Verifying(unchecked, unowned).check(posted(never_read, content_length=str(verify.MAX_BODY + 1))))
    assert answer.status_code == 413


def test_a_body_that_says_no_length_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify, "MAX_BODY", 1000)

    async def endless() -> Message:
        return {"type": "http.request", "body": b"x" * 600, "more_body": True}

    assert asyncio.run(verify.Verifying(unchecked, unowned).check(posted(endless))).status_code == 413


def test_while_one_file_arrives_no_other_is_read() -> None:
    async def scene() -> tuple[Response, Response, Response]:
        reading, sent, page = asyncio.Event(), asyncio.Event(), verify.Verifying(unchecked, unowned)

        async def slow() -> Message:
            reading.set()
            await sent.wait()
            return {"type": "http.request", "body": b"", "more_body": False}

        first = asyncio.create_task(page.check(posted(slow)))
        await reading.wait()
        second = await page.check(posted(never_read))
        sent.set()
        return await first, second, await page.check(posted(slow))

    first, second, third = asyncio.run(scene())
    assert (first.status_code, second.status_code, third.status_code) == (400, 503, 400)
    assert int(second.headers["retry-after"]) > 0


def test_who_sends_too_slowly_loses_his_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify, "BODY_S", 0.001)

    async def stalled() -> Message:
        await asyncio.Event().wait()
        return {}

    assert asyncio.run(verify.Verifying(unchecked, unowned).check(posted(stalled))).status_code == 408


def unchecked(data: bytes, checkpoint: bytes | None) -> Report:
    raise NotImplementedError


def unowned(key: str) -> bytes:
    raise NotFoundError("shipment", key)


def test_only_pages_that_scan_may_ask_for_the_camera(client: Client) -> None:
    assert "camera=(self)" in client.get("/verify").headers["permissions-policy"]
    assert "camera=()" in client.get("/").headers["permissions-policy"]
    assert client.get("/verify").headers["content-security-policy"] == POLICY


def test_the_page_that_checks_in_the_browser_brings_its_own_policy(
    story: Store, scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built = tmp_path / "verify.html"
    monkeypatch.setattr(verify.Verifying.__init__, "__defaults__", (built,))
    checker = BoxVerifier(Settings(), lambda: 0)
    absent = Client(create_app(story, scene, WebSettings(), verifier=checker))
    assert absent.get("/verify/offline").status_code == 404
    assert "/verify/offline" not in absent.get("/verify").text
    policy = "default-src 'none'; script-src 'sha256-x'"
    built.write_text(f'<meta http-equiv="Content-Security-Policy" content="{policy}"><p>offline')
    present = Client(create_app(story, scene, WebSettings(), verifier=checker))
    answer = present.get("/verify/offline")
    assert answer.text.endswith("offline")
    assert answer.headers["content-security-policy"] == f"{policy}; frame-ancestors 'none'"
    assert 'href="/verify/offline"' in present.get("/verify").text


# Forms


def test_a_form_is_read_as_browsers_send_it() -> None:
    body = b'--x\r\nContent-Disposition: form-data; name="label"\r\n\r\nabc\r\n--x\r\n'
    body += b'Content-Disposition: form-data; name="bundle"; filename="a.json"\r\nContent-Type: application/json\r\n\r\n'
    body += b'{"a":\r\n1}\r\n--x--\r\n'
    assert parse(TYPE, body) == {"label": b"abc", "bundle": b'{"a":\r\n1}'}
    assert parse('multipart/form-data; boundary="x"', body) == parse(TYPE, body)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", b"{}"),
        ("multipart/form-data", b"--x--"),
        (TYPE, b""),
        (TYPE, b"preamble\r\n--x--\r\n"),
        (TYPE, b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb'),
        (TYPE, b"--x\r\nContent-Type: text/plain\r\n\r\nb\r\n--x--"),
        (TYPE, b'--x\r\nContent-Disposition: form-data; name="a"\r\n--x--'),
        (TYPE, b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n' * 2 + b"--x--"),
        (TYPE, b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n' * 20 + b"--x--"),
        (TYPE, b"--x\r\n" + b"A" * 2000 + b'\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--x--'),
    ],
)
def test_other_bodies_are_refused(kind: str, body: bytes) -> None:
    with pytest.raises(FormRefusedError):
        parse(kind, body)
