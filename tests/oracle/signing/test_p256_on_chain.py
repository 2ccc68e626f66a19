"""A TPM's key on chain: the precompile verifies its attestation, and the GatewayRegistry takes it as a gateway's by its own signature."""

import asyncio
from pathlib import Path

import pytest

from oracle.attestation import Attestation, Domain
from oracle.deploy import deploy
from oracle.gateway_registry import Curve, add_key_calldata, query_calldata
from oracle.secret import SecretKey
from oracle.signer import P256, LocalSigner
from oracle.signing.backends import create_key, parse
from oracle.signing.desk import Desk, Keys
from oracle.signing.journal import Journal
from oracle.signing.policy import ContractRule, Policy, known_schemas
from tests.oracle.signing.desks import SECRET, shipment
from tests.oracle.signing.hardware import swtpm
from tests.peers.chains import PeerChain, peer_chain

pytestmark = pytest.mark.peer
P256VERIFY = bytes(18) + b"\x01\x00"
"""The precompile of EIP-7951: digest, r, s, x, y in; one in 32 bytes out, or nothing."""


async def verified(chain: PeerChain, call: bytes) -> bytes:
    return await chain.rpc.call(P256VERIFY, call)


@pytest.mark.parametrize("name", ["anvil", "devnet"])
def test_a_tpms_attestation_is_verified_on_chain_and_its_key_registered(tmp_path: Path, name: str) -> None:
    asyncio.run(story(tmp_path, name))


async def story(folder: Path, name: str) -> None:
    with swtpm(folder) as tpm:
        attester = create_key(parse("tpm2:file=key" + tpm.query, folder, folder / "pin"), P256)
        gateway = LocalSigner(SecretKey(SECRET))
        async with peer_chain(name, folder) as chain:
            owner = await chain.funded("owner")
            target = (await deploy(chain.rpc, owner, gateway, sleep=chain.pause)).target
            eas = b"\xea" * 20
            policy = Policy(
                chains=(chain.chain_id,),
                schemas=known_schemas(),
                contracts=(
                    ContractRule(f"0x{eas.hex()}", "eas"),
                    ContractRule(f"0x{target.gateway_registry.hex()}", "gateway-registry"),
                ),
            )
            with Journal(folder / "log") as journal:
                desk = Desk(Keys(attester, gateway), policy, journal, now_s=lambda: 1_800_000_000)
                await check_attestation(chain, desk, eas)
                await check_registration(chain, desk, owner, target.gateway_registry)
        attester.close()  # type: ignore[attr-defined]


async def check_attestation(chain: PeerChain, desk: Desk, eas: bytes) -> None:
    domain, message = Domain("1.4.0", chain.chain_id, eas), shipment(1)
    signed = Attestation.signed(message, domain, desk.attester, lambda _digest: desk.sign_attestation(message, domain, 0))
    call = signed.digest + signed.signature
    assert await verified(chain, call) == bytes(31) + b"\x01"
    for altered in (0, 40, 70, 100, 159):
        assert await verified(chain, call[:altered] + bytes([call[altered] ^ 1]) + call[altered + 1 :]) == b""


async def check_registration(chain: PeerChain, desk: Desk, owner: LocalSigner, registry: bytes) -> None:
    possession = desk.sign_possession(chain.chain_id, registry, desk.gateway, desk.attester, owner.address)
    added = add_key_calldata(desk.gateway, desk.attester, possession)
    await chain.transactor(owner).transact("add the TPM's key", registry, added)
    record = await chain.rpc.call(registry, query_calldata("keyOf", desk.attester))
    assert record[12:32] == desk.gateway
    assert record[-1] == Curve.P256
    assert (await chain.rpc.call(registry, query_calldata("activeGatewayOf", desk.attester)))[12:] == desk.gateway
