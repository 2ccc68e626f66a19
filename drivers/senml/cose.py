"""COSE_Sign1 and COSE_Key as far as devices need them: EdDSA over Ed25519, and ES256. Pure. Sources: RFC 9052 sections 4 and 7, RFC 9053.

A small codec over the CBOR library: of the algorithms only these two, of the structures only the signature by one signer. Header parameters
that must be understood are not; no external data is authenticated unless a caller gives some.
"""

from dataclasses import dataclass, field
from io import BytesIO
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal, Self

import cbor2

from drivers.senml.cbor_form import REFUSED_TAGS
from drivers.senml.cose_errors import BadDeviceKey, NotSigned, WrongSignature

if TYPE_CHECKING:
    from drivers.senml.curves import Key

Algorithm = Literal["EdDSA", "ES256"]
"""How a device signs."""

TAG = b"\xd2"
"""CBOR tag 18, a COSE_Sign1, as it is written; it may be left out where the context says what follows."""
ALG, CRIT, CONTENT_TYPE, KID = 1, 2, 3, 4
"""Labels of header parameters."""
ALGORITHMS: dict[int, Algorithm] = {-8: "EdDSA", -7: "ES256"}
"""COSE numbers of the algorithms."""
MAX_DEPTH = 4
"""Nesting of a COSE_Sign1 or a COSE_Key."""

_P = 2**255 - 19
_SMALL_ORDER = {0, 1, _P - 1, 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826}
_SMALL_ORDER_Y = frozenset(_SMALL_ORDER | {_P - y for y in _SMALL_ORDER})
"""y of the points of small order: under such a key anybody can sign anything."""


@dataclass(frozen=True, slots=True)
class DeviceKey:
    """The public key of a device, checked: a point on its curve, and none under which signatures mean nothing."""

    algorithm: Algorithm
    """How it signs."""
    public: bytes
    """Ed25519: the 32 bytes of RFC 8032. P-256: x and y, 32 bytes each."""
    _key: "Key" = field(init=False, repr=False, compare=False)
    """The same as the library holds it: made once, because making it costs as much as a verification."""

    def __post_init__(self) -> None:
        """Refuses what is no such point."""
        try:
            object.__setattr__(self, "_key", _curves().load(self.algorithm, self.public))
        except ValueError as error:
            raise BadDeviceKey(f"no {self.algorithm} key: {error}") from error
        if self.algorithm == "EdDSA":
            y = int.from_bytes(self.public, "little") & (1 << 255) - 1
            if y >= _P or y in _SMALL_ORDER_Y:
                raise BadDeviceKey("a point of small order, or not in its one spelling")

    @classmethod
    def from_cose(cls, data: bytes) -> Self:
        """Returns the key of a COSE_Key in CBOR; raises BadDeviceKey."""
        fields = _labelled(_load(data), "a COSE_Key")
        if -4 in fields:
            raise BadDeviceKey("holds a private key: give the gateway the public one, and the device a new one")
        match fields.get(1), fields.get(-1), fields.get(-2), fields.get(-3):
            case 1, 6, bytes(x), None:
                algorithm: Algorithm = "EdDSA"
                public = x
            case 2, 1, bytes(x), bytes(y) if len(x) == len(y) == 32:
                algorithm, public = "ES256", x + y
            case _:
                raise BadDeviceKey("expected kty OKP with curve Ed25519 and x, or kty EC2 with curve P-256, x and y of 32 bytes")
        if ALGORITHMS.get(fields.get(3, 0), algorithm if 3 not in fields else None) != algorithm:
            raise BadDeviceKey(f"names another algorithm than {algorithm}")
        return cls(algorithm, public)

    @classmethod
    def from_pem(cls, data: bytes) -> Self:
        """Returns the key of a PEM file (SubjectPublicKeyInfo); raises BadDeviceKey."""
        try:
            loaded = _curves().load_pem(data)
        except ValueError as error:
            raise BadDeviceKey(f"no public key in PEM: {error}") from error
        if loaded is None:
            raise BadDeviceKey("expected a key on Ed25519 or P-256")
        return cls("EdDSA" if loaded[0] == "EdDSA" else "ES256", loaded[1])

    def to_cose(self) -> bytes:
        """Returns the key as COSE_Key in deterministic CBOR: one spelling per key."""
        if self.algorithm == "EdDSA":
            return cbor2.dumps({1: 1, -1: 6, -2: self.public}, canonical=True)
        return cbor2.dumps({1: 2, -1: 1, -2: self.public[:32], -3: self.public[32:]}, canonical=True)

    def verifies(self, signature: bytes, message: bytes) -> bool:
        """Returns whether the signature, in COSE's form, is this key's over the message."""
        return len(signature) == 64 and _curves().verifies(self._key, signature, message)


def _curves() -> ModuleType:
    from drivers.senml import curves  # noqa: PLC0415 - 6 MB that a box without signed devices never needs

    return curves


@dataclass(frozen=True, slots=True)
class Sign1:
    """A COSE_Sign1 that is read and not yet verified."""

    protected: bytes
    """The protected header as it came."""
    headers: dict[Any, Any]
    """Protected parameters."""
    unprotected: dict[Any, Any]
    """Unprotected parameters; no label stands in both."""
    payload: bytes
    """What is signed."""
    signature: bytes
    """As COSE has it: 64 bytes for both algorithms."""

    @property
    def algorithm(self) -> Algorithm | None:
        """How it says to be signed; None for an algorithm that is not known here."""
        stated = self.headers.get(ALG, self.unprotected.get(ALG))
        return ALGORITHMS.get(stated) if type(stated) is int else None

    @property
    def key_id(self) -> bytes | None:
        """The `kid`, None where there is none."""
        stated = self.headers.get(KID, self.unprotected.get(KID))
        return stated if isinstance(stated, bytes) else None

    def verify(self, key: DeviceKey, *, external: bytes = b"") -> None:
        """Returns if the key signed this.

        Raises:
            WrongSignature: another algorithm, another key, or other bytes.
        """
        if self.algorithm != key.algorithm:
            raise WrongSignature(f"it says it is signed with {self.algorithm or 'an unknown algorithm'}, the key is for {key.algorithm}")
        if not key.verifies(self.signature, signed_bytes(self.protected, self.payload, external)):
            raise WrongSignature("the signature is not this key's over these bytes")


def signed_bytes(protected: bytes, payload: bytes, external: bytes = b"") -> bytes:
    """Returns what a signer signs (RFC 9052 section 4.4).

    An empty protected header is signed as the empty string however it came: senders may write it as an empty map (h'A0').
    """
    return cbor2.dumps(["Signature1", b"" if protected == b"\xa0" else protected, external, payload])


def parse(data: bytes) -> Sign1:
    """Returns the COSE_Sign1 in the bytes, tagged or not.

    Raises:
        NotSigned: the bytes are none, or hold a parameter that must be understood and is not.
    """
    match _load(data.removeprefix(TAG)):
        case [bytes(protected), dict(unprotected), bytes(payload), bytes(signature)]:
            headers = _labelled(_load(protected) if protected else {}, "the protected header")
            _labelled(unprotected, "the unprotected header")
        case _:
            raise NotSigned("expected the four parts of a COSE_Sign1")
    if headers.keys() & unprotected.keys():
        raise NotSigned("a parameter stands in both headers")
    if CRIT in headers or CRIT in unprotected:
        raise NotSigned("a parameter must be understood (crit) and is not")
    return Sign1(protected, headers, unprotected, payload, signature)


def _labelled(item: Any, what: str) -> dict[Any, Any]:
    # True equals 1, and 1.0 does too: a label is looked up by its value, so its type is checked first.
    if not isinstance(item, dict) or any(type(label) not in (int, str) for label in item):
        raise NotSigned(f"{what} is no map with integers and texts as labels")
    return item


def _load(data: bytes) -> Any:
    stream = BytesIO(data)
    try:
        item = cbor2.CBORDecoder(stream, semantic_decoders=REFUSED_TAGS, max_depth=MAX_DEPTH, allow_duplicate_keys=False).decode()
    except (cbor2.CBORError, TypeError, ValueError, ArithmeticError, RecursionError) as error:
        raise NotSigned(f"not CBOR: {error}") from error
    if stream.read(1):
        raise NotSigned("bytes follow the CBOR item")
    return item
