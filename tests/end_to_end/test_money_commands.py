"""`aios escrow` and `aios gateway report` as their users type them, against anvil."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest

from fullnode.devnet.network_file import network_toml
from lightclient.network import Contracts
from oracle import bls, keystore, votes
from oracle.anchor import anchor_calldata
from oracle.escrow import EscrowState
from oracle.fees import Fees
from oracle.gateway_registry import Standing
from oracle.hexes import to_checksum
from oracle.joint_verdict import Agreed
from oracle.keccak import keccak256
from oracle.schemas import subject_id
from oracle.secret import Passphrase, SecretKey
from oracle.signer import LocalSigner
from oracle.transaction import Transaction, sign
from tests.end_to_end.market import POLICY, PRICE, Market, market
from tests.end_to_end.test_equivocation import bundle_file, standing
from tests.gateway.test_cli import aios
from tests.oracle.bundle_fixture import SHIPMENT
from tests.oracle.chain_fixture import NETWORK
from tests.peers.chains import peer_chain

pytestmark = [pytest.mark.peer, pytest.mark.timeout(1200)]
SSCC = SHIPMENT.number


class Desk:
    """One person's files, and the commands typed with them."""

    def __init__(self, folder: Path, here: Market, signer: LocalSigner, secret: bytes) -> None:
        self.folder, self.signer = folder, signer
        folder.mkdir()
        (folder / "passphrase").touch(mode=0o600)
        (folder / "passphrase").write_text("correct horse\n")
        keystore.store(folder / "key.json", SecretKey(secret), Passphrase(b"correct horse"), keystore.ScryptCost(n=1 << 12))
        contracts = Contracts(gateway_registry=f"0x{here.gateway_registry.hex()}", shipment_escrow=f"0x{here.resolver.hex()}")
        network = replace(NETWORK, chain_id=here.chain.chain_id, contracts=contracts)
        (folder / "network.toml").write_text(network_toml(network))
        self._chain = ["--rpc", here.chain.url, "--network", str(folder / "network.toml")]
        self._key = ["--keystore", str(folder / "key.json"), "--passphrase-file", str(folder / "passphrase")]

    async def type(self, *words: str, asks: bool = False) -> tuple[int, str, str]:
        """Returns exit code and what was said to both outputs; `asks` for a command that only asks."""
        done = await asyncio.to_thread(aios, *words, *self._chain, *([] if asks else self._key))
        return done.returncode, done.stdout, done.stderr


async def desk(folder: Path, here: Market, name: str) -> Desk:
    secret = keccak256(f"{here.chain.name} {name}".encode())
    return Desk(folder / name, here, LocalSigner(SecretKey(secret)), secret)


def vote_of(here: Market, escrow: bytes) -> votes.Vote:
    """A part whose signature holds, for a contract that takes none."""
    agreed = Agreed(here.chain.chain_id, here.resolver, escrow, 1, 700)
    return votes.Vote(agreed, here.gateways[0].address, bls.public_key(7), bls.sign(7, agreed.message(), bls.VERDICT_TAG))


def test_an_escrow_from_the_command_line(tmp_path: Path) -> None:
    async def run() -> None:
        async with peer_chain("anvil", tmp_path) as chain:
            here = await market(chain, "ShipmentEscrow")
            await here.rich("buyer", 2 * PRICE)
            seller, arbiter = await chain.funded("seller"), await chain.funded("arbiter")
            buyer = await desk(tmp_path, here, "buyer")
            create = [
                "escrow",
                "create",
                SSCC,
                "--token",
                to_checksum(here.token),
                "--amount",
                "1000",
                "--seller",
                to_checksum(seller.address),
            ]
            create += ["--agent", f"0x{POLICY.hex()}", "--arbiter", to_checksum(arbiter.address), "--window-hours", "1"]
            create += ["--gateway", to_checksum(here.gateways[0].address)]

            code, said, told = await buyer.type(*create, "--dry-run")
            assert (code, said) == (0, ""), told
            assert "dry run: nothing was sent" in told
            code, said, told = await buyer.type(*create, "--yes")
            assert code == 0, told
            name = said.split()[-1]
            code, _, told = await buyer.type(*create, "--yes")
            assert code == 1
            assert "BallotExists" in told or "InsufficientAllowance" in told

            code, said, _ = await buyer.type("escrow", "status", name, "--json", asks=True)
            assert (code, json.loads(said)["state"], json.loads(said)["next"]) == (0, "open", "wait for verdicts")
            part = tmp_path / "part.json"
            part.write_bytes(votes.dumps(vote_of(here, bytes.fromhex(name[2:]))))
            code, _, told = await buyer.type("escrow", "vote", str(part), "--escrow", to_checksum(here.resolver), "--yes")
            assert (code, "is no BlsShipmentEscrow" in told) == (1, True), told
            await here.judge(here.gateways[0], subject_id(SHIPMENT.uri), buyer.signer.address, 1, 700)
            assert (await buyer.type("escrow", "settle", name, "--yes"))[0] == 0
            assert (await buyer.type("escrow", "dispute", name, "--yes"))[0] == 0
            code, said, _ = await buyer.type("escrow", "status", name, "--json", asks=True)
            assert (json.loads(said)["state"], json.loads(said)["next"]) == ("disputed", "the arbiter resolves")

            referee = await desk(tmp_path, here, "arbiter")
            assert (await referee.type("escrow", "resolve", name, "--seller-units", str(PRICE // 2), "--yes"))[0] == 0
            assert (await buyer.type("escrow", "withdraw", "--token", to_checksum(here.token), "--yes"))[0] == 0
            assert (await here.escrow(bytes.fromhex(name[2:]))).state is EscrowState.CLOSED
            assert await here.balance(buyer.signer) == PRICE + PRICE // 2

            code, _, told = await buyer.type("escrow", "dispute", name, "--yes")
            assert code == 1
            assert "StateForbids" in told
            code, _, told = await buyer.type("escrow", "status", f"0x{'00' * 32}", asks=True)
            assert code == 1
            assert "does not exist" in told

    asyncio.run(run())


def test_a_stranger_reports_an_equivocation_from_the_command_line(tmp_path: Path) -> None:
    async def run() -> None:
        async with peer_chain("anvil", tmp_path) as chain:
            here = await market(chain, "ShipmentEscrow")
            await chain.funded("stranger")
            stranger = await desk(tmp_path, here, "stranger")
            first, second = (str(bundle_file(tmp_path, here.gateways[1], here.eas.domain, verdict)) for verdict in (0, 1))
            code, _, told = await stranger.type("gateway", "report", first, first, "--yes")
            assert code == 1
            assert "they say the same" in told
            code, said, told = await stranger.type("gateway", "report", first, second, "--yes")
            assert code == 0, told
            assert "differ in verdict" in told
            assert "the gateway is slashed" in said
            code, _, told = await stranger.type("gateway", "report", first, second, "--yes")
            assert code == 1
            assert "the contract refuses" in told

    asyncio.run(run())


def test_an_owner_and_a_stranger_speak_to_the_registry(tmp_path: Path) -> None:
    async def run() -> None:
        async with peer_chain("anvil", tmp_path) as chain:
            here = await market(chain, "ShipmentEscrow")
            stranger, operator = await chain.funded("stranger"), await chain.funded("operator")
            outside = await desk(tmp_path, here, "stranger")
            code, _, told = await outside.type("gateway", "owner", "admit", to_checksum(operator.address), "--yes")
            assert code == 2
            assert "NotOwner" in told

            # Two anchors under one index, signed and never sent, cost the stake.
            guilty, files = here.gateways[2], []
            for number in (1, 2):
                call = Transaction(chain.chain_id, 0, here.anchor_registry, anchor_calldata(0, bytes([number]) * 32, 1), 100_000)

                async def sign_digest(digest: bytes) -> bytes:
                    return guilty.sign_digest(digest)

                signed = await sign(call, Fees(10**9, 1), guilty.address, sign_digest)
                files.append(tmp_path / f"{number}.hex")
                files[-1].write_text(f"0x{signed.raw.hex()}\n")
            words = ["gateway", "report-anchors", *map(str, files), "--reporter", to_checksum(stranger.address), "--yes"]
            code, _, told = await outside.type(*words)
            assert code == 0, told
            record = await standing(chain, here.gateway_registry, guilty.address)
            assert record.standing is Standing.SLASHED

    asyncio.run(run())
