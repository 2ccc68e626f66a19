"""The agent of a shipment's conditions: a manifest with a policy, and the rules of `judge`."""

import math
from pathlib import Path

from edge_agents.agent import ShipmentAgent
from edge_agents.conditions.judge import LABELS, Coverage, coverages, judge
from edge_agents.conditions.policy import Policy
from edge_agents.conditions.trip import Trip
from edge_agents.errors import ManifestRefused
from edge_agents.finding import Finding, SubjectKind
from edge_agents.manifest import Manifest, load
from edge_agents.settings import AgentSettings

PROFILES = Path(__file__).parent / "profiles"
"""One manifest per product class."""


def products(folder: str = "") -> tuple[str, ...]:
    """Returns the names under which `Conditions.load` finds a policy, sorted: those shipped, and those in the operator's folder."""
    own = Path(folder).glob("*.toml") if folder else ()
    return tuple(sorted({path.stem for path in (*PROFILES.glob("*.toml"), *own)}))


class Conditions(ShipmentAgent):
    """Judges a trip by one product's policy."""

    def __init__(self, manifest: Manifest) -> None:
        """Takes a manifest whose kind is `shipment` and that holds a [policy].

        Raises:
            ManifestRefused: it is of another kind, holds no policy, or has other labels than these rules.
        """
        path = manifest.folder / f"{manifest.name}.toml"
        if manifest.kind is not SubjectKind.SHIPMENT or manifest.policy is None:
            raise ManifestRefused(path, "an agent of conditions has kind = 'shipment' and a [policy]")
        if set(manifest.labels) != set(LABELS):
            raise ManifestRefused(path, f"labels must be {sorted(LABELS)}")
        self.manifest = manifest
        self.policy: Policy = manifest.policy
        self.units = self.policy.units

    @classmethod
    def load(cls, product: str, settings: AgentSettings | None = None) -> "Conditions":
        """Returns the agent of a product: `vaccine`, `fresh`, `frozen`, another of `products()`, or one of the operator's own folder.

        Raises:
            ManifestRefused: there is no such product, or its manifest is not one.
        """
        settings = settings or AgentSettings()
        known = products(settings.policies)
        if product not in known:
            raise ManifestRefused(PROFILES / f"{product}.toml", f"no such product; there are {', '.join(known)}")
        own = Path(settings.policies) / f"{product}.toml" if settings.policies else PROFILES / f"{product}.toml"
        return cls(load(own if own.is_file() else PROFILES / f"{product}.toml", limit=settings.max_manifest_bytes))

    def judge(self, subject: str, trip: Trip) -> Finding:
        """Returns the verdict on the trip, with every measure it rests on."""
        found = judge(trip, self.policy)
        return Finding(
            agent=self.manifest.name,
            agent_hash=self.manifest.hash,
            kind=SubjectKind.SHIPMENT,
            subject=subject,
            item="",
            device=", ".join(trip.devices),
            verdict=LABELS[found.label],
            label=found.label,
            confidence=1.0,
            from_ms=trip.first_ms,
            to_ms=trip.last_ms,
            readings=trip.samples,
            measures=found.measures,
            evidence=trip.evidence,
        )

    def bands(self) -> dict[str, tuple[float, float]]:
        """Returns the allowed values of each quantity, infinite where the policy leaves a side open; of several bands the first."""
        found: dict[str, tuple[float, float]] = {}
        for band in self.policy.bands:
            low, high = (-math.inf if band.low is None else band.low), (math.inf if band.high is None else band.high)
            found.setdefault(band.quantity, (low, high))
        return found

    def coverage(self, trip: Trip) -> list[Coverage]:
        """Returns where each thing that the policy looks at was measured."""
        return coverages(trip, self.policy)
