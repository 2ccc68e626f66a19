"""The messages of the light-client protocol, for every fork from altair to gloas.

Records are the same in every fork; what differs is a table: whether headers carry an execution header, and how deep the branches are.
Source: `specs/{altair,capella,deneb,electra,gloas}/light-client/sync-protocol.md#containers`.
"""

from dataclasses import dataclass
from functools import cache

from lightclient.forks import EXECUTION_BLOCK_HASH_GINDICES, EXECUTION_PAYLOAD_GINDEX, ForkName, state_gindices
from lightclient.ssz import Container, Vector, floorlog2
from lightclient.types.beacon import (
    BEACON_BLOCK_HEADER,
    BYTES32,
    UINT64,
    BeaconBlockHeader,
    SyncAggregate,
    SyncCommittee,
    sync_aggregate,
    sync_committee,
)
from lightclient.types.execution import ExecutionPayloadHeader, execution_payload_header

Branch = tuple[bytes, ...]
"""Sibling hashes, lowest first."""


@dataclass(frozen=True, slots=True)
class LightClientHeader:
    """A beacon header with the execution header that its body holds."""

    beacon: BeaconBlockHeader
    """What the committee signs."""
    execution: ExecutionPayloadHeader | None = None
    """The execution header; None before capella, and from gloas on, where execution comes apart from the beacon block."""
    execution_branch: Branch = ()
    """From the execution header's root, or from the execution block hash, to `beacon.body_root`; empty before capella."""
    execution_block_hash: bytes | None = None
    """From gloas on, hash of the execution block that this block builds upon, and all that it says of execution; None before."""

    def fork(self) -> ForkName:
        """Returns the first fork whose light-client headers have exactly these fields."""
        if self.execution_block_hash is not None:
            return ForkName.GLOAS
        return ForkName.ALTAIR if self.execution is None else self.execution.fork()

    def ssz_type(self) -> Container["LightClientHeader"]:
        """Returns the SSZ type of the fork that has exactly these fields."""
        return light_client_header(self.fork())


@dataclass(frozen=True, slots=True)
class LightClientBootstrap:
    """What a client starts from: a trusted header and its committee."""

    header: LightClientHeader
    """The header whose root the user trusts."""
    current_sync_committee: SyncCommittee
    """The committee of the header's period."""
    current_sync_committee_branch: Branch
    """From the committee's root to the header's state root."""

    def ssz_type(self) -> Container["LightClientBootstrap"]:
        """Returns the SSZ type that fits."""
        depth = len(self.current_sync_committee_branch)
        return _bootstrap(self.header.fork(), len(self.current_sync_committee.pubkeys), depth)


@dataclass(frozen=True, slots=True)
class LightClientUpdate:
    """A signed header with the next committee and a finalized header."""

    attested_header: LightClientHeader
    """What the committee signed."""
    next_sync_committee: SyncCommittee
    """The committee of the period after the attested header's; all zero where the update carries none."""
    next_sync_committee_branch: Branch
    """From the next committee's root to the attested state root; all zero where the update carries none."""
    finalized_header: LightClientHeader
    """The block that the attested state calls finalized; the default header where the update carries none."""
    finality_branch: Branch
    """From the finalized header's root to the attested state root; all zero where the update carries none."""
    sync_aggregate: SyncAggregate
    """Who signed."""
    signature_slot: int
    """Slot at which the signature was included; its committee is the one that signed."""

    def ssz_type(self) -> Container["LightClientUpdate"]:
        """Returns the SSZ type that fits."""
        return _update(
            self.attested_header.fork(),
            len(self.next_sync_committee.pubkeys),
            len(self.next_sync_committee_branch),
            len(self.finality_branch),
        )


@dataclass(frozen=True, slots=True)
class LightClientFinalityUpdate:
    """An update without the next committee."""

    attested_header: LightClientHeader
    """What the committee signed."""
    finalized_header: LightClientHeader
    """The block that the attested state calls finalized."""
    finality_branch: Branch
    """From the finalized header's root to the attested state root."""
    sync_aggregate: SyncAggregate
    """Who signed."""
    signature_slot: int
    """Slot at which the signature was included."""

    def ssz_type(self) -> Container["LightClientFinalityUpdate"]:
        """Returns the SSZ type that fits."""
        size = 8 * len(self.sync_aggregate.sync_committee_bits)
        return _finality_update(self.attested_header.fork(), size, len(self.finality_branch))


@dataclass(frozen=True, slots=True)
class LightClientOptimisticUpdate:
    """A signed header alone."""

    attested_header: LightClientHeader
    """What the committee signed."""
    sync_aggregate: SyncAggregate
    """Who signed."""
    signature_slot: int
    """Slot at which the signature was included."""

    def ssz_type(self) -> Container["LightClientOptimisticUpdate"]:
        """Returns the SSZ type that fits."""
        return _optimistic_update(self.attested_header.fork(), 8 * len(self.sync_aggregate.sync_committee_bits))


# SSZ types per fork and committee size


@cache
def light_client_header(fork: ForkName) -> Container[LightClientHeader]:
    """Returns the SSZ type of the fork's light-client header."""
    if fork < ForkName.CAPELLA:
        return Container(LightClientHeader, (("beacon", BEACON_BLOCK_HEADER),))
    if fork >= ForkName.GLOAS:
        return Container(
            LightClientHeader,
            (
                ("beacon", BEACON_BLOCK_HEADER),
                ("execution_block_hash", BYTES32),
                ("execution_branch", Vector(BYTES32, floorlog2(EXECUTION_BLOCK_HASH_GINDICES[ForkName.GLOAS]))),
            ),
        )
    return Container(
        LightClientHeader,
        (
            ("beacon", BEACON_BLOCK_HEADER),
            ("execution", execution_payload_header(fork)),
            ("execution_branch", Vector(BYTES32, floorlog2(EXECUTION_PAYLOAD_GINDEX))),
        ),
    )


def light_client_bootstrap(fork: ForkName, size: int) -> Container[LightClientBootstrap]:
    """Returns the SSZ type of the fork's bootstrap with committees of `size` members."""
    return _bootstrap(fork, size, floorlog2(state_gindices(fork).current_sync_committee))


def light_client_update(fork: ForkName, size: int) -> Container[LightClientUpdate]:
    """Returns the SSZ type of the fork's update with committees of `size` members."""
    gindices = state_gindices(fork)
    return _update(fork, size, floorlog2(gindices.next_sync_committee), floorlog2(gindices.finalized_root))


def light_client_finality_update(fork: ForkName, size: int) -> Container[LightClientFinalityUpdate]:
    """Returns the SSZ type of the fork's finality update with committees of `size` members."""
    return _finality_update(fork, size, floorlog2(state_gindices(fork).finalized_root))


def light_client_optimistic_update(fork: ForkName, size: int) -> Container[LightClientOptimisticUpdate]:
    """Returns the SSZ type of the fork's optimistic update with committees of `size` members."""
    return _optimistic_update(fork, size)


@cache
def _bootstrap(fork: ForkName, size: int, depth: int) -> Container[LightClientBootstrap]:
    return Container(
        LightClientBootstrap,
        (
            ("header", light_client_header(fork)),
            ("current_sync_committee", sync_committee(size)),
            ("current_sync_committee_branch", Vector(BYTES32, depth)),
        ),
    )


@cache
def _update(fork: ForkName, size: int, committee_depth: int, finality_depth: int) -> Container[LightClientUpdate]:
    return Container(
        LightClientUpdate,
        (
            ("attested_header", light_client_header(fork)),
            ("next_sync_committee", sync_committee(size)),
            ("next_sync_committee_branch", Vector(BYTES32, committee_depth)),
            ("finalized_header", light_client_header(fork)),
            ("finality_branch", Vector(BYTES32, finality_depth)),
            ("sync_aggregate", sync_aggregate(size)),
            ("signature_slot", UINT64),
        ),
    )


@cache
def _finality_update(fork: ForkName, size: int, depth: int) -> Container[LightClientFinalityUpdate]:
    return Container(
        LightClientFinalityUpdate,
        (
            ("attested_header", light_client_header(fork)),
            ("finalized_header", light_client_header(fork)),
            ("finality_branch", Vector(BYTES32, depth)),
            ("sync_aggregate", sync_aggregate(size)),
            ("signature_slot", UINT64),
        ),
    )


@cache
def _optimistic_update(fork: ForkName, size: int) -> Container[LightClientOptimisticUpdate]:
    return Container(
        LightClientOptimisticUpdate,
        (("attested_header", light_client_header(fork)), ("sync_aggregate", sync_aggregate(size)), ("signature_slot", UINT64)),
    )
