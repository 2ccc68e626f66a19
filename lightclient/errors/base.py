"""The three families of refusal: whose fault it is decides what a caller does about it."""


class LightClientError(Exception):
    """Base of every error that this package raises on purpose."""


class OursError(LightClientError):
    """We were called or configured wrongly; no other server and no later time will help."""


class PeerError(LightClientError):
    """A server's answer fails a check; another server may be honest."""


class EnvironmentalError(LightClientError):
    """Network, disk or clock stands in the way; trying again later may help."""
