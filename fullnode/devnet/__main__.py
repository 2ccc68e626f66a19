"""`python -m fullnode.devnet`: runs a devnet until it is interrupted and says what happens on it."""

import argparse
import asyncio
import sys
from contextlib import suppress
from pathlib import Path

from fullnode.devnet.consensus.events import Event, Finalized, Reorganized
from fullnode.devnet.consensus.settings import ConsensusSettings
from fullnode.devnet.devnet import Devnet
from fullnode.devnet.execution.settings import ExecutionSettings
from fullnode.devnet.network_file import network_toml
from fullnode.devnet.settings import DevnetSettings
from lightclient.network import FAR_FUTURE_EPOCH

EXAMPLE = """example:
  python -m fullnode.devnet --preset minimal --slot-seconds 1 --rpc-port 8545 --beacon-port 5052

It is a chain for demos and tests: one process, no peers, no adversary, keys that everybody knows. It listens on 127.0.0.1 only.
"""


def parser() -> argparse.ArgumentParser:
    """Returns the command line's grammar."""
    grammar = argparse.ArgumentParser(
        prog="python -m fullnode.devnet",
        description="Runs an Ethereum chain in one process: execution by EELS, a stand-in for a beacon node, and the servers of both.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    grammar.add_argument("--preset", choices=("minimal", "mainnet"), default="minimal", help="sizes: 32 or 512 committee members")
    grammar.add_argument("--slot-seconds", type=int, default=1, metavar="N", help="length of a slot (default 1)")
    grammar.add_argument("--fork", choices=("electra", "fulu"), default="fulu", help="fork from genesis on (default fulu)")
    grammar.add_argument("--fulu-epoch", type=int, metavar="N", help="with --fork electra: the epoch in which Fulu begins (default never)")
    grammar.add_argument("--seed", default="aios", help="validators and accounts are derived from it (default aios)")
    grammar.add_argument("--chain-id", type=int, default=1337, metavar="N", help="EIP-155 chain id (default 1337)")
    grammar.add_argument("--rpc-port", type=int, default=0, metavar="PORT", help="port of JSON-RPC (default: a free one)")
    grammar.add_argument("--beacon-port", type=int, default=0, metavar="PORT", help="port of the beacon API (default: a free one)")
    grammar.add_argument("--network-file", type=Path, metavar="FILE", help="write the network's description for light clients here")
    return grammar


def settings_of(arguments: argparse.Namespace) -> DevnetSettings:
    """Returns the settings that the command line asks for."""
    later = FAR_FUTURE_EPOCH if arguments.fulu_epoch is None else arguments.fulu_epoch
    return DevnetSettings(
        consensus=ConsensusSettings(
            preset=arguments.preset,
            seed=arguments.seed,
            seconds_per_slot=arguments.slot_seconds,
            fulu_epoch=0 if arguments.fork == "fulu" else later,
        ),
        execution=ExecutionSettings(seed=arguments.seed, chain_id=arguments.chain_id),
        rpc_port=arguments.rpc_port,
        beacon_port=arguments.beacon_port,
    )


async def run(arguments: argparse.Namespace) -> None:
    """Runs until cancelled."""
    async with Devnet(settings_of(arguments)) as devnet:
        if arguments.network_file is not None:
            arguments.network_file.write_text(network_toml(devnet.network), encoding="utf-8")
        _say(f"JSON-RPC    {devnet.rpc_url}")
        _say(f"beacon API  {devnet.beacon_url}")
        _say(f"network     {devnet.network.name}, chain id {devnet.network.chain_id}, genesis at {devnet.network.genesis_time}")
        for account in devnet.accounts:
            _say(f"account     0x{account.address.hex()}  key 0x{account.private_key.hex()}")
        devnet.consensus.listeners.append(_tell)
        await asyncio.Event().wait()


def _tell(event: Event) -> None:
    if isinstance(event, Finalized):
        _say(f"finalized   epoch {event.epoch}, slot {event.block.slot}, checkpoint 0x{event.block.root.hex()}")
    elif isinstance(event, Reorganized):
        _say(f"reorganized {event.depth} blocks back to slot {event.new_head.slot}")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> None:
    """Runs the command."""
    with suppress(KeyboardInterrupt):
        asyncio.run(run(parser().parse_args()))


if __name__ == "__main__":
    main()
