"""The signer as a process: who may ask, what it opens, how it ends, and what a kill -9 leaves."""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from oracle import keystore
from oracle.key_errors import SequenceGapError, SequenceRepeatedError
from oracle.secret import Passphrase, SecretKey
from oracle.signature import recover
from oracle.signing import process, wire
from oracle.signing.client import Child, Client, over_socket
from oracle.signing.desk import Desk
from oracle.signing.errors import FrameRefusedError, SignerChangedError, SignerFailedError, SignerUnreachableError
from oracle.signing.journal import LOG_NAME, read_log
from oracle.signing.settings import SignerConfigError, load
from tests.oracle.signing.desks import CHAIN, DOMAIN, EAS, FEES, GATEWAYS, POLICY, REGISTRY, SECRET, anchor, open_desk, shipment

pytestmark = pytest.mark.loopback


def write_config(folder: Path, *, secret: bytes = SECRET, more: str = "") -> Path:
    folder.mkdir(exist_ok=True)
    for name, content in (("passphrase", b"open sesame\n"), ("signer.toml", b"")):
        (folder / name).unlink(missing_ok=True)
        (folder / name).touch(mode=0o600)
        (folder / name).write_bytes(content)
    (folder / "key.json").unlink(missing_ok=True)
    keystore.store(folder / "key.json", SecretKey(secret), Passphrase(b"open sesame"), keystore.ScryptCost(n=2))
    lines = [
        f'directory = "{folder}"\nsocket = "{folder}/s.sock"',
        more,
        f'[keys]\nattester = "file:key.json"\nsecret_file = "passphrase"\n[policy]\nchains = [{CHAIN}]',
        *(f'[[policy.schemas]]\nuid = "{rule.uid}"\nsubject_words = {rule.subject_words}' for rule in POLICY.schemas),
        *(
            f'[[policy.contracts]]\naddress = "0x{address.hex()}"\nkind = "{kind}"'
            for address, kind in ((REGISTRY, "anchor-registry"), (EAS, "eas"), (GATEWAYS, "gateway-registry"))
        ),
    ]
    (folder / "signer.toml").write_text("\n".join(lines) + "\n")
    return folder / "signer.toml"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Client]:
    """A client of a desk that is served by a thread, over a pair of sockets."""
    with serving(open_desk(tmp_path)) as client:
        yield client


class serving:  # noqa: N801 - reads as a verb
    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def connect(self) -> socket.socket:
        ours, theirs = socket.socketpair()
        threading.Thread(target=process.serve_connection, args=(self.desk, theirs), daemon=True).start()
        return ours

    def __enter__(self) -> Client:
        self.client = Client(self.connect, "a thread")
        return self.client

    def __exit__(self, *_: object) -> None:
        self.client.close()
        self.desk.journal.close()


def test_signatures_and_refusals_come_through(served: Client) -> None:
    message = shipment(0)
    assert recover(message.digest_under(DOMAIN), served.sign_attestation(message, DOMAIN, 0)) == served.attester
    assert len(served.sign_transaction("anchor", 0, anchor(0), FEES)) == 65
    with pytest.raises(SequenceGapError) as refused:
        served.sign_attestation(shipment(1), DOMAIN, 4)
    assert refused.value.wanted == 1
    assert served.describe().records == 2


def test_a_connection_that_broke_is_made_anew_and_asked_again(served: Client) -> None:
    first = served.sign_attestation(shipment(0), DOMAIN, 0)
    assert served._socket is not None
    served._socket.shutdown(socket.SHUT_RDWR)
    assert served.sign_attestation(shipment(0), DOMAIN, 0) == first


@pytest.mark.parametrize("sent", [b"\0\0\0\0", b"\xff\xff\xff\xff", b"GET / HTTP/1.1\r\n\r\n", b"\0\0\0\x01\xc1", b"\0\0\0\x02\x80"])
def test_what_is_no_message_is_refused_and_nothing_breaks(tmp_path: Path, sent: bytes) -> None:
    held = serving(open_desk(tmp_path))
    with held as client:
        stranger = held.connect()
        stranger.sendall(sent)
        stranger.shutdown(socket.SHUT_WR)
        answered = b""
        with contextlib.suppress(ConnectionResetError):  # hung up on with bytes unread
            while part := stranger.recv(4096):
                answered += part
        stranger.close()
        if answered:
            refusal = wire.answer(answered[4:])
            assert isinstance(refusal, wire.Refused)
            assert refusal.rule == "frame"
        assert client.describe().records == 0


def test_another_version_of_the_protocol_is_refused_by_name(served: Client) -> None:
    with pytest.raises(FrameRefusedError, match="version 9"):
        served._ask(wire.Describe(9))


def test_nobody_at_the_socket(tmp_path: Path) -> None:
    with pytest.raises(SignerUnreachableError, match="no signer answers"):
        over_socket(tmp_path / "nobody.sock")


# The process itself


def as_child(config: Path) -> tuple[Client, Child]:
    made = Child(config)
    try:
        return Client(made.connect, "its child process"), made
    except BaseException:
        made.end()
        raise


@pytest.fixture
def child(tmp_path: Path) -> Iterator[tuple[Client, Child]]:
    client, made = as_child(write_config(tmp_path / "s"))
    yield client, made
    client.close()
    made.end()


def test_a_child_signs_ends_with_its_parent_and_starts_again(child: tuple[Client, Child]) -> None:
    client, made = child
    first = client.sign_attestation(shipment(0), DOMAIN, 0)
    assert made.process is not None
    os.kill(made.process.pid, signal.SIGKILL)
    # The gateway asks again, and gets the same signature from the process that it starts.
    assert client.sign_attestation(shipment(0), DOMAIN, 0) == first
    with pytest.raises(SequenceRepeatedError):
        client.sign_attestation(shipment(9), DOMAIN, 0)
    running = made.process
    client.close()
    assert running.wait(10) == 0


def test_a_child_that_cannot_begin_says_why(tmp_path: Path) -> None:
    config = write_config(tmp_path / "s")
    (tmp_path / "s" / "passphrase").write_text("wrong")
    with pytest.raises(SignerFailedError, match="passphrase does not open"):
        as_child(config)


def test_a_signer_that_comes_back_with_another_key_is_not_asked(tmp_path: Path) -> None:
    config = write_config(tmp_path / "s")
    client, made = as_child(config)
    try:
        write_config(tmp_path / "s", secret=b"\x09" * 32)
        assert made.process is not None
        os.kill(made.process.pid, signal.SIGKILL)
        with pytest.raises(SignerChangedError):
            client.sign_attestation(shipment(0), DOMAIN, 0)
    finally:
        client.close()
        made.end()


@contextlib.contextmanager
def started(config: Path, *words: str) -> Iterator["subprocess.Popen[str]"]:
    """Gives a signer that serves its socket, and has it stop; it must have ended well."""
    command = [*words, sys.executable, "-m", "oracle.signing.main", "--config", str(config)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as running:
        assert running.stderr is not None
        try:
            line = running.stderr.readline()
            assert '"serving"' in line, line + running.stderr.read()
            yield running
        finally:
            running.terminate()
            rest = running.stderr.read()
    assert (running.returncode, '"stopped"' in rest) == (0, True), rest


def test_it_serves_a_socket_that_only_its_user_may_open_and_stops_when_told(tmp_path: Path) -> None:
    with started(write_config(tmp_path)):
        assert (tmp_path / "s.sock").stat().st_mode & 0o777 == 0o600
        with over_socket(tmp_path / "s.sock") as client:
            assert client.sign_attestation(shipment(0), DOMAIN, 0)


def test_a_user_who_is_not_listed_is_hung_up_on(tmp_path: Path) -> None:
    with started(write_config(tmp_path, more="users = [54321]")) as running:
        with pytest.raises(SignerUnreachableError):
            over_socket(tmp_path / "s.sock")
        assert running.stderr is not None
        assert "this user may not ask" in running.stderr.readline()


def test_it_works_without_any_network(tmp_path: Path) -> None:
    if not shutil.which("unshare") or subprocess.run(["unshare", "-rn", "true"], capture_output=True, check=False).returncode:
        pytest.skip("this machine lets nobody make a network namespace")
    # Users have other numbers in there, so the kernel's word about who asks is translated to the one that nobody has.
    with started(write_config(tmp_path, more="users = [0, 65534]"), "unshare", "-rn"), over_socket(tmp_path / "s.sock") as client:
        assert client.sign_attestation(shipment(0), DOMAIN, 0)


TRY = """
import socket
from oracle.signing.process import forbid_network
forbid_network()
socket.socketpair()
try:
    {call}
except PermissionError as error:
    print(error)
"""


@pytest.mark.parametrize(
    "call",
    [
        "socket.socket()",
        "socket.socket(socket.AF_INET6)",
        "socket.create_connection(('127.0.0.1', 9))",
        "socket.getaddrinfo('localhost', 80)",
    ],
)
def test_no_library_opens_a_network_socket_in_it(call: str) -> None:
    code = TRY.format(call=call)
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.startswith("the signer ")


def test_check_opens_everything_and_shows_addresses_only(tmp_path: Path) -> None:
    config = write_config(tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "oracle.signing.main", "--config", str(config), "--check"], capture_output=True, text=True, check=False
    )
    assert re.fullmatch(r"attester 0x[0-9a-fA-F]{40}\ngateway  0x[0-9a-fA-F]{40}\nrecords  0\n", done.stdout), done.stderr
    (tmp_path / "key.json").chmod(0o644)
    done = subprocess.run(
        [sys.executable, "-m", "oracle.signing.main", "--config", str(config), "--check"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, "chmod 600" in done.stderr) == (2, True)


KILLED = """
import os, signal, sys
from pathlib import Path
from oracle.signing import journal, process, main
edge = sys.argv.pop(1)
def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)
if edge == "log written, not synced":
    real, journal.os.fsync = os.fsync, lambda file: die() if "signed.jsonl" in os.readlink(f"/proc/self/fd/{file}") else real(file)
if edge == "log synced, index behind":
    journal.Journal._learn = lambda self, records: die() if records else None
if edge == "signed, not answered":
    process.wire.Signed = die
if edge == "recorded, not signed":
    from oracle.signer import LocalSigner
    LocalSigner.sign_digest = die
main.main(sys.argv[1:])
"""


@pytest.mark.slow
@pytest.mark.parametrize("edge", ["log written, not synced", "log synced, index behind", "recorded, not signed", "signed, not answered"])
def test_killed_at_every_edge_the_next_signer_signs_the_same_and_nothing_else(tmp_path: Path, edge: str) -> None:
    config = write_config(tmp_path)

    made: list[subprocess.Popen[bytes]] = []

    def run(*words: str) -> Client:
        def connect() -> socket.socket:
            ours, theirs = socket.socketpair()
            for old in made:
                old.kill()
                old.wait()
            with theirs:
                command = [sys.executable, *words, "--config", str(config), "--inherited-socket", str(theirs.fileno())]
                made.append(subprocess.Popen(command, pass_fds=(theirs.fileno(),)))
            return ours

        return Client(connect, edge)

    with run("-m", "oracle.signing.main") as client:
        client.sign_attestation(shipment(0), DOMAIN, 0)
    with run("-c", KILLED, edge) as client, pytest.raises(SignerUnreachableError):
        client.sign_attestation(shipment(1), DOMAIN, 1)
    with run("-m", "oracle.signing.main") as client:
        with pytest.raises(SequenceRepeatedError):
            client.sign_attestation(shipment(9), DOMAIN, 1)
        assert recover(shipment(1).digest_under(DOMAIN), client.sign_attestation(shipment(1), DOMAIN, 1)) == client.attester
        assert client.sign_attestation(shipment(2), DOMAIN, 2)
    for old in made:
        old.wait(10)
    numbers = [ask.sequence for _, ask in read_log(tmp_path / LOG_NAME)]
    assert sorted(set(numbers)) == [0, 1, 2]


# Settings


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "keys"),
        ("keys = 3", "keys"),
        ("[keys]\nattester = 'a'\n[policy]\nchain = [1]", "did you mean 'chains'"),
        ("[keys]\nattester = 'a'\n[policy]\nchains = [0]", "chains"),
        ("socket_mode = '0666'\n[keys]\nattester = 'a'\n[policy]", "socket_mode"),
        ("[keys]\nattester = 'a'\npin = '1234'\n[policy]", "unknown field `pin`"),
        ("[[[", "TOML"),
    ],
)
def test_settings_that_do_not_fit_are_named(tmp_path: Path, text: str, reason: str) -> None:
    (tmp_path / "signer.toml").write_text(text)
    with pytest.raises(SignerConfigError, match=re.escape(reason)):
        load(tmp_path / "signer.toml")


def test_settings_that_are_missing_are_named(tmp_path: Path) -> None:
    with pytest.raises(SignerConfigError, match="--config"):
        load(tmp_path / "none.toml")
