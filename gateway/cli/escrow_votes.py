"""`aios escrow sign` and `vote`: a verdict that several gateways give with one signature."""

import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.escrow_status import VERDICTS
from gateway.cli.terminal import DEFAULT_CONFIG, ConfigOption, err, fail, out
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
    from gateway.settings import Settings
    from gateway.voting import Voice
    from lightclient.network import Network
    from oracle.transactor import Transactor
    from oracle.verdicts import VerdictStatement
    from oracle.votes import Together, Vote

BlsContractOption = Annotated[
    str | None, typer.Option("--escrow", metavar="0x..", help="The BlsShipmentEscrow, if the network file does not name it.")
]
"""Which contract."""
SignerOption = Annotated[
    Path | None, typer.Option("--signer", metavar="SOCKET", help="Socket of the signer that holds the BLS key, where it is another.")
]
"""Who signs."""


def sign(
    sscc: Annotated[str, typer.Argument(metavar="SSCC", help="The shipment's GS1 key, 18 digits.")],
    output: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Where the part is written; must not exist.")] = None,
    buyer: Annotated[
        str | None, typer.Option(metavar="0x..", help="The escrow's buyer, where `aios oracle await` did not name him.")
    ] = None,
    policy: Annotated[
        str | None, typer.Option(metavar="0x..", help="sha256 of the escrow's policy, where it is not the shipment's own.")
    ] = None,
    gateway: Annotated[
        str | None, typer.Option("--gateway", metavar="0x..", help="This gateway's address in the GatewayRegistry; else the signer's.")
    ] = None,
    contract: BlsContractOption = None,
    network: NetworkOption = "mainnet",
    signer: SignerOption = None,
    path: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Signs this gateway's part of a verdict that several gateways give together, and writes it to a small file.

    The verdict and its measure are those of the newest statement in the store: nothing of it is typed. The signer is shown all of it and
    signs with its BLS key, one verdict for each buyer, shipment and policy. Whoever collects the files adds them up with
    `aios escrow vote`. The gateway must run only if the signer is its child.

    Example: `aios escrow sign 106141412345678908 --escrow 0x… --signer /run/aios/signer.sock --out vote.json`
    """
    from gateway.cli.hexadecimal import exactly
    from gateway.files import write_whole
    from gateway.settings import NOWHERE, load
    from gateway.voting import voice
    from oracle import votes
    from oracle.hexes import to_checksum
    from oracle.joint_verdict import agreed

    settings = load(path)
    if settings.oracle is None:
        fail(f"{path}: has no [oracle], so this gateway states nothing", code=2)
    chain_id = settings.oracle.chain_id
    own = settings.oracle.bls_escrow
    to = _contract_of(contract or (None if own == NOWHERE else own), network, chain_id)
    statement, recipient = _own_verdict(settings, sscc, buyer, policy)
    with voice(settings.oracle, Path(settings.gateway.data_dir), signer) as client:
        key = bls_key_of(client)
        whose = client.gateway if gateway is None else exactly("--gateway", gateway, 20)
        file = output or Path(f"vote-{sscc}-{whose.hex()[:8]}.json")
        if file.exists():
            fail(f"{file}: is there already; name another file with --out", code=2)
        signature = client.sign_vote(key, chain_id, to, statement, recipient)
    vote = votes.Vote(agreed(chain_id, to, statement, recipient), whose, key, signature)
    votes.check_signature(vote)
    write_whole(file, votes.dumps(vote) + b"\n")
    said = f"{VERDICTS[statement.verdict]}, {statement.measure} s outside the band, on escrow 0x{vote.agreed.escrow.hex()}"
    err.print(f"signed by gateway {to_checksum(whose)}: {said}", markup=False)
    out.print(str(file), markup=False)


def vote(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Parts of the gateways, as `aios escrow sign` writes them.")],
    rpc: RpcOption,
    keystore: KeystoreOption,
    passphrase_file: PassphraseOption,
    incomplete: Annotated[bool, typer.Option("--incomplete", help="Hand them in though no quorum agrees yet.")] = False,
    network: NetworkOption = "mainnet",
    contract: BlsContractOption = None,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
) -> None:
    """Adds up what gateways signed and hands it in as one signature. Anybody may, and pays the gas.

    Before anything is sent every part is checked: its signature, that all say the same, that no gateway is there twice, that the
    GatewayRegistry has each one's key and holds each for active, that the escrow waits and a quorum then agrees. Exit code 1 names what
    does not hold.

    Example: `aios escrow vote a.json b.json --escrow 0x… --rpc http://127.0.0.1:8545 --keystore key.json --passphrase-file pass --dry-run`
    """
    from gateway.cli.hexadecimal import exactly
    from oracle import votes
    from oracle.errors import RefusedError
    from oracle.escrow import ERRORS
    from oracle.hexes import to_checksum

    given = None if contract is None else exactly("--escrow", contract, 20)

    async def work(transactor: "Transactor", known: "Network") -> None:
        to = given or address_of("--escrow", None, known.contracts.bls_shipment_escrow)
        if (whole.agreed.chain_id, whole.agreed.contract) != (known.chain_id, to):
            said = f"contract {to_checksum(whole.agreed.contract)} on chain {whole.agreed.chain_id}"
            fail(f"the parts are for {said}, not for {to_checksum(to)} on chain {known.chain_id}", code=1)
        await _check(transactor, to, parts, whole, incomplete=incomplete)
        prepared = await transactor.prepare(f"give the verdict of {len(parts)} gateways", to, whole.calldata())
        await send(transactor, prepared, dry_run=dry_run, yes=yes)

    try:
        parts = [_read(file) for file in files]
        whole = votes.together(parts)
        said = f"{VERDICTS[whole.agreed.verdict]}, {whole.agreed.measure} s outside the band"
        err.print(f"{len(parts)} gateways say: {said}, on escrow 0x{whole.agreed.escrow.hex()}", markup=False)
        with_wallet(Wallet(rpc, network, keystore, passphrase_file), [votes.ERRORS, ERRORS], work)
    except RefusedError as refusal:
        fail(str(refusal), code=1)


def bls_key_of(client: "Voice") -> bytes:
    """Returns the signer's BLS key; ends with exit code 2 where it has none."""
    if not client.bls:
        fail(
            "the signer holds no BLS key: make one (`aios key new --curve BLS12-381`) and name it under keys.bls",
            code=2,
        )
    return client.bls


async def registered_key_of(ask: "Callable[[bytes], Awaitable[bytes]]", registry: bytes, gateway: bytes) -> bytes:
    """Returns the BLS key that the GatewayRegistry has for a gateway, or nothing; ends with exit code 1 where it holds none at all."""
    from oracle import votes
    from oracle.hexes import to_checksum
    from oracle.publication_errors import RpcRefusedError

    try:
        return votes.decode_bls_key(await ask(votes.bls_key_of_calldata(gateway)))
    except RpcRefusedError as refusal:
        said = "is no GatewayRegistry of this release, it does not say whose BLS key is whose"
        fail(f"{to_checksum(registry)} {said}: {refusal.message}", code=1)


async def _check(transactor: "Transactor", to: bytes, parts: "list[Vote]", whole: "Together", *, incomplete: bool) -> None:
    """Returns if the contract would take the parts, as far as a node's word goes; raises the refusals of `oracle.votes`."""
    from oracle import abi, gateway_registry, votes
    from oracle.escrow import Ballot, ballot_of_calldata
    from oracle.hexes import to_checksum
    from oracle.publication_errors import RpcRefusedError

    try:
        await transactor.ask(to, abi.call("VERDICT_TAG()"))
    except RpcRefusedError as refusal:
        fail(f"{to_checksum(to)} is no BlsShipmentEscrow, it takes no verdicts given together: {refusal.message}", code=1)
    registry = (await transactor.ask(to, abi.call("GATEWAY_REGISTRY()")))[12:32]
    for part in parts:
        votes.check_key(part, await registered_key_of(lambda calldata: transactor.ask(registry, calldata), registry, part.gateway))
        active = await transactor.ask(registry, gateway_registry.query_calldata("isActive", part.gateway))
        votes.check_active(part, active=any(active))
    ballot = Ballot.decode(await transactor.ask(to, ballot_of_calldata(whole.agreed.escrow)))
    votes.check_ballot(whole, ballot, int(time.time()), incomplete=incomplete)


def _read(file: Path) -> "Vote":
    from oracle import votes
    from oracle.errors import MalformedDocumentError

    try:
        with file.open("rb") as opened:
            return votes.loads(opened.read(votes.MAX_BYTES + 1))
    except MalformedDocumentError as error:
        fail(f"{file}: {error}", code=1)


def _contract_of(given: str | None, network: str, chain_id: int) -> bytes:
    from gateway.cli.hexadecimal import exactly
    from lightclient.network import load_network

    if given is not None:
        return exactly("--escrow", given, 20)
    known = load_network(network)
    if known.chain_id != chain_id:
        fail(f"network {network} is chain {known.chain_id}, the gateway is on chain {chain_id}; give --network or --escrow", code=2)
    return address_of("--escrow", None, known.contracts.bls_shipment_escrow)


def _own_verdict(settings: "Settings", sscc: str, buyer: str | None, policy: str | None) -> "tuple[VerdictStatement, bytes]":
    """Returns what this gateway says of a shipment, and for whom; ends with exit code 2 where that is not one statement for one buyer."""
    from gateway.cli.hexadecimal import pinned
    from gateway.cli.reading import open_store
    from gateway.store import attestations, verdicts
    from gateway.verdicts import statement_of
    from oracle.gs1 import SSCC, Key
    from oracle.schemas import ShipmentStatement

    subject = Key(SSCC, sscc).path
    recipient, agent = pinned("--buyer", buyer, 20), pinned("--policy", policy, 32)
    with open_store(settings) as connection:
        awaited = [
            one for one in verdicts.select_awaited(connection, subject) if recipient in (None, one.recipient) and agent in (None, one.agent)
        ]
        if not awaited and recipient is not None:
            awaited = [verdicts.Awaited(subject, recipient, agent or verdicts.OWN)]
        if len(awaited) != 1:
            said = "several verdicts are awaited" if awaited else "nobody is named who awaits a verdict"
            fail(f"{subject}: {said}; give --buyer and --policy, or see `aios oracle status` and `aios oracle await`", code=2)
        stated = attestations.select_current(connection, subject, agent=awaited[0].agent)
        whole = [one for one in stated if one.attestation.schema == ShipmentStatement.UID]
        if not whole:
            fail(f"{subject}: there is no statement about it by that policy yet", code=2)
        return statement_of(connection, whole[-1]), awaited[0].recipient
