"""The rule that turns a trip's temperatures into a verdict.

In order: minutes outside the band beyond what the product tolerates are a BREACH even where readings are missing, for more readings
could only add to them; then too few readings or too long a gap are INSUFFICIENT; then a mean kinetic temperature beyond the limit is a
BREACH; else the trip CONFORMS.
"""

from pathlib import Path

from edge_agents.agent import ShipmentAgent
from edge_agents.cold_chain.excursion import MINUTE_MS, Excursions, above, below
from edge_agents.cold_chain.kinetic import mean_kinetic_temperature
from edge_agents.errors import ManifestRefused
from edge_agents.finding import Finding, SubjectKind, Verdict
from edge_agents.manifest import Manifest, load
from edge_agents.product import Product
from edge_agents.settings import AgentSettings
from edge_agents.window import Window

PRODUCTS = Path(__file__).parent / "products"
"""One manifest per product."""

LABELS = {
    "conforms": Verdict.CONFORMS,
    "excursion": Verdict.BREACH,
    "kinetic-heat": Verdict.BREACH,
    "too-few-readings": Verdict.INSUFFICIENT,
    "gap": Verdict.INSUFFICIENT,
}
"""The agent's vocabulary, and what each word means on chain."""


def products() -> tuple[str, ...]:
    """Returns the names under which `ColdChain.load` finds a product, sorted."""
    return tuple(sorted(path.stem for path in PRODUCTS.glob("*.toml")))


class ColdChain(ShipmentAgent):
    """Judges a trip's temperatures by one product's limits."""

    quantity = "temperature"

    def __init__(self, manifest: Manifest) -> None:
        """Takes a manifest whose kind is `shipment` and that holds a [product].

        Raises:
            ManifestRefused: it is of another kind, holds no product, or has other labels than this rule.
        """
        path = manifest.folder / f"{manifest.name}.toml"
        if manifest.kind is not SubjectKind.SHIPMENT or manifest.product is None:
            raise ManifestRefused(path, "a cold-chain agent has kind = 'shipment' and a [product]")
        if set(manifest.labels) != set(LABELS):
            raise ManifestRefused(path, f"labels must be {sorted(LABELS)}")
        self.manifest = manifest
        self.product: Product = manifest.product

    @classmethod
    def load(cls, product: str, settings: AgentSettings | None = None) -> "ColdChain":
        """Returns the agent of a shipped product: `vaccine`, `fresh` or `frozen`.

        Raises:
            ManifestRefused: there is no such product.
        """
        settings = settings or AgentSettings()
        if product not in products():
            raise ManifestRefused(PRODUCTS / f"{product}.toml", f"no such product; there are {', '.join(products())}")
        return cls(load(PRODUCTS / f"{product}.toml", limit=settings.max_manifest_bytes))

    def judge(self, subject: str, window: Window) -> Finding:
        """Returns the verdict on the trip, with every measure it rests on."""
        product, samples = self.product, window.samples
        gap_ms = product.longest_gap_minutes * MINUTE_MS
        over = above(samples, product.band.high, gap_ms)
        under = below(samples, product.band.low, gap_ms)
        kinetic = mean_kinetic_temperature(samples, product.activation_kelvin, gap_ms) if samples else None
        label = self._label(window, over, under, kinetic)
        return Finding(
            agent=self.manifest.name,
            agent_hash=self.manifest.hash,
            kind=SubjectKind.SHIPMENT,
            subject=subject,
            item="",
            device=window.device,
            verdict=LABELS[label],
            label=label,
            confidence=1.0,
            from_ms=samples[0].time_ms if samples else window.start_ms,
            to_ms=samples[-1].time_ms if samples else window.end_ms,
            readings=len(samples),
            measures=_measures(window, over, under, kinetic),
            evidence=window.evidence,
        )

    def _label(self, window: Window, over: Excursions, under: Excursions, kinetic: float | None) -> str:
        """Returns the word for what was measured; the order of the questions is the module's first paragraph."""
        product = self.product
        if over.minutes > product.allowed_minutes_above or under.minutes > product.allowed_minutes_below:
            return "excursion"
        if kinetic is None or len(window.samples) < product.fewest_readings:
            return "too-few-readings"
        if window.longest_gap_ms > product.longest_gap_minutes * MINUTE_MS:
            return "gap"
        return "kinetic-heat" if kinetic > product.mean_kinetic_limit else "conforms"


def _measures(window: Window, over: Excursions, under: Excursions, kinetic: float | None) -> tuple[tuple[str, float], ...]:
    """Returns the measures in their fixed order; without any sample there are no temperatures to name."""
    measures = [
        ("excursion_minutes", over.minutes + under.minutes),
        ("minutes_above", over.minutes),
        ("minutes_below", under.minutes),
        ("longest_excursion_minutes", max(over.longest_minutes, under.longest_minutes)),
        ("longest_gap_minutes", window.longest_gap_ms / MINUTE_MS),
    ]
    if kinetic is not None:
        values = [sample.value for sample in window.samples]
        measures += [("mean_kinetic_temperature", kinetic), ("minimum", min(values)), ("maximum", max(values))]
    return tuple(measures)
