"""Everything deployed by the command's own steps on anvil, geth and the devnet, and what is recorded about it."""

import asyncio
from pathlib import Path

import pytest

from oracle import abi, anchor, artifacts, gateway_registry
from oracle.deploy import Stakes
from oracle.keccak import keccak256
from oracle.publication_errors import RegistryNotGenuineError
from oracle.settlement import deploy_all
from oracle.verdicts import VerdictStatement, verdict_schema_uid
from tests.oracle.anvil import built_contracts
from tests.peers.chains import CHAINS, peer_chain
from tests.peers.eas import deploy_eas

pytestmark = [pytest.mark.peer, pytest.mark.timeout(120)]


@pytest.mark.parametrize("name", CHAINS)
def test_everything_is_deployed_checked_and_recorded(name: str, tmp_path: Path) -> None:
    escrow, bond = (artifacts.load_built(one, built_contracts()) for one in ("ShipmentEscrow", "DefectBond"))

    async def story() -> None:
        async with peer_chain(name, tmp_path) as chain:
            deployer = await chain.funded("deployer")
            eas = await deploy_eas(chain.rpc, chain.bank, chain.pause)
            transactor = chain.transactor(deployer, [escrow.abi, bond.abi])
            stakes = Stakes(10**18, 86_400, b"\x7e" * 20)
            done = await deploy_all(
                transactor, transactor.send, escrow=escrow, bond=bond, eas=eas.eas, owner=deployer.address, stakes=stakes
            )
            assert (done.chain_id, done.schema_registry) == (chain.chain_id, eas.schema_registry)
            codes = {at: keccak256(await chain.rpc.get_code(at)) for at in (done.gateway_registry, done.anchor_registry)}
            assert codes[done.gateway_registry] == gateway_registry.code_hash()
            assert codes[done.anchor_registry] == anchor.anchor_registry_code_hash(done.gateway_registry)
            for resolver in (done.shipment_escrow, done.defect_bond):
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
            }
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
