import json
import tarfile
from typing import Any

import pytest
import rlp as rlp_library
from hypothesis import given, settings
from hypothesis import strategies as st
from trie.hexary import HexaryTrie

from lightclient.execution.ordered_trie import index_key, ordered_trie_proof, ordered_trie_root, trie_proof, trie_root
from lightclient.execution.trie import EMPTY_TRIE_ROOT, keccak256, verify_trie_proof
from tests.vectors import vectors

FILES = ["trieanyorder", "trietest", "hex_encoded_securetrie_test", "trieanyorder_secureTrie", "trietest_secureTrie"]


def read(name: str) -> dict[str, Any]:
    with tarfile.open(vectors("ethereum", "ethereum-tests.tar.gz")) as archive:
        member = archive.extractfile(f"ethereum-tests/TrieTests/{name}.json")
        assert member is not None
        found: dict[str, Any] = json.loads(member.read())
        return found


def text(value: str) -> bytes:
    return bytes.fromhex(value[2:]) if value.startswith("0x") else value.encode()


@pytest.mark.parametrize("name", FILES)
def test_official_tries_have_their_roots(name: str) -> None:
    for title, case in read(name).items():
        content: dict[bytes, bytes] = {}
        for key, value in case["in"].items() if isinstance(case["in"], dict) else case["in"]:
            where = keccak256(text(key)) if "secure" in name else text(key)
            content[where] = b"" if value is None else text(value)
        root = trie_root(content)
        assert root.hex() == case["root"][2:], title
        for key, value in content.items():
            assert verify_trie_proof(root, key, trie_proof(content, key)) == (value or None)


KEYS = st.one_of(st.binary(min_size=1, max_size=3), st.binary(min_size=32, max_size=32))


@settings(max_examples=60, deadline=None)
@given(contents=st.dictionaries(KEYS, st.binary(min_size=1, max_size=40), max_size=30), key=KEYS)
def test_any_trie_agrees_with_the_reference_and_proves_itself(contents: dict[bytes, bytes], key: bytes) -> None:
    reference: Any = HexaryTrie({})
    for name, value in contents.items():
        reference[name] = value
    assert trie_root(contents) == reference.root_hash
    proof = trie_proof(contents, key)
    nodes = [rlp_library.encode(node) for node in reference.get_proof(key)]
    # The reference also lists nodes that are embedded in their parents.
    assert list(proof) == [node for place, node in enumerate(nodes) if place == 0 or len(node) >= 32] or not contents
    assert verify_trie_proof(reference.root_hash, key, proof) == contents.get(key)


@settings(max_examples=30, deadline=None)
@given(items=st.lists(st.binary(min_size=1, max_size=60), max_size=150), data=st.data())
def test_lists_are_proven_by_index_and_so_is_their_end(items: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(items)))
    root = ordered_trie_root(items)
    proven = verify_trie_proof(root, index_key(index), ordered_trie_proof(items, index))
    assert proven == (items[index] if index < len(items) else None)
    assert (root == EMPTY_TRIE_ROOT) == (not items)
