"""The signer as a process: opens keys and log, then answers on a Unix socket until it is told to stop.

- It opens no other socket: an audit hook refuses every address family but AF_UNIX to whatever asks for one in Python. A library in C that
  asks the kernel itself (a TPM or a token behind TCP) is stopped by the unit file, not here.
- Who asks is the kernel's word (SO_PEERCRED), compared with the users that the settings list; anybody else is hung up on, and logged.
- Started by a gateway as its child, it answers on the one socket that it inherits, and ends when that is closed: with the gateway,
  however it ends.
"""

import contextlib
import grp
import json
import os
import pwd
import signal
import socket
import stat
import struct
import sys
import threading
import time
from pathlib import Path

from oracle.errors import OracleError
from oracle.signing import backends, wire
from oracle.signing.backends import bls
from oracle.signing.desk import Desk, Keys
from oracle.signing.errors import FrameRefusedError, SignerFailedError
from oracle.signing.journal import Journal
from oracle.signing.memory import take_over
from oracle.signing.settings import SignerConfigError, SignerSettings

CONNECTIONS = 8
"""Connections that are served at once; a gateway has one, a person at the command line another."""
IDLE_SECONDS = 30.0
"""How long the rest of a frame that has begun may take."""
PATIENCE_SECONDS = 10.0
"""How long the signer before this one may take to end: that of a killed gateway notices within a signature's time."""
_PEER = struct.Struct("3i")
"""`struct ucred`: pid, uid, gid."""


def say(event: str, **facts: object) -> None:
    """Writes one line to standard error: JSON, without secrets."""
    print(json.dumps({"event": event, **facts}, default=str), file=sys.stderr, flush=True)  # noqa: T201 - the process's log


def forbid_network() -> None:
    """Refuses, from now on and for good, every socket in this process that is not a Unix socket."""

    def refuse(event: str, arguments: tuple[object, ...]) -> None:
        if event == "socket.__new__" and arguments[1] != socket.AF_UNIX:
            raise PermissionError("the signer opens no network socket")
        if event in {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"}:
            raise PermissionError("the signer asks no name server")

    sys.addaudithook(refuse)


def open_desk(settings: SignerSettings) -> Desk:
    """Returns keys, rules and log of the settings, ready to sign; raises the OracleError of what cannot be opened."""
    base = Path(settings.directory)
    base.mkdir(mode=0o700, parents=True, exist_ok=True)
    journal = Journal(base, patience_seconds=PATIENCE_SECONDS)
    try:
        keys = _open_keys(settings, base)
        if settings.import_memory:
            take_over(journal, base / settings.import_memory, int(time.time()))
    except BaseException:
        journal.close()
        raise
    return Desk(keys, settings.policy, journal, now_s=lambda: int(time.time()))


def serve(desk: Desk, settings: SignerSettings) -> None:
    """Answers on the settings' socket until SIGTERM or SIGINT."""
    allowed = frozenset(map(_uid, settings.users)) or frozenset({os.getuid()})
    with _listen(settings) as listener:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: _stop(listener))
        free = threading.Semaphore(CONNECTIONS)
        say("serving", socket=settings.socket, attester=desk.attester.hex(), gateway=desk.gateway.hex(), records=desk.journal.count)
        _notify_ready()
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                break
            uid = _PEER.unpack(connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size))[1]
            if uid not in allowed or not free.acquire(blocking=False):
                say("refused", uid=uid, reason="too many connections" if uid in allowed else "this user may not ask")
                connection.close()
                continue
            threading.Thread(target=_serve_and_release, args=(desk, connection, free), daemon=True).start()
    say("stopped", records=desk.journal.count)


def _stop(listener: socket.socket) -> None:
    with contextlib.suppress(OSError):  # told twice
        listener.shutdown(socket.SHUT_RDWR)


def serve_connection(desk: Desk, connection: socket.socket) -> None:
    """Answers one connection until the other side closes it or breaks the protocol."""
    with connection, contextlib.suppress(ConnectionError, TimeoutError):
        while (body := _receive(connection)) is not None:
            connection.sendall(_answer(desk, body))


def refuse_connection(connection: socket.socket, error: OracleError) -> None:
    """Answers the first question on a connection with the reason why nothing can be signed, and closes it."""
    with connection, contextlib.suppress(OSError):
        if _receive(connection) is not None:
            connection.sendall(wire.frame(wire.refused(error)))


def _serve_and_release(desk: Desk, connection: socket.socket, free: threading.Semaphore) -> None:
    try:
        serve_connection(desk, connection)
    finally:
        free.release()


def _answer(desk: Desk, body: bytes) -> bytes:
    try:
        question = wire.question(body)
        if isinstance(question, wire.Describe):
            if question.version != wire.VERSION:
                raise FrameRefusedError(f"version {question.version} of the protocol, this signer speaks {wire.VERSION}")  # noqa: TRY301
            return wire.frame(_describe(desk))
        return wire.frame(wire.Signed(desk.sign(question)))
    except OracleError as error:
        say("refused", rule=getattr(error, "rule", "form"), reason=str(error))
        return wire.frame(wire.refused(error))
    except Exception as error:  # the rim: one request that breaks something must not take the signer down
        say("failed", error=f"{type(error).__name__}: {error}")
        return wire.frame(wire.refused(SignerFailedError(f"{type(error).__name__}: {error}")))


def _describe(desk: Desk) -> wire.Described:
    attester, gateway = (wire.KeyInfo(key.address, key.curve, key.public_key) for key in (desk.keys.attester, desk.keys.gateway))
    return wire.Described(attester, gateway, desk.journal.count, desk.journal.head, desk.keys.bls.public_key if desk.keys.bls else b"")


def _receive(connection: socket.socket) -> bytes | None:
    """Returns one frame's body, or None where the connection ended or what came is no frame."""
    connection.settimeout(None)
    head = connection.recv(1)
    if not head:
        return None
    connection.settimeout(IDLE_SECONDS)
    try:
        return _exactly(connection, wire.length_of(head + _exactly(connection, wire.HEAD - 1)))
    except FrameRefusedError as error:
        say("refused", rule=error.rule, reason=str(error))
        connection.sendall(wire.frame(wire.refused(error)))
        return None


def _exactly(connection: socket.socket, size: int) -> bytes:
    received = b""
    while len(received) < size:
        part = connection.recv(size - len(received))
        if not part:
            raise ConnectionError("the other side ended in the middle of a frame")
        received += part
    return received


def _open_keys(settings: SignerSettings, base: Path) -> Keys:
    wanted = settings.keys
    secret = base / wanted.secret_file if wanted.secret_file else None
    attester = gateway = backends.open_key(backends.parse(wanted.attester, base, secret))
    if wanted.gateway:
        other = base / wanted.gateway_secret_file if wanted.gateway_secret_file else secret
        gateway = backends.open_key(backends.parse(wanted.gateway, base, other))
    if not wanted.bls:
        return Keys(attester, gateway)
    third = base / wanted.bls_secret_file if wanted.bls_secret_file else secret
    return Keys(attester, gateway, bls.load(backends.parse(wanted.bls, base, third)))


def _listen(settings: SignerSettings) -> socket.socket:
    path = Path(settings.socket)
    if path.exists() and not stat.S_ISSOCK(path.stat().st_mode):
        raise SignerFailedError(f"{path} exists and is no socket")
    # Stale or not: the log's lock says that no other signer of this log runs.
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        listener.bind(str(path))
        if settings.socket_group:
            os.chown(path, -1, grp.getgrnam(settings.socket_group).gr_gid)
        path.chmod(int(settings.socket_mode, 8))
    except (OSError, KeyError) as error:
        listener.close()
        raise SignerFailedError(f"{path}: {error}") from error
    finally:
        os.umask(before)
    listener.listen(CONNECTIONS)
    return listener


def _uid(user: str | int) -> int:
    try:
        return user if isinstance(user, int) else pwd.getpwnam(user).pw_uid
    except KeyError as error:
        raise SignerConfigError(Path("users"), f"there is no user {user!r}") from error


def _notify_ready() -> None:
    """Tells systemd that the signer answers, where it was started by it (sd_notify(3))."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if address:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notice:
            notice.sendto(b"READY=1", "\0" + address[1:] if address.startswith("@") else address)
