"""`aios lightclient sync`, `status` and `proof`: the light client at work, in the foreground."""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from gateway.cli.errors import messages
from gateway.cli.hexadecimal import exactly, storage_key
from gateway.cli.plain import cell, plain
from gateway.cli.terminal import JsonOption, err, fail, out, visible
from gateway.cli.wallet import endpoint

if TYPE_CHECKING:
    from lightclient.client import LightClient
    from lightclient.heads import Status
    from lightclient.network import Network
    from lightclient.settings import LightClientSettings

ConfigFile = Annotated[Path | None, typer.Option("--config", "-c", help="The gateway's settings file; its [lightclient] is used.")]
NetworkOption = Annotated[str | None, typer.Option(help="The chain: mainnet, sepolia, hoodi, devnet-minimal, or a network file.")]
CheckpointOption = Annotated[str | None, typer.Option(help="Root of a finalized block that you trust; not needed once a store exists.")]
SourceOption = Annotated[list[str] | None, typer.Option(help="Address of a beacon REST server; may be repeated, none is trusted.")]
StoreOption = Annotated[Path | None, typer.Option(help="File that remembers what was verified; created where it is missing.")]
TimeoutOption = Annotated[float, typer.Option(min=1, help="Seconds to try for before giving up.")]

STATUS_SECONDS = 10.0
"""Longest wait of `status` where it has to read the store file itself."""

LOCAL_RPC = "http://127.0.0.1:8545"
"""Where an execution node on this machine listens, which `proof` asks unless another is named."""

BAR_SECONDS = 0.1
"""How often the bar looks at the client."""


def sync(
    config: ConfigFile = None,
    network: NetworkOption = None,
    checkpoint: CheckpointOption = None,
    source: SourceOption = None,
    store: StoreOption = None,
    timeout: TimeoutOption = 600.0,
    as_json: JsonOption = False,
) -> None:
    """Catches up to the present, period by period, and prints the verified heads.

    Exit code 0 when the heads are of now, 1 if no source leads there in time, 2 if the settings cannot be used.

    Example: `aios lightclient sync --network mainnet --checkpoint 0x… --source http://127.0.0.1:5052 --store lightclient.store`
    """

    async def run() -> "Status":
        async with opened(config, network, checkpoint, source, store) as client:
            await _caught_up(client, timeout)
            return client.status()

    _show(guarded(run(), timeout), as_json=as_json)


def status(
    config: ConfigFile = None,
    network: NetworkOption = None,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Shows what is verified: heads, their age and participation, the committee period, the trust root and its age, sources and scores.

    Asks the running gateway; where none runs, or with --store, it reads the store file. Exit code 1 if nothing is verified yet.

    Example: `aios lightclient status --config demo-data/gateway.toml`
    """
    if config is not None and store is None:
        from gateway.control import NotRunningError, call
        from gateway.settings import load

        try:
            _show_document(call(Path(load(config).gateway.data_dir), "lightclient"), as_json=as_json)
        except NotRunningError as error:
            err.print(f"{error}; reading its store file", markup=False)
        else:
            return

    async def run() -> "Status":
        async with opened(config, network, None, (), store) as client:
            async with asyncio.timeout(STATUS_SECONDS):
                await client.start()
            return client.status()

    _show(guarded(run(), STATUS_SECONDS), as_json=as_json)


def proof(
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="The account: 0x and 40 hexadecimal digits.")],
    slots: Annotated[list[str] | None, typer.Argument(metavar="[SLOT]...", help="Storage slots, as numbers or 0x-prefixed keys.")] = None,
    rpc: Annotated[
        str | None,
        typer.Option(metavar="URL", help=f"Execution endpoint that is asked for the proof, never believed; without it {LOCAL_RPC}."),
    ] = None,
    config: ConfigFile = None,
    network: NetworkOption = None,
    checkpoint: CheckpointOption = None,
    source: SourceOption = None,
    store: StoreOption = None,
    timeout: TimeoutOption = 600.0,
    as_json: JsonOption = False,
) -> None:
    """Fetches an account and storage slots and proves them under the newest finalized block.

    Says which endpoint it asks for the proof; --rpc names another. It must keep state of the last 15 minutes, as every node does.

    Exit code 0 if the answer is proven, 1 if it is refused or no source leads to a finalized block, 2 if an option cannot be used.

    Example: `aios lightclient proof 0x00000000219ab540356cBB839Cbe05303d7705Fa 0 --config /etc/aios/gateway.toml`
    """
    asked = endpoint("--rpc", LOCAL_RPC if rpc is None else rpc)
    account = exactly("ADDRESS", address, 20)
    keys = [storage_key("SLOT", text) for text in slots or ()]
    chosen = "; --rpc names another" if rpc is None else ""
    err.print(f"the proof is asked of {visible(asked)}{chosen}", style="dim", markup=False)

    async def run() -> dict[str, Any]:
        import httpx

        from lightclient.execution.proof import verify_proof_answer
        from oracle.chain import ChainRpc
        from oracle.hexes import to_checksum
        from oracle.publication_errors import RpcAnswerError, RpcRefusedError, RpcUnreachableError

        async with opened(config, network, checkpoint, source, store) as client, httpx.AsyncClient() as http:
            await _caught_up(client, timeout)
            head = client.head().finalized
            if head.execution is None:
                fail("the finalized head has no execution block yet", code=1)
            try:
                answer = await ChainRpc(http, asked).get_proof(account, keys, head.execution.block_number)
            except (RpcAnswerError, RpcRefusedError, RpcUnreachableError) as error:
                fail(f"{visible(asked)}: {error}; name another execution endpoint with --rpc", code=1)
            proven = verify_proof_answer(answer, state_root=head.execution.state_root, address=account, keys=keys)
            return {
                "block": head.execution.block_number,
                "state_root": f"0x{head.execution.state_root.hex()}",
                "address": to_checksum(account),
                "exists": proven.exists,
                "nonce": proven.account.nonce,
                "balance": str(proven.account.balance),
                "code_hash": f"0x{proven.account.code_hash.hex()}",
                "storage": {f"0x{key.hex()}": hex(value) for key, value in zip(keys, proven.storage, strict=True)},
            }

    _show_document(guarded(run(), timeout), as_json=as_json)


@asynccontextmanager
async def opened(
    config: Path | None, network: str | None, checkpoint: str | None, sources: Any, store: Path | None
) -> "AsyncIterator[LightClient]":
    """Yields a light client of the settings file, or of the options, which win."""
    import httpx

    from lightclient.bls.pyblst_backend import PyblstBackend
    from lightclient.client import LightClient
    from lightclient.persistence import StoreFile
    from lightclient.settings import RestLimits
    from lightclient.sources import RestBeaconSource

    wanted, file, chain = _settings(config, network)
    wanted = replace(wanted, sources=tuple(sources or wanted.sources))
    root = checkpoint if checkpoint is not None else wanted.checkpoint or None
    trusted = b"" if root is None else exactly("--checkpoint", root, 32)
    limits = RestLimits(timeout_seconds=wanted.request_timeout_seconds)
    path = store or file
    async with httpx.AsyncClient() as http:
        yield LightClient(
            chain,
            trusted,
            [RestBeaconSource(url, chain, http, limits) for url in wanted.sources],
            bls=PyblstBackend(),
            time=time.time,
            on_condition=say,
            settings=wanted,
            file=StoreFile(path) if path else None,
        )


def _settings(config: Path | None, network: str | None) -> "tuple[LightClientSettings, Path | None, Network]":
    """Returns the light client's settings, its store and its chain, which is the one given by hand or the settings' own."""
    from gateway.networks import followed
    from gateway.settings import load
    from lightclient.network import load_network
    from lightclient.settings import LightClientSettings

    given = None if network is None else load_network(network)
    if config is None:
        wanted = LightClientSettings()
        return wanted, None, given or load_network(wanted.network)
    settings = load(config)
    if settings.lightclient is None:
        fail(f"{config} has no [lightclient]", code=2)
    return settings.lightclient, settings.below("lightclient.store"), given or followed(settings, settings.lightclient)


async def _caught_up(client: "LightClient", seconds: float) -> None:
    """Brings the client to the present, with a bar over the periods on standard error."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    # Where no terminal is, a bar that goes away would leave an empty line.
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bar:
        task = bar.add_task("periods", total=None)
        async with asyncio.timeout(seconds):
            await client.start()
            first = client.status().period
            last = client.network.period_at_slot(client.network.slot_at_time(time.time()))
            bar.update(task, total=max(last - first, 0))

            async def watch() -> None:
                while True:
                    bar.update(task, completed=client.status().period - first)
                    await asyncio.sleep(BAR_SECONDS)

            watcher = asyncio.create_task(watch())
            try:
                await client.catch_up()
                await client.poll()
            finally:
                watcher.cancel()
                client.write_down()


def guarded(run: Any, timeout: float) -> Any:
    """Returns what the coroutine returns; what the light client refuses ends the process with its exit code."""
    from lightclient.errors import LightClientError, OursError
    from oracle.errors import OracleError

    try:
        return asyncio.run(_alone(run))
    except TimeoutError:
        fail(f"not done after {timeout:g} s", code=1)
    except OursError as error:
        fail(str(error), code=2)
    except (LightClientError, OracleError) as error:
        fail(*(messages(error) or [str(error)]), code=1)


async def _alone(run: Any) -> Any:
    """Returns what the coroutine returns; of a group of errors, raises the first one, which ended the others."""
    try:
        return await run
    except BaseExceptionGroup as group:
        first: BaseException = group
        while isinstance(first, BaseExceptionGroup):
            first = first.exceptions[0]
        raise first from None


def say(name: str, severity: str | None, text: str) -> None:
    """Tells a person of a condition that begins or ends."""
    err.print(plain(f"{severity or 'over'}: {name}: {text}"), markup=False)


def _show(status: "Status", *, as_json: bool) -> None:
    from gateway.lightclient_status import describe

    _show_document(describe(status), as_json=as_json)
    if status.heads is None:
        sys.exit(1)


def _show_document(document: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        out.print_json(json.dumps(document))
        return
    grid = Table(show_header=False)
    grid.add_column()
    grid.add_column(overflow="fold")
    for name, value in document.items():
        if isinstance(value, dict):
            for part, inner in value.items():
                grid.add_row(f"{name} {part}".replace("_", " "), "-" if inner is None else cell(inner))
        elif not isinstance(value, list):
            grid.add_row(name.replace("_", " "), "-" if value is None else cell(value))
    out.print(grid)
    for rows in (value for value in document.values() if isinstance(value, list) and value):
        table = Table(*(name.replace("_", " ") for name in rows[0]))
        for row in rows:
            table.add_row(*(cell(value) for value in row.values()))
        out.print(table)
