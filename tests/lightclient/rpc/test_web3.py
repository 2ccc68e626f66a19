"""web3.py pointed at the verified RPC: everything a program does, and every lie of the server behind it caught."""

from collections.abc import Mapping
from typing import Any

import pytest
from eth_account import Account
from eth_account.signers.local import LocalAccount
from web3 import Web3
from web3.exceptions import ContractLogicError, TransactionNotFound, Web3RPCError
from web3.middleware import SignAndSendRawMiddlewareBuilder
from web3.types import Wei

from fullnode.devnet.rpc.misbehave import Lie
from tests.fullnode.execution.contract import ABI, INIT, RUNTIME
from tests.lightclient.rpc.stage import QUICK, Stage


def connect(stage: Stage) -> tuple[Web3, LocalAccount]:
    w3 = Web3(stage)
    account: LocalAccount = Account.from_key(stage.chain.accounts[0].private_key)
    w3.middleware_onion.inject(SignAndSendRawMiddlewareBuilder.build(account), layer=0)
    w3.eth.default_account = account.address
    return w3, account


def deployed(stage: Stage, w3: Web3) -> Any:
    sent = w3.eth.contract(abi=ABI, bytecode=INIT.hex()).constructor().transact()
    stage.mine()
    return w3.eth.contract(address=w3.eth.get_transaction_receipt(sent)["contractAddress"], abi=ABI)


def test_deploy_send_wait_read_call_and_find_the_event(stage: Stage) -> None:
    w3, account = connect(stage)
    assert (w3.is_connected(), w3.eth.chain_id, w3.net.version, w3.eth.block_number) == (True, 1337, "1337", 0)
    contract = deployed(stage, w3)
    sent = contract.functions.set(42).transact()
    with pytest.raises(TransactionNotFound):
        w3.eth.get_transaction_receipt(sent)
    assert w3.eth.get_transaction(sent)["nonce"] == 1
    stage.mine()
    receipt = w3.eth.wait_for_transaction_receipt(sent)
    assert receipt["status"] == 1
    (event,) = contract.events.Stored().process_receipt(receipt)
    assert dict(event["args"]) == {"by": account.address, "value": 42}
    (found,) = contract.events.Stored().get_logs(from_block=0, argument_filters={"by": account.address})
    assert found["transactionHash"] == sent
    assert contract.functions.get().call() == 42
    assert contract.functions.get().call(block_identifier=1) == 0
    assert w3.eth.get_storage_at(contract.address, 0) == (42).to_bytes(32, "big")
    assert w3.eth.get_code(contract.address) == RUNTIME
    true = stage.chain.world(stage.chain.head).account(bytes.fromhex(account.address[2:]))
    assert true is not None
    assert w3.eth.get_balance(account.address) == true.balance
    with pytest.raises(ContractLogicError, match="nope"):
        contract.functions.fail().call()
    (transaction,) = w3.eth.get_block("latest", full_transactions=True)["transactions"]
    assert isinstance(transaction, Mapping)
    assert transaction["hash"] == sent
    assert w3.eth.fee_history(2, "latest", [50])["reward"]


@pytest.mark.parametrize("lie", [Lie.PROOF_VALUE, Lie.PROOF_BALANCE, Lie.PROOF_ACCOUNT, Lie.PROOF_NODE])
def test_lies_about_state_are_caught(stage: Stage, lie: Lie) -> None:
    w3, account = connect(stage)
    contract = deployed(stage, w3)
    stage.misbehave.lies = {lie}
    with pytest.raises(Web3RPCError, match=r"Wrong|Malformed"):
        w3.eth.get_storage_at(contract.address, 0)
    if lie is not Lie.PROOF_VALUE:
        with pytest.raises(Web3RPCError, match=r"Wrong|Malformed"):
            w3.eth.get_balance(account.address)
    assert stage.verified.asking.scores[0].quality < 0.6


def test_a_lie_about_a_receipt_is_caught(stage: Stage) -> None:
    w3, _ = connect(stage)
    contract = deployed(stage, w3)
    sent = contract.functions.set(1).transact()
    stage.mine()
    stage.misbehave.lies = {Lie.RECEIPT_STATUS}
    with pytest.raises(Web3RPCError, match="WrongReceiptsRoot"):
        w3.eth.get_transaction_receipt(sent)
    stage.misbehave.lies = {Lie.RECEIPT_MISSING}
    assert w3.eth.get_transaction_receipt(sent)["status"] == 1


@pytest.mark.parametrize("lie", [Lie.LOGS_FORGED, Lie.LOGS_OMITTED])
def test_lies_about_logs_change_nothing_for_servers_are_not_asked(stage: Stage, lie: Lie) -> None:
    w3, _ = connect(stage)
    contract = deployed(stage, w3)
    contract.functions.set(7).transact()
    stage.mine()
    stage.misbehave.lies = {lie}
    (found,) = contract.events.Stored().get_logs(from_block=0)
    assert found["args"]["value"] == 7
    stage.misbehave.lies = {Lie.RECEIPT_STATUS}
    stage.verified.bodies._receipts._entries.clear()
    with pytest.raises(Web3RPCError, match="WrongReceiptsRoot"):
        contract.events.Stored().get_logs(from_block=0)


def test_a_lie_about_a_call_changes_nothing_for_it_runs_here(stage: Stage) -> None:
    w3, _ = connect(stage)
    contract = deployed(stage, w3)
    contract.functions.set(9).transact()
    stage.mine()
    stage.misbehave.lies = {Lie.CALL_RESULT}
    assert contract.functions.get().call() == 9
    stage.misbehave.lies = {Lie.PROOF_VALUE}
    with pytest.raises(Web3RPCError, match="WrongProofValue"):
        contract.functions.get().call()


def test_a_swallowed_transaction_is_noticed_at_once(stage: Stage) -> None:
    w3, account = connect(stage)
    stage.misbehave.lies = {Lie.SWALLOW}
    with pytest.raises(Web3RPCError, match="SwallowedTransaction"):
        w3.eth.send_transaction({"to": account.address, "value": Wei(1)})
    assert stage.slept == [0.5, 0.5]


def test_a_server_of_another_chain_takes_no_transaction(stage: Stage) -> None:
    w3, account = connect(stage)
    stage.misbehave.lies = {Lie.CHAIN_ID}
    assert w3.eth.chain_id == 1337
    with pytest.raises(Web3RPCError, match="WrongEndpointChain"):
        w3.eth.send_transaction({"to": account.address, "value": Wei(1)})


def test_a_server_that_fell_behind_is_no_head(stage: Stage) -> None:
    w3, account = connect(stage)
    stage.mine(4)
    stage.misbehave.stale_head = 2
    assert w3.eth.chain_id == 1337
    with pytest.raises(Web3RPCError, match="EndpointLacksData"):
        w3.eth.get_balance(account.address)


def test_garbage_silence_and_errors_are_named(stage: Stage) -> None:
    stage.misbehave.garbage = True
    assert "MalformedEnvelope" in stage.refusal("eth_blockNumber")
    stage.misbehave.garbage, stage.misbehave.status = False, 503
    assert "EndpointUnreachable" in stage.refusal("eth_blockNumber")


def test_a_server_that_hangs_is_left_for_one_that_answers() -> None:
    stage = Stage(servers=2, limits=QUICK)
    stage.misbehave.hang_seconds = 30
    assert Web3(stage).eth.block_number == 0
    assert "no whole answer" in stage.verified.asking.scores[0].last_problem
    stage.close()
