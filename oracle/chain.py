"""The chain as an RPC tells it: JSON-RPC 2.0 over HTTP, each answer parsed into a type or refused.

Nothing here is proven. What an answer may cause is bounded: its size, its nesting, its numbers; what it may *decide* is bounded by the
caller, who believes only proofs. https://ethereum.github.io/execution-apis. One method of `Chain` is one question; none retries.
"""

import asyncio
import re
from collections.abc import Mapping, Sequence
from enum import Enum
from itertools import count
from typing import Any, Protocol

import httpx
import msgspec

from oracle.chain_settings import ChainSettings
from oracle.fees import FeeHistory
from oracle.publication import Inclusion
from oracle.publication_errors import RpcAnswerError, RpcRefusedError, RpcUnreachableError
from oracle.rpc_answers import data, document, fee_history, quantity, receipt, result

REWARD_PERCENTILE = 50
"""Which priority fees of a block `fee_history` asks for: the median one."""


class Sent(Enum):
    """What a node says of a transaction handed to it."""

    TAKEN = "taken"
    """It has it, from now on or already."""
    NONCE_TOO_LOW = "nonce too low"
    """A transaction with this nonce is mined already: this one, another of ours, or a stranger's."""
    UNDERPRICED = "underpriced"
    """It has another with this nonce that offers as much, or the fee lies below what it takes."""
    UNFUNDED = "unfunded"
    """The sender cannot pay."""


SEND_ERRORS: Sequence[tuple[re.Pattern[str], Sent]] = (
    # There are no codes for these: words of geth, then of Nethermind, Besu and Erigon where they differ.
    (re.compile(r"already known|known transaction|alreadyknown|already imported", re.IGNORECASE), Sent.TAKEN),
    (re.compile(r"nonce (?:is )?too low|oldnonce|nonce below|noncealreadyused", re.IGNORECASE), Sent.NONCE_TOO_LOW),
    (re.compile(r"underpriced|fee ?too ?low|less than block base fee|replacementnotallowed", re.IGNORECASE), Sent.UNDERPRICED),
    (re.compile(r"insufficient ?funds|upfront cost exceeds|insufficient ?balance", re.IGNORECASE), Sent.UNFUNDED),
)
"""What the errors of eth_sendRawTransaction mean, by their words."""


class Chain(Protocol):
    """What the publisher asks of a chain.

    Every method raises RpcUnreachableError when there was no answer, RpcAnswerError when the answer is none, RpcRefusedError when it is
    an error. After any of them the question may have had its effect: a transaction may have been taken although its answer was lost.
    """

    async def chain_id(self) -> int:
        """Returns the chain's id."""

    async def fee_history(self, blocks: int) -> FeeHistory:
        """Returns base fee and priority fees of the latest blocks."""

    async def send_raw_transaction(self, raw: bytes) -> Sent:
        """Hands a signed transaction over."""

    async def receipt(self, tx_hash: bytes) -> Inclusion | None:
        """Returns where a transaction is said to be mined, None where it is said not to be."""

    async def get_proof(self, address: bytes, slots: Sequence[bytes], block: int) -> Mapping[str, Any]:
        """Returns the answer of eth_getProof as it came, for a verifier."""


class ChainRpc:
    """A chain behind one HTTP endpoint. The HTTP client is the caller's, who closes it."""

    def __init__(self, client: httpx.AsyncClient, url: str, settings: ChainSettings | None = None) -> None:
        """Takes the client and where to ask."""
        self._client = client
        self._url = url
        self._settings = settings or ChainSettings()
        self._ids = count(1)

    async def chain_id(self) -> int:
        """Returns the chain's id."""
        return quantity("eth_chainId", await self._ask("eth_chainId"))

    async def block_number(self) -> int:
        """Returns the number of the newest block."""
        return quantity("eth_blockNumber", await self._ask("eth_blockNumber"))

    async def nonce(self, address: bytes, block: str = "latest") -> int:
        """Returns how many transactions of the account are mined, or waiting too with block "pending"."""
        return quantity("eth_getTransactionCount", await self._ask("eth_getTransactionCount", _hex(address), block))

    async def balance(self, address: bytes) -> int:
        """Returns what the account holds, in wei."""
        return quantity("eth_getBalance", await self._ask("eth_getBalance", _hex(address), "latest"))

    async def get_code(self, address: bytes) -> bytes:
        """Returns the code at an address."""
        return data("eth_getCode", await self._ask("eth_getCode", _hex(address), "latest"))

    async def call(self, to: bytes, calldata: bytes, sender: bytes | None = None) -> bytes:
        """Returns what a call answers in the newest block's state."""
        message = {"to": _hex(to), "data": _hex(calldata)} | ({} if sender is None else {"from": _hex(sender)})
        return data("eth_call", await self._ask("eth_call", message, "latest"))

    async def estimate_gas(self, sender: bytes, to: bytes | None, calldata: bytes, value_wei: int = 0) -> int:
        """Returns how much gas a transaction would use now; raises RpcRefusedError with the contract's error where it would revert."""
        message = {"from": _hex(sender), "data": _hex(calldata), "value": hex(value_wei)} | ({} if to is None else {"to": _hex(to)})
        return quantity("eth_estimateGas", await self._ask("eth_estimateGas", message))

    async def fee_history(self, blocks: int) -> FeeHistory:
        """Returns base fee and priority fees of the latest blocks."""
        return fee_history(await self._ask("eth_feeHistory", hex(blocks), "latest", [REWARD_PERCENTILE]), blocks)

    async def send_raw_transaction(self, raw: bytes) -> Sent:
        """Hands a signed transaction over; the answer's hash is not looked at, for ours is computed."""
        try:
            data("eth_sendRawTransaction", await self._ask("eth_sendRawTransaction", _hex(raw)), 32)
        except RpcRefusedError as error:
            for words, meaning in SEND_ERRORS:
                if words.search(error.message):
                    return meaning
            raise
        return Sent.TAKEN

    async def receipt(self, tx_hash: bytes) -> Inclusion | None:
        """Returns where a transaction is said to be mined."""
        return receipt(await self._ask("eth_getTransactionReceipt", _hex(tx_hash)), tx_hash)

    async def get_proof(self, address: bytes, slots: Sequence[bytes], block: int) -> Mapping[str, Any]:
        """Returns the answer of eth_getProof as it came; keys are asked for as 32 bytes, which every node understands."""
        return document("eth_getProof", await self._ask("eth_getProof", _hex(address), [_hex(slot) for slot in slots], hex(block)))

    async def _ask(self, method: str, *params: Any) -> Any:
        number = next(self._ids)
        question = msgspec.json.encode({"jsonrpc": "2.0", "id": number, "method": method, "params": params})
        return result(method, number, await self._post(method, question))

    async def _post(self, method: str, question: bytes) -> bytes:
        headers = {"content-type": "application/json", "accept-encoding": "identity"}
        try:
            # The outer limit is for servers that drip: each read arrives in time, the answer never ends.
            async with (
                asyncio.timeout(self._settings.timeout_seconds),
                self._client.stream(
                    "POST", self._url, content=question, headers=headers, timeout=self._settings.timeout_seconds, follow_redirects=False
                ) as response,
            ):
                # What is counted must be what is parsed: a compressed answer could be a thousand times longer.
                if response.headers.get("content-encoding", "identity") != "identity":
                    raise RpcAnswerError(method, "it is compressed although that was not accepted")
                body = bytearray()
                async for chunk in response.aiter_bytes():
                    body += chunk
                    if len(body) > self._settings.max_response_bytes:
                        raise RpcAnswerError(method, f"it is longer than {self._settings.max_response_bytes} bytes")
        except TimeoutError as error:
            raise RpcUnreachableError(method, f"no whole answer within {self._settings.timeout_seconds} s") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise RpcUnreachableError(method, f"{type(error).__name__} {error}".strip()) from error
        # Some servers answer errors of JSON-RPC with 400; what counts there is the body.
        if response.status_code not in {200, 400}:
            raise RpcUnreachableError(method, f"HTTP status {response.status_code}")
        return bytes(body)


def _hex(value: bytes) -> str:
    return "0x" + value.hex()
