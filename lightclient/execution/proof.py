"""`eth_getProof` answers, verified and bound to what was asked (EIP-1186).

The answer must be about the requested account and the requested storage keys in the requested order, every node must lead from the state
root to them, and every value stated beside a proof must be the one that the proof proves. Servers' known habits are tolerated where they
change nothing that is proven: keys short, padded or as JSON numbers, addresses in any case, the hash of nothing (an absent account's code
or storage, the empty storage of one that exists) written as zero, `storageRoot` for `storageHash`, numbers with leading zeros.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lightclient.execution import rlp
from lightclient.execution.errors import (
    MalformedAnswer,
    MalformedRlp,
    OverlongProof,
    WrongCode,
    WrongProofAddress,
    WrongProofKeys,
    WrongProofValue,
)
from lightclient.execution.json_fields import data, get, quantity
from lightclient.execution.trie import EMPTY_TRIE_ROOT, MAX_NODE_BYTES, MAX_NODES, keccak256, verify_trie_proof

EMPTY_CODE_HASH = keccak256(b"")
"""Code hash of an account without code."""


EMPTY_HASHES = frozenset({EMPTY_TRIE_ROOT, EMPTY_CODE_HASH})
"""Hashes of nothing, for which some servers write zero."""

_SPELLINGS = {"storageHash": "storageRoot"}


@dataclass(frozen=True, slots=True)
class Account:
    """An account as the state trie holds it."""

    nonce: int
    """Transactions sent, or contracts created."""
    balance: int
    """Wei."""
    storage_hash: bytes
    """Root of its storage trie."""
    code_hash: bytes
    """Keccak-256 of its code."""


ABSENT = Account(nonce=0, balance=0, storage_hash=EMPTY_TRIE_ROOT, code_hash=EMPTY_CODE_HASH)
"""What an address without an account answers for."""


@dataclass(frozen=True, slots=True)
class ProvenAccount:
    """What one `eth_getProof` answer proves under one state root."""

    address: bytes
    """The address asked for, 20 bytes."""
    account: Account
    """The account; `ABSENT` where the proof shows that there is none."""
    exists: bool
    """Whether the state trie holds the account."""
    storage: tuple[int, ...]
    """Values of the requested keys, in the order asked."""


def verify_account_proof(state_root: bytes, address: bytes, proof: Sequence[bytes]) -> Account | None:
    """Returns the account that the state holds at the address, or None where the proof shows that it holds none.

    Raises:
        PeerError: the nodes do not prove this address under this root; the class says why.
    """
    leaf = verify_trie_proof(state_root, keccak256(address), proof)
    if leaf is None:
        return None
    fields = rlp.decode(leaf)
    if not isinstance(fields, list) or len(fields) != 4:
        raise MalformedRlp("an account is not a list of four items")
    nonce, balance, storage_hash, code_hash = fields
    if not (isinstance(storage_hash, bytes) and isinstance(code_hash, bytes) and len(storage_hash) == len(code_hash) == 32):
        raise MalformedRlp("an account's hashes are not 32 bytes each")
    return Account(rlp.decode_uint(nonce, max_bytes=8), rlp.decode_uint(balance), storage_hash, code_hash)


def verify_storage_proof(storage_root: bytes, key: bytes, proof: Sequence[bytes]) -> int:
    """Returns the 256-bit value that the storage holds at the 32-byte key; zero where the proof shows that it holds none.

    Raises:
        PeerError: the nodes do not prove this key under this root; the class says why.
    """
    leaf = verify_trie_proof(storage_root, keccak256(key), proof)
    if leaf is None:
        return 0
    value = rlp.decode_uint(rlp.decode(leaf))
    if value == 0:
        raise MalformedRlp("a storage trie holds an explicit zero")
    return value


def verify_proof_answer(answer: Mapping[str, Any], *, state_root: bytes, address: bytes, keys: Sequence[bytes]) -> ProvenAccount:
    """Returns what an `eth_getProof` answer proves about the address and the 32-byte keys that were asked for, under the state root.

    Raises:
        PeerError: the answer is about something else, is malformed, or proves something else than it states.
    """
    answered = data(get(answer, "address"), "address", length=20)
    if answered != address:
        raise WrongProofAddress(address, answered)
    entries = _entries(answer, len(keys))
    requested = tuple(keys)
    answered_keys = tuple(_key(get(entry, "key")) for entry in entries)
    if answered_keys != requested:
        raise WrongProofKeys(requested, answered_keys)
    found = verify_account_proof(state_root, address, _nodes(answer, "accountProof"))
    account = ABSENT if found is None else found
    _check_stated(answer, account, absent=found is None)
    values: list[int] = []
    for key, entry in zip(requested, entries, strict=True):
        value = verify_storage_proof(account.storage_hash, key, _nodes(entry, "proof"))
        stated = quantity(get(entry, "value"), "storageProof.value")
        if stated != value:
            raise WrongProofValue(f"storageProof[0x{key.hex()}].value", hex(stated), hex(value))
        values.append(value)
    return ProvenAccount(address, account, found is not None, tuple(values))


def verify_code(code: bytes, account: Account) -> bytes:
    """Returns the code after comparing it with the account's proven code hash.

    Raises:
        WrongCode: it is other code.
    """
    found = keccak256(code)
    if found != account.code_hash:
        raise WrongCode(found, account.code_hash)
    return code


def _check_stated(answer: Mapping[str, Any], account: Account, *, absent: bool) -> None:
    numbers = {"nonce": account.nonce, "balance": account.balance}
    for field, proven in numbers.items():
        stated = quantity(get(answer, field), field)
        if stated != proven:
            raise WrongProofValue(field, hex(stated), hex(proven))
    hashes = {"storageHash": account.storage_hash, "codeHash": account.code_hash}
    for field, expected in hashes.items():
        given = data(get(answer, _SPELLINGS.get(field, field) if field not in answer else field), field, length=32)
        if given != expected and not (given == bytes(32) and (absent or expected in EMPTY_HASHES)):
            raise WrongProofValue(field, f"0x{given.hex()}", f"0x{expected.hex()}")


def _key(value: Any) -> bytes:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 256:
        return value.to_bytes(32, "big")
    return quantity(value, "storageProof.key").to_bytes(32, "big")


def _entries(answer: Mapping[str, Any], count: int) -> list[Mapping[str, Any]]:
    entries = get(answer, "storageProof")
    if not isinstance(entries, list) or not all(isinstance(entry, Mapping) for entry in entries):
        raise MalformedAnswer("storageProof", "not a list of objects")
    if len(entries) > count:
        raise OverlongProof("storage proofs", len(entries), count)
    return entries


def _nodes(answer: Mapping[str, Any], field: str) -> list[bytes]:
    nodes = get(answer, field)
    if not isinstance(nodes, list):
        raise MalformedAnswer(field, "not a list")
    if len(nodes) > MAX_NODES:
        raise OverlongProof("nodes", len(nodes), MAX_NODES)
    return [data(node, field, max_length=MAX_NODE_BYTES) for node in nodes]
