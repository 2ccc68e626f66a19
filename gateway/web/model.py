"""What each page shows, as plain records: the pages render them, and `?format=json` gives them as they are. Pure."""

import dataclasses
import math
from dataclasses import dataclass
from enum import Enum
from typing import Any
from urllib.parse import unquote

from edge_agents.delay.forecast import Forecast, Overdue
from edge_agents.finding import Finding
from edge_agents.lots.rate import Rate
from edge_agents.lots.verdict import Count
from gateway.health import Condition
from gateway.store.lot_records import Lot
from gateway.store.records import (
    Attachment,
    Bundle,
    Shipment,
    Step,
    StoredAttestation,
    StoredBatch,
    StoredCoverage,
    StoredFinding,
    StoredStep,
)
from gateway.web.view import DeviceInfo, LightClientInfo, ProductInfo
from oracle.drawing.series import Series
from oracle.publication import Publication

STEPS = (Step.RECORDED, Step.SIGNED, Step.ANCHORED, Step.FINAL)
"""The way of a proof, in order."""


@dataclass(frozen=True, slots=True)
class Latest:
    """The newest reading of one quantity."""

    quantity: str
    """What was measured; ends in a slash for a family such as frames."""
    value: float | bool | str | None
    """The value; None for opaque ones."""
    unit: str
    """SenML unit."""
    time_ms: int | None
    """Device time; None for a family of which nothing was concluded yet."""
    quality: str
    """How far it may be trusted."""
    inside: bool | None
    """Whether it is within the band; None where there is none."""


@dataclass(frozen=True, slots=True)
class DeviceCard:
    """A device at a glance."""

    info: DeviceInfo
    """Id and title."""
    latest: tuple[Latest, ...]
    """The newest reading of each quantity, the most telling first; empty if the device was never heard."""
    series: Series | None
    """The last day of the first of them, if it is a number."""
    frame: StoredFinding | None
    """The newest finding with an image of this device, for a camera."""


@dataclass(frozen=True, slots=True)
class ShipmentCard:
    """A shipment at a glance."""

    shipment: Shipment
    """The trip."""
    product: ProductInfo | None
    """What it carries; None if that is no longer configured."""
    finding: Finding | None
    """The newest conclusion about it."""
    step: Step
    """How far its proof has come."""
    series: Series | None
    """The trip so far."""

    @property
    def key(self) -> str:
        """The SSCC alone, as used in addresses."""
        return self.shipment.subject.removeprefix("00/")


@dataclass(frozen=True, slots=True)
class LotCard:
    """A lot at a glance."""

    lot: Lot
    """The lot and its verdict."""
    sample_size: int
    """Items that its plan wants inspected."""
    accept: int
    """Ac of the plan."""
    reject: int
    """Re of the plan."""
    seen: Count
    """What the sample shows so far."""
    rate: Rate
    """The defect rate that follows, with its interval."""
    step: Step | None
    """How far the verdict's proof has come; None before there is a verdict."""

    @property
    def number(self) -> str:
        """The lot number alone."""
        return unquote(self.lot.subject.rpartition("/")[2])


@dataclass(frozen=True, slots=True)
class Overview:
    """The first page."""

    now_ms: int
    """The gateway's time of day."""
    conditions: tuple[Condition, ...]
    """What is wrong now, worst first."""
    light_client: LightClientInfo | None
    """What is proven of the chain."""
    readings: int
    """The number of the newest reading."""
    rejects: int
    """Rejects kept for inspection."""
    shipments: tuple[ShipmentCard, ...]
    """The newest ones."""
    devices: tuple[DeviceCard, ...]
    """The first ones by id."""
    more_devices: int
    """How many are not shown."""
    lots: tuple[LotCard, ...]
    """The lots opened last."""
    findings: tuple[StoredFinding, ...]
    """The newest ones with an image."""


@dataclass(frozen=True, slots=True)
class DevicePage:
    """One device."""

    now_ms: int
    """The gateway's time of day."""
    info: DeviceInfo
    """Id and title."""
    driver: str
    """The driver that first heard it; empty if it was never heard."""
    first_seen_ms: int | None
    """When that was."""
    span: str
    """Which span of time the charts show: a key of `gather.SPANS`."""
    latest: tuple[Latest, ...]
    """The newest reading of each quantity."""
    charts: tuple[Series, ...]
    """One per quantity that is a number."""
    shipments: tuple[ShipmentCard, ...]
    """The trips it was on, newest first."""
    findings: tuple[StoredFinding, ...]
    """The newest conclusions from its frames."""


@dataclass(frozen=True, slots=True)
class Proof:
    """How one attestation reaches the chain."""

    attestation: StoredAttestation
    """As signed."""
    batch: StoredBatch | None
    """The batch that holds it."""
    publication: Publication | None
    """That batch's way to its anchor."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A part of a trip in which the quantity of its chart was not measured."""

    from_ms: int
    """Its beginning."""
    to_ms: int
    """Its end."""


@dataclass(frozen=True, slots=True)
class HandedOver:
    """A handover of the goods, signed by both parties."""

    time_ms: int
    """When."""
    giver: bytes
    """Address of the key of the party that gave."""
    giver_party: str
    """What it is called; may be empty."""
    taker: bytes
    """Address of the key of the party that took."""
    taker_party: str
    """What it is called; may be empty."""
    place: str
    """Where; may be empty."""
    hash: bytes
    """What both signed."""


@dataclass(frozen=True, slots=True)
class ShipmentPage:
    """One shipment."""

    now_ms: int
    """The gateway's time of day."""
    card: ShipmentCard
    """The trip, its verdict and its proof's progress."""
    findings: tuple[StoredFinding, ...]
    """Everything concluded about it, in order."""
    proofs: tuple[Proof, ...]
    """Everything attested about it, in order."""
    bundle: Bundle | None
    """The file that proves it."""
    digital_link: str
    """Its GS1 Digital Link, also as QR code."""
    devices: tuple[Attachment, ...] = ()
    """What travels or travelled with it."""
    gaps: tuple[Gap, ...] = ()
    """Where it was not measured."""
    elsewhere: tuple[StoredCoverage, ...] = ()
    """What other gateways cover."""
    custody: tuple[HandedOver, ...] = ()
    """Who had it, oldest first."""
    steps: tuple[StoredStep, ...] = ()
    """What happened to it."""
    forecast: Forecast | Overdue | None = None
    """How late it may be, while it is under way and has a deadline."""
    beside: tuple[StoredFinding, ...] = ()
    """What other policies found, by which somebody awaits a verdict, in order."""


@dataclass(frozen=True, slots=True)
class ShipmentsPage:
    """The shipments, a page of them."""

    now_ms: int
    """The gateway's time of day."""
    cards: tuple[ShipmentCard, ...]
    """The last opened first."""
    before: str
    """The SSCC after which this page begins; empty for the newest."""
    older: str
    """What `before` is on the next page; empty at the end."""


@dataclass(frozen=True, slots=True)
class FindingsPage:
    """The images that were judged."""

    now_ms: int
    """The gateway's time of day."""
    findings: tuple[StoredFinding, ...]
    """One page of them, newest first."""
    labels: tuple[tuple[str, int], ...]
    """Every label with its count."""
    label: str
    """The label filtered by; empty for all."""
    confidence: int
    """The least confidence, in percent."""
    before: int | None
    """Number below which this page begins; None for the newest."""
    older: int | None
    """What `before` is on the next page; None at the end."""
    lots: tuple[str, ...] = ()
    """The lots among their subjects that were opened here, and so have a page."""


def plain(value: Any) -> Any:  # noqa: PLR0911 - one return per kind of value
    """Returns a record as what JSON knows: bytes as 0x-hexadecimal, enumerations as their values."""
    match value:
        case bytes():
            return f"0x{value.hex()}"
        case Enum():
            return value.name.lower() if isinstance(value.value, int) else value.value
        case dict():
            return {str(key): plain(item) for key, item in value.items()}
        case tuple() | list():
            return [plain(item) for item in value]
        case float() if not math.isfinite(value):
            return None
        case _ if dataclasses.is_dataclass(value):
            return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
        case _:
            return value
