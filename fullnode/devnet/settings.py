"""Settings of the whole devnet; each half keeps its own record beside its code."""

from dataclasses import dataclass, field
from typing import Annotated

from msgspec import Meta

from fullnode.devnet.beacon.settings import BeaconApiSettings
from fullnode.devnet.consensus.settings import ConsensusSettings
from fullnode.devnet.execution.settings import ExecutionSettings
from fullnode.devnet.rpc.settings import RpcSettings


@dataclass(frozen=True, slots=True)
class DevnetSettings:
    """What a devnet is made of and where it listens. It always listens on 127.0.0.1 alone."""

    consensus: ConsensusSettings = field(default_factory=ConsensusSettings)
    """The beacon chain."""
    execution: ExecutionSettings = field(default_factory=ExecutionSettings)
    """The execution chain."""
    beacon: BeaconApiSettings = field(default_factory=BeaconApiSettings)
    """How the beacon API answers."""
    rpc: RpcSettings = field(default_factory=RpcSettings)
    """How the JSON-RPC server answers."""
    genesis_time: Annotated[int, Meta(ge=0)] = 0
    """Start of slot 0, Unix seconds; 0 means the second in which the devnet starts."""
    ticking: bool = True
    """Whether blocks come by the clock; otherwise only `Devnet.advance_to` makes them."""
    rpc_port: Annotated[int, Meta(ge=0, le=65535)] = 0
    """Port of JSON-RPC; 0 takes a free one."""
    beacon_port: Annotated[int, Meta(ge=0, le=65535)] = 0
    """Port of the beacon API; 0 takes a free one."""
