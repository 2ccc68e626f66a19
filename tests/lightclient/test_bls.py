"""All backends against the official vectors, and against each other."""

import json
import tarfile
from functools import cache
from typing import Any

import pytest
from py_arkworks_bls12381 import G1Point

from lightclient.bls import BlsBackend
from lightclient.bls.arkworks_backend import ArkworksBackend
from lightclient.bls.backend import INFINITY_PUBKEY, INFINITY_SIGNATURE, eth_fast_aggregate_verify
from lightclient.bls.py_ecc_backend import PyEccBackend
from lightclient.bls.pyblst_backend import PyblstBackend
from lightclient.errors import InvalidCommitteeKey
from lightclient.forks import DOMAIN_SYNC_COMMITTEE
from lightclient.network import compute_domain, compute_signing_root
from lightclient.ssz import hash_tree_root
from lightclient.types import SyncCommittee
from tests.lightclient.synthetic import SyntheticChain
from tests.vectors import vectors

FAST, OTHER, REFERENCE = PyblstBackend(), ArkworksBackend(), PyEccBackend()
QUICK = pytest.mark.parametrize("backend", [FAST, OTHER], ids=["pyblst", "arkworks"])


@cache
def _all() -> dict[str, Any]:
    with tarfile.open(vectors("bls12-381-tests.tar.gz")) as archive:
        files = [member for member in archive if member.name.endswith(".json")]
        return {
            "/".join(member.name.split("/")[-2:]): json.load(archive.extractfile(member) or pytest.fail(member.name)) for member in files
        }


def cases(suite: str) -> list[Any]:
    found = [pytest.param(case, id=name) for name, case in sorted(_all().items()) if name.startswith(suite + "/")]
    assert found
    return found


def unhex(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


@pytest.mark.parametrize("case", cases("fast_aggregate_verify"))
@QUICK
def test_fast_aggregate_verify(case: Any, backend: BlsBackend) -> None:
    given = case["input"]
    keys = [unhex(key) for key in given["pubkeys"]]
    assert backend.fast_aggregate_verify(keys, unhex(given["message"]), unhex(given["signature"])) == case["output"]


@pytest.mark.parametrize("case", cases("verify"))
@QUICK
def test_verify(case: Any, backend: BlsBackend) -> None:
    given = case["input"]
    assert backend.fast_aggregate_verify([unhex(given["pubkey"])], unhex(given["message"]), unhex(given["signature"])) == case["output"]


@pytest.mark.parametrize("case", cases("deserialization_G1"))
def test_keys_are_checked_for_curve_subgroup_and_infinity(case: Any) -> None:
    key = unhex(case["input"]["pubkey"])
    committee = SyncCommittee((key,), key)
    wanted = case["output"] and key != INFINITY_PUBKEY
    for backend in (FAST, OTHER, REFERENCE):
        if wanted:
            backend.committee(committee)
        else:
            with pytest.raises(InvalidCommitteeKey):
                backend.committee(committee)


@pytest.mark.parametrize("case", cases("deserialization_G2"))
@QUICK
def test_a_malformed_signature_is_false_and_never_an_exception(case: Any, backend: BlsBackend) -> None:
    chain = SyntheticChain()
    committee = backend.committee(chain.committee(1))
    assert not committee.verify(b"\xff" * 4, bytes(32), unhex(case["input"]["signature"]))


@pytest.mark.parametrize("count", [1, 15, 16, 17, 31, 32])
@QUICK
def test_the_sum_minus_the_absentees_is_the_sum_of_the_present(count: int, backend: BlsBackend) -> None:
    chain = SyntheticChain()
    update = chain.update(200, participants=count)
    keys = chain.committee(chain.network.period_at_slot(201)).pubkeys
    message = _signing_root(chain, update.attested_header.beacon)
    signature = update.sync_aggregate.sync_committee_signature
    assert backend.committee(SyncCommittee(keys, keys[0])).verify(update.sync_aggregate.sync_committee_bits, message, signature)
    assert backend.fast_aggregate_verify(list(keys[:count]), message, signature)
    assert not backend.fast_aggregate_verify(list(keys[: count - 1]), message, signature)


@pytest.mark.slow
@pytest.mark.arithmetic
def test_the_reference_agrees() -> None:
    chain = SyntheticChain()
    update = chain.update(200, participants=2)
    message = _signing_root(chain, update.attested_header.beacon)
    pair = SyncCommittee(chain.committee(3).pubkeys[:8], b"")
    signature = update.sync_aggregate.sync_committee_signature
    backends: list[BlsBackend] = [FAST, OTHER, REFERENCE]
    for backend in backends:
        committee = backend.committee(pair)
        assert committee.verify(b"\x03", message, signature)
        assert not committee.verify(b"\x05", message, signature)
        assert not committee.verify(b"\x03\x00", message, signature)


@QUICK
def test_keys_that_cancel_out_sign_nothing(backend: BlsBackend) -> None:
    key = SyntheticChain().committee(1).pubkeys[0]
    negated = bytes([key[0] ^ 0x20]) + key[1:]
    assert not backend.fast_aggregate_verify([key, negated], bytes(32), INFINITY_SIGNATURE)


def test_nobody_signing_is_valid_only_where_the_specification_says_so() -> None:
    assert not FAST.fast_aggregate_verify([], bytes(32), INFINITY_SIGNATURE)
    assert eth_fast_aggregate_verify(FAST, [], bytes(32), INFINITY_SIGNATURE)


def test_only_the_last_few_committees_are_kept() -> None:
    backend = PyblstBackend()
    chain = SyntheticChain()
    for period in range(8):
        backend.committee(chain.committee(period))
    assert len(backend._known) == 4
    assert backend.committee(chain.committee(7)) is backend.committee(chain.committee(7))


def test_adding_no_keys_or_bad_keys_is_refused() -> None:
    with pytest.raises(InvalidCommitteeKey):
        FAST.aggregate_pubkeys([])
    with pytest.raises(InvalidCommitteeKey):
        FAST.aggregate_pubkeys([INFINITY_PUBKEY])


ON_CURVE_OUTSIDE_SUBGROUP = bytes([0x80]) + bytes(46) + b"\x04"
"""x = 4 gives a point of the curve that is not in the subgroup: a key with it lets its owner move other members' signatures."""


@pytest.mark.parametrize("backend", [FAST, OTHER, REFERENCE], ids=["pyblst", "arkworks", "py_ecc"])
@pytest.mark.parametrize("key", [ON_CURVE_OUTSIDE_SUBGROUP, INFINITY_PUBKEY], ids=["outside the subgroup", "infinity"])
def test_both_keys_that_another_light_client_lets_pass_are_refused(key: bytes, backend: BlsBackend) -> None:
    pubkeys = list(SyntheticChain().committee(1).pubkeys)[:4]
    pubkeys[2] = key
    with pytest.raises(InvalidCommitteeKey) as refusal:
        backend.committee(SyncCommittee(tuple(pubkeys), pubkeys[0]))
    assert (refusal.value.index, refusal.value.pubkey) == (2, key)


def test_the_point_outside_the_subgroup_is_on_the_curve() -> None:
    assert not G1Point.from_compressed_bytes_unchecked(ON_CURVE_OUTSIDE_SUBGROUP).is_in_subgroup()


@pytest.mark.parametrize(
    "key",
    [b"\xe0" + bytes(47), b"\xc0" + bytes(46) + b"\1", b"\x40" + bytes(47), b"\x9f" + b"\xff" * 47, bytes(48), b"", bytes(49)],
    ids=["infinity with a sign", "infinity with a value", "not compressed", "x past the modulus", "zero", "empty", "too long"],
)
def test_an_encoding_that_is_not_the_canonical_one_is_refused_everywhere(key: bytes) -> None:
    for backend in (FAST, OTHER):
        with pytest.raises(InvalidCommitteeKey):
            backend.committee(SyncCommittee((key,), key))


def _signing_root(chain: SyntheticChain, beacon: Any) -> bytes:
    network = chain.network
    domain = compute_domain(DOMAIN_SYNC_COMMITTEE, network.forks[-1].version, network.genesis_validators_root)
    return compute_signing_root(hash_tree_root(beacon), domain)
