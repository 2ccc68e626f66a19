"""Takes over what a gateway remembered before there was a log: the numbers and commitments in its `signer.json`."""

import base64
import json
from pathlib import Path

from oracle.signing.errors import SigningLogError
from oracle.signing.journal import Journal
from oracle.signing.log import Imported
from oracle.signing.statements import Ask


def take_over(journal: Journal, path: Path, now_s: int) -> int:
    """Writes what an old memory holds into an empty log and returns how many numbers that were; a log that has begun is left alone.

    Raises:
        SigningLogError: the memory is there and cannot be read.

    """
    if journal.count or not path.exists():
        return 0
    try:
        taken = [
            (
                bytes.fromhex(name.partition("/")[0]),
                Ask(name.partition("/")[2], number, digest := _bytes(commitment), digest, time_s=kept["time_s"]),
            )
            for name, kept in json.loads(path.read_bytes()).items()
            for number, commitment in kept["recent"]
        ]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SigningLogError(path, 0, f"is damaged ({error})") from error
    for key, ask in taken:
        journal.append(key, ask, 0, Imported(ask.stream, ask.time_s), now_s)
    return len(taken)


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
