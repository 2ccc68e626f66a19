"""`tpm2:` keys: on P-256, made by a TPM 2.0 and of use in that TPM only.

`tpm2:file=gateway.tpm?tcti=device:/dev/tpmrm0` is a key file as tpm2-openssl and tpm2-tss-engine have it ("TSS2 PRIVATE KEY"): wrapped by
the TPM's storage key, useless elsewhere. `tpm2:handle=0x81010001` is a key that lies in the TPM itself. The key's password, if it has
one, is in the secret file. TPMs have no secp256k1. Needs tpm2-pytss (requirements/tpm.in).
"""

import contextlib
from collections.abc import Iterator
from typing import Any

from tpm2_pytss import ESAPI, TSS2_Exception
from tpm2_pytss.constants import ESYS_TR, TPM2_ALG, TPM2_ECC, TPM2_RH, TPM2_ST, TPMA_OBJECT
from tpm2_pytss.tsskey import TSSPrivKey
from tpm2_pytss.types import TPM2B_DIGEST, TPM2B_ECC_PARAMETER, TPM2B_PUBLIC, TPM2B_SENSITIVE_CREATE, TPMT_SIG_SCHEME, TPMT_TK_HASHCHECK

from oracle.keystore import read_passphrase
from oracle.private_file import read_private, write_new
from oracle.signature import address_of, lower_p256
from oracle.signer import P256, Curve, Signer
from oracle.signing.backends import KeyUri
from oracle.signing.errors import KeyDeviceError, KeyUriError

DEFAULT_TCTI = "device:/dev/tpmrm0"
"""The kernel's resource manager, which shares the TPM between processes."""
ATTRIBUTES = (
    TPMA_OBJECT.FIXEDTPM | TPMA_OBJECT.FIXEDPARENT | TPMA_OBJECT.SENSITIVEDATAORIGIN | TPMA_OBJECT.USERWITHAUTH | TPMA_OBJECT.SIGN_ENCRYPT
)
"""Of a new key: made here, never leaves, signs whatever digest it is given; guessing its password locks it (no NODA)."""


PARENT = (
    TPMA_OBJECT.FIXEDTPM
    | TPMA_OBJECT.FIXEDPARENT
    | TPMA_OBJECT.SENSITIVEDATAORIGIN
    | TPMA_OBJECT.USERWITHAUTH
    | TPMA_OBJECT.NODA
    | TPMA_OBJECT.RESTRICTED
    | TPMA_OBJECT.DECRYPT
)
"""Of the storage key above it."""


class TpmSigner(Signer):
    """Signs with a key in a TPM. A connection that breaks is made anew with the next signature."""

    def __init__(self, uri: KeyUri) -> None:
        """Connects, loads the key, and reads its public part."""
        self._uri = uri
        self._tpm: Any = None
        self._handle: Any = None
        self._public_key = self._load()

    @property
    def curve(self) -> Curve:
        """Returns P-256."""
        return P256

    @property
    def public_key(self) -> bytes:
        """Returns x and y."""
        return self._public_key

    @property
    def address(self) -> bytes:
        """Returns the key's address."""
        return address_of(b"\x04" + self._public_key)

    def sign_digest(self, digest: bytes) -> bytes:
        """Returns r, s, x, y over the digest; raises KeyDeviceError."""
        if self._tpm is None and self._load() != self._public_key:
            raise KeyDeviceError(self._uri.text, "the TPM holds another key there now")
        scheme = TPMT_SIG_SCHEME(scheme=TPM2_ALG.ECDSA)
        scheme.details.ecdsa.hashAlg = TPM2_ALG.SHA256
        # The digest is a Keccak's, made outside: a ticket would say that the TPM has hashed it, and an unrestricted key needs none.
        ticket = TPMT_TK_HASHCHECK(tag=TPM2_ST.HASHCHECK, hierarchy=TPM2_RH.NULL)
        try:
            made = self._tpm.sign(self._handle, TPM2B_DIGEST(digest), scheme, ticket)
        except TSS2_Exception as error:
            self.close()
            raise KeyDeviceError(self._uri.text, str(error)) from error
        # `made` owns the memory that its parts point into: it must outlive them.
        ecdsa = made.signature.ecdsa
        return lower_p256(_number(ecdsa.signatureR) + _number(ecdsa.signatureS)) + self._public_key

    def _load(self) -> bytes:
        try:
            self._tpm = connect(self._uri)
            self._handle, public = _key(self._tpm, self._uri)
        except (TSS2_Exception, RuntimeError) as error:
            self.close()
            raise KeyDeviceError(self._uri.text, str(error)) from error
        area = public.publicArea
        if area.type != TPM2_ALG.ECC or area.parameters.eccDetail.curveID != TPM2_ECC.NIST_P256:
            self.close()
            raise KeyDeviceError(self._uri.text, "the key is not on P-256")
        return _number(area.unique.ecc.x) + _number(area.unique.ecc.y)

    def close(self) -> None:
        """Frees the key's place in the TPM."""
        if self._tpm is not None:
            # Without a resource manager the key would keep its place in the TPM, of which there are three.
            if "file" in self._uri.attributes and self._handle is not None:
                with contextlib.suppress(TSS2_Exception):
                    self._tpm.flush_context(self._handle)
            self._tpm.close()
        self._tpm = self._handle = None


def load(uri: KeyUri) -> Signer:
    """Returns the signer of a TPM's key."""
    return TpmSigner(uri)


def create(uri: KeyUri, curve: Curve) -> Signer:
    """Makes a key in the TPM, and writes its wrapped form into a new file or, for a handle, keeps it in the TPM."""
    if curve != P256:
        raise KeyUriError(uri.text, "a TPM has no secp256k1: make a P-256 key, and a second one in a file or token for transactions")
    password = _password(uri)
    template = TPM2B_PUBLIC.parse("ecc256:ecdsa-sha256:null", objectAttributes=ATTRIBUTES, nameAlg="sha256")
    try:
        tpm = connect(uri)
        try:
            sensitive = TPM2B_SENSITIVE_CREATE()
            sensitive.sensitive.userAuth = password or b""
            with _parent(tpm) as parent:
                private, public, *_ = tpm.create(parent, sensitive, template)
                if "file" in uri.attributes:
                    made = TSSPrivKey(private, public, empty_auth=not password)
                    write_new(uri.below(uri.attributes["file"]), made.to_pem())
                else:
                    key = tpm.load(parent, private, public)
                    tpm.evict_control(ESYS_TR.OWNER, key, _persistent(uri))
                    tpm.flush_context(key)
        finally:
            tpm.close()
    except TSS2_Exception as error:
        raise KeyDeviceError(uri.text, str(error)) from error
    return TpmSigner(uri)


def connect(uri: KeyUri) -> Any:
    """Returns a connection to the TPM that a URI names; raises KeyDeviceError."""
    try:
        return ESAPI(uri.query.get("tcti", DEFAULT_TCTI))
    except (TSS2_Exception, RuntimeError) as error:
        raise KeyDeviceError(uri.text, f"no TPM answers ({error})") from error


def _key(tpm: Any, uri: KeyUri) -> tuple[Any, Any]:
    password = _password(uri)
    if "file" in uri.attributes:
        try:
            wrapped = TSSPrivKey.from_pem(read_private(uri.below(uri.attributes["file"])))
        except (TypeError, ValueError) as error:
            raise KeyUriError(uri.text, f"its file is no TSS2 PRIVATE KEY ({error})") from error
        if bool(password) == wrapped.empty_auth:
            given = "none is given" if password is None else "one is given"
            raise KeyUriError(uri.text, f"its key has {'no' if wrapped.empty_auth else 'a'} password, and {given}")
        with _parent(tpm) as parent:
            handle = tpm.load(parent, wrapped.private, wrapped.public)
        tpm.tr_set_auth(handle, password or b"")
        return handle, wrapped.public
    handle = tpm.tr_from_tpmpublic(_persistent(uri))
    if password:
        tpm.tr_set_auth(handle, password)
    return handle, tpm.read_public(handle)[0]


@contextlib.contextmanager
def _parent(tpm: Any) -> Iterator[Any]:
    """Gives the storage key that wraps ours, made anew from the owner's seed as tpm2-openssl makes it, and frees its place."""
    handle, *_ = tpm.create_primary(
        TPM2B_SENSITIVE_CREATE(), TPM2B_PUBLIC.parse("ecc256:aes128cfb", objectAttributes=PARENT, nameAlg="sha256")
    )
    try:
        yield handle
    finally:
        tpm.flush_context(handle)


def _persistent(uri: KeyUri) -> int:
    text = uri.attributes.get("handle", "")
    try:
        handle = int(text, 16)
    except ValueError:
        handle = 0
    if not 0x81000000 <= handle <= 0x817FFFFF:
        raise KeyUriError(uri.text, "names neither file=... nor a persistent handle of the owner, 0x81000000 to 0x817fffff")
    return handle


def _password(uri: KeyUri) -> bytes | None:
    if not uri.secret_file and "pin-source" not in uri.query:
        return None
    return read_passphrase(uri.secret()).reveal() or None


def _number(parameter: TPM2B_ECC_PARAMETER) -> bytes:
    return bytes(parameter).rjust(32, b"\0")
