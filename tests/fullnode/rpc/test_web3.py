from collections.abc import Mapping
from typing import Any

import pytest
from eth_account import Account
from eth_account.signers.local import LocalAccount
from web3 import Web3
from web3.exceptions import ContractLogicError, TransactionNotFound, Web3RPCError
from web3.middleware import SignAndSendRawMiddlewareBuilder
from web3.types import Wei

from fullnode.devnet.execution.chain import ExecutionChain
from tests.fullnode.execution.builders import make_chain, mine
from tests.fullnode.execution.contract import ABI, INIT
from tests.fullnode.rpc.client import Client, InProcess


def connect(chain: ExecutionChain) -> tuple[Web3, LocalAccount]:
    w3 = Web3(InProcess(Client(chain)))
    account: LocalAccount = Account.from_key(chain.accounts[0].private_key)
    w3.middleware_onion.inject(SignAndSendRawMiddlewareBuilder.build(account), layer=0)
    w3.eth.default_account = account.address
    return w3, account


def deployed(chain: ExecutionChain, w3: Web3) -> Any:
    sent = w3.eth.contract(abi=ABI, bytecode=INIT.hex()).constructor().transact()
    mine(chain)
    receipt = w3.eth.wait_for_transaction_receipt(sent)
    assert receipt["status"] == 1
    assert receipt["contractAddress"] is not None
    return w3.eth.contract(address=receipt["contractAddress"], abi=ABI)


def test_deploy_send_wait_call_and_read_the_event() -> None:
    chain = make_chain()
    w3, account = connect(chain)
    assert (w3.is_connected(), w3.eth.chain_id, w3.net.version) == (True, 1337, "1337")
    contract = deployed(chain, w3)
    sent = contract.functions.set(42).transact()
    with pytest.raises(TransactionNotFound):
        w3.eth.get_transaction_receipt(sent)
    assert w3.eth.get_transaction(sent)["nonce"] == 1
    mine(chain)
    receipt = w3.eth.wait_for_transaction_receipt(sent)
    (event,) = contract.events.Stored().process_receipt(receipt)
    assert dict(event["args"]) == {"by": account.address, "value": 42}
    assert contract.functions.get().call() == 42
    assert contract.functions.get().call(block_identifier=1) == 0
    (found,) = contract.events.Stored().get_logs(from_block=0, argument_filters={"by": account.address})
    assert found["transactionHash"] == sent
    (transaction,) = w3.eth.get_block("latest", full_transactions=True)["transactions"]
    assert isinstance(transaction, Mapping)
    assert transaction["hash"] == sent


def test_several_can_be_sent_before_a_block_comes() -> None:
    chain = make_chain()
    w3, _ = connect(chain)
    contract = deployed(chain, w3)
    sent = [contract.functions.set(value).transact() for value in (1, 2, 3)]
    mine(chain)
    assert [w3.eth.get_transaction_receipt(s)["status"] for s in sent] == [1, 1, 1]
    assert contract.functions.get().call() == 3


def test_a_revert_is_told_with_its_reason() -> None:
    chain = make_chain()
    w3, _ = connect(chain)
    contract = deployed(chain, w3)
    with pytest.raises(ContractLogicError, match="execution reverted: nope"):
        contract.functions.fail().call()
    with pytest.raises(ContractLogicError, match="nope"):
        contract.functions.fail().estimate_gas()


def test_a_transfer_moves_money_and_costs_the_stated_fee() -> None:
    chain = make_chain()
    w3, account = connect(chain)
    before = w3.eth.get_balance(account.address)
    sent = w3.eth.send_transaction({"to": Web3.to_checksum_address("0x" + "11" * 20), "value": Wei(5), "from": account.address})
    mine(chain)
    receipt = w3.eth.wait_for_transaction_receipt(sent)
    assert w3.eth.get_balance(account.address) == before - 5 - receipt["gasUsed"] * receipt["effectiveGasPrice"]
    assert w3.eth.get_transaction_count(account.address) == 1


def test_the_proof_of_a_contract_can_be_asked_for() -> None:
    chain = make_chain()
    w3, _ = connect(chain)
    contract = deployed(chain, w3)
    contract.functions.set(7).transact()
    mine(chain)
    eth: Any = w3.eth
    proof = eth.get_proof(contract.address, [0], "latest")
    assert proof["storageProof"][0]["value"] == b"\x07"
    assert proof["codeHash"] == Web3.keccak(w3.eth.get_code(contract.address))


def test_an_unpayable_transaction_is_refused() -> None:
    chain = make_chain(balance_wei=0)
    w3, account = connect(chain)
    with pytest.raises(Web3RPCError, match="insufficient funds"):
        w3.eth.send_transaction({"to": account.address, "value": Wei(0), "gas": 21_000, "from": account.address})
