"""`aios key rotate` on a chain: the new key stands for the gateway, the old one is revoked and keeps its time."""

import asyncio
from pathlib import Path

import pytest

from fullnode.devnet.network_file import network_toml
from gateway.cli import key_rotate
from lightclient.network import load_network
from oracle import keystore
from oracle.deploy import deploy
from oracle.gateway_registry import query_calldata
from oracle.keystore import ScryptCost
from oracle.secret import Passphrase, SecretKey
from oracle.signer import LocalSigner
from tests.peers.chains import peer_chain

pytestmark = pytest.mark.peer


def sealed(folder: Path, name: str, key: SecretKey) -> Path:
    (folder / "pass").touch(mode=0o600)
    (folder / "pass").write_text("open sesame")
    keystore.store(folder / name, key, Passphrase(b"open sesame"), ScryptCost(n=2))
    return folder / name


def test_a_new_key_takes_over_and_the_old_one_is_revoked(tmp_path: Path) -> None:
    asyncio.run(story(tmp_path))


async def story(folder: Path) -> None:
    owner_key, old_key, new_key = (SecretKey(bytes([number]) * 32) for number in (0x21, 0x22, 0x23))
    async with peer_chain("anvil", folder) as chain:
        owner, old = LocalSigner(owner_key), LocalSigner(old_key)
        await chain.transactor(chain.bank).transact("fund the operator", owner.address, b"", 10**19)
        target = (await deploy(chain.rpc, owner, old, sleep=chain.pause)).target
        network = folder / "chain.toml"
        network.write_text(network_toml(load_network("mainnet")).replace("chain_id = 1\n", f"chain_id = {chain.chain_id}\n"))
        await asyncio.to_thread(
            key_rotate.rotate,
            gateway=f"0x{old.address.hex()}",
            rpc=chain.url,
            keystore=sealed(folder, "operator.json", owner_key),
            passphrase_file=folder / "pass",
            new_keystore=str(sealed(folder, "new.json", new_key)),
            new_passphrase_file=folder / "pass",
            key="",
            possession="",
            revoke=f"0x{old.address.hex()}",
            network=str(network),
            registry=f"0x{target.gateway_registry.hex()}",
            dry_run=False,
            yes=True,
        )

        async def gateway_of(key: bytes) -> bytes:
            return (await chain.rpc.call(target.gateway_registry, query_calldata("activeGatewayOf", key)))[12:]

        assert await gateway_of(new_key.address) == old.address
        assert await gateway_of(old.address) == bytes(20)
        record = await chain.rpc.call(target.gateway_registry, query_calldata("keyOf", old.address))
        assert int.from_bytes(record[64:96], "big") >= int.from_bytes(record[32:64], "big") > 0
