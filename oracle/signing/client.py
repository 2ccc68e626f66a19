"""Asks a signer for signatures: over its Unix socket, or of one that is started as a child. Blocking; may be asked from several threads.

A connection that breaks is made anew once, and the request asked again: the signer has it in its log or has it not, and either way signs
the same. A signer that comes back with other keys is not asked.
"""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Self

from oracle.errors import OracleError
from oracle.signing import wire
from oracle.signing.desk import Requests
from oracle.signing.errors import FrameRefusedError, SignerChangedError, SignerUnreachableError
from oracle.signing.statements import Request

TIMEOUT_SECONDS = 30.0
"""How long one answer may take: a TPM needs a tenth of a second, opening a key file half a second, an SD card's fsync a whole one."""

Connect = Callable[[], socket.socket]
"""Returns a new connection to the signer; raises OSError."""


class Client(Requests):
    """The signer, from outside."""

    def __init__(self, connect: Connect, where: str) -> None:
        """Connects and asks who signs; `where` names the signer in errors.

        Raises:
            SignerUnreachableError: nobody answers.

        """
        self._connect = connect
        self._where = where
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._keys: tuple[wire.KeyInfo, wire.KeyInfo] | None = None
        try:
            self.described: wire.Described = self.describe()
            """What the signer said of itself when it was first asked."""
        except BaseException:
            self.close()
            raise

    @property
    def attester(self) -> bytes:
        """Returns the address that attests."""
        return self.described.attester.address

    @property
    def gateway(self) -> bytes:
        """Returns the address that sends transactions."""
        return self.described.gateway.address

    @property
    def bls(self) -> bytes:
        """Returns the BLS key, 48 bytes; empty where the signer holds none."""
        return self.described.bls

    def __enter__(self) -> Self:
        """Gives itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Closes the connection."""
        self.close()

    def close(self) -> None:
        """Closes the connection; a child ends with it."""
        with self._lock:
            self._drop()

    def describe(self) -> wire.Described:
        """Returns who signs, and how far the log is."""
        answer = self._ask(wire.Describe())
        if not isinstance(answer, wire.Described):
            raise FrameRefusedError(f"{type(answer).__name__} in answer to who signs")
        return answer

    def sign(self, request: Request) -> bytes:
        """Returns the signature.

        Raises:
            OracleError: the signer's refusal, as the class of its rule; or SignerUnreachableError, SignerChangedError, FrameRefusedError.

        """
        answer = self._ask(request)
        if not isinstance(answer, wire.Signed):
            raise FrameRefusedError(f"{type(answer).__name__} in answer to a request")
        return answer.signature

    def _ask(self, question: wire.Question) -> wire.Answer:
        frame = wire.frame(question)
        with self._lock:
            for last in (False, True):
                try:
                    answer = self._exchange(frame)
                    break
                except OSError as error:
                    self._drop()
                    if last:
                        raise SignerUnreachableError(self._where, error.strerror or str(error) or "it broke off") from error
        if isinstance(answer, wire.Refused):
            raise wire.error_of(answer)
        return answer

    def _exchange(self, frame: bytes) -> wire.Answer:
        if self._socket is None:
            self._socket = self._connect()
            self._socket.settimeout(TIMEOUT_SECONDS)
            self._recognize(self._roundtrip(self._socket, wire.frame(wire.Describe())))
        return self._roundtrip(self._socket, frame)

    def _recognize(self, answer: wire.Answer) -> None:
        if not isinstance(answer, wire.Described):
            raise wire.error_of(answer) if isinstance(answer, wire.Refused) else FrameRefusedError("no description")
        keys = (answer.attester, answer.gateway)
        if self._keys is not None and keys != self._keys:
            self._drop()
            old, new = next((old, new) for old, new in zip(self._keys, keys, strict=True) if old != new)
            raise SignerChangedError(old.address, new.address)
        self._keys = keys

    def _roundtrip(self, connection: socket.socket, frame: bytes) -> wire.Answer:
        connection.sendall(frame)
        try:
            return wire.answer(self._exactly(connection, wire.length_of(self._exactly(connection, wire.HEAD))))
        except OracleError:
            self._drop()
            raise

    @staticmethod
    def _exactly(connection: socket.socket, size: int) -> bytes:
        received = b""
        while len(received) < size:
            part = connection.recv(size - len(received))
            if not part:
                raise ConnectionError("it hung up")
            received += part
        return received

    def _drop(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def over_socket(path: Path) -> Client:
    """Returns a client of the signer at a Unix socket."""

    def connect() -> socket.socket:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.settimeout(TIMEOUT_SECONDS)
            connection.connect(str(path))
        except OSError:
            connection.close()
            raise
        return connection

    return Client(connect, str(path))


class Child:
    """A signer that this process starts, and starts again when it has ended. It ends with this process, however that ends."""

    def __init__(self, config: Path) -> None:
        """Will run `aios-signer` with the settings in `config`."""
        self._config = config
        self._started: socket.socket | None = None
        self.process: subprocess.Popen[bytes] | None = None
        """The child that runs or ran last."""

    def start(self) -> None:
        """Starts a child ahead of the first connection, so that it opens its keys while its parent does something else."""
        self._started = self._spawn()

    def connect(self) -> socket.socket:
        """Returns the connection to the child that was started ahead, or to a new one once the one before has ended."""
        if self._started is not None:
            started, self._started = self._started, None
            return started
        self.end()
        return self._spawn()

    def _spawn(self) -> socket.socket:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        with theirs:
            words = [
                sys.executable,
                "-P",
                "-m",
                "oracle.signing.main",
                "--config",
                str(self._config),
                "--inherited-socket",
                str(theirs.fileno()),
            ]
            # A session of its own: a Ctrl-C at the terminal is the gateway's to handle.
            self.process = subprocess.Popen(
                words, pass_fds=(theirs.fileno(),), stdin=subprocess.DEVNULL, start_new_session=True, env=_environment()
            )
        return ours

    def end(self) -> None:
        """Ends the child, if one runs, and waits for it."""
        if self._started is not None:
            self._started.close()
            self._started = None
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(TIMEOUT_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.process = None


def _environment() -> dict[str, str]:
    """Returns the child's environment: where Python finds its modules, nothing else."""
    return {name: value for name in ("PATH", "PYTHONPATH", "VIRTUAL_ENV", "LANG", "LD_LIBRARY_PATH") if (value := os.environ.get(name))}
