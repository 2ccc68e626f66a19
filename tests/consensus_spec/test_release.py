"""The release's light-client cases of the latest forks, and one of each suite of the earlier ones; the whole release runs as `slow`."""

import tarfile
from pathlib import Path

import pytest

from tests.consensus_spec.run import run_all
from tests.vectors import vectors

QUICK = (
    "minimal/fulu/light_client/sync/pyspec_tests/light_client_sync/",
    "minimal/electra/light_client/sync/",
    "minimal/deneb/light_client/sync/pyspec_tests/electra_fork/",
    "minimal/bellatrix/light_client/sync/pyspec_tests/capella_electra_fork/",
    "minimal/altair/light_client/sync/pyspec_tests/electra_store_with_legacy_data/",
    "minimal/fulu/light_client/update_ranking/",
    "minimal/electra/ssz_static/LightClientUpdate/",
    "minimal/capella/ssz_static/LightClientHeader/",
    "mainnet/altair/ssz_static/LightClientBootstrap/",
    "mainnet/fulu/ssz_static/",
    "general/altair/bls/",
)


def extract(folder: Path, *, only: tuple[str, ...] | None) -> Path:
    with tarfile.open(vectors("consensus-spec-v1.6.1.tar.gz")) as archive:
        members = [member for member in archive if only is None or any(part in member.name for part in only)]
        archive.extractall(folder, members=members, filter="data")
    return folder


def test_a_quick_part_of_the_release_passes(tmp_path: Path) -> None:
    results = run_all(extract(tmp_path, only=QUICK))
    failures = [failure for result in results.values() for failure in result.failures]
    assert not failures
    assert sum(result.passed for result in results.values()) > 70


@pytest.mark.slow
@pytest.mark.arithmetic
def test_the_whole_release_passes(tmp_path: Path) -> None:
    results = run_all(extract(tmp_path, only=None))
    failures = [failure for result in results.values() for failure in result.failures]
    assert not failures
    assert sum(result.passed for result in results.values()) > 1400


def test_a_wrong_expectation_is_counted_as_a_failure(tmp_path: Path) -> None:
    extract(tmp_path, only=("minimal/electra/light_client/sync/pyspec_tests/light_client_sync/",))
    (steps,) = tmp_path.rglob("steps.yaml")
    text = steps.read_text()
    for changed in (text.replace("slot: 24", "slot: 25", 1), text.replace("current_slot: 41", "current_slot: 40", 1)):
        steps.write_text(changed)
        assert sum(len(result.failures) for result in run_all(tmp_path).values()) == 1
