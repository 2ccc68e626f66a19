"""`file:` keys: an encrypted file, opened once and held in the signer's memory.

Two forms, told apart by their first bytes: Web3 Secret Storage 3 for secp256k1 (`oracle.keystore`), and an encrypted PKCS#8 PEM for
P-256, as `openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -aes256` writes it.
"""

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat, load_pem_private_key

from oracle import keystore
from oracle.key_errors import InvalidSecretError, KeyCurveError, PassphraseWrongError
from oracle.key_forms import curve_of
from oracle.private_file import read_private, write_new
from oracle.secret import SecretKey
from oracle.signature import address_of, lower_p256
from oracle.signer import P256, Curve, LocalSigner, Signer
from oracle.signing.backends import KeyUri

_HASHED = ec.ECDSA(Prehashed(SHA256()))


class P256Signer(Signer):
    """Signs with a P-256 key in this process's memory."""

    def __init__(self, key: ec.EllipticCurvePrivateKey) -> None:
        """Takes the key."""
        numbers = key.public_key().public_numbers()
        self._key = key
        self._public_key = numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big")

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
        """Returns r, s, x, y over the digest."""
        r, s = decode_dss_signature(self._key.sign(digest, _HASHED))
        return lower_p256(r.to_bytes(32, "big") + s.to_bytes(32, "big")) + self._public_key

    def __repr__(self) -> str:
        """Returns the address only."""
        return f"P256Signer(0x{self.address.hex()})"


def load(uri: KeyUri) -> Signer:
    """Returns the signer of a key file; raises what `oracle.keystore` raises."""
    key = _open(uri)
    return LocalSigner(key) if isinstance(key, SecretKey) else P256Signer(key)


def create(uri: KeyUri, curve: Curve) -> Signer:
    """Makes a key and seals it into a new file; raises KeyFileTakenError where one exists, and PassphraseEmptyError."""
    return _seal(uri, keystore.generate() if curve != P256 else ec.generate_private_key(ec.SECP256R1()))


def reveal(uri: KeyUri) -> bytes:
    """Returns the private key in a file, 32 bytes; for making shares of it, nothing else."""
    key = _open(uri)
    return key.reveal() if isinstance(key, SecretKey) else key.private_numbers().private_value.to_bytes(32, "big")


def restore(uri: KeyUri, curve: Curve, secret: bytes) -> Signer:
    """Seals a private key, come together from its shares, into a new file, and returns its signer; raises KeyFileTakenError."""
    return _seal(uri, _key_of(secret, curve))


def address_of_secret(secret: bytes, curve: Curve) -> bytes:
    """Returns the address of a private key of 32 bytes; raises InvalidSecretError where it is none."""
    key = _key_of(secret, curve)
    return key.address if isinstance(key, SecretKey) else P256Signer(key).address


def _key_of(secret: bytes, curve: Curve) -> SecretKey | ec.EllipticCurvePrivateKey:
    if curve != P256:
        return SecretKey(secret)
    try:
        return ec.derive_private_key(int.from_bytes(secret, "big"), ec.SECP256R1())
    except ValueError as error:
        raise InvalidSecretError from error


def _open(uri: KeyUri) -> SecretKey | ec.EllipticCurvePrivateKey:
    path = uri.below(uri.path)
    document, passphrase = read_private(path), keystore.read_passphrase(uri.secret())
    curve = curve_of(document)
    if curve == "BLS12-381":
        raise KeyCurveError(path, curve, "secp256k1 or P-256")
    if curve != P256:
        return keystore.unseal(path, document, passphrase)
    try:
        key = load_pem_private_key(document, passphrase.reveal())
    except ValueError as error:
        # The library does not say which of the two it is, and neither may an error that shows a secret.
        raise PassphraseWrongError(path) from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise KeyCurveError(path, key.curve.name if isinstance(key, ec.EllipticCurvePrivateKey) else "no elliptic curve", P256)
    return key


def _seal(uri: KeyUri, key: SecretKey | ec.EllipticCurvePrivateKey) -> Signer:
    path, passphrase = uri.below(uri.path), keystore.read_new_passphrase(uri.secret())
    if isinstance(key, SecretKey):
        keystore.store(path, key, passphrase)
        return LocalSigner(key)
    write_new(path, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(passphrase.reveal())))
    return P256Signer(key)
