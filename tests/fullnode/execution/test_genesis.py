import json

from ethereum.forks.osaka.state import state_root

from fullnode.devnet.execution.accounts import derive_account
from fullnode.devnet.execution.encoding import keccak
from fullnode.devnet.execution.genesis import Allocation, genesis_block, genesis_state, make_genesis
from fullnode.devnet.execution.settings import ExecutionSettings
from fullnode.devnet.execution.system_contracts import SYSTEM_CONTRACTS
from tests.vectors import vectors


def test_the_same_settings_and_time_give_the_same_block() -> None:
    first, again = (genesis_block(make_genesis(ExecutionSettings(), timestamp=5)) for _ in range(2))
    assert first.hash == again.hash == keccak(first.block.header_rlp)
    assert genesis_block(make_genesis(ExecutionSettings(seed="other"), timestamp=5)).hash != first.hash


def test_the_state_root_is_the_one_eels_computes() -> None:
    genesis = make_genesis(ExecutionSettings(), timestamp=5, extra=(Allocation(b"\x01" * 20, nonce=1, code=b"\x00", storage=((3, 4),)),))
    assert genesis_block(genesis).block.state_root == state_root(genesis_state(genesis))


def test_system_contracts_are_those_a_real_genesis_holds() -> None:
    recorded = json.loads((vectors() / "beacon-devnets" / "genesis.json").read_text())["alloc"]
    codes = {bytes.fromhex(address[2:]): bytes.fromhex(account.get("code", "0x")[2:]) for address, account in recorded.items()}
    assert len(SYSTEM_CONTRACTS) == 4
    for contract in SYSTEM_CONTRACTS:
        assert codes[contract.address] == contract.code


def test_keys_follow_from_the_seed_and_stay_out_of_sight() -> None:
    account = derive_account("aios", 0)
    assert account == derive_account("aios", 0) != derive_account("aios", 1)
    assert account.private_key.hex() not in repr(account)
    assert repr(account.private_key) not in repr(account)
