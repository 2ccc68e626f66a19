"""Receipts of a block that was just executed.

Pure.
"""

from ethereum.exceptions import InvalidBlock
from ethereum.forks.osaka.blocks import decode_receipt
from ethereum.forks.osaka.fork_types import Address
from ethereum.forks.osaka.trie import trie_get
from ethereum.forks.osaka.utils.address import compute_contract_address
from ethereum.forks.osaka.vm import BlockEnvironment, BlockOutput
from ethereum_types.bytes import Bytes0
from ethereum_types.numeric import Uint

from fullnode.devnet.execution.block import Receipt
from fullnode.devnet.execution.transaction import SignedTransaction


def receipts_of(env: BlockEnvironment, output: BlockOutput, included: tuple[SignedTransaction, ...]) -> tuple[Receipt, ...]:
    """Returns what became of each included transaction, read back from what EELS put into the receipts trie."""
    receipts: list[Receipt] = []
    used = log_index = 0
    base_fee = int(env.base_fee_per_gas)
    for index, (transaction, key) in enumerate(zip(included, output.receipt_keys, strict=True)):
        encoded = trie_get(output.receipts_trie, key)
        if encoded is None:
            raise InvalidBlock(f"no receipt of transaction {index}")
        receipt = decode_receipt(encoded)
        creates = isinstance(transaction.tx.to, Bytes0)
        cumulative = int(receipt.cumulative_gas_used)
        receipts.append(
            Receipt(
                transaction=transaction,
                index=index,
                succeeded=receipt.succeeded,
                gas_used=cumulative - used,
                cumulative_gas_used=cumulative,
                effective_gas_price=base_fee + transaction.tip(base_fee),
                contract_address=bytes(compute_contract_address(Address(transaction.sender), Uint(transaction.nonce))) if creates else None,
                logs=receipt.logs,
                bloom=bytes(receipt.bloom),
                first_log_index=log_index,
            )
        )
        used = cumulative
        log_index += len(receipt.logs)
    return tuple(receipts)
