"""JSON-RPC forms made from proven records alone, so that nothing unproven a server added can pass through to the one who asked.

`header_to_json`, `block_to_json(block, full=...)`, `transaction_to_json`, `receipt_to_json`, `log_to_json`. Fields that no
header commits to are absent: `size` and `totalDifficulty` of a block, `blobGasPrice` of a receipt.
Form: https://ethereum.github.io/execution-apis (the names of `lightclient.execution.header.FIELDS` and `transaction_fields.FIELDS`).
"""

from typing import Any

from lightclient.execution import header as header_module
from lightclient.execution import transaction_fields
from lightclient.execution.blocks import Block, Withdrawal
from lightclient.execution.header import ExecutionHeader
from lightclient.execution.logs import LocatedLog
from lightclient.execution.receipt import Log, Receipt
from lightclient.execution.receipt_answers import BLOB_GAS
from lightclient.execution.transactions import Transaction


def header_to_json(header: ExecutionHeader) -> dict[str, Any]:
    """Returns a header as `eth_subscribe("newHeads")` has it."""
    values = {name: getattr(header, ours) for name, ours, _ in header_module.FIELDS}
    return {"hash": _hex(header.block_hash)} | {name: _hex(value) for name, value in values.items() if value is not None}


def block_to_json(block: Block, *, full: bool) -> dict[str, Any]:
    """Returns a block as `eth_getBlockByHash` has it, with whole transactions or their hashes."""
    transactions: list[Any] = [
        transaction_to_json(transaction, index, block.header) if full else _hex(transaction.hash)
        for index, transaction in enumerate(block.transactions)
    ]
    found = header_to_json(block.header) | {"uncles": [], "transactions": transactions}
    if block.withdrawals is not None:
        found["withdrawals"] = [_withdrawal(withdrawal) for withdrawal in block.withdrawals]
    return found


def transaction_to_json(transaction: Transaction, index: int, header: ExecutionHeader) -> dict[str, Any]:
    """Returns a transaction at its place in a block, as `eth_getTransactionByHash` has it."""
    found: dict[str, Any] = {
        "type": hex(transaction.kind),
        "hash": _hex(transaction.hash),
        "from": _hex(transaction.sender),
        "transactionIndex": hex(index),
        "gasPrice": hex(transaction.effective_gas_price(header.base_fee_per_gas)),
    } | _place(header)
    for name, ours, _ in transaction_fields.FIELDS[transaction.kind]:
        found[name] = _field(getattr(transaction, ours))
    if transaction.chain_id is not None:
        found["chainId"] = hex(transaction.chain_id)
    return found | {"v": hex(transaction.v)}


def receipt_to_json(receipt: Receipt, header: ExecutionHeader) -> dict[str, Any]:
    """Returns a receipt as `eth_getTransactionReceipt` has it; of one without its transaction, what is proven without."""
    found: dict[str, Any] = {
        "type": hex(receipt.kind),
        "transactionIndex": hex(receipt.index),
        "cumulativeGasUsed": hex(receipt.cumulative_gas_used),
        "gasUsed": hex(receipt.gas_used),
        "logsBloom": _hex(receipt.logs_bloom),
        "logs": [_log(log, receipt, header, receipt.first_log_index + offset) for offset, log in enumerate(receipt.logs)],
    } | _place(header)
    found |= {"root": _hex(receipt.post_state)} if receipt.post_state is not None else {"status": hex(receipt.status or 0)}
    transaction = receipt.transaction
    if transaction is not None:
        created = transaction.created_address()
        found |= {
            "transactionHash": _hex(transaction.hash),
            "from": _hex(transaction.sender),
            "to": None if transaction.to is None else _hex(transaction.to),
            "contractAddress": None if created is None else _hex(created),
            "effectiveGasPrice": hex(transaction.effective_gas_price(header.base_fee_per_gas)),
        }
        if transaction.kind == 3:
            found["blobGasUsed"] = hex(BLOB_GAS * len(transaction.blob_versioned_hashes))
    return found


def log_to_json(located: LocatedLog) -> dict[str, Any]:
    """Returns a log as `eth_getLogs` has it."""
    return _log(located.log, located.receipt, located.header, located.log_index)


def _log(log: Log, receipt: Receipt, header: ExecutionHeader, log_index: int) -> dict[str, Any]:
    found: dict[str, Any] = {
        "address": _hex(log.address),
        "topics": [_hex(topic) for topic in log.topics],
        "data": _hex(log.data),
        "transactionIndex": hex(receipt.index),
        "logIndex": hex(log_index),
        "blockTimestamp": hex(header.timestamp),
        "removed": False,
    }
    if receipt.transaction is not None:
        found["transactionHash"] = _hex(receipt.transaction.hash)
    return found | _place(header)


def _place(header: ExecutionHeader) -> dict[str, Any]:
    return {"blockHash": _hex(header.block_hash), "blockNumber": hex(header.number)}


def _withdrawal(withdrawal: Withdrawal) -> dict[str, Any]:
    return {
        "index": hex(withdrawal.index),
        "validatorIndex": hex(withdrawal.validator_index),
        "address": _hex(withdrawal.address),
        "amount": hex(withdrawal.amount),
    }


def _field(value: Any) -> Any:
    """Returns a transaction's field in JSON: its kinds are told apart by the types of our record."""
    if value is None or isinstance(value, bytes | int):
        return None if value is None else _hex(value)
    return [_entry(entry) for entry in value]


def _entry(entry: Any) -> Any:
    if isinstance(entry, bytes):
        return _hex(entry)
    if isinstance(entry, transaction_fields.Authorization):
        names = {"chainId": "chain_id", "address": "address", "nonce": "nonce", "yParity": "y_parity", "r": "r", "s": "s"}
        return {name: _hex(getattr(entry, ours)) for name, ours in names.items()}
    address, keys = entry
    return {"address": _hex(address), "storageKeys": [_hex(key) for key in keys]}


def _hex(value: bytes | int) -> str:
    return hex(value) if isinstance(value, int) else f"0x{value.hex()}"
