"""Private keys of BLS12-381 in encrypted files: EIP-2335, which validators' keys have too.

https://eips.ethereum.org/EIPS/eip-2335. Functions and limits are those of `oracle.keystore`; the checksum is sha256 here. A key of ours
comes from randomness, not from a seed by EIP-2333, so its `path` is empty: backups are Shamir shares, as for every other key.
"""

import hashlib
import hmac
import json
import secrets
import unicodedata
import uuid
from pathlib import Path
from typing import Literal

import msgspec

from oracle.bls_secret import BlsSecretKey
from oracle.key_errors import InvalidSecretError, KeyCurveError, KeyFileMalformedError, PassphraseWrongError
from oracle.key_forms import curve_of
from oracle.keystore import CipherParams, Hex, KdfParams, ScryptCost, aes_ctr, derive, hex_bytes, scrypt
from oracle.private_file import MAX_BYTES
from oracle.secret import Passphrase

VERSION = 4
"""The version by which such files are told from Web3 Secret Storage, which ends at 3."""
_CONTROLS = frozenset((*range(0x20), *range(0x7F, 0xA0)))
"""C0, Delete and C1, which are no part of a passphrase."""


class _Kdf(msgspec.Struct, frozen=True):
    function: Literal["scrypt", "pbkdf2"]
    params: KdfParams


class _Checksum(msgspec.Struct, frozen=True):
    function: Literal["sha256"]
    message: Hex


class _Cipher(msgspec.Struct, frozen=True):
    function: Literal["aes-128-ctr"]
    params: CipherParams
    message: Hex


class _Crypto(msgspec.Struct, frozen=True):
    kdf: _Kdf
    checksum: _Checksum
    cipher: _Cipher


class _KeyFile(msgspec.Struct, frozen=True):
    crypto: _Crypto
    version: Literal[4]
    pubkey: Hex | None = None


def recognizes(document: bytes) -> bool:
    """Returns whether a file calls itself one of this kind."""
    return curve_of(document) == "BLS12-381"


def unseal(path: Path, document: bytes, passphrase: Passphrase) -> BlsSecretKey:
    """Returns the key in the bytes of a file; `path` is named in refusals.

    Raises KeyCurveError, KeyFileMalformedError or PassphraseWrongError.
    """
    if len(document) > MAX_BYTES:
        raise KeyFileMalformedError(path, f"it is longer than {MAX_BYTES} bytes")
    if (curve := curve_of(document)) not in {None, "BLS12-381"}:
        raise KeyCurveError(path, str(curve), "BLS12-381")
    try:
        file = msgspec.json.decode(document, type=_KeyFile)
    except (ValueError, RecursionError) as error:
        raise KeyFileMalformedError(path, f"it is not of the form that `aios key new` writes for BLS12-381 ({str(error)[:160]})") from error
    crypto = file.crypto
    derived = derive(path, crypto.kdf.function, crypto.kdf.params, _normalized(passphrase))
    ciphertext = hex_bytes(path, "cipher.message", crypto.cipher.message)
    checksum = hex_bytes(path, "checksum.message", crypto.checksum.message)
    if not hmac.compare_digest(hashlib.sha256(derived[16:32] + ciphertext).digest(), checksum):
        raise PassphraseWrongError(path)
    iv = hex_bytes(path, "iv", crypto.cipher.params.iv)
    if len(iv) != 16:
        raise KeyFileMalformedError(path, f"iv has {len(iv)} bytes, not 16")
    try:
        key = BlsSecretKey(aes_ctr(derived[:16], iv, ciphertext))
    except InvalidSecretError as error:
        raise KeyFileMalformedError(path, "it holds no private key of BLS12-381") from error
    if file.pubkey is not None and hex_bytes(path, "pubkey", file.pubkey) != key.public_key:
        raise KeyFileMalformedError(path, f"it names another public key than its key has (0x{key.public_key.hex()})")
    return key


def seal(key: BlsSecretKey, passphrase: Passphrase, cost: ScryptCost) -> bytes:
    """Returns the bytes of a new key file."""
    salt, iv = secrets.token_bytes(32), secrets.token_bytes(16)
    derived = scrypt(_normalized(passphrase), salt, cost.n, cost.r, cost.p)
    ciphertext = aes_ctr(derived[:16], iv, key.reveal())
    checksum = hashlib.sha256(derived[16:32] + ciphertext).hexdigest()
    document = {
        "crypto": {
            "kdf": {
                "function": "scrypt",
                "params": {"dklen": 32, "n": cost.n, "p": cost.p, "r": cost.r, "salt": salt.hex()},
                "message": "",
            },
            "checksum": {"function": "sha256", "params": {}, "message": checksum},
            "cipher": {"function": "aes-128-ctr", "params": {"iv": iv.hex()}, "message": ciphertext.hex()},
        },
        "description": "a gateway's key for verdicts given together",
        "pubkey": key.public_key.hex(),
        "path": "",
        "uuid": str(uuid.uuid4()),
        "version": VERSION,
    }
    return json.dumps(document, indent=2).encode() + b"\n"


def _normalized(passphrase: Passphrase) -> bytes:
    """Returns a passphrase as EIP-2335 wants it: NFKD, without control characters. What is no UTF-8 is kept as it is."""
    text = passphrase.reveal().decode(errors="surrogateescape")
    kept = "".join(one for one in unicodedata.normalize("NFKD", text) if ord(one) not in _CONTROLS)
    return kept.encode(errors="surrogateescape")
