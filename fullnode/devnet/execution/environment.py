"""What a block's code can see of the chain: EELS's environment, for a block yet to be built and for one that exists.

Pure.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ethereum.crypto.hash import Hash32
from ethereum.forks.osaka.blocks import Header
from ethereum.forks.osaka.fork import calculate_base_fee_per_gas
from ethereum.forks.osaka.fork_types import Address
from ethereum.forks.osaka.vm import BlockEnvironment
from ethereum.forks.osaka.vm.gas import calculate_excess_blob_gas
from ethereum_types.bytes import Bytes32
from ethereum_types.numeric import U64, U256, Uint

from fullnode.devnet.execution.block import StoredBlock, WithdrawalRecord
from fullnode.devnet.execution.world import World, open_state


@dataclass(frozen=True, slots=True)
class Attributes:
    """What consensus decides about a block."""

    timestamp: int
    """Seconds since the Unix epoch, later than the parent's."""
    prev_randao: bytes
    """Randomness from the beacon chain, 32 bytes."""
    parent_beacon_block_root: bytes
    """Root of the parent beacon block, 32 bytes."""
    fee_recipient: bytes
    """Receiver of the tips, 20 bytes."""
    extra_data: bytes
    """At most 32 bytes."""
    withdrawals: tuple[WithdrawalRecord, ...] = ()
    """Withdrawals to pay out."""


def environment(chain_id: int, parent: StoredBlock, hashes: Sequence[bytes], attributes: Attributes, world: World) -> BlockEnvironment:
    """Returns EELS's environment of the block after `parent`; `hashes` are up to 256 ancestors' hashes, the parent's last."""
    header = parent.header
    return BlockEnvironment(
        chain_id=U64(chain_id),
        state=open_state(world),
        block_gas_limit=header.gas_limit,
        block_hashes=[Hash32(h) for h in hashes],
        coinbase=Address(attributes.fee_recipient),
        number=header.number + Uint(1),
        base_fee_per_gas=next_base_fee(parent),
        time=U256(attributes.timestamp),
        prev_randao=Bytes32(attributes.prev_randao),
        excess_blob_gas=calculate_excess_blob_gas(header),
        parent_beacon_block_root=Hash32(attributes.parent_beacon_block_root),
    )


def next_base_fee(parent: StoredBlock) -> Uint:
    """Returns the base fee of the block after `parent`, wei (EIP-1559)."""
    header = parent.header
    return calculate_base_fee_per_gas(header.gas_limit, header.gas_limit, header.gas_used, header.base_fee_per_gas)


def own_environment(chain_id: int, header: Header, parent_hashes: list[bytes], world: World) -> BlockEnvironment:
    """Returns the environment of a block that already exists, as a call on it sees it."""
    return BlockEnvironment(
        chain_id=U64(chain_id),
        state=open_state(world),
        block_gas_limit=header.gas_limit,
        block_hashes=[Hash32(h) for h in parent_hashes],
        coinbase=header.coinbase,
        number=header.number,
        base_fee_per_gas=header.base_fee_per_gas,
        time=header.timestamp,
        prev_randao=header.prev_randao,
        excess_blob_gas=header.excess_blob_gas,
        parent_beacon_block_root=header.parent_beacon_block_root,
    )
