"""The beacon API of the devnet: the paths of a real beacon node that a light client asks, in front of `fullnode.devnet.consensus`."""

from fullnode.devnet.beacon.app import create_app
from fullnode.devnet.beacon.settings import BeaconApiSettings

__all__ = ["BeaconApiSettings", "create_app"]
