"""`aios gateway register` against a real registry on anvil, and how it refuses before anything is sent."""

import asyncio
import dataclasses
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner, Result

from fullnode.devnet.network_file import network_toml
from gateway.cli import gateway
from lightclient.network import Contracts, load_network
from oracle import gateway_registry, keystore
from oracle.chain import ChainRpc
from oracle.gateway_registry import GatewayRecord, Standing
from oracle.publication_errors import TransactionRevertsError
from oracle.secret import Passphrase, SecretKey
from oracle.signer import LocalSigner
from oracle.transaction import created_address
from oracle.transactor import Transactor
from tests.oracle.anvil import FUNDED, PATIENT, anvil

GATEWAY = SecretKey(bytes(range(1, 33)))
STAKE_WEI = 10**18


def wallet(folder: Path, name: str, key: SecretKey) -> tuple[str, str]:
    """Returns a key file and its passphrase's file."""
    path, words = folder / f"{name}.json", folder / f"{name}.pass"
    if path.exists():
        return str(path), str(words)
    words.touch(mode=0o600)
    words.write_text("correct horse battery staple")
    keystore.store(path, key, Passphrase(b"correct horse battery staple"), keystore.ScryptCost(n=1 << 12))
    return str(path), str(words)


def options(folder: Path, url: str) -> list[str]:
    operator, its_words = wallet(folder, "operator", SecretKey(FUNDED))
    return ["--rpc", url, "--keystore", operator, "--passphrase-file", its_words, "--network", str(folder / "network.toml")]


def register(folder: Path, url: str, *more: str) -> Result:
    key, words = wallet(folder, "gateway", GATEWAY)
    document = folder / "did.json"
    document.write_text('{"id": "did:web:example.org"}')
    said = ["--gateway-keystore", key, "--gateway-passphrase-file", words, "--document", str(document)]
    uri = ["--document-uri", "https://example.org/did.json"]
    return CliRunner().invoke(gateway.app, ["register", *options(folder, url), *said, *uri, *more])


async def deployed(url: str, folder: Path) -> bytes:
    async with httpx.AsyncClient() as client:
        chain, owner = ChainRpc(client, url, PATIENT), LocalSigner(SecretKey(FUNDED))
        address = created_address(owner.address, await chain.nonce(owner.address))
        creation = gateway_registry.creation(owner.address, STAKE_WEI, 3600)
        await Transactor(chain, owner, 31_337).transact("create the registry", None, creation)
    network = dataclasses.replace(
        load_network("devnet-minimal"), chain_id=31_337, contracts=Contracts(gateway_registry=f"0x{address.hex()}")
    )
    (folder / "network.toml").write_text(network_toml(network))
    return address


async def standing(url: str, registry: bytes) -> Standing:
    async with httpx.AsyncClient() as client:
        chain = ChainRpc(client, url, PATIENT)
        slot = gateway_registry.gateway_slot(GATEWAY.address)
        answer = await chain.get_proof(registry, [slot], await chain.block_number())
    return GatewayRecord.decode(int(answer["storageProof"][0]["value"], 16)).standing


@pytest.mark.peer
def test_a_gateway_is_registered_with_its_stake_and_document(tmp_path: Path) -> None:
    with anvil("--hardfork", "osaka") as url:
        registry = asyncio.run(deployed(url, tmp_path))
        dry = register(tmp_path, url, "--stake", "1", "--dry-run")
        assert dry.exit_code == 0, dry.output
        assert "dry run" in dry.output
        assert "ether" in dry.output
        assert asyncio.run(standing(url, registry)) is Standing.UNKNOWN
        done = register(tmp_path, url, "--stake", "1", "--yes")
        assert done.exit_code == 0, done.output
        assert "mined in block" in done.output
        assert asyncio.run(standing(url, registry)) is Standing.ACTIVE
        again = register(tmp_path, url, "--stake", "1", "--yes")
        assert isinstance(again.exception, TransactionRevertsError)
        further = SecretKey(bytes(range(2, 34)))
        digest = gateway_registry.possession_digest(
            chain_id=31_337, registry=registry, gateway=GATEWAY.address, key=further.address, operator=SecretKey(FUNDED).address
        )
        possession = ["--possession", "0x" + LocalSigner(further).sign_digest(digest).hex(), "--gateway", f"0x{GATEWAY.address.hex()}"]
        added = CliRunner().invoke(gateway.app, ["add-key", f"0x{further.address.hex()}", *possession, *options(tmp_path, url), "--yes"])
        assert added.exit_code == 0, added.output
        unbond = CliRunner().invoke(gateway.app, ["unbond", "--gateway", f"0x{GATEWAY.address.hex()}", *options(tmp_path, url), "--yes"])
        assert unbond.exit_code == 0, unbond.output
        assert asyncio.run(standing(url, registry)) is Standing.UNBONDING


@pytest.mark.peer
def test_too_small_a_stake_is_refused_with_the_registrys_own_error(tmp_path: Path) -> None:
    with anvil("--hardfork", "osaka") as url:
        asyncio.run(deployed(url, tmp_path))
        refused = register(tmp_path, url, "--stake", "0.5", "--yes")
        assert isinstance(refused.exception, TransactionRevertsError)
        assert "Stake" in str(refused.exception)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--stake", "lots"], "not an amount of ether"),
        (["--stake", "-1"], "not an amount of ether"),
        (["--stake", "NaN"], "not an amount of ether"),
        (["--document", "nowhere.json", "--document-uri", "x"], "cannot be read"),
        (["--document", "nowhere.json"], "give both"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_is_asked(tmp_path: Path, more: list[str], words: str) -> None:
    base = [
        "register",
        "--rpc",
        "http://127.0.0.1:1",
        "--keystore",
        "k",
        "--passphrase-file",
        "p",
        "--gateway",
        "0x12",
        "--possession",
        "0x",
    ]
    result = CliRunner().invoke(gateway.app, [*base, *more])
    assert result.exit_code == 2
    assert words in result.output
