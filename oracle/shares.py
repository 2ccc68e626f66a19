"""Backup of a key by Shamir shares: any `threshold` of them give the key back, fewer tell nothing about it.

The arithmetic is pycryptodome's (GF(2^128)), which the keystore needs anyway; the two halves of the key are shared apart under the same
index. A share is one line of text that can be printed and typed in: it names curve, address and threshold, and ends with a checksum, so
that a mistyped share and one of another key are refused by name; the key that comes out must have the address that all shares name.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from Crypto.Protocol.SecretSharing import Shamir

from oracle.errors import MisuseError, RefusedError
from oracle.signer import AnyCurve

PREFIX = "aios-share-1"
"""What a share's line begins with: the kind of line, and the edition of its form."""
MAX_SHARES = 16
"""Shares of one key; more people than that keep no secret."""
MAX_LINE = 256
"""Characters of a share."""

_PARTS = {
    "first word": PREFIX,
    "curve": r"secp256k1|P-256|BLS12-381",
    "address": r"[0-9a-f]{40}",
    "threshold": r"[0-9]{1,2}",
    "number": r"[0-9]{1,2}",
    "secret part": r"[0-9a-f]{64}",
    "checksum": r"[0-9a-f]{8}",
}
_LINE = re.compile(":".join(form if name == "first word" else f"({form})" for name, form in _PARTS.items()), re.ASCII)


class ShareRefusedError(RefusedError):
    """A line is no share, or shares do not fit together."""

    def __init__(self, reason: str) -> None:
        """Holds the reason, and nothing of the share."""
        self.reason = reason
        super().__init__(f"the key cannot be restored: {reason}; give enough files that one `aios key backup` wrote, unaltered")


@dataclass(frozen=True, slots=True)
class Share:
    """One share of a key. It is a secret; its repr is the index only."""

    curve: AnyCurve
    """The key's curve."""
    address: bytes
    """The key's address; of a BLS key what it is called (`oracle.bls.address_of`)."""
    threshold: int
    """How many shares give the key back."""
    index: int
    """Which share it is, from 1."""
    value: bytes
    """32 bytes."""

    def __repr__(self) -> str:
        """Returns which share of which key."""
        return f"Share({self.index} of 0x{self.address.hex()})"


def split(secret: bytes, curve: AnyCurve, address: bytes, *, threshold: int, count: int) -> tuple[Share, ...]:
    """Returns so many shares of a private key of 32 bytes.

    Raises MisuseError unless 2 <= threshold <= count <= MAX_SHARES.
    """
    if not 2 <= threshold <= count <= MAX_SHARES or len(secret) != 32:
        raise MisuseError(
            f"{threshold} of {count} shares: at least 2 and at most all of them give the key back, and there are at most {MAX_SHARES}"
        )
    halves = [dict(Shamir.split(threshold, count, half, ssss=False)) for half in (secret[:16], secret[16:])]
    return tuple(Share(curve, address, threshold, index, halves[0][index] + halves[1][index]) for index in range(1, count + 1))


def combine(shares: Sequence[Share]) -> bytes:
    """Returns the private key; whoever calls must compare its address with that of the shares.

    Raises ShareRefusedError where shares are of different keys, double, or too few.
    """
    if len({(share.curve, share.address, share.threshold) for share in shares}) != 1:
        raise ShareRefusedError("the shares are of different keys" if shares else "no share is given")
    indices = sorted(share.index for share in shares)
    if len(set(indices)) != len(indices):
        raise ShareRefusedError("one share is given twice")
    threshold = shares[0].threshold
    if len(shares) < threshold:
        raise ShareRefusedError(f"{len(shares)} shares are given, {threshold} are needed")
    used = shares[:threshold]
    return b"".join(bytes(Shamir.combine([(share.index, share.value[at : at + 16]) for share in used], ssss=False)) for at in (0, 16))


def to_line(share: Share) -> str:
    """Returns a share as one line."""
    body = f"{PREFIX}:{share.curve}:{share.address.hex()}:{share.threshold}:{share.index}:{share.value.hex()}"
    return f"{body}:{_checksum(body)}"


def from_line(line: str) -> Share:
    """Returns the share of a line; raises ShareRefusedError for anything else, without saying what stood there."""
    match = _LINE.fullmatch(line.strip()) if len(line) <= MAX_LINE else None
    if match is None:
        raise ShareRefusedError(_malformed(line))
    curve, address, threshold, index, value, checksum = match.groups()
    if _checksum(line.strip().rpartition(":")[0]) != checksum:
        raise ShareRefusedError(f"share {index} is mistyped or damaged: its checksum does not fit")
    if not 2 <= int(threshold) <= MAX_SHARES or not 1 <= int(index) <= MAX_SHARES:
        raise ShareRefusedError(f"share {index} of {threshold} is out of range")
    return Share(cast("AnyCurve", curve), bytes.fromhex(address), int(threshold), int(index), bytes.fromhex(value))


def _malformed(line: str) -> str:
    """Returns what is wrong with the form of a line; it names parts, and shows none."""
    if len(line) > MAX_LINE:
        return f"it has {len(line)} characters, a share has at most {MAX_LINE}"
    parts = line.strip().split(":")
    if parts[0] != PREFIX:
        return f"it does not begin with {PREFIX}:"
    if len(parts) != len(_PARTS):
        return f"it has {len(parts)} parts between colons, a share has {len(_PARTS)}"
    wrong = [name for part, (name, form) in zip(parts, _PARTS.items(), strict=True) if not re.fullmatch(form, part, re.ASCII)]
    return f"it is mistyped or damaged in its {' and its '.join(wrong)}"


def _checksum(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]
