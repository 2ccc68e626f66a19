"""The JSON of an off-chain attestation, exactly as eas-sdk and EAS explorers write it. Pure.

One spelling only: every number, hexadecimal string and address has one accepted form, unknown and missing fields are refused with their
path, so that no part of the text can be altered without the attestation changing. eas-sdk reads what this writes; this reads what eas-sdk
writes, except what its own verifier would let pass without a signature over it. A signature under P-256, which eas-sdk does not know,
has the fields r, s, x, y in place of v, r, s.
"""

import re
from codecs import BOM_UTF8
from typing import Any

from oracle import strict_json
from oracle.attestation import MAX_DATA, MAX_DOMAIN_VERSION, OFFCHAIN_VERSION, Attestation, Domain
from oracle.eip712 import DOMAIN_NAME
from oracle.errors import MalformedDocumentError, shorten
from oracle.hexes import from_checksum, from_hex, to_checksum, to_hex
from oracle.signature import P256_BYTES

MAX_DEPTH = 8
"""Nesting of an attestation's JSON; it needs 5."""
MAX_TEXT = 4 * MAX_DATA
"""Bytes of JSON for one attestation: the data as hexadecimal, and as much again for the rest."""
PRIMARY_TYPE = "Attest"
"""The EIP-712 primary type."""
TYPES = {
    PRIMARY_TYPE: [
        {"name": "version", "type": "uint16"},
        {"name": "schema", "type": "bytes32"},
        {"name": "recipient", "type": "address"},
        {"name": "time", "type": "uint64"},
        {"name": "expirationTime", "type": "uint64"},
        {"name": "revocable", "type": "bool"},
        {"name": "refUID", "type": "bytes32"},
        {"name": "data", "type": "bytes"},
        {"name": "salt", "type": "bytes32"},
    ]
}
"""The EIP-712 types, repeated in every attestation for readers that encode generically."""

_DECIMAL = re.compile(r"0|[1-9][0-9]{0,77}", re.ASCII)
_DOMAIN_VERSION = re.compile(rf"[0-9A-Za-z.+-]{{1,{MAX_DOMAIN_VERSION}}}", re.ASCII)


def to_json(attestation: Attestation) -> dict[str, Any]:
    """Returns the attestation as eas-sdk's `{sig, signer}` document."""
    return {
        "sig": {
            "version": OFFCHAIN_VERSION,
            "uid": to_hex(attestation.uid),
            "domain": {
                "name": DOMAIN_NAME,
                "version": attestation.domain.version,
                "chainId": str(attestation.domain.chain_id),
                "verifyingContract": to_checksum(attestation.domain.verifying_contract),
            },
            "primaryType": PRIMARY_TYPE,
            "message": {
                "version": OFFCHAIN_VERSION,
                "schema": to_hex(attestation.schema),
                "recipient": to_checksum(attestation.recipient),
                "time": str(attestation.time),
                "expirationTime": str(attestation.expiration_time),
                "revocable": attestation.revocable,
                "refUID": to_hex(attestation.ref_uid),
                "data": to_hex(attestation.data),
                "salt": to_hex(attestation.salt),
            },
            "types": {PRIMARY_TYPE: [dict(field) for field in TYPES[PRIMARY_TYPE]]},
            "signature": signature_to_json(attestation.signature),
        },
        "signer": to_checksum(attestation.attester),
    }


def from_json(document: object, path: str = "$") -> Attestation:
    """Returns the attestation of a parsed document; its signature is not checked yet: call `attestation.verify` next.

    Raises:
        MalformedDocumentError: a field is unknown, missing, or not in its one accepted form.

    """
    outer = _fields(path, document, ("sig", "signer"))
    at = f"{path}.sig"
    sig = _fields(at, outer["sig"], ("version", "uid", "domain", "primaryType", "message", "types", "signature"))
    _constant(f"{at}.version", sig["version"], OFFCHAIN_VERSION)
    _constant(f"{at}.primaryType", sig["primaryType"], PRIMARY_TYPE)
    _constant(f"{at}.types", sig["types"], TYPES)
    message = _fields(f"{at}.message", sig["message"], tuple(field["name"] for field in TYPES[PRIMARY_TYPE]))
    _constant(f"{at}.message.version", message["version"], OFFCHAIN_VERSION)
    if not isinstance(message["revocable"], bool):
        raise MalformedDocumentError(f"{at}.message.revocable", "expected true or false")
    return Attestation(
        schema=from_hex(f"{at}.message.schema", message["schema"], length=32),
        recipient=from_checksum(f"{at}.message.recipient", message["recipient"]),
        time=_decimal(f"{at}.message.time", message["time"], 64),
        expiration_time=_decimal(f"{at}.message.expirationTime", message["expirationTime"], 64),
        revocable=message["revocable"],
        ref_uid=from_hex(f"{at}.message.refUID", message["refUID"], length=32),
        data=from_hex(f"{at}.message.data", message["data"], limit=MAX_DATA),
        salt=from_hex(f"{at}.message.salt", message["salt"], length=32),
        domain=_domain(f"{at}.domain", sig["domain"]),
        attester=from_checksum(f"{path}.signer", outer["signer"]),
        signature=signature_from_json(f"{at}.signature", sig["signature"]),
        uid=from_hex(f"{at}.uid", sig["uid"], length=32),
    )


def loads(text: bytes) -> Attestation:
    """Returns the attestation in a JSON text of at most MAX_TEXT bytes; raises MalformedDocumentError for anything else."""
    if len(text) > MAX_TEXT:
        raise MalformedDocumentError("$", f"{len(text)} bytes, at most {MAX_TEXT}")
    return from_json(strict_json.parse(text.removeprefix(BOM_UTF8), depth=MAX_DEPTH))


def _domain(path: str, value: object) -> Domain:
    domain = _fields(path, value, ("name", "version", "chainId", "verifyingContract"))
    _constant(f"{path}.name", domain["name"], DOMAIN_NAME)
    version = domain["version"]
    if not isinstance(version, str) or not _DOMAIN_VERSION.fullmatch(version):
        raise MalformedDocumentError(f"{path}.version", f"expected a version such as 1.4.0, got {shorten(version)}")
    contract = from_checksum(f"{path}.verifyingContract", domain["verifyingContract"])
    return Domain(version, _decimal(f"{path}.chainId", domain["chainId"], 256), contract)


def signature_from_json(path: str, value: object) -> bytes:
    """Returns a signature of either form; raises MalformedDocumentError naming `path` for any other spelling."""
    if isinstance(value, dict) and "x" in value:
        words = ("r", "s", "x", "y")
        document = _fields(path, value, words)
        return b"".join(from_hex(f"{path}.{word}", document[word], length=32) for word in words)
    signature = _fields(path, value, ("v", "r", "s"))
    v = signature["v"]
    if isinstance(v, bool) or v not in (27, 28):
        raise MalformedDocumentError(f"{path}.v", f"expected 27 or 28, got {shorten(v)}")
    return from_hex(f"{path}.r", signature["r"], length=32) + from_hex(f"{path}.s", signature["s"], length=32) + bytes([int(v)])


def signature_to_json(signature: bytes) -> dict[str, Any]:
    """Returns a signature's document: `{v, r, s}` of secp256k1 or `{r, s, x, y}` of P-256."""
    r_and_s = {"r": to_hex(signature[:32]), "s": to_hex(signature[32:64])}
    if len(signature) == P256_BYTES:
        return {**r_and_s, "x": to_hex(signature[64:96]), "y": to_hex(signature[96:])}
    return {"v": signature[64], **r_and_s}


def _fields(path: str, value: object, names: tuple[str, ...]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise MalformedDocumentError(path, f"expected an object, got {shorten(value)}")
    for name in names:
        if name not in value:
            raise MalformedDocumentError(f"{path}.{name}", "missing")
    for name in value:
        if name not in names:
            raise MalformedDocumentError(f"{path}.{shorten(name)}", "unknown field: nothing would bind it to the signature")
    return value


def _constant(path: str, value: object, expected: object) -> None:
    # type() as well, because true == 1 and 2.0 == 2.
    if type(value) is not type(expected) or value != expected:
        raise MalformedDocumentError(path, f"expected {shorten(expected)}, got {shorten(value)}")


def _decimal(path: str, value: object, bits: int) -> int:
    if not isinstance(value, str) or not _DECIMAL.fullmatch(value) or int(value) >> bits:
        raise MalformedDocumentError(path, f"expected a decimal string of uint{bits}, got {shorten(value)}")
    return int(value)
