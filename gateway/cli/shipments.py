"""`aios shipments`: what people and warehouse systems tell the gateway about shipments, and what it knows of them."""

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.handover import handover
from gateway.cli.terminal import DEFAULT_CONFIG, ConfigOption, JsonOption, fail, out, print_table, visible

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge_agents.conditions.agent import Conditions
    from edge_agents.settings import AgentSettings

app = typer.Typer(no_args_is_help=True)
app.command("handover")(handover)

SsccArgument = Annotated[str, typer.Argument(metavar="SSCC", help="The shipment's GS1 key: 18 digits, the last a check digit.")]
AtOption = Annotated[
    str | None, typer.Option("--at", metavar="TIME", help="When it happened, such as 2026-11-27T18:00:00Z; without it, now.")
]
DeviceOption = Annotated[str, typer.Option(help="The device's id.")]


@app.callback()
def shipments() -> None:
    """Opens, measures, hands over, receives, disputes and corrects shipments. All but list and show need the running gateway.

    Example: `aios shipments list --config demo-data/gateway.toml`
    """


@app.command("list")
def list_(path: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Lists the shipments with their verdict and how far their proof has come.

    Works whether the gateway runs or not.

    Example: `aios shipments list --config demo-data/gateway.toml`
    """
    from gateway.cli.reading import moment, open_store
    from gateway.settings import load
    from gateway.store import bundles, findings
    from gateway.store import shipments as table
    from gateway.wording import verdict

    rows, verdicts = [], []
    with open_store(load(path)) as connection:
        for shipment in table.select_all(connection):
            found = list(findings.select_subject(connection, shipment.subject))
            bundle = bundles.get(connection, shipment.subject)
            verdicts.append(verdict(found[-1].finding) if found else "-")
            rows.append(
                {
                    "subject": shipment.subject,
                    "life": shipment.life.value,
                    "device": shipment.device,
                    "product": shipment.product,
                    "opened": moment(shipment.opened_ms),
                    "closed": moment(shipment.closed_ms),
                    "verdict": found[-1].finding.label if found else "-",
                    "proof": table.progress(connection, shipment.subject).value,
                    "bundle": bundle.path if bundle else "-",
                }
            )
    if as_json:
        out.print_json(json.dumps(rows))
        return
    names = ("verdict", "proof", "life", "device", "closed", "opened", "product", "bundle")
    columns = {"shipment": "subject"} | {name: name for name in names}
    # A script reads the agent's own label; a person the word that `aios verify` has for it.
    shown = [row | {"verdict": said} for row, said in zip(rows, verdicts, strict=True)]
    print_table(list(columns), [[row[key] for key in columns.values()] for row in shown])


@app.command("show")
def show_(sscc: SsccArgument, path: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Shows one shipment: verdicts and corrections, devices, gaps, other gateways' parts, custody, and every step of its life.

    Exit code 2 if it is not known. Works whether the gateway runs or not. With --json it holds the EPCIS event of each step.

    Example: `aios shipments show 106141412345678908`
    """
    from gateway import forecast
    from gateway.cli import shipment_show
    from gateway.cli.reading import open_store
    from gateway.settings import load
    from gateway.shipment_view import view
    from gateway.shipments import subject_of

    settings = load(path)
    with open_store(settings) as connection:
        now_ms = time.time_ns() // 1_000_000
        found = view(connection, subject_of(sscc), _agents(settings.agents), now_ms)
        expected = forecast.of_shipment(connection, found.shipment, now_ms)
    if as_json:
        out.print_json(shipment_show.as_json(found))
    else:
        shipment_show.show(found)
        if expected is not None:
            out.print(f"forecast: {forecast.sentence(expected)}", markup=False)


@app.command("open")
def open_(
    sscc: SsccArgument,
    device: Annotated[str, typer.Option(help="The device that travels with it; `attach` adds more.")],
    product: Annotated[
        str | None, typer.Option(help="Whose policy applies: vaccine, gdp-2-8, frozen, bananas ...; that of agents.product if not given.")
    ] = None,
    deadline: Annotated[
        str | None, typer.Option(metavar="TIME", help="When it has to end, where the policy's own deadline is not meant.")
    ] = None,
    at: AtOption = None,
    path: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Begins a shipment with its first device, under a product's policy.

    Example: `aios shipments open 106141412345678908 --device reefer-1 --product vaccine`
    """
    from gateway.settings import load

    policy = load(path).agents.product if product is None else product
    answer = _call(
        path, "shipments-open", sscc=sscc, device=device, product=policy, deadline=_time("--deadline", deadline), at=_time("--at", at)
    )
    out.print(f"{answer['subject']} is open with {visible(device)}, under policy {visible(policy)}", markup=False)


@app.command()
def pack(
    sscc: SsccArgument,
    item: Annotated[
        list[str] | None, typer.Option(metavar="EPC", help="A single item's EPC: Digital Link or URN; may be repeated.")
    ] = None,
    quantity: Annotated[
        list[str] | None, typer.Option(metavar="CLASS=AMOUNT[UNIT]", help="So much of a class, such as .../10/L42=250 or ...=12.5KGM.")
    ] = None,
    at: AtOption = None,
    path: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Says which goods are inside a shipment.

    Example: `aios shipments pack 106141412345678908 --quantity https://id.gs1.org/01/09506000134352/10/L42=250`
    """
    contents = {"items": item or [], "quantities": [_amount(one) for one in quantity or []]}
    if not item and not quantity:
        fail("name what is inside with --item or --quantity", code=2)
    _say(path, "shipments-pack", sscc, at, **contents)


@app.command()
def attach(sscc: SsccArgument, device: DeviceOption, at: AtOption = None, path: ConfigOption = DEFAULT_CONFIG) -> None:
    """Lets one more device travel with an open shipment.

    Example: `aios shipments attach 106141412345678908 --device logger-7`
    """
    _call(path, "shipments-attach", sscc=sscc, device=device, at=_time("--at", at))
    out.print(f"{device} travels with {sscc}", markup=False)


@app.command()
def detach(sscc: SsccArgument, device: DeviceOption, at: AtOption = None, path: ConfigOption = DEFAULT_CONFIG) -> None:
    """Lets a device go; what it states from then on is not the shipment's.

    Example: `aios shipments detach 106141412345678908 --device logger-7`
    """
    _call(path, "shipments-detach", sscc=sscc, device=device, at=_time("--at", at))
    out.print(f"{device} no longer travels with {sscc}", markup=False)


@app.command()
def depart(sscc: SsccArgument, at: AtOption = None, path: ConfigOption = DEFAULT_CONFIG) -> None:
    """Says that a shipment left.

    Example: `aios shipments depart 106141412345678908`
    """
    _say(path, "shipments-depart", sscc, at)


@app.command()
def receive(sscc: SsccArgument, at: AtOption = None, path: ConfigOption = DEFAULT_CONFIG) -> None:
    """Says that a shipment arrived, which ends measuring. It is judged once its last readings have settled.

    Example: `aios shipments receive 106141412345678908`
    """
    _say(path, "shipments-receive", sscc, at)


@app.command()
def dispute(
    sscc: SsccArgument,
    reason: Annotated[str, typer.Option(help="Why.")],
    by: Annotated[str, typer.Option(help="Who objects, such as a GLN's Digital Link.")] = "",
    at: AtOption = None,
    path: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Says that a party objects to what was stated about a shipment.

    Example: `aios shipments dispute 106141412345678908 --reason "logger-7 stood beside the pallet" --by https://id.gs1.org/417/9506000134352`
    """
    _say(path, "shipments-dispute", sscc, at, reason=reason, by=by)


@app.command()
def correct(
    sscc: SsccArgument,
    reason: Annotated[str, typer.Option(help="What was wrong.")],
    product: Annotated[str | None, typer.Option(help="The policy that should have applied.")] = None,
    opened: Annotated[str | None, typer.Option(metavar="TIME", help="When the trip really began.")] = None,
    closed: Annotated[str | None, typer.Option(metavar="TIME", help="When it really ended.")] = None,
    deadline: Annotated[str | None, typer.Option(metavar="TIME", help="When it had to end.")] = None,
    device: Annotated[
        list[str] | None, typer.Option(metavar="ID[=FROM/TO]", help="When a device really travelled; ID alone says never; may be repeated.")
    ] = None,
    path: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Mends what a statement rests on. The shipment is judged and attested again, and the new attestation names the one that it corrects.

    Late readings count in any case.

    Example: `aios shipments correct 106141412345678908 --reason "logger-7 stood beside the pallet" --device logger-7`
    """
    devices: dict[str, list[list[int]]] = {}
    for one in device or []:
        name, span = _span(one)
        devices.setdefault(name, []).extend([span] if span else [])
    moments = {"opened": _time("--opened", opened), "closed": _time("--closed", closed), "deadline": _time("--deadline", deadline)}
    answer = _call(path, "shipments-correct", sscc=sscc, reason=reason, product=product, devices=devices, **moments)
    out.print(f"{answer['subject']} is judged again, correction {answer['edition']}", markup=False)


@app.command()
def cover(
    sscc: SsccArgument,
    attestation: Annotated[Path, typer.Argument(metavar="FILE", help="The other gateway's attestation.")],
    path: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Records the part of a trip about which another gateway has attested, from its attestation in eas-sdk's JSON.

    Example: `aios shipments cover 106141412345678908 attestation.json`
    """
    from gateway.cli.reading import moment
    from oracle.attestation_json import MAX_TEXT, loads, to_json

    with attestation.open("rb") as file:
        document = to_json(loads(file.read(MAX_TEXT + 1)))
    answer = _call(path, "shipments-cover", sscc=sscc, attestation=document)
    begin, end = moment(int(str(answer["from"]))), moment(int(str(answer["to"])))
    out.print(f"{answer['subject']} is covered from {begin} to {end} by 0x{answer['uid']}", markup=False)


@app.command()
def close(sscc: SsccArgument, at: AtOption = None, path: ConfigOption = DEFAULT_CONFIG) -> None:
    """Ends measuring wherever the goods are, as when they go on under another gateway. It is judged once its last readings have settled.

    Example: `aios shipments close 106141412345678908`
    """
    answer = _call(path, "shipments-close", sscc=sscc, at=_time("--at", at))
    out.print(f"{answer['subject']} is closed and will be judged", markup=False)


def _say(path: Path, command: str, sscc: str, at: str | None, **arguments: Any) -> None:
    answer = _call(path, command, sscc=sscc, at=_time("--at", at), **arguments)
    out.print(f"{answer['subject']} is {answer['life']}", markup=False)


def _call(path: Path, command: str, **arguments: Any) -> dict[str, object]:
    from gateway.control import call
    from gateway.settings import load

    return call(Path(load(path).gateway.data_dir), command, **{name: value for name, value in arguments.items() if value is not None})


def _time(option: str, text: str | None) -> int | None:
    from gateway.cli.moments import milliseconds

    return None if text is None else milliseconds(option, text)


def _amount(text: str) -> dict[str, object]:
    uri, _, amount = text.rpartition("=")
    number = amount.rstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    try:
        found: dict[str, object] = {"epcClass": uri, "quantity": float(number)}
    except ValueError:
        fail(f"--quantity {text[:70]!r} is not CLASS=AMOUNT, such as https://id.gs1.org/01/09506000134352/10/L42=250", code=2)
    return found | ({"uom": amount[len(number) :]} if len(number) < len(amount) else {})


def _span(text: str) -> tuple[str, list[int]]:
    from gateway.cli.moments import milliseconds

    name, equals, span = text.partition("=")
    if not equals:
        return name, []
    start, slash, end = span.partition("/")
    if not slash:
        fail(f"--device {text[:70]!r} is not ID=FROM/TO with two times", code=2)
    return name, [milliseconds("--device", start), milliseconds("--device", end)]


def _agents(settings: "AgentSettings") -> "Callable[[str], Conditions | None]":
    from edge_agents.conditions.agent import Conditions, products

    known = products(settings.policies)
    return lambda product: Conditions.load(product, settings) if product in known else None
