"""One gateway of a story about money: its folder with keys, signer, store and settings, and the commands typed there."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from edge_agents.conditions.agent import Conditions
from gateway.pipeline.attest import Attest
from gateway.pipeline.judge import JudgeSettings, JudgeTrips
from gateway.signing import AttestationSigner
from gateway.store import attestations
from gateway.store.settings import StoreSettings
from gateway.store.store import Store
from oracle import keystore
from oracle.schemas import ShipmentStatement
from oracle.secret import Passphrase, SecretKey
from oracle.signing.client import over_socket
from oracle.signing.policy import known_schemas
from tests.end_to_end.market import Market
from tests.gateway.test_cli import aios
from tests.gateway.test_pipeline import SUBJECT, Box, travel

PASSPHRASE = "correct horse"


@dataclass(frozen=True, slots=True)
class GatewayBox:
    """A gateway's folder; made by `gateway_box`."""

    folder: Path

    @property
    def socket(self) -> Path:
        return self.folder / "s.sock"

    @property
    def config(self) -> Path:
        return self.folder / "gateway.toml"

    async def type(self, *words: str) -> tuple[int, str, str]:
        done = await asyncio.to_thread(aios, *words)
        return done.returncode, done.stdout, done.stderr

    async def key_new(self) -> str:
        """Makes the BLS key by the command; returns what it printed."""
        words = ("key", "new", "--curve", "BLS12-381", "--keystore", str(self.folder / "bls.json"))
        code, said, told = await self.type(*words, "--passphrase-file", str(self.folder / "passphrase"))
        assert code == 0, told
        return said.strip()

    @contextmanager
    def signer(self) -> Iterator[None]:
        """Runs `aios-signer` on this folder, and ends it."""
        words = [sys.executable, "-m", "oracle.signing.main", "--config", str(self.folder / "signer.toml")]
        with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as process:
            try:
                assert process.stderr is not None
                first = process.stderr.readline()
                assert json.loads(first)["event"] == "serving", first
                yield
            finally:
                process.terminate()

    def attest(self, here: Market, degrees: float) -> ShipmentStatement:
        """Has a shipment travel at so many degrees, judges it and attests it by the signer; returns the statement."""
        store = Store.open(StoreSettings(str(self.folder / "store.db")), now_ms=lambda: 0, on_condition=lambda *_: None)
        try:
            box = Box(store)
            travel(box, lambda minute: degrees if 100 <= minute < 130 else 5.0)
            box.run(JudgeTrips(store, Conditions.load, JudgeSettings(settle_seconds=60), box.now_ms))
            with over_socket(self.socket) as client:
                box.run(Attest(store, AttestationSigner(client, here.eas.domain), client.attester, "", box.now_ms, box.report))
            with store.read() as connection:
                (stored,) = attestations.select_subject(connection, SUBJECT)
            return ShipmentStatement.decode(stored.attestation.data)
        finally:
            store.close()


def gateway_box(folder: Path, here: Market, secret: bytes) -> GatewayBox:
    """Returns a folder with a gateway's key and everybody's settings; the BLS key is not made yet."""
    folder.mkdir()
    (folder / "passphrase").touch(mode=0o600)
    (folder / "passphrase").write_text(f"{PASSPHRASE}\n")
    keystore.store(folder / "key.json", SecretKey(secret), Passphrase(PASSPHRASE.encode()), keystore.ScryptCost(n=1 << 12))
    contracts = ((here.eas.eas, "eas"), (here.resolver, "bls-escrow"), (here.gateway_registry, "gateway-registry"))
    lines = [
        f'directory = "{folder}"\nsocket = "{folder}/s.sock"',
        '[keys]\nattester = "key.json"\nbls = "bls.json"\nsecret_file = "passphrase"',
        f"[policy]\nchains = [{here.chain.chain_id}]",
        *(f'[[policy.schemas]]\nuid = "{rule.uid}"\nsubject_words = {rule.subject_words}' for rule in known_schemas()),
        *(f'[[policy.contracts]]\naddress = "0x{address.hex()}"\nkind = "{kind}"' for address, kind in contracts),
    ]
    (folder / "signer.toml").write_text("\n".join(lines) + "\n")
    lines = [
        f'[gateway]\ndata_dir = "{folder}"',
        f'[oracle]\nchain_id = {here.chain.chain_id}\neas_contract = "0x{here.eas.eas.hex()}"\nsigner = "unix:{folder}/s.sock"',
        'anchor_in = "eas"\nassurance = "reported"',
    ]
    (folder / "gateway.toml").write_text("\n".join(lines) + "\n")
    return GatewayBox(folder)


__all__ = ["SUBJECT", "GatewayBox", "gateway_box"]
