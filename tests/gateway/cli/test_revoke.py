"""`aios attestation revoke`: what it asks of the running gateway, and what it sends by hand with a key that was stolen."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner, Result

from gateway.cli import attestation
from oracle import eas
from oracle.chain import ChainRpc
from oracle.publication_errors import TransactionRevertsError
from oracle.secret import SecretKey
from oracle.signer import LocalSigner
from tests.gateway.cli.test_gateway import deployed, options
from tests.oracle.anvil import FUNDED, PATIENT, anvil
from tests.peers.eas import deploy_eas

UID = b"\x5a" * 32


def revoke(*words: str) -> Result:
    return CliRunner().invoke(attestation.app, ["revoke", f"0x{UID.hex()}", *words])


@pytest.mark.peer
def test_what_a_thief_signed_is_revoked_with_the_stolen_key(tmp_path: Path) -> None:
    async def prepare(url: str) -> bytes:
        await deployed(url, tmp_path)
        async with httpx.AsyncClient() as client:
            return (await deploy_eas(ChainRpc(client, url, PATIENT), LocalSigner(SecretKey(FUNDED)))).eas

    async def revoked(url: str, contract: bytes) -> int:
        stolen = LocalSigner(SecretKey(FUNDED)).address.rjust(32, b"\0")
        async with httpx.AsyncClient() as client:
            calldata = eas.selector("getRevokeOffchain(address,bytes32)") + stolen + UID
            return int.from_bytes(await ChainRpc(client, url, PATIENT).call(contract, calldata), "big")

    with anvil("--hardfork", "osaka") as url:
        contract = asyncio.run(prepare(url))
        by_hand = ["--force", *options(tmp_path, url), "--eas", f"0x{contract.hex()}"]
        dry = revoke(*by_hand, "--dry-run")
        assert (dry.exit_code, asyncio.run(revoked(url, contract))) == (0, 0), dry.output
        done = revoke(*by_hand, "--yes")
        assert done.exit_code == 0, done.output
        assert asyncio.run(revoked(url, contract)) > 0
        again = revoke(*by_hand, "--yes")
        assert isinstance(again.exception, TransactionRevertsError)
        assert "AlreadyRevokedOffchain" in str(again.exception)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--keystore", "k", "--passphrase-file", "p", "--rpc", "http://127.0.0.1:1"], "--force"),
        (["--force", "--keystore", "k", "--rpc", "http://127.0.0.1:1"], "--passphrase-file and --rpc"),
        (["--force", "--keystore", "k", "--passphrase-file", "p"], "--passphrase-file and --rpc"),
        (["--force", "--rpc", "http://127.0.0.1:1"], "go with --keystore"),
        (["--dry-run"], "go with --keystore"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_is_asked(words: list[str], said: str) -> None:
    result = revoke(*words)
    assert result.exit_code == 2
    assert said in " ".join(result.output.split())


@pytest.mark.parametrize("force", [False, True])
def test_the_running_gateway_is_told_whether_the_store_need_not_know_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, force: bool
) -> None:
    asked: list[dict[str, Any]] = []

    def call(_folder: Path, command: str, **arguments: Any) -> dict[str, Any]:
        asked.append({"command": command, **arguments})
        return {"index": 0, "state": "staged"}

    monkeypatch.setattr("gateway.control.call", call)
    (tmp_path / "gateway.toml").write_text(f'[gateway]\ndata_dir = "{tmp_path}"\n')
    result = revoke("--config", str(tmp_path / "gateway.toml"), *(["--force"] if force else []))
    assert result.exit_code == 0, result.output
    assert asked == [{"command": "oracle-revoke", "uid": f"0x{UID.hex()}", "force": force}]
