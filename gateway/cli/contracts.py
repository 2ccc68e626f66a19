"""`aios contracts`: everything that a business network needs on a chain, deployed and recorded."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.terminal import err, fail, out
from gateway.cli.wallet import (
    DryRunOption,
    KeystoreOption,
    NetworkOption,
    PassphraseOption,
    RpcOption,
    Wallet,
    YesOption,
    address_of,
    send,
    with_wallet,
)

if TYPE_CHECKING:
    from lightclient.network import Network
    from oracle.publication import Inclusion
    from oracle.settlement import Addresses
    from oracle.transactor import Prepared, Transactor

app = typer.Typer(no_args_is_help=True)
DAY_SECONDS = 86_400
"""Seconds in a day."""
WEI_PER_ETHER = 10**18
"""Wei in one ether."""


@app.callback()
def contracts() -> None:
    """Registries, escrow and bond of a business network on a chain.

    Example: `aios contracts deploy --rpc URL --network sepolia --keystore F --passphrase-file F --record sepolia.json`
    """


@app.command()
def deploy(
    rpc: RpcOption,
    keystore: KeystoreOption,
    passphrase_file: PassphraseOption,
    record: Annotated[Path, typer.Option(metavar="FILE", help="Where the addresses are written; must not exist.")],
    network: NetworkOption = "mainnet",
    eas: Annotated[str | None, typer.Option(metavar="0x..", help="The chain's EAS, if the network file does not name it.")] = None,
    owner: Annotated[
        str | None, typer.Option(metavar="0x..", help="Who admits operators and suspends gateways; else the deploying key.")
    ] = None,
    minimum_stake: Annotated[float, typer.Option(min=0, max=1_000_000, help="Least stake of a gateway, in ether.")] = 0.0,
    unbonding_days: Annotated[float, typer.Option(min=0, max=3650, help="How long a stake stays bound.")] = 14.0,
    treasury: Annotated[str | None, typer.Option(metavar="0x..", help="Who gets what slashed gateways forfeit; else it is burnt.")] = None,
    build: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Artifacts of a release; else what `make contracts` built in this checkout.")
    ] = None,
    bls: Annotated[
        bool, typer.Option("--bls/--no-bls", help="Also the escrow that takes one signature of many gateways; needs EIP-2537 on the chain.")
    ] = True,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
) -> None:
    """Creates registries, escrows and bond, and registers their verdict schemas: eight transactions, six with --no-bls.

    They are GatewayRegistry, AnchorRegistry, ShipmentEscrow, DefectBond and, on chains that have EIP-2537, BlsShipmentEscrow. Prints the
    lines that belong into the network's file. The rules of stakes are fixed for good; a dry run ends before the first transaction, for the
    others rest on it. See docs/contracts.md.

    Example: `aios contracts deploy --rpc http://127.0.0.1:8545 --network sepolia --keystore F --passphrase-file F --record sepolia.json`
    """
    from gateway.cli.hexadecimal import exactly
    from oracle import artifacts
    from oracle.deploy import Stakes
    from oracle.settlement import deploy_all

    if record.exists():
        fail(f"{record} exists: it may name contracts in use; choose another file", code=2)
    if not record.parent.is_dir():
        fail(f"{record.parent}: no such folder, so {record.name} could not be written after money was spent; make it first", code=2)
    folder = build or artifacts.BUILD_FOLDER
    escrow, bond = (artifacts.load_built(name, folder) for name in ("ShipmentEscrow", "DefectBond"))
    bls_escrow = artifacts.load_built("BlsShipmentEscrow", folder) if bls else None
    stakes = Stakes(
        round(minimum_stake * WEI_PER_ETHER),
        round(unbonding_days * DAY_SECONDS),
        bytes(20) if treasury is None else exactly("--treasury", treasury, 20),
    )

    async def work(transactor: "Transactor", known: "Network") -> "Addresses":
        async def sent(prepared: "Prepared") -> "Inclusion":
            receipt = await send(transactor, prepared, dry_run=dry_run, yes=yes)
            if receipt is None:
                raise typer.Exit
            return receipt

        return await deploy_all(
            transactor,
            sent,
            escrow=escrow,
            bond=bond,
            eas=address_of("--eas", eas, known.contracts.eas),
            owner=transactor.address if owner is None else exactly("--owner", owner, 20),
            stakes=stakes,
            bls_escrow=bls_escrow,
        )

    document = with_wallet(Wallet(rpc, network, keystore, passphrase_file), [escrow.abi, bond.abi], work).to_json()
    record.write_text(f"{json.dumps(document, indent=2)}\n")
    err.print(f"recorded in {record}; for the network's file:", style="green", markup=False)
    out.print("[contracts]", markup=False)
    for name, address in document["contracts"].items():
        out.print(f'{name} = "{address}"', markup=False)
