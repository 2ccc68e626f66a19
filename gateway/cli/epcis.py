"""`aios epcis`: supply-chain events in and out of this gateway, and the hash that names any event."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from gateway.cli.terminal import DEFAULT_CONFIG, ConfigOption, JsonOption, err, fail, out, print_table, visible

if TYPE_CHECKING:
    from oracle.epcis.document import Event
    from oracle.epcis.query import Query
    from oracle.epcis.shapes import Problem

app = typer.Typer(no_args_is_help=True)

CAPTURE_SECONDS = 120.0
"""The largest document is checked and stored well within this."""

FileArgument = Annotated[Path, typer.Argument(help="An EPCIS 2.0 document, query document or single event in JSON; XML is not read.")]
Many = list[str] | None
TypeOption = Annotated[Many, typer.Option("--type", help="Event type, such as ObjectEvent; may be repeated, as all of these.")]
FromOption = Annotated[str, typer.Option("--from", help="From this time on, with a zone: 2026-03-04T10:00:00Z.")]
BeforeOption = Annotated[str, typer.Option("--before", help="Before this time.")]
ActionOption = Annotated[Many, typer.Option("--action", help="ADD, OBSERVE or DELETE.")]
StepOption = Annotated[Many, typer.Option("--biz-step", help="Business step: a bare word or a URI.")]
DispositionOption = Annotated[Many, typer.Option("--disposition", help="Disposition: a bare word or a URI.")]
EpcOption = Annotated[Many, typer.Option("--epc", help="A thing the event is about: EPC URN, Digital Link, or a pattern.")]
AnyEpcOption = Annotated[Many, typer.Option("--any-epc", help="The same, parents, inputs and outputs included.")]
PlaceOption = Annotated[Many, typer.Option("--read-point", help="Where it happened.")]
IdOption = Annotated[Many, typer.Option("--event-id", help="The event's own name.")]
ErrorsOption = Annotated[bool | None, typer.Option("--errors/--no-errors", help="Only error declarations, or none of them.")]


@app.callback()
def epcis() -> None:
    """Hashes, imports, exports and finds EPCIS 2.0 events.

    Example: `aios epcis hash shipment.json`
    """


@app.command("hash")
def hash_(
    file: FileArgument,
    profile: Annotated[Literal["2.0", "2.1"], typer.Option(help="Which edition of the Core Business Vocabulary's rules.")] = "2.0",
    vocabulary: Annotated[
        str, typer.Option(help="What `gs1:` means; the published 2.0.0 context and older generators say https://gs1.org/voc/.")
    ] = "https://ref.gs1.org/voc/",
    prehash: Annotated[bool, typer.Option("--prehash", help="Print the text that is hashed, too.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Prints the CBV hash of each event of a document, one a line.

    Needs no gateway. The document's shape is checked; what else is wrong with it is said and does not matter here. Exits with 1 where the
    document has no EPCIS 2.0 shape.

    Example: `aios epcis hash event.json --profile 2.1`
    """
    from oracle.epcis import facts, schema
    from oracle.epcis.document import EpcisRefusedError, located, parse
    from oracle.epcis.event_hash import Profile, event_hash, hash_uri
    from oracle.epcis.event_hash import prehash as text_of
    from oracle.errors import MalformedDocumentError

    rules = Profile(f"CBV{profile}")
    rows = []
    try:
        document = parse(_read(file))
        if problems := tuple(schema.problems(document)):
            raise EpcisRefusedError(problems)
        context = document["@context"]
        for path, event in located(document):
            text = text_of(event, profile=rules, context=context, vocabulary=vocabulary)
            uri = hash_uri(event_hash(event, profile=rules, context=context, vocabulary=vocabulary), rules)
            rows.append({"pointer": path, "type": event["type"], "eventID": event.get("eventID"), "hash": uri, "prehash": text})
            _note(file, facts.problems(event, path, None))
    except MalformedDocumentError as error:
        _refuse(file, error)
    if as_json:
        out.print_json(json.dumps([row if prehash else {name: row[name] for name in row if name != "prehash"} for row in rows]))
        return
    for row in rows:
        out.print(row["hash"], markup=False)
        if prehash:
            out.print(f"  {visible(row['prehash'])}", markup=False)


@app.command("import")
def import_(
    files: Annotated[list[Path], typer.Argument(help="EPCIS 2.0 documents, query documents or single events in JSON; XML is not read.")],
    path: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Captures the events of documents; the gateway must be running. Each document is taken whole or not at all, and again changes nothing.

    Exits with 1 if a document is refused, with each problem and its field, and with 2 if a file cannot be read; the others are captured all
    the same. What is taken but worth less, such as sensor data of which nothing says how the device was calibrated, is noted.

    Example: `aios epcis import partner/*.json`
    """
    from rich.progress import track

    from gateway.control import CommandRefusedError, call_within
    from gateway.settings import load
    from oracle.epcis.document import EpcisRefusedError, read
    from oracle.errors import MalformedDocumentError

    data_dir = Path(load(path).gateway.data_dir)
    rows: list[dict[str, Any]] = []
    unread = False
    for file in track(files, "capturing", console=err, transient=True, disable=len(files) < 2 or not err.is_terminal):
        try:
            data = _bytes(file)
        except OSError as error:
            unread = True
            rows.append({"file": str(file), "problems": [f"cannot be read: {error.strerror or error}; check its name and whose it is"]})
            continue
        try:
            # Here without a clock, to name every problem; the gateway checks again, with its own.
            document = read(data)
            answer = call_within(CAPTURE_SECONDS, data_dir, "epcis-capture", document=data.decode("utf-8-sig"))
            rows.append({"file": str(file), "new": answer["new"], "known": answer["known"], "problems": []})
            _note(file, (mark for event in document.events for mark in event.marks))
        except MalformedDocumentError as error:
            found = error.problems if isinstance(error, EpcisRefusedError) else ()
            rows.append({"file": str(file), "problems": [f"{one.pointer}: {one.reason}" for one in found] or [str(error)]})
        except CommandRefusedError as error:
            rows.append({"file": str(file), "problems": [str(error)]})
    if as_json:
        out.print_json(json.dumps(rows))
    for row in rows if not as_json else ():
        if row["problems"]:
            for said in row["problems"]:
                err.print(f"aios: {visible(row['file'])}: {visible(said)}", style="red", markup=False)
        else:
            out.print(f"{visible(row['file'])}: {row['new']} captured, {row['known']} known already", markup=False)
    if any(row["problems"] for row in rows):
        raise typer.Exit(2 if unread else 1)


@app.command()
def export(
    path: ConfigOption = DEFAULT_CONFIG,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="The file to write; standard output without it.")] = None,
    types: TypeOption = None,
    since: FromOption = "",
    before: BeforeOption = "",
    actions: ActionOption = None,
    steps: StepOption = None,
    dispositions: DispositionOption = None,
    epcs: EpcOption = None,
    any_epcs: AnyEpcOption = None,
    places: PlaceOption = None,
    ids: IdOption = None,
    errors: ErrorsOption = None,
) -> None:
    """Writes the recorded events, ours and captured ones, as an EPCISDocument; filters choose which. Works whether the gateway runs or not.

    Example: `aios epcis export --epc https://id.gs1.org/00/106141412345678908 -o shipment.json`
    """
    import time

    from gateway.files import write_whole
    from oracle.epcis.document import write

    asked = _query(types, since, before, actions, steps, dispositions, epcs, any_epcs, places, ids, errors)
    document = write(_all(path, asked), created_ms=time.time_ns() // 1_000_000)
    text = json.dumps(document, indent=2, ensure_ascii=False)
    if output is None:
        out.print(text, markup=False)
        return
    write_whole(output, f"{text}\n".encode())
    err.print(f"{len(document['epcisBody']['eventList'])} events written to {visible(str(output))}", markup=False)


@app.command()
def query(
    path: ConfigOption = DEFAULT_CONFIG,
    types: TypeOption = None,
    since: FromOption = "",
    before: BeforeOption = "",
    actions: ActionOption = None,
    steps: StepOption = None,
    dispositions: DispositionOption = None,
    epcs: EpcOption = None,
    any_epcs: AnyEpcOption = None,
    places: PlaceOption = None,
    ids: IdOption = None,
    errors: ErrorsOption = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="How many at most.")] = 100,
    as_json: JsonOption = False,
) -> None:
    """Lists recorded events, ours and captured ones, in the order of capture. Works whether the gateway runs or not.

    Example: `aios epcis query --biz-step shipping --from 2026-03-01T00:00:00Z`
    """
    import time
    from itertools import islice

    from oracle.epcis.document import moment, write_query

    asked = _query(types, since, before, actions, steps, dispositions, epcs, any_epcs, places, ids, errors)
    found = list(islice(_all(path, asked), limit))
    if as_json:
        out.print_json(json.dumps(write_query(found, created_ms=time.time_ns() // 1_000_000)))
        return
    columns = ("time", "type", "about", "step", "action", "disposition", "where", "event")
    print_table(columns, [(moment(one.time_ms), *_cells(one)) for one in found])


def _cells(event: "Event") -> tuple[str, ...]:
    from oracle.epcis.query import epcs

    body = event.json
    things = epcs(body)
    about = f"{things[0]} and {len(things) - 1} more" if len(things) > 1 else things[0] if things else "-"
    kind = f"{event.kind} (declared wrong)" if event.error else event.kind
    place = body.get("readPoint", {}).get("id", "-")
    return kind, about, body.get("bizStep", "-"), body.get("action", "-"), body.get("disposition", "-"), place, event.id


def _query(
    types: Many,
    since: str,
    before: str,
    actions: Many,
    steps: Many,
    dispositions: Many,
    epcs: Many,
    any_epcs: Many,
    places: Many,
    ids: Many,
    errors: bool | None,
) -> "Query":
    """Returns the query of the options; a wrong value ends the process as a wrong call."""
    from oracle.epcis.query import MAX_PER_PAGE, Query, QueryRefusedError

    given = {
        "eventType": types,
        "GE_eventTime": [since] if since else None,
        "LT_eventTime": [before] if before else None,
        "EQ_action": actions,
        "EQ_bizStep": steps,
        "EQ_disposition": dispositions,
        "MATCH_epc": epcs,
        "MATCH_anyEPC": any_epcs,
        "EQ_readPoint": places,
        "EQ_eventID": ids,
        "EXISTS_errorDeclaration": None if errors is None else [str(errors).lower()],
        "perPage": [str(MAX_PER_PAGE)],
    }
    try:
        return Query.from_pairs({name: values for name, values in given.items() if values})
    except QueryRefusedError as error:
        fail(str(error), code=2)


def _all(path: Path, asked: "Query") -> Iterator["Event"]:
    """Yields every event that a query asks for, page after page."""
    from dataclasses import replace

    from gateway.cli.reading import open_store
    from gateway.settings import load
    from gateway.store import epcis as table

    with open_store(load(path)) as connection:
        after: int | None = asked.after
        while after is not None:
            page = table.query(connection, replace(asked, after=after))
            yield from page.events
            after = page.after


def _note(file: Path, found: "Iterable[Problem]") -> None:
    for one in found:
        err.print(f"note: {visible(str(file))}: {visible(one.pointer)}: {visible(one.reason)}", style="yellow", markup=False)


def _bytes(file: Path) -> bytes:
    from oracle.epcis.document import MAX_BYTES

    with file.open("rb") as opened:
        return opened.read(MAX_BYTES + 1)


def _read(file: Path) -> bytes:
    try:
        return _bytes(file)
    except OSError as error:
        fail(f"{file}: cannot be read: {error.strerror}; check its name and whose it is", code=2)


def _refuse(file: Path, error: Exception) -> None:
    from oracle.epcis.document import EpcisRefusedError

    found = error.problems if isinstance(error, EpcisRefusedError) else ()
    fail(*([f"{file}: {one.pointer}: {one.reason}" for one in found] or [f"{file}: {error}"]), code=1)
