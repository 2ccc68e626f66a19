"""Times as people write them on the command line."""

from datetime import datetime

from gateway.cli.terminal import fail

SHOWN = 40
"""Characters of a wrong value that are repeated."""


def milliseconds(option: str, text: str) -> int:
    """Returns a time with its zone in milliseconds since the Unix epoch; otherwise ends the process with exit code 2."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        fail(f"{option} {text[:SHOWN]!r} is no time with a zone, such as 2026-11-27T18:00:00Z or 2026-11-27T19:00+01:00", code=2)
    return round(moment.timestamp() * 1000)
