"""The networks that this software knows, what FINAL means on each (our light client follows it, or it is a word), and which a box is on.

Data only, from `config/networks/*.toml` and `config/networks/unproven/*.toml`.
"""

import tomllib
from dataclasses import dataclass
from typing import Literal

import msgspec

from gateway.settings import Settings
from lightclient.network import Contracts, Network, load_network, network_names
from lightclient.network.loading import NETWORKS
from lightclient.settings import LightClientSettings

UNPROVEN = NETWORKS / "unproven"
"""Networks without a light client of ours."""
PROVEN_MEANING = "final: proven in finalized state by our own light client; no RPC is believed"
REPORTED_MEANING = (
    "reported: the RPC's word that a block it calls final holds the transaction; nothing is proven, so nothing is ever final, "
    "and no bundle is written"
)


@dataclass(frozen=True, slots=True)
class KnownNetwork:
    """One network as `aios networks` shows it."""

    name: str
    """What the settings call it."""
    title: str
    """What people call it."""
    chain_id: int
    """EIP-155 chain id."""
    kind: str
    """`beacon` where our light client follows it; else rollup, sidechain or chain."""
    assurance: Literal["proven", "reported"]
    """What `oracle.assurance` must be there."""
    contracts: Contracts
    """Known addresses."""

    @property
    def meaning(self) -> str:
        """Returns what the last state of a publication means there."""
        return PROVEN_MEANING if self.assurance == "proven" else REPORTED_MEANING


class _UnprovenContracts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    eas: str
    schema_registry: str
    eas_version: str
    anchor_registry: str | None = None
    gateway_registry: str | None = None


class _UnprovenFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    title: str
    chain_id: int
    kind: Literal["rollup", "sidechain", "chain"]
    contracts: _UnprovenContracts


def known_networks() -> list[KnownNetwork]:
    """Returns every network there is a file for: those that are proven first, each group by name."""
    proven = [load_network(name) for name in network_names()]
    found = [
        KnownNetwork(name, one.name, one.chain_id, "beacon", "proven", one.contracts)
        for name, one in zip(network_names(), proven, strict=True)
    ]
    for path in sorted(UNPROVEN.glob("*.toml")):
        file = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), _UnprovenFile)
        contracts = Contracts(**msgspec.structs.asdict(file.contracts))
        found.append(KnownNetwork(file.name, file.title, file.chain_id, file.kind, "reported", contracts))
    return found


def followed(box: Settings, light: LightClientSettings) -> Network:
    """Returns the network that a box's light client follows: a relative file is looked for below the data directory first.

    Raises:
        UnknownNetwork: there is neither such a name nor such a file.
        InvalidNetworkFile: the file does not describe a network.
    """
    below = box.below(light.network)
    return load_network(below if below.suffix == ".toml" and below.is_file() else light.network)
