"""What the dashboard shows beyond the store, taken from the running parts."""

from collections.abc import Callable, Mapping, Sequence

from edge_agents.product import Product
from gateway.chain import Chain
from gateway.health import Condition, Health
from gateway.settings import Settings
from gateway.web.view import DeviceInfo, LightClientInfo, ProductInfo, View
from oracle.drawing.series import Band

QUANTITY = "temperature"
"""The quantity that products' bands are about."""
MINUTE_MS = 60_000


class LiveView(View):
    """The running gateway as the dashboard sees it."""

    def __init__(
        self, settings: Settings, products: Mapping[str, Product], health: Health, chain: Chain | None, now_ms: Callable[[], int]
    ) -> None:
        """Reads the parts whenever it is asked."""
        self._health = health
        self._chain = chain
        self._now_ms = now_ms
        self._products = {name: _product(product) for name, product in products.items()}
        self._devices = tuple(
            DeviceInfo(d.id, d.title, ((QUANTITY, self._products[d.product].band),) if d.product in self._products else ())
            for d in settings.devices
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


def _product(product: Product) -> ProductInfo:
    band = Band(product.band.low, product.band.high)
    return ProductInfo(product.name, QUANTITY, band, round(product.longest_gap_minutes * MINUTE_MS))
