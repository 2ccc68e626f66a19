"""Networks as data: what names a chain, and when its rules change.

A `Network` comes from a TOML file of `config/networks/`, from another file of that form, or from a server's `/eth/v1/config/spec` together
with a genesis validators root that the caller knows from elsewhere: that root is what makes signatures of one chain worthless on another,
so it is never taken from a server.
"""

from lightclient.network.loading import load_network, network_from_spec, network_names, parse_network
from lightclient.network.record import (
    FAR_FUTURE_EPOCH,
    BlobParameters,
    Contracts,
    ForkSchedule,
    Network,
    compute_domain,
    compute_fork_data_root,
    compute_fork_digest,
    compute_signing_root,
    get_blob_parameters,
)

__all__ = [
    "FAR_FUTURE_EPOCH",
    "BlobParameters",
    "Contracts",
    "ForkSchedule",
    "Network",
    "compute_domain",
    "compute_fork_data_root",
    "compute_fork_digest",
    "compute_signing_root",
    "get_blob_parameters",
    "load_network",
    "network_from_spec",
    "network_names",
    "parse_network",
]
