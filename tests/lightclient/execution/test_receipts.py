import copy
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lightclient.errors import PeerError
from lightclient.execution import rlp
from lightclient.execution.block_errors import (
    RemovedLog,
    TooMany,
    UnindexedEntry,
    UnsupportedTransactionType,
    WrongBlockReference,
    WrongBloom,
    WrongCount,
    WrongLog,
    WrongLogIndex,
    WrongReceiptField,
    WrongReceiptsRoot,
    WrongTransactionHash,
    WrongTransactionIndex,
)
from lightclient.execution.bloom import bloom_of, may_contain
from lightclient.execution.errors import IncompleteProof, MalformedAnswer, MalformedRlp, WrongNodeHash
from lightclient.execution.header import ExecutionHeader, verify_header
from lightclient.execution.ordered_trie import ordered_trie_root
from lightclient.execution.receipt import Log, Receipt, decode_receipt
from lightclient.execution.receipt_answers import check_log_place
from lightclient.execution.receipts import check_receipt, receipts_proof, verify_receipt_in_block, verify_receipts
from lightclient.execution.render import receipt_to_json
from lightclient.execution.transactions import Transaction, verify_transactions
from tests.lightclient.execution.chain import Json, mainnet, recorded, stored_chain, unhex


@cache
def mainnet_block() -> tuple[ExecutionHeader, tuple[Receipt, ...]]:
    block = mainnet("block.json")
    header = verify_header(block, unhex(block["hash"]))
    return header, verify_receipts(mainnet("receipts.json"), header)


def test_a_mainnet_blocks_202_receipts_are_proven() -> None:
    header, receipts = mainnet_block()
    answers = mainnet("receipts.json")
    assert len(receipts) == 202
    assert receipts[-1].cumulative_gas_used == header.gas_used
    assert [receipt.gas_used for receipt in receipts] == [int(answer["gasUsed"], 16) for answer in answers]
    assert {receipt.kind for receipt in receipts} >= {0, 2}
    check_receipt(mainnet("receipt.json"), receipts[0x27], header)


def test_receipts_are_proven_one_by_one_as_colibri_and_helios_record_it() -> None:
    header, receipts = mainnet_block()
    for name in ("receipt.json", "logs.json"):
        recording = recorded("mainnet", "execution-proofs", "verifiable_api", name)
        entry = recording if name == "receipt.json" else next(iter(recording["receiptProofs"].values()))
        proof = [unhex(node) for node in entry["receiptProof"]]
        assert tuple(proof) == receipts_proof(receipts, 0x27)
        proven = verify_receipt_in_block(0x27, proof, header)
        assert proven is not None
        assert proven.encoding() == receipts[0x27].encoding()
        with pytest.raises((WrongNodeHash, IncompleteProof)):
            verify_receipt_in_block(0x27, proof[1:], header)
        with pytest.raises(PeerError):
            verify_receipt_in_block(0x28, proof, header)
    assert verify_receipt_in_block(202, receipts_proof(receipts, 202), header) is None


@pytest.mark.parametrize("name", ["el_tx_block_receipt_proof.json"])
def test_a_recorded_devnet_receipt_is_proven(name: str) -> None:
    recording = recorded("beacon-devnets", "minimal-electra", name)
    header = verify_header(recording["block"], unhex(recording["block"]["hash"]))
    receipts = verify_receipts(recording["blockReceipts"], header)
    check_receipt(recording["receipt"], receipts[0], header)


def own_block() -> tuple[ExecutionHeader, tuple[Transaction, ...], list[Json]]:
    server, _ = stored_chain()
    header = server.header(3)
    return header, verify_transactions(server.block(3)["transactions"], header), server.receipts(3)


def test_with_transactions_everything_that_follows_is_proven_and_can_be_shown_again() -> None:
    header, transactions, answers = own_block()
    receipts = verify_receipts(answers, header, transactions)
    assert [receipt.transaction for receipt in receipts] == list(transactions)
    for answer, receipt in zip(answers, receipts, strict=True):
        shown = receipt_to_json(receipt, header)
        known = {name: value for name, value in shown.items() if name != "logs"}
        assert known == {name: answer[name] for name in known}
        check_receipt(shown, receipt, header)
    assert verify_receipts([receipt_to_json(receipt, header) for receipt in receipts], header, transactions) == receipts


def test_a_creation_names_its_contract() -> None:
    server, contract = stored_chain()
    header = server.header(1)
    transactions = verify_transactions(server.block(1)["transactions"], header)
    receipts = verify_receipts(server.receipts(1), header, transactions)
    assert receipt_to_json(receipts[0], header)["contractAddress"] == f"0x{contract.hex()}"
    for wrong in (None, "0x" + "00" * 20):
        with pytest.raises(WrongReceiptField):
            verify_receipts([server.receipts(1)[0] | {"contractAddress": wrong}], header, transactions)


CHANGES: list[tuple[str, Any, type[PeerError]]] = [
    ("status", "0x0", WrongReceiptsRoot),
    ("cumulativeGasUsed", "0x1", WrongReceiptsRoot),
    ("type", "0x3", WrongReceiptsRoot),
    ("logs", [], WrongReceiptsRoot),
    ("logsBloom", "0x" + "00" * 256, WrongReceiptsRoot),
    ("type", "0x5", UnsupportedTransactionType),
    ("status", "0x2", MalformedAnswer),
    ("status", None, MalformedAnswer),
    ("logs", None, MalformedAnswer),
    ("logs", [None], UnindexedEntry),
    ("logs", [{}] * 10**5, TooMany),
    ("blockHash", "0x" + "11" * 32, WrongBlockReference),
    ("blockHash", None, UnindexedEntry),
    ("blockNumber", "0x1", WrongBlockReference),
    ("blockNumber", None, UnindexedEntry),
    ("transactionIndex", "0x0", WrongTransactionIndex),
    ("transactionIndex", None, UnindexedEntry),
    ("gasUsed", "0x1", WrongReceiptField),
    ("transactionHash", "0x" + "11" * 32, WrongTransactionHash),
    ("transactionHash", None, UnindexedEntry),
    ("from", "0x" + "11" * 20, WrongReceiptField),
    ("to", None, WrongReceiptField),
    ("to", "0x" + "11" * 20, WrongReceiptField),
    ("contractAddress", "0x" + "11" * 20, WrongReceiptField),
    ("effectiveGasPrice", "0x1", WrongReceiptField),
    ("blobGasUsed", "0x20000", WrongReceiptField),
]


@pytest.mark.parametrize(("field", "value", "refusal"), CHANGES)
def test_an_altered_receipt_is_refused_by_name(field: str, value: Any, refusal: type[PeerError]) -> None:
    header, transactions, answers = own_block()
    answers[4] = answers[4] | {field: value}
    with pytest.raises(refusal):
        verify_receipts(answers, header, transactions)


LOG_CHANGES: list[tuple[str, Any, type[PeerError]]] = [
    ("logIndex", "0x7", WrongLogIndex),
    ("logIndex", None, UnindexedEntry),
    ("transactionIndex", "0x0", WrongTransactionIndex),
    ("transactionIndex", None, UnindexedEntry),
    ("transactionHash", "0x" + "11" * 32, WrongTransactionHash),
    ("transactionHash", None, UnindexedEntry),
    ("blockHash", "0x" + "11" * 32, WrongBlockReference),
    ("blockHash", None, UnindexedEntry),
    ("blockNumber", "0x1", WrongBlockReference),
    ("removed", True, RemovedLog),
    ("removed", [], RemovedLog),
    ("address", "0x" + "11" * 20, WrongReceiptsRoot),
    ("data", "0x", WrongReceiptsRoot),
    ("data", "0x" + "00" * 100_000, MalformedAnswer),
    ("topics", [], WrongReceiptsRoot),
    ("topics", ["0x" + "11" * 32] * 5, MalformedAnswer),
    ("topics", None, MalformedAnswer),
]


@pytest.mark.parametrize(("field", "value", "refusal"), LOG_CHANGES)
def test_an_altered_log_is_refused_by_name(field: str, value: Any, refusal: type[PeerError]) -> None:
    header, transactions, answers = own_block()
    altered = copy.deepcopy(answers)
    altered[4]["logs"][0][field] = value
    with pytest.raises(refusal):
        verify_receipts(altered, header, transactions)


def test_receipts_left_out_added_or_swapped_are_refused() -> None:
    header, transactions, answers = own_block()
    for wrong in (answers[:4], [*answers, answers[0]]):
        with pytest.raises(WrongCount) as refusal:
            verify_receipts(wrong, header, transactions)
        assert refusal.value.expected == 5
        with pytest.raises(WrongReceiptsRoot):
            verify_receipts(wrong, header)
    with pytest.raises(WrongReceiptsRoot):
        verify_receipts([*answers[:3], answers[4], answers[3]], header)
    with pytest.raises(TooMany):
        verify_receipts(answers * 100, header)
    for null in (None, [*answers[:4], None]):
        with pytest.raises(UnindexedEntry):
            verify_receipts(null, header)
    garbage: Any
    for garbage in ({}, "0x", [[], *answers[1:]], ["0x", *answers[1:]]):
        with pytest.raises(MalformedAnswer):
            verify_receipts(garbage, header)


def test_the_answer_about_one_receipt_is_that_receipt() -> None:
    header, transactions, answers = own_block()
    receipts = verify_receipts(answers, header, transactions)
    with pytest.raises(WrongReceiptField):
        check_receipt(answers[2], receipts[3], header)
    with pytest.raises(UnindexedEntry):
        check_receipt(None, receipts[3], header)
    with pytest.raises(WrongLog):
        check_log_place(answers[2]["logs"][0], "log", receipts[4].logs[0], receipts[4], 0, header)


def consistent(receipt: Receipt, **header: Any) -> ExecutionHeader:
    base = stored_chain()[0].header(3)
    fields = {name: getattr(base, name) for name in base.__dataclass_fields__}
    return ExecutionHeader(**(fields | {"receipts_root": ordered_trie_root([receipt.encoding()])} | header))


def test_a_chain_whose_blooms_lie_is_refused() -> None:
    log = Log(b"\x11" * 20, (b"\x22" * 32,), b"")
    bloom = bloom_of(log.bloom_entries())
    honest = Receipt(2, 1, None, 50_000, bloom, (log,), gas_used=50_000)
    place = {"blockHash": "0x" + stored_chain()[0].header(3).block_hash.hex(), "blockNumber": "0x3", "transactionIndex": "0x0"}
    header = consistent(honest, logs_bloom=bloom, gas_used=50_000)
    logs = [{"address": "0x" + "11" * 20, "topics": ["0x" + "22" * 32], "data": "0x", "logIndex": "0x0", "removed": False} | place]
    fields = {"status": "0x1", "type": "0x2", "cumulativeGasUsed": hex(50_000), "gasUsed": hex(50_000), "logsBloom": f"0x{bloom.hex()}"}
    answer = place | fields | {"logs": logs}
    assert verify_receipts([answer], header) == (honest,)
    with pytest.raises(WrongBloom):
        verify_receipts([answer], consistent(honest, logs_bloom=bytes(256), gas_used=50_000))
    with pytest.raises(WrongReceiptField):
        verify_receipts([answer], consistent(honest, logs_bloom=bloom, gas_used=50_001))
    liar = Receipt(2, 1, None, 50_000, bytes(256), (log,))
    with pytest.raises(WrongBloom) as refusal:
        verify_receipts([answer | {"logsBloom": "0x" + "00" * 256}], consistent(liar, logs_bloom=bytes(256), gas_used=50_000))
    assert refusal.value.computed == bloom
    with pytest.raises(WrongBloom):
        decode_receipt(liar.encoding())
    old = Receipt(0, None, b"\x33" * 32, 50_000, bloom, (log,), gas_used=50_000)
    before_byzantium = {name: value for name, value in answer.items() if name not in {"status", "type"}} | {"root": "0x" + "33" * 32}
    assert verify_receipts([before_byzantium], consistent(old, logs_bloom=bloom, gas_used=50_000)) == (old,)


LOGS = st.builds(
    Log,
    st.binary(min_size=20, max_size=20),
    st.lists(st.binary(min_size=32, max_size=32), max_size=4).map(tuple),
    st.binary(max_size=40),
)


@settings(max_examples=40, deadline=None)
@given(kind=st.integers(0, 4), status=st.integers(0, 1), gas=st.integers(0, 2**40), logs=st.lists(LOGS, max_size=4))
def test_every_receipt_is_the_same_after_encoding(kind: int, status: int, gas: int, logs: list[Log]) -> None:
    bloom = bloom_of(entry for log in logs for entry in log.bloom_entries())
    receipt = Receipt(kind, status, None, gas, bloom, tuple(logs))
    assert decode_receipt(receipt.encoding()) == receipt
    assert all(may_contain(int.from_bytes(bloom, "big"), entry) for log in logs for entry in log.bloom_entries())


def test_encodings_that_are_no_receipt_are_refused() -> None:
    bloom = bytes(256)
    wrong: Any
    for wrong in ([], [b"\1", b"", bloom], [b"\1", b"", bloom, b""], [b"\1\1", b"", bloom, []], [b"\1", b"", b"", []]):
        with pytest.raises(MalformedRlp):
            decode_receipt(rlp.encode(wrong))
    log: Any
    for log in ([b"\x11" * 20, []], [b"\x11", [], b""], [b"\x11" * 20, [b"\1"], b""], [b"\x11" * 20, [bytes(32)] * 5, b""]):
        with pytest.raises(MalformedRlp):
            decode_receipt(rlp.encode([b"\1", b"", bloom, [log]]))
    for kind in (b"", b"\0", b"\5", b"\x80"):
        with pytest.raises(UnsupportedTransactionType):
            decode_receipt(kind)
