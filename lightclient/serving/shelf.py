"""What there is to serve: messages that verified, found by what a light client asks for. Pure, over the client's own evidence."""

from collections.abc import Callable
from dataclasses import dataclass

from lightclient.network import Network
from lightclient.spec import is_sync_committee_update
from lightclient.ssz import hash_tree_root
from lightclient.trace import Trace
from lightclient.types import LightClientBootstrap, LightClientFinalityUpdate, LightClientOptimisticUpdate, LightClientUpdate


@dataclass(frozen=True, slots=True)
class Latest:
    """The newest messages that verified."""

    finality: LightClientFinalityUpdate | None = None
    """The newest finality update."""
    optimistic: LightClientOptimisticUpdate | None = None
    """The newest optimistic update."""


class Shelf:
    """The messages of one client, as of the moment of each question."""

    def __init__(self, network: Network, trace: Callable[[], Trace | None], latest: Callable[[], Latest]) -> None:
        """`trace` returns the evidence, or None while there is nothing to serve; `latest` the newest messages."""
        self.network = network
        """The network that they are of."""
        self._trace = trace
        self._latest = latest

    def bootstrap(self, root: bytes) -> LightClientBootstrap | None:
        """Returns the bootstrap of a block: of the checkpoint that this client began with, and of no other."""
        trace = self._trace()
        if trace is None or hash_tree_root(trace.bootstrap.header.beacon) != root:
            return None
        return trace.bootstrap

    def updates(self, start_period: int, count: int) -> tuple[LightClientUpdate, ...]:
        """Returns updates with a next committee, one per period, in order, from the first period on without a gap."""
        trace = self._trace()
        if trace is None:
            return ()
        by_period = {
            self.network.period_at_slot(update.attested_header.beacon.slot): update
            for update in trace.updates
            if is_sync_committee_update(update)
        }
        periods = sorted(period for period in by_period if start_period <= period < start_period + count)
        # A client may begin later than it asks for, but a gap inside the range would only stop it.
        return tuple(by_period[period] for place, period in enumerate(periods) if period == periods[0] + place)

    def finality_update(self) -> LightClientFinalityUpdate | None:
        """Returns the newest finality update."""
        trace = self._trace()
        return None if trace is None else self._latest().finality or trace.finality_update

    def optimistic_update(self) -> LightClientOptimisticUpdate | None:
        """Returns the newest optimistic update; after a restart, the newest finality update says as much."""
        newest = self._latest().optimistic if self._trace() is not None else None
        finality = self.finality_update()
        if newest is not None or finality is None:
            return newest
        return LightClientOptimisticUpdate(finality.attested_header, finality.sync_aggregate, finality.signature_slot)
