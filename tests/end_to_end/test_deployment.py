"""Everything deployed by the command's own steps on anvil, geth and the devnet, and what is recorded about it."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from fullnode.devnet.network_file import network_toml
from lightclient.network import load_network
from oracle import abi, anchor, artifacts, bls, gateway_registry, keystore, votes
from oracle.chain import ChainRpc
from oracle.deploy import Stakes
from oracle.hexes import to_checksum
from oracle.keccak import keccak256
from oracle.publication_errors import PrecompilesMissingError, RegistryNotGenuineError
from oracle.secret import Passphrase, SecretKey
from oracle.settlement import deploy_all
from oracle.signer import LocalSigner
from oracle.transactor import Transactor
from oracle.verdicts import VerdictStatement, verdict_schema_uid
from tests.gateway.test_cli import aios
from tests.oracle.anvil import FUNDED, PATIENT, anvil, built_contracts
from tests.oracle.chain_fixture import NETWORK
from tests.peers.chains import CHAINS, peer_chain
from tests.peers.eas import deploy_eas

pytestmark = [pytest.mark.peer, pytest.mark.timeout(1200)]


@pytest.mark.parametrize("name", CHAINS)
def test_everything_is_deployed_checked_and_recorded(name: str, tmp_path: Path) -> None:
    escrow, bond, together = (artifacts.load_built(one, built_contracts()) for one in ("ShipmentEscrow", "DefectBond", "BlsShipmentEscrow"))

    async def story() -> None:
        async with peer_chain(name, tmp_path) as chain:
            deployer = await chain.funded("deployer")
            eas = await deploy_eas(chain.rpc, chain.bank, chain.pause)
            transactor = chain.transactor(deployer, [escrow.abi, bond.abi])
            stakes = Stakes(10**18, 86_400, b"\x7e" * 20)
            done = await deploy_all(
                transactor,
                transactor.send,
                escrow=escrow,
                bond=bond,
                eas=eas.eas,
                owner=deployer.address,
                stakes=stakes,
                bls_escrow=together,
            )
            assert done.bls_shipment_escrow is not None
            assert (done.chain_id, done.schema_registry) == (chain.chain_id, eas.schema_registry)
            codes = {at: keccak256(await chain.rpc.get_code(at)) for at in (done.gateway_registry, done.anchor_registry)}
            assert codes[done.gateway_registry] == gateway_registry.code_hash()
            assert codes[done.anchor_registry] == anchor.anchor_registry_code_hash(done.gateway_registry)
            for resolver in (done.shipment_escrow, done.defect_bond, done.bls_shipment_escrow):
                assert await transactor.ask(resolver, abi.call("SCHEMA_UID()")) == verdict_schema_uid(resolver)
                known = await transactor.ask(eas.schema_registry, abi.call("getSchema(bytes32)", verdict_schema_uid(resolver)))
                assert VerdictStatement.SCHEMA.encode() in known
                assert resolver in known
            assert int.from_bytes(await transactor.ask(done.gateway_registry, abi.call("minimumStake()")), "big") == 10**18
            record = done.to_json()
            assert set(record["contracts"]) == {
                "gateway_registry",
                "anchor_registry",
                "eas",
                "schema_registry",
                "shipment_escrow",
                "defect_bond",
                "bls_shipment_escrow",
            }
            assert bls.VERDICT_TAG in await transactor.ask(done.bls_shipment_escrow, abi.call("VERDICT_TAG()"))
            assert votes.decode_bls_key(await transactor.ask(done.gateway_registry, votes.bls_key_of_calldata(bytes(20)))) == b""
            assert record["verdict_schemas"]["defect_bond"] == "0x" + verdict_schema_uid(done.defect_bond).hex()

    asyncio.run(story())


def test_what_was_created_otherwise_is_refused(tmp_path: Path) -> None:
    escrow, bond = (artifacts.load_built(one, built_contracts()) for one in ("ShipmentEscrow", "DefectBond"))

    async def story() -> None:
        async with peer_chain("anvil", tmp_path) as chain:
            eas = await deploy_eas(chain.rpc, chain.bank, chain.pause)
            transactor = chain.transactor(chain.bank)
            altered = type(escrow)(
                escrow.name,
                escrow.abi,
                bond.bytecode,
                escrow.deployed_bytecode,
                escrow.immutables,
                escrow.storage,
                escrow.compiler,
            )
            with pytest.raises(RegistryNotGenuineError):
                await deploy_all(
                    transactor, transactor.send, escrow=altered, bond=bond, eas=eas.eas, owner=chain.bank.address, stakes=Stakes()
                )

    asyncio.run(story())


def test_a_chain_without_the_precompiles_gets_no_escrow_that_needs_them(tmp_path: Path) -> None:
    escrow, bond, together = (artifacts.load_built(one, built_contracts()) for one in ("ShipmentEscrow", "DefectBond", "BlsShipmentEscrow"))

    async def story(url: str) -> None:
        async with httpx.AsyncClient() as client:
            chain, bank = ChainRpc(client, url, PATIENT), LocalSigner(SecretKey(FUNDED))
            transactor = Transactor(chain, bank, await chain.chain_id())
            with pytest.raises(PrecompilesMissingError, match="--no-bls"):
                await deploy_all(
                    transactor,
                    transactor.send,
                    escrow=escrow,
                    bond=bond,
                    eas=bytes(20),
                    owner=bank.address,
                    stakes=Stakes(),
                    bls_escrow=together,
                )
            assert await chain.nonce(bank.address) == 0

    with anvil("--hardfork", "cancun") as url:
        asyncio.run(story(url))


@pytest.mark.parametrize(("option", "names"), [("--bls", 7), ("--no-bls", 6)])
def test_the_command_deploys_and_records(option: str, names: int, tmp_path: Path) -> None:
    folder, record = built_contracts(), tmp_path / "record.json"

    async def story() -> None:
        async with peer_chain("anvil", tmp_path) as chain:
            eas = await deploy_eas(chain.rpc, chain.bank, chain.pause)
            (tmp_path / "passphrase").touch(mode=0o600)
            (tmp_path / "passphrase").write_text("correct horse\n")
            keystore.store(tmp_path / "key.json", SecretKey(FUNDED), Passphrase(b"correct horse"), keystore.ScryptCost(n=1 << 12))
            (tmp_path / "network.toml").write_text(network_toml(replace(NETWORK, chain_id=chain.chain_id)))
            words = ["contracts", "deploy", "--rpc", chain.url, "--network", str(tmp_path / "network.toml"), "--eas", to_checksum(eas.eas)]
            words += ["--keystore", str(tmp_path / "key.json"), "--passphrase-file", str(tmp_path / "passphrase"), "--build", str(folder)]
            done = await asyncio.to_thread(aios, *words, option, "--record", str(record), "--yes")
            assert done.returncode == 0, done.stderr
            contracts = json.loads(record.read_text())["contracts"]
            assert (len(contracts), "bls_shipment_escrow" in contracts) == (names, option == "--bls")
            # What it prints is what a network file takes.
            lines = network_toml(replace(NETWORK, chain_id=chain.chain_id)).partition("[contracts]")[0]
            (tmp_path / "network.toml").write_text(lines + done.stdout[done.stdout.index("[contracts]") :])
            assert load_network(str(tmp_path / "network.toml")).contracts.bls_shipment_escrow == contracts.get("bls_shipment_escrow")
            for address in contracts.values():
                assert await chain.rpc.get_code(bytes.fromhex(address[2:]))

    asyncio.run(story())
