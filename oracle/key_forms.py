"""Which curve's key a file holds, seen by its form before a passphrase is asked for. Pure."""

import msgspec

from oracle.signer import AnyCurve

PEM = b"-----BEGIN ENCRYPTED PRIVATE KEY-----"
"""How an encrypted PKCS#8 file begins (RFC 7468 section 11); keys of P-256 are kept so."""
_VERSIONS: dict[int, AnyCurve] = {3: "secp256k1", 4: "BLS12-381"}
"""Web3 Secret Storage ends at 3, EIP-2335 is 4."""


class _Version(msgspec.Struct, frozen=True):
    version: int


def curve_of(document: bytes) -> AnyCurve | None:
    """Returns the curve of the key that a file of one of our three forms holds, None for another file."""
    if document.startswith(PEM):
        return "P-256"
    try:
        return _VERSIONS.get(msgspec.json.decode(document, type=_Version).version)
    except (ValueError, RecursionError):
        return None
