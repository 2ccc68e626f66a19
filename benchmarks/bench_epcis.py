"""Measures EPCIS events read and hashed, against the published generator in the same run, and signed packs against bare verification."""

import json
import random
import time
import warnings
from collections.abc import Callable

from drivers.senml import cose, signed
from drivers.senml.cose import DeviceKey
from oracle.epcis import identifiers
from oracle.epcis.document import read
from oracle.epcis.event_hash import event_hash
from tests.drivers.senml import test_signed as signing
from tests.oracle.epcis.events import document, event

EVENTS = 200
"""Of all five types; the published generator takes a second for them."""
PACKS = 500
"""Signed packs per round."""
ROUNDS = 5
"""The fastest is reported: whatever else the machine does only ever adds."""


def measure() -> dict[str, float]:
    """Returns events and packs per second, and ratios to what does the least that is needed."""
    return {**_events(), **_packs()}


def _events() -> dict[str, float]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        from epcis_event_hash_generator import hash_generator, json_to_py  # noqa: PLC0415 - it reads its contexts at import, with a warning
    rng = random.Random(1)
    made = document([event(rng, number) for number in range(EVENTS)])
    data = json.dumps(made).encode()
    events = made["epcisBody"]["eventList"]

    def forget() -> None:
        # What is remembered of identifiers is given to nobody: each round meets them for the first time.
        identifiers._canonical.cache_clear()  # noqa: SLF001

    def ours() -> object:
        forget()
        return [event_hash(one, context=made["@context"]) for one in events]

    def theirs() -> object:
        json_to_py._namespaces.clear()  # noqa: SLF001 - global there and never cleared
        found = json_to_py.event_list_from_epcis_document_json(json.loads(data))
        return hash_generator.epcis_hashes_from_events(found)

    def checked() -> object:
        forget()
        return read(data)

    hashed = _best(ours)
    return {
        "events_read_per_second": EVENTS / _best(checked),
        "events_hashed_per_second": EVENTS / hashed,
        "hash_to_published_generator": _best(theirs, rounds=1) / hashed,
    }


def _packs() -> dict[str, float]:
    figures = {}
    for number, (_, key) in signing.SIGNERS.items():
        payload = signing.payload(alg=number)
        message = cose.parse(payload)
        covered = cose.signed_bytes(message.protected, message.payload)

        def whole(payload: bytes = payload, key: DeviceKey = key) -> object:
            return [signed.verify(payload, "reefer-1", key) for _ in range(PACKS)]

        def bare(signature: bytes = message.signature, covered: bytes = covered, key: DeviceKey = key) -> object:
            return [key.verifies(signature, covered) for _ in range(PACKS)]

        figures[f"signed_packs_per_second_{key.algorithm}"] = PACKS / (best := _best(whole))
        figures[f"signed_pack_to_bare_verification_{key.algorithm}"] = best / _best(bare)
    return figures


def _best(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    taken = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return min(taken)
