import json
from collections.abc import Callable
from functools import partial
from typing import Any

import eth_abi
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracle.errors import EmptyTreeError, FieldRangeError, MalformedDocumentError, MalformedProofError, RootMismatchError
from oracle.keccak import keccak256
from oracle.merkle import MAX_PROOF_DEPTH, MultiProof, StandardMerkleTree, require_root, root_from_multiproof, root_from_proof
from oracle.merkle_dump import Value, dump, load
from tests.vectors import vectors

LEAVES = st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=40)


def abi_leaf(encoding: list[str], value: Value) -> bytes:
    convert: dict[str, Callable[[str], Any]] = {"address": str, "bytes32": lambda text: bytes.fromhex(text[2:])}
    typed = [convert.get(kind, int)(item) for kind, item in zip(encoding, value, strict=True)]
    return keccak256(keccak256(eth_abi.encode(encoding, typed)))  # type: ignore[attr-defined]


@pytest.fixture(params=["tree-1.json", "tree-5.json"])
def vector(request: pytest.FixtureRequest) -> dict[str, Any]:
    return json.loads(vectors("eas", "merkle", request.param).read_text())  # type: ignore[no-any-return]


def test_trees_of_openzeppelin_load_and_dump_unchanged(vector: dict[str, Any]) -> None:
    encoding = vector["dump"]["leafEncoding"]
    tree = load(vector["dump"], partial(abi_leaf, encoding))
    assert tree.root.hex() == vector["root"][2:]
    assert dump(tree, encoding, [entry["value"] for entry in vector["dump"]["values"]]) == vector["dump"]


def test_proofs_are_those_of_openzeppelin(vector: dict[str, Any]) -> None:
    tree = load(vector["dump"], partial(abi_leaf, vector["dump"]["leafEncoding"]))
    for case in vector["proofs"]:
        steps = [bytes.fromhex(step[2:]) for step in case["proof"]]
        assert (root_from_proof(bytes.fromhex(case["leafHash"][2:]), steps) == tree.root) is case["valid"]
        if case["valid"]:
            assert list(tree.proof(case["index"])) == steps


def test_a_multiproof_is_that_of_openzeppelin() -> None:
    vector = json.loads(vectors("eas", "merkle", "tree-5.json").read_text())
    encoding, expected = vector["dump"]["leafEncoding"], vector["multiProof"]
    tree = load(vector["dump"], partial(abi_leaf, encoding))
    indices = [[entry["value"] for entry in vector["dump"]["values"]].index(leaf) for leaf in expected["leaves"]]
    ours = tree.multiproof(indices)
    assert [f"0x{step.hex()}" for step in ours.proof] == expected["proof"]
    assert list(ours.flags) == expected["proofFlags"]
    assert list(ours.leaves) == [abi_leaf(encoding, leaf) for leaf in expected["leaves"]]


@pytest.mark.parametrize("damage", ["format", "tree", "values", "positions", "root"])
def test_a_damaged_dump_is_refused(damage: str) -> None:
    document = json.loads(vectors("eas", "merkle", "tree-5.json").read_text())["dump"]
    match damage:
        case "format":
            document["format"] = "simple-v1"
        case "tree":
            document["tree"][1] = document["tree"][2]
        case "values":
            del document["values"][0]["value"]
        case "positions":
            document["values"][0]["treeIndex"] = 0
        case _:
            document["tree"][0] = document["tree"][1]
    with pytest.raises((MalformedDocumentError, RootMismatchError)):
        load(document, partial(abi_leaf, document["leafEncoding"]))


@given(LEAVES, st.data())
def test_every_leaf_is_proven_and_no_other(leaves: list[bytes], data: st.DataObject) -> None:
    tree = StandardMerkleTree.of(leaves)
    index = data.draw(st.integers(0, len(leaves) - 1))
    assert root_from_proof(leaves[index], tree.proof(index)) == tree.root
    flipped = bytes([leaves[index][0] ^ 1]) + leaves[index][1:]
    with pytest.raises(RootMismatchError):
        require_root(root_from_proof(flipped, tree.proof(index)), tree.root)


@given(LEAVES, st.data())
def test_every_set_of_leaves_has_a_multiproof(leaves: list[bytes], data: st.DataObject) -> None:
    tree = StandardMerkleTree.of(leaves)
    chosen = data.draw(st.lists(st.integers(0, len(leaves) - 1), unique=True))
    multiproof = tree.multiproof(chosen)
    assert root_from_multiproof(multiproof) == tree.root
    assert sorted(multiproof.leaves) == sorted(leaves[index] for index in chosen)


@given(LEAVES)
def test_the_root_does_not_depend_on_the_order(leaves: list[bytes]) -> None:
    assert StandardMerkleTree.of(leaves).root == StandardMerkleTree.of(leaves[::-1]).root


def test_wrong_use_is_refused() -> None:
    with pytest.raises(EmptyTreeError):
        StandardMerkleTree.of([])
    with pytest.raises(FieldRangeError):
        StandardMerkleTree.of([bytes(31)])
    with pytest.raises(MalformedProofError):
        StandardMerkleTree.of([bytes(32), bytes(32)]).multiproof([0, 0])


def test_a_proof_deeper_than_any_tree_is_refused() -> None:
    with pytest.raises(MalformedProofError):
        root_from_proof(bytes(32), [bytes(32)] * (MAX_PROOF_DEPTH + 1))


@pytest.mark.parametrize(
    "proof",
    [
        MultiProof((bytes(32),), (bytes(32),), ()),
        MultiProof((), (bytes(32), bytes(32)), (True,)),
        MultiProof((bytes(32), bytes(32)), (bytes(32),), (True, True)),
        # CVE-2023-34459: all flags true, so that a hash of the proof would stay unused.
        MultiProof((bytes(32), bytes(32), bytes(32), bytes(32)), (), (True, False, True)),
    ],
)
def test_a_malformed_multiproof_is_refused(proof: MultiProof) -> None:
    with pytest.raises(MalformedProofError):
        root_from_multiproof(proof)
