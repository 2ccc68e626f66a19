"""Methods about what gas costs."""

from typing import Any

from ethereum.forks.osaka.vm.gas import calculate_blob_gas_price

from fullnode.devnet.execution.block import StoredBlock
from fullnode.devnet.execution.environment import next_base_fee
from fullnode.devnet.rpc.forms import BlockRef, hex_quantity
from fullnode.devnet.rpc.settings import RpcSettings
from fullnode.devnet.rpc.view import ChainView, resolve

MAX_HISTORY = 1024
"""Most blocks of one fee history (geth's limit)."""


def gas_price(chain: ChainView, settings: RpcSettings) -> str:
    """Returns a price that a legacy transaction is included at, wei."""
    return hex_quantity(int(next_base_fee(chain.head)) + settings.tip_wei)


def max_priority_fee(settings: RpcSettings) -> str:
    """Returns the suggested tip, wei: a setting, since nobody competes here."""
    return hex_quantity(settings.tip_wei)


def blob_base_fee(chain: ChainView) -> str:
    """Returns the price of blob gas, wei."""
    return hex_quantity(_blob_price(chain.head))


def fee_history(chain: ChainView, wanted: int, newest: BlockRef, percentiles: tuple[float, ...] | None) -> dict[str, Any]:
    """Returns base fees, usage and tips of a stretch of blocks, and the base fee after it (execution-apis `eth_feeHistory`)."""
    last = min(resolve(chain, newest).number, chain.head.number)
    first = max(last - min(wanted, MAX_HISTORY) + 1, chain.earliest)
    blocks = [chain.at(number) for number in range(first, last + 1)]
    if not blocks:
        return {"oldestBlock": "0x0", "gasUsedRatio": []}
    fees = [stored.block.base_fee_per_gas for stored in blocks] + [int(next_base_fee(blocks[-1]))]
    blob_fees = [_blob_price(stored) for stored in blocks] + [_blob_price(blocks[-1])]
    answer: dict[str, Any] = {
        "oldestBlock": hex_quantity(first),
        "baseFeePerGas": [hex_quantity(fee) for fee in fees],
        "gasUsedRatio": [stored.block.gas_used / stored.block.gas_limit for stored in blocks],
        "baseFeePerBlobGas": [hex_quantity(fee) for fee in blob_fees],
        "blobGasUsedRatio": [0.0] * len(blocks),
    }
    return answer | ({"reward": [_rewards(stored, percentiles) for stored in blocks]} if percentiles else {})


def _blob_price(stored: StoredBlock) -> int:
    return int(calculate_blob_gas_price(stored.header.excess_blob_gas))


def _rewards(stored: StoredBlock, percentiles: tuple[float, ...]) -> list[str]:
    """Returns the tip at each percentile of the block's gas, wei."""
    tips = sorted((receipt.effective_gas_price - stored.block.base_fee_per_gas, receipt.gas_used) for receipt in stored.receipts)
    return [hex_quantity(_tip_at(tips, stored.block.gas_used * percentile / 100)) for percentile in percentiles]


def _tip_at(tips: list[tuple[int, int]], threshold: float) -> int:
    """Returns the tip of the transaction that reaches the threshold of gas, counted from the cheapest."""
    total = 0
    for tip, gas in tips:
        total += gas
        if total >= threshold:
            return tip
    return tips[-1][0] if tips else 0
