"""Reads networks: strict TOML files, and a server's `/eth/v1/config/spec`.

An unknown key is an error that names it. Every network read here has its forks in order, the first at epoch 0, and its blob schedule
ascends.
"""

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from lightclient.errors import InvalidNetworkFile, UnknownNetwork
from lightclient.forks import FORKS_BY_LABEL, PRESETS, ForkName
from lightclient.network.record import FAR_FUTURE_EPOCH, BlobParameters, Contracts, ForkSchedule, Network

NETWORKS = Path(__file__).resolve().parents[2] / "config" / "networks"
"""Networks by name: `config` lies beside the packages, in a checkout as in an installation."""


class _ForkEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    version: str
    epoch: int


class _BlobEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    epoch: int
    max_blobs_per_block: int


class _ContractsTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    anchor_registry: str | None = None
    gateway_registry: str | None = None
    eas: str | None = None
    schema_registry: str | None = None
    shipment_escrow: str | None = None
    bls_shipment_escrow: str | None = None
    defect_bond: str | None = None
    eas_version: str | None = None


class _NetworkFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    chain_id: int
    preset: str
    genesis_time: int
    genesis_validators_root: str
    seconds_per_slot: int
    forks: dict[str, _ForkEntry]
    max_blobs_per_block_electra: int = 9
    blob_schedule: tuple[_BlobEntry, ...] = ()
    active_balance_eth: int | None = None
    contracts: _ContractsTable = _ContractsTable()
    checkpoint: str | None = None


def network_names() -> list[str]:
    """Returns the names of the networks in `config/networks/`, sorted."""
    return sorted(file.stem for file in NETWORKS.glob("*.toml"))


def load_network(name_or_path: str | Path) -> Network:
    """Returns the network of that name from `config/networks/`, or that a TOML file describes.

    Raises:
        UnknownNetwork: there is neither such a name nor such a file.
        InvalidNetworkFile: the file cannot be read or does not describe a network; the message names the key.
    """
    path, known = Path(name_or_path), network_names()
    if path.suffix != ".toml":
        path = NETWORKS / f"{name_or_path}.toml"
        if str(name_or_path) not in known:
            raise UnknownNetwork(str(name_or_path), known)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise UnknownNetwork(str(name_or_path), known) from None
    except UnicodeDecodeError as error:
        raise InvalidNetworkFile(str(path), f"is not UTF-8 at byte {error.start}: save it as UTF-8") from error
    except OSError as error:
        raise InvalidNetworkFile(str(path), f"cannot be read: {error.strerror}") from error
    return parse_network(text, source=str(path))


def parse_network(text: str, *, source: str) -> Network:
    """Returns the network that TOML text describes; `source` names it in errors.

    Raises:
        InvalidNetworkFile: the text does not describe a network.
    """
    try:
        file = msgspec.convert(tomllib.loads(text), _NetworkFile)
        return _checked(
            Network(
                name=file.name,
                chain_id=file.chain_id,
                preset=PRESETS[file.preset],
                genesis_time=file.genesis_time,
                genesis_validators_root=_hex(file.genesis_validators_root, 32),
                seconds_per_slot=file.seconds_per_slot,
                forks=tuple(ForkSchedule(FORKS_BY_LABEL[name], _hex(entry.version, 4), entry.epoch) for name, entry in file.forks.items()),
                max_blobs_per_block_electra=file.max_blobs_per_block_electra,
                blob_schedule=tuple(BlobParameters(entry.epoch, entry.max_blobs_per_block) for entry in file.blob_schedule),
                active_balance_eth=file.active_balance_eth,
                contracts=Contracts(**msgspec.structs.asdict(file.contracts)),
                checkpoint=None if file.checkpoint is None else _hex(file.checkpoint, 32),
            )
        )
    except KeyError as error:
        raise InvalidNetworkFile(source, f"{error.args[0]!r} is neither a fork nor a preset that this software knows") from error
    except (tomllib.TOMLDecodeError, msgspec.ValidationError, ValueError) as error:
        raise InvalidNetworkFile(source, str(error)) from error


def network_from_spec(name: str, spec: Mapping[str, object], *, genesis_validators_root: bytes, genesis_time: int) -> Network:
    """Returns the network that a server's `/eth/v1/config/spec` describes, under a genesis validators root known from elsewhere.

    Raises:
        InvalidNetworkFile: a key is missing or is not what the specification says.
    """
    try:
        phase0 = ForkSchedule(ForkName.PHASE0, _hex(str(spec["GENESIS_FORK_VERSION"]), 4), 0)
        later = [
            ForkSchedule(fork, _hex(str(spec[f"{fork.name}_FORK_VERSION"]), 4), int(str(spec[f"{fork.name}_FORK_EPOCH"])))
            for fork in ForkName
            if fork > ForkName.PHASE0 and f"{fork.name}_FORK_EPOCH" in spec
        ]
        blobs = spec.get("BLOB_SCHEDULE", ())
        return _checked(
            Network(
                name=name,
                chain_id=int(str(spec["DEPOSIT_CHAIN_ID"])),
                preset=PRESETS[str(spec["PRESET_BASE"])],
                genesis_time=genesis_time,
                genesis_validators_root=genesis_validators_root,
                seconds_per_slot=int(str(spec["SECONDS_PER_SLOT"])),
                forks=(phase0, *(entry for entry in later if entry.epoch != FAR_FUTURE_EPOCH)),
                max_blobs_per_block_electra=int(str(spec.get("MAX_BLOBS_PER_BLOCK_ELECTRA", 9))),
                blob_schedule=tuple(BlobParameters(int(entry["EPOCH"]), int(entry["MAX_BLOBS_PER_BLOCK"])) for entry in _mappings(blobs)),
            )
        )
    except KeyError as error:
        raise InvalidNetworkFile(name, f"key {error.args[0]} is missing") from error
    except (TypeError, ValueError) as error:
        raise InvalidNetworkFile(name, str(error)) from error


def _checked(network: Network) -> Network:
    order = [(entry.fork, entry.epoch) for entry in network.forks]
    if not order or order[0] != (ForkName.PHASE0, 0):
        raise ValueError("forks must begin with phase0 at epoch 0")
    if order != sorted(order) or [epoch for _, epoch in order] != sorted(epoch for _, epoch in order):
        raise ValueError("forks must stand in order, each no earlier than the one before it")
    epochs = [entry.epoch for entry in network.blob_schedule]
    if epochs != sorted(set(epochs)):
        raise ValueError("blob_schedule must ascend")
    if network.active_balance_eth is not None and network.active_balance_eth < 1:
        raise ValueError("active_balance_eth must be positive")
    if network.seconds_per_slot < 1 or network.chain_id < 1:
        raise ValueError("seconds_per_slot and chain_id must be positive")
    return network


def _mappings(value: object) -> Iterable[Mapping[str, str | int]]:
    if not isinstance(value, list | tuple) or not all(isinstance(item, Mapping) for item in value):
        raise ValueError("BLOB_SCHEDULE must be a list of tables")
    return value


def _hex(text: str, length: int) -> bytes:
    data = bytes.fromhex(text.removeprefix("0x"))
    if len(data) != length:
        raise ValueError(f"{text} is not {length} bytes of hexadecimal")
    return data
