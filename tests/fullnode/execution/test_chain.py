import json
import random

import pytest
import rlp
from ethereum.forks.osaka.blocks import Header
from ethereum.forks.osaka.fork import BlockChain, state_transition
from ethereum_rlp import rlp as eels_rlp
from ethereum_types.numeric import U64

from fullnode.devnet.execution.block import WithdrawalRecord, from_header
from fullnode.devnet.execution.encoding import keccak
from fullnode.devnet.execution.errors import (
    FinalizedConflictError,
    InvalidAttributesError,
    RefusedTransactionError,
    StateNotKeptError,
    UnknownBlockError,
)
from fullnode.devnet.execution.genesis import genesis_state
from fullnode.devnet.execution.system_contracts import BEACON_ROOTS, CONSOLIDATION_REQUESTS, HISTORY, WITHDRAWAL_REQUESTS
from tests.fullnode.execution.builders import GENESIS_TIME, call_data, deploy, make_chain, mine, receipt_of, signed
from tests.fullnode.execution.contract import FAIL, SET, SPIN, TOPIC, word
from tests.vectors import vectors

HEADER = ["parentHash", "sha3Uncles", "miner", "stateRoot", "transactionsRoot", "receiptsRoot", "logsBloom", "difficulty", "number"]
HEADER += ["gasLimit", "gasUsed", "timestamp", "extraData", "mixHash", "nonce", "baseFeePerGas", "withdrawalsRoot", "blobGasUsed"]
HEADER += ["excessBlobGas", "parentBeaconBlockRoot", "requestsHash"]


def test_eels_itself_accepts_every_block() -> None:
    chain = make_chain()
    a, b, _ = chain.accounts
    contract = deploy(chain, a)
    for nonce, data in enumerate((SET + word(5), FAIL, SET + word(0), SPIN), start=1):
        chain.submit(signed(a, nonce, **call_data(contract, data)))
    chain.submit(signed(b, 0, type=None, gasPrice=10**10, maxFeePerGas=None, maxPriorityFeePerGas=None))
    chain.submit(signed(b, 1, type=1, gasPrice=10**10, maxFeePerGas=None, maxPriorityFeePerGas=None, accessList=[], gas=30_000))
    mine(chain, withdrawals=(WithdrawalRecord(0, 1, b"\x33" * 20, 7),))
    mine(chain)
    assert len(chain.at(2).receipts) == 6
    replay = BlockChain([chain.at(0).eels_block()], genesis_state(chain.genesis), U64(chain.chain_id))
    for number in (1, 2, 3):
        state_transition(replay, chain.at(number).eels_block())
    assert replay.blocks[-1].header.state_root == chain.head.block.state_root


def test_the_hash_is_that_of_the_header_and_every_field_is_exposed() -> None:
    chain = make_chain()
    chain.submit(signed(chain.accounts[0], 0))
    block = mine(chain)
    fields = rlp.decode(block.header_rlp)
    assert len(fields) == 21
    assert keccak(rlp.encode(fields)) == block.block_hash == chain.head.hash
    assert (fields[0], fields[3], fields[5], fields[6]) == (block.parent_hash, block.state_root, block.receipts_root, block.logs_bloom)
    assert (fields[13], fields[19], fields[20]) == (block.prev_randao, block.parent_beacon_block_root, block.requests_hash)
    assert int.from_bytes(fields[11], "big") == block.timestamp == GENESIS_TIME + 12


def test_a_recorded_header_of_another_client_hashes_to_its_hash() -> None:
    recorded = json.loads(vectors("beacon-devnets", "minimal-electra", "el_tx_block_receipt_proof.json").read_text())["block"]
    quantities = {"difficulty", "number", "gasLimit", "gasUsed", "timestamp", "baseFeePerGas", "blobGasUsed", "excessBlobGas"}
    items = [int(recorded[n], 16) if n in quantities else bytes.fromhex(recorded[n][2:]) for n in HEADER]

    header = eels_rlp.decode_to(Header, rlp.encode(items))
    assert "0x" + from_header(header, (), (), ()).block_hash.hex() == recorded["hash"]


def test_system_calls_leave_roots_and_hashes_in_the_state() -> None:
    chain = make_chain()
    block = mine(chain)
    world = chain.world(chain.head)
    row = block.timestamp % 8191
    assert world.storage(BEACON_ROOTS.address, word(row)) == block.timestamp
    assert word(world.storage(BEACON_ROOTS.address, word(row + 8191))) == block.parent_beacon_block_root
    assert word(world.storage(HISTORY.address, word(0))) == block.parent_hash


def test_requests_made_in_execution_reach_the_block() -> None:
    chain = make_chain()
    a, b, _ = chain.accounts
    chain.submit(signed(a, 0, **call_data(WITHDRAWAL_REQUESTS.address, b"\x01" * 48 + (5).to_bytes(8, "big"), value=1)))
    chain.submit(signed(b, 0, **call_data(CONSOLIDATION_REQUESTS.address, b"\x02" * 96, value=1, gas=400_000)))
    block = mine(chain)
    assert [request[0] for request in block.requests] == [1, 2]
    assert block.requests[0][1:21] == a.address
    assert block.requests_hash != mine(chain).requests_hash


def test_withdrawals_are_credited_in_gwei() -> None:
    chain = make_chain()
    mine(chain, withdrawals=(WithdrawalRecord(0, 1, b"\x33" * 20, 7),))
    account = chain.world(chain.head).account(b"\x33" * 20)
    assert account is not None
    assert int(account.balance) == 7 * 10**9


def test_better_tips_go_first_but_nonces_stay_in_order() -> None:
    chain = make_chain()
    a, b, _ = chain.accounts
    cheap_first = chain.submit(signed(a, 0, maxPriorityFeePerGas=1))
    dear_second = chain.submit(signed(a, 1, maxPriorityFeePerGas=5 * 10**9))
    middle = chain.submit(signed(b, 0, maxPriorityFeePerGas=10**9))
    mine(chain)
    assert [r.transaction.hash for r in chain.head.receipts] == [middle, cheap_first, dear_second]


def test_a_transaction_below_the_base_fee_waits_and_a_gap_waits() -> None:
    chain = make_chain()
    a, b, _ = chain.accounts
    low = chain.submit(signed(a, 0, maxFeePerGas=800_000_000, maxPriorityFeePerGas=1))
    gap = chain.submit(signed(b, 1))
    mine(chain)
    assert chain.head.receipts == ()
    mine(chain)
    assert receipt_of(chain, low).succeeded
    assert chain.receipt(gap) is None
    assert chain.pool.get(gap) is not None


def test_what_can_no_longer_be_paid_is_evicted_with_the_reason() -> None:
    chain = make_chain(balance_wei=10**18)
    a = chain.accounts[0]
    chain.submit(signed(a, 0, value=9 * 10**17))
    poor = chain.submit(signed(a, 1, value=9 * 10**17))
    mine(chain)
    assert chain.receipt(poor) is None
    assert chain.pool.get(poor) is None
    assert chain.pool.reason(poor) == "insufficient sender balance"


def test_a_failed_transaction_is_included_and_paid_for() -> None:
    chain = make_chain()
    a = chain.accounts[0]
    contract = deploy(chain, a)
    spin = chain.submit(signed(a, 1, **call_data(contract, SPIN, gas=60_000)))
    mine(chain)
    receipt = receipt_of(chain, spin)
    assert (receipt.succeeded, receipt.gas_used, receipt.logs) == (False, 60_000, ())


def test_logs_are_numbered_through_the_block() -> None:
    chain = make_chain()
    a = chain.accounts[0]
    contract = deploy(chain, a)
    for nonce in (1, 2):
        chain.submit(signed(a, nonce, **call_data(contract, SET + word(nonce))))
    mine(chain)
    first, second = chain.head.receipts
    assert (first.first_log_index, second.first_log_index) == (0, 1)
    assert bytes(second.logs[0].topics[0]) == TOPIC
    assert second.cumulative_gas_used == first.gas_used + second.gas_used


def test_a_block_cannot_be_built_in_the_past() -> None:
    chain = make_chain()
    with pytest.raises(InvalidAttributesError):
        mine(chain, timestamp=GENESIS_TIME)


def test_a_sibling_stays_aside_until_it_is_chosen() -> None:
    chain = make_chain()
    a, b, _ = chain.accounts
    genesis = chain.head.hash
    shared, lost = chain.submit(signed(a, 0)), chain.submit(signed(b, 0))
    first = mine(chain)
    sibling = mine(chain, parent_hash=genesis, timestamp=GENESIS_TIME + 13)
    assert chain.head.hash == first.block_hash
    assert chain.is_canonical(first.block_hash)
    chain.set_head(sibling.block_hash)
    assert not chain.is_canonical(first.block_hash)
    assert chain.receipt(shared) is None
    assert {shared, lost} == {t.hash for queue in chain.pool.waiting().values() for t in queue}
    mine(chain)
    assert chain.receipt(shared) is not None
    chain.reorg(first.block_hash)
    assert (chain.head.number, len(chain.pool)) == (1, 0)


def test_two_branches_keep_their_own_state() -> None:
    chain = make_chain()
    a = chain.accounts[0]
    genesis = chain.head.hash
    chain.submit(signed(a, 0, value=5))
    with_it = mine(chain)
    without = mine(chain, parent_hash=genesis, empty=True)
    assert chain.world(chain.block(with_it.block_hash)).account(b"\x11" * 20) is not None
    assert chain.world(chain.block(without.block_hash)).account(b"\x11" * 20) is None


def test_finality_never_moves_back_and_is_never_left() -> None:
    chain = make_chain()
    genesis = chain.head.hash
    one, two = mine(chain), mine(chain)
    fork = mine(chain, parent_hash=genesis, empty=True, timestamp=GENESIS_TIME + 1)
    chain.set_finalized(one.block_hash)
    assert (chain.finalized.number, chain.safe.number) == (1, 1)
    chain.set_safe(two.block_hash)
    with pytest.raises(FinalizedConflictError):
        chain.set_head(fork.block_hash)
    with pytest.raises(FinalizedConflictError):
        chain.set_finalized(genesis)
    with pytest.raises(FinalizedConflictError):
        chain.set_safe(genesis)
    with pytest.raises(FinalizedConflictError):
        chain.set_safe(fork.block_hash)
    with pytest.raises(UnknownBlockError):
        chain.set_head(bytes(32))
    assert chain.head.hash == two.block_hash


def test_leaving_the_safe_block_falls_back_to_the_finalized_one() -> None:
    chain = make_chain()
    genesis = chain.head.hash
    chain.set_safe(mine(chain).block_hash)
    chain.set_head(mine(chain, parent_hash=genesis, timestamp=GENESIS_TIME + 1).block_hash)
    assert chain.safe.hash == genesis


def test_old_states_then_old_blocks_are_let_go() -> None:
    chain = make_chain(state_history=3, block_history=5)
    first = chain.submit(signed(chain.accounts[0], 0))
    for _ in range(8):
        mine(chain)
    chain.set_finalized(chain.head.hash)
    mine(chain)
    assert chain.earliest == 4
    with pytest.raises(UnknownBlockError):
        chain.at(3)
    with pytest.raises(StateNotKeptError):
        chain.world(chain.at(5))
    with pytest.raises(StateNotKeptError):
        mine(chain, parent_hash=chain.at(5).hash)
    chain.world(chain.at(6))
    assert chain.receipt(first) is None


def test_the_pending_block_is_what_would_be_built_and_joins_nothing() -> None:
    chain = make_chain()
    waiting = chain.submit(signed(chain.accounts[0], 0))
    pending = chain.pending()
    assert [r.transaction.hash for r in pending.receipts] == [waiting]
    assert chain.pending() is pending
    assert (chain.head.number, len(chain.pool)) == (0, 1)
    with pytest.raises(UnknownBlockError):
        chain.block(pending.hash)


def test_the_same_transaction_is_not_taken_twice() -> None:
    chain = make_chain()
    raw = signed(chain.accounts[0], 0)
    chain.submit(raw)
    with pytest.raises(RefusedTransactionError, match="already known"):
        chain.submit(raw)
    mine(chain)
    with pytest.raises(RefusedTransactionError, match="already known"):
        chain.submit(raw)
    with pytest.raises(RefusedTransactionError, match="nonce too low"):
        chain.submit(signed(chain.accounts[0], 0, value=2))


def test_blockhash_sees_its_ancestors() -> None:
    chain = make_chain()
    hashes = [chain.head.hash] + [mine(chain).block_hash for _ in range(3)]
    assert chain.ancestor_hashes(chain.head) == hashes


def test_what_is_created_and_destroyed_in_one_transaction_leaves_nothing() -> None:
    # Stores a word, then destroys itself in favour of its caller, all while being created.
    chain = make_chain()
    a = chain.accounts[0]
    sent = chain.submit(signed(a, 0, to=None, value=3, gas=200_000, data=bytes.fromhex("60015f5533ff")))
    mine(chain)
    created = receipt_of(chain, sent).contract_address
    assert created is not None
    assert chain.world(chain.head).account(created) is None
    assert created not in chain.world(chain.head).storages
    replay = BlockChain([chain.at(0).eels_block()], genesis_state(chain.genesis), U64(chain.chain_id))
    state_transition(replay, chain.head.eels_block())


@pytest.mark.slow
@pytest.mark.arithmetic
def test_a_long_and_forked_history_is_accepted_by_eels() -> None:
    chain, rng = make_chain(), random.Random(7)
    contract = deploy(chain, chain.accounts[0])
    nonces = dict.fromkeys(chain.accounts, 0) | {chain.accounts[0]: 1}
    for _ in range(60):
        for account in chain.accounts:
            value = rng.randrange(3)
            chain.submit(signed(account, nonces[account], **call_data(contract, rng.choice((SET + word(value), FAIL)), gas=100_000)))
            nonces[account] += 1
        if rng.random() < 0.2:
            aside = mine(chain, parent_hash=chain.head.block.parent_hash, timestamp=chain.head.block.timestamp + 1)
            chain.set_head(aside.block_hash)
        mine(chain)
    replay = BlockChain([chain.at(0).eels_block()], genesis_state(chain.genesis), U64(chain.chain_id))
    for number in range(1, chain.head.number + 1):
        state_transition(replay, chain.at(number).eels_block())
    included = sum(len(chain.at(number).receipts) for number in range(chain.head.number + 1))
    assert included == 1 + 3 * 60
