"""How much each source is preferred: availability and quality apart, because a slow server is a nuisance and a lying one a danger.

Both are moving averages in [0, 1] that start at 1. A refused answer costs quality heavily and is forgotten slowly; a time-out costs
availability lightly and is forgotten soon. Quality decides first. Pure: nothing here knows what a source is.
"""

from dataclasses import dataclass, replace

AVAILABILITY_WEIGHT = 0.3
"""Share of the latest call in availability: five good answers forget a time-out."""

QUALITY_LOSS = 0.5
"""What is left of quality after a refused answer."""

QUALITY_GAIN = 0.02
"""Share of the gap to 1 that an accepted answer closes: some fifty good answers forgive a bad one."""


@dataclass(frozen=True, slots=True)
class Score:
    """What is known of one source."""

    name: str
    """The source."""
    availability: float = 1.0
    """How often it answers."""
    quality: float = 1.0
    """How often its answers verify."""
    accepted: int = 0
    """Answers that verified."""
    refused: int = 0
    """Answers that were refused."""
    failed: int = 0
    """Calls without an answer."""
    last_problem: str = ""
    """The latest refusal or failure, by class and message."""


def accepted(score: Score) -> Score:
    """Returns the score after an answer that verified."""
    availability = score.availability + AVAILABILITY_WEIGHT * (1 - score.availability)
    quality = score.quality + QUALITY_GAIN * (1 - score.quality)
    return replace(score, availability=availability, quality=quality, accepted=score.accepted + 1)


def refused(score: Score, problem: str) -> Score:
    """Returns the score after an answer that was refused."""
    return replace(score, quality=score.quality * QUALITY_LOSS, refused=score.refused + 1, last_problem=problem)


def failed(score: Score, problem: str) -> Score:
    """Returns the score after a call without an answer."""
    availability = score.availability * (1 - AVAILABILITY_WEIGHT)
    return replace(score, availability=availability, failed=score.failed + 1, last_problem=problem)


def order(scores: list[Score]) -> list[int]:
    """Returns the places of the scores, best first; ties keep the configured order."""
    return sorted(range(len(scores)), key=lambda i: (-round(scores[i].quality, 1), -round(scores[i].availability, 1), i))
