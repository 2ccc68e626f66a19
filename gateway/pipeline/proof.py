"""What the chain side contributes to a bundle, and the one way in which a bundle gets onto the disk: verified first."""

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from gateway.errors import GatewayError
from gateway.files import write_whole
from gateway.store.records import Bundle as WrittenBundle
from lightclient.network import Network
from oracle.attestation import Attestation, Domain
from oracle.bundle import Anchor, Bundle, CoAttestation, Revocation, Standing, Trace
from oracle.bundle_codec import dumps_json
from oracle.verify import verify
from oracle.verify_walk import Expected, Report


class BundleRefusedError(GatewayError):
    """The gateway's own bundle does not pass its own verification, so it is not written."""

    def __init__(self, subject: str, report: Report) -> None:
        """Holds the report."""
        self.subject = subject
        self.report = report
        super().__init__(f"bundle of {subject} does not verify: {report.refusal}")


@dataclass(frozen=True, slots=True)
class Proof:
    """What the chain side contributes to a bundle: one moment's finalized head, and everything that leads to it."""

    anchor: Anchor
    """The anchor with its storage proof in that head's state."""
    trace: Trace
    """From the checkpoint to that head."""
    checkpoint: bytes
    """Root of the beacon block from which the trace starts."""
    standing: Standing | None = None
    """How the gateway stands; None where it is not registered, or not in good standing."""
    revocation: Revocation | None = None
    """That the attestation was not revoked; None where there is no EAS contract."""
    quorum: tuple[CoAttestation, ...] = ()
    """What other gateways attested, with its proofs in the same state."""

    def within(self, bundle: Bundle) -> Bundle:
        """Returns the bundle with these proofs in place of whatever it had."""
        return replace(
            bundle,
            anchor=self.anchor,
            trace=self.trace,
            standing=self.standing,
            revocation=self.revocation,
            quorum=self.quorum,
        )


class Prover(Protocol):
    """The gateway's side of the chain, as bundles need it."""

    network: Network
    """The chain's public parameters."""
    domain: Domain
    """The EAS deployment that attestations are for."""

    def prove(self, gateway: bytes, index: int, attestation: Attestation, others: Sequence[CoAttestation] = ()) -> Awaitable[Proof | None]:
        """Returns the proof of one of the gateway's anchors in the finalized head, or None where it is not to be had yet.

        `gateway` is the address that sent the anchor, which may be that of an earlier key; `attestation` is the one under that anchor;
        `others` are attestations of other gateways, whose proofs are made anew.
        """
        ...


class BundleWriter:
    """Puts bundles onto the disk, each whole and verified."""

    def __init__(self, prover: Prover, directory: Path, now_ms: Callable[[], int]) -> None:
        """Writes into `directory`, which is made if it is missing."""
        self._prover = prover
        self._directory = directory
        self._now_ms = now_ms

    def write(self, subject: str, built: Bundle, checkpoint: bytes, policy: str = "") -> WrittenBundle:
        """Writes a bundle over any earlier one of its subject, or of its subject by that policy.

        Raises:
            BundleRefusedError: it does not verify; nothing is written.
        """
        data = dumps_json(built)
        now_ms = self._now_ms()
        self._require_proven(subject, built, data, checkpoint, now_ms)
        name = "-".join((*subject.split("/"), *((policy,) if policy else ())))
        path = self._directory / f"{name}.json"
        write_whole(path, data, make_folder=True)
        return WrittenBundle(subject, str(path), hashlib.sha256(data).digest(), now_ms)

    def require_proven(self, subject: str, built: Bundle, checkpoint: bytes) -> None:
        """Returns if a bundle would be written; raises BundleRefusedError."""
        self._require_proven(subject, built, dumps_json(built), checkpoint, self._now_ms())

    def _require_proven(self, subject: str, built: Bundle, data: bytes, checkpoint: bytes, now_ms: int) -> None:
        expected = Expected(
            registry=built.anchor.registry,
            gateway_registry=built.anchor.gateway_registry,
            gateway=built.anchor.gateway,
            attester=built.attestation.attester,
            domain=self._prover.domain,
        )
        report = verify(data, checkpoint=checkpoint, network=self._prover.network, now_s=now_ms // 1000, expected=expected)
        if not report.passed:
            raise BundleRefusedError(subject, report)
