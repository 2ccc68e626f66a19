"""The light client against the bare work, measured in the same run: a 512-member update, a new committee, an `eth_getProof` answer.

The bare work of an update is what no client can avoid: with the committee's keys known, add those of the signers, check one pairing, and
hash the next committee. Branches, signing root and every other check come on top. Committees and signatures are real, on a synthetic chain.
"""

import statistics
import time
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pyblst
import rlp
from trie.hexary import HexaryTrie

from lightclient.bls.backend import DST, BlsBackend
from lightclient.bls.deferred import DeferredBackend
from lightclient.bls.pyblst_backend import GENERATOR, PyblstBackend
from lightclient.execution.proof import verify_proof_answer
from lightclient.execution.trie import keccak256
from lightclient.forks import DOMAIN_SYNC_COMMITTEE, MAINNET_PRESET
from lightclient.network import compute_domain, compute_signing_root
from lightclient.spec import LightClientStore, initialize_light_client_store, process_light_client_update
from lightclient.ssz import hash_tree_root
from lightclient.types import LightClientUpdate, SyncCommittee
from tests.lightclient.synthetic import SyntheticChain, network

REPEATS = 20
ABSENT = 25
"""Members who miss a slot on a good day of mainnet."""
PERIODS_OF_A_YEAR = 321
ACCOUNTS = 3000


def measure() -> dict[str, float]:
    """Returns milliseconds and, for the update, the ratio to the bare work."""
    slots = MAINNET_PRESET.slots_per_period
    chain = SyntheticChain(network(MAINNET_PRESET), first_slot=2 * slots)
    bootstrap = chain.bootstrap(2 * slots + 32)
    store = initialize_light_client_store(chain.network, hash_tree_root(bootstrap.header.beacon), bootstrap)
    update = chain.update(2 * slots + 500, participants=512 - ABSENT)
    now = 9 * slots
    backend = PyblstBackend()
    fresh = _milliseconds(lambda: PyblstBackend().committee(bootstrap.current_sync_committee), 3)
    full = _milliseconds(lambda: process_light_client_update(store, update, now, chain.network, backend))
    bare = _milliseconds(_bare_work(chain, bootstrap.current_sync_committee, update))
    proof = _milliseconds(_proof())
    return {
        "update_ratio": full / bare,
        "update of 512 members, all checks, ms": full,
        "its bare work: known keys, pairing, committee hash, ms": bare,
        "new committee's 512 keys checked, ms": fresh,
        "year offline, s": PERIODS_OF_A_YEAR * _period_milliseconds(chain, store, update, now, PyblstBackend) / 1e3,
        "year offline before the keys are checked, s": PERIODS_OF_A_YEAR
        * _period_milliseconds(chain, store, update, now, lambda: DeferredBackend(PyblstBackend()))
        / 1e3,
        "proof_ms": proof,
    }


def _period_milliseconds(
    chain: SyntheticChain, store: LightClientStore, update: LightClientUpdate, now: int, fresh: Callable[[], BlsBackend]
) -> float:
    """One period of catching up: an unknown committee's keys and one update; a fresh backend stands for the unknown committee."""
    return _milliseconds(lambda: process_light_client_update(store, update, now, chain.network, fresh()), 3)


def _bare_work(chain: SyntheticChain, committee: SyncCommittee, update: LightClientUpdate) -> Callable[[], Any]:
    keys = [pyblst.BlstP1Element().uncompress(key) for key in committee.pubkeys[: 512 - ABSENT]]
    generator = pyblst.BlstP1Element().uncompress(GENERATOR)
    domain = compute_domain(DOMAIN_SYNC_COMMITTEE, chain.network.forks[-1].version, chain.network.genesis_validators_root)
    message = compute_signing_root(hash_tree_root(update.attested_header.beacon), domain)
    signature = update.sync_aggregate.sync_committee_signature
    pubkeys = update.next_sync_committee.pubkeys
    pad = bytes(16)

    def work() -> bool:
        layer = [sha256(key + pad).digest() for key in pubkeys]
        while len(layer) > 1:
            layer = [sha256(left + right).digest() for left, right in zip(layer[::2], layer[1::2], strict=True)]
        aggregate = sum(keys, pyblst.BlstP1Element())
        hashed = pyblst.BlstP2Element().hash_to_group(message, DST)
        point = pyblst.BlstP2Element().uncompress(signature)
        return bool(pyblst.final_verify(pyblst.miller_loop(aggregate, hashed), pyblst.miller_loop(generator, point)))

    assert work()
    return work


def _proof() -> Callable[[], Any]:
    """An answer for one account with two storage slots, in a state of some thousand accounts."""
    storage: Any = HexaryTrie({})
    keys = [slot.to_bytes(32, "big") for slot in range(200)]
    for key in keys:
        storage[keccak256(key)] = rlp.encode(int.from_bytes(key, "big") + 1)
    state: Any = HexaryTrie({})
    code = keccak256(b"code")
    account = rlp.encode([1, 10**18, storage.root_hash, code])
    addresses = [number.to_bytes(20, "big") for number in range(1, ACCOUNTS)]
    for address in addresses:
        state[keccak256(address)] = account
    asked = addresses[7]
    answer = {
        "address": "0x" + asked.hex(),
        "nonce": "0x1",
        "balance": hex(10**18),
        "storageHash": "0x" + storage.root_hash.hex(),
        "codeHash": "0x" + code.hex(),
        "accountProof": _nodes(state, keccak256(asked)),
        "storageProof": [
            {"key": "0x" + key.hex(), "value": hex(int.from_bytes(key, "big") + 1), "proof": _nodes(storage, keccak256(key))}
            for key in keys[:2]
        ],
    }
    return lambda: verify_proof_answer(answer, state_root=state.root_hash, address=asked, keys=keys[:2])


def _nodes(trie: Any, key: bytes) -> list[str]:
    return ["0x" + rlp.encode(node).hex() for node in trie.get_proof(key)]


def _milliseconds(work: Callable[[], Any], repeats: int = REPEATS) -> float:
    times = []
    for _ in range(repeats):
        started = time.process_time()
        work()
        times.append(time.process_time() - started)
    return statistics.median(times) * 1e3
