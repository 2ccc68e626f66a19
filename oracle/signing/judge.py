"""What the signer will not sign: every rule, one function each, over a request and what the log knows. Pure.

Rules, in their order; each refusal is a class in `errors` that names the rule:
- **chain, domain, schema, contract, call, value, possession, party, bls**: nothing is signed for a place or in a form that the policy
  does not list.
- **fee, budget, rate**: no transaction, no day and no hour goes beyond what the policy sets.
- **repeat, gap, time**: under one number of one stream of one key, one thing only, and no number is left out (the idea of EIP-3076).
- **double-verdict**: about one subject by one agent's rules, correcting the same attestation or none, one statement only; on chain, one
  for each recipient.

Signing again what was signed is always allowed, for a crash may have swallowed the first signature and a transaction may be outbid.
"""

from dataclasses import dataclass

from oracle.bls import PointRefusedError, address_of
from oracle.fees import GWEI
from oracle.key_errors import RateExceededError, SchemaForbiddenError, SequenceGapError, SequenceRepeatedError, TimeBackwardsError
from oracle.publication import Kind
from oracle.signer import ATTESTATIONS
from oracle.signing.errors import (
    BlsKeyForbiddenError,
    BudgetSpentError,
    CallForbiddenError,
    ChainForbiddenError,
    ContractForbiddenError,
    DomainForbiddenError,
    DoubleVerdictError,
    FeeForbiddenError,
    PartyForbiddenError,
    PossessionForbiddenError,
    ValueForbiddenError,
)
from oracle.signing.policy import CALLS, ContractKind, FeeRules, Policy, RateRules
from oracle.signing.statements import (
    BLS_POSSESSIONS,
    VOTES,
    Ask,
    AttestationRequest,
    BlsPossessionRequest,
    HandoverRequest,
    PossessionRequest,
    Request,
    TransactionRequest,
    VoteRequest,
    schema_of,
)
from oracle.verdicts import verdict_schema_uid

HOUR_S = 3_600
"""The window of rates."""
DAY_S = 86_400
"""The window of the budget."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the log knows that bears on one request; all of it about the key that would sign, but for the topic."""

    last: int
    """Number signed last in the stream, -1 where nothing was."""
    under_number: bytes | None
    """Commitment signed under the number asked for."""
    again: bool
    """Whether the very commitment was signed in this stream, under whatever number."""
    time_s: int
    """Time of the newest statement in the stream."""
    hour: int
    """Signatures in the stream in the last hour."""
    topic: tuple[int, bytes] | None
    """Number and content of the record about the same topic, under whatever key."""
    day_gwei: int
    """What the transactions of the last day may cost, the one with this nonce on this chain left out."""


def permit(request: Request, policy: Policy, keys: frozenset[bytes]) -> int:
    """Returns the words that name the subject, 0 where there is none, once the policy allows the statement by itself.

    `keys` are the addresses held here. Raises the refusals of the first two rules, budget and rate excepted.
    """
    match request:
        case AttestationRequest():
            return _permit_attestation(request, policy)
        case TransactionRequest():
            return _permit_transaction(request, policy, keys)
        case PossessionRequest():
            _check_chain(request.chain_id, policy)
            if request.key not in keys or policy.kind_of(request.registry) != "gateway-registry":
                raise PossessionForbiddenError(request.key, request.registry)
            return 0
        case HandoverRequest():
            if not keys & {request.terms.giver, request.terms.taker}:
                raise PartyForbiddenError(request.terms.giver, request.terms.taker)
            return 0
        case VoteRequest():
            _check_chain(request.chain_id, policy)
            _check_bls(request.key, request.contract, "bls-escrow", policy, keys)
            # The contract's schema needs no rule of its own, but one that the list has for attestations counts here as well.
            return policy.words_of(verdict_schema_uid(request.contract)) or 1
        case BlsPossessionRequest():
            _check_chain(request.chain_id, policy)
            _check_bls(request.key, request.registry, "gateway-registry", policy, keys)
            return 0


def judge(ask: Ask, known: Known, policy: Policy) -> None:
    """Returns if what the log knows leaves room for the request; raises the refusals of the other rules."""
    _check_rate(ask, known, policy.rates)
    _check_budget(ask, known, policy.fees)
    _check_sequence(ask, known)
    if ask.topic and known.topic is not None and known.topic[1] != ask.content:
        raise DoubleVerdictError(ask.topic, known.topic[0])


# The statement by itself


def _permit_attestation(request: AttestationRequest, policy: Policy) -> int:
    _check_chain(request.domain.chain_id, policy)
    if policy.kind_of(request.domain.verifying_contract) != "eas":
        raise DomainForbiddenError(request.domain.verifying_contract)
    return _words(request.message.schema, policy)


def _permit_transaction(request: TransactionRequest, policy: Policy, keys: frozenset[bytes]) -> int:
    call = request.call
    _check_chain(call.chain_id, policy)
    if call.value_wei:
        raise ValueForbiddenError(call.value_wei)
    to = call.to or b""
    if request.stream is Kind.FILLER:
        if to not in keys or call.data:
            raise CallForbiddenError(request.stream, to, call.data[:4], "a filler sends nothing to ourselves and calls nothing")
    else:
        kind, selector = CALLS[request.stream]
        if policy.kind_of(to) != kind:
            raise ContractForbiddenError(to)
        if call.data[:4] != selector:
            raise CallForbiddenError(request.stream, to, call.data[:4], f"this stream calls 0x{selector.hex()}")
    _check_fees(request, policy.fees)
    schema = schema_of(request)
    return 0 if schema is None else _words(schema, policy)


def _check_chain(chain_id: int, policy: Policy) -> None:
    if chain_id not in policy.chains:
        raise ChainForbiddenError(chain_id)


def _check_bls(key: bytes, contract: bytes, kind: ContractKind, policy: Policy, keys: frozenset[bytes]) -> None:
    try:
        held = address_of(key) in keys
    except PointRefusedError:
        held = False
    if not held or policy.kind_of(contract) != kind:
        raise BlsKeyForbiddenError(key, contract, kind)


def _words(schema: bytes, policy: Policy) -> int:
    words = policy.words_of(schema)
    if words is None:
        raise SchemaForbiddenError(schema)
    return words


def _check_fees(request: TransactionRequest, rules: FeeRules) -> None:
    offered = -(-request.fees.max_fee_wei // GWEI)
    if offered > rules.max_fee_gwei:
        raise FeeForbiddenError("an offer per gas", offered, rules.max_fee_gwei)
    cost = -(-request.call.gas_limit * request.fees.max_fee_wei // GWEI)
    if cost > rules.transaction_gwei:
        raise FeeForbiddenError("a transaction's cost", cost, rules.transaction_gwei)


# What the log knows


def _check_rate(ask: Ask, known: Known, rules: RateRules) -> None:
    limit = rules.transactions_per_hour if ask.nonce >= 0 else rules.attestations_per_hour
    if ask.stream in (VOTES, BLS_POSSESSIONS):
        limit = rules.votes_per_hour
    if known.hour >= limit:
        raise RateExceededError(ask.stream, limit, HOUR_S)


def _check_budget(ask: Ask, known: Known, rules: FeeRules) -> None:
    if ask.cost_gwei and known.day_gwei + ask.cost_gwei > rules.day_gwei:
        raise BudgetSpentError(known.day_gwei, ask.cost_gwei, rules.day_gwei)


def _check_sequence(ask: Ask, known: Known) -> None:
    if ask.sequence < 0:
        return
    # A statement that the log has keeps its number, whatever the store counts: one that was salvaged may have lost some.
    if known.again and ask.stream == ATTESTATIONS:
        return
    if ask.sequence <= known.last:
        if known.under_number != ask.commitment:
            raise SequenceRepeatedError(ask.stream, ask.sequence, known.last)
        return
    if ask.sequence != known.last + 1:
        raise SequenceGapError(ask.stream, ask.sequence, known.last + 1)
    if ask.time_s and ask.time_s < known.time_s:
        raise TimeBackwardsError(ask.stream, ask.time_s, known.time_s)
