"""Private keys in encrypted files: Web3 Secret Storage, version 3.

https://ethereum.org/developers/docs/data-structures-and-encoding/web3-secret-storage. Written over hashlib and AES alone, for importing
eth-keyfile costs a second of start-up; the tests exchange files with it. Invariants:
- A file is written whole or not at all, with mode 0600, and never over another.
- A file that others may read is refused, not repaired: whoever could read it may have done so.
- A passphrase comes from a file or a handler, never from an argument list or the environment.
"""

import hashlib
import hmac
import json
import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from Crypto.Cipher import AES
from Crypto.Protocol import KDF as pycryptodome  # noqa: N811 - KDF is a module

from oracle.hexes import to_checksum
from oracle.keccak import keccak256
from oracle.key_errors import (
    InvalidSecretError,
    KeyCurveError,
    KeyFileMalformedError,
    PassphraseEmptyError,
    PassphraseWrongError,
)
from oracle.key_forms import curve_of
from oracle.private_file import MAX_BYTES, read_private, write_new
from oracle.secret import Passphrase, SecretKey

MAX_SCRYPT_MEMORY = 1 << 28
"""Bytes that scrypt may use: 256 MiB, what geth's standard parameters (n=2^18, r=8) ask for. A planted file must not exhaust the box."""
MAX_SCRYPT_WORK = 1 << 22
"""Largest n * r * p, which is time: twice geth's standard, some seconds on a small box."""
MAX_PBKDF2_ROUNDS = 10_000_000
"""Largest count of PBKDF2 rounds; the specification's example has 262,144."""

_DELETE = 0x7F
"""The control character beyond the others; EIP-2335 strips them all."""

PassphraseHandler = Callable[[Path], Passphrase]
"""Gives the passphrase for a key file, from wherever the operator keeps it."""


@dataclass(frozen=True, slots=True)
class ScryptCost:
    """How hard a new file is to guess (RFC 7914)."""

    n: int = 1 << 17
    """CPU and memory cost, a power of two. With r = 8: 128 MiB and half a second, the first choice of OWASP's password cheat sheet."""
    r: int = 8
    """Block size."""
    p: int = 1
    """Parallelization."""


# The file's form. Names are those of the specification; unknown fields are other programs' business.

Hex = Annotated[str, msgspec.Meta(pattern=r"^(?:0x)?[0-9a-fA-F]*$", max_length=256)]
"""Hexadecimal digits."""
_Count = Annotated[int, msgspec.Meta(ge=1, le=1 << 31)]


class CipherParams(msgspec.Struct, frozen=True):
    """What AES in counter mode is told."""

    iv: Hex
    """Its first counter block."""


class KdfParams(msgspec.Struct, frozen=True):
    """What scrypt or PBKDF2 is told."""

    dklen: Literal[32]
    """Bytes that are derived."""
    salt: Hex
    """Makes every file's key another."""
    n: _Count = 1
    """Of scrypt: cost, a power of two."""
    r: _Count = 1
    """Of scrypt: block size."""
    p: _Count = 1
    """Of scrypt: parallelization."""
    c: _Count = 1
    """Of PBKDF2: rounds."""
    prf: Literal["hmac-sha256"] = "hmac-sha256"
    """Of PBKDF2: what it is made of."""


class _Crypto(msgspec.Struct, frozen=True):
    cipher: Literal["aes-128-ctr"]
    cipherparams: CipherParams
    ciphertext: Hex
    kdf: Literal["scrypt", "pbkdf2"]
    kdfparams: KdfParams
    mac: Hex


class _KeyFile(msgspec.Struct, frozen=True):
    crypto: _Crypto
    version: Literal[3]
    address: Hex | None = None


# Reading


def load(path: Path, passphrase: Passphrase) -> SecretKey:
    """Returns the key in a file.

    Raises KeyFileExposedError, KeyFileMissingError, KeyCurveError, KeyFileMalformedError or PassphraseWrongError.
    """
    return unseal(path, read_private(path), passphrase)


def unseal(path: Path, document: bytes, passphrase: Passphrase) -> SecretKey:
    """Returns the key in the bytes of a file; `path` is named in refusals."""
    if len(document) > MAX_BYTES:
        raise KeyFileMalformedError(path, f"it is longer than {MAX_BYTES} bytes")
    if (curve := curve_of(document)) not in {None, "secp256k1"}:
        raise KeyCurveError(path, str(curve), "secp256k1")
    try:
        # Field names in any case: early writers wrote `Crypto`.
        file = msgspec.convert(_lower_keys(msgspec.json.decode(document)), _KeyFile)
    except (ValueError, RecursionError) as error:
        raise KeyFileMalformedError(path, f"it is not of the form that `aios key new` writes ({str(error)[:160]})") from error
    derived = derive(path, file.crypto.kdf, file.crypto.kdfparams, passphrase.reveal())
    ciphertext = hex_bytes(path, "ciphertext", file.crypto.ciphertext)
    mac = keccak256(derived[16:32] + ciphertext)
    if not hmac.compare_digest(mac, hex_bytes(path, "mac", file.crypto.mac)):
        raise PassphraseWrongError(path)
    iv = hex_bytes(path, "iv", file.crypto.cipherparams.iv).rjust(16, b"\0")
    if len(iv) != 16:
        raise KeyFileMalformedError(path, "iv is longer than 16 bytes")
    try:
        key = SecretKey(aes_ctr(derived[:16], iv, ciphertext).rjust(32, b"\0"))
    except InvalidSecretError as error:
        raise KeyFileMalformedError(path, "it holds no private key of secp256k1") from error
    if file.address is not None and hex_bytes(path, "address", file.address) != key.address:
        raise KeyFileMalformedError(path, f"it names another address than its key has ({to_checksum(key.address)})")
    return key


def read_passphrase(path: Path) -> Passphrase:
    """Returns the passphrase in a file, without the line's end; refuses a file that others may read."""
    return Passphrase(read_private(path).removesuffix(b"\n").removesuffix(b"\r"))


# Writing


def read_new_passphrase(path: Path) -> Passphrase:
    """Returns the passphrase under which a key is to be sealed: as `read_passphrase`, but never one of nothing that can be seen.

    Raises PassphraseEmptyError, KeyFileExposedError or KeyFileMissingError.
    """
    passphrase = read_passphrase(path)
    if all(byte <= ord(" ") or byte == _DELETE for byte in passphrase.reveal()):
        raise PassphraseEmptyError(path)
    return passphrase


def generate() -> SecretKey:
    """Returns a new key from the operating system's randomness."""
    while True:
        try:
            return SecretKey(secrets.token_bytes(32))
        except InvalidSecretError:  # one in 2^128
            continue


def store(path: Path, key: SecretKey, passphrase: Passphrase, cost: ScryptCost | None = None) -> None:
    """Writes a key into a new file with mode 0600, whole or not at all.

    Raises KeyFileTakenError where a file exists.
    """
    write_new(path, seal(key, passphrase, cost or ScryptCost()))


def seal(key: SecretKey, passphrase: Passphrase, cost: ScryptCost) -> bytes:
    """Returns the bytes of a new key file."""
    salt, iv = secrets.token_bytes(32), secrets.token_bytes(16)
    derived = scrypt(passphrase.reveal(), salt, cost.n, cost.r, cost.p)
    ciphertext = aes_ctr(derived[:16], iv, key.reveal())
    document = {
        "address": key.address.hex(),
        "crypto": {
            "cipher": "aes-128-ctr",
            "cipherparams": {"iv": iv.hex()},
            "ciphertext": ciphertext.hex(),
            "kdf": "scrypt",
            "kdfparams": {"dklen": 32, "n": cost.n, "p": cost.p, "r": cost.r, "salt": salt.hex()},
            "mac": keccak256(derived[16:32] + ciphertext).hex(),
        },
        "id": str(uuid.uuid4()),
        "version": 3,
    }
    return json.dumps(document, indent=2).encode() + b"\n"


# Cryptography


def derive(path: Path, kdf: Literal["scrypt", "pbkdf2"], params: KdfParams, passphrase: bytes) -> bytes:
    """Returns the 32 bytes that a passphrase opens a file by; raises KeyFileMalformedError where that is too much work."""
    salt = hex_bytes(path, "salt", params.salt)
    if kdf == "pbkdf2":
        if params.c > MAX_PBKDF2_ROUNDS:
            raise KeyFileMalformedError(path, f"{params.c} rounds of PBKDF2, at most {MAX_PBKDF2_ROUNDS}")
        return hashlib.pbkdf2_hmac("sha256", passphrase, salt, params.c, 32)
    if params.n < 2 or params.n & (params.n - 1):
        raise KeyFileMalformedError(path, f"scrypt's n is {params.n}, not a power of two")
    if 128 * params.n * params.r > MAX_SCRYPT_MEMORY or params.n * params.r * params.p > MAX_SCRYPT_WORK:
        raise KeyFileMalformedError(path, f"scrypt with n={params.n}, r={params.r}, p={params.p} asks for too much memory or time")
    return scrypt(passphrase, salt, params.n, params.r, params.p)


def scrypt(passphrase: bytes, salt: bytes, n: int, r: int, p: int) -> bytes:
    """Returns 32 bytes derived by scrypt."""
    if n >= 1 << 16 * r:
        # RFC 7914 section 2 forbids it and OpenSSL obeys, but geth wrote such files for years (n=2^18, r=1, p=8).
        return pycryptodome.scrypt(passphrase, salt, 32, n, r, p)  # type: ignore[arg-type, return-value, unused-ignore]
    # OpenSSL counts a little more than 128 * n * r.
    return hashlib.scrypt(passphrase, salt=salt, n=n, r=r, p=p, maxmem=128 * r * (n + p + 2) + (1 << 20), dklen=32)


def aes_ctr(key: bytes, iv: bytes, data: bytes) -> bytes:
    """Returns data encrypted, or decrypted, by AES in counter mode."""
    return AES.new(key, AES.MODE_CTR, nonce=b"", initial_value=iv).encrypt(data)


def hex_bytes(path: Path, field: str, text: str) -> bytes:
    """Returns the bytes of a file's field; raises KeyFileMalformedError where it is not hexadecimal."""
    digits = text.removeprefix("0x")
    try:
        return bytes.fromhex(digits.rjust(len(digits) + len(digits) % 2, "0"))
    except ValueError as error:
        raise KeyFileMalformedError(path, f"{field} is not hexadecimal") from error


def _lower_keys(value: object, depth: int = 0) -> object:
    if isinstance(value, dict) and depth < 4:
        return {str(name).lower(): _lower_keys(inner, depth + 1) for name, inner in value.items()}
    return value
