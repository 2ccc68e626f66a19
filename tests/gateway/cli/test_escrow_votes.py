"""`aios escrow sign` and `vote`, `aios gateway add-bls-key` and `report`: refusals before a chain is asked, and what a signer answers."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.store import verdicts
from gateway.store.verdicts import Awaited
from oracle import bls, votes
from oracle.joint_verdict import Agreed
from oracle.signing import process
from oracle.signing.desk import Desk
from oracle.verdicts import MAX_MEASURE
from tests.gateway.test_cli import call
from tests.gateway.test_pipeline import SUBJECT, Box, box, travel, trips
from tests.oracle.signing.desks import CHAIN, EAS
from tests.oracle.signing.test_votes import BUYER, ESCROW, KEY, open_with_bls, policy

__all__ = ["box"]
SSCC = SUBJECT.removeprefix("00/")
SEND = ("--rpc", "http://127.0.0.1:1", "--keystore", "nowhere.json", "--passphrase-file", "nowhere")
AGREED = Agreed(CHAIN, ESCROW, b"\x1d" * 32, 1, 1_100)


@contextmanager
def serving(desk: Desk, path: Path) -> Iterator[None]:
    """Serves a desk on a Unix socket, in a thread."""

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            process.serve_connection(desk, connection)

    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener, desk.journal:
        listener.bind(str(path))
        listener.listen()
        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


def settings(folder: Path, *, signer: str = "", oracle: bool = True) -> tuple[str, str]:
    lines = f'[gateway]\ndata_dir = "{folder}"\n'
    if oracle:
        where = f'signer = "{signer}"\n' if signer else 'keystore = "key.json"\npassphrase_file = "passphrase"\n'
        lines += f'[oracle]\nchain_id = {CHAIN}\neas_contract = "0x{EAS.hex()}"\nanchor_in = "eas"\nassurance = "reported"\n{where}'
    (folder / "gateway.toml").write_text(lines)
    return ("--config", str(folder / "gateway.toml"))


def judged(box: Box, degrees: float) -> None:
    travel(box, lambda minute: degrees if 100 <= minute < 130 else 5.0)
    box.run(trips(box))
    box.run(box.attest())


SIGN = ("escrow", "sign", SSCC, "--escrow", f"0x{ESCROW.hex()}")


# Signing


@pytest.mark.loopback
@pytest.mark.parametrize(("degrees", "verdict"), [(5.0, 0), (12.0, 1)])
def test_a_part_says_what_the_store_says(degrees: float, verdict: int, box: Box, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    judged(box, degrees)
    box.store.write(lambda c: verdicts.await_for(c, Awaited(SUBJECT, BUYER))).result()
    file = tmp_path / "vote.json"
    words = (*SIGN, *settings(tmp_path, signer=f"unix:{tmp_path}/s"), "--out", str(file))
    with serving(open_with_bls(tmp_path / "signer", policy()), tmp_path / "s"):
        code, said, told = call(*words, monkeypatch=monkeypatch)
        assert (code, said.strip()) == (0, str(file)), told
        again = call(*words, monkeypatch=monkeypatch)
        assert (again[0], "is there already" in again[2]) == (2, True)
    vote = votes.loads(file.read_bytes())
    assert (vote.agreed.verdict, vote.agreed.contract, vote.key) == (verdict, ESCROW, KEY.public_key)
    assert (vote.agreed.measure > 0) == bool(verdict)
    assert vote.agreed.measure < MAX_MEASURE
    votes.check_signature(vote)


@pytest.mark.loopback
def test_a_signer_without_a_bls_key_and_a_rule_that_refuses(box: Box, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    judged(box, 5.0)
    given = (*settings(tmp_path), "--signer", str(tmp_path / "s"), "--buyer", f"0x{BUYER.hex()}", "--out", str(tmp_path / "v"))
    with serving(open_with_bls(tmp_path / "one", policy(), None), tmp_path / "s"):
        code, _, told = call(*SIGN, *given, monkeypatch=monkeypatch)
    assert (code, "keys.bls" in told) == (2, True), told
    (tmp_path / "s").unlink()
    with serving(open_with_bls(tmp_path / "two", policy()), tmp_path / "s"):
        code, _, told = call(*SIGN[:4], f"0x{EAS.hex()}", *given, monkeypatch=monkeypatch)
    assert (code, "rule bls" in told) == (2, True), told
    assert not (tmp_path / "v").exists()


def test_what_cannot_be_signed_is_said_before_the_signer_is_asked(box: Box, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(reason: str, *words: str) -> None:
        code, _, told = call(*SIGN, *words, monkeypatch=monkeypatch)
        assert (code, reason in told) == (2, True), told

    nowhere = ("--signer", str(tmp_path / "nowhere"))
    refused("has no [oracle]", *settings(tmp_path, oracle=False))
    refused("there is no statement about it by that policy yet", *settings(tmp_path), "--buyer", f"0x{BUYER.hex()}", *nowhere)
    judged(box, 5.0)
    refused("nobody is named", *settings(tmp_path), *nowhere)
    refused("by that policy yet", *settings(tmp_path), "--buyer", f"0x{BUYER.hex()}", "--policy", "0x" + "a1" * 32, *nowhere)
    for buyer in (BUYER, b"\xb2" * 20):
        box.store.write(lambda c, buyer=buyer: verdicts.await_for(c, Awaited(SUBJECT, buyer))).result()  # type: ignore[misc]
    refused("several verdicts are awaited", *settings(tmp_path), *nowhere)
    refused("no gateway answers", *settings(tmp_path), "--buyer", f"0x{BUYER.hex()}")
    refused("no signer answers", *settings(tmp_path), "--buyer", f"0x{BUYER.hex()}", *nowhere)
    code, _, told = call("escrow", "sign", SSCC, *settings(tmp_path), "--network", "sepolia", monkeypatch=monkeypatch)
    assert (code, "give --network or --escrow" in told) == (2, True), told


# Handing in


def written(folder: Path, *given: votes.Vote) -> list[str]:
    files = [folder / f"{number}.json" for number in range(len(given))]
    for file, vote in zip(files, given, strict=True):
        file.write_bytes(votes.dumps(vote))
    return [str(file) for file in files]


def part(number: int, agreed: Agreed = AGREED) -> votes.Vote:
    secret = 1000 + number
    return votes.Vote(agreed, bytes([number]) * 20, bls.public_key(secret), bls.sign(secret, agreed.message(), bls.VERDICT_TAG))


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ((part(1), part(1)), "is given twice"),
        ((part(1), part(2, replace(AGREED, verdict=0))), "not of one verdict: verdict is 1 in one and 0 in another"),
        ((part(1), replace(part(2), key=part(1).key)), "by another key or over another verdict"),
        ((replace(part(1), signature=b"\xc0" + bytes(95)),), "no BLS signature"),
    ],
)
def test_parts_that_do_not_add_up_are_refused_with_the_reason(
    given: tuple[votes.Vote, ...], reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, _, told = call("escrow", "vote", *written(tmp_path, *given), *SEND, monkeypatch=monkeypatch)
    assert (code, reason in told) == (1, True), told


def test_a_file_that_is_no_part_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x.json").write_text('{"verdict":1}')
    code, _, told = call("escrow", "vote", str(tmp_path / "x.json"), *SEND, monkeypatch=monkeypatch)
    assert (code, f"{tmp_path}/x.json" in told, "aios-vote-1" in told) == (1, True, True), told
    assert call("escrow", "vote", str(tmp_path / "nowhere.json"), *SEND, monkeypatch=monkeypatch)[0] == 2


# Reporting


@pytest.mark.parametrize(
    ("other", "code", "reason"),
    [
        (part(1), 1, "the two votes do not contradict each other: they say the same"),
        (part(1, replace(AGREED, escrow=b"\x1e" * 32, verdict=0)), 1, "they have different escrows"),
        (replace(part(1, replace(AGREED, verdict=0)), signature=part(1).signature), 2, "by another key or over another verdict"),
        (replace(part(1), signature=b"\xc0" + bytes(95)), 2, "no BLS signature"),
    ],
)
def test_votes_that_prove_nothing_are_refused_with_the_reason(
    other: votes.Vote, code: int, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, _, told = call("gateway", "report", *written(tmp_path, part(1), other), *SEND, monkeypatch=monkeypatch)
    assert (found, reason in told) == (code, True), told


def test_two_votes_that_contradict_are_told_before_anything_is_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = written(tmp_path, part(1), part(1, replace(AGREED, measure=1)))
    code, _, told = call("gateway", "report", *files, *SEND, monkeypatch=monkeypatch)
    assert (code, "signed two votes on one escrow that differ in measure" in told) == (2, True), told


def test_a_broken_vote_is_said_to_be_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (whole,) = written(tmp_path, part(1))
    (tmp_path / "broken.json").write_bytes(Path(whole).read_bytes().replace(b'"verdict":1', b'"verdict":3'))
    code, _, told = call("gateway", "report", whole, str(tmp_path / "broken.json"), *SEND, monkeypatch=monkeypatch)
    assert (code, "$.verdict" in told) == (2, True), told


# Registering


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--key", f"0x{KEY.public_key.hex()}"),
        ("--signer", "s", "--key", f"0x{KEY.public_key.hex()}", "--possession", "0x" + "00" * 96),
    ],
)
def test_a_key_is_registered_one_way_or_the_other(words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    code, _, told = call("gateway", "add-bls-key", "--gateway", "0x" + "11" * 20, *words, *SEND, monkeypatch=monkeypatch)
    assert (code, "or give --key and --possession" in told) == (2, True), told
