"""`aios gateway`: a gateway's life in the GatewayRegistry, by its operator's own transactions."""

import hashlib
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli import equivocation
from gateway.cli.terminal import fail
from gateway.cli.wallet import (
    WEI_PER_ETHER,
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
    from oracle.transactor import Transactor

app = typer.Typer(no_args_is_help=True)
app.command("report")(equivocation.report)

RegistryOption = Annotated[
    str | None, typer.Option("--registry", metavar="0x..", help="GatewayRegistry, if the network file does not name it.")
]
"""Which registry."""
GatewayOption = Annotated[str, typer.Option("--gateway", metavar="0x..", help="The gateway's address.")]
"""Which gateway."""
MAX_DOCUMENT = 65_536
"""Longest DID document that is read."""


@app.callback()
def gateway() -> None:
    """Registers a gateway, changes its keys, and takes it out of service. Every command has --dry-run.

    Example: `aios gateway claim --rpc http://127.0.0.1:8545 --keystore operator.json --passphrase-file pass --dry-run`
    """


@app.command()
def register(
    rpc: RpcOption,
    keystore: KeystoreOption,
    passphrase_file: PassphraseOption,
    gateway_keystore: Annotated[
        Path | None, typer.Option(help="The gateway's key file: it signs that it belongs to this operator.")
    ] = None,
    gateway_passphrase_file: Annotated[Path | None, typer.Option(help="File that holds the gateway's passphrase.")] = None,
    gateway_address: Annotated[
        str | None, typer.Option("--gateway", metavar="0x..", help="The gateway's address, with --possession.")
    ] = None,
    possession: Annotated[str | None, typer.Option(metavar="0x..", help="The gateway's signature, made where its key is.")] = None,
    document_uri: Annotated[str, typer.Option(help="Where the gateway's DID document is.")] = "",
    document: Annotated[Path | None, typer.Option(help="The DID document, whose sha256 is registered with its URI.")] = None,
    stake: Annotated[str, typer.Option(metavar="ETHER", help="What is forfeited if the gateway contradicts itself.")] = "0",
    network: NetworkOption = "mainnet",
    registry: RegistryOption = None,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
) -> None:
    """Registers the gateway at the GatewayRegistry: its key, its DID document's URI and hash, and its stake. Waits for the receipt.

    --keystore is the operator's key, which the registry's owner admitted and which pays. The gateway's own key agrees by a signature: from
    its key file here, or made elsewhere and given with --gateway and --possession. Exit code 2 if the registry refuses, with its reason.

    Example: `aios gateway register --rpc http://127.0.0.1:8545 --keystore operator.json --passphrase-file pass --stake 0.5 --dry-run`
    """
    from oracle import gateway_registry
    from oracle.hexes import to_checksum

    wei, digest = _wei(stake), document_hash(document, document_uri)

    async def work(transactor: "Transactor", chain: "Network") -> None:
        to = address_of("--registry", registry, chain.contracts.gateway_registry)
        address, agreed = _possession(
            gateway_keystore, gateway_passphrase_file, gateway_address, possession, chain.chain_id, to, transactor.address
        )
        calldata = gateway_registry.register_calldata(address, agreed, digest, document_uri)
        prepared = await transactor.prepare(f"register gateway {to_checksum(address)}", to, calldata, wei)
        await send(transactor, prepared, dry_run=dry_run, yes=yes)

    _with_registry(Wallet(rpc, network, keystore, passphrase_file), work)


@app.command("add-key")
def add_key(
    gateway_address: GatewayOption,
    key: Annotated[str, typer.Argument(metavar="KEY", help="Address of the new key; of a P-256 key keccak256(x, y)[12:].")],
    possession: Annotated[str, typer.Option(metavar="0x..", help="The new key's signature that it agrees: 65 bytes, or 128 of P-256.")],
    rpc: RpcOption,
    keystore: KeystoreOption,
    passphrase_file: PassphraseOption,
    network: NetworkOption = "mainnet",
    registry: RegistryOption = None,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
) -> None:
    """Registers a further key of one of your gateways, such as the next one before a rotation; its own signature shows that it agrees.

    Example: `aios gateway add-key 0x… --gateway 0x… --possession 0x… --rpc http://127.0.0.1:8545 --keystore k.json --passphrase-file pass`
    """
    from gateway.cli.hexadecimal import exactly
    from oracle.gateway_registry import add_key_calldata

    agreed = exactly("--possession", possession, 128 if len(possession) > 2 + 2 * 65 else 65)
    calldata = add_key_calldata(exactly("--gateway", gateway_address, 20), exactly("KEY", key, 20), agreed)
    call(Wallet(rpc, network, keystore, passphrase_file), registry, f"add key {key}", calldata, dry_run=dry_run, yes=yes)


@app.command("revoke-key")
def revoke_key(
    key: Annotated[str, typer.Argument(metavar="KEY", help="Address of the key.")],
    rpc: RpcOption,
    keystore: KeystoreOption,
    passphrase_file: PassphraseOption,
    network: NetworkOption = "mainnet",
    registry: RegistryOption = None,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
) -> None:
    """Revokes a key of one of your gateways for good, such as one that was lost or stolen.

    What it signed before stays provable by bundles whose block is older.

    Example: `aios gateway revoke-key 0x… --rpc http://127.0.0.1:8545 --keystore operator.json --passphrase-file operator.pass`
    """
    from gateway.cli.hexadecimal import exactly
    from oracle.gateway_registry import revoke_key_calldata

    calldata = revoke_key_calldata(exactly("KEY", key, 20))
    call(Wallet(rpc, network, keystore, passphrase_file), registry, f"revoke key {key}", calldata, dry_run=dry_run, yes=yes)


@app.command()
def unbond(
    gateway_address: GatewayOption,
    rpc: RpcOption,
    keystore: KeystoreOption,
    passphrase_file: PassphraseOption,
    network: NetworkOption = "mainnet",
    registry: RegistryOption = None,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
) -> None:
    """Takes a gateway out of service; its stake is free after the registry's unbonding delay, by `aios gateway release`.

    Example: `aios gateway unbond --gateway 0x… --rpc http://127.0.0.1:8545 --keystore operator.json --passphrase-file operator.pass`
    """
    from gateway.cli.hexadecimal import exactly
    from oracle.gateway_registry import stake_calldata

    calldata = stake_calldata("unbond", exactly("--gateway", gateway_address, 20))
    call(Wallet(rpc, network, keystore, passphrase_file), registry, f"unbond gateway {gateway_address}", calldata, dry_run=dry_run, yes=yes)


@app.command()
def release(
    gateway_address: GatewayOption,
    rpc: RpcOption,
    keystore: KeystoreOption,
    passphrase_file: PassphraseOption,
    network: NetworkOption = "mainnet",
    registry: RegistryOption = None,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
) -> None:
    """Releases the stake of a gateway whose unbonding delay is over; take it with `aios gateway claim`.

    Example: `aios gateway release --gateway 0x… --rpc http://127.0.0.1:8545 --keystore operator.json --passphrase-file operator.pass`
    """
    from gateway.cli.hexadecimal import exactly
    from oracle.gateway_registry import stake_calldata

    calldata = stake_calldata("release", exactly("--gateway", gateway_address, 20))
    call(
        Wallet(rpc, network, keystore, passphrase_file), registry, f"release stake of {gateway_address}", calldata, dry_run=dry_run, yes=yes
    )


@app.command()
def claim(
    rpc: RpcOption,
    keystore: KeystoreOption,
    passphrase_file: PassphraseOption,
    network: NetworkOption = "mainnet",
    registry: RegistryOption = None,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
) -> None:
    """Takes what the registry holds for you: a released stake, or a reporter's tenth.

    Example: `aios gateway claim --rpc http://127.0.0.1:8545 --keystore operator.json --passphrase-file operator.pass`
    """
    from oracle.gateway_registry import claim_calldata

    call(Wallet(rpc, network, keystore, passphrase_file), registry, "claim from the registry", claim_calldata(), dry_run=dry_run, yes=yes)


def call(wallet: Wallet, registry: str | None, what: str, calldata: bytes, *, dry_run: bool, yes: bool) -> None:
    """Sends one call of the registry, once its cost is said and agreed to."""

    async def work(transactor: "Transactor", chain: "Network") -> None:
        to = address_of("--registry", registry, chain.contracts.gateway_registry)
        await send(transactor, await transactor.prepare(what, to, calldata), dry_run=dry_run, yes=yes)

    _with_registry(wallet, work)


def _with_registry(wallet: Wallet, work: "Callable[[Transactor, Network], object]") -> None:
    from oracle import artifacts

    with_wallet(wallet, [artifacts.load("GatewayRegistry").abi], work)  # type: ignore[arg-type]


def _possession(
    keystore: Path | None,
    passphrase_file: Path | None,
    address: str | None,
    given: str | None,
    chain_id: int,
    registry: bytes,
    operator: bytes,
) -> tuple[bytes, bytes]:
    """Returns the gateway's address and its agreement to belong to the operator; ends with exit code 2 where neither way is whole."""
    from gateway.cli.hexadecimal import exactly
    from oracle import gateway_registry
    from oracle import keystore as files
    from oracle.signer import LocalSigner

    if keystore is not None and passphrase_file is not None:
        signer = LocalSigner(files.load(keystore, files.read_passphrase(passphrase_file)))
        digest = gateway_registry.possession_digest(
            chain_id=chain_id, registry=registry, gateway=signer.address, key=signer.address, operator=operator
        )
        return signer.address, signer.sign_digest(digest)
    if address is None or given is None:
        fail("give --gateway-keystore and --gateway-passphrase-file, or --gateway and --possession", code=2)
    return exactly("--gateway", address, 20), exactly("--possession", given, 65)


def document_hash(document: Path | None, uri: str) -> bytes:
    """Returns the sha256 of a DID document, zeros for none; ends with exit code 2 where it cannot be read or has no URI."""
    if document is None:
        return bytes(32)
    if not uri:
        fail("--document is registered with its --document-uri; give both", code=2)
    try:
        with document.open("rb") as file:
            data = file.read(MAX_DOCUMENT + 1)
    except OSError as error:
        fail(f"{document}: cannot be read: {error.strerror}", code=2)
    if len(data) > MAX_DOCUMENT:
        fail(f"{document}: is longer than {MAX_DOCUMENT} bytes", code=2)
    return hashlib.sha256(data).digest()


def _wei(ether: str) -> int:
    try:
        wei = Decimal(ether) * WEI_PER_ETHER
    except InvalidOperation:
        wei = Decimal("NaN")
    if not wei.is_finite() or wei < 0 or wei != wei.to_integral_value():
        fail(f"--stake {ether[:40]!r} is not an amount of ether", code=2)
    return int(wei)
