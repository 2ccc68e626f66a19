"""Light-client answers made wrong on purpose, each in one named way.

Pure, but for the committee's keys: a conflict and a short-handed signature are really signed. Each function takes a right answer and
returns a wrong copy, or the same one where it has no such part. Invariant: what a lie does not name stays right, so a refusal shows that
exactly that check was made.
"""

from collections.abc import Callable
from dataclasses import fields, replace
from hashlib import sha256
from typing import Any, Final, TypeVar

from fullnode.devnet.consensus.block import sync_signing_root
from fullnode.devnet.consensus.body import PAYLOAD_INDEX
from fullnode.devnet.consensus.chain import BeaconChain
from fullnode.devnet.consensus.light_client import GINDICES
from fullnode.devnet.consensus.misbehave import Lie
from lightclient.ssz import ZERO_HASHES, get_subtree_index, hash_tree_root, root_from_branch
from lightclient.types import (
    Branch,
    LightClientBootstrap,
    LightClientFinalityUpdate,
    LightClientHeader,
    LightClientOptimisticUpdate,
    LightClientUpdate,
    SyncAggregate,
    SyncCommittee,
)

Answer = TypeVar("Answer", LightClientBootstrap, LightClientUpdate, LightClientFinalityUpdate, LightClientOptimisticUpdate)


def lie_about(chain: BeaconChain, lie: Lie, answer: Answer) -> Answer:
    """Returns `answer` with what `lie` names made wrong."""
    told: Answer = _LIES[lie](chain, answer)
    return told


# Each lie. Fields are found by name because the four answers share them.


def _signature(chain: BeaconChain, answer: Any) -> Any:
    return (
        answer
        if isinstance(answer, LightClientBootstrap)
        else _signed_again(chain, answer, answer.sync_aggregate.sync_committee_bits, b"\xff" * 32)
    )


def _few_signers(chain: BeaconChain, answer: Any) -> Any:
    return _signed_again(chain, answer, b"\x55" * (chain.rules.preset.sync_committee_size // 8))


def _execution_branch(_: BeaconChain, answer: Any) -> Any:
    return _with_headers(answer, lambda header: replace(header, execution_branch=_bent(header.execution_branch)))


def _state_root(_: BeaconChain, answer: Any) -> Any:
    return _with_headers(answer, _with_false_state)


def _branch_named(*names: str) -> Callable[[BeaconChain, Any], Any]:
    def bend(_: BeaconChain, answer: Any) -> Any:
        present = [name for name in names if hasattr(answer, name)]
        return replace(answer, **{name: _bent(getattr(answer, name)) for name in present})

    return bend


def _committee(_: BeaconChain, answer: Any) -> Any:
    for name in ("current_sync_committee", "next_sync_committee"):
        if hasattr(answer, name):
            committee: SyncCommittee = getattr(answer, name)
            swapped = (committee.pubkeys[1], *committee.pubkeys[1:])
            answer = replace(answer, **{name: replace(committee, pubkeys=swapped)})
    return answer


def _conflict(chain: BeaconChain, answer: Any) -> Any:
    """Returns an answer with other headers at the same slots, as a committee makes it that signs two blocks, one with a false state."""
    if isinstance(answer, LightClientBootstrap):
        return answer
    attested = _with_false_body(answer.attested_header)
    state_root = sha256(attested.beacon.state_root).digest()
    if hasattr(answer, "finalized_header") and answer.finalized_header.beacon.slot:
        finalized = _with_false_body(answer.finalized_header)
        branch: Branch = answer.finality_branch
        root = hash_tree_root(finalized.beacon)
        state_root = root_from_branch(root, branch, get_subtree_index(GINDICES.finalized_root))
        answer = replace(answer, finalized_header=finalized)
        if any(node != ZERO_HASHES[0] for node in getattr(answer, "next_sync_committee_branch", ())):
            # The finalized checkpoint is a neighbour of the committee: the second hash of the committee's branch covers it.
            checkpoint = sha256(branch[0] + root).digest()
            low, _, *high = answer.next_sync_committee_branch
            answer = replace(answer, next_sync_committee_branch=(low, sha256(checkpoint + branch[1]).digest(), *high))
    attested = replace(attested, beacon=replace(attested.beacon, state_root=state_root))
    return _signed_again(chain, replace(answer, attested_header=attested), answer.sync_aggregate.sync_committee_bits)


_LIES: Final[dict[Lie, Callable[[BeaconChain, Any], Any]]] = {
    Lie.SIGNATURE: _signature,
    Lie.EXECUTION_BRANCH: _execution_branch,
    Lie.FINALITY_BRANCH: _branch_named("finality_branch"),
    Lie.COMMITTEE_BRANCH: _branch_named("current_sync_committee_branch", "next_sync_committee_branch"),
    Lie.COMMITTEE: _committee,
    Lie.STATE_ROOT: _state_root,
    Lie.FEW_SIGNERS: _few_signers,
    Lie.CONFLICT: _conflict,
}
"""What each lie does."""


# Helpers.


def _bent(branch: Branch) -> Branch:
    return tuple(sha256(node).digest() for node in branch)


def _with_headers(answer: Any, change: Callable[[LightClientHeader], LightClientHeader]) -> Any:
    changed = {}
    for field in fields(answer):
        value = getattr(answer, field.name)
        if isinstance(value, LightClientHeader) and value.beacon.slot:
            changed[field.name] = change(value)
    return replace(answer, **changed)


def _with_false_state(header: LightClientHeader) -> LightClientHeader:
    assert header.execution is not None
    return replace(header, execution=replace(header.execution, state_root=sha256(header.execution.state_root).digest()))


def _with_false_body(header: LightClientHeader) -> LightClientHeader:
    """Returns the header of a block that differs only in its execution block's state root: its branch is right."""
    false = _with_false_state(header)
    assert false.execution is not None
    body_root = root_from_branch(hash_tree_root(false.execution), false.execution_branch, PAYLOAD_INDEX)
    return replace(false, beacon=replace(false.beacon, body_root=body_root))


def _signed_again(chain: BeaconChain, answer: Any, bits: bytes, message: bytes | None = None) -> Any:
    """Returns `answer` with its attested header (or `message` in its place) signed by the members that `bits` names."""
    if isinstance(answer, LightClientBootstrap):
        return answer
    pubkeys = chain.committee(answer.signature_slot).pubkeys
    signed = sync_signing_root(chain.rules, message or hash_tree_root(answer.attested_header.beacon), answer.signature_slot)
    signers = (pubkey for index, pubkey in enumerate(pubkeys) if bits[index // 8] >> (index % 8) & 1)
    return replace(answer, sync_aggregate=SyncAggregate(bits, chain.rules.keyring.sign(signers, signed)))
