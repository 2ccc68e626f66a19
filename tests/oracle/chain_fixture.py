"""A whole chain in memory, just large enough to prove one anchor: state trie, headers, sync committees of real BLS keys.

Deterministic and without a node: the state is a Merkle-Patricia trie of the registry's account and its neighbours, beacon states are the
few fields that light clients look at, and every other leaf of their trees is zero. Preset minimal, Fulu from genesis. Tests of other
rooms may use it.
"""

from dataclasses import dataclass, replace
from functools import cache

import rlp
from trie.hexary import HexaryTrie

from fullnode.devnet.consensus.keys import Keyring, keyring
from lightclient.forks import DOMAIN_SYNC_COMMITTEE, ELECTRA_GINDICES, MINIMAL_PRESET, ForkName
from lightclient.network import Contracts, ForkSchedule, Network, compute_domain, compute_signing_root
from lightclient.ssz import build_branch, get_subtree_index, hash_tree_root, merkleize
from lightclient.types import (
    BeaconBlockHeader,
    ExecutionPayloadHeader,
    LightClientBootstrap,
    LightClientFinalityUpdate,
    LightClientHeader,
    LightClientUpdate,
    SyncAggregate,
    SyncCommittee,
)
from oracle import anchor as contracts
from oracle import artifacts, gateway_registry
from oracle.keccak import keccak256

GENESIS_TIME = 1_790_000_000
REGISTRY = bytes.fromhex("a0" * 20)
GATEWAY_REGISTRY = bytes.fromhex("b0" * 20)
EAS = bytes.fromhex("e0" * 20)
EAS_VERSION = "1.4.0"
SIZE = MINIMAL_PRESET.sync_committee_size
"""Committee members in the preset of the default network."""

NETWORK = Network(
    name="fixture",
    chain_id=31_337,
    preset=MINIMAL_PRESET,
    genesis_time=GENESIS_TIME,
    genesis_validators_root=b"\x42" * 32,
    seconds_per_slot=6,
    forks=tuple(ForkSchedule(fork, bytes([fork, 0, 0, 1]), 0) for fork in ForkName if fork <= ForkName.FULU),
    contracts=Contracts(f"0x{REGISTRY.hex()}", f"0x{GATEWAY_REGISTRY.hex()}", f"0x{EAS.hex()}", eas_version=EAS_VERSION),
)


@dataclass(frozen=True)
class World:
    """One anchor, finalized, and the way from a checkpoint to it."""

    network: Network
    checkpoint: bytes
    now_s: int
    bootstrap: LightClientBootstrap
    updates: tuple[LightClientUpdate, ...]
    finality_update: LightClientFinalityUpdate
    answer: dict[str, object]
    """The `eth_getProof` answer for the anchor's slot."""


@dataclass(frozen=True)
class State:
    """What else stands in the state beside the anchored root: storage words by slot of each contract."""

    anchors: tuple[tuple[bytes, bytes], ...] = ()
    """Further words of the AnchorRegistry, by slot."""
    members: tuple[tuple[bytes, int], ...] = ()
    """Words of the GatewayRegistry, by slot."""
    eas: bytes = b""
    """Address of the EAS contract; empty for none."""
    revocations: tuple[tuple[bytes, int], ...] = ()
    """Words of the EAS contract, by slot."""


def world(
    *,
    gateway: bytes,
    index: int,
    root: bytes,
    periods: int = 1,
    network: Network = NETWORK,
    participation: int | None = None,
    beside: State | None = None,
    from_block: bool = False,
) -> World:
    """Builds a chain on which `gateway` anchored `root` as batch `index`, finalized `periods` periods after the checkpoint.

    With `from_block` and no period in between, the checkpoint is the finalized block itself.
    """
    state_root, answer = execution_state(gateway, index, root, beside=beside or State())
    per_period = network.preset.slots_per_period
    updates = tuple(update(network, period, participation) for period in range(periods))
    slot = periods * per_period + 16
    final = signed_header(network, slot, state_root, period=periods)
    start = final if from_block else signed_header(network, 8, bytes(32), period=0)
    attested = signed_header(network, slot + 16, bytes(32), period=periods, finalized=final.header.beacon)
    return World(
        network=network,
        checkpoint=hash_tree_root(start.header.beacon),
        now_s=network.time_at_slot(slot + 24),
        bootstrap=LightClientBootstrap(start.header, committee(network, 0), start.branch(ELECTRA_GINDICES.current_sync_committee)),
        updates=updates,
        finality_update=LightClientFinalityUpdate(
            attested.header,
            final.header,
            attested.branch(ELECTRA_GINDICES.finalized_root),
            sign(network, attested.header, slot + 17, participation),
            slot + 17,
        ),
        answer=answer,
    )


def update(network: Network, period: int, participation: int | None = None) -> LightClientUpdate:
    """The update of one period: its committee hands on to the next, under a finalized block of the same period."""
    slot = period * network.preset.slots_per_period + 24
    final = signed_header(network, slot, bytes(32), period=period)
    attested = signed_header(network, slot + 16, bytes(32), period=period, finalized=final.header.beacon)
    return LightClientUpdate(
        attested.header,
        committee(network, period + 1),
        attested.branch(ELECTRA_GINDICES.next_sync_committee),
        final.header,
        attested.branch(ELECTRA_GINDICES.finalized_root),
        sign(network, attested.header, slot + 17, participation),
        slot + 17,
    )


# Execution: a real trie with the registry's account


@dataclass(frozen=True)
class Execution:
    """A state with the proofs of whatever is asked for."""

    state: HexaryTrie
    storages: dict[bytes, HexaryTrie]

    @property
    def root(self) -> bytes:
        return self.state.root_hash

    def account_proof(self, address: bytes) -> tuple[bytes, ...]:
        return _proof(self.state, keccak256(address))

    def word(self, address: bytes, slot: bytes) -> int:
        found = self.storages[address].get(keccak256(slot))
        return int.from_bytes(rlp.decode(found), "big") if found else 0

    def storage_proof(self, address: bytes, slot: bytes) -> tuple[bytes, ...]:
        return _proof(self.storages[address], keccak256(slot))


def execution(gateway: bytes, index: int, root: bytes, beside: State) -> Execution:
    """Builds the state in which `gateway` anchored `root` as batch `index` among others."""
    anchors = HexaryTrie({})
    for other in range(20):
        anchors[keccak256(contracts.anchor_slot(gateway, index + 1 + other))] = rlp.encode(keccak256(bytes([other])))
    for slot, word in ((contracts.anchor_slot(gateway, index), root), *beside.anchors):
        if any(word):
            anchors[keccak256(slot)] = rlp.encode(word.lstrip(b"\0"))
    code = artifacts.runtime_code(artifacts.load("AnchorRegistry"), {"GATEWAY_REGISTRY": GATEWAY_REGISTRY})
    made = {REGISTRY: (anchors, keccak256(code)), GATEWAY_REGISTRY: (_words(beside.members), gateway_registry.code_hash())}
    if beside.eas:
        made[beside.eas] = (_words(beside.revocations), keccak256(b"code of EAS"))
    state = HexaryTrie({})
    for other in range(40):
        state[keccak256(bytes([other]) * 20)] = rlp.encode([b"", bytes([other + 1]), bytes(32), bytes(32)])
    for address, (storage, code_hash) in made.items():
        state[keccak256(address)] = rlp.encode([b"\x01", b"", storage.root_hash, code_hash])
    return Execution(state, {address: storage for address, (storage, _) in made.items()})


def _words(words: tuple[tuple[bytes, int], ...]) -> HexaryTrie:
    storage = HexaryTrie({})
    for other in range(20):
        storage[keccak256(bytes([other]) * 32)] = rlp.encode(other + 1)
    for slot, word in words:
        if word:
            storage[keccak256(slot)] = rlp.encode(word)
    return storage


@cache
def execution_state(
    gateway: bytes,
    index: int,
    root: bytes,
    asked: bytes = REGISTRY,
    beside: State = State(),
) -> tuple[bytes, dict[str, object]]:
    """Returns the state root and the `eth_getProof` answer for one anchored root among others, with the account proof of `asked`."""
    made, slot = execution(gateway, index, root, beside), contracts.anchor_slot(gateway, index)
    code = artifacts.runtime_code(artifacts.load("AnchorRegistry"), {"GATEWAY_REGISTRY": GATEWAY_REGISTRY})
    return made.root, {
        "address": f"0x{REGISTRY.hex()}",
        "balance": "0x0",
        "nonce": "0x1",
        "codeHash": f"0x{keccak256(code).hex()}",
        "storageHash": f"0x{made.storages[REGISTRY].root_hash.hex()}",
        "accountProof": [f"0x{node.hex()}" for node in made.account_proof(asked)],
        "storageProof": [
            {
                "key": f"0x{slot.hex()}",
                "value": f"0x{root.hex()}",
                "proof": [f"0x{node.hex()}" for node in made.storage_proof(REGISTRY, slot)],
            }
        ],
    }


def _proof(trie: HexaryTrie, key: bytes) -> tuple[bytes, ...]:
    return tuple(rlp.encode(node) for node in trie.get_proof(key))  # type: ignore[no-untyped-call]


# Consensus: headers whose states hold just what light clients ask for


@dataclass(frozen=True)
class Signed:
    """A header with the roots of its state's fields."""

    header: LightClientHeader
    fields: tuple[bytes, ...]
    finalized_epoch: bytes

    def branch(self, gindex: int) -> tuple[bytes, ...]:
        index = get_subtree_index(gindex)
        if gindex == ELECTRA_GINDICES.finalized_root:
            return (self.finalized_epoch, *build_branch(self.fields, index >> 1, 6))
        return build_branch(self.fields, index, 6)


def signed_header(network: Network, slot: int, state_root: bytes, *, period: int, finalized: BeaconBlockHeader | None = None) -> Signed:
    """Returns a header at `slot` whose execution block has `state_root` and whose state names committees and the finalized block."""
    epoch = (0 if finalized is None else network.epoch_at_slot(finalized.slot)).to_bytes(32, "little")
    root = bytes(32) if finalized is None else hash_tree_root(finalized)
    fields = [bytes(32)] * 64
    fields[get_subtree_index(ELECTRA_GINDICES.finalized_root) >> 1] = merkleize([epoch, root])
    fields[get_subtree_index(ELECTRA_GINDICES.current_sync_committee)] = hash_tree_root(committee(network, period))
    fields[get_subtree_index(ELECTRA_GINDICES.next_sync_committee)] = hash_tree_root(committee(network, period + 1))
    execution = ExecutionPayloadHeader(
        parent_hash=bytes(32),
        fee_recipient=b"\xab" * 20,
        state_root=state_root,
        receipts_root=bytes(32),
        logs_bloom=bytes(256),
        prev_randao=bytes(32),
        block_number=slot,
        gas_limit=36_000_000,
        gas_used=46_800,
        timestamp=network.time_at_slot(slot),
        extra_data=b"fixture",
        base_fee_per_gas=7,
        block_hash=keccak256(slot.to_bytes(8, "big")),
        transactions_root=bytes(32),
        withdrawals_root=bytes(32),
        blob_gas_used=0,
        excess_blob_gas=0,
    )
    body = [bytes(32)] * 16
    body[9] = hash_tree_root(execution)
    beacon = BeaconBlockHeader(slot, slot % 7, keccak256(b"parent"), merkleize(fields), merkleize(body))
    return Signed(LightClientHeader(beacon, execution, build_branch(body, 9, 4)), tuple(fields), epoch)


def keys(network: Network, period: int) -> Keyring:
    """The committee's keys of one period."""
    return keyring(f"fixture {period}", network.preset.sync_committee_size)


def committee(network: Network, period: int) -> SyncCommittee:
    """The committee of one period."""
    return _committee(network.preset.sync_committee_size, period)


@cache
def _committee(size: int, period: int) -> SyncCommittee:
    ring = keyring(f"fixture {period}", size)
    return SyncCommittee(ring.pubkeys, ring.aggregate(ring.pubkeys))


def sign(network: Network, header: LightClientHeader, signature_slot: int, participation: int | None = None) -> SyncAggregate:
    """Signs a header with the first `participation` members of the period's committee, or with all."""
    ring = keys(network, network.period_at_slot(signature_slot))
    signers = len(ring.pubkeys) if participation is None else participation
    version = network.fork_at_epoch(network.epoch_at_slot(signature_slot - 1)).version
    domain = compute_domain(DOMAIN_SYNC_COMMITTEE, version, network.genesis_validators_root)
    signature = ring.sign(ring.pubkeys[:signers], compute_signing_root(hash_tree_root(header.beacon), domain))
    return SyncAggregate(((1 << signers) - 1).to_bytes(len(ring.pubkeys) // 8, "little"), signature)


def pinned(network: Network = NETWORK, /, **contracts_: str | None) -> Network:
    """The network with other contracts in its file."""
    return replace(network, contracts=Contracts(**contracts_))
