"""Measures what the oracle's pure half costs: attestations against eth-account alone in the same run, and bundles verified offline.

The bundles are a 30-day shipment's at one reading a minute, with an excursion of two hours, in each profile, on a mainnet-sized committee
of 512 with one period between checkpoint and block; and hourly readings, whole.
"""

import hashlib
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Literal

from cryptography.hazmat.primitives.asymmetric import ec
from eth_account import Account
from eth_account.messages import encode_typed_data

from drivers.reading import Reading
from lightclient.bls.pyblst_backend import PyblstBackend
from lightclient.forks import MAINNET_PRESET
from lightclient.network import Network
from oracle import attestation, attestation_json, bundle_codec, bundle_json, device_evidence
from oracle.bundle_build import journey
from oracle.bundle_codec import dumps_cbor, dumps_json
from oracle.bundle_settings import BundleSettings
from oracle.merkle import StandardMerkleTree, root_from_proof
from oracle.secret import SecretKey
from oracle.signer import LocalSigner
from oracle.signing.backends.file import P256Signer
from oracle.signing.desk import Desk, Keys
from oracle.signing.journal import LOG_NAME, Journal, read_log
from oracle.signing.policy import ContractRule, Policy, RateRules, known_schemas
from oracle.verify import CHECKS
from oracle.verify_walk import Expected, Walk
from tests.oracle.bundle_fixture import (
    ATTESTER,
    BAND,
    DOMAIN,
    KEY,
    LOT_STATEMENT,
    SHIPMENT,
    START_MS,
    Case,
    attest,
    bundle_of,
    cose_key,
    shipment,
    shipment_event,
    shipment_statement,
    sign_digest,
    signed_payload,
    trip,
)
from tests.oracle.chain_fixture import NETWORK

ROUNDS = 7
"""The fastest is reported: whatever else the machine does only ever adds."""
HOURLY, MINUTELY = 30 * 24, 30 * 24 * 60
"""Readings of a 30-day shipment."""
EXCURSION = 120
"""Minutes of its excursion."""
SIGNED = 300
"""Attestations that the signer signs, each with an fsync of its own."""
LEAVES = 10_000
"""Leaves of the tree that is built and proven from."""
PROFILES: tuple[Literal["full", "sampled", "verdict"], ...] = ("full", "sampled", "verdict")
"""What a bundle may hold of them."""
CHAIN = ("checkpoint", "committees", "finality")
"""The checks that make up the committee chain."""


def measure() -> dict[str, float]:
    """Returns operations per second, ratios, milliseconds per bundle and bytes per file."""
    return {**attestation_rates(), **_signer(), **_bundles()}


def attestation_rates() -> dict[str, float]:
    """Returns attestations signed and verified per second, by us and by eth-account in alternating rounds."""
    signed = attest(LOT_STATEMENT)
    document = attestation_json.to_json(signed)["sig"]
    domain = {**document["domain"], "chainId": int(document["domain"]["chainId"])}
    message = {**document["message"], "time": int(document["message"]["time"]), "expirationTime": 0}
    types = document["types"]

    # Every message has a salt of its own, so that nobody gains from remembering the last one.
    def salted(number: int) -> bytes:
        return hashlib.sha256(number.to_bytes(4, "big")).digest()

    def ours_sign(number: int) -> object:
        return attestation.Attestation.signed(replace(unsigned, salt=salted(number)), DOMAIN, ATTESTER, sign_digest)

    def theirs_sign(number: int) -> object:
        return Account.sign_typed_data(KEY.secret, domain, types, {**message, "salt": salted(number)})

    def ours_verify(_: int) -> object:
        attestation.verify(signed, domain=DOMAIN, now_s=signed.time)
        return None

    def theirs_verify(_: int) -> object:
        return Account.recover_message(encode_typed_data(domain, types, message), signature=signed.signature)

    device = P256Signer(ec.derive_private_key(7, ec.SECP256R1()))

    def p256_sign(number: int) -> attestation.Attestation:
        return attestation.Attestation.signed(replace(unsigned, salt=salted(number)), DOMAIN, device.address, device.sign_digest)

    def p256_verify(_: int) -> object:
        attestation.verify(under_p256, domain=DOMAIN, now_s=signed.time)
        return None

    names = ("schema", "recipient", "time", "expiration_time", "revocable", "ref_uid", "data", "salt")
    unsigned = attestation.Message(**{name: getattr(signed, name) for name in names})
    under_p256 = p256_sign(0)
    rates: dict[str, float] = {}
    # eth-account knows secp256k1 only: on P-256 it is the same yardstick, not the same work.
    for name, ours, theirs in (
        ("sign", ours_sign, theirs_sign),
        ("verify", ours_verify, theirs_verify),
        ("p256_sign", p256_sign, theirs_sign),
        ("p256_verify", p256_verify, theirs_verify),
    ):
        # Alternating rounds share whatever else the machine is doing.
        pairs = [(_seconds(ours, 50), _seconds(theirs, 50)) for _ in range(ROUNDS)]
        mine, other = min(pair[0] for pair in pairs), min(pair[1] for pair in pairs)
        rates |= {f"{name}_per_s": 1 / mine, f"eth_account_{name}_per_s": 1 / other, f"{name}_to_eth_account": other / mine}
    return rates


def _signer() -> dict[str, float]:
    """Returns attestations per second that the signer judges, logs durably and signs, and records per second that are checked again."""
    message = attest(LOT_STATEMENT)
    names = ("recipient", "time", "expiration_time", "revocable", "ref_uid", "salt")
    fields = {name: getattr(message, name) for name in names}

    def numbered(number: int) -> attestation.Message:
        data = replace(LOT_STATEMENT, item=hashlib.sha256(number.to_bytes(4, "big")).digest()).encode()
        return attestation.Message(schema=message.schema, data=data, **fields)

    key = LocalSigner(SecretKey(KEY.secret))
    contract = ContractRule(f"0x{DOMAIN.verifying_contract.hex()}", "eas")
    policy = Policy(chains=(DOMAIN.chain_id,), schemas=known_schemas(), contracts=(contract,), rates=RateRules(1_000_000))
    with tempfile.TemporaryDirectory(prefix="aios-bench-") as folder:
        with Journal(Path(folder)) as journal:
            desk = Desk(Keys(key, key), policy, journal, now_s=lambda: message.time)
            seconds = _seconds(lambda number: desk.sign_attestation(numbered(number), DOMAIN, number), SIGNED)
        started = time.perf_counter()
        read = sum(1 for _ in read_log(Path(folder) / LOG_NAME))
        size = (Path(folder) / LOG_NAME).stat().st_size / read
    return {"signer_per_s": 1 / seconds, "signer_log_verified_per_s": read / (time.perf_counter() - started), "signer_log_line_bytes": size}


def _bundles() -> dict[str, float]:
    network = replace(NETWORK, preset=MAINNET_PRESET)
    cases: dict[str, Case] = {"hourly": shipment(HOURLY, periods=1, network=network)}
    for profile in PROFILES:
        cases[profile] = _month(profile, network)
    figures: dict[str, float] = {}
    for name, case in cases.items():
        data = dumps_json(case.bundle)
        rounds = [_stages(data, case) for _ in range(3 if name == "full" else ROUNDS)]
        figures |= {
            f"{name}_bundle_ms": min(rest for rest, _ in rounds) * 1e3,
            f"{name}_committee_chain_ms": min(chain for _, chain in rounds) * 1e3,
            f"{name}_json_bytes": float(len(data)),
            f"{name}_cbor_bytes": float(len(dumps_cbor(case.bundle))),
        }
    figures["bundle_ms"] = max(figures["hourly_bundle_ms"], figures["sampled_bundle_ms"])
    whole = figures["sampled_bundle_ms"] + figures["sampled_committee_chain_ms"]
    figures["bundles_per_s"] = 1e3 / whole
    figures["period_json_bytes"] = float(len(dumps_json(shipment(12, periods=2, network=network).bundle))) - float(
        len(dumps_json(shipment(12, periods=1, network=network).bundle))
    )
    return {**figures, **_tree(), "signed_payload_ms": _signed_payload() * 1e3}


@cache
def _trip() -> list[Reading]:
    """A month of readings, each in a payload of its own."""
    start = MINUTELY // 2
    return [
        replace(
            one,
            time_ms=START_MS + 60_000 * place,
            value=9.5 if start <= place < start + EXCURSION else 4.0 + place % 7 / 4,
            sequence=place,
            evidence=hashlib.sha256(place.to_bytes(4, "big")).digest(),
        )
        for place, one in enumerate(trip(MINUTELY))
    ]


def _month(profile: Literal["full", "sampled", "verdict"], network: Network) -> Case:
    readings, event = _trip(), shipment_event(_trip())
    content = journey(readings, event, BundleSettings(profile=profile), {"temperature": BAND})
    return bundle_of(SHIPMENT, content, attest(shipment_statement(readings, event)), network=network)


def _tree() -> dict[str, float]:
    leaves = [hashlib.sha256(number.to_bytes(4, "big")).digest() for number in range(LEAVES)]
    built = [_seconds(lambda _: StandardMerkleTree.of(leaves), 1) for _ in range(ROUNDS)]
    tree = StandardMerkleTree.of(leaves)
    proven = [_seconds(lambda number: root_from_proof(leaves[number], tree.proof(number)), 200) for _ in range(ROUNDS)]
    return {"tree_10000_ms": min(built) * 1e3, "tree_10000_proof_us": min(proven) * 1e6}


def _signed_payload() -> float:
    """Returns seconds for one payload that a device signed: its signature, its readings and their leaves."""
    payload, key = signed_payload("reefer-1", 0, [4.0, 5.0]), cose_key("reefer-1")
    return min(_seconds(lambda _: device_evidence.stated(payload, "reefer-1", key), 100) for _ in range(ROUNDS))


def _stages(data: bytes, case: Case) -> tuple[float, float]:
    """Returns seconds of processor time for the committee chain of one bundle, all keys checked anew, and for everything else."""
    started = time.process_time()
    bundle, stated, computed = bundle_json.read(bundle_codec.parse(data))
    world = case.world
    walk = Walk(bundle, (stated, computed), world.checkpoint, world.network, world.now_s, Expected(), PyblstBackend())
    rest, chain = time.process_time() - started, 0.0
    for rule in CHECKS:
        if not isinstance(bundle.content, rule.kinds):
            continue
        started = time.process_time()
        rule.step(walk)
        spent = time.process_time() - started
        rest, chain = (rest, chain + spent) if rule.name in CHAIN else (rest + spent, chain)
    return rest, chain


def _seconds(call: Callable[[int], object], count: int) -> float:
    started = time.perf_counter()
    for number in range(count):
        call(number)
    return (time.perf_counter() - started) / count


if __name__ == "__main__":
    for figure, value in measure().items():
        print(f"{figure:36} {value:12.2f}")
