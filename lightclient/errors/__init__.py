"""Every refusal of the light client, each a class that holds the offending values.

Three families say whose fault it is: `OursError` (the caller or the configuration), `PeerError` (a server sent what cannot be true)
and `EnvironmentalError` (network, disk or clock stands in the way). Callers act on the family; people read the message. Each module
of this package holds one stage's refusals; this list is the table of contents of all that can be refused.
"""

from lightclient.errors.base import EnvironmentalError, LightClientError, OursError, PeerError
from lightclient.errors.bootstrap import InvalidCommitteeKey, WrongCheckpoint, WrongCommitteeBranch, WrongCommitteeSize
from lightclient.errors.encoding import InvalidNetworkFile, InvalidValue, MalformedSsz, UnknownForkDigest, UnknownNetwork
from lightclient.errors.servers import MalformedMessage, NoSourceAnswers, OversizedAnswer, SourceLacksData, SourceUnreachable
from lightclient.errors.trust import (
    CheckpointDisagreement,
    CheckpointTooOld,
    ClockBehind,
    ClockJumped,
    DamagedStoreFile,
    ForeignStoreFile,
    Frozen,
    InvalidCheckpoint,
    NoCheckpoint,
    NotStarted,
    TraceBroken,
)
from lightclient.errors.update import (
    FutureSlot,
    InconsistentNextCommittee,
    InvalidExecutionBranch,
    InvalidSignature,
    IrrelevantUpdate,
    PeriodNotFinalized,
    SkippedPeriod,
    SlotsOutOfOrder,
    TooFewParticipants,
    UnconfirmedCommittee,
    UnexpectedCommittee,
    UnexpectedFinality,
    WrongFinalityBranch,
    WrongNextCommitteeBranch,
)

__all__ = [
    "CheckpointDisagreement",
    "CheckpointTooOld",
    "ClockBehind",
    "ClockJumped",
    "DamagedStoreFile",
    "EnvironmentalError",
    "ForeignStoreFile",
    "Frozen",
    "FutureSlot",
    "InconsistentNextCommittee",
    "InvalidCheckpoint",
    "InvalidCommitteeKey",
    "InvalidExecutionBranch",
    "InvalidNetworkFile",
    "InvalidSignature",
    "InvalidValue",
    "IrrelevantUpdate",
    "LightClientError",
    "MalformedMessage",
    "MalformedSsz",
    "NoCheckpoint",
    "NoSourceAnswers",
    "NotStarted",
    "OursError",
    "OversizedAnswer",
    "PeerError",
    "PeriodNotFinalized",
    "SkippedPeriod",
    "SlotsOutOfOrder",
    "SourceLacksData",
    "SourceUnreachable",
    "TooFewParticipants",
    "TraceBroken",
    "UnconfirmedCommittee",
    "UnexpectedCommittee",
    "UnexpectedFinality",
    "UnknownForkDigest",
    "UnknownNetwork",
    "WrongCheckpoint",
    "WrongCommitteeBranch",
    "WrongCommitteeSize",
    "WrongFinalityBranch",
    "WrongNextCommitteeBranch",
]
