"""Each lie about an answer, seen by the executable spec's light client."""

import pytest

from fullnode.devnet.consensus.chain import BeaconChain
from fullnode.devnet.consensus.lies import lie_about
from fullnode.devnet.consensus.misbehave import Lie
from lightclient.ssz import hash_tree_root, serialize
from tests.fullnode.consensus.chains import make_chain, run
from tests.fullnode.consensus.reference import spec_store, specification

HONESTLY_SIGNED = {Lie.FEW_SIGNERS, Lie.CONFLICT}
"""Lies that no single light client can see through."""


@pytest.fixture(scope="module")
def chain() -> BeaconChain:
    chain = make_chain()
    run(chain, 40)
    return chain


@pytest.mark.parametrize("lie", sorted(set(Lie) - HONESTLY_SIGNED))
def test_a_lie_in_an_update_is_refused(chain: BeaconChain, lie: Lie) -> None:
    truth = chain.head.update
    assert truth is not None
    told = lie_about(chain, lie, truth)
    assert told != truth
    with specification(chain) as spec:
        store = spec_store(spec, chain, chain.at(8).root)
        root = spec.Root(chain.network.genesis_validators_root)
        spec.validate_light_client_update(store, spec.LightClientUpdate.decode_bytes(serialize(truth)), spec.Slot(41), root)
        with pytest.raises(AssertionError):
            spec.validate_light_client_update(store, spec.LightClientUpdate.decode_bytes(serialize(told)), spec.Slot(41), root)


@pytest.mark.parametrize("lie", [Lie.EXECUTION_BRANCH, Lie.COMMITTEE_BRANCH, Lie.COMMITTEE, Lie.STATE_ROOT])
def test_a_lie_in_a_bootstrap_is_refused(chain: BeaconChain, lie: Lie) -> None:
    root = chain.at(8).root
    told = lie_about(chain, lie, chain.bootstrap(root))
    with specification(chain) as spec, pytest.raises(AssertionError):
        spec.initialize_light_client_store(spec.Root(root), spec.LightClientBootstrap.decode_bytes(serialize(told)))


def test_a_conflict_is_valid_and_contradicts_the_chain(chain: BeaconChain) -> None:
    truth = chain.head.update
    assert truth is not None
    told = lie_about(chain, Lie.CONFLICT, truth)
    for one, other in ((truth.attested_header, told.attested_header), (truth.finalized_header, told.finalized_header)):
        assert one.beacon.slot == other.beacon.slot
        assert hash_tree_root(one.beacon) != hash_tree_root(other.beacon)
    with specification(chain) as spec:
        store = spec_store(spec, chain, chain.at(8).root)
        update = spec.LightClientUpdate.decode_bytes(serialize(told))
        spec.process_light_client_update(store, update, spec.Slot(41), spec.Root(chain.network.genesis_validators_root))
        assert bytes(store.finalized_header.execution.state_root) != truth.finalized_header.execution.state_root  # type: ignore[union-attr]


def test_few_signers_are_valid_but_finalize_nothing(chain: BeaconChain) -> None:
    truth = chain.head.update
    assert truth is not None
    told = lie_about(chain, Lie.FEW_SIGNERS, truth)
    assert told.sync_aggregate.participants == 16
    with specification(chain) as spec:
        store = spec_store(spec, chain, chain.at(8).root)
        update = spec.LightClientUpdate.decode_bytes(serialize(told))
        spec.process_light_client_update(store, update, spec.Slot(41), spec.Root(chain.network.genesis_validators_root))
        assert store.finalized_header.beacon.slot == 8


@pytest.mark.parametrize("lie", list(Lie))
def test_smaller_answers_can_be_lied_about_too(chain: BeaconChain, lie: Lie) -> None:
    finality, optimistic = chain.finality_update(), chain.optimistic_update()
    of_committees = {Lie.COMMITTEE, Lie.COMMITTEE_BRANCH}
    assert (lie_about(chain, lie, finality) != finality) == (lie not in of_committees)
    assert (lie_about(chain, lie, optimistic) != optimistic) == (lie not in of_committees | {Lie.FINALITY_BRANCH})
