"""Methods about fees. Base fees and gas used are in verified headers; what a block's builder will want beyond is a guess of some server.

Guesses are bounded by the settings and marked as unverifiable; an endpoint whose guess lies outside is refused like any other liar.
"""

from typing import Any

from lightclient.endpoints.endpoint import Endpoint
from lightclient.execution.header import ExecutionHeader
from lightclient.execution.json_fields import get, quantity
from lightclient.rpc.answer import Answer, Standing, unverifiable
from lightclient.rpc.chain import VerifiedChain
from lightclient.rpc.endpoint_errors import UnreasonableFee, WrongRewards
from lightclient.rpc.errors import TooMuchAsked
from lightclient.rpc.fees import next_base_fee
from lightclient.rpc.forms import BlockRef, hex_quantity
from lightclient.rpc.headers import mapping


async def max_priority_fee(chain: VerifiedChain) -> Answer:
    """Returns what an endpoint suggests as priority fee, wei, if it is within the settings' bound."""
    limit = chain.settings.max_priority_fee_wei
    return unverifiable(hex_quantity(await _priority_fee(chain)), f"an endpoint's suggestion, at most {limit} wei")


async def gas_price(chain: VerifiedChain) -> Answer:
    """Returns the next block's base fee, which follows from the head, plus the suggested priority fee."""
    head = await chain.head()
    base = next_base_fee(head)
    price = hex_quantity(base + await _priority_fee(chain))
    why = "the next base fee, which the head proves, plus an endpoint's bounded suggestion"
    return unverifiable(price, why, block=head, baseFeePerGas=hex_quantity(base))


async def fee_history(chain: VerifiedChain, blocks: int, newest: BlockRef, percentiles: tuple[float, ...] | None) -> Answer:
    """Returns base fees and gas used of blocks, proven by their headers; rewards are an endpoint's word, bounded.

    Raises:
        TooMuchAsked: more blocks than the settings allow.
    """
    limit = chain.settings.limits.fee_blocks
    if blocks > limit:
        raise TooMuchAsked("blocks", blocks, limit)
    last = await chain.resolve(newest)
    head = await chain.head()
    blocks = min(blocks, last.number + 1)
    if blocks == 0:
        return Answer({"oldestBlock": hex_quantity(0), "baseFeePerGas": [], "gasUsedRatio": []}, "nothing was asked for", block=head)
    headers = await chain.headers.between(head if head.number >= last.number else last, last.number - blocks + 1, last.number)
    history: dict[str, Any] = {
        "oldestBlock": hex_quantity(headers[0].number),
        "baseFeePerGas": [hex_quantity(header.base_fee_per_gas or 0) for header in headers] + [hex_quantity(next_base_fee(last))],
        "gasUsedRatio": [header.gas_used / header.gas_limit if header.gas_limit else 0.0 for header in headers],
    }
    if not percentiles:
        return Answer(history, "headers", block=last)
    history["reward"] = await _rewards(chain, headers, percentiles)
    why = f"headers prove all but `reward`, which is an endpoint's word, at most {chain.settings.max_priority_fee_wei} wei each"
    return Answer(history, why, Standing.UNVERIFIABLE, last)


async def _priority_fee(chain: VerifiedChain) -> int:
    limit = chain.settings.max_priority_fee_wei

    async def attempt(endpoint: Endpoint) -> int:
        fee = quantity(await chain.asking.call(endpoint, "eth_maxPriorityFeePerGas"), "maxPriorityFeePerGas")
        if fee > limit:
            raise UnreasonableFee(fee, limit)
        return fee

    return await chain.asking.ask("suggest a priority fee", attempt)


async def _rewards(chain: VerifiedChain, headers: tuple[ExecutionHeader, ...], percentiles: tuple[float, ...]) -> list[list[str]]:
    limit = chain.settings.max_priority_fee_wei

    async def attempt(endpoint: Endpoint) -> list[list[str]]:
        number = hex_quantity(headers[-1].number)
        answer = mapping(await chain.asking.call(endpoint, "eth_feeHistory", hex_quantity(len(headers)), number, list(percentiles)))
        rows = get(answer, "reward")
        if not isinstance(rows, list) or len(rows) != len(headers):
            raise WrongRewards(f"not one row for each of {len(headers)} blocks")
        return [_reward_row(row, len(percentiles), limit) for row in rows]

    return await chain.asking.ask("give rewards of blocks", attempt)


def _reward_row(row: Any, count: int, limit: int) -> list[str]:
    if not isinstance(row, list) or len(row) != count:
        raise WrongRewards(f"a row has not one entry for each of {count} percentiles")
    fees = [quantity(fee, "reward") for fee in row]
    if fees != sorted(fees):
        raise WrongRewards("they fall where percentiles rise")
    # A single transaction may pay any tip, so a high reward is no lie; but nobody should follow it.
    return [hex_quantity(min(fee, limit)) for fee in fees]
