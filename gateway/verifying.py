"""Checking a file that somebody hands to this box: by the networks it knows and the checkpoints its light client was given.

A root that this box trusts says nothing about another one; only a bundle that starts from one of them can be walked without being given a
checkpoint by hand.
"""

from collections.abc import Callable

from gateway.settings import Settings
from lightclient.errors import LightClientError
from lightclient.network import Network, load_network, network_names
from lightclient.trust.checkpoint import parse_checkpoint, read_checkpoint
from oracle import bundle_codec
from oracle.errors import OracleError
from oracle.verify import Check, Expected, Outcome, Report, verify
from oracle.verify_chain import starts_at

BY_HAND, BY_FILE, BY_BOX = "given by hand", "from the network file", "which this box's light client started from"
"""Where a checkpoint is from, as the report says it."""


class BoxVerifier:
    """Checks files as this box sees the world."""

    def __init__(self, settings: Settings, now_ms: Callable[[], int]) -> None:
        """Takes what the box was told, and its clock."""
        self._settings = settings
        self._now_ms = now_ms

    def __call__(self, data: bytes, checkpoint: bytes | None) -> Report:
        """Returns the report; the checkpoint given goes before the box's own. Runs for some milliseconds: call it off the loop."""
        try:
            bundle = bundle_codec.loads(data)
        except OracleError:
            bundle = None  # `verify` says why
        network = self._network(None if bundle is None else bundle.network)
        if network is None:
            named = "no network" if bundle is None else f"network {bundle.network}"
            return Report((Check("network", Outcome.UNKNOWN, f"{named} is known here: check the file with `aios verify --network FILE`"),))
        root, how = checkpoint, BY_HAND
        if root is None and network.checkpoint is not None:
            root, how = network.checkpoint, BY_FILE
        if root is None and bundle is not None:
            start = starts_at(bundle, network)
            root, how = (start if start in self._roots() else None), BY_BOX
        return verify(data, checkpoint=root, network=network, now_s=self._now_ms() // 1000, expected=Expected(checkpoint_source=how))

    def _network(self, named: str | None) -> Network | None:
        wanted = self._settings.lightclient
        try:
            own = None if wanted is None else load_network(wanted.network)
            if own is not None and named in (own.name, None):
                return own
            return load_network(named or "mainnet") if named is None or named in network_names() else None
        except LightClientError:
            return None

    def _roots(self) -> frozenset[bytes]:
        wanted = self._settings.lightclient
        if wanted is None:
            return frozenset()
        try:
            given = [parse_checkpoint(wanted.checkpoint, source="lightclient.checkpoint")] if wanted.checkpoint else []
            read = [read_checkpoint(self._settings.below(wanted.checkpoint_file))] if wanted.checkpoint_file else []
        except LightClientError:
            return frozenset()  # the light client itself says what is wrong with it
        return frozenset([*given, *read])
