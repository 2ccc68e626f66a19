"""`aios gateway report`: a gateway that contradicted itself, shown to the registry by whoever holds the proof."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

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
    from oracle.votes import Vote


class Proof(NamedTuple):
    """What two files prove."""

    told: str
    """It in words."""
    chain_id: int
    """For which chain both were signed."""
    calldata: Callable[[bytes], bytes]
    """Returns what shows it to the registry, for whoever reports it."""


def report(
    first: Annotated[
        Path, typer.Argument(metavar="FIRST", help="A bundle, an attestation in eas-sdk's JSON, or a vote of `aios escrow sign`.")
    ],
    second: Annotated[
        Path, typer.Argument(metavar="SECOND", help="Another of the kind, by the same gateway on the same subject or escrow.")
    ],
    rpc: RpcOption,
    keystore: KeystoreOption,
    passphrase_file: PassphraseOption,
    network: NetworkOption = "mainnet",
    registry: Annotated[str | None, typer.Option(help="Address of the GatewayRegistry, if the network file does not name it.")] = None,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
) -> None:
    """Slashes a gateway that signed two statements, or two votes, of which one must be a lie.

    Statements must be by one gateway's keys, about one subject (and item) under one schema, by one agent's rules, with one refUID, and say
    different things; a correction names what it corrects and is no contradiction. Votes, as `aios escrow sign` writes them, must be by one
    gateway's BLS keys, on one escrow, with another verdict or another measure; a signature of several gateways together proves nothing. A
    tenth of the gateway's stake becomes yours to claim. Exit code 1 if the two do not contradict each other or the registry refuses.

    Example: `aios gateway report a.json b.json --rpc http://127.0.0.1:8545 --keystore key.json --passphrase-file passphrase --dry-run`
    """
    from oracle import artifacts
    from oracle.equivocation import NoContradictionError
    from oracle.publication_errors import TransactionRevertsError

    try:
        proof = _proof(_evidence(first), _evidence(second))
    except NoContradictionError as refusal:
        fail(str(refusal), code=1)
    err.print(proof.told, style="bold", markup=False)

    async def work(transactor: "Transactor", chain: "Network") -> None:
        if proof.chain_id != chain.chain_id:
            fail(f"both were signed for chain {proof.chain_id}, and are no proof on chain {chain.chain_id}; give its --network", code=1)
        to = address_of("--registry", registry, chain.contracts.gateway_registry)
        prepared = await transactor.prepare("slash the gateway", to, proof.calldata(transactor.address))
        if await send(transactor, prepared, dry_run=dry_run, yes=yes) is not None:
            out.print("the gateway is slashed; claim your part with `aios gateway claim`", markup=False)

    try:
        with_wallet(Wallet(rpc, network, keystore, passphrase_file), [artifacts.load("GatewayRegistry").abi], work)
    except TransactionRevertsError as refusal:
        fail(str(refusal), code=1)


def _proof(first: "Attestation | Vote", second: "Attestation | Vote") -> Proof:
    """Returns what two of a kind prove; raises NoContradictionError, and what is said of a signature that does not hold."""
    from oracle import equivocation, vote_equivocation
    from oracle.gateway_registry import slash_statements_calldata
    from oracle.votes import Vote

    if isinstance(first, Vote) and isinstance(second, Vote):
        votes = vote_equivocation.contradiction(first, second)
        return Proof(str(votes), first.agreed.chain_id, partial(vote_equivocation.slash_votes_calldata, votes))
    if isinstance(first, Vote) or isinstance(second, Vote):
        raise equivocation.NoContradictionError("one is a vote and the other an attestation", "files")
    statements = equivocation.contradiction(first, second)
    return Proof(str(statements), first.domain.chain_id, partial(slash_statements_calldata, first, second))


def _evidence(path: Path) -> "Attestation | Vote":
    """Returns the vote in a file, or the attestation in a bundle or in a file of its own; what follows checks its signature."""
    from oracle import attestation_json, bundle_codec, votes
    from oracle.errors import MalformedDocumentError

    with path.open("rb") as opened:
        data = opened.read(bundle_codec.MAX_BYTES + 1)
    if votes.is_meant(data):
        return votes.loads(data)
    try:
        return attestation_json.loads(data)
    except MalformedDocumentError:
        return bundle_codec.loads(data).attestation
