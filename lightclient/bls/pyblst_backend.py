"""BLS by pyblst, the fast backend.

pyblst's `uncompress` refuses what is malformed, off the curve or outside the subgroup (the tests hold it to that with the official
deserialization vectors), and accepts infinity; infinity is refused here. Decompressing 512 keys takes some 30 ms, adding them 0.4 ms:
hence each committee is decompressed once and its sum kept, and the signers' key is that sum minus the absentees where these are few.
"""

from collections import OrderedDict
from collections.abc import Iterable
from threading import Lock
from typing import Any

import pyblst

from lightclient.bls.backend import COMMITTEES_KEPT, DST, INFINITY_PUBKEY, KnownCommittee, members
from lightclient.errors import InvalidCommitteeKey
from lightclient.types import SyncCommittee

GENERATOR = bytes.fromhex("97f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb")
"""The compressed generator of G1."""

_NOBODY = pyblst.BlstP1Element()
_GENERATOR = _NOBODY.uncompress(GENERATOR)


class Committee:
    """Decompressed keys of one committee and their sum."""

    __slots__ = ("_keys", "_size", "_sum")

    def __init__(self, pubkeys: tuple[bytes, ...]) -> None:
        self._keys = [parse_key(index, pubkey) for index, pubkey in enumerate(pubkeys)]
        self._size = len(self._keys)
        self._sum = add_keys(self._keys)

    def aggregate(self) -> bytes:
        """Returns the compressed sum of all keys."""
        return bytes(self._sum.compress())

    def verify(self, bits: bytes, message: bytes, signature: bytes) -> bool:
        """Returns whether the members whose bits are set signed the message."""
        if 8 * len(bits) != self._size:
            return False
        absent = members(bits, present=False)
        if len(absent) == self._size:
            return False
        if 2 * len(absent) <= self._size:
            aggregate = self._sum + -add_keys(self._keys[index] for index in absent) if absent else self._sum
        else:
            aggregate = add_keys(self._keys[index] for index in members(bits, present=True))
        return verify_with_key(aggregate, message, signature)


class PyblstBackend:
    """The default backend; remembers the last few committees."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[bytes, ...], Committee] = OrderedDict()
        self._lock = Lock()

    def committee(self, committee: SyncCommittee) -> KnownCommittee:
        """Returns the committee with its keys checked. Raises InvalidCommitteeKey."""
        return self.checked(committee)

    def knows(self, committee: SyncCommittee) -> bool:
        """Returns whether the committee's keys are checked and remembered."""
        return committee.pubkeys in self._known

    def checked(self, committee: SyncCommittee) -> Committee:
        """Returns the committee with its keys checked, and its aggregate. Raises InvalidCommitteeKey."""
        with self._lock:
            known = self._known.pop(committee.pubkeys, None) or Committee(committee.pubkeys)
            self._known[committee.pubkeys] = known
            while len(self._known) > COMMITTEES_KEPT:
                self._known.popitem(last=False)
        return known

    def fast_aggregate_verify(self, pubkeys: list[bytes], message: bytes, signature: bytes) -> bool:
        """Returns whether all keys signed the message."""
        try:
            keys = [parse_key(index, pubkey) for index, pubkey in enumerate(pubkeys)]
        except InvalidCommitteeKey:
            return False
        return bool(keys) and verify_with_key(add_keys(keys), message, signature)

    def aggregate_pubkeys(self, pubkeys: list[bytes]) -> bytes:
        """Returns the compressed sum of the keys (spec: `eth_aggregate_pubkeys`).

        Raises:
            InvalidCommitteeKey: there are none, or one is no valid key.
        """
        if not pubkeys:
            raise InvalidCommitteeKey(0, b"", "no keys to add")
        return bytes(add_keys(parse_key(index, pubkey) for index, pubkey in enumerate(pubkeys)).compress())


def parse_key(index: int, pubkey: bytes) -> Any:
    """Returns the point of a compressed key; `index` names it in the refusal. Raises InvalidCommitteeKey."""
    if pubkey == INFINITY_PUBKEY:
        raise InvalidCommitteeKey(index, pubkey, "the point at infinity")
    try:
        return _NOBODY.uncompress(pubkey)
    except ValueError as error:
        raise InvalidCommitteeKey(index, pubkey, str(error) or "not a point of the subgroup") from error


def add_keys(keys: Iterable[Any]) -> Any:
    """Returns the sum of decompressed keys; the identity for none."""
    return sum(keys, _NOBODY)


def verify_with_key(aggregate: Any, message: bytes, signature: bytes) -> bool:
    """Returns whether the owner of the sum of keys signed the message."""
    if aggregate == _NOBODY:
        return False  # keys that cancel out: core verification refuses an identity key
    try:
        point = pyblst.BlstP2Element().uncompress(signature)
    except ValueError:
        return False
    hashed = pyblst.BlstP2Element().hash_to_group(message, DST)
    return bool(pyblst.final_verify(pyblst.miller_loop(aggregate, hashed), pyblst.miller_loop(_GENERATOR, point)))
