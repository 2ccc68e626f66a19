"""Chains and transactions for tests, in one line each."""

from typing import Any

from eth_account import Account

from fullnode.devnet.execution.accounts import DevAccount
from fullnode.devnet.execution.block import ExecutionBlock, Receipt
from fullnode.devnet.execution.chain import ExecutionChain
from fullnode.devnet.execution.genesis import make_genesis
from fullnode.devnet.execution.settings import ExecutionSettings
from tests.fullnode.execution.contract import INIT

GENESIS_TIME = 1_800_000_000


def make_chain(**settings: Any) -> ExecutionChain:
    its = ExecutionSettings(accounts=3, **settings)
    return ExecutionChain(make_genesis(its, timestamp=GENESIS_TIME), its)


def mine(chain: ExecutionChain, **attributes: Any) -> ExecutionBlock:
    parent = chain.block(attributes.get("parent_hash") or chain.head.hash)
    its: dict[str, Any] = {
        "timestamp": parent.block.timestamp + 12,
        "prev_randao": (parent.number + 1).to_bytes(32, "big"),
        "parent_beacon_block_root": (parent.number + 7).to_bytes(32, "big"),
    }
    return chain.produce_block(**(its | attributes))


def signed(account: DevAccount, nonce: int, **fields: Any) -> bytes:
    transaction = {
        "type": 2,
        "chainId": 1337,
        "nonce": nonce,
        "to": b"\x11" * 20,
        "value": 1,
        "gas": 21_000,
        "maxFeePerGas": 10**10,
        "maxPriorityFeePerGas": 10**9,
        "data": b"",
    } | fields
    kept = {key: value for key, value in transaction.items() if value is not None}
    return bytes(Account.sign_transaction(kept, account.private_key).raw_transaction)


def call_data(to: bytes, data: bytes, **fields: Any) -> dict[str, Any]:
    return {"to": to, "value": 0, "gas": 200_000, "data": data} | fields


def receipt_of(chain: ExecutionChain, transaction_hash: bytes) -> Receipt:
    place = chain.receipt(transaction_hash)
    assert place is not None
    return place[1]


def deploy(chain: ExecutionChain, account: DevAccount, nonce: int = 0) -> bytes:
    transaction_hash = chain.submit(signed(account, nonce, to=None, value=0, gas=500_000, data=INIT))
    mine(chain)
    receipt = receipt_of(chain, transaction_hash)
    assert receipt.succeeded
    assert receipt.contract_address is not None
    return receipt.contract_address
