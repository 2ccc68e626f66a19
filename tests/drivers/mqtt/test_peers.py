"""What only a real broker can show: encryption and names, retained messages, windows, takeover, and peers that are no brokers."""

import asyncio
import datetime as dt
import ipaddress
import socket
import subprocess
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from drivers.driver import Driver
from drivers.errors import ConnectionEnded, DriverError, ProtocolBroken, Refused, Unreachable
from drivers.mqtt.driver import MqttDriver
from drivers.mqtt.settings import MqttSettings, Route, TlsSettings
from gateway.demo.broker import find_mosquitto
from tests.drivers.conformance import PATIENCE, SOON, Recorder, Running, until
from tests.drivers.mqtt.broker import MqttHarness, now_ms, pack, require

mosquitto = pytest.mark.peer
SENML = "devices/d1/senml"


def play(story: Callable[[MqttHarness], Awaitable[None]], **settings: Any) -> None:
    require("mosquitto")

    async def main() -> None:
        async with MqttHarness("mosquitto", **settings) as peer:
            await story(peer)

    asyncio.run(main())


async def ended(driver: Driver) -> DriverError:
    sink = Recorder()
    try:
        async with asyncio.timeout(PATIENCE):
            await driver.run(sink)
    except DriverError as error:
        return error
    finally:
        sink.close()
    raise AssertionError("the driver ended without saying why")


@mosquitto
def test_retained_messages_come_once_and_are_acknowledged() -> None:
    async def story(peer: MqttHarness) -> None:
        sink = Recorder()
        await peer.publish([(SENML, pack(1))], retain=True)
        for _ in range(2):
            running = Running(peer.driver(), sink)
            await running.connected()
            await until(lambda: len(sink.taken) >= 1)
            await asyncio.sleep(SOON)
            await running.stop()
        await peer.publish([(SENML, b"")], retain=True)
        again = Running(peer.driver(), sink)
        await until(lambda: len(sink.taken) >= 2)
        await again.stop()
        assert [d.reject.reason if d.reject else None for d in sink.taken] == [None, "empty"]
        sink.close()

    play(story)


@mosquitto
def test_the_window_bounds_what_is_in_flight() -> None:
    async def story(peer: MqttHarness) -> None:
        sink = Recorder(commits=False)
        driver = peer.driver()
        running = Running(driver, sink)
        await running.connected()
        await peer.send(range(30))
        await until(lambda: len(sink.taken) >= 10)
        await asyncio.sleep(SOON)
        assert (len(sink.taken), driver.stats().unacknowledged) == (10, 10)
        for delivery in tuple(sink.taken):
            delivery.acknowledge()
        await until(lambda: len(sink.taken) >= 20)
        await running.stop()
        assert driver.stats().acknowledged == 10
        sink.close()

    play(story, receive_maximum=10)


@mosquitto
def test_bytes_in_flight_are_bounded_too() -> None:
    async def story(peer: MqttHarness) -> None:
        sink = Recorder(commits=False)
        running = Running(peer.driver(), sink)
        await running.connected()
        await peer.publish([(SENML, b"x" * 10_000)] * 20)
        await until(lambda: len(sink.taken) >= 5)
        await asyncio.sleep(SOON)
        assert len(sink.taken) == 5
        await running.stop()
        sink.close()

    play(story, max_unacknowledged_bytes=45_000)


@mosquitto
def test_a_full_sink_drops_qos_0_and_counts_it() -> None:
    async def story(peer: MqttHarness) -> None:
        sink = Recorder(room=0)
        driver = peer.driver()
        running = Running(driver, sink)
        await running.connected()
        await peer.publish([(SENML, pack(1))] * 3, qos=0)
        await until(lambda: driver.stats().overflowed == 3)
        await peer.send([2])
        await until(lambda: driver.stats().held == 1)
        sink.room = None
        await until(lambda: sink.values() == [2.0])
        await running.stop()
        sink.close()

    play(story)


@mosquitto
def test_a_full_sink_keeps_the_connection_alive() -> None:
    async def story(peer: MqttHarness) -> None:
        sink = Recorder(room=0)
        driver = peer.driver()
        running = Running(driver, sink)
        await running.connected()
        await peer.send(range(20))
        await until(lambda: driver.stats().held == 5)
        await asyncio.sleep(9)
        assert not running.task.done()
        await running.stop()
        assert driver.stats().connections == 1
        sink.close()

    play(story, receive_maximum=5, keepalive_seconds=5)


@mosquitto
def test_an_old_subscription_is_counted_not_lost() -> None:
    async def story(peer: MqttHarness) -> None:
        sink = Recorder()
        running = Running(peer.driver(), sink)
        await running.connected()
        await running.stop()
        settings = MqttSettings(port=peer.broker.port, routes=(Route("other/+/senml", "senml-json"),))
        changed = Running(MqttDriver(settings, now_ms=now_ms), sink)
        await changed.connected()
        await peer.send([1])
        await until(lambda: len(sink.taken) >= 1)
        await changed.stop()
        assert sink.taken[0].reject is not None
        assert sink.taken[0].reject.reason == "unknown-topic"
        sink.close()

    play(story)


@mosquitto
def test_five_thousand_messages_under_stop_and_go_lose_nothing() -> None:
    async def story(peer: MqttHarness) -> None:
        sink = Recorder()
        publishing = asyncio.create_task(peer.send(range(5000)))
        deadline = time.monotonic() + PATIENCE
        while len({d.identity for d in sink.taken}) < 5000 and time.monotonic() < deadline:
            running = Running(peer.driver(), sink)
            await asyncio.sleep(0.15)
            await running.stop()
            # The session must exist before the rest is published, or the broker has nobody to keep it for.
        await publishing
        assert len({d.identity for d in sink.taken}) == 5000
        sink.close()

    async def prepared(peer: MqttHarness) -> None:
        sink = Recorder()
        first = Running(peer.driver(), sink)
        await first.connected()
        await first.stop()
        sink.close()
        await story(peer)

    play(prepared)


# Encryption and names


def certificate(
    folder: Path, name: str, issuer: tuple[x509.Certificate, ec.EllipticCurvePrivateKey] | None = None
) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    """Writes NAME.pem and NAME.key; self-signed as an authority unless there is an issuer."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer[0].subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
    )
    made = builder.sign(issuer[1] if issuer else key, hashes.SHA256())
    (folder / f"{name}.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / f"{name}.key").write_bytes(pem)
    return made, key


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[tuple[int, Path]]:
    """A mosquitto that wants TLS, a client certificate, a name and a password."""
    require("mosquitto")
    authority = certificate(tmp_path, "authority")
    certificate(tmp_path, "broker", authority)
    certificate(tmp_path, "gateway", authority)
    certificate(tmp_path, "stranger")
    (tmp_path / "passwords").write_text("gateway:open sesame\n", encoding="utf-8")
    (tmp_path / "passwords").chmod(0o600)
    subprocess.run(["mosquitto_passwd", "-U", str(tmp_path / "passwords")], check=True)
    (tmp_path / "password").write_text("open sesame\n", encoding="utf-8")
    (tmp_path / "wrong").write_text("open barley\n", encoding="utf-8")
    for name in ("password", "wrong"):
        (tmp_path / name).chmod(0o600)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    lines = [f"listener {port} 127.0.0.1", "user root", "allow_anonymous false", f"password_file {tmp_path}/passwords"]
    lines += [f"cafile {tmp_path}/authority.pem", f"certfile {tmp_path}/broker.pem", f"keyfile {tmp_path}/broker.key"]
    lines += ["require_certificate true", "log_type none"]
    (tmp_path / "mosquitto.conf").write_text("\n".join(lines) + "\n", encoding="utf-8")
    with subprocess.Popen([find_mosquitto() or "", "-c", str(tmp_path / "mosquitto.conf")], stderr=subprocess.DEVNULL) as broker:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.02)
        yield port, tmp_path
        broker.terminate()


def guarded_settings(port: int, folder: Path, *, password: str = "password", ca: str = "authority", ours: str = "gateway") -> MqttSettings:
    tls = TlsSettings(ca_file=f"{folder}/{ca}.pem", cert_file=f"{folder}/{ours}.pem", key_file=f"{folder}/{ours}.key")
    return MqttSettings(port=port, username="gateway", password_file=f"{folder}/{password}", tls=tls)


@mosquitto
def test_tls_with_certificates_name_and_password(guarded: tuple[int, Path]) -> None:
    async def main() -> None:
        sink = Recorder()
        driver = MqttDriver(guarded_settings(*guarded), now_ms=now_ms)
        running = Running(driver, sink)
        await running.connected()
        folder = guarded[1]
        command = ["mosquitto_pub", "-h", "127.0.0.1", "-p", str(guarded[0]), "-u", "gateway", "-P", "open sesame", "-q", "1", "-t", SENML]
        command += ["--cafile", f"{folder}/authority.pem", "--cert", f"{folder}/gateway.pem", "--key", f"{folder}/gateway.key"]
        lines = b"".join(pack(number) + b"\n" for number in range(500))
        await asyncio.to_thread(subprocess.run, [*command, "-l"], check=True, input=lines)
        await until(lambda: len(sink.taken) >= 500)
        await until(lambda: driver.stats().unacknowledged == 0)
        await running.stop()
        assert sink.values() == [float(number) for number in range(500)]
        sink.close()

    asyncio.run(main())


@mosquitto
@pytest.mark.parametrize(("password", "ca", "words"), [("wrong", "authority", "password_file"), ("password", "stranger", "ca_file")])
def test_a_wrong_password_and_a_strange_certificate_need_a_person(guarded: tuple[int, Path], password: str, ca: str, words: str) -> None:
    error = asyncio.run(ended(MqttDriver(guarded_settings(*guarded, password=password, ca=ca), now_ms=now_ms)))
    assert type(error) is Refused
    assert words in str(error)
    assert not error.retry_soon
    assert "open" not in str(error)


@mosquitto
def test_a_stranger_is_not_let_in(guarded: tuple[int, Path]) -> None:
    error = asyncio.run(ended(MqttDriver(guarded_settings(*guarded, ours="stranger"), now_ms=now_ms)))
    assert isinstance(error, ConnectionEnded | Unreachable)


# Peers that are no brokers, or that refuse

CONNACK = b"\x20\x03\x00\x00\x00"


@contextmanager
def pretender(answer: bytes) -> Iterator[int]:
    """Listens, answers the first connection with these bytes, and then says nothing more."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        connections: list[socket.socket] = []

        def serve() -> None:
            connection, _ = server.accept()
            connections.append(connection)
            with suppress(OSError):
                connection.recv(4096)
                connection.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        thread.join(PATIENCE)
        for connection in connections:
            connection.close()


@pytest.mark.loopback
@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", DriverError),
        (b"\x20\xff\xff\xff\xff\x7f", ProtocolBroken),
        (b"\x20\xff\xff\xff\x7f", ProtocolBroken),
        (CONNACK + b"\xe0\x01\x8e", Refused),
        (CONNACK + b"\xe0\x01\x8b", ConnectionEnded),
        (b"\x20\x03\x00\x9f\x00", ConnectionEnded),
        (b"\x20\x03\x00\x84\x00", Refused),
        (CONNACK + b"\x90\x07\x00\x01\x00\x01\x01\x01\x87", Refused),
        (b"", ConnectionEnded),
    ],
)
def test_a_peer_that_is_no_broker_is_given_up(answer: bytes, kind: type[DriverError]) -> None:
    with pretender(answer) as port:
        error = asyncio.run(ended(MqttDriver(MqttSettings(port=port, connect_timeout_seconds=0.2), now_ms=now_ms)))
    assert isinstance(error, kind)


@pytest.mark.loopback
def test_nobody_there_is_unreachable() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        error = asyncio.run(ended(MqttDriver(MqttSettings(port=free.getsockname()[1]), now_ms=now_ms)))
    assert isinstance(error, Unreachable)
    assert error.retry_soon
