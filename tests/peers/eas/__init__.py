"""The Ethereum Attestation Service as a peer: eas-sdk as a process, and its contracts deployed from npm's artifacts."""

import asyncio
import json
import shutil
import subprocess
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from eth_abi.abi import decode

from oracle.attestation import Attestation, Domain
from oracle.attestation_json import to_json
from oracle.chain import ChainRpc
from oracle.hexes import to_checksum
from oracle.keccak import keccak256
from oracle.publication import Inclusion
from oracle.signer import Signer
from oracle.transaction import created_address
from oracle.transactor import Transactor

HERE = Path(__file__).parent
ARTIFACTS = HERE / "node_modules" / "@ethereum-attestation-service" / "eas-contracts" / "artifacts" / "contracts"
Pause = Callable[[float], Awaitable[None]]
"""Waits so many seconds for a block."""


def missing_tools() -> str | None:
    """Installs the npm packages of this folder once; returns why that is impossible, or None."""
    if (HERE / "node_modules" / "ethers").exists() and ARTIFACTS.exists():
        return None
    if shutil.which("npm") is None:
        return "npm is not here: install Node 20 to test against eas-sdk and its contracts"
    done = subprocess.run(["npm", "install", "--no-audit", "--no-fund"], cwd=HERE, capture_output=True, text=True, check=False)
    return f"npm could not install eas-sdk: {done.stderr[-300:]}" if done.returncode else None


def eas_tools() -> None:
    """Skips the test where the npm packages cannot be had."""
    if (reason := missing_tools()) is not None:
        pytest.skip(reason)


class Sdk:
    """eas-sdk, asked one question at a time."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def ask(self, **request: Any) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        assert isinstance(answer, dict)
        return answer

    def verifies(self, attestation: Attestation) -> bool:
        return self.ask(do="verify", domain=_config(attestation.domain), document=to_json(attestation)) == {"valid": True}

    def signed(self, domain: Domain, message: dict[str, Any]) -> dict[str, Any]:
        document = self.ask(do="sign", domain=_config(domain), message=message)["document"]
        assert isinstance(document, dict)
        return document


def _config(domain: Domain) -> dict[str, str]:
    return {"address": to_checksum(domain.verifying_contract), "version": domain.version, "chainId": str(domain.chain_id)}


@contextmanager
def eas_sdk() -> Iterator[Sdk]:
    """Yields the SDK in a process of its own."""
    eas_tools()
    command = ["node", "interop.cjs"]
    with subprocess.Popen(command, cwd=HERE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Sdk(process)
        finally:
            process.terminate()


@dataclass(frozen=True, slots=True)
class EasDeployment:
    """The two contracts of EAS on one chain."""

    eas: bytes
    schema_registry: bytes
    version: str
    chain_id: int

    @property
    def domain(self) -> Domain:
        return Domain(self.version, self.chain_id, self.eas)


async def transact(chain: ChainRpc, signer: Signer, to: bytes | None, data: bytes, pause: Pause = asyncio.sleep) -> Inclusion:
    """Returns the receipt of a transaction; `pause` makes a chain go on that mines only when told."""
    return await Transactor(chain, signer, await chain.chain_id(), sleep=pause).transact("a test's transaction", to, data)


async def deploy_eas(chain: ChainRpc, deployer: Signer, pause: Pause = asyncio.sleep) -> EasDeployment:
    """Returns EAS and its SchemaRegistry, deployed from npm's artifacts."""
    eas_tools()
    nonce = await chain.nonce(deployer.address)
    registry, eas = created_address(deployer.address, nonce), created_address(deployer.address, nonce + 1)
    for code in (_creation_code("SchemaRegistry"), _creation_code("EAS") + registry.rjust(32, b"\0")):
        assert (await transact(chain, deployer, None, code, pause)).succeeded
    (version,) = decode(["string"], await chain.call(eas, keccak256(b"version()")[:4]))
    return EasDeployment(eas, registry, version, await chain.chain_id())


def _creation_code(name: str) -> bytes:
    return bytes.fromhex(json.loads((ARTIFACTS / f"{name}.sol" / f"{name}.json").read_text())["bytecode"][2:])
