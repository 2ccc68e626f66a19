"""Proofs of accounts and storage words against a state root, as EIP-1186 gives them.

Pure. For what is not there, the proof shows its absence.
"""

from dataclasses import dataclass
from typing import Final

from fullnode.devnet.execution import trie
from fullnode.devnet.execution.encoding import code_hash, path_of
from fullnode.devnet.execution.world import World

EMPTY_CODE_HASH: Final = code_hash(b"")
"""Code hash of an account without code."""


@dataclass(frozen=True, slots=True)
class StorageProof:
    """One storage word and its proof."""

    slot: bytes
    """32 bytes."""
    value: int
    """The word; 0 where nothing is stored."""
    proof: tuple[bytes, ...]
    """Trie nodes from the storage root on; empty for an account without storage."""


@dataclass(frozen=True, slots=True)
class AccountProof:
    """An account, its proof, and proofs of some of its storage."""

    address: bytes
    """20 bytes."""
    exists: bool
    """Whether there is such an account."""
    nonce: int
    """Transaction count."""
    balance: int
    """Wei."""
    code_hash: bytes
    """keccak-256 of its code."""
    storage_root: bytes
    """Root of its storage trie."""
    proof: tuple[bytes, ...]
    """Trie nodes from the state root on."""
    storage: tuple[StorageProof, ...]
    """One for each slot that was asked for, in that order."""


def prove(world: World, address: bytes, slots: tuple[bytes, ...]) -> AccountProof:
    """Returns what the state says of an account and these slots, with proofs."""
    account = world.account(address)
    storage = world.storages.get(address)
    return AccountProof(
        address=address,
        exists=account is not None,
        nonce=0 if account is None else int(account.nonce),
        balance=0 if account is None else int(account.balance),
        code_hash=EMPTY_CODE_HASH if account is None else code_hash(account.code),
        storage_root=trie.root_hash(storage),
        proof=trie.prove(world.accounts, path_of(address)),
        storage=tuple(StorageProof(slot, world.storage(address, slot), trie.prove(storage, path_of(slot))) for slot in slots),
    )
