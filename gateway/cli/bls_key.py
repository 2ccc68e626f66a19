"""`aios gateway add-bls-key` and `aios key bls-possession`: a gateway's BLS key, made known to the GatewayRegistry."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.escrow_votes import SignerOption, bls_key_of, registered_key_of
from gateway.cli.gateway import GatewayOption, RegistryOption
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
    from lightclient.network import Network
    from oracle.transactor import Transactor


def possession(
    gateway: GatewayOption,
    signer: SignerOption = None,
    network: NetworkOption = "mainnet",
    registry: RegistryOption = None,
    path: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Prints a BLS key and its signature that it belongs to a gateway, for the operator who registers it elsewhere.

    Without --signer it is the signer of the gateway of --config, which runs. Its policy must list the registry as a gateway-registry. Give
    both lines to `aios gateway add-bls-key --key --possession`.

    Example: `aios key bls-possession --signer /run/aios/signer.sock --gateway 0x… --network sepolia`
    """
    from gateway.cli.hexadecimal import exactly
    from lightclient.network import load_network

    chain = load_network(network)
    to = address_of("--registry", registry, chain.contracts.gateway_registry)
    key, signature = _of_signer(signer, path, chain.chain_id, to, exactly("--gateway", gateway, 20))
    out.print(f"0x{key.hex()}\n0x{signature.hex()}")


def add_bls_key(
    gateway_address: GatewayOption,
    rpc: RpcOption,
    keystore: KeystoreOption,
    passphrase_file: PassphraseOption,
    signer: SignerOption = None,
    key: Annotated[str | None, typer.Option("--key", metavar="0x..", help="The BLS key, with --possession.")] = None,
    possession: Annotated[
        str | None, typer.Option(metavar="0x..", help="Its signature, made where it is by `aios key bls-possession`.")
    ] = None,
    network: NetworkOption = "mainnet",
    registry: RegistryOption = None,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
) -> None:
    """Registers the BLS key of one of your gateways in the GatewayRegistry; an earlier one is revoked by it. Needs EIP-2537 on the chain.

    --keystore is the operator's. The key signs that it belongs to the gateway: in its signer (--signer), or where it is (--key and
    --possession). That is checked here before anything is sent. Two different votes by a gateway's keys on one escrow cost its stake, also
    after a key was revoked. Says by which address `aios gateway revoke-key` revokes the key.

    Example: `aios gateway add-bls-key --gateway 0x… --signer /run/aios/signer.sock --rpc URL --keystore K --passphrase-file P`
    """
    from gateway.cli.hexadecimal import exactly
    from oracle import artifacts, bls, votes
    from oracle.errors import RefusedError
    from oracle.hexes import to_checksum

    whose = exactly("--gateway", gateway_address, 20)
    if (signer is None) == (key is None or possession is None):
        fail("name the signer that holds the BLS key by --signer, or give --key and --possession", code=2)

    async def work(transactor: "Transactor", known: "Network") -> None:
        to = address_of("--registry", registry, known.contracts.gateway_registry)
        if signer is not None:
            public, agreed = _of_signer(signer, DEFAULT_CONFIG, known.chain_id, to, whose)
        else:
            public, agreed = exactly("--key", key or "", bls.KEY_LENGTH), exactly("--possession", possession or "", bls.SIGNATURE_LENGTH)
        votes.check_possession(known.chain_id, to, whose, public, agreed)
        if await registered_key_of(lambda calldata: transactor.ask(to, calldata), to, whose) == public:
            err.print(f"0x{public.hex()} is registered already; nothing is sent", markup=False)
            return
        calldata = votes.register_key_calldata(whose, public, agreed)
        prepared = await transactor.prepare(f"register BLS key 0x{public.hex()}", to, calldata)
        if await send(transactor, prepared, dry_run=dry_run, yes=yes) is not None:
            err.print(f"the registry calls it {to_checksum(bls.address_of(public))}", markup=False)

    try:
        with_wallet(Wallet(rpc, network, keystore, passphrase_file), [artifacts.load("GatewayRegistry").abi], work)
    except RefusedError as refusal:
        fail(str(refusal), code=1)


def _of_signer(socket: Path | None, config: Path, chain_id: int, registry: bytes, gateway: bytes) -> tuple[bytes, bytes]:
    """Returns the BLS key that a signer holds, the one at a socket or a gateway's, and its signature that it belongs to the gateway."""
    from gateway.settings import load
    from gateway.voting import voice

    settings = None if socket is not None else load(config)
    oracle, data_dir = (None, Path()) if settings is None else (settings.oracle, Path(settings.gateway.data_dir))
    with voice(oracle, data_dir, socket) as client:
        key = bls_key_of(client)
        return key, client.sign_bls_possession(key, chain_id, registry, gateway)
