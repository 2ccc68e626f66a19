from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracle.publication import (
    CLOSED,
    TRANSITIONS,
    Attempt,
    Event,
    FinalizedBlock,
    Inclusion,
    Kind,
    Publication,
    State,
    accepted,
    advance,
    decode,
    encode,
    outbid,
    signed,
    stage,
)
from oracle.publication_errors import (
    AnchorConflictError,
    AnchorNotProvenError,
    AnchorOverdueError,
    NonceSpentError,
    TransitionRefusedError,
    VerdictUnclearError,
)
from oracle.publication_steps import (
    Doubt,
    Halt,
    Observation,
    Outbid,
    Patience,
    ProvenState,
    Record,
    ReportedState,
    Send,
    Sign,
    Wait,
    next_step,
)

ROOT, OTHER, NOTHING = b"\x11" * 32, b"\x22" * 32, bytes(32)
PATIENCE = Patience()
ATTEMPT = Attempt(tx_hash=b"\xaa" * 32, raw=b"\x02raw", max_fee_wei=10, priority_fee_wei=1, signed_ms=1_000)
SECOND = replace(ATTEMPT, tx_hash=b"\xbb" * 32, max_fee_wei=12)
RECEIPT = Inclusion(tx_hash=ATTEMPT.tx_hash, block_number=100, block_hash=b"\x0b" * 32, succeeded=True, gas_used=53_000)

STAGED = stage(1, b"\1" * 20, b"\2" * 20, index=3, root=ROOT, count=9, now_ms=500)
SIGNED = signed(STAGED, 7, ATTEMPT)
SENT = accepted(SIGNED, 1_100)
INCLUDED = advance(SENT, Event.INCLUDED, 1_200, inclusion=RECEIPT)
REPLACED = advance(INCLUDED, Event.SPENT, 1_300, inclusion=None, spent=1)
FINAL = advance(INCLUDED, Event.PROVEN, 1_300)
REPORTED = advance(INCLUDED, Event.REPORTED, 1_300)
EVERY = {record.state: record for record in (STAGED, SIGNED, SENT, INCLUDED, REPLACED, FINAL, REPORTED)}
OPEN = [record for record in EVERY.values() if record.state not in CLOSED]


def proven(root: bytes = NOTHING, *, nonce: int = 7, number: int = 99) -> ProvenState:
    return ProvenState(FinalizedBlock(number, b"\x0c" * 32, b"\x0d" * 32), root, nonce)


def seen(**changes: object) -> Observation:
    return replace(Observation(now_ms=2_000, receipts_known=True, sent_ms=1_100), **changes)  # type: ignore[arg-type]


# The table


def test_table_names_every_state_and_leads_to_final_from_each() -> None:
    assert set(TRANSITIONS) == set(State) == set(EVERY)
    assert {state for state, events in TRANSITIONS.items() if not events} == {State.FINAL, State.REPORTED} == CLOSED
    assert all(events[Event.PROVEN] is State.FINAL for state, events in TRANSITIONS.items() if state not in CLOSED)


def test_only_proof_leads_to_final_and_only_spending_to_replaced() -> None:
    ways = {(event, target) for events in TRANSITIONS.values() for event, target in events.items()}
    assert {event for event, target in ways if target is State.FINAL} == {Event.PROVEN}
    assert {event for event, target in ways if target is State.REPLACED} == {Event.SPENT}
    assert {event for event, target in ways if target is State.REPORTED} == {Event.REPORTED}


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("event", Event)
def test_what_the_table_does_not_know_is_refused(state: State, event: Event) -> None:
    if event in TRANSITIONS[state]:
        after = advance(EVERY[state], event, 9)
        assert (after.state, after.revision, after.since_ms) == (TRANSITIONS[state][event], EVERY[state].revision + 1, 9)
    else:
        with pytest.raises(TransitionRefusedError):
            advance(EVERY[state], event, 9)


@pytest.mark.parametrize("record", EVERY.values(), ids=lambda record: record.state)
def test_record_survives_storage(record: Publication) -> None:
    assert decode(encode(record)) == record


# Proof outranks everything


@pytest.mark.parametrize("record", OPEN, ids=lambda record: record.state)
@given(receipt=st.sampled_from([None, RECEIPT, replace(RECEIPT, succeeded=False)]))
def test_final_when_the_proven_state_holds_our_root(record: Publication, receipt: Inclusion | None) -> None:
    step = next_step(record, seen(proven=proven(ROOT, nonce=0), receipt=receipt), PATIENCE)
    assert isinstance(step, Record)
    assert step.publication.state is State.FINAL
    assert step.publication.final == proven(ROOT).block


@pytest.mark.parametrize("record", OPEN, ids=lambda record: record.state)
def test_another_proven_root_halts(record: Publication) -> None:
    step = next_step(record, seen(proven=proven(OTHER)), PATIENCE)
    assert isinstance(step, Halt)
    assert isinstance(step.refusal, AnchorConflictError)


@pytest.mark.parametrize("record", [STAGED, SIGNED, SENT, INCLUDED, REPLACED], ids=lambda record: record.state)
@given(
    receipt=st.sampled_from([None, RECEIPT, replace(RECEIPT, block_number=2**60)]),
    known=st.booleans(),
    now_ms=st.integers(0, 2**45),
    state=st.sampled_from([None, proven(), proven(nonce=8), proven(number=100), proven(number=2**40)]),
)
def test_never_final_on_the_word_of_an_rpc(
    record: Publication, receipt: Inclusion | None, known: bool, now_ms: int, state: ProvenState | None
) -> None:
    step = next_step(record, Observation(now_ms, state, known, receipt), PATIENCE)
    assert not (isinstance(step, Record) and step.publication.state is State.FINAL)


def test_a_receipt_that_proven_state_contradicts_is_refused_by_name() -> None:
    step = next_step(INCLUDED, seen(proven=proven(number=100), receipt=RECEIPT), PATIENCE)
    assert isinstance(step, Record)
    assert step.publication.state is State.SENT
    assert isinstance(step.refusal, AnchorNotProvenError)


def test_such_a_receipt_is_not_believed_a_second_time() -> None:
    step = next_step(SENT, seen(proven=proven(number=100), receipt=RECEIPT), PATIENCE)
    assert isinstance(step, Doubt)
    assert isinstance(step.refusal, AnchorNotProvenError)
    assert step.step == Wait()


@pytest.mark.parametrize("record", [SIGNED, SENT, INCLUDED], ids=lambda record: record.state)
def test_a_spent_nonce_without_anchor_needs_a_new_nonce(record: Publication) -> None:
    step = next_step(record, seen(proven=proven(nonce=8)), PATIENCE)
    assert isinstance(step, Record)
    assert (step.publication.state, step.publication.spent) == (State.REPLACED, 1)
    assert isinstance(step.refusal, NonceSpentError)


def test_a_reverted_transaction_is_told_from_a_strangers() -> None:
    failed = replace(RECEIPT, succeeded=False)
    step = next_step(replace(INCLUDED, inclusion=failed), seen(proven=proven(nonce=8, number=100), receipt=failed), PATIENCE)
    assert isinstance(step, Record)
    assert isinstance(step.refusal, NonceSpentError)
    assert step.refusal.reverted


def test_a_failure_that_did_not_spend_the_nonce_is_refused() -> None:
    failed = replace(RECEIPT, succeeded=False)
    step = next_step(replace(INCLUDED, inclusion=failed), seen(proven=proven(nonce=7, number=100), receipt=failed), PATIENCE)
    assert isinstance(step, Record)
    assert isinstance(step.refusal, AnchorNotProvenError)


# Step by step


def test_staged_is_signed() -> None:
    assert next_step(STAGED, seen(), PATIENCE) == Sign()


def test_signed_is_sent_at_once() -> None:
    assert next_step(SIGNED, seen(sent_ms=None), PATIENCE) == Send()


@pytest.mark.parametrize("record", [SIGNED, SENT], ids=lambda record: record.state)
def test_a_restart_sends_before_it_outbids(record: Publication) -> None:
    assert next_step(record, seen(sent_ms=None, now_ms=2**40), PATIENCE) == Send()


def test_outbids_a_dozen_times_at_most() -> None:
    record = replace(SENT, attempts=(ATTEMPT,) * PATIENCE.attempt_limit)
    assert next_step(record, seen(now_ms=2**40), PATIENCE) == Send()


@pytest.mark.parametrize("record", [SIGNED, SENT], ids=lambda record: record.state)
def test_a_receipt_is_recorded(record: Publication) -> None:
    step = next_step(record, seen(receipt=RECEIPT), PATIENCE)
    assert isinstance(step, Record)
    assert (step.publication.state, step.publication.inclusion) == (State.INCLUDED, RECEIPT)


def test_sent_waits_then_is_handed_over_again() -> None:
    assert next_step(SENT, seen(now_ms=1_100 + PATIENCE.resend_ms - 1), PATIENCE) == Wait()
    assert next_step(SENT, seen(now_ms=1_100 + PATIENCE.resend_ms), PATIENCE) == Send()
    assert next_step(SENT, seen(sent_ms=None), PATIENCE) == Send()


def test_stuck_is_outbid_but_only_if_the_receipts_were_asked_for() -> None:
    late = ATTEMPT.signed_ms + PATIENCE.outbid_ms
    assert next_step(SENT, seen(now_ms=late), PATIENCE) == Outbid()
    assert next_step(SENT, seen(now_ms=late, receipts_known=False), PATIENCE) == Send()
    assert outbid(SENT, SECOND).attempts == (ATTEMPT, SECOND)


def test_included_waits_for_proof_and_falls_back_when_the_receipt_is_gone() -> None:
    assert next_step(INCLUDED, seen(receipt=RECEIPT), PATIENCE) == Wait()
    assert next_step(INCLUDED, seen(receipts_known=False), PATIENCE) == Wait()
    step = next_step(INCLUDED, seen(), PATIENCE)
    assert isinstance(step, Record)
    assert (step.publication.state, step.publication.inclusion) == (State.SENT, None)


def test_included_follows_its_transaction_to_another_block() -> None:
    moved = replace(RECEIPT, block_number=101, block_hash=b"\x0e" * 32)
    step = next_step(INCLUDED, seen(receipt=moved), PATIENCE)
    assert isinstance(step, Record)
    assert (step.publication.state, step.publication.inclusion) == (State.INCLUDED, moved)


def test_included_that_never_becomes_final_is_shown() -> None:
    step = next_step(INCLUDED, seen(receipt=RECEIPT, now_ms=INCLUDED.since_ms + PATIENCE.overdue_ms), PATIENCE)
    assert isinstance(step, Doubt)
    assert isinstance(step.refusal, AnchorOverdueError)


@pytest.mark.parametrize(("spent", "wait_ms"), [(1, 60_000), (2, 120_000), (40, 3_600_000)])
def test_replaced_waits_longer_each_time_and_is_signed_anew(spent: int, wait_ms: int) -> None:
    record = replace(REPLACED, spent=spent)
    assert next_step(record, seen(now_ms=record.since_ms + wait_ms - 1), PATIENCE) == Wait()
    assert next_step(record, seen(now_ms=record.since_ms + wait_ms), PATIENCE) == Sign()
    again = signed(record, 8, SECOND)
    assert (again.nonce, again.attempts, again.spent) == (8, (SECOND,), spent)


# Where nothing is proven


def told(number: int = 100, nonce: int = 8) -> ReportedState:
    return ReportedState(number, nonce)


def test_an_included_transaction_is_reported_once_its_block_is_called_final() -> None:
    assert next_step(INCLUDED, seen(receipt=RECEIPT, reported=told(99)), PATIENCE) == Wait()
    step = next_step(INCLUDED, seen(receipt=RECEIPT, reported=told(100)), PATIENCE)
    assert isinstance(step, Record)
    assert (step.publication.state, step.publication.final) == (State.REPORTED, None)


@pytest.mark.parametrize("receipt", [None, replace(RECEIPT, block_hash=b"\x0e" * 32)])
def test_a_receipt_that_is_gone_or_moved_is_not_reported(receipt: Inclusion | None) -> None:
    step = next_step(INCLUDED, seen(receipt=receipt, reported=told(nonce=7)), PATIENCE)
    assert isinstance(step, Record)
    assert step.publication.state in {State.SENT, State.INCLUDED}


def test_a_nonce_said_to_be_spent_is_replaced_unless_that_could_double_a_verdict() -> None:
    step = next_step(SENT, seen(reported=told()), PATIENCE)
    assert isinstance(step, Record)
    assert step.publication.state is State.REPLACED
    verdict = replace(SENT, kind=Kind.VERDICT)
    doubt = next_step(verdict, seen(reported=told()), PATIENCE)
    assert isinstance(doubt, Doubt)
    assert isinstance(doubt.refusal, VerdictUnclearError)
    assert next_step(SENT, seen(receipts_known=False, reported=told()), PATIENCE) == Wait()


def test_a_reverted_transaction_is_replaced_once_its_block_is_called_final() -> None:
    failed = replace(RECEIPT, succeeded=False)
    step = next_step(replace(INCLUDED, inclusion=failed), seen(receipt=failed, reported=told()), PATIENCE)
    assert isinstance(step, Record)
    assert step.publication.state is State.REPLACED
    assert isinstance(step.refusal, NonceSpentError)
    assert step.refusal.reverted


# Costs


def test_costs_the_worst_case_until_a_receipt_says_less_and_never_more() -> None:
    attempts = (replace(ATTEMPT, gas_limit=100_000), replace(SECOND, gas_limit=100_000))
    record = replace(SENT, attempts=attempts)
    assert STAGED.cost_wei() == 0
    assert record.cost_wei() == 100_000 * 12
    assert replace(record, inclusion=replace(RECEIPT, price_wei=3)).cost_wei() == 53_000 * 3
    assert replace(record, inclusion=replace(RECEIPT, price_wei=10**18)).cost_wei() == 100_000 * 12
    assert replace(record, inclusion=RECEIPT).cost_wei() == 100_000 * 12


def test_final_is_left_alone() -> None:
    assert next_step(FINAL, seen(proven=proven(OTHER)), PATIENCE) == Wait()
