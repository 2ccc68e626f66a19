"""Checks of what the chain says: batch, checkpoint, committees, finality, registry, anchor, age. Pure; each returns one line or raises."""

from datetime import UTC, datetime

from lightclient.errors import LightClientError
from lightclient.execution.proof import verify_account_proof, verify_storage_proof
from lightclient.network import Network
from lightclient.spec import (
    initialize_light_client_store,
    process_light_client_finality_update,
    process_light_client_update,
)
from lightclient.ssz import hash_tree_root
from lightclient.types import LightClientBootstrap, LightClientFinalityUpdate, LightClientUpdate
from oracle import anchor as contracts
from oracle import trace
from oracle.batch import BatchLeaf
from oracle.bundle import Bundle
from oracle.errors import RefusedError
from oracle.hexes import to_checksum
from oracle.merkle import root_from_proof
from oracle.verify_errors import (
    AccountError,
    AnchorMismatchError,
    BatchMismatchError,
    CheckpointError,
    CodeMismatchError,
    CommitteeError,
    FinalityError,
    NoCheckpointError,
    NotExpectedError,
)
from oracle.verify_walk import Found, Walk

CHECKPOINT_DAYS = 14
"""A checkpoint older than this is warned of: beyond the weak-subjectivity period, validators who left could sign another history."""
FINALITY_DAYS = 1
"""A finalized block older than this only means that the bundle is not from today, which is worth a line."""
DAY = 86_400
"""Seconds in a day."""


def batch(walk: Walk) -> Found:
    """Returns if the attestation is under the batch's root."""
    signed, stated = walk.bundle.attestation, walk.bundle.batch
    computed = root_from_proof(BatchLeaf(signed.uid, signed.attester, signed.digest).hash, stated.proof)
    if computed != stated.root:
        raise BatchMismatchError(computed, stated.root)
    return Found(f"root 0x{stated.root.hex()}, {len(stated.proof)} steps")


def checkpoint(walk: Walk) -> Found:
    """Returns if the bootstrap is that of the checkpoint given by hand."""
    if walk.checkpoint is None:
        raise NoCheckpointError(starts_at(walk.bundle, walk.network))
    walk.trusted.append(f"checkpoint 0x{walk.checkpoint.hex()}, {walk.expected.checkpoint_source}")
    try:
        bootstrap = trace.read(LightClientBootstrap, walk.network, walk.bundle.trace.bootstrap)
        walk.following = initialize_light_client_store(walk.network, walk.checkpoint, bootstrap)
    except LightClientError as error:
        raise CheckpointError("bootstrap", str(error)) from error
    slot = bootstrap.header.beacon.slot
    age = walk.now_s - walk.network.time_at_slot(slot)
    if age > CHECKPOINT_DAYS * DAY:
        walk.warnings.append(f"the checkpoint is {age // DAY} days old: make sure that its source was trustworthy then and is now")
    return Found(f"slot {slot}", f"checkpoint 0x{walk.checkpoint.hex()}")


def starts_at(bundle: Bundle, network: Network) -> bytes | None:
    """Returns the checkpoint from which a bundle's trace starts, by its own word; None where it cannot be read."""
    try:
        return hash_tree_root(trace.read(LightClientBootstrap, network, bundle.trace.bootstrap).header.beacon)
    except (LightClientError, RefusedError):
        return None


def committees(walk: Walk) -> Found:
    """Returns if the updates hand the sync committee on from the checkpoint's period to that of the last signature, each needed for it."""
    network = walk.network
    first = network.period_at_slot(walk.store.finalized_header.beacon.slot)
    last = network.period_at_slot(trace.read(LightClientFinalityUpdate, network, walk.bundle.trace.finality_update).signature_slot)
    for place, document in enumerate(walk.bundle.trace.updates):
        update = trace.read(LightClientUpdate, network, document)
        _require_supermajority(walk, f"update {place}", update.sync_aggregate.participants)
        if network.period_at_slot(update.attested_header.beacon.slot) >= last:
            raise CommitteeError(f"update {place}", f"it is of the last signature's period {last} or later, so nothing rests on it")
        before = walk.store
        try:
            walk.following = process_light_client_update(before, update, network.slot_at_time(walk.now_s), network, walk.bls)
        except LightClientError as error:
            raise CommitteeError(f"update {place}", str(error)) from error
        known = (before.current_sync_committee, before.next_sync_committee)
        if (walk.store.current_sync_committee, walk.store.next_sync_committee) == known:
            raise CommitteeError(f"update {place}", "it makes no committee known, so nothing rests on it")
    reached = network.period_at_slot(walk.store.finalized_header.beacon.slot) + (walk.store.next_sync_committee is not None)
    if last > reached:
        raise CommitteeError("updates", f"they make committees known up to period {reached}, the last signature is of period {last}")
    return Found(f"periods {first} to {last}", "the sync committee of each period")


def finality(walk: Walk) -> Found:
    """Returns if a supermajority of the committee signed the block whose state calls the execution block finalized."""
    network = walk.network
    try:
        update = trace.read(LightClientFinalityUpdate, network, walk.bundle.trace.finality_update)
        current = network.slot_at_time(walk.now_s)
        walk.following = process_light_client_finality_update(walk.store, update, current, network, walk.bls)
    except LightClientError as error:
        raise FinalityError("finality update", str(error)) from error
    participants = update.sync_aggregate.participants
    _require_supermajority(walk, "finality update", participants)
    execution = walk.store.finalized_header.execution
    if walk.store.finalized_header != update.finalized_header or execution is None:
        raise FinalityError("finality update", "it does not make its block the latest finalized one")
    size = network.preset.sync_committee_size
    block = f"block {execution.block_number} (slot {update.finalized_header.beacon.slot})"
    return Found(f"{block}, signed by {participants} of {size}", f"sync committee, {participants} of {size}")


def registry(walk: Walk) -> Found:
    """Returns if the registry's account is in the finalized state and is a genuine AnchorRegistry."""
    stated, pinned, known = walk.bundle.anchor, walk.expected, walk.network.contracts
    _pin(walk, "AnchorRegistry", stated.registry, pinned.registry, known.anchor_registry)
    _pin(walk, "GatewayRegistry", stated.gateway_registry, pinned.gateway_registry, known.gateway_registry)
    execution = walk.block
    try:
        account = verify_account_proof(execution.state_root, stated.registry, stated.account_proof)
    except LightClientError as error:
        raise AccountError(stated.registry, str(error)) from error
    if account is None:
        raise AccountError(stated.registry, "the proof shows that there is no such account")
    expected = contracts.anchor_registry_code_hash(stated.gateway_registry)
    if account.code_hash != expected:
        raise CodeMismatchError(account.code_hash, expected, "an AnchorRegistry with that gateway registry")
    walk.storage_root = account.storage_hash
    return Found(
        f"AnchorRegistry at {to_checksum(stated.registry)}, code hash 0x{expected.hex()}", f"state of block {execution.block_number}"
    )


def anchor(walk: Walk) -> Found:
    """Returns if the gateway's slot for this batch holds the batch's root."""
    stated = walk.bundle.anchor
    if walk.bundle.standing is None or walk.expected.gateway in (None, stated.gateway):
        _pin(walk, "gateway", stated.gateway, walk.expected.gateway, None)
    if walk.expected.gateway is None and walk.bundle.standing is None and stated.gateway != walk.bundle.attestation.attester:
        walk.warnings.append(
            "another key signed than the one that anchored, neither is pinned, and the file does not show that both are one gateway's"
        )
    assert walk.storage_root is not None
    try:
        value = verify_storage_proof(walk.storage_root, contracts.anchor_slot(stated.gateway, stated.index), stated.storage_proof)
    except LightClientError as error:
        raise AccountError(stated.registry, str(error)) from error
    root = walk.bundle.batch.root
    if value.to_bytes(32, "big") != root:
        raise AnchorMismatchError(value.to_bytes(32, "big"), root)
    gateway = f"gateway {to_checksum(stated.gateway)}"
    return Found(f"batch {stated.index} of {gateway}", gateway)


def age(walk: Walk) -> Found:
    """Returns how old the finalized block is; nothing here refuses, because an old bundle is as true as it was."""
    execution = walk.block
    seconds = walk.now_s - execution.timestamp
    if seconds > FINALITY_DAYS * DAY:
        walk.warnings.append(f"the finalized block is {seconds // DAY} days old: a later revocation does not show in this file")
    moment = datetime.fromtimestamp(execution.timestamp, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    return Found(f"anchored before {moment}", f"block {execution.block_number}")


def _require_supermajority(walk: Walk, which: str, participants: int) -> None:
    size = walk.network.preset.sync_committee_size
    if 3 * participants < 2 * size:
        raise FinalityError(which, f"signed by {participants} of {size}, fewer than two thirds")


def _pin(walk: Walk, what: str, stated: bytes, given: bytes | None, known: str | None) -> None:
    expected = given if given is not None else None if known is None else bytes.fromhex(known.removeprefix("0x"))
    if expected is not None and stated != expected:
        raise NotExpectedError(what, stated, expected)
    how = "given by hand" if given is not None else "from the network file" if expected is not None else "not pinned: the bundle's own word"
    walk.trusted.append(f"{what} {to_checksum(stated)}, {how}")
