"""Checking a file that somebody hands in, on the command line or on the box's page: which network and which checkpoint it is checked by.

What the reader names goes first; then the network that the box's light client follows and the networks known here, the checkpoint of the
network's file, and the roots from which the light client started. A root that the box trusts says nothing about another one: only a
bundle that starts from one of them can be walked without being given a checkpoint by hand.
"""

from collections.abc import Callable
from dataclasses import dataclass

from gateway.networks import followed
from gateway.settings import Settings
from lightclient.errors import LightClientError
from lightclient.network import Network, load_network, network_names
from lightclient.settings import LightClientSettings
from lightclient.trust.checkpoint import parse_checkpoint, read_checkpoint
from oracle import bundle_codec
from oracle.bundle import Bundle
from oracle.errors import OracleError
from oracle.verify import Check, Expected, Outcome, Report, verify
from oracle.verify_chain import starts_at
from oracle.verify_errors import CannotTellError

BY_HAND, BY_FILE, BY_BOX = "given by hand", "from the network file", "which this box's light client started from"
"""Where a checkpoint is from, as the report says it."""


class UnknownNetworkError(CannotTellError):
    """A bundle is about a chain of which there is no network file here."""

    def __init__(self, name: str) -> None:
        """Holds the network's name, as the bundle gives it."""
        self.name = name
        super().__init__(
            f"network {name[:80]!r} is not known here",
            f"pass --network with its file to `aios verify`; known are {', '.join(network_names())}",
        )


@dataclass(frozen=True, slots=True)
class Start:
    """Where the check of one bundle begins."""

    network: Network
    """The chain that it must be about."""
    checkpoint: bytes | None
    """Root of the block that is trusted; None where there is none."""
    source: str
    """Where that is from."""


def start_of(
    data: bytes, settings: Callable[[], Settings | None], *, network: Network | None = None, checkpoint: bytes | None = None
) -> Start:
    """Returns where the check of a bundle begins; `settings` are asked for only where the reader named too little.

    Raises:
        UnknownNetworkError: no network was named, and the bundle's is not known here.
        LightClientError: the box's own network file or checkpoint cannot be read.
    """
    if network is not None and checkpoint is not None:
        return Start(network, checkpoint, BY_HAND)
    if network is not None and network.checkpoint is not None:
        return Start(network, network.checkpoint, BY_FILE)
    bundle = _read(data)
    box = settings()
    light = None if box is None else box.lightclient
    network = network or _network(None if bundle is None else bundle.network, box)
    if checkpoint is not None:
        return Start(network, checkpoint, BY_HAND)
    if network.checkpoint is not None:
        return Start(network, network.checkpoint, BY_FILE)
    root = None if bundle is None else starts_at(bundle, network)
    trusted = root is not None and box is not None and light is not None and root in _roots(box, light)
    return Start(network, root if trusted else None, BY_BOX)


class BoxVerifier:
    """Checks files as this box sees the world."""

    def __init__(self, settings: Settings, now_ms: Callable[[], int]) -> None:
        """Takes what the box was told, and its clock."""
        self._settings = settings
        self._now_ms = now_ms

    def __call__(self, data: bytes, checkpoint: bytes | None) -> Report:
        """Returns the report; the checkpoint given goes before the box's own. Runs for some milliseconds: call it off the loop."""
        try:
            start = start_of(data, lambda: self._settings, checkpoint=checkpoint)
        except (CannotTellError, LightClientError) as error:
            return Report((Check("network", Outcome.UNKNOWN, str(error)),))
        expected = Expected(checkpoint_source=start.source)
        return verify(data, checkpoint=start.checkpoint, network=start.network, now_s=self._now_ms() // 1000, expected=expected)


def _read(data: bytes) -> Bundle | None:
    try:
        return bundle_codec.loads(data)
    except OracleError:
        return None  # `verify` says why


def _network(named: str | None, box: Settings | None) -> Network:
    own = None if box is None or box.lightclient is None else followed(box, box.lightclient)
    if own is not None and named in (own.name, None):
        return own
    if named is not None and named not in network_names():
        raise UnknownNetworkError(named)
    return load_network(named or "mainnet")


def _roots(box: Settings, light: LightClientSettings) -> frozenset[bytes]:
    given = [parse_checkpoint(light.checkpoint, source="lightclient.checkpoint")] if light.checkpoint else []
    read = [read_checkpoint(box.below(light.checkpoint_file))] if light.checkpoint_file else []
    return frozenset([*given, *read])
