"""Every refusal of the light client, each a class that holds the offending values.

Three families say whose fault it is: `OursError` (the caller or the configuration), `PeerError` (a server sent what cannot be true)
and `EnvironmentalError` (network, disk or clock stands in the way). Callers act on the family; people read the message. Classes that
belong to one module's checks live beside their siblings here, so that this file is the table of contents of all that can be refused.
"""


class LightClientError(Exception):
    """Base of every error that this package raises on purpose."""


class OursError(LightClientError):
    """We were called or configured wrongly; no other server and no later time will help."""


class PeerError(LightClientError):
    """A server's answer fails a check; another server may be honest."""


class EnvironmentalError(LightClientError):
    """Network, disk or clock stands in the way; trying again later may help."""


# Encodings


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
