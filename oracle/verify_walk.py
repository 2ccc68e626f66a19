"""What `verify` works on and what it says: the trusted inputs, the walk in progress, and the report. Pure."""

from dataclasses import dataclass, field
from enum import StrEnum

from lightclient.bls import BlsBackend
from lightclient.network import Network
from lightclient.spec import LightClientStore
from oracle.attestation import Domain
from oracle.bundle import Bundle
from oracle.errors import OracleError
from oracle.schemas import Statement


@dataclass(frozen=True, slots=True)
class Expected:
    """What the reader knows from elsewhere; what is None is taken from the network's file, or else reported as not pinned."""

    registry: bytes | None = None
    """Address of the AnchorRegistry."""
    gateway_registry: bytes | None = None
    """Address of the GatewayRegistry."""
    gateway: bytes | None = None
    """Address that must have anchored."""
    attester: bytes | None = None
    """Address that must have signed."""
    domain: Domain | None = None
    """The EAS deployment for which the attestation must be."""


class Outcome(StrEnum):
    """What became of one check."""

    PASSED = "passed"
    REFUSED = "refused"
    NOT_REACHED = "not reached"


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the report."""

    name: str
    """The check's name."""
    outcome: Outcome
    """Whether it passed."""
    detail: str
    """What was found, or why it was refused, in one sentence."""
    refusal: OracleError | None = None
    """The refusal with its values."""

    @property
    def passed(self) -> bool:
        """Whether the check was made and holds."""
        return self.outcome is Outcome.PASSED


@dataclass(frozen=True, slots=True)
class Report:
    """What a bundle proves, check by check."""

    checks: tuple[Check, ...]
    """Every check in order; after the first refusal the rest is not reached."""
    trusted: tuple[str, ...]
    """Each input that was taken on trust, and each that nobody pinned."""
    warnings: tuple[str, ...]
    """What a careful reader should know although every check passed."""
    conclusion: str
    """What the signed statement says, in words; empty before the signature was checked."""

    @property
    def passed(self) -> bool:
        """Whether every check passed."""
        return all(check.passed for check in self.checks)

    @property
    def refusal(self) -> OracleError | None:
        """The first refusal, or None."""
        return next((check.refusal for check in self.checks if check.refusal is not None), None)


@dataclass(slots=True)
class Walk:
    """A verification in progress: inputs, and what earlier checks have established for later ones."""

    bundle: Bundle
    """The bundle under check."""
    seals: tuple[bytes, bytes] | None
    """The seal that the file states and the one its content has; None for a bundle that never was a file."""
    checkpoint: bytes
    """Root of a finalized beacon block, given by hand."""
    network: Network
    """The chain, from its file."""
    now_s: int
    """The reader's time, seconds since the Unix epoch."""
    expected: Expected
    """What the reader pinned."""
    bls: BlsBackend
    """Verifies aggregate signatures."""
    trusted: list[str] = field(default_factory=list)
    """Lines for the report."""
    warnings: list[str] = field(default_factory=list)
    """Lines for the report."""
    conclusion: str = ""
    """Line for the report."""
    established: Statement | None = None
    """The signed statement, once it is known to be signed."""
    following: LightClientStore | None = None
    """The light client's store, once the checkpoint holds."""
    storage_root: bytes | None = None
    """Storage root of the registry, once its account is proven."""

    @property
    def statement(self) -> Statement:
        """The signed statement; reading it before the check that establishes it is a programming error."""
        assert self.established is not None
        return self.established

    @property
    def store(self) -> LightClientStore:
        """The light client's store; reading it before the check that establishes it is a programming error."""
        assert self.following is not None
        return self.following
