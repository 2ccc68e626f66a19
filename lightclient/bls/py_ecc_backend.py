"""BLS by py_ecc, the reference: plain Python, some 1,000 times slower, for tests that hold the fast backend to it."""

from eth_typing import BLSPubkey, BLSSignature
from py_ecc.bls.ciphersuites import G2ProofOfPossession

from lightclient.bls.backend import KnownCommittee, members
from lightclient.errors import InvalidCommitteeKey
from lightclient.types import SyncCommittee


class _Committee:
    __slots__ = ("_pubkeys",)

    def __init__(self, pubkeys: tuple[bytes, ...]) -> None:
        self._pubkeys = pubkeys

    def verify(self, bits: bytes, message: bytes, signature: bytes) -> bool:
        """Returns whether the members whose bits are set signed the message."""
        if 8 * len(bits) != len(self._pubkeys):
            return False
        return _fast_aggregate_verify([self._pubkeys[index] for index in members(bits, present=True)], message, signature)


class PyEccBackend:
    """The reference backend; it checks keys anew at each use of a committee."""

    def committee(self, committee: SyncCommittee) -> KnownCommittee:
        """Returns the committee with its keys checked. Raises InvalidCommitteeKey."""
        for index, pubkey in enumerate(committee.pubkeys):
            if not G2ProofOfPossession.KeyValidate(BLSPubkey(pubkey)):
                raise InvalidCommitteeKey(index, pubkey, "not a valid public key")
        return _Committee(committee.pubkeys)

    def fast_aggregate_verify(self, pubkeys: list[bytes], message: bytes, signature: bytes) -> bool:
        """Returns whether all keys signed the message."""
        return _fast_aggregate_verify(pubkeys, message, signature)


def _fast_aggregate_verify(pubkeys: list[bytes], message: bytes, signature: bytes) -> bool:
    return G2ProofOfPossession.FastAggregateVerify([BLSPubkey(key) for key in pubkeys], message, BLSSignature(signature))
