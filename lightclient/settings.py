"""Settings of the light client's shell; the protocol itself has none."""

from dataclasses import dataclass, field
from typing import Annotated

import msgspec

from lightclient.rpc.settings import RpcSettings


@dataclass(frozen=True, slots=True)
class ServeSettings:
    """How verified light-client messages are served to the site, so that many gateways need one uplink; each still verifies."""

    enabled: bool = False
    """Whether to serve at all."""
    host: str = "127.0.0.1"
    """Address to listen on; the LAN's address to serve others. There is nothing secret in it and nothing to trust."""
    port: Annotated[int, msgspec.Meta(ge=0, le=65535)] = 5152
    """Port to listen on; 0 takes a free one."""


@dataclass(frozen=True, slots=True)
class LightClientSettings:
    """How the light client starts, follows and persists."""

    network: str = "mainnet"
    """Name of a file in `config/networks/`, or the path of another one."""
    checkpoint: str = ""
    """0x-prefixed root of a finalized block that you know from a party that you trust; not needed once a store file exists."""
    checkpoint_file: str = ""
    """File that names the block root instead: its text alone, or JSON with `root`."""
    checkpoint_providers: tuple[str, ...] = ()
    """Base addresses of providers that are independent of each other, to be asked where no root is given; a quorum of them must agree."""
    checkpoint_quorum: Annotated[int, msgspec.Meta(ge=0)] = 0
    """How many providers must name the same block: more than half of them; 0 demands all."""
    sources: tuple[str, ...] = ()
    """Base addresses of beacon REST servers, preferred first; none is trusted."""
    max_checkpoint_age_seconds: Annotated[int, msgspec.Meta(ge=0)] = 0
    """Oldest header to start from; 0 computes the network's weak-subjectivity period, two weeks at most. More than that is your risk."""
    max_clock_jump_seconds: Annotated[float, msgspec.Meta(gt=0)] = 300.0
    """By how much the clock may move more than time passed before it is doubted until a header as new as it says is verified."""
    poll_seconds: Annotated[float, msgspec.Meta(gt=0)] = 12.0
    """How often servers are asked where they offer no events, and how long a stream of events may be silent for a slot's news."""
    stale_slots: Annotated[int, msgspec.Meta(ge=2)] = 16
    """How many slots old the optimistic head may be before the condition `lightclient.stale` begins."""
    request_timeout_seconds: Annotated[float, msgspec.Meta(gt=0)] = 10.0
    """Longest wait for any one answer."""
    retry_seconds: Annotated[float, msgspec.Meta(gt=0)] = 5.0
    """Wait after every source failed."""
    persist_interval_seconds: Annotated[float, msgspec.Meta(ge=0)] = 60.0
    """Shortest time between two writes of the newest heads, some 10 kB, to spare flash.
    A change of committees is written whole and at once, unless many follow each other."""
    cross_check_seconds: Annotated[float, msgspec.Meta(gt=0)] = 384.0
    """How often every source is asked for its finality update, so that two that tell different stories are noticed."""
    announcement_seconds: Annotated[float, msgspec.Meta(gt=0)] = 21_600.0
    """How often sources are asked which forks they expect."""
    defer_key_checks: bool = False
    """Whether catching up first relies on stated aggregate keys and checks every key afterwards, before anything is written."""
    allow_forced_updates: bool = False
    """Whether, after a period without finality, a header that was never finalized may be taken as finalized (spec: force update)."""
    serve: ServeSettings = ServeSettings()
    """Re-serving on the LAN; off by default."""
    rpc: RpcSettings = field(default_factory=RpcSettings)
    """The verified RPC."""


@dataclass(frozen=True, slots=True)
class RestLimits:
    """Bounds of a REST source."""

    timeout_seconds: float = 10.0
    """Longest wait for connection, each read and write."""
    answer_seconds: float = 60.0
    """Longest wait for one whole answer."""
    message_bytes: int = 256 * 1024
    """Largest answer that holds one message: a 512-member JSON update takes some 60 kB."""
    updates_bytes: int = 16 * 1024 * 1024
    """Largest answer that holds a range of updates."""
    event_bytes: int = 64 * 1024
    """Largest event of a stream."""
    updates_per_request: int = 32
    """Periods asked for at once; servers may refuse more than 128."""
