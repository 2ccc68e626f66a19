"""What the next block's base fee will be, from the header of this one (EIP-1559).

Pure.
"""

from lightclient.execution.header import ExecutionHeader

ELASTICITY = 2
"""ELASTICITY_MULTIPLIER: how far the gas limit lies above the target."""

CHANGE_DENOMINATOR = 8
"""BASE_FEE_MAX_CHANGE_DENOMINATOR: the base fee moves by at most an eighth per block."""


def next_base_fee(header: ExecutionHeader) -> int:
    """Returns the base fee of the block after this one, wei."""
    base = header.base_fee_per_gas or 0
    target = header.gas_limit // ELASTICITY
    if target in {0, header.gas_used}:
        return base
    change = base * abs(header.gas_used - target) // target // CHANGE_DENOMINATOR
    return base + max(change, 1) if header.gas_used > target else base - change
