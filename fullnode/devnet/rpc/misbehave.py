"""Switches by which the JSON-RPC server lies, so that others' tests can see what happens then.

One record, read at the moment of use; a test sets a field and sets it back. Nothing here is on by default. The chain itself never lies:
every lie is told about a copy of a true answer, here and nowhere else. Faults of the transport are the server's, from the same record.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from fullnode.devnet.execution.errors import RefusedTransactionError
from fullnode.devnet.execution.transaction import parse_transaction
from fullnode.devnet.rpc.errors import RpcError
from fullnode.devnet.rpc.forms import data, hex_data, hex_quantity
from fullnode.devnet.rpc.methods import answer as truth
from fullnode.devnet.rpc.settings import RpcSettings
from fullnode.devnet.rpc.stale import StaleView
from fullnode.devnet.rpc.view import ChainView


class Lie(StrEnum):
    """Ways in which an answer can be wrong."""

    PROOF_VALUE = "proof_value"
    """eth_getProof: storage words one too large, under true proofs."""
    PROOF_BALANCE = "proof_balance"
    """eth_getProof: a balance one too large, under a true proof."""
    PROOF_ACCOUNT = "proof_account"
    """eth_getProof: `other_account`'s true proof under the name of the account that was asked for."""
    PROOF_NODE = "proof_node"
    """eth_getProof: the last node of every proof with its last bit flipped."""
    RECEIPT_STATUS = "receipt_status"
    """Receipts of failure say success and the other way round."""
    RECEIPT_MISSING = "receipt_missing"
    """No transaction ever seems to be included."""
    SWALLOW = "swallow"
    """eth_sendRawTransaction: accepted by its hash and forgotten."""
    LOGS_FORGED = "logs_forged"
    """eth_getLogs: data with its last bit flipped, or 01 where there was none."""
    LOGS_OMITTED = "logs_omitted"
    """eth_getLogs: nothing ever happened."""
    CALL_RESULT = "call_result"
    """eth_call: a result with its last bit flipped."""
    CHAIN_ID = "chain_id"
    """eth_chainId and net_version: the id of another chain."""


@dataclass(slots=True)
class RpcMisbehaviour:
    """What goes wrong at the moment."""

    lies: set[Lie] = field(default_factory=set)
    """What is wrong in answers."""
    other_account: bytes = bytes.fromhex("000f3df6d732807ef1319fb7b8bb8522d0beac02")
    """Whose proof PROOF_ACCOUNT shows; the beacon roots contract exists on every chain."""
    stale_head: int = 0
    """How many blocks behind the true head the server pretends to be."""
    methods: frozenset[str] | None = None
    """Methods that the lies touch; None for all. The transport's faults touch every request."""
    status: int | None = None
    """HTTP status given to every request, for example 500."""
    garbage: bool = False
    """Every answer is 200 with bytes that are not JSON."""
    hang_seconds: float = 0.0
    """How long every answer is held back."""


def answer(chain: ChainView, settings: RpcSettings, misbehaviour: RpcMisbehaviour, name: str, params: list[Any]) -> Any:
    """Returns the result of one method, true unless a switch says otherwise; raises RpcError and its kinds."""
    if misbehaviour.methods is not None and name not in misbehaviour.methods:
        return truth(chain, settings, name, params)
    view: ChainView = StaleView(chain, misbehaviour.stale_head) if misbehaviour.stale_head else chain
    lies = [lie for lie in Lie if lie in misbehaviour.lies and name in _TOUCHES[lie]]
    if Lie.SWALLOW in lies and params:
        return _swallow(chain, params[0])
    result = truth(view, settings, name, params)
    for lie in lies:
        if lie is Lie.PROOF_ACCOUNT:
            other = truth(view, settings, name, ["0x" + misbehaviour.other_account.hex(), *params[1:]])
            result = other | {"address": result["address"]}
        elif result is not None:
            result = _TWISTS[lie](result)
    return result


def _swallow(chain: ChainView, raw: Any) -> str:
    try:
        return hex_data(parse_transaction(data(raw), chain.chain_id).hash)
    except RefusedTransactionError as error:
        raise RpcError(str(error)) from error


def _bump(quantity: str) -> str:
    return hex_quantity(int(quantity, 16) + 1)


def _flip(text: str) -> str:
    return "0x01" if text == "0x" else f"{text[:-1]}{int(text[-1], 16) ^ 1:x}"


def _flip_last(proof: list[str]) -> list[str]:
    return [*proof[:-1], _flip(proof[-1])] if proof else []


def _proof_value(proof: dict[str, Any]) -> dict[str, Any]:
    return proof | {"storageProof": [word | {"value": _bump(word["value"])} for word in proof["storageProof"]]}


def _proof_node(proof: dict[str, Any]) -> dict[str, Any]:
    words = [word | {"proof": _flip_last(word["proof"])} for word in proof["storageProof"]]
    return proof | {"accountProof": _flip_last(proof["accountProof"]), "storageProof": words}


def _status(receipt: Any) -> Any:
    if isinstance(receipt, list):
        return [_status(item) for item in receipt]
    return receipt | {"status": "0x0" if receipt["status"] == "0x1" else "0x1"}


def _other_chain(chain_id: str) -> str:
    return _bump(chain_id) if chain_id.startswith("0x") else str(int(chain_id) + 1)


_TOUCHES: Final[dict[Lie, frozenset[str]]] = {
    Lie.PROOF_VALUE: frozenset({"eth_getProof"}),
    Lie.PROOF_BALANCE: frozenset({"eth_getProof"}),
    Lie.PROOF_ACCOUNT: frozenset({"eth_getProof"}),
    Lie.PROOF_NODE: frozenset({"eth_getProof"}),
    Lie.RECEIPT_STATUS: frozenset({"eth_getTransactionReceipt", "eth_getBlockReceipts"}),
    Lie.RECEIPT_MISSING: frozenset({"eth_getTransactionReceipt"}),
    Lie.SWALLOW: frozenset({"eth_sendRawTransaction"}),
    Lie.LOGS_FORGED: frozenset({"eth_getLogs"}),
    Lie.LOGS_OMITTED: frozenset({"eth_getLogs"}),
    Lie.CALL_RESULT: frozenset({"eth_call"}),
    Lie.CHAIN_ID: frozenset({"eth_chainId", "net_version"}),
}
"""The methods each lie is told by."""

_TWISTS: Final[dict[Lie, Callable[[Any], Any]]] = {
    Lie.PROOF_VALUE: _proof_value,
    Lie.PROOF_BALANCE: lambda proof: proof | {"balance": _bump(proof["balance"])},
    Lie.PROOF_NODE: _proof_node,
    Lie.RECEIPT_STATUS: _status,
    Lie.RECEIPT_MISSING: lambda _receipt: None,
    Lie.LOGS_FORGED: lambda logs: [log | {"data": _flip(log["data"])} for log in logs],
    Lie.LOGS_OMITTED: lambda _logs: [],
    Lie.CALL_RESULT: _flip,
    Lie.CHAIN_ID: _other_chain,
}
"""What each lie makes of a true answer."""
