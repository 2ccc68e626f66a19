"""What proving an execution answer costs: account proofs, a block of 200 receipts and transactions, logs over a range, a local call.

The state is a trie of 20,000 accounts, which is five levels deep where mainnet's is eight or nine; the receipts hold four logs each, as on
mainnet. The bare work of a receipts list is hashing its nodes; everything else is reading, bounding and comparing.
"""

import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from coincurve import PrivateKey

from lightclient.execution import rlp
from lightclient.execution.bloom import bloom_of
from lightclient.execution.evm import AccountAnswer, Call, EvmRules, call, run
from lightclient.execution.header import ExecutionHeader, header_of_fields
from lightclient.execution.logs import LogFilter, complete_logs
from lightclient.execution.ordered_trie import ordered_trie_root, trie_proof, trie_root
from lightclient.execution.proof import EMPTY_CODE_HASH, verify_proof_answer
from lightclient.execution.receipt import Log, Receipt
from lightclient.execution.receipts import verify_receipts
from lightclient.execution.render import receipt_to_json, transaction_to_json
from lightclient.execution.transactions import Transaction, decode_transaction, verify_transactions
from lightclient.execution.trie import EMPTY_TRIE_ROOT, keccak256

ACCOUNTS = 20_000
ENTRIES = 200
LOGS_PER_RECEIPT = 4
BLOCKS = 1000
REPEATS = 9
GAS = 60_000

CONTRACT = b"\xc0" * 20
CODE = bytes.fromhex("5f545f5260205ff3")
"""Returns the word at slot zero."""


def measure() -> dict[str, float]:
    """Returns milliseconds, and proofs per second on one core."""
    prove, answers, header = _state()
    transactions = _transactions()
    receipts = _receipts(transactions)
    block = _block(header, transactions, receipts)
    receipt_answers = [receipt_to_json(receipt, block) for receipt in receipts]
    transaction_answers = [transaction_to_json(transaction, index, block) for index, transaction in enumerate(transactions)]
    encodings = [receipt.encoding() for receipt in receipts]
    headers = _headers(block)
    nothing = LogFilter(addresses=frozenset([b"\xee" * 20]))
    proof_ms = _milliseconds(prove)
    return {
        "account proofs per second, one core": 1e3 / proof_ms,
        "200-receipt block verified, ms": _milliseconds(partial(verify_receipts, receipt_answers, block, transactions)),
        "its bare work: the trie's nodes hashed, ms": _milliseconds(partial(ordered_trie_root, encodings)),
        "200-transaction block verified, senders recovered, ms": _milliseconds(partial(verify_transactions, transaction_answers, block)),
        "logs of 1000 blocks proven empty by their blooms, ms": _milliseconds(
            partial(complete_logs, nothing, headers[0].number, headers[-1].number, headers, {}, {})
        ),
        "eth_call over proven state, ms": _milliseconds(lambda: run(call(header, EvmRules(1, "osaka"), Call(to=CONTRACT)), answers)),
    }


class _Answers:
    """A reader that has every answer at hand."""

    def __init__(self, answers: dict[tuple[bytes, tuple[bytes, ...]], AccountAnswer]) -> None:
        self._answers = answers

    def read(self, requests: object) -> list[AccountAnswer]:
        assert isinstance(requests, tuple)
        return [self._answers[request.address, request.keys] for request in requests]


def _state() -> tuple[Callable[[], object], _Answers, ExecutionHeader]:
    storage = {keccak256(bytes(32)): b"\x07"}
    accounts = {keccak256(index.to_bytes(20, "big")): _account(index, EMPTY_TRIE_ROOT, EMPTY_CODE_HASH) for index in range(ACCOUNTS)}
    accounts[keccak256(CONTRACT)] = _account(1, trie_root(storage), keccak256(CODE))
    root = trie_root(accounts)

    def answer(address: bytes, nonce: int, code: bytes, keys: tuple[bytes, ...], storage_root: bytes) -> AccountAnswer:
        slots = [{"key": _hex(key), "value": "0x7", "proof": [_hex(node) for node in trie_proof(storage, keccak256(key))]} for key in keys]
        proof = [_hex(node) for node in trie_proof(accounts, keccak256(address))]
        fields = {"address": _hex(address), "nonce": hex(nonce), "balance": hex(nonce), "codeHash": _hex(keccak256(code))}
        return AccountAnswer(fields | {"storageHash": _hex(storage_root), "accountProof": proof, "storageProof": slots}, code)

    caller = answer(bytes(20), 0, b"", (), EMPTY_TRIE_ROOT)
    contract = {keys: answer(CONTRACT, 1, CODE, keys, trie_root(storage)) for keys in ((), (bytes(32),))}
    answers: dict[tuple[bytes, tuple[bytes, ...]], AccountAnswer] = {(bytes(20), ()): caller}
    answers |= {(CONTRACT, keys): found for keys, found in contract.items()}
    header = _header(state_root=root)
    return partial(verify_proof_answer, caller.proof, state_root=root, address=bytes(20), keys=[]), _Answers(answers), header


def _account(number: int, storage_root: bytes, code_hash: bytes) -> bytes:
    return rlp.encode([rlp.encode_uint(number), rlp.encode_uint(number), storage_root, code_hash])


def _header(**fields: bytes | int | None) -> ExecutionHeader:
    hashes = ("parent_hash", "uncles_hash", "state_root", "transactions_root", "receipts_root", "prev_randao", "withdrawals_root")
    numbers = ("difficulty", "number", "timestamp", "base_fee_per_gas", "blob_gas_used", "excess_blob_gas")
    base: dict[str, bytes | int | None] = dict.fromkeys((*hashes, "parent_beacon_block_root", "requests_hash"), bytes(32))
    base |= dict.fromkeys(numbers, 1) | {"fee_recipient": bytes(20), "logs_bloom": bytes(256), "extra_data": b"", "nonce": bytes(8)}
    return header_of_fields(**(base | {"gas_limit": 45_000_000, "gas_used": ENTRIES * GAS} | fields))


def _transactions() -> tuple[Transaction, ...]:
    key = PrivateKey(b"\x07" * 32)
    found = []
    for nonce in range(ENTRIES):
        unsigned: list[rlp.Encodable] = [b"\1", rlp.encode_uint(nonce), b"\1", b"\5", rlp.encode_uint(GAS), CONTRACT, b"", b"\1" * 200, []]
        signature = key.sign_recoverable(keccak256(b"\x02" + rlp.encode(unsigned)), hasher=None)
        parts = [rlp.encode_uint(int.from_bytes(part, "big")) for part in (signature[64:], signature[:32], signature[32:64])]
        found.append(decode_transaction(b"\x02" + rlp.encode([*unsigned, *parts])))
    return tuple(found)


def _receipts(transactions: tuple[Transaction, ...]) -> tuple[Receipt, ...]:
    found = []
    for index, transaction in enumerate(transactions):
        logs = tuple(
            Log(keccak256(bytes([index, place]))[:20], tuple(keccak256(bytes([index, place, topic])) for topic in range(3)), bytes(64))
            for place in range(LOGS_PER_RECEIPT)
        )
        bloom = bloom_of(entry for log in logs for entry in log.bloom_entries())
        found.append(Receipt(2, 1, None, GAS * (index + 1), bloom, logs, index, index * LOGS_PER_RECEIPT, GAS, transaction))
    return tuple(found)


def _block(header: ExecutionHeader, transactions: tuple[Transaction, ...], receipts: tuple[Receipt, ...]) -> ExecutionHeader:
    bloom = bloom_of(entry for receipt in receipts for log in receipt.logs for entry in log.bloom_entries())
    return replace(
        header,
        transactions_root=ordered_trie_root([transaction.raw for transaction in transactions]),
        receipts_root=ordered_trie_root([receipt.encoding() for receipt in receipts]),
        logs_bloom=bloom,
    )


def _headers(first: ExecutionHeader) -> list[ExecutionHeader]:
    """Returns a chain whose blooms are as full as that of an ordinary block: some two in five bits."""
    ordinary = bloom_of(keccak256(bytes([index, place])) for index in range(120) for place in range(3))
    found = [replace(first, logs_bloom=ordinary)]
    for _ in range(BLOCKS - 1):
        found.append(_header(parent_hash=found[-1].block_hash, number=found[-1].number + 1, logs_bloom=ordinary))
    return found


def _hex(data: bytes) -> str:
    return f"0x{data.hex()}"


def _milliseconds(work: Callable[[], object]) -> float:
    work()
    times = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return statistics.median(times) * 1e3
