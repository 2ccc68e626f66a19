"""What an operator may set about publishing. Frozen; parsed by whoever composes the gateway."""

from dataclasses import dataclass, field
from typing import Annotated

from msgspec import Meta

from oracle.chain_settings import ChainSettings
from oracle.fees import FeePolicy
from oracle.publication import Kind
from oracle.publication_steps import Patience

TRANSFER_GAS = 21_000
"""What a transfer without data uses, and a filler is one."""


@dataclass(frozen=True, slots=True)
class PublisherSettings:
    """How anchors are published."""

    poll_seconds: Annotated[float, Meta(gt=0, le=3600)] = 4.0
    """Pause between two rounds while something is under way: a third of a slot."""
    backoff_limit_seconds: Annotated[float, Meta(gt=0, le=86_400)] = 120.0
    """Longest pause after failed rounds; the pause doubles with each."""
    gas_limit: Annotated[int, Meta(ge=50_000, le=1 << 24)] = 100_000
    """Gas that one anchor may use; it uses some 53,000, and what is not used costs nothing."""
    eas_gas_limit: Annotated[int, Meta(ge=50_000, le=1 << 24)] = 120_000
    """Gas that one stamp or revocation may use; it uses some 46,000."""
    verdict_gas_limit: Annotated[int, Meta(ge=150_000, le=1 << 24)] = 1_000_000
    """Gas that one verdict on chain may use: some 345,000 for the attestation, and what its resolver does with the money."""
    window: Annotated[int, Meta(ge=1, le=64)] = 32
    """How many are worked on at once, oldest first, and as many verdicts besides; the rest wait in the store. A proof covers them all."""
    pending_limit: Annotated[int, Meta(ge=1, le=64)] = 16
    """How many may be signed and not mined; geth keeps 16 executable transactions per account for certain."""
    fee_history_blocks: Annotated[int, Meta(ge=1, le=100)] = 20
    """How many blocks the priority fee is taken from."""
    fees: FeePolicy = field(default_factory=FeePolicy)
    """What a transaction, and a day, may cost."""
    patience: Patience = field(default_factory=Patience)
    """How long each kind of waiting lasts."""
    chain: ChainSettings = field(default_factory=ChainSettings)
    """How the RPC is reached."""

    def gas_limit_of(self, kind: Kind) -> int:
        """Returns the gas that a transaction of a kind may use."""
        limits = {Kind.ANCHOR: self.gas_limit, Kind.VERDICT: self.verdict_gas_limit, Kind.FILLER: TRANSFER_GAS}
        return limits.get(kind, self.eas_gas_limit)
