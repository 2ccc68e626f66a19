"""A person at the dashboard: a real browser against a real server, on loopback."""

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from gateway.serving import bind, serve
from gateway.settings import Settings
from gateway.store import Store
from gateway.verifying import BoxVerifier
from gateway.web import WebSettings, create_app
from lightclient.settings import LightClientSettings
from oracle.bundle_codec import dumps_json
from tests.gateway.web.scene import GOOD_TRIP, Scene, disk_full, filled, offer
from tests.oracle.bundle_fixture import shipment
from tests.prepared import prepare

CHROMIUM = Path("/usr/bin/chromium")

pytestmark = [
    pytest.mark.peer,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Debian's chromium is not installed"),
    # uvicorn's choice of WebSocket library is none of ours; we use none.
    pytest.mark.filterwarnings("ignore::DeprecationWarning:uvicorn.*"),
]


@dataclass
class Running:
    """A dashboard that is served, and what stands behind it."""

    address: str
    store: Store
    scene: Scene

    def hear(self, temperature: float) -> None:
        """A container says something new."""
        self.scene.now += 1000
        offer(self.store, "reefer-1", "temperature", temperature, self.scene.now)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("browser")
    store, scene = filled(folder / "store.db"), Scene()
    bound = bind("127.0.0.1", 0)
    prepared = prepare(folder)
    light = LightClientSettings(network=str(prepared.folder / "network.toml"), sources=("http://127.0.0.1:5052",))
    verifier = BoxVerifier(Settings(lightclient=light), lambda: shipment().world.now_s * 1000)
    app = create_app(store, scene, WebSettings(live_seconds=0.2), verifier=verifier)
    loop = asyncio.new_event_loop()
    task = loop.create_task(serve(app, bound))

    def run() -> None:
        try:
            loop.run_until_complete(task)
        except asyncio.CancelledError:
            loop.close()

    thread = threading.Thread(target=run)
    port = bound.getsockname()[1]
    thread.start()
    yield Running(f"http://127.0.0.1:{port}", store, scene)
    loop.call_soon_threadsafe(task.cancel)
    thread.join(100)
    store.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=40_000)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield launched
        launched.close()


@pytest.fixture(params=[(1280, "light"), (390, "dark")], ids=["laptop", "phone"])
def page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    width, scheme = request.param
    context = browser.new_context(viewport={"width": width, "height": 850}, color_scheme=scheme)
    shown = context.new_page()
    complaints: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            complaints.append(message.text)

    shown.on("console", heard)
    shown.on("pageerror", lambda error: complaints.append(str(error)))
    yield shown
    # A refusal by the content security policy, or a script's fault, would be among them.
    assert complaints == []
    context.close()


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def test_the_overview_is_readable_and_follows_the_gateway(running: Running, page: Page) -> None:
    page.goto(running.address)
    expect(page.get_by_text("All is well")).to_be_visible()
    expect(page.get_by_text("Following the chain")).to_be_visible()
    expect(page.locator("article.shipment")).to_have_count(3)
    expect(page.locator("article.shipment", has_text="Breach").locator(".line.breach")).to_have_count(1)
    expect(page.locator("#live")).to_be_visible()
    assert fits(page)
    # Something happens: the page changes without being loaded again.
    page.evaluate("window.loadedOnce = true")
    card = page.locator("article.device", has_text="Container 1")
    running.hear(22.5)
    expect(card.locator(".value")).to_have_text("22.5°C")
    expect(card.get_by_text("outside its band")).to_be_visible()
    running.scene.trouble = [disk_full()]
    expect(page.get_by_text("store.disk_full")).to_be_visible()
    running.scene.trouble = []
    expect(page.get_by_text("All is well")).to_be_visible()
    running.hear(4.0)
    expect(card.locator(".value")).to_have_text("4.0°C")
    assert page.evaluate("window.loadedOnce")


def test_from_a_shipment_to_its_proof(running: Running, page: Page) -> None:
    page.goto(running.address)
    page.locator("article.shipment", has_text="Conforms").get_by_role("link").first.click()
    expect(page).to_have_url(f"{running.address}/shipments/{GOOD_TRIP}")
    # A chart of the size that fits is shown, with its band; the other is not.
    expect(page.locator(".chart svg:visible")).to_have_count(1)
    expect(page.locator(".chart svg:visible .band")).to_have_count(1)
    expect(page.locator(".steps .done")).to_have_count(4)
    expect(page.get_by_text("Finalized block")).to_be_visible()
    expect(page.locator(".qr")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the bundle").click()
    assert download.value.suggested_filename == f"{GOOD_TRIP}.json"
    assert fits(page)


def test_a_device_over_three_days(running: Running, page: Page) -> None:
    page.goto(f"{running.address}/devices/reefer-2")
    page.get_by_role("link", name="3 days").click()
    figure = page.locator("figure", has_text="Temperature of Container 2")
    expect(figure.locator("svg:visible .outside")).to_have_count(1)
    expect(figure.locator("svg:visible .worst")).to_have_count(1)
    expect(figure.get_by_text("outside", exact=False).first).to_be_visible()
    assert fits(page)


def test_findings_are_chosen_by_label(running: Running, page: Page) -> None:
    page.goto(f"{running.address}/findings")
    expect(page.locator("article.finding")).to_have_count(12)
    page.get_by_label("Label").select_option("scratch")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("article.finding")).to_have_count(1)
    image = page.locator("article.finding img")
    expect(image).to_have_js_property("naturalWidth", 64)
    assert fits(page)


def test_from_the_list_of_lots_to_a_nonconforming_item(running: Running, page: Page) -> None:
    page.goto(running.address)
    page.get_by_role("link", name="Lots", exact=True).click()
    page.get_by_label("Supplier").select_option("Mill 7")
    page.get_by_role("button", name="Show").click()
    assert fits(page)
    page.locator("article.lot").get_by_role("link").click()
    expect(page.get_by_text("12 of 20 inspected, 4 nonconforming")).to_be_visible()
    page.get_by_role("link", name="Nonconforming", exact=True).click()
    expect(page.locator(".items tbody tr")).to_have_count(4)
    expect(page.locator(".items img").first).to_have_js_property("naturalWidth", 64)
    assert fits(page)


def test_nothing_is_asked_of_anybody_else(running: Running, page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for path in ("/", "/lots", "/lots/09506000134352/L42", "/findings", "/devices/reefer-1", f"/shipments/{GOOD_TRIP}"):
        page.goto(f"{running.address}{path}")
    assert asked
    assert all(url.startswith(running.address) for url in asked)


def test_keys_alone_are_enough(running: Running, page: Page) -> None:
    page.goto(running.address)
    page.keyboard.press("Tab")
    expect(page.get_by_text("Skip to content")).to_be_focused()
    for _ in range(5):
        page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Findings", exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{running.address}/findings")


DROP = """(text) => {
  const transfer = new DataTransfer();
  transfer.items.add(new File([text], "bundle.json"));
  document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }));
}"""


def test_a_bundle_dropped_on_the_verify_page_is_checked_by_the_box(running: Running, page: Page) -> None:
    page.goto(f"{running.address}/")
    page.get_by_role("link", name="Verify", exact=True).click()
    expect(page.get_by_role("button", name="Scan a label")).to_be_visible()
    good = dumps_json(shipment().bundle).decode()
    page.evaluate(DROP, good)
    expect(page.locator("#verdict")).to_have_attribute("data-verdict", "proven")
    page.evaluate(DROP, good.replace("caf\u00e9", "cafe"))
    expect(page.locator("#verdict")).to_have_attribute("data-verdict", "refuted")
    # Debian's Chromium has no reader of codes; the page says so and names what has one.
    page.get_by_role("button", name="Scan a label").click()
    expect(page.locator("#scanned")).not_to_be_empty()


def test_the_verify_page_works_without_scripts(running: Running, browser: Browser, tmp_path: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{running.address}/verify")
    expect(page.get_by_role("button", name="Scan a label")).to_be_hidden()
    (tmp_path / "bundle.json").write_bytes(dumps_json(shipment().bundle))
    page.set_input_files("input[name=bundle]", tmp_path / "bundle.json")
    page.get_by_role("button", name="Check").click()
    expect(page.locator("#verdict")).to_have_attribute("data-verdict", "proven")
    context.close()
