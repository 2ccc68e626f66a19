"""`aios escrow`: a shipment's price that waits for a verdict, for buyer, seller and arbiter."""

import json
import time
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from gateway.cli.escrow_status import Standing, described, in_words, standing_of
from gateway.cli.terminal import JsonOption, err, fail, out, print_table
from gateway.cli.tokens import decimals_of, in_units
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
    with_chain,
    with_wallet,
)

if TYPE_CHECKING:
    from lightclient.network import Network
    from oracle.chain import ChainRpc
    from oracle.escrow import Terms
    from oracle.transactor import Transactor

app = typer.Typer(no_args_is_help=True)
DAY_SECONDS = 86_400
"""Seconds in a day."""
SSCC_DIGITS = 18
"""How long an SSCC is."""

ContractOption = Annotated[
    str | None, typer.Option("--escrow", metavar="0x..", help="The ShipmentEscrow, if the network file does not name it.")
]
IdArgument = Annotated[str, typer.Argument(metavar="ID", help="The escrow's name, as `create` printed it: 0x and 64 digits.")]


@app.callback()
def escrow() -> None:
    """Holds a shipment's price until a quorum of gateways has judged it: create, status, sign, vote, settle, dispute, withdraw.

    Conforming pays the seller; a breach splits by how long the shipment was outside its band; no verdict by the deadline pays back.

    Example: `aios escrow status 0x… --escrow 0x… --rpc http://127.0.0.1:8545 --network sepolia`
    """


@app.command()
def create(
    sscc: Annotated[str, typer.Argument(metavar="SSCC", help="The shipment's GS1 key, 18 digits.")],
    token: Annotated[str, typer.Option(metavar="0x..", help="ERC-20 token of the price.")],
    amount: Annotated[str, typer.Option(help="The price, in whole tokens: 1250.50.")],
    seller: Annotated[str, typer.Option(metavar="0x..", help="Who is paid.")],
    agent: Annotated[str, typer.Option(metavar="0x..", help="sha256 of the condition policy that verdicts go by.")],
    rpc: RpcOption,
    keystore: KeystoreOption,
    passphrase_file: PassphraseOption,
    days: Annotated[float, typer.Option(min=0.01, max=3650, help="For so many days from now verdicts count.")] = 60.0,
    gateway: Annotated[
        list[str] | None,
        typer.Option(
            metavar="0x..", help="A gateway that may speak; repeat it. Without one any registered gateway may: give --quorum then."
        ),
    ] = None,
    quorum: Annotated[
        int | None, typer.Option(min=1, max=7, help="How many gateways must agree; more than half of those named, if not given.")
    ] = None,
    arbiter: Annotated[str | None, typer.Option(metavar="0x..", help="Who decides disputes; without one nothing can be disputed.")] = None,
    window_hours: Annotated[float, typer.Option(min=0, max=2160, help="How long a proposal may be disputed.")] = 72.0,
    tolerance_minutes: Annotated[
        float, typer.Option(min=0, max=1_000_000, help="So long outside the band costs the seller nothing.")
    ] = 0.0,
    ruin_minutes: Annotated[float, typer.Option(min=0.1, max=1_000_000, help="So long outside the band costs him everything.")] = 240.0,
    network: NetworkOption = "mainnet",
    contract: ContractOption = None,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
) -> None:
    """Deposits the price of a shipment; prints the escrow's name.

    Two transactions: the token is told to let the escrow take the price, then the escrow takes it. The seller's part falls in a straight
    line between tolerance and ruin. The name follows from your address, the shipment and the policy, so an escrow cannot be opened twice.
    No single gateway that you did not name decides: name some, or let at least two agree.

    Example: `aios escrow create S --token T --amount 9 --seller V --quorum 2 --agent A --escrow E --rpc U --keystore K --passphrase-file P`
    """
    from gateway.cli.hexadecimal import exactly
    from oracle.escrow import Terms, create_calldata, escrow_id
    from oracle.schemas import subject_id

    subject = _subject(sscc)
    gateways = tuple(exactly("--gateway", one, 20) for one in gateway or ())
    agree = _agreeing(quorum, len(gateways))
    if tolerance_minutes >= ruin_minutes:
        fail(
            f"--tolerance-minutes {tolerance_minutes:g}: is not below --ruin-minutes {ruin_minutes:g}, and the seller's part falls between "
            "them; give less tolerance or a later ruin",
            code=2,
        )
    if arbiter is None:
        err.print("  warning: without --arbiter nothing can be disputed, and what the gateways say is final", style="yellow", markup=False)
    elif exactly("--arbiter", arbiter, 20) == exactly("--seller", seller, 20):
        fail("--arbiter is the seller: name somebody whom neither party is", code=2)

    def terms(units: int) -> "Terms":
        return Terms(
            token=exactly("--token", token, 20),
            seller=exactly("--seller", seller, 20),
            arbiter=bytes(20) if arbiter is None else exactly("--arbiter", arbiter, 20),
            subject=subject_id(subject),
            agent=exactly("--agent", agent, 32),
            amount=units,
            deadline_s=round(time.time() + days * DAY_SECONDS),
            window_seconds=round(window_hours * 3600),
            quorum=agree,
            tolerance_seconds=round(tolerance_minutes * 60),
            ruin_seconds=round(ruin_minutes * 60),
        )

    async def work(transactor: "Transactor", chain: "Network") -> None:
        to = _contract(contract, chain)
        agreed = terms(await _units(transactor, exactly("--token", token, 20), amount))
        if not await _approve(transactor, agreed, to, dry_run=dry_run, yes=yes):
            err.print("  the deposit itself is estimated once the token is approved", markup=False)
            return
        prepared = await transactor.prepare("deposit the price", to, create_calldata(agreed, gateways))
        if await send(transactor, prepared, dry_run=dry_run, yes=yes) is not None:
            out.print(f"escrow 0x{escrow_id(transactor.address, agreed.subject, agreed.agent).hex()}")

    _with_wallet(Wallet(rpc, network, keystore, passphrase_file), work)


@app.command()
def status(
    escrow_id: IdArgument,
    rpc: RpcOption,
    network: NetworkOption = "mainnet",
    contract: ContractOption = None,
    as_json: JsonOption = False,
) -> None:
    """Shows an escrow: its terms, the verdicts so far, and what may be done now. All of it is the node's word.

    Example: `aios escrow status 0x… --escrow 0x… --rpc http://127.0.0.1:8545 --network sepolia`
    """
    from gateway.cli.hexadecimal import exactly

    name = exactly("ID", escrow_id, 32)

    async def work(chain: "ChainRpc", known: "Network") -> Standing:
        return await standing_of(chain, _contract(contract, known), name)

    said = described(name, with_chain(rpc, network, work))
    if as_json:
        out.print_json(json.dumps(said))
        return
    print_table(["what", "value"], [[what.replace("_", " "), str(value)] for what, value in in_words(said).items()])


@app.command()
def settle(
    escrow_id: IdArgument,
    rpc: RpcOption,
    keystore: KeystoreOption,
    passphrase_file: PassphraseOption,
    network: NetworkOption = "mainnet",
    contract: ContractOption = None,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
) -> None:
    """Lets the verdict take effect, or closes after the window: whichever is due. Anybody may.

    Example: `aios escrow settle 0x… --escrow 0x… --rpc http://127.0.0.1:8545 --keystore key.json --passphrase-file passphrase`
    """
    from gateway.cli.hexadecimal import exactly
    from oracle.escrow import Escrow, EscrowState, escrow_of_calldata, step_calldata

    name = exactly("ID", escrow_id, 32)

    async def work(transactor: "Transactor", known: "Network") -> None:
        to = _contract(contract, known)
        state = Escrow.decode(await transactor.ask(to, escrow_of_calldata(name))).state
        step: Literal["settle", "finalize"] = "settle" if state in (EscrowState.NONE, EscrowState.OPEN) else "finalize"
        prepared = await transactor.prepare(f"{step} the escrow", to, step_calldata(step, name))
        await send(transactor, prepared, dry_run=dry_run, yes=yes)

    _with_wallet(Wallet(rpc, network, keystore, passphrase_file), work)


@app.command()
def dispute(
    escrow_id: IdArgument,
    rpc: RpcOption,
    keystore: KeystoreOption,
    passphrase_file: PassphraseOption,
    network: NetworkOption = "mainnet",
    contract: ContractOption = None,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
) -> None:
    """Takes the proposal to the arbiter; only buyer and seller may, and only within the window.

    Example: `aios escrow dispute 0x… --escrow 0x… --rpc http://127.0.0.1:8545 --keystore key.json --passphrase-file passphrase`
    """
    from gateway.cli.hexadecimal import exactly
    from oracle.escrow import step_calldata

    _send_one(
        Wallet(rpc, network, keystore, passphrase_file),
        contract,
        "dispute the proposal",
        step_calldata("dispute", exactly("ID", escrow_id, 32)),
        dry_run=dry_run,
        yes=yes,
    )


@app.command()
def resolve(
    escrow_id: IdArgument,
    seller_units: Annotated[int, typer.Option(min=0, help="What the seller gets, in the token's smallest unit; the buyer gets the rest.")],
    rpc: RpcOption,
    keystore: KeystoreOption,
    passphrase_file: PassphraseOption,
    network: NetworkOption = "mainnet",
    contract: ContractOption = None,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
) -> None:
    """Decides a dispute; only the arbiter may.

    Example: `aios escrow resolve 0x… --seller-units 500000000 --escrow 0x… --rpc http://127.0.0.1:8545 --keystore K --passphrase-file P`
    """
    from gateway.cli.hexadecimal import exactly
    from oracle.escrow import resolve_calldata

    _send_one(
        Wallet(rpc, network, keystore, passphrase_file),
        contract,
        "decide the dispute",
        resolve_calldata(exactly("ID", escrow_id, 32), seller_units),
        dry_run=dry_run,
        yes=yes,
    )


@app.command()
def withdraw(
    token: Annotated[str, typer.Option(metavar="0x..", help="ERC-20 token to take out.")],
    rpc: RpcOption,
    keystore: KeystoreOption,
    passphrase_file: PassphraseOption,
    network: NetworkOption = "mainnet",
    contract: ContractOption = None,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
) -> None:
    """Takes all that you are owed in a token.

    Example: `aios escrow withdraw --token 0x… --escrow 0x… --rpc http://127.0.0.1:8545 --keystore key.json --passphrase-file passphrase`
    """
    from gateway.cli.hexadecimal import exactly
    from oracle.escrow import withdraw_calldata

    _send_one(
        Wallet(rpc, network, keystore, passphrase_file),
        contract,
        "withdraw",
        withdraw_calldata(exactly("--token", token, 20)),
        dry_run=dry_run,
        yes=yes,
    )


# What the commands share


def _subject(sscc: str) -> str:
    """Returns the Digital Link of a shipment; ends with exit code 2 where it has none."""
    from oracle.errors import InvalidKeyError
    from oracle.gs1 import SSCC, Key

    try:
        return Key(SSCC, sscc).uri
    except InvalidKeyError as error:
        reason = error.reason if len(sscc) == SSCC_DIGITS else f"it has {len(sscc)} characters"
        fail(f"SSCC {sscc[:40]!r}: {reason}; give the 18 digits of the shipment's label, the last of them a check digit", code=2)


def _agreeing(quorum: int | None, named: int) -> int:
    """Returns how many gateways must agree; ends where an unnamed one could decide alone, or the contract would refuse."""
    from oracle.escrow import MAX_GATEWAYS

    if quorum is None and named == 0:
        fail("name the gateways that may speak (--gateway 0x.., repeated), or let any two or more agree (--quorum 2)", code=2)
    agree = named // 2 + 1 if quorum is None else quorum
    if named == 0 and not 2 <= agree <= (MAX_GATEWAYS + 1) // 2:
        fail(
            f"--quorum {agree} without --gateway: from 2 to {(MAX_GATEWAYS + 1) // 2}, or any one registered gateway decides alone", code=2
        )
    if named > MAX_GATEWAYS or (named and not named < 2 * agree <= 2 * named):
        fail(f"--quorum {agree} of {named} gateways: at most {MAX_GATEWAYS} are named, and more than half of them agree", code=2)
    return agree


async def _units(transactor: "Transactor", token: bytes, amount: str) -> int:
    """Returns whole tokens in the token's smallest unit."""
    from oracle.hexes import to_checksum

    decimals = await decimals_of(transactor.ask, token)
    if decimals is None:
        fail(
            f"--token {to_checksum(token)}: is no ERC-20 token on this chain, it does not say its decimals; check it and --network", code=2
        )
    units = in_units(amount, decimals)
    if units is None:
        fail(f"--amount {amount[:40]!r} is not a positive number of tokens with at most {decimals} decimals; write it as 1250.5", code=2)
    return units


async def _approve(transactor: "Transactor", terms: "Terms", spender: bytes, *, dry_run: bool, yes: bool) -> bool:
    """Returns whether the escrow may take the price, after letting it if it could not."""
    from oracle.erc20 import allowance_calldata, approve_calldata, balance_calldata

    owned = int.from_bytes(await transactor.ask(terms.token, balance_calldata(transactor.address)), "big")
    if owned < terms.amount:
        fail(
            f"--amount is {terms.amount} of the token's smallest unit and your key owns {owned}: get more of it, or use another key", code=1
        )
    allowed = int.from_bytes(await transactor.ask(terms.token, allowance_calldata(transactor.address, spender)), "big")
    if allowed >= terms.amount:
        return True
    prepared = await transactor.prepare("let the escrow take the price", terms.token, approve_calldata(spender, terms.amount))
    return await send(transactor, prepared, dry_run=dry_run, yes=yes) is not None


def _send_one(wallet: Wallet, contract: str | None, what: str, calldata: bytes, *, dry_run: bool, yes: bool) -> None:
    async def work(transactor: "Transactor", known: "Network") -> None:
        prepared = await transactor.prepare(what, _contract(contract, known), calldata)
        await send(transactor, prepared, dry_run=dry_run, yes=yes)

    _with_wallet(wallet, work)


def _with_wallet(wallet: Wallet, work: Any) -> None:
    """Runs the work; ends with exit code 1 and the contract's own error where it refuses."""
    from oracle.escrow import ERRORS
    from oracle.publication_errors import TransactionRevertsError

    try:
        with_wallet(wallet, [ERRORS], work)
    except TransactionRevertsError as refusal:
        fail(str(refusal), code=1)


def _contract(given: str | None, known: "Network") -> bytes:
    return address_of("--escrow", given, known.contracts.shipment_escrow)
