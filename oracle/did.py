"""Names of keys that other systems read: did:key of one key, and the DID document of a gateway. Pure.

https://www.w3.org/TR/did-1.0/, https://w3c-ccg.github.io/did-method-key/, https://w3c-ccg.github.io/did-method-web/. The document's
sha256 and its address are registered in the GatewayRegistry; so the bytes that are hashed are canonical JSON, and are what is published.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from oracle import canonical_json
from oracle.errors import MisuseError
from oracle.signer import Curve

MULTICODEC: dict[Curve, bytes] = {"secp256k1": b"\xe7\x01", "P-256": b"\x80\x24"}
"""What a compressed public key begins with (multicodec table, as varints)."""
CONTEXT = ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"]
"""The JSON-LD contexts of the document."""
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_WEB = re.compile(r"did:web:[A-Za-z0-9.-]{1,253}(?:%3A[0-9]{1,5})?(?::[A-Za-z0-9._-]{1,100}){0,8}", re.ASCII)


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key as a DID document shows it."""

    name: str
    """Its fragment in the document, such as `attester`."""
    curve: Curve
    """Its curve."""
    point: bytes
    """x and y, 64 bytes."""

    @property
    def multibase(self) -> str:
        """The key as did:key and Multikey have it: base58btc over multicodec prefix and compressed point."""
        compressed = bytes((2 + self.point[63] % 2,)) + self.point[:32]
        return "z" + _base58(MULTICODEC[self.curve] + compressed)

    @property
    def did(self) -> str:
        """Its did:key."""
        return f"did:key:{self.multibase}"


class DidError(MisuseError):
    """A DID cannot be used for a gateway."""

    def __init__(self, did: str) -> None:
        """Holds the DID."""
        self.did = did
        super().__init__(f"{did[:120]!r} is no did:web such as did:web:example.com:gateways:box-7")


def document(did: str, keys: Sequence[PublicKey]) -> bytes:
    """Returns the canonical JSON of a gateway's DID document; every key may make statements.

    Raises DidError for anything but a did:web.
    """
    if not _WEB.fullmatch(did):
        raise DidError(did)
    methods: list[dict[str, Any]] = [
        {"id": f"{did}#{key.name}", "type": "Multikey", "controller": did, "publicKeyMultibase": key.multibase} for key in keys
    ]
    references = [str(method["id"]) for method in methods]
    return canonical_json.canonical(
        {
            "@context": CONTEXT,
            "id": did,
            "alsoKnownAs": [key.did for key in keys],
            "verificationMethod": methods,
            "assertionMethod": references,
        }
    )


def address_of_web(did: str) -> str:
    """Returns where a did:web's document is to be published; raises DidError."""
    if not _WEB.fullmatch(did):
        raise DidError(did)
    host, *path = did.removeprefix("did:web:").split(":")
    return f"https://{host.replace('%3A', ':')}/{'/'.join(path) if path else '.well-known'}/did.json"


def _base58(data: bytes) -> str:
    number, text = int.from_bytes(data, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        text = _BASE58[digit] + text
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + text
