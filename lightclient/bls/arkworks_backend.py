"""BLS by py_arkworks_bls12381, an independent implementation to switch to where pyblst is in doubt or not installed.

Arkworks decodes some encodings that the standard does not allow (several texts of infinity, stray flags), so what it decodes is encoded
again and must give the same bytes. `from_compressed_bytes` checks curve and subgroup.
"""

from collections.abc import Iterable
from typing import Any

from py_arkworks_bls12381 import GT, G1Point, G2Point

from lightclient.bls.backend import DST, INFINITY_PUBKEY, KnownCommittee, members
from lightclient.errors import InvalidCommitteeKey
from lightclient.types import SyncCommittee

_MINUS_GENERATOR = -G1Point()
_NOBODY = G1Point.identity()


class _Committee:
    """Decompressed keys of one committee and their sum."""

    __slots__ = ("_keys", "_sum")

    def __init__(self, pubkeys: tuple[bytes, ...]) -> None:
        self._keys = [_key(index, pubkey) for index, pubkey in enumerate(pubkeys)]
        self._sum = _add(self._keys)

    def verify(self, bits: bytes, message: bytes, signature: bytes) -> bool:
        """Returns whether the members whose bits are set signed the message."""
        if 8 * len(bits) != len(self._keys):
            return False
        absent = members(bits, present=False)
        if 2 * len(absent) <= len(self._keys):
            return _verify(self._sum + -_add(self._keys[index] for index in absent), message, signature)
        return _verify(_add(self._keys[index] for index in members(bits, present=True)), message, signature)


class ArkworksBackend:
    """The alternative backend; it remembers the last committee only."""

    def __init__(self) -> None:
        self._last: tuple[tuple[bytes, ...], _Committee] | None = None

    def committee(self, committee: SyncCommittee) -> KnownCommittee:
        """Returns the committee with its keys checked. Raises InvalidCommitteeKey."""
        last = self._last
        if last is None or last[0] != committee.pubkeys:
            last = self._last = (committee.pubkeys, _Committee(committee.pubkeys))
        return last[1]

    def fast_aggregate_verify(self, pubkeys: list[bytes], message: bytes, signature: bytes) -> bool:
        """Returns whether all keys signed the message."""
        try:
            return _verify(_add(_key(index, pubkey) for index, pubkey in enumerate(pubkeys)), message, signature)
        except InvalidCommitteeKey:
            return False


def _key(index: int, pubkey: bytes) -> Any:
    if pubkey == INFINITY_PUBKEY:
        raise InvalidCommitteeKey(index, pubkey, "the point at infinity")
    point = _decoded(G1Point, pubkey)
    if point is None:
        raise InvalidCommitteeKey(index, pubkey, "not the canonical encoding of a point of the subgroup")
    return point


def _decoded(group: Any, data: bytes) -> Any:
    """Returns the point, or None unless the data is its one canonical encoding and it lies in the subgroup."""
    try:
        point = group.from_compressed_bytes(data)
    except (TypeError, ValueError):
        return None
    return point if bytes(point.to_compressed_bytes()) == data else None


def _add(keys: Iterable[Any]) -> Any:
    return sum(keys, _NOBODY)


def _verify(aggregate: Any, message: bytes, signature: bytes) -> bool:
    point = _decoded(G2Point, signature)
    if point is None or aggregate == _NOBODY:
        return False  # nobody, or keys that cancel out: core verification refuses an identity key
    hashed = G2Point.hash_to_curve(message, DST)
    return bool(GT.pairing_check([aggregate, _MINUS_GENERATOR], [hashed, point]))
