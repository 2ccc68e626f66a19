"""The verified chain: what handlers ask. Heads come from the light client, everything else from endpoints, proven under those heads.

It decides which block a tag, number or hash means, and nothing else; the parts (`state`, `bodies`, `sending`) prove what is in it. Tags:
`latest` and `pending` are the optimistic head, `finalized` and `safe` the finalized one, as no light client proves the justified block.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol, TypeVar

from lightclient.conditions import OnCondition
from lightclient.endpoints.endpoint import Endpoint
from lightclient.execution.header import ExecutionHeader
from lightclient.execution.receipts import Receipt
from lightclient.execution.transactions import Transaction
from lightclient.heads import Heads
from lightclient.network import Network
from lightclient.rpc.asking import Asking
from lightclient.rpc.bodies import Bodies
from lightclient.rpc.errors import HeadTooOld, NoExecutionHead, NotCanonical
from lightclient.rpc.forms import BlockRef
from lightclient.rpc.headers import Headers
from lightclient.rpc.locating import Locating
from lightclient.rpc.sending import Sending
from lightclient.rpc.settings import RpcSettings
from lightclient.rpc.state import State

T = TypeVar("T")

OPTIMISTIC_TAGS = frozenset({"latest", "pending"})
"""Tags of the optimistic head."""


class HeadSource(Protocol):
    """Who knows the trusted heads: the light client."""

    network: Network
    """The network; its chain id is ours."""

    def head(self) -> Heads:
        """Returns both heads as of now; raises NotStarted while there are none."""
        ...


class VerifiedChain:
    """A chain of which every part is proven before it is told."""

    def __init__(
        self,
        heads: HeadSource,
        endpoints: Sequence[Endpoint],
        settings: RpcSettings | None = None,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        on_condition: OnCondition | None = None,
    ) -> None:
        """Remembers; nothing is asked before a method is."""
        self.settings = settings or RpcSettings()
        limits = self.settings.limits
        self.network = heads.network
        self.chain_id = heads.network.chain_id
        self.asking = Asking(endpoints, limits.endpoint_calls, on_condition)
        self.headers = Headers(self.asking, limits)
        self.state = State(self.asking, limits.cached_codes)
        self.bodies = Bodies(self.asking, limits.cached_bodies)
        self.sending = Sending(self.asking, self.chain_id, limits.sent, sleep)
        self.locating = Locating(self.asking, self.headers, self.bodies, self.sending)
        self._heads = heads
        # One thread: a call that was given up on goes on until its gas is spent, and no second one may pile up beside it.
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="evm")

    async def offload(self, work: Callable[[], T]) -> T:
        """Returns the result of work that would hold up the event loop."""
        return await asyncio.get_running_loop().run_in_executor(self._executor, work)

    def close(self) -> None:
        """Ends the thread of calls, without waiting for one that still runs."""
        self._executor.shutdown(wait=False, cancel_futures=True)

    async def head(self, tag: str = "latest") -> ExecutionHeader:
        """Returns the header that a tag of TAGS means now, but `earliest`.

        Raises:
            NotStarted, HeadTooOld, NoExecutionHead: there is no head to answer from.
        """
        heads = self._heads.head()
        optimistic = tag in OPTIMISTIC_TAGS
        head = heads.optimistic if optimistic else heads.finalized
        limit = self.settings.max_head_age_seconds if optimistic else self.settings.max_finalized_age_seconds
        if head.age_seconds > limit:
            raise HeadTooOld(tag, head.age_seconds, limit)
        if head.execution is None:
            raise NoExecutionHead(head.slot)
        return await self.headers.by_hash(head.execution.block_hash)

    def newest(self) -> tuple[bytes, int] | None:
        """Returns hash and number of the optimistic execution head as the light client has it, whatever its age; None without one."""
        execution = self._heads.head().optimistic.execution
        return None if execution is None else (execution.block_hash, execution.block_number)

    async def resolve(self, ref: BlockRef) -> ExecutionHeader:
        """Returns the canonical block that is meant.

        Raises:
            UnknownBlock, BlockOutOfReach, NotCanonical: it cannot be proven to be part of the chain.
            NoSourceAnswers: no endpoint shows it.
        """
        if ref.tag is not None and ref.tag != "earliest":
            return await self.head(ref.tag)
        head = await self.head()
        if ref.hash is None:
            return await self.headers.at(head, ref.number or 0)
        header = await self.headers.by_hash(ref.hash)
        canonical = await self.headers.at(head, header.number)
        if canonical.block_hash != header.block_hash:
            raise NotCanonical(header.block_hash, header.number, canonical.block_hash)
        return header

    async def locate(self, transaction_hash: bytes) -> tuple[ExecutionHeader, int] | Transaction | None:
        """Returns where a transaction is proven to be; or, unproven, the transaction while it waits; or None where nobody knows it."""
        return await self.locating.locate(transaction_hash, await self.head())

    async def receipt(self, header: ExecutionHeader, index: int) -> Receipt:
        """Returns one receipt of a verified block."""
        return (await self.bodies.receipts(header))[index]
