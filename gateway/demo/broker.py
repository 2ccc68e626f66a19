"""A broker for the demo and for tests, on loopback, with nothing kept unless asked: mosquitto if installed, else amqtt in this process.

Not for production: it lets everyone in. What differs: mosquitto speaks MQTT 5 and can keep its sessions on disk; amqtt speaks MQTT
3.1.1 only (`protocol` says which to configure), shares this process's interpreter, and loses everything when it stops.
"""

import asyncio
import logging
import shutil
import socket
import subprocess
import tempfile
import threading
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

MOSQUITTO_PLACES = ("/usr/sbin/mosquitto", "/usr/local/sbin/mosquitto", "/opt/homebrew/sbin/mosquitto")
"""Where distributions put it; a user's PATH often lacks sbin."""

START_SECONDS = 10.0
"""How long a broker may take to accept its first connection; an import of amqtt on a slow card takes several."""

# The shell ends mosquitto when our end of its input closes, so that even a killed demo leaves no broker behind.
_KEEPER = 'exec 3<&0; "$0" -c "$1" & broker=$!; (cat <&3 >/dev/null; kill $broker) 2>/dev/null & wait $broker'


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
            if self._mosquitto is not None:
                self._start_mosquitto(self._mosquitto, stack)
            else:
                thread = _AmqttThread(self.host, self.port)
                stack.push_async_callback(asyncio.to_thread, thread.stop)
                await asyncio.to_thread(thread.start)
            await self._listening()
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Stops the broker and waits until it is gone."""
        await self._stack.aclose()

    def _start_mosquitto(self, binary: str, stack: AsyncExitStack) -> None:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="aios-broker-")))
        lines = [
            f"listener {self.port} {self.host}",
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
        command = ["sh", "-c", _KEEPER, binary, str(folder / "mosquitto.conf")]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        stack.push_async_callback(asyncio.to_thread, _stop, process)

    async def _listening(self) -> None:
        deadline = asyncio.get_running_loop().time() + START_SECONDS
        while asyncio.get_running_loop().time() < deadline:
            with suppress(OSError):
                _, writer = await asyncio.open_connection(self.host, self.port)
                writer.close()
                await writer.wait_closed()
                return
            await asyncio.sleep(0.02)
        raise BrokerNotStartedError(self.kind, f"nothing listens at {self.host}:{self.port} after {START_SECONDS:.0f} s")


def _free_port(host: str) -> int:
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Closes the keeper's input and waits; mosquitto then saves what it is to keep."""
    if process.stdin is not None:
        process.stdin.close()
    try:
        process.wait(timeout=START_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


class _AmqttThread:
    """amqtt in an event loop of its own, so that a busy gateway does not starve its broker, nor the other way round."""

    def __init__(self, host: str, port: int) -> None:
        self._bind = f"{host}:{port}"
        self._started = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ask_to_stop: asyncio.Event | None = None
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._main, name="amqtt", daemon=True)

    def start(self) -> None:
        """Returns when the broker listens."""
        self._thread.start()
        self._started.wait(START_SECONDS)
        if self._error is not None:
            raise BrokerNotStartedError("amqtt", str(self._error)) from self._error

    def stop(self) -> None:
        """Stops the broker and waits for its thread."""
        if self._loop is not None and self._ask_to_stop is not None:
            with suppress(RuntimeError):  # the loop is closed already
                self._loop.call_soon_threadsafe(self._ask_to_stop.set)
        if self._thread.ident is not None:
            self._thread.join(START_SECONDS)

    def _main(self) -> None:
        try:
            asyncio.run(self._serve())
        except Exception as error:
            # Carried over to whoever waits in `start`.
            self._error = error
        finally:
            self._started.set()

    async def _serve(self) -> None:
        # Imported late: amqtt costs a second, and a machine with mosquitto need not have it.
        from amqtt.broker import Broker  # noqa: PLC0415

        for name in ("amqtt", "transitions", "websockets"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
        self._loop = asyncio.get_running_loop()
        self._ask_to_stop = asyncio.Event()
        config = {
            "listeners": {"default": {"type": "tcp", "bind": self._bind}},
            "plugins": {"gateway.demo.amqtt_auth.LoopbackAuth": {}},
        }
        broker = Broker(config)
        await broker.start()
        self._started.set()
        try:
            await self._ask_to_stop.wait()
        finally:
            await broker.shutdown()
