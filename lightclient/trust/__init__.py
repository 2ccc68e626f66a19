"""Where trust begins, and how old it may be: checkpoints by hand, by file or by agreement, and the weak-subjectivity period."""

from lightclient.trust.checkpoint import ProvidedCheckpoint, parse_checkpoint, read_checkpoint
from lightclient.trust.providers import CheckpointProvider, RestCheckpointProvider, agree
from lightclient.trust.weak_subjectivity import CEILING_SECONDS, max_age_seconds, weak_subjectivity_epochs

__all__ = [
    "CEILING_SECONDS",
    "CheckpointProvider",
    "ProvidedCheckpoint",
    "RestCheckpointProvider",
    "agree",
    "max_age_seconds",
    "parse_checkpoint",
    "read_checkpoint",
    "weak_subjectivity_epochs",
]
