"""What a transaction may cost: from the chain's fee history, between a floor and a ceiling, and by what step it is outbid.

Pure. The history is the word of an RPC: the ceilings are what bounds the damage of a lie. https://eips.ethereum.org/EIPS/eip-1559
"""

from dataclasses import dataclass
from typing import Annotated

from msgspec import Meta

from oracle.publication_errors import FeeBudgetError, FeeCeilingError

GWEI = 10**9
"""Wei in one gwei, the unit that fees are spoken of in."""


@dataclass(frozen=True, slots=True)
class Fees:
    """What a transaction offers for each unit of gas."""

    max_fee_wei: int
    """Most that is paid in all (`maxFeePerGas`)."""
    priority_fee_wei: int
    """Most of it that goes to the block's proposer (`maxPriorityFeePerGas`)."""


@dataclass(frozen=True, slots=True)
class FeeHistory:
    """What `eth_feeHistory` says, already parsed."""

    next_base_fee_wei: int
    """Base fee of the block that comes next."""
    rewards_wei: tuple[int, ...]
    """Priority fees that got into the latest blocks, one per block, at the percentile asked for; empty blocks say 0."""


@dataclass(frozen=True, slots=True)
class FeePolicy:
    """The operator's limits."""

    max_fee_ceiling_wei: Annotated[int, Meta(ge=1)] = 200 * GWEI
    """Never offer more in all: above this, waiting is cheaper than anchoring."""
    priority_floor_wei: Annotated[int, Meta(ge=0)] = GWEI // 100
    """Offer at least this to the proposer; proposers leave out what offers nothing."""
    priority_ceiling_wei: Annotated[int, Meta(ge=0)] = 5 * GWEI
    """Never offer more to the proposer."""
    base_fee_multiple: Annotated[int, Meta(ge=1, le=10)] = 2
    """Room for the base fee to grow: it grows by at most an eighth per block, so 2 lasts for six full blocks."""
    bump_permille: Annotated[int, Meta(ge=1125, le=5000)] = 1125
    """An outbidding transaction offers at least this, in thousandths of both fees outbid. geth wants 1100, others 1125."""
    budget_wei_per_day: Annotated[int, Meta(ge=0)] = 10**18 // 2
    """Never spend more on one day (UTC): a bug, or a month of high fees, costs no more than this. 0 is no limit."""


DAY_MS = 86_400_000
"""Milliseconds of a day."""


def day_of(time_ms: int) -> int:
    """Returns when the day (UTC) began that holds a moment, milliseconds since the Unix epoch."""
    return time_ms - time_ms % DAY_MS


def check_budget(wanted_wei: int, spent_wei: int, policy: FeePolicy) -> None:
    """Returns if a transaction that costs at most `wanted_wei` fits what is left of the day's budget; raises FeeBudgetError."""
    if policy.budget_wei_per_day and spent_wei + wanted_wei > policy.budget_wei_per_day:
        raise FeeBudgetError(wanted_wei, spent_wei, policy.budget_wei_per_day)


def first_fees(history: FeeHistory, policy: FeePolicy) -> Fees:
    """Returns what a new transaction offers.

    Raises FeeCeilingError while even the base fee with the lowest priority fee lies above the ceiling.
    """
    rewards = sorted(reward for reward in history.rewards_wei if reward > 0)
    median = rewards[len(rewards) // 2] if rewards else 0
    priority = min(max(median, policy.priority_floor_wei), policy.priority_ceiling_wei)
    least = history.next_base_fee_wei + policy.priority_floor_wei
    if least > policy.max_fee_ceiling_wei:
        raise FeeCeilingError(least, policy.max_fee_ceiling_wei)
    maximum = min(history.next_base_fee_wei * policy.base_fee_multiple + priority, policy.max_fee_ceiling_wei)
    return Fees(maximum, min(priority, maximum))


def outbidding_fees(outbid: Fees, history: FeeHistory, policy: FeePolicy) -> Fees:
    """Returns what a transaction must offer so that nodes take it in the place of another with the same nonce.

    Raises FeeCeilingError where that lies above a ceiling; the one outbid then stays.
    """
    # What the market wants is welcome but not needed: above the ceiling the step alone is tried.
    market = first_fees(history, policy) if history.next_base_fee_wei + policy.priority_floor_wei <= policy.max_fee_ceiling_wei else outbid
    priority = max(_stepped(outbid.priority_fee_wei, policy), market.priority_fee_wei)
    maximum = max(_stepped(outbid.max_fee_wei, policy), market.max_fee_wei, priority)
    if maximum > policy.max_fee_ceiling_wei:
        raise FeeCeilingError(maximum, policy.max_fee_ceiling_wei)
    if priority > policy.priority_ceiling_wei:
        raise FeeCeilingError(priority, policy.priority_ceiling_wei)
    return Fees(maximum, priority)


def _stepped(fee_wei: int, policy: FeePolicy) -> int:
    return max(-(-fee_wei * policy.bump_permille // 1000), fee_wei + 1)
