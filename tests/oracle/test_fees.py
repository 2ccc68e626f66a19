import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from oracle.fees import GWEI, FeeHistory, FeePolicy, Fees, first_fees, outbidding_fees
from oracle.publication_errors import FeeCeilingError

POLICY = FeePolicy()
HISTORIES = st.builds(FeeHistory, st.integers(0, 2**90), st.lists(st.integers(0, 2**90), max_size=20).map(tuple))


def test_offers_twice_the_base_fee_and_the_median_tip() -> None:
    history = FeeHistory(10 * GWEI, (0, 1 * GWEI, 2 * GWEI, 3 * GWEI, 0))
    assert first_fees(history, POLICY) == Fees(22 * GWEI, 2 * GWEI)


def test_offers_the_floor_on_an_empty_chain() -> None:
    assert first_fees(FeeHistory(7, ()), POLICY) == Fees(14 + POLICY.priority_floor_wei, POLICY.priority_floor_wei)


@given(HISTORIES)
def test_never_offers_more_than_the_ceilings(history: FeeHistory) -> None:
    try:
        fees = first_fees(history, POLICY)
    except FeeCeilingError:
        return
    assert fees.priority_fee_wei <= fees.max_fee_wei <= POLICY.max_fee_ceiling_wei
    assert fees.priority_fee_wei <= POLICY.priority_ceiling_wei


@given(HISTORIES, st.integers(0, 2**40), st.integers(0, 2**40))
def test_outbids_both_fees_by_an_eighth_or_not_at_all(history: FeeHistory, base: int, tip: int) -> None:
    assume(tip <= base)
    outbid = Fees(base, tip)
    try:
        fees = outbidding_fees(outbid, history, POLICY)
    except FeeCeilingError:
        return
    assert fees.max_fee_wei * 8 >= base * 9
    assert fees.priority_fee_wei * 8 >= tip * 9
    assert fees.max_fee_wei > base
    assert fees.priority_fee_wei > tip
    assert fees.priority_fee_wei <= fees.max_fee_wei <= POLICY.max_fee_ceiling_wei


def test_refuses_a_base_fee_above_the_ceiling() -> None:
    with pytest.raises(FeeCeilingError):
        first_fees(FeeHistory(POLICY.max_fee_ceiling_wei, ()), POLICY)


@pytest.mark.parametrize("outbid", [Fees(199 * GWEI, 1), Fees(20 * GWEI, 5 * GWEI)])
def test_refuses_to_outbid_beyond_a_ceiling(outbid: Fees) -> None:
    with pytest.raises(FeeCeilingError):
        outbidding_fees(outbid, FeeHistory(1, ()), POLICY)


def test_rounds_a_step_up() -> None:
    assert outbidding_fees(Fees(9, 1), FeeHistory(0, ()), FeePolicy(priority_floor_wei=0)) == Fees(11, 2)
