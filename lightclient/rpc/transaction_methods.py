"""Methods about single transactions: where a verified block holds them they are proven; that one is nowhere, nobody can prove."""

from typing import Any

from lightclient.execution.render import receipt_to_json, transaction_to_json
from lightclient.execution.transactions import Transaction
from lightclient.rpc.answer import Answer, unverifiable
from lightclient.rpc.chain import VerifiedChain
from lightclient.rpc.forms import hex_data, hex_quantity

ABSENT = "no endpoint knows it; that a transaction is in no block cannot be proven"
"""Why null is not verified."""

WAITING = "its hash and sender; that it waits, and where, is an endpoint's word"
"""What is proven of a transaction that no verified block holds."""

NO_PLACE = ("blockHash", "blockNumber", "transactionIndex", "blockTimestamp")
"""Fields that a waiting transaction has no value for."""


async def get_transaction(chain: VerifiedChain, transaction_hash: bytes) -> Answer:
    """Returns a transaction, included or waiting, or null."""
    found = await chain.locate(transaction_hash)
    head = await chain.head()
    if found is None:
        return unverifiable(None, ABSENT, block=head)
    if isinstance(found, Transaction):
        shown = transaction_to_json(found, 0, head) | dict.fromkeys(NO_PLACE) | _waiting_price(found)
        return unverifiable(shown, WAITING, block=head)
    header, index = found
    transaction = (await chain.bodies.block(header)).transactions[index]
    return Answer(transaction_to_json(transaction, index, header), "transactions root", block=header)


async def get_receipt(chain: VerifiedChain, transaction_hash: bytes) -> Answer:
    """Returns the receipt of an included transaction, or null."""
    found = await chain.locate(transaction_hash)
    if found is None or isinstance(found, Transaction):
        return unverifiable(None, ABSENT if found is None else "no verified block holds it yet", block=await chain.head())
    header, index = found
    return Answer(receipt_to_json(await chain.receipt(header, index), header), "receipts and transactions roots", block=header)


async def send_raw_transaction(chain: VerifiedChain, raw: bytes) -> Answer:
    """Hands a signed transaction to every endpoint and returns its hash, which is computed here."""
    transaction, takers = await chain.sending.send(raw, await chain.head())
    why = "the hash is computed here; that it will be included is a promise of the endpoints that took it"
    return unverifiable(hex_data(transaction.hash), why, taken_by=takers, sender=hex_data(transaction.sender))


def _waiting_price(transaction: Transaction) -> dict[str, Any]:
    price = transaction.max_fee_per_gas if transaction.gas_price is None else transaction.gas_price
    return {"gasPrice": hex_quantity(price or 0)}
