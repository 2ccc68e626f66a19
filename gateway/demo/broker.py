"""A broker for the demo and for tests, on loopback, with nothing kept unless asked: mosquitto if installed, else amqtt.

Not for production: it lets everyone in. Either runs as a process of its own that ends with ours, however ours ends. What differs:
mosquitto speaks MQTT 5 and can keep its sessions on disk; amqtt speaks MQTT 3.1.1 only (`protocol` says which to configure), is slow,
and loses everything when it stops.
"""

import asyncio
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

MOSQUITTO_PLACES = ("/usr/sbin/mosquitto", "/usr/local/sbin/mosquitto", "/opt/homebrew/sbin/mosquitto")
"""Where distributions put it; a user's PATH often lacks sbin."""

START_SECONDS = 10.0
"""How long a broker may take to accept its first connection; an import of amqtt on a slow card takes several."""

# The shell ends the broker when our end of its input closes, so that even a killed demo leaves no broker behind.
_KEEPER = 'exec 3<&0; "$@" & broker=$!; (cat <&3 >/dev/null; kill $broker) 2>/dev/null & wait $broker'


class BrokerNotStartedError(Exception):
    """The embedded broker did not accept connections."""

    def __init__(self, kind: str, detail: str) -> None:
        super().__init__(f"embedded broker {kind} did not start: {detail}")
        self.kind = kind
        self.detail = detail


def find_mosquitto() -> str | None:
    """Returns the path of a mosquitto binary, or None if none is installed."""
    return shutil.which("mosquitto") or next((place for place in MOSQUITTO_PLACES if Path(place).exists()), None)


class EmbeddedBroker:
    """An async context manager: inside it, a broker listens at `host` and `port` and speaks `protocol`."""

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        kind: Literal["auto", "mosquitto", "amqtt"] = "auto",
        max_queued_messages: int = 100_000,
        persistence: Path | None = None,
    ) -> None:
        """Prepares; starts nothing.

        Args:
            host: an address of the loopback range.
            port: 0 takes a free one.
            kind: which broker; `auto` prefers mosquitto.
            max_queued_messages: most messages that mosquitto keeps for a client that is away; 0 is unlimited. Its own default of 1000
                drops the rest in silence.
            persistence: a folder in which mosquitto keeps sessions and messages over a restart.
        """
        self.host = host
        self.port = port
        self._mosquitto = find_mosquitto() if kind in {"auto", "mosquitto"} else None
        if kind == "mosquitto" and self._mosquitto is None:
            raise BrokerNotStartedError(kind, "it is not installed; install it or choose amqtt")
        self.kind: Literal["mosquitto", "amqtt"] = "mosquitto" if self._mosquitto else "amqtt"
        self.protocol: Literal["5", "3.1.1"] = "5" if self._mosquitto else "3.1.1"
        self._max_queued = max_queued_messages
        self._persistence = persistence
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Starts the broker and returns when it accepts connections.

        Raises:
            BrokerNotStartedError: it ended, or did not listen in time.
        """
        self.port = self.port or _free_port(self.host)
        async with AsyncExitStack() as stack:
            command = self._mosquitto_command(self._mosquitto, stack) if self._mosquitto else self._amqtt_command()
            process = _spawn(command)
            stack.push_async_callback(asyncio.to_thread, _stop, process)
            await self._listening(process)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Stops the broker and waits until it is gone."""
        await self._stack.aclose()

    def _amqtt_command(self) -> list[str]:
        return [sys.executable, "-m", "gateway.demo.amqtt_broker", self.host, str(self.port)]

    def _mosquitto_command(self, binary: str, stack: AsyncExitStack) -> list[str]:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="aios-broker-")))
        lines = [
            f"listener {self.port} {self.host}",
            # Started by root it would become the user mosquitto, who may not write where it is told to keep things.
            f"user {pwd.getpwuid(os.getuid()).pw_name}",
            "allow_anonymous true",
            f"max_queued_messages {self._max_queued}",
            "max_queued_bytes 0",
            "max_inflight_messages 0",
            "set_tcp_nodelay true",
            "log_type error",
            f"persistence {'true' if self._persistence else 'false'}",
        ]
        if self._persistence:
            self._persistence.mkdir(parents=True, exist_ok=True)
            lines += [f"persistence_location {self._persistence.resolve()}/", "autosave_interval 1", "autosave_on_changes true"]
        (folder / "mosquitto.conf").write_text("\n".join(lines) + "\n", encoding="utf-8")
        return [binary, "-c", str(folder / "mosquitto.conf")]

    async def _listening(self, process: subprocess.Popen[bytes]) -> None:
        deadline = asyncio.get_running_loop().time() + START_SECONDS
        while asyncio.get_running_loop().time() < deadline and process.poll() is None:
            with suppress(OSError):
                _, writer = await asyncio.open_connection(self.host, self.port)
                writer.close()
                await writer.wait_closed()
                return
            await asyncio.sleep(0.02)
        raise BrokerNotStartedError(self.kind, f"nothing listens at {self.host}:{self.port}; is the port taken?")


def _free_port(host: str) -> int:
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def _spawn(command: list[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        ["sh", "-c", _KEEPER, "sh", *command],
        cwd=Path(__file__).resolve().parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Closes the keeper's input and waits; mosquitto then saves what it is to keep."""
    if process.stdin is not None:
        process.stdin.close()
    try:
        process.wait(timeout=START_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
