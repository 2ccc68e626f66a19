"""A handover's way between two parties and the gateway, by the command line."""

import io
import json
import sys
from pathlib import Path

import pytest

from gateway import control
from gateway.cli import main, terminal
from gateway.store import custody as table
from gateway.store import shipments, steps
from gateway.store.records import Shipment
from gateway.store.settings import StoreSettings
from gateway.store.store import Store
from oracle import custody, custody_json, keystore
from oracle.gs1 import Key
from oracle.hexes import to_checksum
from oracle.secret import Passphrase, SecretKey
from oracle.signature import recover
from oracle.signing.journal import LOG_NAME, read_log
from tests.gateway.test_signing import over_a_socket
from tests.oracle.signing.desks import SECRET

SSCC = "106141412345678908"


class Desk:
    """A folder with two parties' keys and a gateway's settings."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.monkeypatch = monkeypatch
        (folder / "gateway.toml").write_text(f'[gateway]\ndata_dir = "{folder}"\n[[devices]]\nid = "reefer-1"\n')
        (folder / "word").touch(mode=0o600)
        (folder / "word").write_text("word")
        self.addresses = {}
        for number, party in enumerate(("shipper", "carrier", "buyer"), start=1):
            key = SecretKey(bytes([number]) * 32)
            keystore.store(folder / f"{party}.json", key, Passphrase(b"word"), keystore.ScryptCost(n=1 << 4))
            self.addresses[party] = to_checksum(key.address)

    def aios(self, *words: str) -> tuple[int, str, str]:
        said, told = io.StringIO(), io.StringIO()
        self.monkeypatch.setattr(sys, "argv", ["aios", *words])
        self.monkeypatch.setattr(terminal.out, "_file", said)
        self.monkeypatch.setattr(terminal.err, "_file", told)
        with pytest.raises(SystemExit) as ended:
            main.main()
        return int(ended.value.code or 0), said.getvalue(), told.getvalue()

    def handover(self, *words: str, sign_as: str | None = None) -> tuple[int, str, str]:
        keys = ("--sign-as", str(self.folder / f"{sign_as}.json"), "--passphrase-file", str(self.folder / "word")) if sign_as else ()
        return self.aios("shipments", "handover", SSCC, *words, *keys, "-c", str(self.folder / "gateway.toml"))


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    store = Store.open(StoreSettings(str(tmp_path / "store.db")), now_ms=lambda: 1, on_condition=lambda *_: None)
    store.write(lambda c: shipments.insert(c, Shipment(f"00/{SSCC}", "reefer-1", "vaccine", 0))).result()
    event = {"type": "ObjectEvent"}
    store.write(lambda c: steps.insert(c, f"00/{SSCC}", "commissioned", event, at_ms=0, recorded_ms=0, detail="as vaccine")).result()
    store.close()
    return Desk(tmp_path, monkeypatch)


def test_giver_taker_and_gateway_each_do_their_part(desk: Desk) -> None:
    file = str(desk.folder / "h.json")
    code, said, told = desk.handover("--to", desk.addresses["carrier"], "--place", "Dock 4", "--out", file, sign_as="shipper")
    assert (code, told) == (0, "")
    assert "signed by one party" in said
    assert not custody_json.loads(Path(file).read_bytes(), complete=False).complete
    code, _, told = desk.handover("--import", file)
    assert code == 2
    assert "$.takerSignature: missing" in told
    code, said, _ = desk.handover("--countersign", file, sign_as="carrier")
    assert (code, "complete" in said) == (0, True)
    whole = custody_json.loads(Path(file).read_bytes())
    custody.verify_chain([whole], Key("00", SSCC), now_ms=whole.terms.time_ms)

    asked: dict[str, object] = {}

    def call(data_dir: Path, command: str, **arguments: object) -> dict[str, object]:
        asked.update({"command": command, **arguments})
        return {"subject": f"00/{SSCC}", "life": "handed_over"}

    desk.monkeypatch.setattr(control, "call", call)
    code, said, _ = desk.handover("--import", file)
    assert (code, said.strip()) == (0, f"00/{SSCC} is handed_over")
    assert asked == {"command": "shipments-handover", "sscc": SSCC, "handover": custody_json.to_json(whole)}


def test_the_next_party_goes_on_from_the_file_alone_or_from_the_gateways_store(desk: Desk) -> None:
    first, second, third = (str(desk.folder / f"{n}.json") for n in "123")
    desk.handover("--to", desk.addresses["carrier"], "--at", "2026-11-27T10:00:00Z", "--out", first, sign_as="shipper")
    desk.handover("--countersign", first, sign_as="carrier")
    whole = custody_json.loads(Path(first).read_bytes())
    code, _, _ = desk.handover("--to", desk.addresses["buyer"], "--after", first, "--out", second, sign_as="carrier")
    assert code == 0
    assert custody_json.loads(Path(second).read_bytes(), complete=False).terms.previous == whole.hash
    store = Store.open(StoreSettings(str(desk.folder / "store.db")), now_ms=lambda: 1, on_condition=lambda *_: None)
    store.write(lambda c: table.insert(c, f"00/{SSCC}", whole, recorded_ms=1)).result()
    store.close()
    desk.handover("--to", desk.addresses["buyer"], "--out", third, sign_as="carrier")
    begun = custody_json.loads(Path(third).read_bytes(), complete=False).terms
    assert (begun.number, begun.previous) == (1, whole.hash)


@pytest.mark.parametrize(
    ("words", "sign_as", "said"),
    [
        ((), "shipper", "give one of --to, --countersign and --import"),
        (("--to", "0x" + "1" * 40, "--countersign", "x"), "shipper", "give one of"),
        (("--to", "0x" + "1" * 40), None, "name the party's key"),
        (("--to", "0x12"), "shipper", "--to '0x12' is not 0x and 40"),
        (("--to", "0x" + "1" * 40, "--at", "yesterday"), "shipper", "--at 'yesterday' is no time with a zone"),
        (("--to", "0x" + "1" * 40, "--at", "2026-11-27T10:00:00"), "shipper", "is no time with a zone"),
        (("--countersign", "{0}/half.json"), "buyer", "is no party of this handover"),
        (("--countersign", "{0}/absent.json"), "buyer", "No such file"),
        (("--to", "0x" + "1" * 40, "--out", "{0}/half.json"), "shipper", "is there already"),
        (("--to", "0x" + "1" * 40, "--after", "{0}/half.json"), "shipper", "$.takerSignature: missing"),
    ],
)
def test_what_does_not_hold_is_one_line_and_exit_code_2(desk: Desk, words: tuple[str, ...], sign_as: str | None, said: str) -> None:
    desk.handover("--to", desk.addresses["carrier"], "--out", str(desk.folder / "half.json"), sign_as="shipper")
    code, _, told = desk.handover(*(word.format(desk.folder) for word in words), sign_as=sign_as)
    assert (code, len(told.splitlines())) == (2, 1)
    assert said in told


def test_nobody_hands_over_to_himself_or_completes_his_own_half(desk: Desk) -> None:
    file = desk.folder / "half.json"
    code, _, told = desk.handover("--to", desk.addresses["shipper"], "--out", str(file), sign_as="shipper")
    assert (code, "$.taker: " in told, file.exists()) == (2, True, False)
    desk.handover("--to", desk.addresses["carrier"], "--out", str(file), sign_as="shipper")
    written = file.read_bytes()
    code, said, told = desk.handover("--countersign", str(file), sign_as="shipper")
    assert (code, said, "you are the giver" in told) == (2, "", True)
    assert file.read_bytes() == written


def test_the_handover_before_must_have_ended_with_the_giver_and_be_signed(desk: Desk) -> None:
    first = desk.folder / "1.json"
    desk.handover("--to", desk.addresses["carrier"], "--at", "2026-11-27T10:00:00Z", "--out", str(first), sign_as="shipper")
    desk.handover("--countersign", str(first), sign_as="carrier")
    words = ("--to", desk.addresses["buyer"], "--out", str(desk.folder / "2.json"))
    code, _, told = desk.handover(*words, "--after", str(first), sign_as="shipper")
    assert (code, "$.giver: " in told, desk.addresses["carrier"] in told) == (2, True, True)
    code, _, told = desk.handover(*words, "--after", str(first), "--at", "2026-11-27T09:00:00Z", sign_as="carrier")
    assert (code, "$.time: " in told) == (2, True)
    forged = json.loads(first.read_bytes()) | {"takerParty": "somebody else"}
    (desk.folder / "forged.json").write_text(json.dumps(forged, sort_keys=True, separators=(",", ":")))
    code, _, told = desk.handover(*words, "--after", str(desk.folder / "forged.json"), sign_as="carrier")
    assert (code, "$.giverSignature: " in told) == (2, True)
    assert not (desk.folder / "2.json").exists()


def test_where_no_gateway_is_at_hand_the_first_handover_is_said_to_be_the_first(desk: Desk) -> None:
    (desk.folder / "gateway.toml").unlink()
    words = ("--to", desk.addresses["carrier"], "--out", str(desk.folder / "1.json"))
    code, _, told = desk.handover(*words, sign_as="shipper")
    assert (code, "--after" in told, "--first" in told) == (2, True, True)
    code, _, told = desk.handover(*words, "--first", sign_as="shipper")
    assert (code, told) == (0, "")
    begun = custody_json.loads((desk.folder / "1.json").read_bytes(), complete=False).terms
    assert (begun.number, begun.previous) == (0, custody.FIRST)
    code, _, told = desk.handover(*words, "--first", "--after", str(desk.folder / "1.json"), sign_as="shipper")
    assert (code, "--first or --after" in told) == (2, True)


def test_a_file_about_another_shipment_is_refused(desk: Desk) -> None:
    file = desk.folder / "half.json"
    desk.handover("--to", desk.addresses["carrier"], "--out", str(file), sign_as="shipper")
    file.write_text(file.read_text().replace(SSCC, "106141412345678915"))
    code, _, told = desk.handover("--countersign", str(file), sign_as="carrier")
    assert (code, "not about" in told) == (2, True)


def test_a_shipment_is_shown_with_what_belongs_to_it(desk: Desk) -> None:
    file = desk.folder / "1.json"
    desk.handover("--to", desk.addresses["carrier"], "--out", str(file), "--party", "Mill 7", sign_as="shipper")
    desk.handover("--countersign", str(file), sign_as="carrier")
    store = Store.open(StoreSettings(str(desk.folder / "store.db")), now_ms=lambda: 1, on_condition=lambda *_: None)
    store.write(lambda c: table.insert(c, f"00/{SSCC}", custody_json.loads(file.read_bytes()), recorded_ms=1)).result()
    store.close()
    code, said, _ = desk.aios("shipments", "show", SSCC, "--json", "-c", str(desk.folder / "gateway.toml"))
    shown = json.loads(said)
    assert code == 0
    assert (shown["life"], shown["product"], shown["proof"]) == ("commissioned", "vaccine", "recorded")
    assert shown["custody"] == [custody_json.to_json(custody_json.loads(file.read_bytes()))]
    assert [step["step"] for step in shown["steps"]] == ["commissioned"]
    assert [gap["quantity"] for gap in shown["gaps"]] == ["temperature"]
    code, said, _ = desk.aios("shipments", "show", SSCC, "-c", str(desk.folder / "gateway.toml"))
    assert code == 0
    for word in ("commissioned, measuring open", "reefer-1", "gap in", "Mill 7", "as vaccine"):
        assert word in said
    code, _, told = desk.aios("shipments", "show", "106141412345678915", "-c", str(desk.folder / "gateway.toml"))
    assert (code, "no shipment" in told) == (2, True)


def test_a_party_whose_key_is_in_a_signer_signs_there_and_the_log_knows(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "handover.json"
    with over_a_socket(tmp_path) as path:
        words = ("--to", desk.addresses["carrier"], "--sign-as", f"unix:{path}", "--out", str(file))
        code, _, told = desk.handover(*words)
        assert code == 0, told
    begun = custody_json.loads(file.read_bytes(), complete=False)
    assert begun.terms.giver == SecretKey(SECRET).address
    assert recover(begun.hash, begun.giver_signature) == begun.terms.giver
    ((record, ask),) = read_log(tmp_path / "other" / LOG_NAME)
    assert (ask.stream, record.digest) == ("handover", begun.hash)
