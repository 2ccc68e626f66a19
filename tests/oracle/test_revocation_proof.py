"""Revocation as a bundle proves it, on real chains with EAS from npm: the slot that the verifier looks at holds the time."""

import asyncio
from pathlib import Path

import httpx
import pytest

from lightclient.execution.proof import verify_account_proof, verify_storage_proof
from oracle.bundle_build import account_nodes, storage_nodes
from oracle.eas import layout_of, revocation_slot, revoke_offchain_calldata
from tests.peers.chains import PeerChain, peer_chain
from tests.peers.eas import deploy_eas

pytestmark = pytest.mark.peer
UID = b"\x07" * 32


async def proven_word(chain: PeerChain, contract: bytes, slot: bytes) -> int:
    """The word that the newest block's state proves."""
    async with httpx.AsyncClient() as client:
        question = {"jsonrpc": "2.0", "id": 1, "method": "eth_getBlockByNumber", "params": ["latest", False]}
        block = (await client.post(chain.url, json=question)).json()["result"]
    answer = await chain.rpc.get_proof(contract, [slot], int(block["number"], 16))
    account = verify_account_proof(bytes.fromhex(block["stateRoot"][2:]), contract, account_nodes(answer))
    assert account is not None
    return verify_storage_proof(account.storage_hash, slot, storage_nodes(answer, 0))


@pytest.mark.parametrize("name", ["anvil", "devnet"])
def test_the_time_of_revocation_is_proven_where_the_verifier_looks(name: str, tmp_path: Path) -> None:
    async def story() -> None:
        async with peer_chain(name, tmp_path) as chain:
            eas = await deploy_eas(chain.rpc, chain.bank, chain.pause)
            revoker = await chain.funded("revoker")
            layout = layout_of(eas.version)
            slot = revocation_slot(layout, revoker.address, UID)
            assert await proven_word(chain, eas.eas, slot) == 0
            await chain.transactor(revoker).transact("revoke", eas.eas, revoke_offchain_calldata(UID), 0)
            assert 0 <= await chain.timestamp() - await proven_word(chain, eas.eas, slot) < 120
            assert await proven_word(chain, eas.eas, revocation_slot(layout, chain.bank.address, UID)) == 0

    asyncio.run(story())
