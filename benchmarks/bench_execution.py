"""Measures the devnet's execution chain, beside EELS validating the same blocks by itself."""

import time
from typing import Any

from eth_account import Account
from ethereum.forks.osaka.fork import BlockChain, state_transition
from ethereum_types.numeric import U64

from fullnode.devnet.execution.chain import ExecutionChain
from fullnode.devnet.execution.genesis import genesis_state, make_genesis
from fullnode.devnet.execution.proof import prove
from fullnode.devnet.execution.settings import ExecutionSettings
from fullnode.devnet.execution.system_contracts import HISTORY

BLOCKS = 100
TRANSFERS = 5


def measure() -> dict[str, float]:
    """Returns milliseconds of CPU per block and proof, and what EELS alone needs for the same blocks."""
    settings = ExecutionSettings()
    chain = ExecutionChain(make_genesis(settings, timestamp=0), settings)
    empty = sum(_timed(_mine, chain) for _ in range(BLOCKS)) / BLOCKS
    for nonce in range(TRANSFERS):
        chain.submit(_transfer(chain, nonce))
    full = _timed(_mine, chain)
    world = chain.world(chain.head)
    proof = _timed(lambda: [prove(world, HISTORY.address, (bytes(32),)) for _ in range(BLOCKS)]) / BLOCKS
    plain = BlockChain([chain.at(0).eels_block()], genesis_state(chain.genesis), U64(chain.chain_id))
    alone = sum(_timed(state_transition, plain, chain.at(number).eels_block()) for number in range(1, BLOCKS + 1)) / BLOCKS
    return {
        "empty block, ms": empty * 1e3,
        "the same validated by EELS alone, ms": alone * 1e3,
        f"block of {TRANSFERS} transfers, ms": full * 1e3,
        "account and storage proof, ms": proof * 1e3,
    }


def _mine(chain: ExecutionChain) -> None:
    chain.produce_block(timestamp=chain.head.block.timestamp + 12, prev_randao=bytes(32), parent_beacon_block_root=bytes(32))


def _transfer(chain: ExecutionChain, nonce: int) -> bytes:
    fields = {"chainId": chain.chain_id, "nonce": nonce, "to": bytes(20), "value": 1, "gas": 21_000, "gasPrice": 10**10}
    return bytes(Account.sign_transaction(fields, chain.accounts[0].private_key).raw_transaction)


def _timed(function: Any, *arguments: Any) -> float:
    started = time.process_time()
    function(*arguments)
    return time.process_time() - started
