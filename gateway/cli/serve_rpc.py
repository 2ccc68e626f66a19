"""`aios lightclient serve`: follow the chain and answer JSON-RPC with what is proven, without a gateway around it."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.follow import CheckpointOption, ConfigFile, NetworkOption, SourceOption, StoreOption, guarded, opened, say
from gateway.cli.terminal import JsonOption, fail, out
from gateway.cli.wallet import endpoint


def serve(
    rpc: Annotated[list[str] | None, typer.Option(help="Execution endpoint; may be repeated. It is asked, never believed.")] = None,
    host: Annotated[str, typer.Option(help="Address to listen on; anything but loopback needs --token-file.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")] = 8547,
    token_file: Annotated[Path | None, typer.Option(help="File with the token that callers must show.")] = None,
    config: ConfigFile = None,
    network: NetworkOption = None,
    checkpoint: CheckpointOption = None,
    source: SourceOption = None,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Follows the chain and serves a JSON-RPC endpoint whose answers are proven, or refused; wallets and web3.py can point at it.

    Runs until interrupted. A gateway with [lightclient.rpc] enabled serves the same by itself. Exit code 2 if the settings cannot be used.

    Example: `aios lightclient serve --network mainnet --source http://127.0.0.1:5052 --rpc http://127.0.0.1:8545 --store lightclient.store`
    """
    addresses = [endpoint("--rpc", one) for one in rpc or ("http://127.0.0.1:8545",)]

    async def run() -> None:
        import httpx

        from gateway import serving
        from lightclient.endpoints.endpoint import HttpEndpoint
        from lightclient.rpc.access import LOOPBACK, Access, read_token
        from lightclient.rpc.chain import VerifiedChain
        from lightclient.rpc.server import create_app
        from lightclient.rpc.settings import RpcSettings

        if host not in LOOPBACK and token_file is None:
            fail(f"--token-file is needed to listen on {host}, which others can reach", code=2)
        wanted = replace(RpcSettings(), host=host, port=port, endpoints=tuple(addresses))
        token = read_token(token_file) if token_file else None
        async with opened(config, network, checkpoint, source, store) as client, httpx.AsyncClient() as http:
            endpoints = [HttpEndpoint(url, http, wanted.endpoint_limits) for url in wanted.endpoints]
            app = create_app(VerifiedChain(client, endpoints, wanted, on_condition=say), Access(wanted, token))
            bound = serving.bind(host, port)
            where = f"http://{host}:{bound.getsockname()[1]}"
            out.print_json(json.dumps({"url": where})) if as_json else out.print(f"serving verified answers on {where}", markup=False)
            out.file.flush()
            async with asyncio.TaskGroup() as group:
                group.create_task(client.run())
                group.create_task(serving.serve(app, bound, websocket_bytes=wanted.limits.body_bytes))

    guarded(run(), 0)
