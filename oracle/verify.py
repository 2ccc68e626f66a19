"""Verify: everything a bundle claims, checked against a checkpoint, a network file and a clock. No network, no files. Pure.

What is trusted is what the caller hands in: the checkpoint (root of a finalized beacon block, from a source the reader trusts), the
network's record, the time, and whatever `Expected` pins. Everything in the bundle is untrusted, and nothing is asked of anybody.
The way of the proof: readings -> root in the signed statement -> batch root -> slot of the AnchorRegistry -> state root of a finalized
block -> sync committees -> checkpoint.

Rules of this file:
- one check is one paragraph of CHECKS and one function of its name in a `verify_*` module, with its own refusal class;
- checks run in this order, each may rely on those before it, and the walk stops at the first that refutes or cannot tell;
- nothing a bundle can contain raises out of `verify`: it ends in a report.
"""

from lightclient.bls import BlsBackend
from lightclient.bls.pyblst_backend import PyblstBackend
from lightclient.network import Network
from oracle import (
    bundle_codec,
    bundle_json,
    verify_chain,
    verify_content,
    verify_devices,
    verify_journey,
    verify_lot,
    verify_standing,
    verify_trip,
)
from oracle.bundle import Bundle, Inspection, Journey, LotSample
from oracle.errors import OracleError, RefusedError
from oracle.verify_errors import CannotTellError
from oracle.verify_walk import Check, Expected, Outcome, Report, Rule, Verdict, Walk

__all__ = ["CHECKS", "FORMAT", "Check", "Expected", "Outcome", "Report", "Verdict", "verify"]

ANY = (Journey, Inspection, LotSample)
"""All kinds of bundle: a shipment, one inspected item, a lot."""

FORMAT = Rule("format", "the bytes are a bundle, in the one spelling that it has", lambda _: None, ANY)
"""The check before all others; `_parse` makes it."""

CHECKS = (
    # The file. None of this adds trust: it tells an accident or a forgery's haste from what follows.
    Rule("seal", "nothing was altered since the file was written", verify_content.seal, ANY),
    Rule("network", "the file is about the chain whose network file was given", verify_content.network, ANY),
    #
    # The word. One key signed one statement about one subject, for this chain.
    Rule("signature", "the key signed this statement, for this chain, and it has not expired", verify_content.signature, ANY),
    Rule("subject", "the statement is about the shipment or lot that the file names", verify_content.subject, ANY),
    Rule("agent", "the agent that judged is the one whose manifest the file holds", verify_content.agent, ANY),
    #
    # What was corrected: an attestation may name the one that it replaces, and a newer one may replace it.
    Rule("corrections", "what it corrects, and what corrects it, is signed and about the same subject", verify_content.corrections, ANY),
    #
    # A journey. What the statement rests on, and what it does not show.
    Rule("readings", "the readings are those that the statement was drawn from", verify_journey.readings, (Journey,)),
    Rule("devices", "the devices themselves signed what was measured", verify_devices.devices, (Journey,)),
    Rule("coverage", "no delivery and no stretch of time is without readings", verify_journey.coverage, (Journey,)),
    Rule("event", "the EPCIS event is the stated one, and agrees with readings, times and verdict", verify_journey.event, (Journey,)),
    Rule("limits", "the readings, measured again by the agent's limits, do not contradict the verdict", verify_journey.limits, (Journey,)),
    Rule("route", "the fixes, measured again by corridor and fences, do not contradict the verdict", verify_trip.route, (Journey,)),
    Rule("deadline", "the last reading does not contradict that the trip ended in time", verify_trip.deadline, (Journey,)),
    Rule("custody", "giver and taker signed each handover, and none is left out in between", verify_journey.custody, (Journey,)),
    #
    # An inspection: of one item, or of a lot's sample.
    Rule("image", "the image is the one that was judged", verify_lot.image, (Inspection,)),
    Rule("items", "the inspected items are signed, complete, and count as stated", verify_lot.items, (LotSample,)),
    Rule("event", "the EPCIS event is the stated one, and agrees with counts, time and verdict", verify_lot.event, (LotSample,)),
    Rule("plan", "the verdict follows from the counts under the agent's sampling plan", verify_lot.plan, (LotSample,)),
    #
    # The chain. From the statement down to the checkpoint that the reader brought along.
    Rule("batch", "the statement is under the root of its batch", verify_chain.batch, ANY),
    Rule("checkpoint", "the walk starts at the checkpoint that was given", verify_chain.checkpoint, ANY),
    Rule("committees", "each sync committee named the next one, up to the block's", verify_chain.committees, ANY),
    Rule("finality", "two thirds of that committee call the block final", verify_chain.finality, ANY),
    Rule("registry", "that block's state holds a genuine AnchorRegistry", verify_chain.registry, ANY),
    Rule("anchor", "the gateway anchored the batch's root there, under this number", verify_chain.anchor, ANY),
    #
    # Who vouches. A registered gateway in good standing, which has not taken its word back, and perhaps others beside it.
    Rule("standing", "the key is that of a registered gateway in good standing", verify_standing.standing, ANY),
    Rule("revocation", "the attester had not taken the statement back by that block", verify_standing.revocation, ANY),
    Rule("quorum", "other registered gateways attested the same by themselves", verify_standing.others, ANY),
    Rule("age", "the block is as old as is said", verify_chain.age, ANY),
)
"""Every check after the format, in order, with the kinds of bundle it applies to."""

UNFORESEEN = (ArithmeticError, LookupError, TypeError, ValueError, RecursionError)
"""What a value that no check foresaw may raise: still the bundle's fault, and a reader wants a report, not a traceback."""


def verify(
    bundle: bytes | Bundle,
    *,
    checkpoint: bytes | None,
    network: Network,
    now_s: int,
    expected: Expected | None = None,
    bls: BlsBackend | None = None,
) -> Report:
    """Returns what the bundle proves; `report.verdict` is the answer, and each line says what was found, by whom, or why it was refused."""
    try:
        parsed, seals, found = _parse(bundle)
    except OracleError as refusal:
        return _unread(refusal)
    except UNFORESEEN as error:
        return _unread(RefusedError(f"{FORMAT.name}: {error}"))

    walk = Walk(parsed, seals, checkpoint, network, now_s, expected or Expected(), bls or PyblstBackend())
    checks = [Check(FORMAT.name, Outcome.PROVEN, found, proves=FORMAT.proves)]
    for rule in CHECKS:
        if isinstance(parsed.content, rule.kinds):
            line = _check(rule, walk) if checks[-1].stands else _not_reached(rule)
            checks += [line] if line is not None else []
    return Report(
        tuple(checks),
        tuple(walk.trusted),
        tuple(walk.warnings),
        walk.conclusion,
        walk.superseded_by,
        walk.revoked_s,
        parsed.attestation,
        parsed.subject,
    )


def _unread(refusal: OracleError) -> Report:
    return Report((_ended(FORMAT, refusal), *(_not_reached(rule) for rule in CHECKS)))


def _check(rule: Rule, walk: Walk) -> Check | None:
    try:
        found = rule.step(walk)
    except OracleError as refusal:
        return _ended(rule, refusal)
    except UNFORESEEN as error:
        return _ended(rule, RefusedError(f"{rule.name}: {error}"))
    return None if found is None else Check(rule.name, found.outcome, found.detail, found.by, rule.proves)


def _ended(rule: Rule, refusal: OracleError) -> Check:
    outcome = Outcome.UNKNOWN if isinstance(refusal, CannotTellError) else Outcome.REFUTED
    return Check(rule.name, outcome, str(refusal), "", rule.proves, refusal)


def _not_reached(rule: Rule) -> Check:
    return Check(rule.name, Outcome.NOT_REACHED, "", "", rule.proves)


def _parse(bundle: bytes | Bundle) -> tuple[Bundle, tuple[bytes, bytes] | None, str]:
    if isinstance(bundle, Bundle):
        return bundle, None, "a bundle in memory"
    document = bundle_codec.parse(bundle)
    bundle_json.require_edition(document)
    parsed, stated, computed = bundle_json.read(document)
    return parsed, (stated, computed), f"bundle of {len(bundle)} bytes"
