"""BLS keys: an encrypted file of EIP-2335, opened once and held in the signer's memory.

They are no `Signer`: a BLS key signs messages under a tag, not digests, and neither tokens nor TPMs have the curve. What signs is the key.
"""

from pathlib import Path

from oracle import bls_keystore, bls_secret
from oracle.bls_secret import BlsSecretKey
from oracle.keystore import ScryptCost, read_new_passphrase, read_passphrase
from oracle.private_file import read_private, write_new
from oracle.signing.backends import KeyUri
from oracle.signing.errors import KeyUriError


def holds(uri: KeyUri) -> bool:
    """Returns whether a URI names a file that holds a BLS key; raises what reading it raises."""
    return uri.scheme == "file" and bls_keystore.recognizes(read_private(uri.below(uri.path)))


def load(uri: KeyUri) -> BlsSecretKey:
    """Returns the key in a file.

    Raises:
        KeyUriError: the URI names no file.
        OracleError: the file or its passphrase cannot be used.

    """
    path = _path(uri)
    return bls_keystore.unseal(path, read_private(path), read_passphrase(uri.secret()))


def create(uri: KeyUri) -> BlsSecretKey:
    """Makes a key and seals it into a new file; raises KeyFileTakenError where one exists, and what `load` raises."""
    return _seal(uri, bls_secret.generate())


def reveal(uri: KeyUri) -> bytes:
    """Returns the private key in a file, 32 bytes; for making shares of it, nothing else."""
    return load(uri).reveal()


def restore(uri: KeyUri, secret: bytes) -> BlsSecretKey:
    """Seals a private key, come together from its shares, into a new file; raises KeyFileTakenError, InvalidSecretError."""
    return _seal(uri, BlsSecretKey(secret))


def _seal(uri: KeyUri, key: BlsSecretKey) -> BlsSecretKey:
    write_new(_path(uri), bls_keystore.seal(key, read_new_passphrase(uri.secret()), ScryptCost()))
    return key


def _path(uri: KeyUri) -> Path:
    if uri.scheme != "file":
        raise KeyUriError(uri.text, "a BLS key lives in an encrypted file only: tokens and TPMs have not its curve")
    return uri.below(uri.path)
