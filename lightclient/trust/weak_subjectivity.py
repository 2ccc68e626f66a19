"""How old a point of trust may be before former validators, who have nothing left to lose, could have signed another history since.

Source: `specs/phase0/weak-subjectivity.md` and `specs/electra/weak-subjectivity.md`. A light client has no state to count validators in, so
the stake is data of the network file, rounded down: less stake gives a shorter period, which is the safe side.
"""

from lightclient.network import Network

SAFETY_DECAY = 10
"""Percent of the safety margin that may be lost (spec: SAFETY_DECAY)."""

MIN_VALIDATOR_WITHDRAWABILITY_DELAY = 256
"""Epochs that a validator's stake stays after it left."""

MIN_PER_EPOCH_CHURN_LIMIT_ETH = 128
"""Fewest ETH of stake that may come or go in an epoch, from electra on."""

CHURN_LIMIT_QUOTIENT = 65_536
"""Share of the stake, as its inverse, that may come or go in an epoch."""

CEILING_SECONDS = 14 * 86_400
"""Two weeks: what other clients allow on any network, and here the most that is ever computed."""


def weak_subjectivity_epochs(active_balance_eth: int) -> int:
    """Returns `compute_weak_subjectivity_period` of electra, in epochs, for a total active balance in ETH."""
    churn = max(MIN_PER_EPOCH_CHURN_LIMIT_ETH, active_balance_eth // CHURN_LIMIT_QUOTIENT)
    return MIN_VALIDATOR_WITHDRAWABILITY_DELAY + SAFETY_DECAY * active_balance_eth // (2 * churn * 100)


def max_age_seconds(network: Network) -> int:
    """Returns the oldest that a trusted header of the network may be, in seconds.

    Computed where the network file states the stake; else two weeks, which holds from eight million ETH of stake on.
    """
    if network.active_balance_eth is None:
        return CEILING_SECONDS
    epoch_seconds = network.seconds_per_slot * network.preset.slots_per_epoch
    return min(weak_subjectivity_epochs(network.active_balance_eth) * epoch_seconds, CEILING_SECONDS)
