"""A checkpoint by agreement: m of n independent providers must name the same block; the newest never wins by being new.

Each provider is asked for its latest finalized block, and then all are asked for the block at one slot that at least m of them have
finalized. More than half must be demanded, so that two blocks cannot both be agreed on. A provider's word counts only for a header that
hashes to the root it names. Who the providers are is the user's choice: two names of one operator are one provider.
"""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Protocol

import httpx

from lightclient import json_text
from lightclient.beacon_json import from_json
from lightclient.errors import (
    CheckpointDisagreement,
    EnvironmentalError,
    InvalidCheckpoint,
    MalformedMessage,
    OversizedAnswer,
    PeerError,
    SourceLacksData,
    SourceUnreachable,
)
from lightclient.ssz import hash_tree_root
from lightclient.trust.checkpoint import ProvidedCheckpoint
from lightclient.types import BEACON_BLOCK_HEADER, BeaconBlockHeader

MAX_ANSWER_BYTES = 64 * 1024
"""Largest answer: a header takes less than a kilobyte."""

ANSWER_SECONDS = 20.0
"""Longest wait for one answer."""


class CheckpointProvider(Protocol):
    """Someone who names finalized blocks; raises PeerError or EnvironmentalError, and answers within a bounded time."""

    name: str
    """Names it in refusals."""

    async def block(self, block_id: str) -> ProvidedCheckpoint:
        """Returns the block called `finalized`, or the canonical one at a slot given as decimal text."""
        ...


class RestCheckpointProvider:
    """A beacon node, or a checkpoint service with the same interface, over its REST API."""

    def __init__(self, url: str, client: httpx.AsyncClient) -> None:
        self.name = url.rstrip("/")
        self._client = client

    async def block(self, block_id: str) -> ProvidedCheckpoint:
        """Returns a block of `/eth/v1/beacon/headers/{block_id}`."""
        path = f"/eth/v1/beacon/headers/{block_id}"
        body = bytearray()
        headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
        try:
            async with asyncio.timeout(ANSWER_SECONDS), self._client.stream("GET", self.name + path, headers=headers) as response:
                if response.status_code != httpx.codes.OK or response.headers.get("content-encoding", "identity") != "identity":
                    raise SourceLacksData(self.name, path, response.status_code)
                async for chunk in response.aiter_bytes():
                    body += chunk
                    if len(body) > MAX_ANSWER_BYTES:
                        raise OversizedAnswer(self.name, MAX_ANSWER_BYTES)
        except (TimeoutError, httpx.HTTPError) as error:
            raise SourceUnreachable(self.name, repr(error)) from error
        return header_of_answer(json_text.decode(bytes(body)))


def header_of_answer(document: Any) -> ProvidedCheckpoint:
    """Returns the block of the beacon API's header document.

    Raises:
        MalformedMessage: it is not of that form, or the header has another root than it says.
    """
    try:
        data = document["data"]
        stated, message = data["root"], data["header"]["message"]
    except (KeyError, TypeError):
        raise MalformedMessage("data", "not a header with its root") from None
    header: BeaconBlockHeader = from_json(BEACON_BLOCK_HEADER, message, "data.header.message")
    root = hash_tree_root(header)
    if stated != f"0x{root.hex()}":
        raise MalformedMessage("data.root", f"the header has the root 0x{root.hex()}")
    return ProvidedCheckpoint(header.slot, root)


async def agree(providers: Sequence[CheckpointProvider], quorum: int) -> ProvidedCheckpoint:
    """Returns the newest finalized block that at least `quorum` providers name alike.

    Raises:
        InvalidCheckpoint: the quorum is not more than half of the providers, or more than all.
        CheckpointDisagreement: fewer agree; what each said is listed.
    """
    if not len(providers) // 2 < quorum <= len(providers):
        raise InvalidCheckpoint("checkpoint_quorum", f"{quorum} of {len(providers)} providers is not more than half of them")
    said: dict[str, str] = {}
    finalized = await _ask_all(providers, "finalized", said)
    slots = sorted((block.slot for block in finalized.values()), reverse=True)
    # The slot that the quorum-th newest has finalized is finalized for a quorum; older ones are tried where that slot was one liar's.
    for slot in dict.fromkeys(slots[quorum - 1 :]):
        blocks = await _ask_all(providers, str(slot), said)
        votes: dict[bytes, set[str]] = defaultdict(set)
        for name, block in blocks.items():
            if block.slot == slot and name in finalized and finalized[name].slot >= slot:
                votes[block.root].add(name)
        for root, names in votes.items():
            if len(names) >= quorum:
                return ProvidedCheckpoint(slot, root)
    raise CheckpointDisagreement(quorum, tuple(f"{name}: {what}" for name, what in said.items()))


async def _ask_all(providers: Sequence[CheckpointProvider], block_id: str, said: dict[str, str]) -> dict[str, ProvidedCheckpoint]:
    """Returns the answers by provider; what each said, or why it did not, is noted."""

    async def ask(provider: CheckpointProvider) -> ProvidedCheckpoint | None:
        try:
            block = await provider.block(block_id)
        except (PeerError, EnvironmentalError) as error:
            said[provider.name] = f"{block_id}: {error}"
            return None
        said[provider.name] = f"{block_id} is slot {block.slot}, 0x{block.root.hex()}"
        return block

    answers = await asyncio.gather(*(ask(provider) for provider in providers))
    return {provider.name: block for provider, block in zip(providers, answers, strict=True) if block is not None}
