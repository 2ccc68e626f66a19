"""A short walk beside the executable specification by default, a minute over every fork and both presets as `slow`."""

import random
from dataclasses import replace

import pytest

from lightclient.forks import ForkName
from tests.lightclient.differential import FORKS, Differs, Walk, reference, run
from tests.lightclient.synthetic import SyntheticChain, network


def walk(seed: int) -> Walk:
    chains = (
        SyntheticChain(network(fork=ForkName.ELECTRA), first_slot=128),
        SyntheticChain(network(fork=ForkName.ELECTRA), "foreign", 128),
    )
    return Walk(*chains, random.Random(seed))


def test_a_walk_ends_at_the_same_store_as_the_specification() -> None:
    one = walk(7)
    one.run(reference("electra", "minimal", one.chain.network.genesis_validators_root), steps=15)
    assert sum(count for name, count in one.counts.items() if not name.startswith(" ")) == 15


def test_a_difference_is_noticed() -> None:
    one = walk(7)
    beside = reference("electra", "minimal", one.chain.network.genesis_validators_root)
    beside.spec.config = beside.spec.config._replace(ELECTRA_FORK_VERSION=beside.spec.Version(b"\1\2\3\4"))
    with pytest.raises(Differs):
        one.run(beside)
    other = replace(one, dice=random.Random(7))
    other.run(reference("electra", "minimal", one.chain.network.genesis_validators_root), steps=2)


@pytest.mark.slow
@pytest.mark.arithmetic
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("preset", ["minimal", "mainnet"])
@pytest.mark.parametrize("fork", FORKS)
def test_longer_walks_over_every_fork(fork: str, preset: str) -> None:
    counts = run(5, preset=preset, fork=fork, seed=random.SystemRandom().randrange(1 << 32))
    assert counts["sequences"] >= 1
