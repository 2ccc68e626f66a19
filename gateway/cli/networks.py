"""`aios networks`: which chains are known, which contracts are where, and what FINAL means there."""

import asyncio
import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.terminal import JsonOption, err, fail, out, print_table, visible
from gateway.cli.wallet import endpoint

if TYPE_CHECKING:
    from gateway.networks import KnownNetwork
    from oracle.chain import ChainRpc

app = typer.Typer(no_args_is_help=True)


@app.callback()
def networks() -> None:
    """Shows the known networks and how far a proof reaches on each.

    Example: `aios networks list`
    """


@app.command("list")
def list_(as_json: JsonOption = False) -> None:
    """Lists the networks: chain id, what a finished publication is called there, and EAS' version.

    `final` is proven by our own light client. `reported` is an RPC's word, and never more than that.

    Example: `aios networks list`
    """
    from gateway.networks import known_networks

    known = known_networks()
    if as_json:
        out.print_json(json.dumps([_facts(network) for network in known]))
        return
    rows = [
        [
            network.name,
            str(network.chain_id),
            "final" if network.assurance == "proven" else "reported",
            network.contracts.eas_version or "-",
            network.kind,
        ]
        for network in known
    ]
    print_table(["network", "chain", "ends as", "EAS", "kind"], rows)


@app.command()
def show(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A network's name, as `aios networks list` shows it.")],
    rpc: Annotated[str | None, typer.Option("--rpc", metavar="URL", help="Ask this endpoint what is really there.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Shows one network: its contracts, and what the last state of a publication means there.

    EAS' version here is what its README says; with --rpc the contract itself is asked, whose word enters every signature. Exit code 1 if
    the endpoint serves another chain or contradicts the file.

    Example: `aios networks show base --rpc https://base.example`
    """
    from gateway.networks import known_networks

    known = {network.name: network for network in known_networks()}
    network = known.get(name)
    if network is None:
        fail(f"there is no network {name[:60]!r}: {', '.join(sorted(known))}", code=2)
    facts = _facts(network)
    contradiction = None
    if rpc is not None:
        told, contradiction = asyncio.run(_ask(network, endpoint("--rpc", rpc)))
        facts |= told
    if as_json:
        out.print_json(json.dumps(facts))
    else:
        for key, value in facts.items():
            out.print(f"{key.replace('_', ' '):22}  {'-' if value is None else visible(str(value))}", markup=False)
    if contradiction is not None:
        err.print(visible(contradiction), style="red", markup=False)
        raise typer.Exit(1)


def _facts(network: "KnownNetwork") -> dict[str, Any]:
    contracts = network.contracts
    return {
        "name": network.name,
        "title": network.title,
        "chain_id": network.chain_id,
        "kind": network.kind,
        "assurance": network.assurance,
        "meaning": network.meaning,
        "eas": contracts.eas,
        "eas_version": contracts.eas_version,
        "schema_registry": contracts.schema_registry,
        "anchor_registry": contracts.anchor_registry,
        "gateway_registry": contracts.gateway_registry,
    }


async def _ask(network: "KnownNetwork", url: str) -> tuple[dict[str, Any], str | None]:
    import httpx

    from oracle.chain import ChainRpc

    async with httpx.AsyncClient() as client:
        chain = ChainRpc(client, url)
        chain_id = await chain.chain_id()
        if chain_id != network.chain_id:
            return {"rpc_chain_id": chain_id}, f"the endpoint serves chain {chain_id}, {network.name} is {network.chain_id}"
        if network.contracts.eas is None:
            return {"rpc_chain_id": chain_id}, None
        address = bytes.fromhex(network.contracts.eas[2:])
        if not await chain.get_code(address):
            return {"rpc_chain_id": chain_id}, f"the endpoint says that there is no contract at {network.contracts.eas}"
        version = await eas_version(chain, address)
    told = {"rpc_chain_id": chain_id, "rpc_eas_version": version}
    if version != network.contracts.eas_version:
        return told, f"the contract says {version}, the file says {network.contracts.eas_version}: set oracle.eas_version to the contract's"
    return told, None


async def eas_version(chain: "ChainRpc", address: bytes) -> str | None:
    """Returns what an EAS contract calls its version, None where it answers to neither spelling of the question."""
    from oracle import eas
    from oracle.publication_errors import RpcRefusedError

    for question in eas.VERSION_CALLS:
        try:
            answer = await chain.call(address, question)
        except RpcRefusedError:
            continue
        length = int.from_bytes(answer[32:64], "big")
        if len(answer) >= 96 and length <= 32:
            return answer[64 : 64 + length].decode("utf-8", "replace")
    return None
