"""Blocks, transactions, receipts, logs and proofs as JSON (execution-apis; where it leaves room, geth's form).

Pure.
"""

from typing import Any

from ethereum.forks.osaka.transactions import AccessListTransaction, LegacyTransaction, SetCodeTransaction, Transaction
from ethereum_types.bytes import Bytes0

from fullnode.devnet.execution.block import Receipt, StoredBlock
from fullnode.devnet.execution.encoding import keccak
from fullnode.devnet.execution.logs import FoundLog
from fullnode.devnet.execution.proof import AccountProof
from fullnode.devnet.execution.transaction import SignedTransaction
from fullnode.devnet.rpc.forms import hex_data, hex_quantity

EMPTY_UNCLES = hex_data(keccak(b"\xc0"))
"""Hash of the empty list of ommers."""


def block(stored: StoredBlock, *, full: bool, pending: bool = False) -> dict[str, Any]:
    """Returns a block; `full` lists whole transactions, `pending` leaves out what is not known before it is sealed."""
    its = stored.block
    return {
        "number": hex_quantity(its.block_number),
        "hash": None if pending else hex_data(its.block_hash),
        "parentHash": hex_data(its.parent_hash),
        "mixHash": hex_data(its.prev_randao),
        "nonce": None if pending else "0x0000000000000000",
        "sha3Uncles": EMPTY_UNCLES,
        "logsBloom": hex_data(its.logs_bloom),
        "transactionsRoot": hex_data(its.transactions_root),
        "stateRoot": hex_data(its.state_root),
        "receiptsRoot": hex_data(its.receipts_root),
        "miner": None if pending else hex_data(its.fee_recipient),
        "difficulty": "0x0",
        "extraData": hex_data(its.extra_data),
        "size": hex_quantity(stored.size()),
        "gasLimit": hex_quantity(its.gas_limit),
        "gasUsed": hex_quantity(its.gas_used),
        "timestamp": hex_quantity(its.timestamp),
        "transactions": [transaction(r.transaction, stored, r) if full else hex_data(r.transaction.hash) for r in stored.receipts],
        "uncles": [],
        "baseFeePerGas": hex_quantity(its.base_fee_per_gas),
        "withdrawalsRoot": hex_data(its.withdrawals_root),
        "withdrawals": [
            {
                "index": hex_quantity(w.index),
                "validatorIndex": hex_quantity(w.validator_index),
                "address": hex_data(w.address),
                "amount": hex_quantity(w.amount),
            }
            for w in its.withdrawals
        ],
        "blobGasUsed": hex_quantity(its.blob_gas_used),
        "excessBlobGas": hex_quantity(its.excess_blob_gas),
        "parentBeaconBlockRoot": hex_data(its.parent_beacon_block_root),
        "requestsHash": hex_data(its.requests_hash),
    }


def transaction(signed: SignedTransaction, stored: StoredBlock | None, receipt: Receipt | None) -> dict[str, Any]:
    """Returns a transaction; without block and receipt it is one that waits."""
    tx = signed.tx
    price = signed.max_fee if receipt is None else receipt.effective_gas_price
    return {
        "blockHash": None if stored is None else hex_data(stored.hash),
        "blockNumber": None if stored is None else hex_quantity(stored.number),
        "blockTimestamp": None if stored is None else hex_quantity(stored.block.timestamp),
        "transactionIndex": None if receipt is None else hex_quantity(receipt.index),
        "hash": hex_data(signed.hash),
        "type": hex_quantity(signed.type),
        "from": hex_data(signed.sender),
        "to": None if isinstance(tx.to, Bytes0) else hex_data(tx.to),
        "nonce": hex_quantity(signed.nonce),
        "gas": hex_quantity(int(tx.gas)),
        "gasPrice": hex_quantity(price),
        "value": hex_quantity(int(tx.value)),
        "input": hex_data(tx.data),
        "r": hex_quantity(int(tx.r)),
        "s": hex_quantity(int(tx.s)),
        **_of_its_type(tx),
    }


def receipt(stored: StoredBlock, its: Receipt) -> dict[str, Any]:
    """Returns a receipt."""
    tx = its.transaction.tx
    return {
        "transactionHash": hex_data(its.transaction.hash),
        "transactionIndex": hex_quantity(its.index),
        "blockHash": hex_data(stored.hash),
        "blockNumber": hex_quantity(stored.number),
        "from": hex_data(its.transaction.sender),
        "to": None if isinstance(tx.to, Bytes0) else hex_data(tx.to),
        "cumulativeGasUsed": hex_quantity(its.cumulative_gas_used),
        "effectiveGasPrice": hex_quantity(its.effective_gas_price),
        "gasUsed": hex_quantity(its.gas_used),
        "contractAddress": None if its.contract_address is None else hex_data(its.contract_address),
        "logs": [log(FoundLog(stored, its, its.first_log_index + offset, entry)) for offset, entry in enumerate(its.logs)],
        "logsBloom": hex_data(its.bloom),
        "status": "0x1" if its.succeeded else "0x0",
        "type": hex_quantity(its.transaction.type),
    }


def log(found: FoundLog) -> dict[str, Any]:
    """Returns a log."""
    return {
        "address": hex_data(found.log.address),
        "topics": [hex_data(topic) for topic in found.log.topics],
        "data": hex_data(found.log.data),
        "blockNumber": hex_quantity(found.stored.number),
        "blockHash": hex_data(found.stored.hash),
        "blockTimestamp": hex_quantity(found.stored.block.timestamp),
        "transactionHash": hex_data(found.receipt.transaction.hash),
        "transactionIndex": hex_quantity(found.receipt.index),
        "logIndex": hex_quantity(found.index),
        "removed": False,
    }


def proof(its: AccountProof, full_keys: tuple[bool, ...]) -> dict[str, Any]:
    """Returns an EIP-1186 proof; `full_keys` says which keys were given in full length and are repeated so.

    For an account that does not exist both hashes are zero, as geth answers; others answer the hashes of nothing.
    """
    return {
        "address": hex_data(its.address),
        "accountProof": [hex_data(node) for node in its.proof],
        "balance": hex_quantity(its.balance),
        "codeHash": hex_data(its.code_hash if its.exists else bytes(32)),
        "nonce": hex_quantity(its.nonce),
        "storageHash": hex_data(its.storage_root if its.exists else bytes(32)),
        "storageProof": [
            {
                "key": hex_data(s.slot) if full else hex_quantity(int.from_bytes(s.slot, "big")),
                "value": hex_quantity(s.value),
                "proof": [hex_data(node) for node in s.proof],
            }
            for s, full in zip(its.storage, full_keys, strict=True)
        ],
    }


def access_list(entries: tuple[tuple[bytes, tuple[bytes, ...]], ...]) -> list[dict[str, Any]]:
    """Returns an EIP-2930 access list."""
    return [{"address": hex_data(a), "storageKeys": [hex_data(s) for s in slots]} for a, slots in entries]


def _of_its_type(tx: Transaction) -> dict[str, Any]:
    if isinstance(tx, LegacyTransaction):
        v = int(tx.v)
        return {"v": hex_quantity(v)} | ({"chainId": hex_quantity((v - 35) // 2)} if v >= 35 else {})
    fields: dict[str, Any] = {
        "v": hex_quantity(int(tx.y_parity)),
        "yParity": hex_quantity(int(tx.y_parity)),
        "chainId": hex_quantity(int(tx.chain_id)),
        "accessList": access_list(tuple((bytes(a.account), tuple(bytes(s) for s in a.slots)) for a in tx.access_list)),
    }
    if not isinstance(tx, AccessListTransaction):
        fields["maxFeePerGas"] = hex_quantity(int(tx.max_fee_per_gas))
        fields["maxPriorityFeePerGas"] = hex_quantity(int(tx.max_priority_fee_per_gas))
    if isinstance(tx, SetCodeTransaction):
        fields["authorizationList"] = [
            {
                "chainId": hex_quantity(int(a.chain_id)),
                "address": hex_data(a.address),
                "nonce": hex_quantity(int(a.nonce)),
                "yParity": hex_quantity(int(a.y_parity)),
                "r": hex_quantity(int(a.r)),
                "s": hex_quantity(int(a.s)),
            }
            for a in tx.authorizations
        ]
    return fields
