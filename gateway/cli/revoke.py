"""`aios attestation revoke`: through the running gateway, or by hand with a key that it no longer has."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.terminal import DEFAULT_CONFIG, ConfigOption, fail, out
from gateway.cli.wallet import DryRunOption, NetworkOption, Wallet, YesOption, address_of, send, with_wallet

if TYPE_CHECKING:
    from lightclient.network import Network
    from oracle.transactor import Transactor

EAS_ERRORS = [{"type": "error", "name": "AlreadyRevokedOffchain", "inputs": []}]
"""What `EAS.revokeOffchain` reverts with."""


def revoke(
    uid: Annotated[str, typer.Argument(metavar="UID", help="Uid of an off-chain attestation that this gateway's key signed.")],
    path: ConfigOption = DEFAULT_CONFIG,
    force: Annotated[
        bool, typer.Option("--force", help="Also one that is not in the store: somebody else signed it with the gateway's key.")
    ] = False,
    keystore: Annotated[
        Path | None, typer.Option("--keystore", help="Send it by hand with this key, such as a stolen one that the gateway has left.")
    ] = None,
    passphrase_file: Annotated[Path | None, typer.Option("--passphrase-file", help="File with its passphrase, mode 0600.")] = None,
    rpc: Annotated[str | None, typer.Option("--rpc", metavar="URL", help="With --keystore: an execution node that you trust.")] = None,
    network: NetworkOption = "mainnet",
    eas: Annotated[
        str | None, typer.Option("--eas", metavar="0x..", help="With --keystore: EAS, where the network file names none.")
    ] = None,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
) -> None:
    """Revokes an off-chain attestation on chain (`EAS.revokeOffchain`), so that everybody who looks there sees it.

    The running gateway stages the revocation, and publishes and proves it like an anchor; a revocation is never taken back. EAS keeps it by
    its sender: only the key that signed the attestation can revoke it, so what a thief signed with an earlier key is revoked by hand, with
    --force --keystore, and that key needs a little ether for it. Exit code 2 if it is refused, with the reason.

    Example: `aios attestation revoke 0x… --config /etc/aios/gateway.toml`
    """
    from gateway.cli.hexadecimal import exactly
    from gateway.control import call
    from gateway.settings import load

    which = exactly("UID", uid, 32)
    if keystore is not None:
        if not force:
            fail("--keystore sends what no store knows: read the uid again, and give --force", code=2)
        if passphrase_file is None or rpc is None:
            fail("--keystore needs --passphrase-file and --rpc", code=2)
        _by_hand(which, Wallet(rpc, network, keystore, passphrase_file), eas, dry_run=dry_run, yes=yes)
        return
    if passphrase_file or rpc or eas or dry_run:
        fail("--passphrase-file, --rpc, --eas and --dry-run go with --keystore; the running gateway uses its own", code=2)
    answer = call(Path(load(path).gateway.data_dir), "oracle-revoke", uid=f"0x{which.hex()}", force=force)
    out.print(f"revocation {answer['index']} is {answer['state']}; follow it with `aios oracle status`", markup=False)


def _by_hand(uid: bytes, wallet: Wallet, eas: str | None, *, dry_run: bool, yes: bool) -> None:
    from oracle.eas import revoke_offchain_calldata

    async def work(transactor: "Transactor", chain: "Network") -> None:
        contract = address_of("--eas", eas, chain.contracts.eas)
        prepared = await transactor.prepare(f"revoke attestation 0x{uid.hex()}", contract, revoke_offchain_calldata(uid))
        await send(transactor, prepared, dry_run=dry_run, yes=yes)

    with_wallet(wallet, [EAS_ERRORS], work)
