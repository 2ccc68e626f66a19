"""`aios oracle`: what this gateway has published, what that cost, and what an operator may tell the publisher."""

import dataclasses
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.abandon import abandon
from gateway.cli.terminal import DEFAULT_CONFIG, ConfigOption, JsonOption, fail, out, print_table

if TYPE_CHECKING:
    from gateway.settings import OracleSettings
    from gateway.store.oracle_summary import Ballot, OracleSummary

app = typer.Typer(no_args_is_help=True)
app.command()(abandon)
WEI_PER_ETHER = 10**18
"""Wei in one ether."""
STATES = ("staged", "signed", "sent", "included", "replaced", "final", "reported")
"""Columns of the table, in the order in which a publication goes through them."""


@app.callback()
def oracle() -> None:
    """Shows and steers what the gateway writes on chain.

    Example: `aios oracle status --config demo-data/gateway.toml`
    """


@app.command()
def status(path: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Shows batches, transactions by kind and state, fees, what is left of the day's budget, how long statements wait, and each verdict.

    Works whether the gateway runs or not. Fees of a transaction whose receipt was not seen yet count at the most that they can be.

    Example: `aios oracle status --config demo-data/gateway.toml --json`
    """
    from gateway.cli.reading import open_store
    from gateway.settings import load
    from gateway.store.oracle_summary import select_ballots, senders, summarise
    from gateway.store.verdicts import select_awaited

    settings = load(path)
    if settings.oracle is None:
        out.print("[]" if as_json else f"{path}: has no [oracle], so nothing is published", markup=False)
        return
    now_ms = time.time_ns() // 1_000_000
    with open_store(settings) as connection:
        summaries = {gateway: summarise(connection, gateway, now_ms) for gateway in senders(connection)}
        awaited = len(select_awaited(connection))
        ballots = {gateway: select_ballots(connection, gateway) for gateway in summaries}
    facts = [_facts(gateway, summary, settings.oracle, now_ms) for gateway, summary in summaries.items()]
    for fact, gateway in zip(facts, summaries, strict=True):
        fact["verdicts"] = [_ballot(one) for one in ballots[gateway]]
    if as_json:
        out.print_json(json.dumps(facts))
        return
    if not facts:
        out.print("nothing is published yet" + (f"; verdicts awaited: {awaited}" if awaited else ""))
    for fact in facts:
        _show(fact)


@app.command("await")
def await_(
    subject: Annotated[str, typer.Argument(metavar="SUBJECT", help="Digital Link path of the subject, such as 00/106141412345678908.")],
    recipient: Annotated[str, typer.Option("--recipient", metavar="0x..", help="The escrow's buyer, or the bond's supplier.")],
    policy: Annotated[
        str,
        typer.Option(
            metavar="NAME|0x..", help="The escrow's condition policy: a product's name or the hash; the shipment's own if not given."
        ),
    ] = "",
    forget: Annotated[bool, typer.Option("--forget", help="Await it no longer; what is published already stays.")] = False,
    path: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Names for whom, and by which policy, a verdict about a subject is published: both are part of what names an escrow or bond.

    Several may be awaited about one subject, one for each recipient and policy. A shipment is judged by each policy that is named here,
    beside its own, as the policy stands now. Where oracle.verdicts.automatic is set, the running gateway publishes each verdict once there
    is a statement and the escrow takes it.

    Example: `aios oracle await 00/106141412345678908 --recipient 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --policy frozen`
    """
    from gateway.cli.hexadecimal import exactly
    from gateway.control import call
    from gateway.settings import load

    buyer = exactly("--recipient", recipient, 20)
    if not any(buyer) and not forget:
        fail("--recipient is the zero address, which opens no escrow and is owed no bond: name the buyer or the supplier", code=2)
    folder = Path(load(path).gateway.data_dir)
    answer = call(folder, "oracle-await", subject=subject, recipient=f"0x{buyer.hex()}", policy=policy, forget=forget)
    by = f" by policy {answer['agent']}" if answer["agent"] else ""
    is_awaited = "is no longer awaited" if forget else "is awaited"
    out.print(f"the verdict about {answer['subject']} for {answer['recipient']}{by} {is_awaited}", markup=False)


@app.command()
def verdict(
    subject: Annotated[str, typer.Argument(metavar="SUBJECT", help="Digital Link path of the subject, such as 00/106141412345678908.")],
    path: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Publishes the verdicts about a subject on chain that escrows or bonds await; money moves by them.

    Once for each recipient and policy that `aios oracle await` named. The running gateway stages them, and publishes and proves them like
    an anchor. Exit code 2 if it refuses all of them, with the reason.

    Example: `aios oracle verdict 00/106141412345678908`
    """
    from gateway.control import call
    from gateway.settings import load

    answer = call(Path(load(path).gateway.data_dir), "oracle-verdict", subject=subject)
    for one in answer["verdicts"]:
        out.print(f"verdict {one['index']} is {one['state']}; follow it with `aios oracle status`", markup=False)


@app.command()
def accept(
    address: Annotated[
        str, typer.Argument(metavar="ADDRESS", help="The contract, as the condition `publisher.contract_changed` names it.")
    ],
    path: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Accepts a contract that was upgraded: its code as it is now is taken for the right one, and publishing goes on.

    Read the announcement of its operators first: from now on your transactions go to other code than before.

    Example: `aios oracle accept 0x4200000000000000000000000000000000000021`
    """
    from gateway.cli.hexadecimal import exactly
    from gateway.control import call
    from gateway.settings import load
    from oracle.hexes import to_checksum

    contract = exactly("ADDRESS", address, 20)
    answer = call(Path(load(path).gateway.data_dir), "oracle-accept", address=f"0x{contract.hex()}")
    if not answer["accepted"]:
        fail(f"{to_checksum(contract)}: no code of it was ever kept, so there is nothing to accept", code=1)
    out.print(f"{to_checksum(contract)}: accepted as it is now", markup=False)


def _facts(gateway: bytes, summary: "OracleSummary", settings: "OracleSettings", now_ms: int) -> dict[str, Any]:
    from oracle.hexes import to_checksum

    budget = settings.publisher.fees.budget_wei_per_day
    oldest = summary.oldest_unanchored_ms
    return {
        "gateway": to_checksum(gateway),
        "chain_id": settings.chain_id,
        "ends_as": "final" if settings.assurance == "proven" else "reported",
        **dataclasses.asdict(summary),
        "budget_wei_per_day": budget,
        "budget_left_wei": max(budget - summary.spent_today_wei, 0) if budget else None,
        "oldest_unanchored_seconds": None if oldest is None else max(now_ms - oldest, 0) // 1000,
    }


def _show(fact: dict[str, Any]) -> None:
    age = fact["oldest_unanchored_seconds"]
    left = fact["budget_left_wei"]
    lines = {
        "gateway": f"{fact['gateway']} on chain {fact['chain_id']}",
        "batches": f"{fact['batches']} with {fact['attestations']} statements; {fact['unbatched']} wait for a batch",
        "transactions": str(fact["transactions"]),
        "fees spent": f"{fact['spent_wei'] / WEI_PER_ETHER:.6f} ether, {fact['spent_today_wei'] / WEI_PER_ETHER:.6f} of it today (UTC)",
        "budget left today": "no limit" if left is None else f"{left / WEI_PER_ETHER:.6f} ether",
        "oldest unanchored": "nothing waits" if age is None else f"{age // 3600} h {age % 3600 // 60} min",
    }
    for name, text in lines.items():
        out.print(f"{name:18}  {text}", markup=False)
    seen = {state for counts in fact["states"].values() for state in counts} | {fact["ends_as"]}
    states = [state for state in STATES if state in seen]
    rows = [[kind, *(str(counts.get(state, 0)) for state in states)] for kind, counts in fact["states"].items()]
    if rows:
        print_table(["kind", *states], rows)
    if fact["verdicts"]:
        columns = ("subject", "recipient", "agent", "state")
        print_table(["verdict about", "for", "by policy", "state"], [[one[name] for name in columns] for one in fact["verdicts"]])


def _ballot(ballot: "Ballot") -> dict[str, Any]:
    from oracle.hexes import to_checksum

    return {
        "subject": ballot.awaited.subject,
        "recipient": to_checksum(ballot.awaited.recipient),
        "agent": f"0x{ballot.awaited.agent.hex()}" if ballot.awaited.agent else "its own",
        "index": ballot.index,
        "state": ballot.state or ("waits for the resolver" if ballot.stated else "waits for a statement"),
    }
