"""The application over ASGI: what every address answers, to whom, and as what."""

import re
from functools import partial
from html import unescape
from pathlib import Path

import pytest

from gateway.health import Condition, Severity
from gateway.store import Shipment, Store, StoreSettings, shipments
from gateway.web import WebSettings, create_app
from gateway.web.errors import OpenToAllError, TokenExposedError, TokenUnfitError
from gateway.web.gather import TRIPS
from gateway.web.security import COOKIE, is_loopback, read_token
from gateway.web.view import LightClientInfo
from oracle.hexes import to_checksum
from tests.gateway.web.conftest import Client
from tests.gateway.web.scene import BAD_TRIP, GATEWAY, GOOD_TRIP, NOW_MS, OPEN_TRIP, Scene, disk_full, offer

TOKEN = "a token of fair length"
HOSTILE = '"><script>alert(1)</script>'


def text_of(html: str) -> str:
    """What a person reads."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", html))


def test_the_overview_says_what_matters(client: Client) -> None:
    answer = client.get("/")
    assert answer.status_code == 200
    said = text_of(answer.text)
    for expected in (
        "All is well",
        "Following the chain",
        "devnet-minimal",
        "97 %",
        "Conforms",
        "Breach",
        "Under way",
        "Container 1",
        "Never heard yet",
        "crack",
    ):
        assert expected in said
    assert answer.text.count('class="line breach"') >= 1


def test_conditions_come_with_name_severity_and_remedy(client: Client, scene: Scene) -> None:
    scene.trouble = [disk_full(), Condition("x.y", Severity.INFO, "worth knowing", NOW_MS)]
    said = text_of(client.get("/").text)
    assert "2 conditions to look at" in said
    assert "store.disk_full for 4 min" in said
    assert "free some" in said
    assert "All is well" not in said


def test_old_finality_and_no_header_are_said(client: Client, scene: Scene) -> None:
    scene.chain = LightClientInfo("net", 1, 1, NOW_MS - 3_600_000, 1, NOW_MS, 0.5, 0)
    assert "Finality is old" in text_of(client.get("/").text)
    scene.chain = None
    assert "No proven header yet" in text_of(client.get("/").text)


def test_a_proven_shipment_shows_every_step(client: Client) -> None:
    html = client.get(f"/shipments/{GOOD_TRIP}").text
    said = text_of(html)
    expected = (
        "Conforms",
        "4.9 °C",
        "leaf 1 of 1",
        "Finalized block 4339",
        "Included in block 4321",
        "Download the bundle",
        f"https://id.gs1.org/00/{GOOD_TRIP}",
    )
    for words in expected:
        assert words in said
    assert html.count('class="done"') == 4
    assert 'class="qr"' in html
    assert f'title="{to_checksum(GATEWAY)}"' in html


def test_what_another_policy_found_stands_beside_the_shipments_own_verdict(client: Client) -> None:
    said = text_of(client.get(f"/shipments/{GOOD_TRIP}").text)
    assert "By other policies Breach (excursion) by frozen" in said
    assert "250.0 min" not in said, "its measures are not the shipment's own"
    assert "By other policies" not in text_of(client.get(f"/shipments/{BAD_TRIP}").text)
    twin = client.get(f"/shipments/{GOOD_TRIP}?format=json").json()
    assert [one["finding"]["agent"] for one in twin["beside"]] == ["frozen"]
    assert [one["finding"]["agent"] for one in twin["findings"]] == ["cold-chain-vaccine"]


def test_a_breach_is_drawn_and_measured(client: Client) -> None:
    html = client.get(f"/shipments/{BAD_TRIP}").text
    assert "Breach (excursion) by cold-chain-vaccine" in text_of(html)
    assert "250.0 min" in text_of(html)
    assert 'class="outside"' in html
    assert "No bundle yet" in text_of(html)
    assert html.count('class="done"') == 1


def test_all_shipments_are_listed_page_by_page(tmp_path: Path, scene: Scene) -> None:
    store = Store.open(StoreSettings(path=str(tmp_path / "s.db")), now_ms=lambda: NOW_MS, on_condition=lambda *_: None)
    client = Client(create_app(store, scene, WebSettings()))
    assert "No shipment has been opened" in client.get("/shipments").text
    keys = [f"10614141{number:010}" for number in range(TRIPS + 3)]
    for place, key in enumerate(keys):
        # Two are opened in one instant.
        trip = Shipment(f"00/{key}", "reefer-1", "vaccine", NOW_MS - place // 2)
        store.write(partial(shipments.insert, shipment=trip)).result()
    first = client.get("/shipments").text
    second = client.get(re.findall(r'href="([^"]*)">Older', first)[0]).text
    assert re.findall(r'<h3><a href="/shipments/(\d+)"', first + second) == keys
    assert "Older" not in second
    assert 'href="/shipments">Newest' in second
    refused = client.get("/shipments?before=1")
    assert refused.status_code == 400
    assert "no such shipment is known here; taken: the SSCC of a shipment" in refused.text
    assert 'href="/shipments">All shipments' in client.get("/").text
    store.close()


def test_a_trip_under_way_is_not_judged(client: Client) -> None:
    said = text_of(client.get(f"/shipments/{OPEN_TRIP}").text)
    assert "Under way" in said
    assert "Not judged yet" in said


def test_a_shipments_life_is_shown_with_devices_gaps_custody_and_other_gateways(client: Client) -> None:
    said = text_of(client.get(f"/shipments/{OPEN_TRIP}").text)
    for word in (
        "State commissioned",
        "reefer-1 since",
        "spare since",
        "Conforms by 0x0303",
        "Mill 7 to 0x0202",
        ", Dock 4",
        "handed over",
    ):
        assert word in said
    assert "Gaps" not in said  # another gateway covers what the device missed
    assert "Gaps 3 h" in text_of(client.get(f"/shipments/{GOOD_TRIP}").text)
    twin = client.get(f"/shipments/{OPEN_TRIP}?format=json").json()
    assert twin["custody"][0]["giver_party"] == "Mill 7"
    assert [one["device"] for one in twin["devices"]] == ["reefer-1", "spare"]
    assert twin["steps"][0]["step"] == "handed_over"


def test_a_device_has_a_chart_per_number_with_its_band(client: Client) -> None:
    html = client.get("/devices/reefer-2?span=3d").text
    said = text_of(html)
    assert "Temperature of Container 2" in said
    assert "Humidity of Container 2" in said
    assert "allowed 2 to 8 °C" in said
    assert "outside" in said
    assert 'aria-current="true">3 days' in html
    assert "within its band" in text_of(client.get("/devices/reefer-2").text)
    assert "Nothing was heard" in text_of(client.get("/devices/spare").text)


def test_findings_are_filtered_and_paged(client: Client) -> None:
    assert client.get("/findings").text.count('class="card finding"') == 12
    cracks = client.get("/findings?label=crack")
    assert cracks.text.count('class="card finding"') == 1
    assert 'value="crack" selected' in cracks.text
    sure = client.get("/findings?confidence=95").text
    assert 0 < sure.count('class="card finding"') < 12
    assert "No item matches" in text_of(client.get("/findings?label=crack&confidence=100").text)
    assert client.get("/findings?label=&confidence=&before=").text.count('class="card finding"') == 12


@pytest.mark.parametrize(
    ("address", "said"),
    [
        (
            "/findings?label=unheard-of",
            "label='unheard-of' is refused: nothing here was found to be that; taken: crack, good, pit, scratch, stain.",
        ),
        ("/findings?confidence=-1", "confidence='-1' is refused: it is no whole number; taken: a whole number from 0 to 100."),
        ("/findings?confidence=101", "it is out of range; taken: a whole number from 0 to 100"),
        ("/findings?confidence=0.9", "it is no whole number"),
        ("/findings?before=abc", "before='abc' is refused: it is no whole number"),
        ("/findings?before=0", "it is out of range; taken: a whole number from 1 to"),
        ("/findings?before=" + "9" * 30, "it is no whole number"),
        ("/findings?lable=crack", "lable='crack' is refused: this page has no such field; taken: format, label, confidence, before."),
        ("/findings?label=crack&label=pit", "it stands twice; taken: one value"),
        ("/devices/reefer-2?span=2d", "span='2d' is refused: it is unknown here; taken: 1h, 6h, 24h, 3d, 30d."),
        ("/devices/reefer-2?spam=3d", "this page has no such field; taken: format, span"),
        (f"/shipments/{GOOD_TRIP}?span=3d", "this page has no such field; taken: format"),
        ("/?format=xml", "format='xml' is refused: it is unknown here; taken: json."),
        ("/?span=3d", "this page has no such field"),
        (f"/findings?label={'%3Cscript%3E' * 20}", "<script>"),
    ],
)
def test_a_filter_that_cannot_be_followed_is_named_and_refused(client: Client, address: str, said: str) -> None:
    page = client.get(address)
    assert page.status_code == 400
    assert said in unescape(text_of(page.text))
    assert "<script>" not in page.text
    assert len(page.text) < 4000
    twin = client.request("GET", address, headers={"accept": "application/json"})
    assert (twin.status_code, set(twin.json())) == (400, {"error", "field", "reason", "taken"})
    assert f"{twin.json()['field']}=" in address


def test_what_nobody_has_found_yet_can_be_looked_for(tmp_path: Path, scene: Scene) -> None:
    store = Store.open(StoreSettings(path=str(tmp_path / "s.db")), now_ms=lambda: NOW_MS, on_condition=lambda *_: None)
    client = Client(create_app(store, scene, WebSettings()))
    assert "No item was inspected yet" in client.get("/findings?label=crack").text
    store.close()


def test_the_live_stream_of_a_refused_filter_ends(client: Client) -> None:
    assert "event: gone" in client.get("/events?path=%2Ffindings%3Fconfidence%3D101").text


def test_a_finding_has_its_image(client: Client) -> None:
    source = re.findall(r"/findings/\d+/frame.png", client.get("/findings").text)[0]
    image = client.get(source)
    assert image.headers["content-type"] == "image/png"
    assert image.content.startswith(b"\x89PNG")
    assert "immutable" in image.headers["cache-control"]
    assert client.get("/findings/1/frame.png").status_code == 404
    assert client.get("/findings/999999/frame.png").status_code == 404
    assert client.get(f"/findings/{10**30}/frame.png").status_code == 404


def test_the_bundle_is_served_as_it_was_written(client: Client) -> None:
    answer = client.get(f"/shipments/{GOOD_TRIP}/bundle.json")
    assert answer.json() == {"bundle": True}
    assert answer.headers["content-disposition"] == f'attachment; filename="{GOOD_TRIP}.json"'
    assert client.get(f"/shipments/{BAD_TRIP}/bundle.json").status_code == 404


def test_every_page_has_a_json_twin(client: Client) -> None:
    for path in ("/", "/findings", "/lots", "/lots/09506000134352/L42", "/shipments", "/devices/reefer-1", f"/shipments/{GOOD_TRIP}"):
        twin = client.request("GET", path, headers={"accept": "application/json"})
        assert twin.headers["content-type"] == "application/json"
        assert twin.json() == client.get(f"{path}?format=json").json()
    proof = client.get(f"/shipments/{GOOD_TRIP}?format=json").json()["proofs"][0]
    assert proof["publication"]["state"] == "final"
    assert proof["attestation"]["attestation"]["attester"] == "0x" + "11" * 20
    assert client.get("/devices/nobody?format=json").json() == {"error": "There is no device 'nobody' here."}


def test_what_is_not_there_is_said(client: Client) -> None:
    for path in ("/nope", "/devices/nobody", "/devices/", "/shipments/000", "/static/nope.js", "/static/../app.py"):
        assert client.get(path).status_code == 404
    assert "nobody" in client.get("/devices/nobody").text
    assert client.request("POST", "/").status_code == 405


def test_health_is_one_word_for_machines(client: Client, scene: Scene) -> None:
    answer = client.get("/health.json")
    assert (answer.status_code, answer.json()["status"]) == (200, "ok")
    assert answer.json()["store"]["readings"] > 0
    scene.trouble = [disk_full()]
    answer = client.get("/health.json")
    assert (answer.status_code, answer.json()["status"]) == (503, "failing")
    assert answer.json()["conditions"][0]["name"] == "store.disk_full"


def test_metrics_are_those_of_the_gateway(client: Client, story: Store, scene: Scene) -> None:
    answer = client.get("/metrics")
    assert answer.text == "aios_up 1\n"
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert Client(create_app(story, scene, WebSettings())).get("/metrics").status_code == 404


def test_every_answer_carries_the_walls(client: Client) -> None:
    for path in ("/", "/nope", "/static/style.css", "/health.json", f"/shipments/{GOOD_TRIP}/bundle.json"):
        headers = client.get(path).headers
        assert headers["content-security-policy"].startswith("default-src 'none'")
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"


def test_pages_need_nothing_that_the_policy_forbids(client: Client) -> None:
    for path in ("/", "/findings", "/lots", "/lots/09506000134352/L42", "/devices/reefer-2", f"/shipments/{GOOD_TRIP}"):
        html = client.get(path).text
        assert "style=" not in html
        assert re.findall(r"<script(?![^>]* src=\"/static/)", html) == []
        assert re.findall(r"\son\w+=", html) == []
        assert set(re.findall(r"(?:src|href)=\"(https?:[^\"]*)", html)) == set()


@pytest.mark.parametrize("name", ["evil.example", "evil.example:8080", "127.0.0.1.evil.example", ""])
def test_a_foreign_name_is_refused(client: Client, name: str) -> None:
    assert client.get("/", host=name).status_code == 421


@pytest.mark.parametrize("name", ["127.0.0.1:8080", "localhost", "[::1]:8080", "LOCALHOST:1"])
def test_own_names_are_known(client: Client, name: str) -> None:
    assert client.get("/", host=name).status_code == 200


def test_hostile_names_stay_text(tmp_path: Path, scene: Scene) -> None:
    store = Store.open(StoreSettings(path=str(tmp_path / "s.db")), now_ms=lambda: NOW_MS, on_condition=lambda *_: None)
    offer(store, HOSTILE, HOSTILE, 1.0, NOW_MS)
    offer(store, HOSTILE, "word", HOSTILE, NOW_MS + 1)
    offer(store, "../../etc/passwd", "t", 2.0, NOW_MS)
    scene.trouble = [Condition(HOSTILE, Severity.ERROR, HOSTILE, NOW_MS)]
    client = Client(create_app(store, scene, WebSettings()))
    first = client.get("/").text
    assert "<script>alert" not in first
    links = re.findall(r'href="(/devices/[^"]*)"', first)
    for link in links:
        page = client.get(link)
        assert page.status_code == 200
        assert "<script>alert" not in page.text
    assert len(links) == 6
    assert "<script>alert" not in client.get(f"/devices/{HOSTILE}x").text
    store.close()


def test_a_closed_store_is_a_gateway_that_stops(tmp_path: Path, scene: Scene) -> None:
    store = Store.open(StoreSettings(path=str(tmp_path / "s.db")), now_ms=lambda: NOW_MS, on_condition=lambda *_: None)
    store.close()
    assert Client(create_app(store, scene, WebSettings())).get("/").status_code == 503


# The token


@pytest.fixture
def guarded(story: Store, scene: Scene) -> Client:
    return Client(create_app(story, scene, WebSettings(host="0.0.0.0"), token=TOKEN), "http://192.0.2.7")  # noqa: S104 - nothing listens


def test_without_the_token_a_browser_is_asked_and_a_script_refused(guarded: Client) -> None:
    answer = guarded.get("/findings")
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?to=/findings")
    script = guarded.request("GET", "/health.json")
    assert (script.status_code, script.headers["www-authenticate"]) == (401, "Bearer")
    for path in ("/events", "/metrics", f"/shipments/{GOOD_TRIP}/bundle.json", "/findings/9/frame.png"):
        assert guarded.request("GET", path).status_code == 401
    assert guarded.get("/static/style.css").status_code == 200
    assert "content-security-policy" in answer.headers


def test_a_script_shows_the_token_as_bearer(guarded: Client) -> None:
    assert guarded.get("/", authorization=f"Bearer {TOKEN}").status_code == 200
    assert guarded.request("GET", "/", headers={"authorization": f"bearer {TOKEN}x"}).status_code == 401
    assert guarded.request("GET", "/", headers={"authorization": TOKEN}).status_code == 401


def test_a_browser_logs_in_once(guarded: Client) -> None:
    assert "asks for its token" in guarded.get("/login").text
    wrong = guarded.request("POST", "/login", data={"token": "wrong"})
    assert wrong.status_code == 403
    assert "That is not the token" in wrong.text
    assert guarded.request("POST", "/login", content=b"token=" + b"x" * 5000).status_code == 403
    right = guarded.request("POST", "/login?to=/findings", data={"token": TOKEN})
    assert (right.status_code, right.headers["location"]) == (303, "/findings")
    cookie = right.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert TOKEN not in cookie
    assert guarded.get("/", cookie=cookie.partition(";")[0]).status_code == 200
    assert guarded.get("/", cookie=f"{COOKIE}={'0' * 64}").status_code == 303


@pytest.mark.parametrize("target", ["//evil.example", "/\\evil.example", "https://evil.example", "javascript:x"])
def test_logging_in_leads_nowhere_else(guarded: Client, target: str) -> None:
    answer = guarded.request("POST", "/login", params={"to": target}, data={"token": TOKEN})
    assert answer.headers["location"] == "/"


def test_without_a_token_there_is_nothing_to_log_in_to(client: Client) -> None:
    assert client.get("/login").headers["location"] == "/"


def test_names_must_be_listed_even_with_a_token(guarded: Client) -> None:
    assert guarded.get("/", host="box.example", authorization=f"Bearer {TOKEN}").status_code == 421


def test_the_token_is_required_beyond_loopback(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\n")
    with pytest.raises(TokenExposedError, match="chmod 600"):
        read_token(WebSettings(token_file=str(file)))
    file.chmod(0o600)
    assert read_token(WebSettings()) is None
    assert read_token(WebSettings(token_file=str(file))) == TOKEN
    with pytest.raises(OpenToAllError, match="set token_file"):
        read_token(WebSettings(host="192.0.2.7"))
    file.write_text("short")
    with pytest.raises(TokenUnfitError, match="at least 16"):
        read_token(WebSettings(host="192.0.2.7", token_file=str(file)))


def test_loopback() -> None:
    assert all(is_loopback(host) for host in ("127.0.0.1", "127.9.9.9", "::1", "[::1]", "localhost"))
    assert not any(is_loopback(host) for host in ("0.0.0.0", "::", "192.0.2.7", "box.example", ""))  # noqa: S104 - nothing listens
