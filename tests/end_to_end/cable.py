"""A TCP cable between the gateway and a peer, which a test can cut and mend."""

import asyncio
import contextlib
from typing import Self


class Cable:
    """Forwards 127.0.0.1:`port` to a peer's port; while it is cut, connections are refused and open ones are torn."""

    def __init__(self, peer_port: int) -> None:
        self._peer_port = peer_port
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self.port = 0

    async def __aenter__(self) -> Self:
        await self.mend()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.cut()

    async def mend(self) -> None:
        if self._server is None:
            self._server = await asyncio.start_server(self._forward, "127.0.0.1", self.port)
            self.port = self._server.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
            for writer in tuple(self._open):
                writer.transport.abort()
            await asyncio.sleep(0)

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            peer_reader, peer_writer = await asyncio.open_connection("127.0.0.1", self._peer_port)
        except OSError:
            writer.transport.abort()
            return
        self._open |= {writer, peer_writer}
        await asyncio.gather(_pump(reader, peer_writer), _pump(peer_reader, writer))
        self._open -= {writer, peer_writer}


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()
