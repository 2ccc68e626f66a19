"""`aios gateway report`: a gateway that contradicted itself, shown to the registry by whoever holds the proof."""

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
    from oracle.attestation import Attestation
    from oracle.transactor import Transactor


def report(
    first: Annotated[Path, typer.Argument(metavar="FIRST", help="A bundle, or an attestation in eas-sdk's JSON.")],
    second: Annotated[Path, typer.Argument(metavar="SECOND", help="Another, by the same gateway about the same subject.")],
    rpc: RpcOption,
    keystore: KeystoreOption,
    passphrase_file: PassphraseOption,
    network: NetworkOption = "mainnet",
    registry: Annotated[str | None, typer.Option(help="Address of the GatewayRegistry, if the network file does not name it.")] = None,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
) -> None:
    """Slashes a gateway that signed two statements of which one must be a lie.

    Both must be by one gateway's keys, about one subject (and item) under one schema, by one agent's rules, with one refUID, and say
    different things; a correction names what it corrects and is no contradiction. A tenth of the gateway's stake becomes yours to claim.
    Exit code 1 if the two do not contradict each other or the registry refuses.

    Example: `aios gateway report a.json b.json --rpc http://127.0.0.1:8545 --keystore key.json --passphrase-file passphrase --dry-run`
    """
    from oracle import artifacts
    from oracle.equivocation import NoContradictionError, contradiction
    from oracle.gateway_registry import slash_statements_calldata
    from oracle.publication_errors import TransactionRevertsError

    try:
        proof = contradiction(_attestation(first), _attestation(second))
    except NoContradictionError as refusal:
        fail(str(refusal), code=1)
    err.print(f"{proof}", style="bold", markup=False)

    async def work(transactor: "Transactor", chain: "Network") -> None:
        to = address_of("GatewayRegistry", registry, chain.contracts.gateway_registry)
        calldata = slash_statements_calldata(proof.first, proof.second, transactor.address)
        prepared = await transactor.prepare("slash the gateway", to, calldata)
        if await send(transactor, prepared, dry_run=dry_run, yes=yes) is not None:
            out.print("the gateway is slashed; claim your part with `aios gateway claim`", markup=False)

    try:
        with_wallet(Wallet(rpc, network, keystore, passphrase_file), [artifacts.load("GatewayRegistry").abi], work)
    except TransactionRevertsError as refusal:
        fail(str(refusal), code=1)


def _attestation(path: Path) -> "Attestation":
    """Returns the attestation in a bundle or in a file of its own; what follows checks its signature."""
    from oracle import attestation_json, bundle_codec
    from oracle.errors import MalformedDocumentError

    with path.open("rb") as opened:
        data = opened.read(bundle_codec.MAX_BYTES + 1)
    try:
        return attestation_json.loads(data)
    except MalformedDocumentError:
        return bundle_codec.loads(data).attestation
