"""What the dashboard shows beyond the store, taken from the running parts."""

from collections.abc import Callable, Mapping, Sequence

from edge_agents.conditions.policy import LATITUDE, Policy
from gateway.chain import Chain
from gateway.health import Condition, Health
from gateway.settings import Settings
from gateway.web.view import DeviceInfo, LightClientInfo, ProductInfo, View
from oracle.drawing.series import Band

MINUTE_MS = 60_000


class LiveView(View):
    """The running gateway as the dashboard sees it."""

    def __init__(
        self, settings: Settings, products: Mapping[str, Policy], health: Health, chain: Chain | None, now_ms: Callable[[], int]
    ) -> None:
        """Reads the parts whenever it is asked."""
        self._health = health
        self._chain = chain
        self._now_ms = now_ms
        self._products = {name: _product(product) for name, product in products.items()}
        self._devices = tuple(
            DeviceInfo(d.id, d.title, _bands(products[d.product]) if d.product in products else ()) for d in settings.devices
        )

    def now_ms(self) -> int:
        """Returns the gateway's time of day."""
        return self._now_ms()

    def conditions(self) -> Sequence[Condition]:
        """Returns what is wrong now, worst first."""
        return self._health.active()

    def light_client(self) -> LightClientInfo | None:
        """Returns what is proven of the chain."""
        return self._chain.head() if self._chain else None

    def devices(self) -> Sequence[DeviceInfo]:
        """Returns the configured devices."""
        return self._devices

    def product(self, name: str) -> ProductInfo | None:
        """Returns a configured product."""
        return self._products.get(name)


def _product(policy: Policy) -> ProductInfo:
    """Returns what the pages draw of a policy: its first band; a policy of route and shocks alone has none."""
    first = policy.bands[0] if policy.bands else None
    gap_minutes = first.longest_gap_minutes if first is not None else policy.peaks[0].longest_gap_minutes if policy.peaks else 30.0
    bands = dict(_bands(policy))
    quantity = first.quantity if first is not None else policy.peaks[0].quantity if policy.peaks else LATITUDE
    return ProductInfo(policy.title, quantity, bands.get(quantity), round(gap_minutes * MINUTE_MS))


def _bands(policy: Policy) -> tuple[tuple[str, Band], ...]:
    """Returns the first band of each quantity that is closed on both sides; one that is open cannot be shaded."""
    found: dict[str, Band] = {}
    for band in policy.bands:
        if band.low is not None and band.high is not None:
            found.setdefault(band.quantity, Band(band.low, band.high))
    return tuple(found.items())
