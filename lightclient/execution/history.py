"""Block hashes from the state (EIP-2935): the state after block n proves the hashes of blocks n-8191 to n-1 by one storage proof each.

An alternative to walking parent hashes: `history_request(number, head)` says what to ask `eth_getProof` for at block `head.number`, and
`verify_history(answer, number, head)` turns the answer into the hash of block `number`, as certain as the head. Several at once:
`verify_history_many`. Chains without the contract there are refused with `HistoryMissing`.
Spec: https://eips.ethereum.org/EIPS/eip-2935
"""

from collections.abc import Mapping, Sequence
from typing import Any

from lightclient.execution.block_errors import HistoryMissing, HistoryOutOfRange
from lightclient.execution.header import ExecutionHeader
from lightclient.execution.proof import verify_proof_answer

HISTORY_ADDRESS = bytes.fromhex("0000f90827f1c53a10cb7a02335b175320002935")
"""HISTORY_STORAGE_ADDRESS."""

HISTORY_WINDOW = 8191
"""HISTORY_SERVE_WINDOW: how many blocks back the contract remembers."""


def history_slot(number: int) -> bytes:
    """Returns the 32-byte storage key under which the contract holds the hash of a block."""
    return (number % HISTORY_WINDOW).to_bytes(32, "big")


def history_request(number: int, head: ExecutionHeader) -> tuple[bytes, bytes]:
    """Returns the address and the storage key whose proof under the head's state gives the hash of the block.

    Raises:
        HistoryOutOfRange: the head's state does not hold that block's hash.
    """
    if not max(head.number - HISTORY_WINDOW, 0) <= number < head.number:
        raise HistoryOutOfRange(number, head.number, HISTORY_WINDOW)
    return HISTORY_ADDRESS, history_slot(number)


def verify_history(answer: Mapping[str, Any], number: int, head: ExecutionHeader) -> bytes:
    """Returns the hash of block `number`, proven by an `eth_getProof` answer under the state of the verified head.

    Raises:
        HistoryOutOfRange: the head's state does not hold that block's hash.
        HistoryMissing: the proof shows that nothing is stored there.
        PeerError: the proof does not verify; the class says why.
    """
    return verify_history_many(answer, [number], head)[0]


def verify_history_many(answer: Mapping[str, Any], numbers: Sequence[int], head: ExecutionHeader) -> tuple[bytes, ...]:
    """Returns the hashes of several blocks, proven by one `eth_getProof` answer whose keys are in the order of the numbers.

    Raises:
        HistoryOutOfRange, HistoryMissing, PeerError: as `verify_history`.
    """
    keys = [history_request(number, head)[1] for number in numbers]
    proven = verify_proof_answer(answer, state_root=head.state_root, address=HISTORY_ADDRESS, keys=keys)
    for number, value in zip(numbers, proven.storage, strict=True):
        if value == 0:
            raise HistoryMissing(number, head.number)
    return tuple(value.to_bytes(32, "big") for value in proven.storage)
