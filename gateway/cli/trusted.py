"""What a reader of bundles trusts: what he names by options, and where he names nothing, what `gateway.verifying` finds on this box."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.cli.terminal import fail

if TYPE_CHECKING:
    from gateway.settings import Settings
    from gateway.verifying import Start
    from lightclient.network import Network

MAX_KEY = 4096
"""Bytes of a device's key file that are read; more is none."""


@dataclass(frozen=True)
class Trusted:
    """The reader's trust, as given by options and found on this box."""

    checkpoint: bytes | None
    """The root given by hand."""
    network: str | None
    """The network given by hand: a name or a file."""
    config: Path
    """This box's settings file, which need not exist."""
    eas: str | None = None
    """Address of the EAS contract given by hand."""
    eas_version: str | None = None
    """Its version, given by hand."""

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

    def for_bundle(self, data: bytes) -> "Start":
        """Returns network and checkpoint for one bundle, with what was pinned by hand.

        Raises:
            UnknownNetworkError: none was named, and the bundle's is not known here.
            LightClientError: this box's own network file or checkpoint cannot be read.
        """
        from gateway.verifying import start_of

        named = None if self.network is None else self._given
        start = start_of(data, lambda: self._settings, network=named, checkpoint=self.checkpoint)
        pinned = {name: value for name, value in (("eas", self.eas), ("eas_version", self.eas_version)) if value is not None}
        contracts = replace(start.network.contracts, **pinned)
        return replace(start, network=replace(start.network, contracts=contracts))

    @cached_property
    def _given(self) -> "Network":
        from lightclient.errors import LightClientError
        from lightclient.network import load_network

        assert self.network is not None
        try:
            return load_network(self.network)
        except LightClientError as error:
            fail(str(error), code=2)


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
