"""State as far as it is proven: accounts, storage and code under one state root, learnt in batches, with a note of what was missed.

Knows no interpreter. `ProvenState.learn` takes untrusted answers and verifies every one; a read of what is not known yet returns an empty
value and is noted, so that one run of a call finds many missing things at once. A result counts only if nothing was missed.
"""

from collections.abc import Awaitable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from lightclient.execution.evm_errors import CallTooExpensive, WrongAnswerCount
from lightclient.execution.proof import Account, verify_code, verify_proof_answer
from lightclient.execution.transaction_fields import AccessList


@dataclass(frozen=True, slots=True)
class AccountRequest:
    """What is asked of a server about one account: its `eth_getProof` with these keys and, where it is wanted, its `eth_getCode`."""

    address: bytes
    """The account, 20 bytes."""
    keys: tuple[bytes, ...]
    """Storage keys of 32 bytes, in the order in which they must be answered."""
    with_code: bool
    """Whether the code is asked for too."""


@dataclass(frozen=True, slots=True)
class AccountAnswer:
    """What a server says; nothing of it is believed."""

    proof: Mapping[str, Any]
    """The `eth_getProof` answer as received."""
    code: bytes = b""
    """The code, where it was asked for."""


class StateReader(Protocol):
    """Where state comes from, for `evm.run`."""

    def read(self, requests: Sequence[AccountRequest]) -> Sequence[AccountAnswer]:
        """Returns an answer to each request, in order, all at the block of the call; they are verified by the caller."""
        ...


class AsyncStateReader(Protocol):
    """Where state comes from, for `evm.run_async`."""

    def read(self, requests: Sequence[AccountRequest]) -> Awaitable[Sequence[AccountAnswer]]:
        """Returns an answer to each request, in order, all at the block of the call; they are verified by the caller."""
        ...


@dataclass(frozen=True, slots=True)
class StateLimits:
    """Most state that one call may need."""

    accounts: int = 512
    """Accounts."""
    slots: int = 4096
    """Storage slots, over all accounts."""
    code_bytes: int = 8 * 1024 * 1024
    """Code, over all accounts."""
    misses: int = 128
    """Things missing after which a run is broken off, to ask for them before more is guessed."""


@dataclass(frozen=True, slots=True)
class KnownAccount:
    """A proven account with its code."""

    account: Account
    """The account; of one that does not exist, `ABSENT`."""
    exists: bool
    """Whether the state holds it."""
    code: bytes
    """Its code."""


class EnoughMissedError(Exception):
    """Breaks off a run that misses so much that going on would be guessing; never leaves this package."""


@dataclass(slots=True)
class ProvenState:
    """What is proven so far under one state root."""

    state_root: bytes
    """The root."""
    limits: StateLimits
    """Bounds of what is learnt."""
    accounts: dict[bytes, KnownAccount] = field(default_factory=dict)
    """Known accounts by address."""
    slots: dict[bytes, dict[bytes, int]] = field(default_factory=dict)
    """Known storage by address and key."""
    missing: dict[bytes, set[bytes]] = field(default_factory=dict)
    """What reads have missed, by address; an empty set where it is the account alone."""

    def account(self, address: bytes) -> KnownAccount | None:
        """Returns a proven account, or None after noting that it is missing."""
        known = self.accounts.get(address)
        if known is None:
            self._note(address, None)
        return known

    def slot(self, address: bytes, key: bytes) -> int:
        """Returns a proven word of storage, or zero after noting that it is missing."""
        value = self.slots.get(address, {}).get(key)
        if value is None:
            self._note(address, key)
            return 0
        return value

    def want(self, access_list: AccessList) -> None:
        """Notes accounts and slots that are likely to be read, where they are not known."""
        for address, keys in access_list:
            if address not in self.accounts:
                self.missing.setdefault(address, set())
            unknown = set(keys) - self.slots.get(address, {}).keys()
            if unknown:
                self.missing.setdefault(address, set()).update(unknown)

    def requests(self) -> tuple[AccountRequest, ...]:
        """Returns what to ask for, from what was missed; it is sorted, so that a run can be repeated.

        Raises:
            CallTooExpensive: it would be more state than the limits allow.
        """
        self._bound("accounts", len(self.accounts.keys() | self.missing.keys()), self.limits.accounts)
        known = sum(map(len, self.slots.values()))
        self._bound("storage slots", known + sum(map(len, self.missing.values())), self.limits.slots)
        return tuple(
            AccountRequest(address, tuple(sorted(keys)), address not in self.accounts) for address, keys in sorted(self.missing.items())
        )

    def learn(self, requests: Sequence[AccountRequest], answers: Sequence[AccountAnswer]) -> None:
        """Adds what the answers prove, all or nothing, and forgets what was missed.

        Raises:
            WrongAnswerCount: there are more or fewer answers than questions.
            CallTooExpensive: there is more code than the limits allow.
            PeerError: an answer does not verify; the class says why.
        """
        if len(answers) != len(requests):
            raise WrongAnswerCount(len(answers), len(requests))
        code_bytes = sum(len(known.code) for known in self.accounts.values()) + sum(len(answer.code) for answer in answers)
        self._bound("bytes of code", code_bytes, self.limits.code_bytes)
        verified = [self._verify(request, answer) for request, answer in zip(requests, answers, strict=True)]
        for request, (known, values) in zip(requests, verified, strict=True):
            self.accounts[request.address] = known
            self.slots.setdefault(request.address, {}).update(zip(request.keys, values, strict=True))
        self.missing.clear()

    def _verify(self, request: AccountRequest, answer: AccountAnswer) -> tuple[KnownAccount, Iterable[int]]:
        proven = verify_proof_answer(answer.proof, state_root=self.state_root, address=request.address, keys=request.keys)
        code = verify_code(answer.code, proven.account) if request.with_code else self.accounts[request.address].code
        return KnownAccount(proven.account, proven.exists, code), proven.storage

    def _note(self, address: bytes, key: bytes | None) -> None:
        keys = self.missing.setdefault(address, set())
        if key is not None:
            keys.add(key)
        if len(self.missing) + sum(map(len, self.missing.values())) > self.limits.misses:
            raise EnoughMissedError

    def _bound(self, what: str, size: int, limit: int) -> None:
        if size > limit:
            raise CallTooExpensive(what, limit)
