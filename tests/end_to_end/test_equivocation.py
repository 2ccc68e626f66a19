"""A gateway that contradicts itself loses its stake to a stranger who holds nothing but two bundles."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from oracle import artifacts, gateway_registry
from oracle.attestation import Attestation, Domain, Message
from oracle.bundle_codec import dumps_json, loads
from oracle.deploy import Stakes, deploy
from oracle.equivocation import contradiction
from oracle.gateway_registry import GatewayRecord, Standing
from oracle.publication_errors import TransactionRevertsError
from oracle.schemas import ShipmentStatement
from oracle.signer import LocalSigner
from tests.oracle.bundle_fixture import SHIPMENT, bundle_of, shipment
from tests.peers.chains import CHAINS, ETHER, PeerChain, peer_chain
from tests.peers.eas import deploy_eas

pytestmark = pytest.mark.peer
STAKE = 10 * ETHER
UNBONDING_SECONDS = 14 * 86_400


def bundle_file(folder: Path, gateway: LocalSigner, domain: Domain, verdict: int, ref_uid: bytes = bytes(32)) -> Path:
    """Writes the bundle of a trip that the gateway called `verdict`."""
    told = shipment().bundle
    statement = replace(ShipmentStatement.decode(told.attestation.data), verdict=verdict)
    message = Message(
        schema=ShipmentStatement.UID,
        recipient=bytes(20),
        time=told.attestation.time,
        expiration_time=0,
        revocable=True,
        ref_uid=ref_uid,
        data=statement.encode(),
        salt=bytes([verdict]) * 32,
    )
    attestation = Attestation.signed(message, domain, gateway.address, gateway.sign_digest)
    path = folder / f"verdict-{verdict}.json"
    path.write_bytes(dumps_json(bundle_of(SHIPMENT, told.content, attestation).bundle))
    return path


async def standing(chain: PeerChain, registry: bytes, gateway: bytes) -> GatewayRecord:
    answer = await chain.rpc.get_proof(registry, [gateway_registry.gateway_slot(gateway)], await chain.rpc.block_number())
    return GatewayRecord.decode(int(answer["storageProof"][0]["value"], 16))


@pytest.mark.parametrize("name", CHAINS)
def test_a_third_party_with_two_bundles_slashes_the_gateway(name: str, tmp_path: Path) -> None:
    async def run() -> None:
        async with peer_chain(name, tmp_path) as chain:
            eas = await deploy_eas(chain.rpc, chain.bank, chain.pause)
            gateway, reporter = await chain.funded("gateway"), await chain.funded("reporter")
            deployed = await deploy(chain.rpc, chain.bank, gateway, Stakes(STAKE, UNBONDING_SECONDS), sleep=chain.pause)
            registry = deployed.target.gateway_registry
            paths = [bundle_file(tmp_path, gateway, eas.domain, verdict) for verdict in (0, 1)]
            first, second = (loads(path.read_bytes()).attestation for path in paths)
            reports = chain.transactor(reporter, [artifacts.load("GatewayRegistry").abi])

            # What is no contradiction costs the gateway nothing: one statement twice, and a correction that names what it corrects.
            correction = loads(bundle_file(tmp_path, gateway, eas.domain, 2, first.uid).read_bytes()).attestation
            for other in (first, correction):
                with pytest.raises(TransactionRevertsError):
                    await reports.transact("report", registry, gateway_registry.slash_statements_calldata(first, other, reporter.address))
            assert (await standing(chain, registry, gateway.address)).standing is Standing.ACTIVE

            proof = contradiction(first, second)
            await reports.transact(
                "report", registry, gateway_registry.slash_statements_calldata(proof.first, proof.second, reporter.address)
            )
            assert (await standing(chain, registry, gateway.address)).standing is Standing.SLASHED
            before = await chain.rpc.balance(reporter.address)
            receipt = await reports.transact("claim", registry, gateway_registry.claim_calldata())
            assert before + STAKE // 10 - receipt.gas_used * 200 * 10**9 < await chain.rpc.balance(reporter.address) <= before + STAKE // 10

            # Once is enough, and it is final.
            with pytest.raises(TransactionRevertsError):
                await reports.transact("again", registry, gateway_registry.slash_statements_calldata(first, second, reporter.address))

    asyncio.run(run())
