"""`pkcs11:` keys: in a token behind its vendor's library, named by a URI of RFC 7512. The key never leaves the token.

`pkcs11:token=aios;object=gateway?module-path=/usr/lib/softhsm/libsofthsm2.so&pin-source=file:pin`

Both curves, as far as the token has them. A token gives r and s only: which half s lies in is mended here, and v of secp256k1 is found by
trying both. Needs python-pkcs11 (requirements/hsm.in).
"""

import re
from typing import Any
from urllib.parse import unquote_to_bytes

import pkcs11
from pkcs11 import Attribute, KeyType, Mechanism, ObjectClass, PKCS11Error
from pkcs11.exceptions import UserAlreadyLoggedIn

from oracle.keystore import read_passphrase
from oracle.signature import P256_ORDER, SECP256K1_ORDER, address_of, recover_secp256k1
from oracle.signer import P256, SECP256K1, Curve, Signer
from oracle.signing.backends import KeyUri
from oracle.signing.errors import KeyDeviceError, KeyUriError

CURVES: dict[bytes, Curve] = {bytes.fromhex("06082a8648ce3d030107"): P256, bytes.fromhex("06052b8104000a"): SECP256K1}
"""Named curves as CKA_EC_PARAMS holds them, DER (RFC 5480)."""
ATTRIBUTES = frozenset({"token", "serial", "manufacturer", "model", "object", "id", "type", "slot-id"})
"""Attributes of RFC 7512 that are understood; any other would be left out of the search, so it is refused."""


class TokenSigner(Signer):
    """Signs with a key in a token. A session that breaks is opened anew with the next signature."""

    def __init__(self, uri: KeyUri) -> None:
        """Opens a session, and reads the public key."""
        self._uri = uri
        self._private: Any = None
        self._curve, self._public_key = self._open()

    @property
    def curve(self) -> Curve:
        """Returns the key's curve."""
        return self._curve

    @property
    def public_key(self) -> bytes:
        """Returns x and y."""
        return self._public_key

    @property
    def address(self) -> bytes:
        """Returns the key's address."""
        return address_of(b"\x04" + self._public_key)

    def sign_digest(self, digest: bytes) -> bytes:
        """Returns the signature over the digest; raises KeyDeviceError."""
        if self._private is None and self._open() != (self._curve, self._public_key):
            raise KeyDeviceError(self._uri.text, "the token holds another key under this name now")
        try:
            raw = bytes(self._private.sign(digest, mechanism=Mechanism.ECDSA))
        except PKCS11Error as error:
            self._private = None
            raise KeyDeviceError(self._uri.text, _words(error)) from error
        return finish(raw, digest, self._curve, self._public_key)

    def _open(self) -> tuple[Curve, bytes]:
        try:
            session = _session(self._uri, writable=False)
            names = _names(self._uri)
            private = session.get_key(object_class=ObjectClass.PRIVATE_KEY, key_type=KeyType.EC, **names)
            public = session.get_key(object_class=ObjectClass.PUBLIC_KEY, key_type=KeyType.EC, **names)
            curve, point = CURVES.get(bytes(public[Attribute.EC_PARAMS])), bytes(public[Attribute.EC_POINT])
        except PKCS11Error as error:
            raise KeyDeviceError(self._uri.text, _words(error)) from error
        if curve is None:
            raise KeyDeviceError(self._uri.text, "the key is neither on P-256 nor on secp256k1")
        # An OCTET STRING around the point; some tokens leave that out (PKCS #11 2.40, section 6.3.3).
        point = point[2:] if point[:2] == b"\x04\x41" and len(point) == 67 else point
        if len(point) != 65 or point[0] != 4:
            raise KeyDeviceError(self._uri.text, "the token gives its public key in a form that is not known here")
        self._private = private
        return curve, point[1:]


def load(uri: KeyUri) -> Signer:
    """Returns the signer of a token's key."""
    return TokenSigner(uri)


def create(uri: KeyUri, curve: Curve) -> Signer:
    """Makes a key in the token, which it will never leave, and returns its signer."""
    names = _names(uri)
    if "label" not in names:
        raise KeyUriError(uri.text, "names no object=..., under which the new key would be found")
    params = next(params for params, named in CURVES.items() if named == curve)
    try:
        session = _session(uri, writable=True)
        if any(True for _ in session.get_objects({Attribute.CLASS: ObjectClass.PRIVATE_KEY, Attribute.LABEL: names["label"]})):
            raise KeyDeviceError(uri.text, "the token holds a key of this name already, and it is not written over")
        domain = session.create_domain_parameters(KeyType.EC, {Attribute.EC_PARAMS: params}, local=True)
        hidden = {Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False, Attribute.SIGN: True}
        domain.generate_keypair(store=True, label=names["label"], id=names.get("id") or names["label"].encode(), private_template=hidden)
        session.close()
    except PKCS11Error as error:
        raise KeyDeviceError(uri.text, _words(error)) from error
    return TokenSigner(uri)


def finish(raw: bytes, digest: bytes, curve: Curve, public_key: bytes) -> bytes:
    """Returns the signature in our form from a device's r and s; raises KeyDeviceError where they are by no key of ours."""
    order = P256_ORDER if curve == P256 else SECP256K1_ORDER
    s = int.from_bytes(raw[32:], "big")
    low = raw[:32] + min(s, order - s).to_bytes(32, "big")
    if curve == P256:
        return low + public_key
    wanted = address_of(b"\x04" + public_key)
    for v in (b"\x1b", b"\x1c"):
        if recover_secp256k1(digest, low + v) == wanted:
            return low + v
    raise KeyDeviceError("pkcs11:", "the device's signature is not by the key that it shows")


def _session(uri: KeyUri, *, writable: bool) -> Any:
    module = uri.query.get("module-path")
    if not module:
        raise KeyUriError(uri.text, "names no module-path=..., the library of the token's vendor")
    unknown = sorted(set(uri.attributes) - ATTRIBUTES)
    if unknown or uri.attributes.get("type", "private") != "private":
        raise KeyUriError(uri.text, f"attribute {unknown[0] if unknown else 'type'!r} is not understood")
    try:
        library = pkcs11.lib(module)
    except (RuntimeError, OSError) as error:
        raise KeyUriError(uri.text, f"{module} is no PKCS #11 library ({error})") from error
    token, pin = _token(library, uri), read_passphrase(uri.secret()).reveal().decode()
    try:
        return token.open(rw=writable, user_pin=pin)
    except UserAlreadyLoggedIn:
        # A login is the whole process's, not a session's (PKCS #11 2.40, section 2.6.8).
        return token.open(rw=writable)


def _token(library: Any, uri: KeyUri) -> Any:
    wanted = uri.attributes
    found = [
        slot.get_token() for slot in library.get_slots(token_present=True) if wanted.get("slot-id", str(slot.slot_id)) == str(slot.slot_id)
    ]
    fitting = [
        token
        for token in found
        if wanted.get("token", token.label) == token.label
        and wanted.get("serial", _text(token.serial)) == _text(token.serial)
        and wanted.get("manufacturer", token.manufacturer_id) == token.manufacturer_id
        and wanted.get("model", token.model) == token.model
    ]
    if len(fitting) != 1:
        labels = ", ".join(sorted({token.label for token in found if token.label})) or "none"
        raise KeyDeviceError(uri.text, f"{len(fitting)} tokens fit, and it must be one; present: {labels}")
    return fitting[0]


def _names(uri: KeyUri) -> dict[str, Any]:
    raw = re.search(r"(?:^|;)id=([^;]*)", uri.path)
    names: dict[str, Any] = {"label": uri.attributes["object"]} if "object" in uri.attributes else {}
    if raw:
        names["id"] = unquote_to_bytes(raw[1])
    if not names:
        raise KeyUriError(uri.text, "names no object=... and no id=...")
    return names


def _text(value: Any) -> str:
    return value.decode(errors="replace").strip() if isinstance(value, bytes) else str(value)


def _words(error: PKCS11Error) -> str:
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(error).__name__).lower()
    return f"{name}{f' ({error})' if str(error) else ''}"
