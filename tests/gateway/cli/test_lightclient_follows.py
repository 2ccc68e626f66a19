"""`sync`, `status`, `proof` and `serve` against a devnet over real sockets on the loopback."""

import asyncio
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from fullnode.devnet.devnet import Devnet
from fullnode.devnet.network_file import network_toml
from fullnode.devnet.settings import DevnetSettings
from gateway.cli.lightclient import app

pytestmark = [pytest.mark.slow, pytest.mark.loopback]
SLOTS = 150


def call(*arguments: str, code: int = 0) -> Any:
    result = CliRunner().invoke(app, [*arguments, "--json"])
    assert result.exit_code == code, result.output
    return json.loads(result.stdout) if result.stdout.startswith("{") else None


def test_it_syncs_shows_proves_and_serves(tmp_path: Path) -> None:
    async def story() -> None:
        begun = int(time.time()) - SLOTS * DevnetSettings().consensus.seconds_per_slot
        async with Devnet(DevnetSettings(ticking=False, genesis_time=begun)) as devnet:
            devnet.advance_to(40)
            checkpoint = "0x" + devnet.checkpoint().hex()
            devnet.advance_to(SLOTS - 1)
            file, store = tmp_path / "network.toml", str(tmp_path / "store")
            file.write_text(network_toml(devnet.network))
            options = ("--network", str(file), "--source", devnet.beacon_url, "--store", store)
            synced = await asyncio.to_thread(call, "sync", *options, "--checkpoint", checkpoint)
            assert synced["optimistic"]["slot"] == SLOTS - 2
            assert synced["committee_period"] == synced["finalized"]["slot"] // 64
            assert synced["sources"][0]["quality"] == 1.0
            shown = await asyncio.to_thread(call, "status", "--network", str(file), "--store", store)
            assert shown["finalized"]["slot"] == synced["finalized"]["slot"]
            assert shown["trust_root"] == checkpoint
            funded = "0x" + devnet.accounts[0].address.hex()
            proven = await asyncio.to_thread(call, "proof", funded, "0", "0x1", "--rpc", devnet.rpc_url, *options)
            assert int(proven["balance"]) > 0
            assert list(proven["storage"].values()) == ["0x0", "0x0"]
            dead = ["proof", funded, "--rpc", "http://127.0.0.1:1", *options]
            result = await asyncio.to_thread(CliRunner().invoke, app, dead)
            told = " ".join(result.stderr.split())
            assert (result.exit_code, "the proof is asked of http://127.0.0.1:1 " in told) == (1, True)
            assert "aios: http://127.0.0.1:1: eth_getProof: the RPC does not answer" in told
            assert told.endswith("name another execution endpoint with --rpc")
            await _served(devnet, options, funded, int(proven["balance"]))

    asyncio.run(story())


async def _served(devnet: Devnet, options: tuple[str, ...], funded: str, balance: int) -> None:
    command = [sys.executable, "-m", "gateway", "lightclient", "serve", *options, "--rpc", devnet.rpc_url, "--port", "0"]
    process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        assert process.stdout is not None
        url = (await asyncio.wait_for(process.stdout.readline(), 150)).decode().split()[-1]
        request = {"jsonrpc": "2.0", "id": 1, "method": "eth_getBalance", "params": [funded, "finalized"]}
        async with httpx.AsyncClient() as http:
            for _ in range(500):
                answer = await http.post(url, json=request)
                if "result" in answer.json():
                    break
                await asyncio.sleep(0.2)
        assert int(answer.json()["result"], 16) == balance, answer.text
        assert answer.headers["x-aios-verified"] == "verified"
    finally:
        process.terminate()
        await process.communicate()


def test_no_source_is_exit_code_1(tmp_path: Path) -> None:
    options = ("--network", "mainnet", "--checkpoint", "0x" + "11" * 32, "--source", "http://127.0.0.1:9", "--timeout", "1")
    call("sync", *options, code=1)
    call("status", "--network", "mainnet", "--store", str(tmp_path / "none"), code=2)


def test_a_proof_that_no_source_leads_to_is_refused_without_empty_lines_or_class_names() -> None:
    words = ["proof", "0x" + "1" * 40, "--checkpoint", "0x" + "1" * 64, "--source", "http://127.0.0.1:1", "--timeout", "1"]
    result = CliRunner().invoke(app, words)
    lines = result.stderr.splitlines()
    assert result.exit_code == 1
    assert all(lines)
    assert lines[0] == "the proof is asked of http://127.0.0.1:8545; --rpc names another"
    assert lines[-1] == "aios: not done after 1 s"
