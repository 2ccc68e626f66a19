"""Methods that read the state at a block: balances, code, storage, proofs."""

from typing import Any

from fullnode.devnet.execution.proof import prove
from fullnode.devnet.rpc import answers
from fullnode.devnet.rpc.errors import InvalidParamsError
from fullnode.devnet.rpc.forms import BlockRef, hex_data, hex_quantity
from fullnode.devnet.rpc.view import ChainView, state_at

MAX_PROOF_SLOTS = 1024
"""Most storage slots one proof may cover (geth's limit)."""


def get_balance(chain: ChainView, address: bytes, at: BlockRef) -> str:
    """Returns an account's balance, wei."""
    account = state_at(chain, at)[1].account(address)
    return hex_quantity(0 if account is None else int(account.balance))


def get_transaction_count(chain: ChainView, address: bytes, at: BlockRef) -> str:
    """Returns an account's nonce; `pending` counts what waits in the pool without a gap."""
    # The pool is counted rather than the pending block, which holds only what fits.
    pending = at.tag == "pending"
    account = state_at(chain, BlockRef(tag="latest") if pending else at)[1].account(address)
    nonce = 0 if account is None else int(account.nonce)
    return hex_quantity(chain.pool.next_nonce(address, nonce) if pending else nonce)


def get_code(chain: ChainView, address: bytes, at: BlockRef) -> str:
    """Returns a contract's runtime code."""
    account = state_at(chain, at)[1].account(address)
    return hex_data(b"" if account is None else account.code)


def get_storage_at(chain: ChainView, address: bytes, slot: tuple[bytes, bool], at: BlockRef) -> str:
    """Returns a storage word, 32 bytes."""
    return hex_data(state_at(chain, at)[1].storage(address, slot[0]).to_bytes(32, "big"))


def get_proof(chain: ChainView, address: bytes, slots: tuple[tuple[bytes, bool], ...], at: BlockRef) -> dict[str, Any]:
    """Returns an account and storage words with their proofs (EIP-1186)."""
    if len(slots) > MAX_PROOF_SLOTS:
        raise InvalidParamsError(f"too many slots: {len(slots)}, limit {MAX_PROOF_SLOTS}")
    proof = prove(state_at(chain, at)[1], address, tuple(slot for slot, _ in slots))
    return answers.proof(proof, tuple(full for _, full in slots))
