"""Every refusal of the light client, each a class that holds the offending values.

Three families say whose fault it is: `OursError` (the caller or the configuration), `PeerError` (a server sent what cannot be true)
and `EnvironmentalError` (network, disk or clock stands in the way). Callers act on the family; people read the message. Classes that
belong to one module's checks live beside their siblings here, so that this file is the table of contents of all that can be refused.
"""


class LightClientError(Exception):
    """Base of every error that this package raises on purpose."""


class OursError(LightClientError):
    """We were called or configured wrongly; no other server and no later time will help."""


class PeerError(LightClientError):
    """A server's answer fails a check; another server may be honest."""


class EnvironmentalError(LightClientError):
    """Network, disk or clock stands in the way; trying again later may help."""


# Encodings


class MalformedSsz(PeerError):
    """Bytes are not the one canonical SSZ encoding of the expected type."""

    def __init__(self, kind: str, reason: str) -> None:
        super().__init__(f"{kind}: {reason}")
        self.kind = kind
        """The SSZ type that was expected."""
        self.reason = reason
        """What is wrong, with the offending numbers."""


class InvalidValue(OursError):
    """A value given for encoding or hashing does not fit its SSZ type."""

    def __init__(self, kind: str, reason: str) -> None:
        super().__init__(f"{kind}: {reason}")
        self.kind = kind
        """The SSZ type it was meant for."""
        self.reason = reason
        """Why it does not fit."""


# Networks


class UnknownNetwork(OursError):
    """No network of that name or file exists."""

    def __init__(self, name: str, known: list[str]) -> None:
        super().__init__(f"no network {name!r}; known are {', '.join(known) or 'none'}, or give the path of a .toml file")
        self.name = name
        """What was asked for."""
        self.known = known
        """Names that exist."""


class InvalidNetworkFile(OursError):
    """A description of a network is incomplete or contradicts itself."""

    def __init__(self, source: str, reason: str) -> None:
        super().__init__(f"{source}: {reason}")
        self.source = source
        """File or server."""
        self.reason = reason
        """What is wrong with it."""


class UnknownForkDigest(PeerError):
    """Data is of a fork that the network's schedule does not have."""

    def __init__(self, digest: bytes, network: str) -> None:
        super().__init__(f"fork digest {digest.hex()} is not of {network}; the server is of another network, or this software is too old")
        self.digest = digest
        """The digest received."""
        self.network = network
        """The network expected."""


# Sync protocol: bootstrap


class WrongCheckpoint(PeerError):
    """The bootstrap's header is not the block that the user trusts."""

    def __init__(self, root: bytes, trusted: bytes) -> None:
        super().__init__(f"bootstrap is for block 0x{root.hex()}, not for the trusted 0x{trusted.hex()}")
        self.root = root
        """Root of the header received."""
        self.trusted = trusted
        """Root given by the user."""


class WrongCommitteeBranch(PeerError):
    """The bootstrap's committee is not proven to be in the trusted state."""

    def __init__(self, committee_root: bytes, state_root: bytes) -> None:
        super().__init__(f"committee 0x{committee_root.hex()} is not proven in state 0x{state_root.hex()}")
        self.committee_root = committee_root
        """Root of the committee received."""
        self.state_root = state_root
        """State that should hold it."""


class WrongCommitteeSize(PeerError):
    """A committee or bit field has another size than the network's preset."""

    def __init__(self, size: int, expected: int) -> None:
        super().__init__(f"committee of {size} members where the network has {expected}; the server is of another preset")
        self.size = size
        """Members received."""
        self.expected = expected
        """Members of this network's committees."""


# Sync protocol: update, in the order of the checks


class TooFewParticipants(PeerError):
    """Nobody, or too few of the committee, signed."""

    def __init__(self, participants: int, required: int) -> None:
        super().__init__(f"{participants} of the committee signed where {required} must")
        self.participants = participants
        """Members who signed."""
        self.required = required
        """Fewest that the specification accepts."""


class InvalidExecutionBranch(PeerError):
    """An execution header is not the one of its beacon block, or is there before capella."""

    def __init__(self, which: str, slot: int, body_root: bytes) -> None:
        super().__init__(f"execution header of the {which} at slot {slot} is not proven in body 0x{body_root.hex()}")
        self.which = which
        """Which header."""
        self.slot = slot
        """Its slot, which decides the fork whose rules hold."""
        self.body_root = body_root
        """Body that should hold the execution header."""


class FutureSlot(PeerError):
    """The signature is from a slot that has not begun."""

    def __init__(self, signature_slot: int, current_slot: int) -> None:
        super().__init__(f"signature slot {signature_slot} lies after the current slot {current_slot}; if this persists, check the clock")
        self.signature_slot = signature_slot
        """Slot claimed."""
        self.current_slot = current_slot
        """Slot by the caller's clock."""


class SlotsOutOfOrder(PeerError):
    """Signature, attested and finalized slots are not in that order."""

    def __init__(self, signature_slot: int, attested_slot: int, finalized_slot: int) -> None:
        super().__init__(f"slots must fall: signature {signature_slot} > attested {attested_slot} >= finalized {finalized_slot}")
        self.signature_slot = signature_slot
        """Slot of the signature."""
        self.attested_slot = attested_slot
        """Slot of the attested header."""
        self.finalized_slot = finalized_slot
        """Slot of the finalized header."""


class SkippedPeriod(PeerError):
    """The update is signed by a committee that the store does not know."""

    def __init__(self, period: int, allowed: tuple[int, ...]) -> None:
        super().__init__(f"signature of period {period}, but committees are known for {', '.join(map(str, allowed)) or 'none'}")
        self.period = period
        """Period of the signature."""
        self.allowed = allowed
        """Periods whose committees the store knows."""


class IrrelevantUpdate(PeerError):
    """The update brings neither a later header nor a missing committee."""

    def __init__(self, attested_slot: int, finalized_slot: int) -> None:
        super().__init__(
            f"attested slot {attested_slot} is not after the finalized slot {finalized_slot}, and no missing committee comes with it"
        )
        self.attested_slot = attested_slot
        """Slot attested."""
        self.finalized_slot = finalized_slot
        """Slot that the store holds as finalized."""


class UnexpectedFinality(PeerError):
    """A finalized header is present without a branch that proves it."""

    def __init__(self, slot: int) -> None:
        super().__init__(f"finalized header at slot {slot} comes without a branch that could prove it")
        self.slot = slot
        """Its slot."""


class WrongFinalityBranch(PeerError):
    """The finalized header is not what the attested state calls finalized."""

    def __init__(self, finalized_root: bytes, state_root: bytes) -> None:
        super().__init__(f"block 0x{finalized_root.hex()} is not proven finalized in state 0x{state_root.hex()}")
        self.finalized_root = finalized_root
        """Root of the finalized header received."""
        self.state_root = state_root
        """Attested state."""


class UnexpectedCommittee(PeerError):
    """A next committee is present without a branch that proves it."""

    def __init__(self) -> None:
        super().__init__("next committee comes without a branch that could prove it")


class InconsistentNextCommittee(PeerError):
    """The update's next committee is another than the one already proven for that period."""

    def __init__(self, committee_root: bytes, known_root: bytes) -> None:
        super().__init__(f"next committee 0x{committee_root.hex()} differs from the known 0x{known_root.hex()}")
        self.committee_root = committee_root
        """Root of the committee received."""
        self.known_root = known_root
        """Root of the committee in the store."""


class WrongNextCommitteeBranch(PeerError):
    """The next committee is not proven to be in the attested state."""

    def __init__(self, committee_root: bytes, state_root: bytes) -> None:
        super().__init__(f"next committee 0x{committee_root.hex()} is not proven in state 0x{state_root.hex()}")
        self.committee_root = committee_root
        """Root of the committee received."""
        self.state_root = state_root
        """Attested state."""


class InvalidSignature(PeerError):
    """The committee did not sign the attested header under the fork of that time."""

    def __init__(self, attested_slot: int, signature_slot: int, participants: int, fork_version: bytes) -> None:
        super().__init__(
            f"signature over the header at slot {attested_slot} by {participants} members at slot {signature_slot} "
            f"does not verify under fork version 0x{fork_version.hex()}"
        )
        self.attested_slot = attested_slot
        """Slot of the header that should be signed."""
        self.signature_slot = signature_slot
        """Slot whose committee should have signed."""
        self.participants = participants
        """Members said to have signed."""
        self.fork_version = fork_version
        """Version that entered the signing root."""


class PeriodNotFinalized(PeerError):
    """An update cannot be applied: it finalizes another period than the store's while the next committee is unknown."""

    def __init__(self, finalized_period: int, store_period: int) -> None:
        super().__init__(f"update finalizes period {finalized_period} while the committee after period {store_period} is unknown")
        self.finalized_period = finalized_period
        """Period finalized by the update."""
        self.store_period = store_period
        """Period of the store."""


# BLS


class InvalidCommitteeKey(PeerError):
    """A committee member's key is no valid public key: not on the curve, outside the subgroup, or the point at infinity."""

    def __init__(self, index: int, pubkey: bytes, reason: str) -> None:
        super().__init__(f"key {index} of the committee, 0x{pubkey.hex()}: {reason}")
        self.index = index
        """Its place in the committee."""
        self.pubkey = pubkey
        """The key as received."""
        self.reason = reason
        """What is wrong with it."""


# Messages of servers


class MalformedMessage(PeerError):
    """A JSON document is not of the beacon API's form."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path or 'document'}: {reason}")
        self.path = path
        """Where in the document."""
        self.reason = reason
        """What is wrong there."""


class OversizedAnswer(PeerError):
    """A server sends more than any honest answer has."""

    def __init__(self, source: str, limit: int) -> None:
        super().__init__(f"{source} sends more than {limit} bytes")
        self.source = source
        """The server."""
        self.limit = limit
        """Most bytes that this answer may have."""


class SourceUnreachable(EnvironmentalError):
    """A server cannot be reached, or does not answer in time."""

    def __init__(self, source: str, reason: str) -> None:
        super().__init__(f"{source}: {reason}")
        self.source = source
        """The server."""
        self.reason = reason
        """What the network says."""


class SourceLacksData(EnvironmentalError):
    """A server answers with an error status; some say 500 where they mean that they do not have the data."""

    def __init__(self, source: str, path: str, status: int) -> None:
        super().__init__(f"{source} answers {path} with status {status}")
        self.source = source
        """The server."""
        self.path = path
        """What was asked for."""
        self.status = status
        """HTTP status."""


class NoSourceAnswers(EnvironmentalError):
    """Every source failed at the same task."""

    def __init__(self, task: str, reasons: tuple[str, ...]) -> None:
        super().__init__(f"no source can {task}: " + "; ".join(reasons))
        self.task = task
        """What was tried."""
        self.reasons = reasons
        """What each source's failure was, best source first."""


# Trust, clock and disk


class NoCheckpoint(OursError):
    """There is neither a store file to resume from nor a checkpoint to begin with."""

    def __init__(self) -> None:
        super().__init__("no checkpoint is set and no store file exists: set lightclient.checkpoint to a block root that you trust")


class CheckpointTooOld(OursError):
    """The point of trust is older than the weak-subjectivity limit: former validators could have signed another history since."""

    def __init__(self, age_seconds: int, limit_seconds: int) -> None:
        super().__init__(
            f"the trusted header is {age_seconds // 3600} h old, the limit is {limit_seconds // 3600} h: take a newer checkpoint "
            "from a party that you trust, or raise max_checkpoint_age_seconds knowing the risk"
        )
        self.age_seconds = age_seconds
        """Age of the trusted header by the caller's clock."""
        self.limit_seconds = limit_seconds
        """Most that the settings allow."""


class ClockBehind(EnvironmentalError):
    """The clock shows a time before headers that are already verified."""

    def __init__(self, current_slot: int, known_slot: int) -> None:
        super().__init__(f"the clock says slot {current_slot}, but slot {known_slot} is verified: set the clock")
        self.current_slot = current_slot
        """Slot by the clock."""
        self.known_slot = known_slot
        """Latest slot known to have begun."""


class DamagedStoreFile(EnvironmentalError):
    """A store file is cut off, altered, or of another version."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        """The file."""
        self.reason = reason
        """What is wrong with it."""


class ForeignStoreFile(OursError):
    """A store file belongs to another network or to another checkpoint."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}; move it away to start anew")
        self.path = path
        """The file."""
        self.reason = reason
        """What does not agree."""


# Asking the client


class NotStarted(EnvironmentalError):
    """No bootstrap has verified yet; ask again later."""

    def __init__(self) -> None:
        super().__init__("the light client has no verified header yet")


class TraceBroken(OursError):
    """The policy allowed a forced update, so no chain of finality leads from the checkpoint to the head."""

    def __init__(self) -> None:
        super().__init__("an update was forced, so the head cannot be proven to others; start anew from a newer checkpoint")
