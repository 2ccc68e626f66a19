"""Our event hash against the published generator (PyPI, 1.9.3), on events of the kind on which all generators agree."""

import json
import random
from typing import Any

import pytest
from epcis_event_hash_generator import hash_generator, json_to_py

from oracle.epcis.event_hash import Profile, event_hash, hash_uri, prehash
from tests.oracle.epcis.events import document, event
from tests.oracle.epcis.examples import examples
from tests.vectors import vectors

pytestmark = pytest.mark.filterwarnings("ignore:open_text is deprecated:DeprecationWarning")
"""The generator reads its bundled contexts in a way that Python deprecates."""

PER_DOCUMENT = 25
AGREEING: dict[str, list[str]] = json.loads(vectors("epcis", "agreeing-documents.json").read_text())["documents"]


def published(given: dict[str, Any]) -> list[str]:
    """Returns the pre-hash texts that the published generator makes of a document."""
    # Its table of namespaces is global and never cleared: hashes would depend on the documents before.
    json_to_py._namespaces.clear()
    # It changes what it is given.
    found = json_to_py.event_list_from_epcis_document_json(json.loads(json.dumps(given)))
    texts: list[str] = hash_generator.derive_prehashes_from_events(found, "")
    return texts


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=[pytest.mark.slow, pytest.mark.arithmetic]) for seed in range(1, 8))])
def test_a_thousand_generated_events_hash_as_the_published_generator_says(seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(5):
        made = document([event(rng, number) for number in range(PER_DOCUMENT)])
        expected = published(made)
        for profile in Profile:
            assert [prehash(one, profile=profile, context=made["@context"]) for one in made["epcisBody"]["eventList"]] == expected


def test_the_agreeing_documents_hash_as_the_published_generator_says() -> None:
    checked = 0
    for path, digests in AGREEING.items():
        raw = next((raw for name, raw in examples().items() if name.endswith("/" + path.rsplit("/", 1)[-1])), None)
        if raw is None:
            continue
        given = json.loads(raw)
        uris = hash_generator.calculate_hashes_from_pre_hashes(published(given))
        assert uris == [f"ni:///sha-256;{digest}?ver=CBV2.0" for digest in digests]
        ours = [hash_uri(event_hash(one, context=given["@context"])) for one in given["epcisBody"]["eventList"]]
        assert ours == uris
        checked += 1
    assert checked >= 5
