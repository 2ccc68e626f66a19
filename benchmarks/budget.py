"""The budgets: which figure is held against which limit, and what the limit was measured against."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Budget:
    """One promise about speed or size."""

    figure: str
    """`room.key` of the measured figure."""
    work: str
    """What is measured, and against what."""
    limit: float
    """The bound."""
    unit: str
    """Unit of figure and bound; `x` for a ratio to the limit measured in the same run."""
    at_least: bool = False
    """Whether the figure must reach the bound (True) or stay within it (False)."""


BUDGETS = [
    Budget("agents.frame_step_to_bare", "agent step on a frame; of the bare onnxruntime call", 2.0, "x"),
    Budget("chain.anchor_gas", "anchor of one batch, whatever its size, under Osaka rules", 50_000, "gas"),
    Budget("gateway.start_seconds", "`aios run` with everything configured, from the process's start to its first page", 2.0, "s"),
    Budget("gateway.start_cpu_seconds", "processor time of that start, which a busy machine changes less", 2.0, "s"),
    Budget("gateway.rss_mb", "its resident memory at most, over a trip judged, attested and anchored", 120, "MB"),
    Budget("mqtt.ratio", "MQTT QoS 1 in, durable, acknowledged; of a bare paho manual-ack subscriber", 0.85, "x", at_least=True),
    Budget("oracle.bundle_ms", "bundle of a 30-day shipment, verified offline, without the committee chain", 20, "ms"),
    Budget("oracle.sign_to_eth_account", "attestation signed; of eth-account alone", 2.0, "x", at_least=True),
    Budget("oracle.verify_to_eth_account", "attestation verified; of eth-account alone", 2.0, "x", at_least=True),
    Budget("eas.sign_to_eas_sdk", "attestation signed; of eas-sdk in the same run", 10.0, "x", at_least=True),
    Budget("eas.verify_to_eas_sdk", "attestation verified; of eas-sdk in the same run", 10.0, "x", at_least=True),
    Budget("lightclient.proof_ms", "eth_getProof answer verified: an account and two slots", 1.0, "ms"),
    Budget("lightclient.update_ratio", "512-member update, all checks; of known keys, pairing and committee hash alone", 1.5, "x"),
    Budget("lightclient.year offline, s", "a year offline caught up, every committee's keys checked", 12.0, "s"),
]
