"""The signer's desk: keys, rules and log together. Whoever asks is shown nothing but signatures and refusals.

In order, and each step only after the one before: the policy permits the statement by itself; the log leaves room for it; the record is on
disk; the key signs. So a crash can lose a signature, never the knowledge of it.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from oracle.attestation import Domain, Message
from oracle.bls_secret import BlsSecretKey
from oracle.custody import Terms
from oracle.errors import MisuseError, OracleError
from oracle.fees import Fees
from oracle.publication import Kind
from oracle.signer import ATTESTATIONS, SECP256K1, Signer
from oracle.signing.errors import SignerFailedError
from oracle.signing.journal import Journal
from oracle.signing.judge import judge, permit
from oracle.signing.policy import Policy
from oracle.signing.statements import (
    Ask,
    AttestationRequest,
    BlsPossessionRequest,
    HandoverRequest,
    PossessionRequest,
    Request,
    TransactionRequest,
    VoteRequest,
    examine,
)
from oracle.transaction import Transaction
from oracle.verdicts import VerdictStatement


class SigningDesk(Protocol):
    """Whoever signs for a gateway: a `Desk` in this process, or a client of `aios-signer`. Every method may block."""

    @property
    def attester(self) -> bytes:
        """Returns the address that attests."""

    @property
    def gateway(self) -> bytes:
        """Returns the address that sends transactions."""

    def sign_attestation(self, message: Message, domain: Domain, sequence: int) -> bytes:
        """Returns the attester's signature over an attestation; the same again keeps the number it was signed under."""

    def sign_transaction(self, stream: str, sequence: int, call: Transaction, fees: Fees) -> bytes:
        """Returns the gateway's r, s, v over a transaction."""

    def sign_possession(self, chain_id: int, registry: bytes, gateway: bytes, key: bytes, operator: bytes) -> bytes:
        """Returns a key's proof for the GatewayRegistry that it is held here."""

    def sign_handover(self, terms: Terms) -> bytes:
        """Returns the signature of the party to a handover whose key is here."""


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of one signer."""

    attester: Signer
    """Signs attestations, on either curve."""
    gateway: Signer
    """Signs transactions, on secp256k1; often the same key."""
    bls: BlsSecretKey | None = None
    """Signs verdicts that are given together with other gateways; None where the box gives none."""

    def __post_init__(self) -> None:
        """Raises MisuseError where transactions would be signed on a curve that Ethereum does not take."""
        if self.gateway.curve != SECP256K1:
            raise MisuseError("a P-256 key signs attestations only; name a key of secp256k1 for transactions under keys.gateway")

    @property
    def addresses(self) -> frozenset[bytes]:
        """What all keys are called."""
        return frozenset(key.address for key in (self.attester, self.gateway, self.bls) if key is not None)

    def signer_of(self, request: Request) -> Signer | BlsSecretKey:
        """Returns the key that a request is for, once the policy has permitted it."""
        match request:
            case AttestationRequest():
                return self.attester
            case TransactionRequest():
                return self.gateway
            case PossessionRequest():
                return self.attester if request.key == self.attester.address else self.gateway
            case HandoverRequest():
                return self.attester if self.attester.address in (request.terms.giver, request.terms.taker) else self.gateway
            case VoteRequest() | BlsPossessionRequest():
                assert self.bls is not None
                return self.bls


class Requests:
    """Turns the methods of a SigningDesk into requests; whoever answers them implements `sign`."""

    def sign(self, request: Request) -> bytes:
        """Returns the signature; raises the refusal."""
        raise NotImplementedError

    def sign_attestation(self, message: Message, domain: Domain, sequence: int) -> bytes:
        """Returns the attester's signature over an attestation."""
        return self.sign(AttestationRequest(message, domain, sequence))

    def sign_transaction(self, stream: str, sequence: int, call: Transaction, fees: Fees) -> bytes:
        """Returns the gateway's r, s, v over a transaction."""
        return self.sign(TransactionRequest(Kind(stream), sequence, call, fees))

    def sign_possession(self, chain_id: int, registry: bytes, gateway: bytes, key: bytes, operator: bytes) -> bytes:
        """Returns a key's proof for the GatewayRegistry that it is held here."""
        return self.sign(PossessionRequest(chain_id, registry, gateway, key, operator))

    def sign_handover(self, terms: Terms) -> bytes:
        """Returns the signature of the party to a handover whose key is here."""
        return self.sign(HandoverRequest(terms))

    def sign_vote(self, key: bytes, chain_id: int, contract: bytes, statement: VerdictStatement, recipient: bytes) -> bytes:
        """Returns the BLS key's signature under a verdict that other gateways give too."""
        return self.sign(VoteRequest(key, chain_id, contract, statement, recipient))

    def sign_bls_possession(self, key: bytes, chain_id: int, registry: bytes, gateway: bytes) -> bytes:
        """Returns the BLS key's proof for the GatewayRegistry that it is held here."""
        return self.sign(BlsPossessionRequest(key, chain_id, registry, gateway))


class Desk(Requests):
    """Signs what rules and log allow; may be asked from several threads."""

    def __init__(self, keys: Keys, policy: Policy, journal: Journal, *, now_s: Callable[[], int]) -> None:
        """Takes keys, rules, log, and the clock that rates and budgets are measured by."""
        self.keys = keys
        self.journal = journal
        self._policy = policy
        self._now_s = now_s
        self._lock = threading.Lock()

    @property
    def attester(self) -> bytes:
        """Returns the address that attests."""
        return self.keys.attester.address

    @property
    def gateway(self) -> bytes:
        """Returns the address that sends transactions."""
        return self.keys.gateway.address

    def sign(self, request: Request) -> bytes:
        """Returns the signature, once the record of it is on disk.

        Raises:
            SigningRefusedError, RateExceededError, BudgetSpentError: a rule forbids it; the error names the rule.
            FieldRangeError: a field does not fit its type.
            SignerFailedError: disk or key failed.

        """
        words = permit(request, self._policy, self.keys.addresses)
        ask = examine(request, words)
        signer = self.keys.signer_of(request)
        with self._lock:
            now_s = self._now_s()
            judge(ask, self.journal.known(signer.address, ask, now_s), self._policy)
            if ask.stream == ATTESTATIONS and (number := self.journal.number_of(signer.address, ask)) is not None:
                ask = replace(ask, sequence=number)
            self.journal.append(signer.address, ask, words, request, now_s)
            # On disk, not yet signed: a restart that is asked for the same signs it, for anything else under its number it refuses.
            try:
                return _signature(signer, ask)
            except OracleError:
                raise
            except Exception as error:  # a driver's own errors, whatever they are called
                raise SignerFailedError(f"{type(error).__name__}: {error}") from error


def _signature(signer: Signer | BlsSecretKey, ask: Ask) -> bytes:
    return signer.sign(ask.message, ask.tag) if isinstance(signer, BlsSecretKey) else signer.sign_digest(ask.digest)
