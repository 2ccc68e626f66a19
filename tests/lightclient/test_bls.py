"""Both backends against the official vectors, and against each other."""

import json
import tarfile
from functools import cache
from typing import Any

import pytest

from lightclient.bls import BlsBackend
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

FAST, REFERENCE = PyblstBackend(), PyEccBackend()


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
def test_fast_aggregate_verify(case: Any) -> None:
    given = case["input"]
    keys = [unhex(key) for key in given["pubkeys"]]
    assert FAST.fast_aggregate_verify(keys, unhex(given["message"]), unhex(given["signature"])) == case["output"]


@pytest.mark.parametrize("case", cases("verify"))
def test_verify(case: Any) -> None:
    given = case["input"]
    assert FAST.fast_aggregate_verify([unhex(given["pubkey"])], unhex(given["message"]), unhex(given["signature"])) == case["output"]


@pytest.mark.parametrize("case", cases("deserialization_G1"))
def test_keys_are_checked_for_curve_subgroup_and_infinity(case: Any) -> None:
    key = unhex(case["input"]["pubkey"])
    committee = SyncCommittee((key,), key)
    wanted = case["output"] and key != INFINITY_PUBKEY
    for backend in (FAST, REFERENCE):
        if wanted:
            backend.committee(committee)
        else:
            with pytest.raises(InvalidCommitteeKey):
                backend.committee(committee)


@pytest.mark.parametrize("case", cases("deserialization_G2"))
def test_a_malformed_signature_is_false_and_never_an_exception(case: Any) -> None:
    chain = SyntheticChain()
    committee = FAST.committee(chain.committee(1))
    assert not committee.verify(b"\xff" * 4, bytes(32), unhex(case["input"]["signature"]))


@pytest.mark.parametrize("count", [1, 15, 16, 17, 31, 32])
def test_the_sum_minus_the_absentees_is_the_sum_of_the_present(count: int) -> None:
    chain = SyntheticChain()
    update = chain.update(200, participants=count)
    keys = chain.committee(chain.network.period_at_slot(201)).pubkeys
    message = _signing_root(chain, update.attested_header.beacon)
    signature = update.sync_aggregate.sync_committee_signature
    assert FAST.committee(SyncCommittee(keys, keys[0])).verify(update.sync_aggregate.sync_committee_bits, message, signature)
    assert FAST.fast_aggregate_verify(list(keys[:count]), message, signature)
    assert not FAST.fast_aggregate_verify(list(keys[: count - 1]), message, signature)


def test_the_reference_agrees() -> None:
    chain = SyntheticChain()
    update = chain.update(200, participants=2)
    message = _signing_root(chain, update.attested_header.beacon)
    pair = SyncCommittee(chain.committee(3).pubkeys[:8], b"")
    signature = update.sync_aggregate.sync_committee_signature
    backends: list[BlsBackend] = [FAST, REFERENCE]
    for backend in backends:
        committee = backend.committee(pair)
        assert committee.verify(b"\x03", message, signature)
        assert not committee.verify(b"\x05", message, signature)
        assert not committee.verify(b"\x03\x00", message, signature)


def test_keys_that_cancel_out_sign_nothing() -> None:
    key = SyntheticChain().committee(1).pubkeys[0]
    negated = bytes([key[0] ^ 0x20]) + key[1:]
    assert not FAST.fast_aggregate_verify([key, negated], bytes(32), INFINITY_SIGNATURE)


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


def _signing_root(chain: SyntheticChain, beacon: Any) -> bytes:
    network = chain.network
    domain = compute_domain(DOMAIN_SYNC_COMMITTEE, network.forks[-1].version, network.genesis_validators_root)
    return compute_signing_root(hash_tree_root(beacon), domain)
