"""The verify page in a real browser, opened from its file: what is dropped, what it says, and what it asks of the network (nothing)."""

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import segno
from playwright.sync_api import Browser, ConsoleMessage, Page, Playwright, Request, expect, sync_playwright

from fullnode.devnet.network_file import network_toml
from lightclient.forks import MAINNET_PRESET
from oracle import bundle_codec, bundle_json
from oracle.hexes import to_hex
from oracle.verify import verify
from tests.oracle.bundle_fixture import Case, lot, shipment
from tests.oracle.chain_fixture import NETWORK
from tests.oracle.test_alterations import CASES
from tests.verifier.node import built_page
from tests.verifier.video import write_y4m

CHROMIUM = Path("/usr/bin/chromium")
SECONDS_40 = 40_000
"""Milliseconds that a check may take on a busy machine."""

pytestmark = [pytest.mark.peer, pytest.mark.skipif(not CHROMIUM.exists(), reason="Debian's chromium is not installed")]

MAINNET = replace(NETWORK, name="fixture-mainnet", preset=MAINNET_PRESET)
FIGURES = {"shipment": 1, "sample": 1, "rich": 2, "verdict": 0, "device": 1, "witnessed": 2, "lot": 1, "lot verdict": 0}
"""Charts, one per quantity, or the inspected item's frame."""
DROP = """([name, data]) => {
  const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], name));
  document.querySelector("#drop").dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }));
}"""


HOLD_BACK = """() => {
  const read = Blob.prototype.arrayBuffer;
  const held = new Promise((resolve) => { window.release = () => (resolve(), held); });
  Blob.prototype.arrayBuffer = async function () {
    if (this.name?.startsWith("slow")) await held;
    return read.call(this);
  };
}"""
"""Reads a file whose name begins with "slow" only once it is released."""


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    expect.set_options(timeout=SECONDS_40)
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    launched = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
    yield launched
    launched.close()


@pytest.fixture(scope="module")
def address() -> str:
    return built_page().as_uri()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1100, "height": 900})
    shown = context.new_page()
    complaints: list[str] = []
    asked: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            complaints.append(message.text)

    def requested(request: Request) -> None:
        if not request.url.startswith("blob:"):
            asked.append(request.url)

    shown.on("console", heard)
    shown.on("pageerror", lambda error: complaints.append(str(error)))
    shown.on("request", requested)
    shown.goto(address)
    yield shown
    # A refusal by the content security policy, or a script's fault, would be among the complaints.
    assert complaints == []
    assert asked == [address]
    context.close()


def set_up(page: Page, case: Case, folder: Path, *, checkpoint: bool = True) -> None:
    """Gives the page what a reader brings: clock, network file, checkpoint."""
    file = folder / "network.toml"
    file.write_text(network_toml(case.world.network))
    page.clock.set_fixed_time(case.world.now_s)
    page.set_input_files("#network-file", file)
    if checkpoint:
        page.fill("#checkpoint", f"0x{case.world.checkpoint.hex()}")


def drop(page: Page, data: bytes, name: str = "bundle.json") -> None:
    page.evaluate(DROP, [name, base64.b64encode(data).decode()])


def require_said(page: Page, data: bytes, case: Case) -> None:
    """The page shows the verdict and the checks that the Python verifier reports."""
    report = verify(data, **case.inputs())
    expect(page.locator("#verdict")).to_have_attribute("data-verdict", report.verdict.value, timeout=SECONDS_40)
    rows = page.locator("#checks tbody tr")
    said = [(row.get_attribute("data-check"), row.get_attribute("data-outcome")) for row in rows.all()]
    assert said == [(check.name, check.outcome.value) for check in report.made]
    details = rows.locator(".detail").all_inner_texts()
    assert details[: len(report.made)] == [check.detail for check in report.made] or not report.passed
    assert page.locator("#unreached").all_inner_texts() == [f"{line}." for line in (report.unreached,) if line]
    assert page.locator("#warnings li").all_inner_texts() == list(report.warnings)
    assert page.locator("#trusted li").all_inner_texts() == list(report.trusted)


@pytest.mark.parametrize("kind", CASES)
def test_good_bundles_are_proven_line_by_line(page: Page, tmp_path: Path, kind: str) -> None:
    case = CASES[kind]()
    set_up(page, case, tmp_path)
    drop(page, bundle_codec.dumps_json(case.bundle))
    require_said(page, bundle_codec.dumps_json(case.bundle), case)
    expect(page.locator("#verdict .conclusion")).to_contain_text(case.bundle.subject.path)
    expect(page.locator("figure")).to_have_count(FIGURES[kind])


def test_cbor_chosen_with_the_keyboard_is_proven(page: Page, tmp_path: Path) -> None:
    case = shipment()
    set_up(page, case, tmp_path)
    data = bundle_codec.dumps_cbor(case.bundle)
    (tmp_path / "bundle.cbor").write_bytes(data)
    page.set_input_files("#file", tmp_path / "bundle.cbor")
    require_said(page, data, case)


def test_five_hundred_members_do_not_freeze_the_page(page: Page, tmp_path: Path) -> None:
    case = shipment(24, network=MAINNET)
    set_up(page, case, tmp_path)
    page.evaluate("""() => {
      globalThis.longest = 0;
      let last = performance.now();
      const tick = () => {
        const now = performance.now();
        globalThis.longest = Math.max(globalThis.longest, now - last);
        last = now;
        setTimeout(tick, 5);
      };
      tick();
    }""")
    data = bundle_codec.dumps_json(case.bundle)
    drop(page, data)
    expect(page.locator("#progress")).to_be_visible()
    require_said(page, data, case)
    expect(page.locator("#progress")).to_be_hidden()
    assert page.evaluate("globalThis.longest") < 1000


@pytest.mark.parametrize("part", ["network", "attestation", "readings", "event", "agent", "batch", "anchor", "lightClient", "seal"])
def test_altered_bundles_are_refuted_by_the_same_check(page: Page, tmp_path: Path, part: str) -> None:
    case = shipment(6)
    document = json.loads(bundle_codec.dumps_json(case.bundle))
    match part:
        case "network":
            document["network"] = "elsewhere"
        case "attestation":
            document["attestation"]["sig"]["message"]["time"] = "1"
        case "readings":
            document["readings"]["value"][0] += 1
        case "event":
            document["event"]["sensorElementList"][0]["sensorReport"][0]["maxValue"] = 8
        case "agent":
            document["agent"]["manifest"] += "x"
        case "batch":
            document["batch"]["proof"][0] = to_hex(b"\1" * 32)
        case "anchor":
            document["anchor"]["index"] += 1
        case "lightClient":
            document["lightClient"]["finalityUpdate"]["data"]["attested_header"]["beacon"]["slot"] = "81"
        case _:
            document["seal"] = to_hex(bytes(32))
    if part != "seal":
        document["seal"] = to_hex(bundle_json.seal(document))
    data = json.dumps(document).encode()
    set_up(page, case, tmp_path)
    drop(page, data)
    require_said(page, data, case)
    expect(page.locator("#verdict")).to_have_attribute("data-verdict", "refuted")


@pytest.mark.parametrize("data", [b"", b"{}", b"no bundle", b"\xa0", b"<script>alert(1)</script>" * 9])
def test_what_is_no_bundle_is_refuted_at_once(page: Page, tmp_path: Path, data: bytes) -> None:
    set_up(page, shipment(), tmp_path)
    drop(page, data)
    require_said(page, data, shipment())


def test_without_a_checkpoint_nobody_can_tell_until_one_is_given(page: Page, tmp_path: Path) -> None:
    case = shipment()
    data = bundle_codec.dumps_json(case.bundle)
    set_up(page, case, tmp_path, checkpoint=False)
    drop(page, data)
    expect(page.locator("#verdict")).to_have_attribute("data-verdict", "cannot tell", timeout=SECONDS_40)
    expect(page.locator("tr[data-check=checkpoint]")).to_contain_text(case.world.checkpoint.hex())
    page.fill("#checkpoint", f"0x{case.world.checkpoint.hex()}")
    page.locator("#checkpoint").blur()
    expect(page.locator("#verdict")).to_have_attribute("data-verdict", "proven", timeout=SECONDS_40)


def test_a_file_larger_than_any_bundle_is_not_read(page: Page, tmp_path: Path) -> None:
    set_up(page, shipment(), tmp_path)
    huge = tmp_path / "huge.json"
    with huge.open("wb") as file:
        file.truncate(64 * 1024 * 1024)
    page.set_input_files("#file", huge)
    expect(page.locator("#status")).to_contain_text("no bundle is larger")


def test_no_answer_stays_beside_another_file(page: Page, tmp_path: Path) -> None:
    case = shipment()
    set_up(page, case, tmp_path)
    drop(page, bundle_codec.dumps_json(case.bundle))
    expect(page.locator("#verdict")).to_have_attribute("data-verdict", "proven", timeout=SECONDS_40)
    huge = tmp_path / "huge.json"
    with huge.open("wb") as file:
        file.truncate(64 * 1024 * 1024)
    page.set_input_files("#file", huge)
    expect(page.locator("#status")).to_contain_text("no bundle is larger")
    assert page.locator("#report *").count() == 0


def test_a_file_that_was_slow_to_read_does_not_speak_for_the_next(page: Page, tmp_path: Path) -> None:
    case = shipment()
    set_up(page, case, tmp_path)
    page.evaluate(HOLD_BACK)
    drop(page, bundle_codec.dumps_json(case.bundle), "slow.json")
    drop(page, b"{}", "next.json")
    expect(page.locator("#verdict")).to_have_attribute("data-verdict", "refuted", timeout=SECONDS_40)
    page.evaluate("release().then(() => new Promise(requestAnimationFrame))")
    assert "slow.json" not in page.locator("#status").inner_text()
    assert page.locator("#verdict").get_attribute("data-verdict") == "refuted"
    assert "next.json" in page.locator("#report").inner_text()


def test_a_file_that_cannot_be_read_is_named(page: Page, tmp_path: Path) -> None:
    set_up(page, shipment(), tmp_path)
    page.evaluate("() => { Blob.prototype.arrayBuffer = () => Promise.reject(new Error('it is gone')); }")
    drop(page, b"{}", "gone.json")
    expect(page.locator("#status")).to_contain_text("gone.json could not be read: it is gone")


def test_a_checkpoint_that_a_link_brought_is_called_that(browser: Browser, address: str, tmp_path: Path) -> None:
    case = shipment()
    page = browser.new_page()
    page.goto(f"{address}#checkpoint={to_hex(case.world.checkpoint)}")
    set_up(page, case, tmp_path, checkpoint=False)
    drop(page, bundle_codec.dumps_json(case.bundle))
    expect(page.locator("#verdict")).to_have_attribute("data-verdict", "proven", timeout=SECONDS_40)
    expect(page.locator("#trusted")).to_contain_text("named by the link that opened this page")
    page.close()


def test_an_input_that_does_not_fit_is_named(page: Page, tmp_path: Path) -> None:
    set_up(page, shipment(), tmp_path, checkpoint=False)
    page.fill("#checkpoint", "0x12")
    drop(page, b"{}")
    expect(page.locator("#status")).to_contain_text("64 hexadecimal digits")


def label_of(case: Case) -> str:
    return f"{case.bundle.subject.uri}?sha256={bundle_json.to_json(case.bundle)['seal'][2:]}"


def test_a_label_under_the_camera_is_compared_with_the_file(playwright: Playwright, address: str, tmp_path: Path) -> None:
    case = shipment()
    write_y4m(tmp_path / "label.y4m", label_of(case))
    fake = [
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={tmp_path / 'label.y4m'}",
    ]
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", *fake])
    page = browser.new_page()
    page.goto(address)
    set_up(page, case, tmp_path)
    drop(page, bundle_codec.dumps_json(case.bundle))
    page.get_by_text("Compare the label on the box").click()
    page.get_by_role("button", name="Scan a label").click()
    expect(page.locator("#label-match")).to_have_attribute("data-matches", "true", timeout=SECONDS_40)
    expect(page.locator("#label")).to_contain_text(case.bundle.subject.path)
    expect(page.locator("#camera")).to_be_hidden()
    # Another trip of the same box: the label's link fits, its hash does not.
    drop(page, bundle_codec.dumps_json(shipment(12).bundle))
    expect(page.locator("#label-match")).to_have_attribute("data-matches", "false", timeout=SECONDS_40)
    browser.close()


def test_a_photo_of_a_label_will_do(page: Page, tmp_path: Path) -> None:
    case = lot()
    segno.make(label_of(case), error="m").save(str(tmp_path / "label.png"), scale=7)
    set_up(page, case, tmp_path)
    drop(page, bundle_codec.dumps_json(case.bundle))
    page.get_by_text("Compare the label on the box").click()
    page.set_input_files("#photo", tmp_path / "label.png")
    expect(page.locator("#label-match")).to_have_attribute("data-matches", "true", timeout=SECONDS_40)


def test_a_label_without_a_hash_is_compared_by_its_subject(page: Page, tmp_path: Path) -> None:
    case = shipment()
    set_up(page, case, tmp_path)
    drop(page, bundle_codec.dumps_json(case.bundle))
    page.get_by_text("Compare the label on the box").click()
    for path, matches, verdict in ((case.bundle.subject.path, "true", "proven"), ("00/106141412345678915", "false", "refuted")):
        photo = tmp_path / f"{matches}.png"
        segno.make(f"https://labels.example.org/{path}", error="m").save(str(photo), scale=7)
        page.set_input_files("#photo", photo)
        expect(page.locator("#label-match")).to_have_attribute("data-matches", matches, timeout=SECONDS_40)
        expect(page.locator("#verdict")).to_have_attribute("data-verdict", verdict)
