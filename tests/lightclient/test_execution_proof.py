import copy
import json
from typing import Any

import pytest
import rlp as rlp_library
from hypothesis import given, settings
from hypothesis import strategies as st
from trie.hexary import HexaryTrie

from lightclient.errors import PeerError
from lightclient.execution import rlp
from lightclient.execution.block_errors import WrongFieldCount
from lightclient.execution.errors import (
    IncompleteProof,
    MalformedAnswer,
    MalformedRlp,
    OverlongProof,
    WrongBlockHash,
    WrongCode,
    WrongNodeHash,
    WrongProofAddress,
    WrongProofKeys,
    WrongProofValue,
)
from lightclient.execution.header import verify_header
from lightclient.execution.json_fields import data, quantity
from lightclient.execution.proof import ABSENT, verify_account_proof, verify_code, verify_proof_answer
from lightclient.execution.trie import EMPTY_TRIE_ROOT, keccak256, verify_trie_proof
from tests.vectors import vectors

Json = dict[str, Any]


def mainnet(name: str) -> Json:
    found: Json = json.loads(vectors("mainnet", "execution-proofs", "rpc", name).read_text())
    return found


def devnet(name: str) -> Json:
    found: Json = json.loads(vectors("beacon-devnets", "minimal-electra", name).read_text())
    return found


def state_root() -> bytes:
    return unhex(mainnet("block.json")["stateRoot"])


def unhex(text: str) -> bytes:
    return bytes.fromhex(text[2:])


def keys_of(answer: Json) -> list[bytes]:
    return [int(entry["key"], 16).to_bytes(32, "big") for entry in answer["storageProof"]]


@pytest.mark.parametrize("name", ["proof.json", "block_miner_proof.json"])
def test_mainnet_answers_verify(name: str) -> None:
    answer = mainnet(name)
    proven = verify_proof_answer(answer, state_root=state_root(), address=unhex(answer["address"]), keys=keys_of(answer))
    assert proven.exists
    assert proven.account.balance == int(answer["balance"], 16)
    assert proven.storage == tuple(int(entry["value"], 16) for entry in answer["storageProof"])


def test_another_accounts_valid_proof_under_the_same_root_is_refused() -> None:
    contract, miner = mainnet("proof.json"), mainnet("block_miner_proof.json")
    with pytest.raises(WrongProofAddress) as refusal:
        verify_proof_answer(miner, state_root=state_root(), address=unhex(contract["address"]), keys=[])
    assert refusal.value.answered == unhex(miner["address"])
    relabelled = miner | {"address": contract["address"]}
    with pytest.raises(PeerError):
        verify_proof_answer(relabelled, state_root=state_root(), address=unhex(contract["address"]), keys=[])


@pytest.mark.parametrize("name", ["el_finalized_block_proof.json", "el_tx_block_receipt_proof.json"])
def test_devnet_blocks_and_proofs_verify(name: str) -> None:
    recording = devnet(name)
    header = verify_header(recording["block"], unhex(recording["block"]["hash"]))
    answer = recording["proof"]
    proven = verify_proof_answer(answer, state_root=header.state_root, address=unhex(answer["address"]), keys=keys_of(answer))
    assert proven.storage == tuple(int(entry["value"], 16) for entry in answer["storageProof"])
    assert header.number == int(recording["block"]["number"], 16)


@settings(deadline=None)
@given(
    contents=st.dictionaries(st.binary(min_size=1, max_size=3), st.binary(min_size=1, max_size=40), min_size=1, max_size=40),
    key=st.binary(min_size=1, max_size=3),
)
def test_proofs_of_presence_and_absence_agree_with_the_reference_trie(contents: dict[bytes, bytes], key: bytes) -> None:
    hashed = {keccak256(name): value for name, value in contents.items()}
    trie: Any = HexaryTrie({})
    for name, value in hashed.items():
        trie[name] = value
    wanted = keccak256(key)
    proof = [rlp_library.encode(node) for node in trie.get_proof(wanted)]
    assert verify_trie_proof(trie.root_hash, wanted, proof) == hashed.get(wanted)


def test_an_absent_account_is_proven_absent() -> None:
    answer = {"address": "0x" + "00" * 20, "accountProof": [], "storageProof": [], "nonce": "0x0", "balance": "0x0"}
    answer |= {"codeHash": "0x" + "00" * 32, "storageHash": "0x" + EMPTY_TRIE_ROOT.hex()}
    for nodes in ([], ["0x80"]):
        proven = verify_proof_answer(answer | {"accountProof": nodes}, state_root=EMPTY_TRIE_ROOT, address=bytes(20), keys=[])
        assert (proven.exists, proven.account) == (False, ABSENT)
    with pytest.raises(WrongProofValue):
        verify_proof_answer(answer | {"balance": "0x1"}, state_root=EMPTY_TRIE_ROOT, address=bytes(20), keys=[])


@settings(deadline=None)
@given(st.recursive(st.binary(max_size=70), lambda inner: st.lists(inner, max_size=5), max_leaves=12))
def test_rlp_agrees_with_the_reference(item: Any) -> None:
    assert rlp.encode(item) == rlp_library.encode(item)
    assert rlp.decode(rlp.encode(item)) == item


@pytest.mark.parametrize(
    "text", ["", "00ff", "8100", "b800", "b80101", "b90001ff", "c1", "82ff", "f800", "b8", "c2c1", "c0" * 2, "c1" * 12 + "c0"]
)
def test_rlp_that_is_not_canonical_is_refused(text: str) -> None:
    with pytest.raises(MalformedRlp):
        rlp.decode(bytes.fromhex(text))


REFUSALS: list[tuple[str, Any, type[PeerError]]] = [
    ("nonce", "0x2", WrongProofValue),
    ("balance", "0x1", WrongProofValue),
    ("codeHash", "0x" + "00" * 32, WrongProofValue),
    ("storageHash", "0x" + "11" * 32, WrongProofValue),
    ("balance", "12", MalformedAnswer),
    ("balance", None, MalformedAnswer),
    ("balance", "0x" + "f" * 65, MalformedAnswer),
    ("accountProof", {}, MalformedAnswer),
    ("accountProof", [], IncompleteProof),
    ("accountProof", ["0x" + "00" * 2000], MalformedAnswer),
    ("accountProof", ["0x00"] * 67, OverlongProof),
    ("storageProof", None, MalformedAnswer),
    ("address", "0x00", MalformedAnswer),
]


@pytest.mark.parametrize(("field", "value", "refusal"), REFUSALS)
def test_an_altered_field_is_refused_by_name(field: str, value: Any, refusal: type[PeerError]) -> None:
    answer = mainnet("proof.json")
    with pytest.raises(refusal):
        verify_proof_answer(answer | {field: value}, state_root=state_root(), address=unhex(answer["address"]), keys=keys_of(answer))


def test_storage_is_bound_to_the_keys_asked_for_and_their_order() -> None:
    answer = mainnet("proof.json")
    address, keys = unhex(answer["address"]), keys_of(answer)
    with pytest.raises(WrongProofKeys):
        verify_proof_answer(answer, state_root=state_root(), address=address, keys=[*keys[:-1], bytes(31) + b"\x77"])
    with pytest.raises(WrongProofKeys):
        verify_proof_answer(answer, state_root=state_root(), address=address, keys=[*keys, bytes(32)])
    with pytest.raises(OverlongProof):
        verify_proof_answer(answer, state_root=state_root(), address=address, keys=keys[:-1])
    altered = copy.deepcopy(answer)
    altered["storageProof"][0]["value"] = "0x1"
    with pytest.raises(WrongProofValue):
        verify_proof_answer(altered, state_root=state_root(), address=address, keys=keys)


def test_nodes_are_bound_to_the_root_and_nothing_may_be_missing_or_left_over() -> None:
    answer = mainnet("proof.json")
    address = unhex(answer["address"])
    nodes = [unhex(node) for node in answer["accountProof"]]
    with pytest.raises(WrongNodeHash):
        verify_account_proof(bytes(32), address, nodes)
    with pytest.raises(IncompleteProof):
        verify_account_proof(state_root(), address, nodes[:-1])
    with pytest.raises(OverlongProof):
        verify_account_proof(state_root(), address, [*nodes, nodes[-1]])
    for index, node in enumerate(nodes):
        flipped = node[:-1] + bytes([node[-1] ^ 1])
        with pytest.raises(WrongNodeHash) as refusal:
            verify_account_proof(state_root(), address, [*nodes[:index], flipped, *nodes[index + 1 :]])
        assert refusal.value.depth == index


def test_code_is_known_by_its_hash() -> None:
    account = ABSENT
    assert verify_code(b"", account) == b""
    with pytest.raises(WrongCode):
        verify_code(b"\x00", account)


def test_a_mainnet_header_hashes_to_its_block() -> None:
    block = mainnet("block.json")
    assert verify_header(block, unhex(block["hash"])).state_root == state_root()


@pytest.mark.parametrize("field", ["stateRoot", "number", "miner", "extraData", "baseFeePerGas", "parentBeaconBlockRoot"])
def test_an_altered_header_is_refused(field: str) -> None:
    block = mainnet("block.json")
    altered = block | {field: "0x" + ("0" if block[field][-1] != "0" else "1") * (len(block[field]) - 2)}
    with pytest.raises(WrongBlockHash):
        verify_header(altered, unhex(block["hash"]))
    with pytest.raises((WrongBlockHash, MalformedAnswer, WrongFieldCount)):
        verify_header({name: value for name, value in block.items() if name != field}, unhex(block["hash"]))


def test_keccak_is_ethereums() -> None:
    assert keccak256(b"").hex() == "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"


def test_servers_spellings_are_tolerated_where_they_change_nothing() -> None:
    answer = devnet("el_finalized_block_proof.json")
    root, proof = unhex(answer["block"]["stateRoot"]), answer["proof"]
    address = unhex(proof["address"])
    expected = verify_proof_answer(proof, state_root=root, address=address, keys=[bytes(32)])
    entry = proof["storageProof"][0]
    for key in ("0x", "0x0", "0x00", "0x" + "00" * 32, 0):
        spelt = proof | {"storageProof": [entry | {"key": key, "value": "0x" + entry["value"][2:].rjust(64, "0")}]}
        assert verify_proof_answer(spelt, state_root=root, address=address, keys=[bytes(32)]) == expected
    renamed = {("storageRoot" if name == "storageHash" else name): value for name, value in proof.items()}
    upper = renamed | {"address": "0x" + proof["address"][2:].upper()}
    assert verify_proof_answer(upper, state_root=root, address=address, keys=[bytes(32)]) == expected
    for wrong in (False, -1, 1 << 256, 1.0):
        with pytest.raises(MalformedAnswer):
            verify_proof_answer(proof | {"storageProof": [entry | {"key": wrong}]}, state_root=root, address=address, keys=[bytes(32)])


def test_the_hash_of_nothing_may_be_written_as_zero_and_no_other() -> None:
    answer = mainnet("block_miner_proof.json")
    address = unhex(answer["address"])
    nothing = answer | {"codeHash": "0x" + "00" * 32, "storageHash": "0x" + "00" * 32}
    assert verify_proof_answer(nothing, state_root=state_root(), address=address, keys=[]).exists
    contract = mainnet("proof.json")
    for field in ("codeHash", "storageHash"):
        with pytest.raises(WrongProofValue):
            verify_proof_answer(
                contract | {field: "0x" + "00" * 32}, state_root=state_root(), address=unhex(contract["address"]), keys=keys_of(contract)
            )


@pytest.mark.parametrize("text", ["0x1 2", "0x12 ", "0x1_2", "0x+1", "0x\uff11\uff12", "0x123", "12", "0X12", "0xzz", 18, None, b"0x12"])
def test_bytes_are_hexadecimal_and_nothing_that_python_would_let_pass(text: Any) -> None:
    with pytest.raises(MalformedAnswer):
        data(text, "field")


@pytest.mark.parametrize("text", ["0x1 ", "0x1_2", "0x+1", "0x-1", "0x\uff11", "12", "0X12", "0xzz", 18, None, "0x1" + "0" * 64])
def test_quantities_are_hexadecimal_and_nothing_that_python_would_let_pass(text: Any) -> None:
    with pytest.raises(MalformedAnswer):
        quantity(text, "field")
