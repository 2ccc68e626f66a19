import gzip
import json
import tarfile
from functools import cache
from typing import Any

import pytest
import rlp as rlp_library
from eth_account import Account
from hypothesis import given, settings
from hypothesis import strategies as st

from lightclient.errors import PeerError
from lightclient.execution import rlp
from lightclient.execution.block_errors import (
    MalformedTransaction,
    TooMany,
    TransactionsNotFull,
    UnindexedEntry,
    UnrecoverableSender,
    UnsupportedTransactionType,
    WrongBlockReference,
    WrongSender,
    WrongTransactionHash,
    WrongTransactionIndex,
    WrongTransactionsRoot,
)
from lightclient.execution.errors import MalformedAnswer, MalformedRlp, WrongNodeHash
from lightclient.execution.render import transaction_to_json
from lightclient.execution.transactions import (
    Transaction,
    check_placed,
    decode_pooled_transaction,
    decode_transaction,
    transaction_from_json,
    transactions_proof,
    verify_transaction_in_block,
    verify_transactions,
)
from lightclient.execution.trie import keccak256
from tests.lightclient.execution.chain import Json, mainnet, stored_chain, unhex
from tests.vectors import vectors

KEY = b"\x07" * 32
SIGNER = Account.from_key(KEY)


def ethers() -> list[Any]:
    with tarfile.open(vectors("ethereum", "ethers.tar.gz")) as archive:
        member = archive.extractfile("ethers/typed-transactions.json.gz")
        assert member is not None
        cases: list[Any] = json.loads(gzip.decompress(member.read()))
        return cases


def test_official_signed_transactions_name_their_signers() -> None:
    kinds = set()
    for case in ethers()[::7]:
        found = decode_transaction(unhex(case["signed"]))
        assert found.sender == unhex(case["address"]), case["name"]
        assert found.hash == keccak256(unhex(case["signed"]))
        kinds.add(found.kind)
        assert found.data == unhex(case["tx"].get("data", "0x"))
        assert found.value == int(case["tx"].get("value", "0x0"), 16)
    assert kinds >= {1, 2}


def signed(**fields: Any) -> bytes:
    base = {"nonce": 3, "gas": 90_000, "to": b"\x11" * 20, "value": 5, "data": b"\x01\x02", "chainId": 1}
    return bytes(SIGNER.sign_transaction(base | fields).raw_transaction)


FEES = {"maxFeePerGas": 9, "maxPriorityFeePerGas": 2}
ACCESS = {"accessList": [{"address": "0x" + "22" * 20, "storageKeys": [0, 5]}]}
BLOBS = {"maxFeePerBlobGas": 7, "blobVersionedHashes": [b"\x01" + bytes(31)]}


@cache
def of_every_type() -> dict[int, bytes]:
    authorization = SIGNER.sign_authorization({"chainId": 1, "address": b"\x33" * 20, "nonce": 8})
    return {
        0: signed(gasPrice=10),
        1: signed(gasPrice=10, type=1, **ACCESS),
        2: signed(type=2, **FEES, **ACCESS),
        3: signed(type=3, **FEES, **ACCESS, **BLOBS),
        4: signed(type=4, **FEES, **ACCESS, authorizationList=[authorization]),
    }


@pytest.mark.parametrize("kind", range(5))
def test_every_type_is_the_same_in_bytes_and_json(kind: int) -> None:
    raw = of_every_type()[kind]
    found = decode_transaction(raw)
    assert (found.kind, found.sender, found.chain_id) == (kind, bytes.fromhex(SIGNER.address[2:]), 1)
    assert (found.nonce, found.gas, found.value, found.data, found.to) == (3, 90_000, 5, b"\x01\x02", b"\x11" * 20)
    header = stored_chain()[0].header(3)
    answer = transaction_to_json(found, 4, header)
    assert transaction_from_json(answer) == found
    assert transaction_from_json({("data" if name == "input" else name): value for name, value in answer.items()}) == found
    check_placed(answer, found, 4, header)


def test_transactions_from_before_chain_ids_and_creations_are_read() -> None:
    old = bytes(SIGNER.sign_transaction({"nonce": 0, "gas": 60_000, "gasPrice": 1, "to": b"", "value": 0, "data": b"\0"}).raw_transaction)
    found = decode_transaction(old)
    assert (found.chain_id, found.to) == (None, None)
    assert found.created_address() == keccak256(rlp_library.encode([found.sender, 0]))[12:]


def test_a_mainnet_transaction_is_rebuilt_from_its_json() -> None:
    answer = mainnet("transaction.json")
    found = transaction_from_json(answer)
    assert (found.hash, found.sender) == (unhex(answer["hash"]), unhex(answer["from"]))


@pytest.mark.parametrize("field", ["gas", "nonce", "value", "input", "to", "maxFeePerGas", "chainId", "accessList", "r", "s"])
def test_an_altered_transaction_is_refused(field: str) -> None:
    answer = mainnet("transaction.json")
    other: Any = [{"address": "0x" + "22" * 20, "storageKeys": []}] if field == "accessList" else "0x" + "12" * 20
    if field not in {"to", "input", "accessList"}:
        other = "0x12"
    with pytest.raises((WrongTransactionHash, UnrecoverableSender)):
        transaction_from_json(answer | {field: other})
    with pytest.raises(MalformedAnswer):
        transaction_from_json(answer | {field: 5})


def test_another_sender_is_refused() -> None:
    answer = mainnet("transaction.json")
    with pytest.raises(WrongSender) as refusal:
        transaction_from_json(answer | {"from": "0x" + "00" * 20})
    assert refusal.value.proven == answer["from"]


@pytest.mark.parametrize("kind", [5, 0x7E, 0x7F])
def test_unknown_types_are_refused(kind: int) -> None:
    with pytest.raises(UnsupportedTransactionType):
        decode_transaction(bytes([kind]) + b"\xc0")
    with pytest.raises(UnsupportedTransactionType):
        transaction_from_json(mainnet("transaction.json") | {"type": hex(kind)})


@pytest.mark.parametrize("raw", [b"", b"\0\xc0", b"\x80"])
def test_bytes_that_begin_like_no_transaction_are_refused(raw: bytes) -> None:
    with pytest.raises(UnsupportedTransactionType):
        decode_transaction(raw)


def altered(kind: int, place: int, value: Any) -> bytes:
    raw = of_every_type()[kind]
    items: Any = rlp.decode(raw[1:] if kind else raw)
    items[place] = value
    return (bytes([kind]) if kind else b"") + rlp.encode(items)


MALFORMED = {
    "field left out": (b"\x02" + rlp.encode([b""] * 11), MalformedTransaction),
    "short address": (altered(2, 5, b"\x11" * 19), MalformedTransaction),
    "blob transaction that creates": (altered(3, 5, b""), MalformedTransaction),
    "leading zero": (altered(2, 1, b"\0\1"), MalformedRlp),
    "access list of bytes": (altered(1, 7, b"\1"), MalformedTransaction),
    "access list entry of one part": (altered(1, 7, [[b"\x22" * 20]]), MalformedTransaction),
    "short storage key": (altered(1, 7, [[b"\x22" * 20, [b"\1"]]]), MalformedTransaction),
    "calldata as a list": (altered(0, 5, [b"\1"]), MalformedTransaction),
    "short blob hash": (altered(3, 10, [b"\1"]), MalformedTransaction),
    "authorization of five parts": (altered(4, 9, [[b"", b"\x33" * 20, b"", b"", b""]]), MalformedTransaction),
    "impossible v": (altered(0, 6, b"\x1e"), MalformedTransaction),
    "parity two": (altered(2, 9, b"\2"), UnrecoverableSender),
    "r zero": (altered(2, 10, b""), UnrecoverableSender),
    "r beyond the order": (altered(2, 10, b"\xff" * 32), UnrecoverableSender),
    "trailing byte": (of_every_type()[2] + b"\0", MalformedRlp),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_transactions_are_refused_by_name(name: str) -> None:
    raw, refusal = MALFORMED[name]
    with pytest.raises(refusal):
        decode_transaction(raw)


def test_blobs_around_a_transaction_do_not_change_its_hash() -> None:
    raw = of_every_type()[3]
    wrapped = b"\x03" + rlp.encode([rlp.decode(raw[1:]), b"\1", [bytes(64)], [bytes(48)], [bytes(48)]])
    assert decode_pooled_transaction(wrapped) == decode_pooled_transaction(raw) == decode_transaction(raw)
    with pytest.raises(MalformedTransaction):
        decode_transaction(wrapped)


def block_of_five() -> tuple[Json, tuple[Transaction, ...]]:
    server, _ = stored_chain()
    block = server.block(3)
    return block, verify_transactions(block["transactions"], server.header(3))


def test_a_blocks_transactions_are_proven_as_a_list_and_one_by_one() -> None:
    header = stored_chain()[0].header(3)
    _, transactions = block_of_five()
    assert {transaction.kind for transaction in transactions} == {0, 1, 2}
    for index in range(6):
        proof = transactions_proof(transactions, index)
        assert verify_transaction_in_block(index, proof, header) == (transactions[index] if index < 5 else None)
    with pytest.raises(PeerError):
        verify_transaction_in_block(0, transactions_proof(transactions, 1), header)
    with pytest.raises(WrongNodeHash):
        verify_transaction_in_block(0, transactions_proof(transactions[:4], 0), header)


def test_transactions_left_out_added_swapped_or_bare_are_refused() -> None:
    header = stored_chain()[0].header(3)
    answers = block_of_five()[0]["transactions"]
    for wrong in (answers[:4], [*answers, answers[0]], [answers[1], answers[0], *answers[2:]], []):
        with pytest.raises(WrongTransactionsRoot) as refusal:
            verify_transactions(wrong, header)
        assert refusal.value.expected == header.transactions_root
    with pytest.raises(TransactionsNotFull) as bare:
        verify_transactions([answers[0], answers[1]["hash"]], header)
    assert bare.value.index == 1
    with pytest.raises(TooMany):
        verify_transactions(answers * 100, header)
    with pytest.raises(MalformedAnswer):
        verify_transactions(None, header)


PLACES: list[tuple[str, Any, type[PeerError]]] = [
    ("blockHash", "0x" + "00" * 32, WrongBlockReference),
    ("blockNumber", "0x4", WrongBlockReference),
    ("transactionIndex", "0x4", WrongTransactionIndex),
    ("blockHash", None, UnindexedEntry),
    ("blockNumber", None, UnindexedEntry),
    ("transactionIndex", None, UnindexedEntry),
]


@pytest.mark.parametrize(("field", "value", "refusal"), PLACES)
def test_a_transaction_that_says_it_belongs_elsewhere_is_refused(field: str, value: Any, refusal: type[PeerError]) -> None:
    header = stored_chain()[0].header(3)
    block, transactions = block_of_five()
    answer = block["transactions"][2] | {field: value}
    with pytest.raises(refusal):
        verify_transactions([*block["transactions"][:2], answer, *block["transactions"][3:]], header)
    with pytest.raises(refusal):
        check_placed(answer, transactions[2], 2, header)


def test_the_answer_about_one_transaction_is_that_transaction() -> None:
    header = stored_chain()[0].header(3)
    block, transactions = block_of_five()
    check_placed(block["transactions"][2], transactions[2], 2, header)
    with pytest.raises(UnindexedEntry):
        check_placed(None, transactions[2], 2, header)
    with pytest.raises(WrongTransactionHash):
        check_placed(block["transactions"][1], transactions[2], 2, header)


@settings(max_examples=60, deadline=None)
@given(place=st.integers(0, 4000), bit=st.integers(0, 7), kind=st.integers(0, 4))
def test_any_flipped_bit_is_another_transaction_or_none(place: int, bit: int, kind: int) -> None:
    raw = bytearray(of_every_type()[kind])
    raw[place % len(raw)] ^= 1 << bit
    try:
        found = decode_transaction(bytes(raw))
    except PeerError:
        return
    assert found.raw == bytes(raw)
    assert found.hash != keccak256(of_every_type()[kind])
