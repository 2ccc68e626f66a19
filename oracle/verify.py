"""Verify: everything a bundle claims, checked against a checkpoint, a network file and a clock. No network, no files. Pure.

What is trusted is what the caller hands in: the checkpoint (root of a finalized beacon block, from a source the reader trusts), the
network's record, the time, and whatever `Expected` pins. Everything in the bundle is untrusted, and nothing is asked of anybody.
The way of the proof: readings -> root in the signed statement -> batch root -> slot of the AnchorRegistry -> state root of a finalized
block -> sync committees -> checkpoint.

Rules of this file:
- one check is one function in `verify_content` or `verify_chain`, with its own refusal class;
- checks run in the order of CHECKS, each may rely on those before it, and the walk stops at the first refusal;
- nothing a bundle can contain raises out of `verify`: it ends in a report.
"""

from collections.abc import Callable

from lightclient.bls import BlsBackend
from lightclient.bls.pyblst_backend import PyblstBackend
from lightclient.network import Network
from oracle import bundle_codec, bundle_json, verify_chain, verify_content
from oracle.bundle import Bundle, Inspection, Journey
from oracle.errors import OracleError, RefusedError
from oracle.verify_walk import Check, Expected, Outcome, Report, Walk

__all__ = ["CHECKS", "FORMAT", "Check", "Expected", "Outcome", "Report", "verify"]

Step = Callable[[Walk], str]
"""One check: returns what it found, or raises its refusal."""

FORMAT = "format"
"""The first check: whether the bytes are a bundle at all."""
ANY = (Journey, Inspection)
"""Both kinds of bundle."""

CHECKS: tuple[tuple[str, Step, tuple[type, ...]], ...] = (
    ("seal", verify_content.seal, ANY),
    ("network", verify_content.network, ANY),
    ("signature", verify_content.signature, ANY),
    ("subject", verify_content.subject, ANY),
    ("readings", verify_content.readings, (Journey,)),
    ("image", verify_content.image, (Inspection,)),
    ("event", verify_content.event, (Journey,)),
    ("agent", verify_content.agent, ANY),
    ("batch", verify_chain.batch, ANY),
    ("checkpoint", verify_chain.checkpoint, ANY),
    ("committees", verify_chain.committees, ANY),
    ("finality", verify_chain.finality, ANY),
    ("registry", verify_chain.registry, ANY),
    ("anchor", verify_chain.anchor, ANY),
    ("age", verify_chain.age, ANY),
)
"""Every check after the format, in order, with the kinds of bundle it applies to."""


def verify(
    bundle: bytes | Bundle,
    *,
    checkpoint: bytes,
    network: Network,
    now_s: int,
    expected: Expected | None = None,
    bls: BlsBackend | None = None,
) -> Report:
    """Returns what the bundle proves; `report.passed` is the answer, and each line says what was found or why it was refused."""
    try:
        parsed, seals, found = _parse(bundle)
    except OracleError as refusal:
        later = tuple(Check(name, Outcome.NOT_REACHED, "") for name, _, _ in CHECKS)
        return Report((Check(FORMAT, Outcome.REFUSED, str(refusal), refusal), *later), (), (), "")
    walk = Walk(parsed, seals, checkpoint, network, now_s, expected or Expected(), bls or PyblstBackend())
    walk.trusted.append(f"checkpoint 0x{checkpoint.hex()}, given by hand")
    checks = [Check(FORMAT, Outcome.PASSED, found)]
    for name, step, kinds in CHECKS:
        if isinstance(parsed.content, kinds):
            checks.append(_check(name, step, walk) if checks[-1].passed else Check(name, Outcome.NOT_REACHED, ""))
    return Report(tuple(checks), tuple(walk.trusted), tuple(walk.warnings), walk.conclusion)


def _check(name: str, step: Step, walk: Walk) -> Check:
    try:
        return Check(name, Outcome.PASSED, step(walk))
    except OracleError as refusal:
        return Check(name, Outcome.REFUSED, str(refusal), refusal)
    except (ArithmeticError, LookupError, TypeError, ValueError, RecursionError) as error:
        # A value that no check foresaw is still the bundle's fault, and a reader wants a report, not a traceback.
        unforeseen = RefusedError(f"{name}: {error}")
        return Check(name, Outcome.REFUSED, str(unforeseen), unforeseen)


def _parse(bundle: bytes | Bundle) -> tuple[Bundle, tuple[bytes, bytes] | None, str]:
    if isinstance(bundle, Bundle):
        return bundle, None, "a bundle in memory"
    parsed, stated, computed = bundle_json.read(bundle_codec.parse(bundle))
    return parsed, (stated, computed), f"bundle of {len(bundle)} bytes"
