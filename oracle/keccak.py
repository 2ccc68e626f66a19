"""The one place where this package reaches keccak256 (the hash of Ethereum, not FIPS 202 SHA-3). Pure."""

from functools import lru_cache

from sha3 import keccak_256

_CACHED_NAMES = 4096
"""Names of devices and quantities repeat for every reading; a site has far fewer than this."""


def keccak256(data: bytes) -> bytes:
    """Returns the keccak-256 digest of `data`, 32 bytes."""
    return keccak_256(data).digest()  # type: ignore[no-any-return]


@lru_cache(maxsize=_CACHED_NAMES)
def keccak_of_name(name: str) -> bytes:
    """Returns keccak256 of the UTF-8 text, which is how names enter leaves and statements."""
    return keccak256(name.encode())
