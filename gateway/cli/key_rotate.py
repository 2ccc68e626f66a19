"""`aios key rotate` and `possession`: another key takes over, by its own signature and the operator's transaction."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.gateway import GatewayOption, RegistryOption
from gateway.cli.key_options import opened
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
    from oracle.transactor import Transactor

NewKeyOption = Annotated[str, typer.Option("--new-keystore", metavar="KEY", help="The new key: a file, or a pkcs11: or tpm2: URI.")]
"""Which key takes over."""
NewSecretOption = Annotated[Path | None, typer.Option("--new-passphrase-file", help="File with its passphrase or PIN, mode 0600.")]
"""What opens it."""


def possession(
    operator: Annotated[str, typer.Option(metavar="0x..", help="Address of the operator who will register the key.")],
    gateway: GatewayOption,
    new_keystore: NewKeyOption = "",
    new_passphrase_file: NewSecretOption = None,
    socket: Annotated[
        Path | None, typer.Option("--signer", help="Socket of a signer that holds the key, instead of the key itself.")
    ] = None,
    network: NetworkOption = "mainnet",
    registry: RegistryOption = None,
) -> None:
    """Prints a key's signature that it belongs to a gateway, for whoever registers it elsewhere; where the key is, nothing else is needed.

    With --signer the key is the attester's of a running signer, whose policy must list the registry. Without, it is opened here.

    Example: `aios key possession --operator 0x… --gateway 0x… --new-keystore tpm2:file=gateway.tpm --network sepolia`
    """
    from gateway.cli.hexadecimal import exactly
    from lightclient.network import load_network
    from oracle.gateway_registry import possession_digest
    from oracle.hexes import to_checksum
    from oracle.signing.client import over_socket

    chain = load_network(network)
    to = address_of("--registry", registry, chain.contracts.gateway_registry)
    whose, by = exactly("--gateway", gateway, 20), exactly("--operator", operator, 20)
    if bool(new_keystore) == (socket is not None):
        fail("name the key by --new-keystore, or a signer that holds it by --signer", code=2)
    if socket is not None:
        with over_socket(socket) as client:
            key, signature = client.attester, client.sign_possession(chain.chain_id, to, whose, client.attester, by)
    else:
        signer = opened(new_keystore, new_passphrase_file)
        digest = possession_digest(chain_id=chain.chain_id, registry=to, gateway=whose, key=signer.address, operator=by)
        key, signature = signer.address, signer.sign_digest(digest)
    err.print(
        f"key {to_checksum(key)} belongs to gateway {to_checksum(whose)}, as operator {to_checksum(by)} may tell the registry", markup=False
    )
    out.print(f"0x{signature.hex()}")


def rotate(
    gateway: GatewayOption,
    rpc: RpcOption,
    keystore: KeystoreOption,
    passphrase_file: PassphraseOption,
    new_keystore: NewKeyOption = "",
    new_passphrase_file: NewSecretOption = None,
    key: Annotated[str, typer.Option("--key", metavar="0x..", help="The new key's address, with --possession.")] = "",
    possession: Annotated[str, typer.Option(metavar="0x..", help="Its signature, made where it is by `aios key possession`.")] = "",
    revoke: Annotated[
        str | None, typer.Option(metavar="0x..", help="Address of the old key, revoked once the new one is registered.")
    ] = None,
    network: NetworkOption = "mainnet",
    registry: RegistryOption = None,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
) -> None:
    """Registers a further key of a gateway and, with --revoke, revokes the old one: two transactions of its operator.

    --keystore is the operator's. The new key signs that it belongs to the gateway: here, or where it is (--key and --possession). Then
    put the new key into the signer's settings and restart it; its numbers begin at 0, the log goes on. What the old key signed stays
    provable.

    Example: `aios key rotate --gateway 0x… --new-keystore new.json --rpc URL --keystore operator.json --passphrase-file pass --revoke 0x…`
    """
    from gateway.cli.hexadecimal import exactly, pinned
    from oracle.artifacts import load
    from oracle.gateway_registry import add_key_calldata, possession_digest, revoke_key_calldata
    from oracle.hexes import to_checksum

    whose = exactly("--gateway", gateway, 20)
    old = pinned("--revoke", revoke, 20)
    if bool(new_keystore) == bool(key and possession):
        fail("name the new key by --new-keystore, or by --key and --possession", code=2)

    async def work(transactor: "Transactor", chain: "Network") -> None:
        to = address_of("--registry", registry, chain.contracts.gateway_registry)
        if new_keystore:
            signer = opened(new_keystore, new_passphrase_file)
            added = signer.address
            digest = possession_digest(chain_id=chain.chain_id, registry=to, gateway=whose, key=added, operator=transactor.address)
            signature = signer.sign_digest(digest)
        else:
            added, signature = exactly("--key", key, 20), _signature(possession)
        prepared = await transactor.prepare(f"add key {to_checksum(added)}", to, add_key_calldata(whose, added, signature))
        sent = await send(transactor, prepared, dry_run=dry_run, yes=yes)
        # True now: both keys are the gateway's. Stopped here, `aios gateway revoke-key` does the rest.
        if old is not None and (sent is not None or dry_run):
            prepared = await transactor.prepare(f"revoke key {to_checksum(old)}", to, revoke_key_calldata(old))
            await send(transactor, prepared, dry_run=dry_run, yes=yes)

    with_wallet(Wallet(rpc, network, keystore, passphrase_file), [load("GatewayRegistry").abi], work)


def _signature(text: str) -> bytes:
    from gateway.cli.hexadecimal import exactly

    return exactly("--possession", text, 65 if len(text) <= 2 + 2 * 65 else 128)
