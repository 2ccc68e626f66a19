from typing import Any

import rlp
from hypothesis import given, settings
from hypothesis import strategies as st
from trie.hexary import HexaryTrie

from fullnode.devnet.execution import trie
from fullnode.devnet.execution.encoding import keccak, path_of

KEYS = st.integers(min_value=0, max_value=40).map(lambda n: n.to_bytes(2, "big"))
CHANGES = st.lists(st.tuples(KEYS, st.one_of(st.none(), st.binary(min_size=1, max_size=60))), max_size=60)


def leaf(key: bytes, value: bytes) -> trie.Leaf:
    return trie.Leaf(path_of(key), key, value, value)


def both(changes: list[tuple[bytes, bytes | None]]) -> tuple[trie.Node | None, Any, dict[bytes, bytes]]:
    ours: trie.Node | None = None
    theirs: Any = HexaryTrie({})
    plain: dict[bytes, bytes] = {}
    for key, value in changes:
        if value is None:
            ours = trie.remove(ours, path_of(key))
            theirs.delete(keccak(key))
            plain.pop(key, None)
        else:
            ours = trie.put(ours, leaf(key, value))
            theirs.set(keccak(key), value)
            plain[key] = value
    return ours, theirs, plain


@settings(max_examples=60, deadline=None)
@given(CHANGES)
def test_every_sequence_of_changes_gives_the_root_of_the_trie_library(changes: list[tuple[bytes, bytes | None]]) -> None:
    ours, theirs, plain = both(changes)
    assert trie.root_hash(ours) == theirs.root_hash
    assert {found.key: found.value for found in trie.leaves(ours)} == plain


@settings(max_examples=40, deadline=None)
@given(CHANGES, KEYS)
def test_the_trie_library_verifies_proofs_of_presence_and_absence(changes: list[tuple[bytes, bytes | None]], key: bytes) -> None:
    ours, _, plain = both(changes)
    nodes = [rlp.decode(node) for node in trie.prove(ours, path_of(key))]
    if ours is None:
        assert nodes == []
        return
    verifier: Any = HexaryTrie
    assert verifier.get_from_proof(trie.root_hash(ours), keccak(key), nodes) == plain.get(key, b"")


def test_an_older_version_stays_as_it_was() -> None:
    first = trie.put(trie.put(None, leaf(b"a", b"1")), leaf(b"b", b"2"))
    root = trie.root_hash(first)
    second = trie.remove(trie.put(first, leaf(b"a", b"3")), path_of(b"b"))
    found = trie.get(first, path_of(b"a"))
    assert found is not None
    assert found.value == b"1"
    assert trie.root_hash(first) == root != trie.root_hash(second)


def test_removing_what_is_not_there_changes_nothing() -> None:
    node = trie.put(trie.put(None, leaf(b"a", b"1")), leaf(b"b", b"2"))
    assert trie.remove(node, path_of(b"c")) is node
    assert trie.get(node, path_of(b"c")) is None


def test_the_empty_trie_has_the_well_known_root() -> None:
    assert trie.root_hash(None).hex() == "56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421"
