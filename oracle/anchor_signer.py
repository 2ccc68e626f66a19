"""Signatures over anchors, for the publisher: the guarded signer behind an awaitable."""

import asyncio
from typing import Protocol

from oracle.signer import ANCHORS, GuardedSigner, SigningRequest


class AnchorSigner(Protocol):
    """Signs the transactions that anchor batches."""

    @property
    def address(self) -> bytes:
        """Returns the address that anchors."""

    async def sign_anchor(self, index: int, root: bytes, digest: bytes) -> bytes:
        """Returns r, s, v over the digest of a transaction that anchors `root` under `index`.

        The same index and root may be signed again with another digest; another root under the index is refused.
        """


class GuardedAnchorSigner:
    """Signs anchors through a GuardedSigner, in a thread: its memory and its key may both take their time."""

    def __init__(self, signer: GuardedSigner) -> None:
        """Takes the signer, whose policy must allow the bare stream ANCHORS."""
        self._signer = signer

    @property
    def address(self) -> bytes:
        """Returns the address that anchors."""
        return self._signer.address

    async def sign_anchor(self, index: int, root: bytes, digest: bytes) -> bytes:
        """Returns r, s, v over the digest; raises what the signer's policy refuses."""
        # An anchor names no time, its block does: a clock set back must not hold it up.
        request = SigningRequest(stream=ANCHORS, sequence=index, commitment=root, digest=digest, time_s=0)
        return await asyncio.to_thread(self._signer.sign, request)
