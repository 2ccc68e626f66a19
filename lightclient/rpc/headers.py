"""Verified headers: any block that an endpoint shows becomes a fact by its hash, and its hash by a chain of hashes from a trusted head.

Near the head the chain is the headers' own parent hashes; further back it is the history contract's storage in the head's state (EIP-2935),
and where a chain has none, parent hashes again where the settings allow. Headers are kept by hash: a hash never means another header.
"""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from lightclient.endpoints.endpoint import Endpoint
from lightclient.errors import NoSourceAnswers
from lightclient.execution.block_errors import BrokenHeaderChain, HistoryMissing, WrongBlockNumber
from lightclient.execution.errors import MalformedAnswer
from lightclient.execution.header import ExecutionHeader, header_from_json, verify_header
from lightclient.execution.history import HISTORY_WINDOW, history_request, verify_history
from lightclient.rpc.asking import Asking, side_by_side
from lightclient.rpc.cache import Recent
from lightclient.rpc.errors import BlockOutOfReach, UnknownBlock
from lightclient.rpc.forms import hex_data, hex_quantity
from lightclient.rpc.settings import RpcLimits


class Headers:
    """Headers, by hash and by number below a trusted one."""

    def __init__(self, asking: Asking, limits: RpcLimits) -> None:
        self._asking = asking
        self._limits = limits
        self._known: Recent[bytes, ExecutionHeader] = Recent(limits.cached_headers)
        self._history: Recent[tuple[bytes, int], bytes] = Recent(limits.cached_headers)

    def known(self, block_hash: bytes) -> ExecutionHeader | None:
        """Returns a header that is in memory."""
        return self._known.get(block_hash)

    async def by_hash(self, block_hash: bytes) -> ExecutionHeader:
        """Returns the header that has this hash. It need not be canonical."""
        known = self._known.get(block_hash)
        if known is not None:
            return known

        async def attempt(endpoint: Endpoint) -> ExecutionHeader:
            block = await self._asking.call_for(endpoint, f"block 0x{block_hash.hex()}", "eth_getBlockByHash", hex_data(block_hash), False)
            return verify_header(mapping(block), block_hash)

        header = await self._asking.ask(f"give block 0x{block_hash.hex()}", attempt)
        return self._known.put(block_hash, header)

    async def at(self, head: ExecutionHeader, number: int) -> ExecutionHeader:
        """Returns the ancestor of `head` that has this number, or the head itself.

        Raises:
            UnknownBlock: it would lie after the head.
            BlockOutOfReach: it lies further back than can be proven.
        """
        if number > head.number:
            raise UnknownBlock(number, head.number)
        header = self._walk_known(head, number)
        if header.number == number:
            return header
        if header.number - number <= self._limits.walk_blocks:
            return await self._walk(header, number)
        if head.number - number > HISTORY_WINDOW:
            raise BlockOutOfReach(number, head.number, HISTORY_WINDOW)
        try:
            block_hash = await self._from_history(head, number)
        except HistoryMissing as error:
            raise BlockOutOfReach(number, head.number, self._limits.walk_blocks) from error
        return _numbered(await self.by_hash(block_hash), number)

    async def between(self, head: ExecutionHeader, first: int, last: int) -> tuple[ExecutionHeader, ...]:
        """Returns the ancestors of `head` from `first` to `last`, each the parent of the next; raises as `at`."""
        newest = await self.at(head, last)
        if head.number - first > HISTORY_WINDOW:
            raise BlockOutOfReach(first, head.number, HISTORY_WINDOW)
        await self._load(newest, first)
        headers = [newest]
        while headers[-1].number > first:
            headers.append(_numbered(await self.by_hash(headers[-1].parent_hash), headers[-1].number - 1))
        return tuple(reversed(headers))

    def _walk_known(self, header: ExecutionHeader, number: int) -> ExecutionHeader:
        while header.number > number:
            parent = self._known.get(header.parent_hash)
            if parent is None:
                return header
            header = _numbered(parent, header.number - 1)
        return header

    async def _walk(self, header: ExecutionHeader, number: int) -> ExecutionHeader:
        await self._load(header, number)
        while header.number > number:
            header = _numbered(await self.by_hash(header.parent_hash), header.number - 1)
        return header

    async def _load(self, newest: ExecutionHeader, first: int) -> None:
        """Fetches the ancestors of a header down to `first` side by side and keeps them if they form a chain; else one by one."""
        oldest_known = self._walk_known(newest, first)
        numbers = range(first, oldest_known.number)
        if len(numbers) < 3:
            return

        async def attempt(endpoint: Endpoint) -> None:
            async def one(number: int) -> ExecutionHeader:
                block = await self._asking.call_for(endpoint, f"block {number}", "eth_getBlockByNumber", hex_quantity(number), False)
                return header_from_json(mapping(block))

            child = oldest_known
            for parent in await side_by_side([one(number) for number in reversed(numbers)]):
                if parent.block_hash != child.parent_hash:
                    raise BrokenHeaderChain(child.number - 1, parent.block_hash, child.parent_hash)
                child = self._known.put(parent.block_hash, _numbered(parent, child.number - 1))

        with suppress(NoSourceAnswers):  # what is still missing is asked for by hash, and refused there by name
            await self._asking.ask(f"give headers {first} to {oldest_known.number - 1}", attempt)

    async def _from_history(self, head: ExecutionHeader, number: int) -> bytes:
        known = self._history.get((head.block_hash, number))
        if known is not None:
            return known
        address, key = history_request(number, head)

        async def attempt(endpoint: Endpoint) -> bytes | None:
            answer = await self._asking.call_at(endpoint, head, "eth_getProof", hex_data(address), [hex_data(key)])
            try:
                return verify_history(mapping(answer), number, head)
            except HistoryMissing:
                return None  # proven, so no fault of the endpoint's

        block_hash = await self._asking.ask(f"prove the hash of block {number}", attempt)
        if block_hash is None:
            raise HistoryMissing(number, head.number)
        return self._history.put((head.block_hash, number), block_hash)


def _numbered(header: ExecutionHeader, number: int) -> ExecutionHeader:
    if header.number != number:
        raise WrongBlockNumber(header.number, number)
    return header


def mapping(value: Any) -> Mapping[str, Any]:
    """Returns an answer that has to be an object.

    Raises:
        MalformedAnswer: it is something else.
    """
    if not isinstance(value, dict):
        raise MalformedAnswer("result", f"{str(value)[:40]!r} is not an object")
    return value
