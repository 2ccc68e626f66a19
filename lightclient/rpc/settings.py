"""Settings of the verified RPC: where it listens, whom it asks, and how much one caller may ask."""

from dataclasses import dataclass, field
from typing import Annotated

import msgspec

from lightclient.endpoints.settings import EndpointLimits

Positive = Annotated[int, msgspec.Meta(ge=1)]
"""A count of at least one."""


@dataclass(frozen=True, slots=True)
class RpcLimits:
    """Bounds of one request, and of everything that is kept in memory."""

    body_bytes: Annotated[int, msgspec.Meta(ge=1024)] = 1 << 20
    """Longest request."""
    batch: Positive = 64
    """Most requests in one batch."""
    concurrent: Positive = 8
    """Requests that are worked on at once."""
    waiting: Positive = 64
    """Requests that may wait for their turn; more are refused at once."""
    answer_seconds: Annotated[float, msgspec.Meta(gt=0)] = 60.0
    """Longest work on one request."""
    endpoint_calls: Positive = 8
    """Calls to execution endpoints that run at once; bounds memory together with the endpoints' own limits."""
    walk_blocks: Annotated[int, msgspec.Meta(ge=1, le=8192)] = 64
    """How far headers are followed by parent hash; what lies further back is looked up in the history contract (EIP-2935)."""
    log_blocks: Annotated[int, msgspec.Meta(ge=1, le=8192)] = 1024
    """Most blocks that one eth_getLogs may cover: each header is verified."""
    logs: Positive = 10_000
    """Most logs in one answer."""
    fee_blocks: Annotated[int, msgspec.Meta(ge=1, le=1024)] = 128
    """Most blocks of one eth_feeHistory."""
    proof_keys: Annotated[int, msgspec.Meta(ge=1, le=1024)] = 256
    """Most storage keys of one eth_getProof."""
    cached_headers: Annotated[int, msgspec.Meta(ge=64)] = 4096
    """Verified headers kept in memory, some 2 kB each."""
    cached_bodies: Annotated[int, msgspec.Meta(ge=1)] = 8
    """Verified bodies of blocks, and as many lists of receipts, kept in memory."""
    cached_codes: Annotated[int, msgspec.Meta(ge=1)] = 64
    """Contract codes kept in memory, at most 24 kB each."""
    sent: Positive = 256
    """Transactions handed over here that are remembered, so that no endpoint can hide that they were included."""
    call_gas: Annotated[int, msgspec.Meta(ge=21_000)] = 30_000_000
    """Most gas of one run of a call; the interpreter does some two million per second."""
    call_total_gas: Annotated[int, msgspec.Meta(ge=21_000)] = 120_000_000
    """Most gas of all runs that one request takes: a call runs again when state was missing, and an estimate tries several limits."""
    call_rounds: Positive = 64
    """How often one call may ask for missing state."""
    subscriptions: Positive = 32
    """Open WebSocket connections, and subscriptions on each."""
    queued_heads: Positive = 64
    """Heads that a slow subscriber may be behind before its connection is closed."""


@dataclass(frozen=True, slots=True)
class RpcSettings:
    """The verified RPC of a gateway."""

    enabled: bool = False
    """Whether it is served at all."""
    host: str = "127.0.0.1"
    """Address to listen on; anything but loopback needs `token_file`."""
    port: Annotated[int, msgspec.Meta(ge=0, le=65535)] = 8547
    """Port to listen on; 0 takes a free one."""
    token_file: str = ""
    """File that holds the token which callers must show, as a bearer token or as the password of basic authentication."""
    hosts: tuple[str, ...] = ()
    """Further names by which callers may address this box; others are refused, so that no web page reaches it by rebinding a name."""
    origins: tuple[str, ...] = ()
    """Web origins whose pages may ask, such as that of a wallet; none by default."""
    endpoints: tuple[str, ...] = ()
    """Execution endpoints, preferred first; none is believed."""
    max_head_age_seconds: Annotated[int, msgspec.Meta(ge=1)] = 300
    """Oldest optimistic head that is still served as `latest`; past that, the tag is refused."""
    max_finalized_age_seconds: Annotated[int, msgspec.Meta(ge=1)] = 7200
    """Oldest finalized head that is still served as `finalized` and `safe`."""
    max_priority_fee_wei: Annotated[int, msgspec.Meta(ge=1)] = 50 * 10**9
    """Highest priority fee that an endpoint may suggest; fee suggestions cannot be proven, only bounded."""
    limits: RpcLimits = field(default_factory=RpcLimits)
    """Bounds of one request."""
    endpoint_limits: EndpointLimits = field(default_factory=EndpointLimits)
    """Bounds of an endpoint's answers."""
