"""The chain as RPCs tell it: JSON-RPC 2.0 endpoints, best first, each answer parsed into a type or refused.

Nothing here is proven. What an answer may cause is bounded: its size, its nesting, its numbers; what it may *decide* is bounded by the
caller, who believes only proofs. https://ethereum.github.io/execution-apis. Several endpoints are one chain: who does not answer, answers
nonsense, serves another chain or is disproven falls behind (`lightclient.scores`), and the next one is asked.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import Any, Protocol, TypeVar

import httpx

from lightclient.endpoints.endpoint import Endpoint, HttpEndpoint
from lightclient.endpoints.errors import EndpointRefused, EndpointUnreachable, WrongEndpointChain
from lightclient.endpoints.settings import EndpointLimits
from lightclient.errors import EnvironmentalError, LightClientError, PeerError
from lightclient.pool import SourcePool
from lightclient.scores import Score
from oracle.chain_settings import ChainSettings
from oracle.errors import OracleError, RefusedError
from oracle.fees import FeeHistory
from oracle.publication import Inclusion
from oracle.publication_errors import RpcAnswerError, RpcRefusedError, RpcUnreachableError, WrongChainError
from oracle.publication_steps import ReportedState
from oracle.rpc_answers import data, document, fee_history, quantity, receipt, revert_data

REWARD_PERCENTILE = 50
"""Which priority fees of a block `fee_history` asks for: the median one."""
REMEMBERED_CLAIMS = 256
"""Receipts of which it is remembered which endpoint showed them."""
T = TypeVar("T")


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
        """Hands a signed transaction over, to every endpoint there is: one that drops it holds nothing up."""

    async def receipt(self, tx_hash: bytes) -> Inclusion | None:
        """Returns where a transaction is said to be mined, None where it is said not to be."""

    def disbelieve(self, tx_hash: bytes) -> None:
        """Takes note that the receipt last shown of a transaction is disproven."""

    async def get_proof(self, address: bytes, slots: Sequence[bytes], block: int) -> Mapping[str, Any]:
        """Returns the answer of eth_getProof as it came, for a verifier."""

    async def checked_proof(self, address: bytes, slots: Sequence[bytes], block: int, check: Callable[[Mapping[str, Any]], T]) -> T:
        """Returns what `check` makes of an answer of eth_getProof; where it refuses with a RefusedError, another endpoint is asked."""

    async def reported(self, address: bytes) -> ReportedState:
        """Returns which block is called final, and how many transactions of the account are mined in it: words, not proofs."""

    async def get_code(self, address: bytes) -> bytes:
        """Returns the code at an address."""


class ChainRpc:
    """A chain behind HTTP endpoints. The HTTP client is the caller's, who closes it."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        urls: str | Sequence[str],
        settings: ChainSettings | None = None,
        *,
        chain_id: int | None = None,
    ) -> None:
        """Takes the client and where to ask, preferred first; with `chain_id`, endpoints of another chain are passed over."""
        settings = settings or ChainSettings()
        limits = EndpointLimits(settings.timeout_seconds, settings.timeout_seconds, settings.max_response_bytes, {})
        named = [urls] if isinstance(urls, str) else urls
        self._pool: SourcePool[Endpoint] = SourcePool([HttpEndpoint(url, client, limits) for url in named])
        self._wanted = chain_id
        self._checked: set[int] = set()
        self._claims: dict[bytes, Endpoint] = {}

    @property
    def scores(self) -> tuple[Score, ...]:
        """What is known of each endpoint, in the configured order."""
        return self._pool.scores

    async def chain_id(self) -> int:
        """Returns the chain's id: the one wanted if any endpoint serves it."""
        # Asked for when something went wrong: whoever was checked before is checked again.
        self._checked.clear()
        try:
            return await self._first("eth_chainId", lambda value: quantity("eth_chainId", value))
        except WrongChainError as error:
            return error.found

    async def block_number(self) -> int:
        """Returns the number of the newest block."""
        return await self._first("eth_blockNumber", lambda value: quantity("eth_blockNumber", value))

    async def nonce(self, address: bytes, block: str = "latest") -> int:
        """Returns how many transactions of the account are mined, or waiting too with block "pending"."""
        method = "eth_getTransactionCount"
        return await self._first(method, lambda value: quantity(method, value), _hex(address), block)

    async def balance(self, address: bytes) -> int:
        """Returns what the account holds, in wei."""
        return await self._first("eth_getBalance", lambda value: quantity("eth_getBalance", value), _hex(address), "latest")

    async def get_code(self, address: bytes) -> bytes:
        """Returns the code at an address."""
        return await self._first("eth_getCode", lambda value: data("eth_getCode", value), _hex(address), "latest")

    async def call(self, to: bytes, calldata: bytes, sender: bytes | None = None) -> bytes:
        """Returns what a call answers in the newest block's state."""
        message = {"to": _hex(to), "data": _hex(calldata)} | ({} if sender is None else {"from": _hex(sender)})
        return await self._first("eth_call", lambda value: data("eth_call", value), message, "latest")

    async def estimate_gas(self, sender: bytes, to: bytes | None, calldata: bytes, value_wei: int = 0) -> int:
        """Returns how much gas a transaction would use now; raises RpcRefusedError with the contract's error where it would revert."""
        message = {"from": _hex(sender), "data": _hex(calldata), "value": hex(value_wei)} | ({} if to is None else {"to": _hex(to)})
        return await self._first("eth_estimateGas", lambda value: quantity("eth_estimateGas", value), message)

    async def fee_history(self, blocks: int) -> FeeHistory:
        """Returns base fee and priority fees of the latest blocks."""
        return await self._first("eth_feeHistory", lambda value: fee_history(value, blocks), hex(blocks), "latest", [REWARD_PERCENTILE])

    async def send_raw_transaction(self, raw: bytes) -> Sent:
        """Hands a signed transaction to every endpoint; the answers' hashes are not looked at, for ours is computed.

        What any of them took is taken; else the best one's word counts.
        """
        answers: list[Sent] = []
        problems: list[OracleError] = []
        for endpoint in self._pool.ordered:
            try:
                answers.append(await self._attempt(endpoint, "eth_sendRawTransaction", _sent, _hex(raw)))
            except RpcRefusedError as error:
                meaning = next((meaning for words, meaning in SEND_ERRORS if words.search(error.message)), None)
                if meaning is None:
                    problems.append(error)
                else:
                    answers.append(meaning)
            except OracleError as error:
                problems.append(error)
        if answers:
            return Sent.TAKEN if Sent.TAKEN in answers else answers[0]
        raise problems[0]

    async def receipt(self, tx_hash: bytes) -> Inclusion | None:
        """Returns where a transaction is said to be mined; an endpoint that knows nothing of it is not the last one asked."""
        method = "eth_getTransactionReceipt"
        answered = False
        problem: OracleError | None = None
        for endpoint in self._pool.ordered:
            try:
                found = await self._attempt(endpoint, method, lambda value: receipt(value, tx_hash), _hex(tx_hash))
            except OracleError as error:
                problem = problem or error
                continue
            if found is not None:
                self._claims = dict(list(self._claims.items())[1 - REMEMBERED_CLAIMS :]) | {tx_hash: endpoint}
                return found
            answered = True
        if answered or problem is None:
            return None
        raise problem

    def disbelieve(self, tx_hash: bytes) -> None:
        """Lowers the score of the endpoint that last showed a receipt of the transaction."""
        endpoint = self._claims.pop(tx_hash, None)
        if endpoint is not None:
            self._pool.note(endpoint, PeerError(f"its receipt of {_hex(tx_hash)} is disproven"))

    async def get_proof(self, address: bytes, slots: Sequence[bytes], block: int) -> Mapping[str, Any]:
        """Returns the answer of eth_getProof as it came."""
        return await self.checked_proof(address, slots, block, lambda answer: answer)

    async def checked_proof(self, address: bytes, slots: Sequence[bytes], block: int, check: Callable[[Mapping[str, Any]], T]) -> T:
        """Returns what `check` makes of the first proof that it accepts; keys are 32 bytes, which every node understands."""
        method = "eth_getProof"
        return await self._first(
            method, lambda value: check(document(method, value)), _hex(address), [_hex(slot) for slot in slots], hex(block)
        )

    async def reported(self, address: bytes) -> ReportedState:
        """Returns which block is called final, and the account's nonce there."""
        method = "eth_getBlockByNumber"
        number = await self._first(method, lambda value: quantity(method, document(method, value).get("number")), "finalized", False)
        return ReportedState(number, await self.nonce(address, hex(number)))

    # One question to one endpoint, and to the next

    async def _first(self, method: str, read: Callable[[Any], T], *params: Any) -> T:
        problem: OracleError | None = None
        for endpoint in self._pool.ordered:
            try:
                return await self._attempt(endpoint, method, read, *params)
            except OracleError as error:
                problem = problem or error
        assert problem is not None, "there is at least one endpoint"
        raise problem

    async def _attempt(self, endpoint: Endpoint, method: str, read: Callable[[Any], T], *params: Any) -> T:
        try:
            await self._check_chain(endpoint)
            value = read(await endpoint.ask(method, *params))
        except LightClientError as error:
            raise self._translated(endpoint, method, error) from error
        except RefusedError as error:
            self._pool.note(endpoint, PeerError(str(error)))
            raise
        self._pool.credit(endpoint)
        return value

    async def _check_chain(self, endpoint: Endpoint) -> None:
        if self._wanted is None or id(endpoint) in self._checked:
            return
        found = quantity("eth_chainId", await endpoint.ask("eth_chainId"))
        if found != self._wanted:
            self._pool.note(endpoint, WrongEndpointChain(endpoint.name, found, self._wanted))
            raise WrongChainError(self._wanted, found)
        self._checked.add(id(endpoint))

    def _translated(self, endpoint: Endpoint, method: str, error: LightClientError) -> OracleError:
        """Returns the failure in this room's words, having noted it and that the endpoint is to be checked anew."""
        self._checked.discard(id(endpoint))
        if isinstance(error, EndpointRefused):
            # An error may be as good an answer as any: a nonce too low, a block not kept. It costs no score.
            return RpcRefusedError(method, error.code, error.text, revert_data(error.data))
        if isinstance(error, PeerError | EnvironmentalError):
            self._pool.note(endpoint, error)
        if isinstance(error, EndpointUnreachable):
            return RpcUnreachableError(method, error.reason)
        return RpcAnswerError(method, str(error))


def _sent(value: Any) -> Sent:
    data("eth_sendRawTransaction", value, 32)
    return Sent.TAKEN


def _hex(value: bytes) -> str:
    return "0x" + value.hex()
