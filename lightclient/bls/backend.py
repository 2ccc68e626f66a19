"""What the sync protocol needs of BLS12-381, as promises that every backend keeps.

Ciphersuite: `BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_` (minimal public keys, proof of possession), as in `specs/phase0/beacon-chain.md`.
"""

from typing import Protocol

from lightclient.types import SyncCommittee

DST = b"BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_"
"""Domain separation tag of the ciphersuite."""

INFINITY_PUBKEY = b"\xc0" + bytes(47)
"""Compressed point at infinity in G1: the key that makes an empty signature valid. Refused wherever it appears."""

INFINITY_SIGNATURE = b"\xc0" + bytes(95)
"""Compressed point at infinity in G2."""

COMMITTEES_KEPT = 4
"""Committees whose keys a backend keeps decompressed: the current and the next, and both again while a trace is verified beside."""


class KnownCommittee(Protocol):
    """A committee whose keys have all been decompressed and checked."""

    def verify(self, bits: bytes, message: bytes, signature: bytes) -> bool:
        """Returns whether the members whose bits are set signed the message, by a signature valid in every respect.

        False, never an exception, for signatures that are malformed, outside the subgroup, or by nobody.
        """
        ...


class BlsBackend(Protocol):
    """Verification of sync-committee signatures; deterministic, thread-safe, and never trusting a server's aggregate key."""

    def committee(self, committee: SyncCommittee) -> KnownCommittee:
        """Returns the committee with every key on the curve, in the subgroup and not infinity; checked once, then remembered.

        Raises:
            InvalidCommitteeKey: a key fails one of these.
        """
        ...

    def fast_aggregate_verify(self, pubkeys: list[bytes], message: bytes, signature: bytes) -> bool:
        """Returns whether all keys signed the message; False for no keys and for any malformed input."""
        ...


def members(bits: bytes, *, present: bool) -> list[int]:
    """Returns the places of the members whose bit is set (`present`) or is not."""
    number = int.from_bytes(bits, "little")
    wanted = 1 if present else 0
    return [index for index in range(8 * len(bits)) if number >> index & 1 == wanted]


def eth_fast_aggregate_verify(bls: BlsBackend, pubkeys: list[bytes], message: bytes, signature: bytes) -> bool:
    """Returns what the specification's function of that name does: nobody signing with the signature of nobody is valid too.

    Source: `specs/altair/bls.md`. Light clients demand at least one signer and do not use it; block processing does.
    """
    if not pubkeys and signature == INFINITY_SIGNATURE:
        return True
    return bls.fast_aggregate_verify(pubkeys, message, signature)
