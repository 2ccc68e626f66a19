"""Checks of a shipment's trip as a whole, by limits that only some policies state; each returns None where there is no such limit. Pure."""

from oracle import policy, policy_readings, policy_route
from oracle.bundle import Profile
from oracle.policy_readings import MINUTE_MS
from oracle.verify_content import moment
from oracle.verify_errors import VerdictContradictedError
from oracle.verify_journey import CONFORMS, UNMEASURED
from oracle.verify_walk import Found, Outcome, Walk


def route(walk: Walk) -> Found | None:
    """Returns if a verdict of conforming stands against the fixes, measured again by corridor and fences."""
    stated, content, statement = policy.read_policy(walk.bundle.manifest), walk.journey, walk.shipment
    if stated is None or stated.route is None:
        return None
    measured = policy_route.lines(stated.route, content.rows) if content.profile is Profile.FULL else None
    if not measured:
        whole = "has too many fixes" if measured is None else "has no fix"
        lacking = whole if content.profile is Profile.FULL else "does not hold all fixes"
        return Found(f"a {content.profile} file that {lacking}: that the route was kept is the signer's word", walk.signer, Outcome.CLAIMED)
    off = policy_readings.Excursion("off the route", policy_route.minutes_off(stated.route, measured), stated.route.allowed_minutes_off)
    if statement.verdict == CONFORMS and off.found > off.allowed:
        raise VerdictContradictedError(str(off))
    missing = policy_route.missing(stated.route, measured, stated.fewest_readings, statement.from_ms, statement.to_ms)
    if statement.verdict == CONFORMS and missing:
        return Found(f"{off}; {missing[0]}; {UNMEASURED}", walk.signer, Outcome.CLAIMED)
    return Found(str(off), "this program, from the readings")


def deadline(walk: Walk) -> Found | None:
    """Returns if a verdict of conforming stands against the deadline that the signed event names, and the time of the last reading."""
    due_ms, to_ms = walk.event.deadline_ms, walk.shipment.to_ms
    if due_ms is None:
        stated = policy.read_policy(walk.bundle.manifest)
        if stated is None or stated.deadline_hours is None:
            return None
        allowed = f"the event names no deadline, and the manifest allows {stated.deadline_hours:.4g} hours"
        return Found(f"{allowed}: that it was kept is the signer's word", walk.signer, Outcome.CLAIMED)
    apart = f"{abs(due_ms - to_ms) / MINUTE_MS:.0f} minutes {'after' if to_ms > due_ms else 'before'} the deadline, {moment(due_ms)}"
    if to_ms <= due_ms:
        return Found(f"the last reading is {apart}: that the trip had ended by then is the signer's word", walk.signer, Outcome.CLAIMED)
    if walk.shipment.verdict == CONFORMS:
        raise VerdictContradictedError(f"the last reading is {apart}")
    return Found(f"the last reading is {apart}", walk.signer)
