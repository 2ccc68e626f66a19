"""What `verify` works on and what it says: the trusted inputs, the walk in progress, and the report. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from lightclient.bls import BlsBackend
from lightclient.network import Network
from lightclient.spec import LightClientStore
from lightclient.types import ExecutionPayloadHeader
from oracle.attestation import Attestation, Domain
from oracle.bundle import Bundle, Journey
from oracle.epcis.event import ShipmentEvent
from oracle.errors import OracleError
from oracle.gs1 import Key
from oracle.hexes import to_checksum
from oracle.schemas import ShipmentStatement, Statement


@dataclass(frozen=True, slots=True)
class Expected:
    """What the reader knows from elsewhere; what is None is taken from the network's file, or else reported as not pinned."""

    registry: bytes | None = None
    """Address of the AnchorRegistry."""
    gateway_registry: bytes | None = None
    """Address of the GatewayRegistry."""
    gateway: bytes | None = None
    """Address of the gateway: the one under which it is registered, or of its key that anchored."""
    attester: bytes | None = None
    """Address that must have signed; None takes any key of `gateway`, and `gateway` itself where the file does not show its keys."""
    domain: Domain | None = None
    """The EAS deployment for which the attestation must be."""
    device_keys: Mapping[str, bytes] = field(default_factory=dict)
    """COSE_Key of devices by id, from their maker or their label."""
    quorum: int = 0
    """How many registered gateways must have attested the same verdict; 0 does not ask whether the gateway is registered."""
    checkpoint_source: str = "given by hand"
    """Where the checkpoint is from, for the list of what was trusted."""


class Outcome(StrEnum):
    """What became of one check."""

    PROVEN = "proven"
    """It follows from signatures and hashes that end in what the reader trusts."""
    CLAIMED = "claimed"
    """It is the signer's word alone: no device signed it, or the file does not hold what would show it."""
    MISSING = "missing"
    """Something is not there: a gap in time or in a device's own count, or an optional part of the file."""
    REFUTED = "refuted"
    """It does not hold."""
    UNKNOWN = "cannot tell"
    """What would be needed to tell is not at hand; the line says what and where to get it."""
    NOT_REACHED = "not reached"
    """A check before it ended the walk."""


class Verdict(StrEnum):
    """What a report says about a bundle as a whole."""

    PROVEN = "proven"
    """Everything that the file claims to prove holds; what is only claimed or missing is shown."""
    REFUTED = "refuted"
    """Something in it does not hold."""
    UNKNOWN = "cannot tell"
    """Nothing is refuted, but something needed to tell is not at hand."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a check that did not refuse has found."""

    detail: str
    """In one sentence."""
    by: str = ""
    """Who vouches for it: a key, a device, a committee, a contract; empty where it is arithmetic over the file alone."""
    outcome: Outcome = Outcome.PROVEN
    """Proven, claimed or missing."""


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the report."""

    name: str
    """The check's name."""
    outcome: Outcome
    """What became of it."""
    detail: str
    """What was found, or why it was refused, in one sentence."""
    by: str = ""
    """Who vouches for it."""
    proves: str = ""
    """What the check shows where it holds, the same for every bundle."""
    refusal: OracleError | None = None
    """The refusal with its values, or what kept the check from telling."""

    @property
    def stands(self) -> bool:
        """Whether the check was made and nothing speaks against it."""
        return self.outcome in (Outcome.PROVEN, Outcome.CLAIMED, Outcome.MISSING)


@dataclass(frozen=True, slots=True)
class Report:
    """What a bundle proves, check by check."""

    checks: tuple[Check, ...]
    """Every check in order; after the first that is refuted or cannot be told, the rest is not reached."""
    trusted: tuple[str, ...] = ()
    """Each input that was taken on trust, and each that nobody pinned."""
    warnings: tuple[str, ...] = ()
    """What a careful reader should know although every check stands."""
    conclusion: str = ""
    """What the signed statement says, in words; empty before the signature was checked."""
    superseded_by: bytes | None = None
    """uid of the attestation that corrects this one, where the file holds it."""
    revoked_s: int | None = None
    """When the attester revoked it, in seconds since the Unix epoch, where the chain says so."""
    attestation: Attestation | None = None
    """The attestation that the report is about; None where the file could not be read."""
    subject: Key | None = None
    """What the file says it is about; None where it could not be read."""

    @property
    def verdict(self) -> Verdict:
        """The answer; a refutation outweighs everything else."""
        outcomes = {check.outcome for check in self.checks}
        if Outcome.REFUTED in outcomes:
            return Verdict.REFUTED
        return Verdict.UNKNOWN if Outcome.UNKNOWN in outcomes else Verdict.PROVEN

    @property
    def made(self) -> tuple[Check, ...]:
        """The checks that were made: what a page has a line for."""
        return tuple(check for check in self.checks if check.outcome is not Outcome.NOT_REACHED)

    @property
    def unreached(self) -> str:
        """Which checks were not reached, and after which, once in a sentence without its full stop; empty where all were."""
        names = dict.fromkeys(check.name for check in self.checks if check.outcome is Outcome.NOT_REACHED)
        ended = [check.name for check in self.checks if check.outcome in (Outcome.REFUTED, Outcome.UNKNOWN)]
        return f"Not reached after {ended[0]}: {', '.join(names)}" if names and ended else ""

    @property
    def passed(self) -> bool:
        """Whether the bundle is proven."""
        return self.verdict is Verdict.PROVEN

    @property
    def refusal(self) -> OracleError | None:
        """What ended the walk, or None."""
        return next((check.refusal for check in self.checks if check.refusal is not None), None)


@dataclass(slots=True)
class Walk:
    """A verification in progress: inputs, and what earlier checks have established for later ones."""

    bundle: Bundle
    """The bundle under check."""
    seals: tuple[bytes, bytes] | None
    """The seal that the file states and the one its content has; None for a bundle that never was a file."""
    checkpoint: bytes | None
    """Root of a finalized beacon block, given by hand; None where the reader has none."""
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
    superseded_by: bytes | None = None
    """For the report."""
    revoked_s: int | None = None
    """For the report."""
    deployment_pinned: bool = False
    """Whether the reader or the network's file says which EAS contract counts, and which version it is."""
    established: Statement | None = None
    """The signed statement, once it is known to be signed."""
    leaves: Sequence[bytes] = ()
    """Leaf of each row in the file, in their order, once they are under the statement's root."""
    recorded: ShipmentEvent | None = None
    """The shipment's EPCIS event, once it is known to be the stated one."""
    following: LightClientStore | None = None
    """The light client's store, once the checkpoint holds."""
    storage_root: bytes | None = None
    """Storage root of the AnchorRegistry, once its account is proven."""
    members_root: bytes | None = None
    """Storage root of the GatewayRegistry, once its account is proven."""
    revocations_root: bytes | None = None
    """Storage root of the EAS contract, once its account is proven."""
    unrevoked: bool = False
    """Whether it is shown that the attester had not taken the statement back by the block."""
    member: bytes = b""
    """The registered gateway whose key signed, once that is proven."""

    @property
    def signer(self) -> str:
        """The attester, as a line names it."""
        return f"attester {to_checksum(self.bundle.attestation.attester)}"

    @property
    def statement(self) -> Statement:
        """The signed statement; reading it before the check that establishes it is a programming error."""
        assert self.established is not None
        return self.established

    @property
    def journey(self) -> Journey:
        """The bundle's content where it is a shipment's; asking for it elsewhere is a programming error."""
        assert isinstance(self.bundle.content, Journey)
        return self.bundle.content

    @property
    def shipment(self) -> ShipmentStatement:
        """The signed statement where it is a shipment's."""
        assert isinstance(self.established, ShipmentStatement)
        return self.established

    @property
    def event(self) -> ShipmentEvent:
        """The shipment's event; reading it before the check that establishes it is a programming error."""
        assert self.recorded is not None
        return self.recorded

    @property
    def block(self) -> ExecutionPayloadHeader:
        """The finalized execution block; reading it before the check that establishes it is a programming error."""
        execution = self.store.finalized_header.execution
        assert execution is not None
        return execution

    @property
    def store(self) -> LightClientStore:
        """The light client's store; reading it before the check that establishes it is a programming error."""
        assert self.following is not None
        return self.following


@dataclass(frozen=True, slots=True)
class Rule:
    """One check: what it shows, and how it is made."""

    name: str
    """The check's name in reports."""
    proves: str
    """What holds for a bundle that it does not refuse."""
    step: Callable[[Walk], Found | None]
    """Makes the check: returns what it found, None where it does not apply, or raises its refusal."""
    kinds: tuple[type, ...]
    """Contents of bundles to which it applies."""
