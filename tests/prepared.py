"""A small data folder as a demo leaves it (a proven bundle, its network file, a store, the settings), and an attestation beside it."""

import json
from dataclasses import dataclass, replace
from pathlib import Path

from drivers.driver import Delivery, Reject
from drivers.reading import Quality, Reading
from fullnode.devnet.network_file import network_toml
from gateway.store import shipments
from gateway.store.records import Shipment
from gateway.store.settings import StoreSettings
from gateway.store.store import Store
from lightclient.network import Contracts
from oracle import attestation_json
from oracle.bundle_codec import dumps_json
from tests.oracle.bundle_fixture import shipment
from tests.oracle.chain_fixture import GATEWAY_REGISTRY, REGISTRY

NOW_MS = 1_789_000_000_000


@dataclass(frozen=True, slots=True)
class Prepared:
    folder: Path
    checkpoint: str


def prepare(folder: Path) -> Prepared:
    """Fills `folder/demo-data`; returns it with the checkpoint that proves its bundle."""
    data = folder / "demo-data"
    (data / "bundles").mkdir(parents=True)
    case = shipment()
    (data / "bundles" / "00-106141412345678908.json").write_bytes(dumps_json(case.bundle))
    (folder / "attestation.json").write_text(json.dumps(attestation_json.to_json(case.bundle.attestation)))
    contracts = Contracts(f"0x{REGISTRY.hex()}", f"0x{GATEWAY_REGISTRY.hex()}")
    (data / "network.toml").write_text(network_toml(replace(case.world.network, contracts=contracts, checkpoint=case.world.checkpoint)))
    (data / "gateway.toml").write_text(f'[gateway]\ndata_dir = "{data}"\n[[devices]]\nid = "reefer-1"\ntitle = "Container 1"\n')
    _store(data / "store.db")
    return Prepared(data, f"0x{case.world.checkpoint.hex()}")


def _store(path: Path) -> None:
    store = Store.open(StoreSettings(path=str(path)), now_ms=lambda: NOW_MS, on_condition=lambda *_: None)
    try:
        reading = Reading("reefer-1", "temperature", 4.5, "Cel", NOW_MS, 1, Quality.GOOD, bytes(32))
        frame = Reading("reefer-1", "frame/09506000134352/L42/000001", b"png", "", NOW_MS, 2, Quality.GOOD, bytes(32))
        store.offer(Delivery("mqtt.floor", "devices/reefer-1/senml", bytes(32), b"payload", NOW_MS, (reading, frame), None, lambda: None))
        garbage = Reject("malformed", "not JSON")
        store.offer(Delivery("mqtt.floor", "devices/x/senml", b"g" * 32, b"\x1b[8mgarbage", NOW_MS, (), garbage, lambda: None))
        trip = Shipment("00/106141412345678908", "reefer-1", "vaccine", NOW_MS)
        store.write(lambda connection: shipments.insert(connection, trip)).result()
    finally:
        store.close()
