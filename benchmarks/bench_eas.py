"""Measures attestations against eas-sdk, which signs and verifies the same statement in the same run."""

from benchmarks.bench_oracle import attestation_rates
from oracle.attestation_json import to_json
from tests.oracle.bundle_fixture import LOT_STATEMENT, attest
from tests.peers.eas import eas_sdk, missing_tools

SDK_ROUNDS = 200
"""Attestations that the SDK signs and verifies per turn."""
TURNS = 3
"""The fastest turn of each side is taken, so that a busy machine favours neither."""


def measure() -> dict[str, float]:
    """Returns the SDK's operations per second and how many times as many ours are; raises RuntimeError where npm is missing."""
    if (reason := missing_tools()) is not None:
        raise RuntimeError(reason)
    signed = attest(LOT_STATEMENT)
    document = to_json(signed)
    domain = document["sig"]["domain"]
    request = {
        "do": "bench",
        "domain": {"address": domain["verifyingContract"], "version": domain["version"], "chainId": domain["chainId"]},
        "document": document,
        "message": document["sig"]["message"],
        "rounds": SDK_ROUNDS,
    }
    ours: dict[str, float] = {"sign": 0.0, "verify": 0.0}
    theirs = dict(ours)
    with eas_sdk() as sdk:
        for _ in range(TURNS):
            answer, rates = sdk.ask(**request), attestation_rates()
            for work, best in ours.items():
                ours[work] = max(best, rates[f"{work}_per_s"])
                theirs[work] = max(theirs[work], float(answer[work]))
    return {f"sdk_{work}_per_s": rate for work, rate in theirs.items()} | {f"{work}_to_eas_sdk": ours[work] / theirs[work] for work in ours}
