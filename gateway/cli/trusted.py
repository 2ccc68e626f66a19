"""What a reader of bundles trusts when he names nothing: this box's own checkpoint, the network file's, the network that a bundle names."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.cli.terminal import fail
from lightclient.errors import LightClientError
from lightclient.network import Network, load_network, network_names
from oracle import bundle_codec
from oracle.errors import OracleError
from oracle.verify_chain import starts_at
from oracle.verify_errors import CannotTellError

if TYPE_CHECKING:
    from gateway.settings import Settings

MAX_KEY = 4096
"""Bytes of a device's key file that are read; more is none."""


class UnknownNetworkError(CannotTellError):
    """A bundle is about a chain of which there is no network file here."""

    def __init__(self, name: str) -> None:
        """Holds the network's name, as the bundle gives it."""
        self.name = name
        super().__init__(
            f"network {name[:80]!r} is not known here", f"pass --network with its file; known are {', '.join(network_names())}"
        )


@dataclass(frozen=True)
class Trusted:
    """The reader's trust, as given by options and found on this box."""

    checkpoint: bytes | None
    """The root given by hand."""
    network: str | None
    """The network given by hand: a name or a file."""
    config: Path
    """This box's settings file, which need not exist."""

    @cached_property
    def _settings(self) -> "Settings | None":
        if not self.config.is_file():
            return None
        from gateway.settings import load

        return load(self.config)

    @cached_property
    def bundles(self) -> Path | None:
        """The folder where this box writes its bundles; None where there is no box."""
        settings = self._settings
        return None if settings is None else settings.below(settings.bundles.directory)

    def require(self) -> None:
        """Ends the process with a line if a network was named that cannot be read."""
        if self.network is not None:
            _ = self._given

    def for_bundle(self, data: bytes) -> tuple[Network, bytes | None, str]:
        """Returns network, checkpoint and where the checkpoint is from, for one bundle.

        Raises:
            UnknownNetworkError: none was named, and the bundle's is not known here.
        """
        if self.network is not None and self.checkpoint is not None:
            return self._given, self.checkpoint, "given by hand"
        try:
            bundle = bundle_codec.loads(data)
        except OracleError:
            bundle = None  # `verify` says why
        network = self._network(None if bundle is None else bundle.network)
        if self.checkpoint is not None:
            return network, self.checkpoint, "given by hand"
        if network.checkpoint is not None:
            return network, network.checkpoint, "from the network file"
        # A root that this box trusts says nothing about another one; only where the bundle starts from it, the walk can begin.
        own, start = self._own, None if bundle is None else starts_at(bundle, network)
        return network, start if start in own else None, "which this box's light client started from"

    def _network(self, named: str | None) -> Network:
        if self.network is not None:
            return self._given
        if named is not None and named not in network_names():
            raise UnknownNetworkError(named)
        return load_network(named or "mainnet")

    @cached_property
    def _given(self) -> Network:
        assert self.network is not None
        try:
            return load_network(self.network)
        except LightClientError as error:
            fail(str(error), code=2)

    @cached_property
    def _own(self) -> frozenset[bytes]:
        settings = self._settings
        if settings is None or settings.lightclient is None:
            return frozenset()
        from lightclient.trust.checkpoint import parse_checkpoint, read_checkpoint

        wanted = settings.lightclient
        roots = set()
        if wanted.checkpoint:
            roots.add(parse_checkpoint(wanted.checkpoint, source="lightclient.checkpoint"))
        if wanted.checkpoint_file:
            roots.add(read_checkpoint(settings.below(wanted.checkpoint_file)))
        return frozenset(roots)


def device_keys(options: Iterable[str]) -> dict[str, bytes]:
    """Returns the COSE_Key of each `ID=KEY`, a file with PEM or COSE_Key or 0x and hexadecimal; ends the process if one is none."""
    return dict(_device_key(option) for option in options)


def _device_key(option: str) -> tuple[str, bytes]:
    from drivers.senml.cose_errors import BadDeviceKey
    from drivers.senml.signed import load_key

    device, _, key = option.partition("=")
    if not device or not key:
        fail(f"--device-key {option[:80]!r} is not ID=KEY", code=2)
    try:
        if key.startswith("0x"):
            return device, load_key(bytes.fromhex(key[2:])).to_cose()
        with Path(key).open("rb") as file:
            return device, load_key(file.read(MAX_KEY + 1)).to_cose()
    except (OSError, ValueError, BadDeviceKey) as error:
        fail(f"--device-key {device[:80]}: {error}", code=2)
