"""The state of the chain after one block, and how EELS sees it.

A `World` is an immutable version of the state; `open_state` lets EELS work on it and `settle` turns what EELS changed into the
next version. EELS keeps its tries as dictionaries and copies them whole at every message call. It is given `Overlay` mappings
instead, whose copies cost only the changes so far: nothing in the library is replaced, its own functions run as they are.

Invariants: a World never changes; an account's storage is in `storages` exactly when it is not empty.
"""

import copy
from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar, cast

from ethereum.forks.osaka.fork_types import Account, Address
from ethereum.forks.osaka.state import State
from ethereum.forks.osaka.trie import Trie
from ethereum_types.bytes import Bytes32
from ethereum_types.numeric import U256

from fullnode.devnet.execution import trie
from fullnode.devnet.execution.encoding import code_hash, path_of, rlp_bytes, rlp_int, rlp_list

K = TypeVar("K", bound=bytes)
V = TypeVar("V")

_GONE: Final = object()


class Overlay(MutableMapping[K, V]):
    """Changes over one version of a trie, behaving as the dictionary EELS expects."""

    __slots__ = ("base", "changes")

    def __init__(self, base: trie.Node | None, changes: dict[K, V | object] | None = None) -> None:
        self.base = base
        """The version underneath; never changed."""
        self.changes: dict[K, V | object] = {} if changes is None else changes
        """What differs from it; a removed key holds a marker of its own."""

    def __copy__(self) -> "Overlay[K, V]":
        return Overlay(self.base, self.changes.copy())

    def __getitem__(self, key: K) -> V:
        value = self.get(key, _GONE)
        if value is _GONE:
            raise KeyError(key)
        return cast("V", value)

    def get(self, key: K, default: Any = None) -> Any:
        """Returns the value at the key, or the default."""
        value = self.changes.get(key)
        if value is None:
            leaf = trie.get(self.base, path_of(key))
            return default if leaf is None else leaf.payload
        return default if value is _GONE else value

    def __setitem__(self, key: K, value: V) -> None:
        self.changes[key] = value

    def __delitem__(self, key: K) -> None:
        if key not in self:
            raise KeyError(key)
        self.changes[key] = _GONE

    def __contains__(self, key: object) -> bool:
        return self.get(cast("K", key), _GONE) is not _GONE

    def __iter__(self) -> Iterator[K]:
        yield from (key for key, value in self.changes.items() if value is not _GONE)
        yield from (cast("K", leaf.key) for leaf in trie.leaves(self.base) if leaf.key not in self.changes)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __eq__(self, other: object) -> bool:
        # EELS asks only whether a storage trie became empty, after every store: that must not list it.
        if other == {}:
            return next(iter(self), None) is None
        return isinstance(other, Mapping) and dict(self.items()) == dict(other.items())

    __hash__ = None  # type: ignore[assignment]


@dataclass(frozen=True, slots=True)
class World:
    """One version of all accounts and their storage."""

    accounts: trie.Node | None
    """Account trie; payloads are EELS accounts."""
    storages: Mapping[bytes, trie.Node]
    """Storage trie of each account that has storage, by address; payloads are U256."""

    @property
    def root(self) -> bytes:
        """The state root, 32 bytes."""
        return trie.root_hash(self.accounts)

    def account(self, address: bytes) -> Account | None:
        """Returns the account at the address, or None where there is none."""
        leaf = trie.get(self.accounts, path_of(address))
        return None if leaf is None else cast("Account", leaf.payload)

    def storage(self, address: bytes, slot: bytes) -> int:
        """Returns the storage word at a 32-byte slot; 0 where nothing is stored."""
        leaf = trie.get(self.storages.get(address), path_of(slot))
        return 0 if leaf is None else int(leaf.payload)


EMPTY_WORLD: Final = World(None, {})
"""The state before genesis."""


def open_state(world: World) -> State:
    """Returns the world as an EELS state that may be changed freely; the world itself stays as it is."""
    return State(
        _main_trie=Trie(secured=True, default=None, _data=cast("Any", Overlay(world.accounts))),
        _storage_tries={
            Address(address): Trie(secured=True, default=U256(0), _data=cast("Any", Overlay(node)))
            for address, node in world.storages.items()
        },
    )


def copy_state(state: State) -> State:
    """Returns a copy that further work on the original leaves alone; only between transactions."""
    return State(
        _main_trie=_copy_trie(state._main_trie),  # noqa: SLF001  (EELS has no public way to hold on to a state)
        _storage_tries={a: _copy_trie(t) for a, t in state._storage_tries.items()},  # noqa: SLF001
    )


def settle(world: World, state: State) -> World:
    """Returns the next version: `world` with everything that EELS changed in `state`, which was opened on it."""
    main = cast("Overlay[Address, Account]", state._main_trie._data)  # noqa: SLF001
    storages = dict(world.storages)
    touched = {bytes(a) for a in main.changes} | _settle_storages(storages, state)
    accounts = world.accounts
    for address in sorted(touched):
        account = main.get(Address(address))
        path = path_of(address)
        if account is None:
            storages.pop(address, None)
            accounts = trie.remove(accounts, path)
        else:
            value = encode_account(account, trie.root_hash(storages.get(address)))
            accounts = trie.put(accounts, trie.Leaf(path, address, value, account))
    return World(accounts, storages)


def encode_account(account: Account, storage_root: bytes) -> bytes:
    """Returns the RLP of an account as it stands in the state trie (Yellow Paper section 4.1)."""
    return rlp_list(
        rlp_int(int(account.nonce)) + rlp_int(int(account.balance)) + rlp_bytes(storage_root) + rlp_bytes(code_hash(account.code))
    )


def _settle_storages(storages: dict[bytes, trie.Node], state: State) -> set[bytes]:
    """Brings `storages` up to date and returns the addresses whose storage changed."""
    tries = state._storage_tries  # noqa: SLF001
    changed = {address for address in storages if Address(address) not in tries}
    for address in changed:
        del storages[address]
    for address, its_trie in tries.items():
        data: Any = its_trie._data  # noqa: SLF001
        changes: dict[Bytes32, Any]
        # EELS makes a plain dictionary for a contract that gains its first word, or is created anew.
        node: trie.Node | None = data.base if isinstance(data, Overlay) else None
        changes = data.changes if isinstance(data, Overlay) else data
        if node is not None and not changes:
            continue
        changed.add(bytes(address))
        for slot, value in changes.items():
            path = path_of(slot)
            node = trie.remove(node, path) if value is _GONE else trie.put(node, _word(path, slot, cast("U256", value)))
        if node is None:
            storages.pop(address, None)
        else:
            storages[bytes(address)] = node
    return changed


def _word(path: bytes, slot: Bytes32, value: U256) -> trie.Leaf:
    return trie.Leaf(path, bytes(slot), rlp_int(int(value)), value)


def _copy_trie(its: Any) -> Any:
    return Trie(its.secured, its.default, copy.copy(its._data))  # noqa: SLF001
