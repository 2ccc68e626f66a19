"""What the pages about lots show, as plain records, like those of `model`. Pure."""

from dataclasses import dataclass

from edge_agents.finding import Verdict
from edge_agents.lots import policy
from edge_agents.lots.plan import Plan
from gateway.store.records import Bundle, StoredFinding
from gateway.web.model import LotCard, Proof

UNJUDGED = "none"
"""The word for lots without a verdict."""

VERDICTS = {policy.ACCEPT: Verdict.CONFORMS, policy.REJECT: Verdict.BREACH, policy.INSUFFICIENT: Verdict.INSUFFICIENT, UNJUDGED: None}
"""What lots can be filtered by, in the agent's words."""

ALL, NONCONFORMING = SHOWN = ("all", "nonconforming")
"""Which items of a sample can be listed."""


@dataclass(frozen=True, slots=True)
class LotsPage:
    """The lots, as far as they are asked for."""

    now_ms: int
    """The gateway's time of day."""
    cards: tuple[LotCard, ...]
    """One page of them, the last opened first."""
    suppliers: tuple[str, ...]
    """Who supplied lots; at most so many as a person can choose from."""
    supplier: str
    """The supplier filtered by; empty for all."""
    verdict: str
    """The verdict filtered by: a key of `VERDICTS`; empty for all."""
    before: str
    """The subject after which this page begins; empty for the newest."""
    older: str
    """What `before` is on the next page; empty at the end."""


@dataclass(frozen=True, slots=True)
class SampleItem:
    """One item of a lot's sample."""

    place: int
    """1 for the item that was inspected first."""
    found: StoredFinding
    """What was found on it; its evidence is the sha256 of the image."""
    image: bool
    """Whether the image is still kept here."""
    statement: bytes | None
    """uid of the statement about it; None before it is signed."""


@dataclass(frozen=True, slots=True)
class LotPage:
    """One lot."""

    now_ms: int
    """The gateway's time of day."""
    card: LotCard
    """The lot, what its sample shows, and its proof's progress."""
    plan: Plan
    """The sampling plan under which it was opened."""
    beyond: int
    """Items inspected beyond the sample, which decide nothing."""
    show: str
    """Which items are listed: one of `SHOWN`."""
    items: tuple[SampleItem, ...]
    """One page of them, the last inspected first."""
    before: int | None
    """The place below which this page begins; None for the newest."""
    older: int | None
    """What `before` is on the next page; None at the end."""
    findings: tuple[StoredFinding, ...]
    """The verdict on the lot."""
    proofs: tuple[Proof, ...]
    """What was attested about the lot as a whole, in order."""
    bundle: Bundle | None
    """The file that proves it."""
    digital_link: str
    """Its GS1 Digital Link, also as QR code."""
