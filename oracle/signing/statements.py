"""What the signer can be asked to sign, as it would be read by whoever receives it, and the digest of each. Pure.

A request carries the statement, never its digest: the signer computes that by itself. `examine` turns a request into an `Ask`, which is
all that the rules look at. Its topic is what the contracts go by (`oracle.topics`): two different statements under one are slashed.
"""

from dataclasses import dataclass

import msgspec

from oracle import abi, bls, eas
from oracle.anchor import ANCHOR
from oracle.attestation import Domain, Message
from oracle.custody import Terms
from oracle.errors import MalformedStatementError, RefusedError
from oracle.fees import GWEI, Fees
from oracle.gateway_registry import possession_digest
from oracle.joint_verdict import agreed, possession_message
from oracle.keccak import keccak256
from oracle.publication import Kind
from oracle.publication_errors import CalldataRefusedError
from oracle.schemas import subject_id
from oracle.signer import ATTESTATIONS
from oracle.signing.errors import CallForbiddenError, FormRefusedError, TopicMissingError
from oracle.topics import statement_topic, verdict_topic
from oracle.transaction import Transaction, commitment, signing_digest
from oracle.verdicts import VerdictStatement, verdict_schema_uid

POSSESSIONS = "possession"
"""Stream of proofs that a key is held, for the GatewayRegistry."""

HANDOVERS = "handover"
"""Stream of signatures under handovers of goods: about one shipment and one number, one handover only."""

VOTES = "vote"
"""Stream of BLS signatures under verdicts that gateways give together."""

BLS_POSSESSIONS = "bls-possession"
"""Stream of proofs that a BLS key is held, for a BlsShipmentEscrow."""


class AttestationRequest(msgspec.Struct, tag="attestation", forbid_unknown_fields=True, frozen=True):
    """Asks for an attestation's signature."""

    message: Message
    """What is attested."""
    domain: Domain
    """Where it counts."""
    sequence: int
    """Its number among the key's attestations, unless the same was signed under another before."""


class TransactionRequest(msgspec.Struct, tag="transaction", forbid_unknown_fields=True, frozen=True):
    """Asks for a transaction's signature."""

    stream: Kind
    """What it is for."""
    sequence: int
    """Its number in that stream."""
    call: Transaction
    """What it does."""
    fees: Fees
    """What it offers."""


class PossessionRequest(msgspec.Struct, tag="possession", forbid_unknown_fields=True, frozen=True):
    """Asks for the proof that a key is held, which the GatewayRegistry wants before it takes the key."""

    chain_id: int
    """Chain of the registry."""
    registry: bytes
    """The GatewayRegistry."""
    gateway: bytes
    """The gateway that the key belongs to."""
    key: bytes
    """The key's address."""
    operator: bytes
    """Who will register it."""


class HandoverRequest(msgspec.Struct, tag="handover", forbid_unknown_fields=True, frozen=True):
    """Asks for the signature of a party to a handover of goods."""

    terms: Terms
    """What both parties sign."""


class VoteRequest(msgspec.Struct, tag="vote", forbid_unknown_fields=True, frozen=True):
    """Asks for a BLS signature under a verdict that other gateways give too."""

    key: bytes
    """The BLS key, 48 bytes."""
    chain_id: int
    """Chain of the contract."""
    contract: bytes
    """The BlsShipmentEscrow."""
    statement: VerdictStatement
    """The whole verdict, as it would be attested on chain."""
    recipient: bytes
    """For whom: the escrow's buyer."""


class BlsPossessionRequest(msgspec.Struct, tag="bls-possession", forbid_unknown_fields=True, frozen=True):
    """Asks for the proof that a BLS key is held, which the GatewayRegistry wants before it takes the key."""

    key: bytes
    """The BLS key, 48 bytes."""
    chain_id: int
    """Chain of the registry."""
    registry: bytes
    """The GatewayRegistry."""
    gateway: bytes
    """The gateway that the key belongs to."""


Request = AttestationRequest | TransactionRequest | PossessionRequest | HandoverRequest | VoteRequest | BlsPossessionRequest
"""Everything that is ever signed."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A request as the rules see it."""

    stream: str
    """Which sequence its number belongs to."""
    sequence: int
    """Its number; -1 where the stream has none."""
    commitment: bytes
    """What must never be contradicted under that number: the digest of an attestation, the call of a transaction."""
    digest: bytes
    """What would be signed; where a BLS key signs, keccak256 of the message."""
    topic: bytes = b""
    """What the statement is about, where two different statements would contradict; empty elsewhere."""
    content: bytes = b""
    """keccak256 of what is said about the topic."""
    time_s: int = 0
    """Time that the statement names, seconds; 0 where it names none."""
    nonce: int = -1
    """The transaction's nonce; of those with one nonce on one chain, one is mined."""
    cost_gwei: int = 0
    """Most that the transaction can cost, in gwei, rounded up."""
    chain_id: int = 0
    """Chain of the transaction: each has nonces of its own; 0 for anything else."""
    message: bytes = b""
    """What a BLS key signs, which hashes it to the curve itself; empty for other keys."""
    tag: bytes = b""
    """Domain separation tag of that; empty for other keys."""


def examine(request: Request, subject_words: int) -> Ask:
    """Returns what the rules look at; `subject_words` say how much of the data names the subject, where there is any.

    Raises:
        FieldRangeError: a field does not fit its type, so that nothing could be signed.
        TopicMissingError, CallForbiddenError, FormRefusedError: the statement cannot be read.

    """
    match request:
        case AttestationRequest():
            return _attestation(request, subject_words)
        case TransactionRequest():
            return _transaction(request, subject_words)
        case PossessionRequest():
            digest = possession_digest(
                chain_id=request.chain_id,
                registry=request.registry,
                gateway=request.gateway,
                key=request.key,
                operator=request.operator,
            )
            return Ask(POSSESSIONS, -1, digest, digest)
        case HandoverRequest():
            terms = request.terms
            topic = keccak256(HANDOVERS.encode() + subject_id(terms.shipment.uri) + abi.uint("number", terms.number, 32))
            return Ask(HANDOVERS, -1, terms.hash, terms.hash, topic, terms.hash)
        case VoteRequest():
            return _vote(request, subject_words)
        case BlsPossessionRequest():
            return _bls_possession(request)


def schema_of(request: Request) -> bytes | None:
    """Returns the schema under which something would be stated; None where nothing would be, or the call cannot be read."""
    if isinstance(request, AttestationRequest):
        return request.message.schema
    if isinstance(request, TransactionRequest) and request.stream is Kind.VERDICT:
        return decode_verdict(request).schema
    return None


def decode_verdict(request: TransactionRequest) -> eas.OnchainAttestation:
    """Returns the attestation in a call of `EAS.attest`; raises CallForbiddenError for any other encoding."""
    try:
        return eas.decode_attest(request.call.data)
    except CalldataRefusedError as error:
        raise CallForbiddenError(request.stream, request.call.to or b"", request.call.data[:4], str(error)) from error


def _require_subject(data: bytes, words: int) -> None:
    if len(data) < words * abi.WORD:
        raise TopicMissingError(len(data), words)


def _attestation(request: AttestationRequest, words: int) -> Ask:
    message = request.message
    digest = message.digest_under(request.domain)
    _require_subject(message.data, words)
    topic = statement_topic(message.schema, message.ref_uid, message.data, words)
    return Ask(ATTESTATIONS, request.sequence, digest, digest, topic, keccak256(message.data), message.time)


def _transaction(request: TransactionRequest, words: int) -> Ask:
    call, topic, content = request.call, b"", b""
    if request.stream is Kind.ANCHOR and (call.data[:4] != ANCHOR or call.data[4:36] != abi.uint("index", request.sequence, 64)):
        raise CallForbiddenError(request.stream, call.to or b"", call.data[:4], f"it does not anchor batch {request.sequence}")
    if request.stream is Kind.VERDICT:
        verdict = decode_verdict(request)
        _require_subject(verdict.data, words)
        topic = verdict_topic(verdict.schema, verdict.ref_uid, verdict.recipient, verdict.data, words)
        content = keccak256(verdict.data)
    return Ask(
        request.stream,
        request.sequence,
        commitment(call),
        signing_digest(call, request.fees),
        topic,
        content,
        nonce=call.nonce,
        cost_gwei=-(-(call.gas_limit * request.fees.max_fee_wei + call.value_wei) // GWEI),
        chain_id=call.chain_id,
    )


def _vote(request: VoteRequest, words: int) -> Ask:
    statement = request.statement
    data = statement.encode()
    try:
        VerdictStatement.decode(data)
    except MalformedStatementError as error:
        raise FormRefusedError(str(error)) from error
    message = agreed(request.chain_id, request.contract, statement, request.recipient).message()
    # The topic that the same verdict has when it is attested on chain: the two ways cannot contradict each other.
    topic = verdict_topic(verdict_schema_uid(request.contract), bytes(abi.WORD), request.recipient, data, words)
    digest = keccak256(message)
    return Ask(VOTES, -1, digest, digest, topic, keccak256(data), message=message, tag=bls.VERDICT_TAG)


def _bls_possession(request: BlsPossessionRequest) -> Ask:
    try:
        message = possession_message(request.chain_id, request.registry, request.gateway, request.key)
    except RefusedError as error:
        raise FormRefusedError(str(error)) from error
    digest = keccak256(message)
    return Ask(BLS_POSSESSIONS, -1, digest, digest, message=message, tag=bls.POSSESSION_TAG)
