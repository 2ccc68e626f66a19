"""What commands share that send a person's own transaction: the options, the cost said beforehand, the question whether to go on."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from gateway.cli.terminal import err, fail, out, visible

if TYPE_CHECKING:
    from lightclient.network import Network
    from oracle.chain import ChainRpc
    from oracle.publication import Inclusion
    from oracle.transactor import Prepared, Transactor

T = TypeVar("T")
WEI_PER_ETHER = 10**18
"""Wei in one ether."""
SHOWN = 80
"""Characters of a wrong address that are repeated."""

RpcOption = Annotated[str, typer.Option("--rpc", metavar="URL", help="JSON-RPC endpoint of an execution node that you trust.")]
"""Where the transaction goes."""
NetworkOption = Annotated[str, typer.Option("--network", help="The chain: mainnet, sepolia, hoodi, devnet-minimal, or a network file.")]
"""Which chain it must be."""
KeystoreOption = Annotated[Path, typer.Option("--keystore", help="Your encrypted key file, Web3 Secret Storage version 3.")]
"""Whose transaction it is."""
PassphraseOption = Annotated[Path, typer.Option("--passphrase-file", help="File that holds its passphrase, mode 0600.")]
"""What opens the key file; a passphrase is never an argument."""
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Say what would be sent and what it may cost, and send nothing.")]
"""For a look beforehand."""
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Send without asking.")]
"""For scripts."""


@dataclass(frozen=True, slots=True)
class Wallet:
    """What a command was given to send with."""

    rpc: str
    """JSON-RPC endpoint."""
    network: str
    """Name of the chain, or its file."""
    keystore: Path
    """Encrypted key file."""
    passphrase_file: Path
    """File with its passphrase."""


def with_wallet(wallet: Wallet, abis: Iterable[Iterable[Mapping[str, Any]]], work: "Callable[[Transactor, Network], Awaitable[T]]") -> T:
    """Returns what `work` returns with the key of a wallet on its chain; `abis` name the errors of the contracts that it calls."""
    from oracle import keystore
    from oracle.signer import LocalSigner
    from oracle.transactor import Transactor

    endpoint("--rpc", wallet.rpc)
    signer = LocalSigner(keystore.load(wallet.keystore, keystore.read_passphrase(wallet.passphrase_file)))

    async def run(rpc: "ChainRpc", network: "Network") -> T:
        return await work(Transactor(rpc, signer, network.chain_id, abis=abis), network)

    return with_chain(wallet.rpc, wallet.network, run)


def with_chain(rpc: str, network: str, work: "Callable[[ChainRpc, Network], Awaitable[T]]") -> T:
    """Returns what `work` returns with a chain that it only asks."""
    import httpx

    from lightclient.network import load_network
    from oracle.chain import ChainRpc
    from oracle.publication_errors import RpcUnreachableError, WrongChainError

    url = endpoint("--rpc", rpc)
    chain = load_network(network)

    async def run() -> T:
        async with httpx.AsyncClient() as client:
            return await work(ChainRpc(client, url), chain)

    try:
        return asyncio.run(run())
    except WrongChainError as error:
        said = f"serves chain {error.found}, and --network {visible(network)} is chain {error.wanted}; correct one of the two"
        fail(f"--rpc {visible(url)}: {said}", code=2)
    except RpcUnreachableError as error:
        # What went wrong is said behind the name of the HTTP library's own class, which tells nobody here anything.
        why = re.sub(r"^\w+(Error|Timeout)\b *", "", error.reason) or "not in time"
        fail(f"--rpc {visible(url)}: no node answers there ({visible(why)}); check the address, and whether the node runs", code=2)


def endpoint(option: str, text: str) -> str:
    """Returns an endpoint's address as it was given; ends with exit code 2 where it is none of http or https."""
    if not re.match(r"https?://[^/\s]+[^\s]*$", text):
        fail(f"{option} {text[:SHOWN]!r} is no endpoint's address, such as http://127.0.0.1:8545", code=2)
    return text


async def send(transactor: "Transactor", prepared: "Prepared", *, dry_run: bool, yes: bool) -> "Inclusion | None":
    """Returns the receipt of a prepared transaction, or None after a dry run; says what it may cost and asks before it is signed."""
    from oracle.hexes import to_checksum

    call = prepared.transaction
    where = "a new contract" if call.to is None else to_checksum(call.to)
    err.print(f"{prepared.what}: {where}, from {to_checksum(transactor.address)} on chain {call.chain_id}", markup=False)
    most = prepared.most_wei / WEI_PER_ETHER
    gwei = prepared.fees.max_fee_wei / 1e9
    err.print(
        f"  at most {most:.6f} ether: {call.gas_limit:,} gas at up to {gwei:.3f} gwei, {call.value_wei / WEI_PER_ETHER:g} sent along",
        markup=False,
    )
    if dry_run:
        err.print("  dry run: nothing was sent", markup=False)
        return None
    if not yes and not typer.confirm("  send it?", err=True):
        fail("nothing was sent", code=2)
    receipt = await transactor.send(prepared)
    out.print(f"0x{receipt.tx_hash.hex()}")
    err.print(f"  mined in block {receipt.block_number}, {receipt.gas_used:,} gas", style="green", markup=False)
    return receipt


def address_of(option: str, given: str | None, known: str | None) -> bytes:
    """Returns a contract's address: the one given by an option, or else the network file's; ends with exit code 2 where neither is."""
    from gateway.cli.hexadecimal import exactly

    text = known if given is None else given
    if text is None:
        fail(f"{visible(option)}: is not given, and the network's file names no such contract; give its address, 0x and 40 digits", code=2)
    return exactly(option, text, 20)
