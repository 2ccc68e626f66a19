"""What a local call may take, and which rules hold at a time: settings and schedule of the interpreter, without it."""

from dataclasses import dataclass, field

from lightclient.execution.evm_errors import UnsupportedRules
from lightclient.execution.proven_state import StateLimits
from lightclient.forks import ForkName
from lightclient.network import Network, get_blob_parameters

_BLOB_RULES = {9: "osaka", 15: "bpo1", 21: "bpo2"}


@dataclass(frozen=True, slots=True)
class EvmLimits:
    """Most that one call may take."""

    gas: int = 30_000_000
    """Gas of one run; what a call without a limit of its own gets."""
    total_gas: int = 300_000_000
    """Gas of all runs together: while state is missing a call runs again and again, and an estimate tries many limits."""
    rounds: int = 64
    """How often a server may be asked for missing state."""
    state: StateLimits = field(default_factory=StateLimits)
    """Bounds of the state."""


@dataclass(frozen=True, slots=True)
class EvmRules:
    """Which rules hold in a block."""

    chain_id: int
    """EIP-155 chain id; CHAINID in the EVM."""
    fork: str
    """Name of the rules in the execution specification: `prague`, `osaka`, `bpo1` or `bpo2`."""


def rules_at(network: Network, timestamp: int) -> EvmRules:
    """Returns the rules that hold in a block of this time.

    Raises:
        UnsupportedRules: the interpreter does not know them.
    """
    epoch = network.epoch_at_slot(network.slot_at_time(timestamp))
    fork = network.fork_at_epoch(epoch).fork
    if fork == ForkName.ELECTRA:
        return EvmRules(network.chain_id, "prague")
    blobs = get_blob_parameters(network, epoch).max_blobs_per_block if fork == ForkName.FULU else 0
    if blobs not in _BLOB_RULES:
        raise UnsupportedRules(f"{fork.label} with {blobs} blobs", ("electra", *(f"fulu with {known} blobs" for known in _BLOB_RULES)))
    return EvmRules(network.chain_id, _BLOB_RULES[blobs])
