"""What is wrong with bytes and values, and with the descriptions of networks that they are read under."""

from lightclient.errors.base import OursError, PeerError


class MalformedSsz(PeerError):
    """Bytes are not the one canonical SSZ encoding of the expected type."""

    def __init__(self, kind: str, reason: str) -> None:
        super().__init__(f"{kind}: {reason}")
        self.kind = kind
        """The SSZ type that was expected."""
        self.reason = reason
        """What is wrong, with the offending numbers."""


class InvalidValue(OursError):
    """A value given for encoding or hashing does not fit its SSZ type."""

    def __init__(self, kind: str, reason: str) -> None:
        super().__init__(f"{kind}: {reason}")
        self.kind = kind
        """The SSZ type it was meant for."""
        self.reason = reason
        """Why it does not fit."""


class UnknownNetwork(OursError):
    """No network of that name or file exists."""

    def __init__(self, name: str, known: list[str]) -> None:
        what = f"there is no file {name!r}" if name.endswith(".toml") else f"no network {name!r}"
        super().__init__(f"{what}; known are {', '.join(known) or 'none'}, or give the path of a .toml file")
        self.name = name
        """What was asked for."""
        self.known = known
        """Names that exist."""


class InvalidNetworkFile(OursError):
    """A description of a network is incomplete or contradicts itself."""

    def __init__(self, source: str, reason: str) -> None:
        super().__init__(f"{source}: {reason}")
        self.source = source
        """File or server."""
        self.reason = reason
        """What is wrong with it."""


class UnknownForkDigest(PeerError):
    """Data is of a fork that the network's schedule does not have."""

    def __init__(self, digest: bytes, network: str) -> None:
        super().__init__(f"fork digest {digest.hex()} is not of {network}; the server is of another network, or this software is too old")
        self.digest = digest
        """The digest received."""
        self.network = network
        """The network expected."""
