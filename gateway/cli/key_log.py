"""`aios key log`: what a signer signed, checked and shown."""

import json
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.terminal import err, fail, out

if TYPE_CHECKING:
    from oracle.signing.log import Record
    from oracle.signing.statements import Ask

app = typer.Typer(no_args_is_help=True)

LogOption = Annotated[Path, typer.Option("--log", help="The signer's log, signed.jsonl in its directory.")]
"""Which log; it may be read while the signer runs."""
REPORT_EVERY = 20_000
"""Records between two looks at the progress bar."""


@app.callback()
def log() -> None:
    """Checks and shows the log of everything that a signer signed.

    Example: `aios key log verify --log /var/lib/aios-signer/signed.jsonl`
    """


@app.command()
def verify(
    log: LogOption,
    head: Annotated[
        str | None, typer.Option(metavar="0x..", help="Hash that the newest record had when it was noted: it must still be there.")
    ] = None,
) -> None:
    """Checks the whole log: the chain of hashes, and every digest against its statement. Exit code 0 if it holds, 1 with the record if not.

    A last record that is torn counts as one that does not hold: a crash leaves such a piece, and the signer cuts it off when it starts, but
    so does somebody who cuts the log short.

    Prints the newest record's hash. Note it somewhere else from time to time, and give it with --head later: a log that was cut short, or
    written anew from the beginning, no longer holds it.

    Example: `aios key log verify --log /var/lib/aios-signer/signed.jsonl`
    """
    from gateway.cli.hexadecimal import pinned
    from oracle.signing.errors import SigningLogError
    from oracle.signing.log import GENESIS, encode, hash_of

    wanted = pinned("--head", head, 32)
    count, newest, found = 0, GENESIS, wanted in {None, GENESIS}
    torn: list[tuple[int, int]] = []
    try:
        for record, _ in _records(log, lambda *piece: torn.append(piece)):
            count, newest = count + 1, hash_of(encode(record))
            found = found or newest == wanted
    except SigningLogError as error:
        fail(str(error), code=1)
    if not found:
        fail(f"{log}: no record has the hash {head}: the log was cut short or written anew since it was noted", code=1)
    out.print(f"0x{newest.hex()}")
    for number, length in torn:
        fail(
            f"{log}: record {number} is torn: {length} bytes of it, without an end. After a crash the signer cuts it off when it starts; "
            f"if there was none, the log was cut short. The {count} records before it hold",
            code=1,
        )
    err.print(f"{count} records hold", style="green", markup=False)


@app.command()
def show(
    log: LogOption,
    last: Annotated[int, typer.Option(min=1, help="How many records, newest last.")] = 20,
) -> None:
    """Prints the newest records as JSON, one a line, with bytes in hexadecimal.

    Example: `aios key log show --log /var/lib/aios-signer/signed.jsonl --last 5`
    """
    from collections import deque

    for record, ask in deque(_records(log), maxlen=last):
        out.print(json.dumps(_shown(record, ask), ensure_ascii=True), markup=False)


def summary(log: Path) -> list[dict[str, Any]]:
    """Returns one row for each key and stream of a log."""
    from oracle.hexes import to_checksum

    rows: dict[tuple[bytes, str], dict[str, Any]] = {}
    for record, ask in _records(log):
        at = datetime.fromtimestamp(record.at_s, UTC).strftime("%Y-%m-%d %H:%M:%S")
        fresh = {"key": to_checksum(record.key), "stream": ask.stream, "signatures": 0, "lastNumber": -1, "newest": at, "first": at}
        row = rows.setdefault((record.key, ask.stream), fresh)
        row |= {"signatures": row["signatures"] + 1, "lastNumber": max(row["lastNumber"], ask.sequence), "newest": at}
    return list(rows.values())


def _records(log: Path, on_torn: Callable[[int, int], None] | None = None) -> "Iterator[tuple[Record, Ask]]":
    from rich.progress import BarColumn, Progress, TextColumn

    from oracle.signing.journal import read_log

    size = log.stat().st_size if log.exists() else 0
    with Progress(TextColumn("{task.description}"), BarColumn(), console=err, transient=True, disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task("reading", total=size)
        for record, ask in read_log(log, on_torn=on_torn):
            if record.number % REPORT_EVERY == 0:
                # Lines are of one length, more or less: what is left is guessed from the first.
                progress.update(task, completed=min(size, record.number * 900))
            yield record, ask


def _shown(record: "Record", ask: "Ask") -> dict[str, Any]:
    import msgspec

    from oracle.hexes import to_checksum

    return {
        "number": record.number,
        "at": datetime.fromtimestamp(record.at_s, UTC).isoformat(),
        "key": to_checksum(record.key),
        "stream": ask.stream,
        "sequence": ask.sequence,
        "digest": f"0x{record.digest.hex()}",
        "what": _hex(msgspec.to_builtins(record.what, builtin_types=(bytes,))),
        "previous": f"0x{record.previous.hex()}",
    }


def _hex(value: Any) -> Any:
    if isinstance(value, bytes):
        return f"0x{value.hex()}"
    return {name: _hex(inner) for name, inner in value.items()} if isinstance(value, dict) else value
