"""The world around the demo's gateway: a broker, a chain with the contracts on it, a key, and the files that an operator would write."""

import contextlib
import dataclasses
import json
import secrets
import shutil
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import httpx

from firmware_sim.signer import Signer
from fullnode.devnet.consensus.settings import ConsensusSettings
from fullnode.devnet.devnet import Devnet
from fullnode.devnet.network_file import network_toml
from fullnode.devnet.settings import DevnetSettings
from gateway.demo.broker import EmbeddedBroker
from gateway.demo.cast import CAMERA, COLD_ROOM, CONTAINERS, PRODUCT, SECOND_CAMERA, new_signers
from gateway.errors import GatewayError
from gateway.store.connection import ProcessLock
from gateway.store.errors import StoreLockedError
from gateway.store.settings import StoreSettings
from lightclient.network import Contracts, Network
from oracle import keystore
from oracle.chain import ChainRpc
from oracle.deploy import deploy
from oracle.secret import Passphrase, SecretKey
from oracle.signer import LocalSigner

BrokerKind = Literal["auto", "mosquitto", "amqtt"]
"""Which broker; `auto` takes mosquitto where it is installed."""
MARKER = ".aios-demo"
"""Tells a demo's folder from anyone else's: only a folder that holds it is cleared."""
HEAD_START_SLOTS = 40
"""The chain is this old when the demo begins, so that there is a finalized block to start from."""
EAS_CONTRACT = "0x" + "ea5" + 37 * "0"
"""Names the EAS deployment in the attestations' domain. The demo's chain has none: signatures are made off chain and need no contract."""
EAS_VERSION = "1.4.0"
"""That deployment's version, which is in the domain too."""


class FolderTakenError(GatewayError):
    """The demo's folder holds something that the demo did not write."""

    def __init__(self, folder: Path) -> None:
        """Names the folder."""
        self.folder = folder
        super().__init__(f"{folder} exists and was not made by the demo; choose another with --data")


class FolderInUseError(GatewayError):
    """A demo or a gateway still runs on the demo's folder."""

    def __init__(self, folder: Path, holder: str) -> None:
        """Holds the folder and the process id of who runs on it, or `unknown`."""
        self.folder = folder
        self.holder = holder
        super().__init__(f"{folder} is in use: a demo or a gateway runs on it (process {holder}); stop it, or choose another with --data")


@dataclass(frozen=True, slots=True)
class World:
    """What stands when the gateway starts."""

    folder: Path
    """The demo's data."""
    broker: EmbeddedBroker
    """Where devices publish."""
    devnet: Devnet
    """The chain."""
    network_file: Path
    """The chain's public parameters, with its contracts."""
    config: Path
    """The gateway's settings."""
    checkpoint: bytes
    """The block root that the operator trusts."""
    gateway: bytes
    """Address of the gateway's key."""
    signers: Mapping[str, Signer]
    """The keys of the devices that sign; the settings hold their public halves."""


@contextlib.asynccontextmanager
async def build(folder: Path, *, web_port: int, broker_kind: BrokerKind = "auto", signing: bool = True) -> AsyncIterator[World]:
    """Gives a world that lasts as long as the block; its devices sign, unless they are told not to.

    Raises:
        FolderTakenError: the folder is somebody else's.
        FolderInUseError: a demo or a gateway still runs on it.
        BrokerNotStartedError: no broker could be started.
    """
    async with contextlib.AsyncExitStack() as stack:
        stack.enter_context(cleared(folder))
        broker = await stack.enter_async_context(EmbeddedBroker(kind=broker_kind))
        genesis = int(time.time()) - HEAD_START_SLOTS
        devnet = Devnet(DevnetSettings(consensus=ConsensusSettings(preset="minimal", seconds_per_slot=1), genesis_time=genesis))
        devnet.advance_to(HEAD_START_SLOTS)
        await stack.enter_async_context(devnet)
        # The second funded account is the gateway's: an operator would send ether to its address first.
        owner, key = (SecretKey(account.private_key) for account in devnet.accounts[:2])
        async with httpx.AsyncClient() as client:
            deployed = await deploy(ChainRpc(client, devnet.rpc_url), LocalSigner(owner), LocalSigner(key))
        contracts = Contracts(_hex(deployed.target.registry), _hex(deployed.target.gateway_registry), EAS_CONTRACT, eas_version=EAS_VERSION)
        network = dataclasses.replace(devnet.network, contracts=contracts)
        checkpoint = devnet.checkpoint()
        network_file = folder / "network.toml"
        network_file.write_text(network_toml(dataclasses.replace(network, checkpoint=checkpoint)))
        signers = new_signers() if signing else {}
        config = _write_settings(folder, broker, devnet, network, key, checkpoint, web_port, signers)
        yield World(folder, broker, devnet, network_file, config, checkpoint, key.address, signers)


def _write_settings(
    folder: Path,
    broker: EmbeddedBroker,
    devnet: Devnet,
    network: Network,
    key: SecretKey,
    checkpoint: bytes,
    web_port: int,
    signers: Mapping[str, Signer],
) -> Path:
    passphrase = secrets.token_urlsafe(24)
    (folder / "passphrase").touch(mode=0o600)
    (folder / "passphrase").write_text(passphrase)
    keystore.store(folder / "key.json", key, Passphrase(passphrase.encode()), keystore.ScryptCost(n=1 << 14))
    lines = [
        "# Written by `aios demo`; every key is explained in config/gateway.example.toml.",
        "[gateway]",
        'name = "demo"',
        f"data_dir = {_text(folder.resolve())}",
        'read_point = "https://id.gs1.org/414/9506000134352"',
        "[mqtt.floor]",
        f"port = {broker.port}",
        f'protocol = "{broker.protocol}"',
        "[judge]",
        "settle_seconds = 2.0",
        "[oracle]",
        'keystore = "key.json"',
        'passphrase_file = "passphrase"',
        f"chain_id = {network.chain_id}",
        f'registry = "{network.contracts.anchor_registry}"',
        f'gateway_registry = "{network.contracts.gateway_registry}"',
        f'eas_contract = "{EAS_CONTRACT}"',
        f'eas_version = "{EAS_VERSION}"',
        f'rpc_url = "{devnet.rpc_url}"',
        "[oracle.batch]",
        "seconds = 12.0",
        "[oracle.publisher]",
        "poll_seconds = 0.5",
        "[lightclient]",
        'network = "network.toml"',
        f'checkpoint = "0x{checkpoint.hex()}"',
        f'sources = ["{devnet.beacon_url}"]',
        "poll_seconds = 2.0",
        "retry_seconds = 1.0",
        "persist_interval_seconds = 5.0",
        "[web]",
        f"port = {web_port}",
    ]
    people = {role.device: role.title for role in CONTAINERS} | {COLD_ROOM: "Cold room, Lyon"}
    for device, title in people.items():
        lines += ["[[devices]]", f'id = "{device}"', f"title = {_text(title)}", f'product = "{PRODUCT}"']
        if device in signers:
            (folder / f"{device}.pem").write_text(signers[device].public_pem)
            lines.append(f'key_file = "{device}.pem"')
    for device, title in {CAMERA: "Camera, line 4", SECOND_CAMERA: "Camera, line 5"}.items():
        lines += ["[[devices]]", f'id = "{device}"', f"title = {_text(title)}"]
    config = folder / "gateway.toml"
    config.write_text("\n".join(lines) + "\n")
    return config


@contextlib.contextmanager
def cleared(folder: Path) -> Iterator[None]:
    """Empties the demo's folder and keeps every other demo out of it for as long as the block lasts.

    Raises:
        FolderTakenError: the folder is somebody else's.
        FolderInUseError: a demo or a gateway still runs on it; nothing was removed.
    """
    if folder.exists() and any(folder.iterdir()) and not (folder / MARKER).exists():
        raise FolderTakenError(folder)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / MARKER).touch()
    with _sole(folder, MARKER):
        with _sole(folder, StoreSettings().path):
            # The marker's lock stays where it is: whoever waits for its name must find the file that is locked.
            for entry in [one for one in folder.iterdir() if not one.name.startswith(MARKER)]:
                if entry.is_dir() and not entry.is_symlink():
                    shutil.rmtree(entry, ignore_errors=True)
                else:
                    entry.unlink(missing_ok=True)
        yield


@contextlib.contextmanager
def _sole(folder: Path, name: str) -> Iterator[None]:
    try:
        lock = ProcessLock(folder / name)
    except StoreLockedError as error:
        raise FolderInUseError(folder, error.holder) from error
    try:
        yield
    finally:
        lock.release()


def _hex(address: bytes) -> str:
    return "0x" + address.hex()


def _text(value: object) -> str:
    """Returns a TOML string; JSON's escapes are TOML's."""
    return json.dumps(str(value), ensure_ascii=False)
