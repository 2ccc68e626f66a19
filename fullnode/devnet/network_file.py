"""A network as the TOML that `lightclient.network.load_network` reads."""

import dataclasses

from lightclient.network import Network


def network_toml(network: Network) -> str:
    """Returns the file's text; contracts that are not known are left out."""
    lines = [
        f'name = "{network.name}"',
        f"chain_id = {network.chain_id}",
        f'preset = "{network.preset.name}"',
        f"genesis_time = {network.genesis_time}",
        f'genesis_validators_root = "0x{network.genesis_validators_root.hex()}"',
        f"seconds_per_slot = {network.seconds_per_slot}",
        f"max_blobs_per_block_electra = {network.max_blobs_per_block_electra}",
        *(() if network.checkpoint is None else (f'checkpoint = "0x{network.checkpoint.hex()}"',)),
        "",
        "[forks]",
        *(f'{entry.fork.label} = {{ version = "0x{entry.version.hex()}", epoch = {entry.epoch} }}' for entry in network.forks),
    ]
    for blobs in network.blob_schedule:
        lines += ["", "[[blob_schedule]]", f"epoch = {blobs.epoch}", f"max_blobs_per_block = {blobs.max_blobs_per_block}"]
    contracts = dataclasses.asdict(network.contracts)
    if any(contracts.values()):
        lines += ["", "[contracts]", *(f'{name} = "{address}"' for name, address in contracts.items() if address)]
    return "\n".join(lines) + "\n"
