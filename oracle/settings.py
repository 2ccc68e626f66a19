"""What an operator may set about publishing. Frozen; parsed by whoever composes the gateway."""

from dataclasses import dataclass, field
from typing import Annotated

from msgspec import Meta

from oracle.chain_settings import ChainSettings
from oracle.fees import FeePolicy
from oracle.publication_steps import Patience


@dataclass(frozen=True, slots=True)
class PublisherSettings:
    """How anchors are published."""

    poll_seconds: Annotated[float, Meta(gt=0, le=3600)] = 4.0
    """Pause between two rounds while something is under way: a third of a slot."""
    backoff_limit_seconds: Annotated[float, Meta(gt=0, le=86_400)] = 120.0
    """Longest pause after failed rounds; the pause doubles with each."""
    gas_limit: Annotated[int, Meta(ge=50_000, le=1 << 24)] = 100_000
    """Gas that one anchor may use; it uses some 53,000, and what is not used costs nothing."""
    window: Annotated[int, Meta(ge=1, le=64)] = 32
    """How many anchors are worked on at once, oldest first; the rest wait in the store. A proof covers them all."""
    pending_limit: Annotated[int, Meta(ge=1, le=64)] = 16
    """How many may be signed and not mined; geth keeps 16 executable transactions per account for certain."""
    fee_history_blocks: Annotated[int, Meta(ge=1, le=100)] = 20
    """How many blocks the priority fee is taken from."""
    fees: FeePolicy = field(default_factory=FeePolicy)
    """What a transaction may cost."""
    patience: Patience = field(default_factory=Patience)
    """How long each kind of waiting lasts."""
    chain: ChainSettings = field(default_factory=ChainSettings)
    """How the RPC is reached."""
