"""Why the signer refuses: one class per rule, each naming its rule, and the failures of what it stands on. Pure.

`RULES` is how refusals cross the socket: a name and the values, out of which the other side makes the same error again.
"""

import inspect
from pathlib import Path
from typing import Any, ClassVar

from oracle.errors import MisuseError, OracleError, SurroundingsError
from oracle.hexes import to_checksum
from oracle.key_errors import (
    RateExceededError,
    SchemaForbiddenError,
    SequenceGapError,
    SequenceRepeatedError,
    SigningRefusedError,
    TimeBackwardsError,
)

# What the policy forbids


class ChainForbiddenError(SigningRefusedError):
    """The statement is for a chain that is not on the signer's list."""

    rule = "chain"

    def __init__(self, chain_id: int) -> None:
        """Holds the chain's id."""
        self.chain_id = chain_id
        super().__init__(f"chain {chain_id} is not on the signer's list; add it to policy.chains if this gateway speaks there (rule chain)")


class DomainForbiddenError(SigningRefusedError):
    """An attestation is for an EAS deployment that is not on the signer's list."""

    rule = "domain"

    def __init__(self, contract: bytes) -> None:
        """Holds the verifying contract's address."""
        self.contract = contract
        super().__init__(f"{to_checksum(contract)} is not listed under policy.contracts as an EAS deployment (rule domain)")


class DoubleVerdictError(SigningRefusedError):
    """Another statement about the same subject by the same agent's rules, correcting the same attestation or none, was signed before."""

    rule = "double-verdict"

    def __init__(self, topic: bytes, number: int) -> None:
        """Holds the topic (schema, what is corrected, subject, item, agent) and the number of the record that has it."""
        self.topic = topic
        self.number = number
        super().__init__(
            f"record {number} holds another statement about the same subject by the same rules: two verdicts would contradict each other "
            "and cost the stake; a correction names in refUID what it corrects (rule double-verdict)"
        )


class TopicMissingError(SigningRefusedError):
    """A statement is too short to name its subject."""

    rule = "topic"

    def __init__(self, size: int, words: int) -> None:
        """Holds the bytes there are and the words that name a subject under this schema."""
        self.size = size
        self.words = words
        super().__init__(f"{size} bytes of data do not name the subject, which takes {words} words (rule topic)")


class ContractForbiddenError(SigningRefusedError):
    """A transaction calls a contract that is not on the signer's list, or creates one."""

    rule = "contract"

    def __init__(self, to: bytes) -> None:
        """Holds the callee's address; empty for a creation."""
        self.to = to
        name = to_checksum(to) if to else "the creation of a contract"
        super().__init__(f"{name} is not listed under policy.contracts (rule contract)")


class CallForbiddenError(SigningRefusedError):
    """A transaction calls a function that its stream or its contract does not have on the list, or in a form that cannot be read."""

    rule = "call"

    def __init__(self, stream: str, to: bytes, selector: bytes, reason: str) -> None:
        """Holds the stream, the callee, the function's selector and the reason."""
        self.stream = stream
        self.to = to
        self.selector = selector
        self.reason = reason
        super().__init__(f"{stream}: 0x{selector.hex()} of {to_checksum(to)} is not signed: {reason} (rule call)")


class ValueForbiddenError(SigningRefusedError):
    """A transaction would send ether along; nothing that a gateway does needs any."""

    rule = "value"

    def __init__(self, value_wei: int) -> None:
        """Holds what would be sent."""
        self.value_wei = value_wei
        super().__init__(f"{value_wei} wei would be sent along, and the signer sends none (rule value)")


class FeeForbiddenError(SigningRefusedError):
    """A transaction offers more per unit of gas, or may cost more in all, than the signer allows."""

    rule = "fee"

    def __init__(self, what: str, gwei: int, limit_gwei: int) -> None:
        """Holds what is too much, how much it is, and the limit, both in gwei."""
        self.what = what
        self.gwei = gwei
        self.limit_gwei = limit_gwei
        super().__init__(f"{what} of {gwei} gwei is above {limit_gwei}; raise it in policy.fees if the chain has become so dear (rule fee)")


class PossessionForbiddenError(SigningRefusedError):
    """A proof of possession is asked for from a key that is not here, or for a registry that is not listed."""

    rule = "possession"

    def __init__(self, key: bytes, registry: bytes) -> None:
        """Holds both addresses."""
        self.key = key
        self.registry = registry
        super().__init__(
            f"key {to_checksum(key)} is not held here, or {to_checksum(registry)} is not listed as a GatewayRegistry (rule possession)"
        )


class BlsKeyForbiddenError(SigningRefusedError):
    """A BLS signature is asked for from a key that is not here, or for a contract that is not listed as one that takes such signatures."""

    rule = "bls"

    def __init__(self, key: bytes, contract: bytes, kind: str) -> None:
        """Holds the key, 48 bytes, the contract's address, and as what it must be listed."""
        self.key = key
        self.contract = contract
        self.kind = kind
        super().__init__(
            f"BLS key 0x{key.hex()} is not held here, or {to_checksum(contract)} is not listed "
            f"under policy.contracts as a {kind} (rule bls)"
        )


class PartyForbiddenError(SigningRefusedError):
    """A handover is between two parties of which neither's key is here."""

    rule = "party"

    def __init__(self, giver: bytes, taker: bytes) -> None:
        """Holds both parties' addresses."""
        self.giver = giver
        self.taker = taker
        super().__init__(
            f"neither the giver {to_checksum(giver)} nor the taker {to_checksum(taker)} of this handover has its key here (rule party)"
        )


class FormRefusedError(SigningRefusedError):
    """A field of the statement does not fit its type, so there is nothing that could be signed."""

    rule = "form"

    def __init__(self, reason: str) -> None:
        """Holds the reason, which names the field."""
        self.reason = reason
        super().__init__(f"{reason} (rule form)")


class BudgetSpentError(SurroundingsError):
    """The transactions of the last day may have cost all that the signer allows; later there will be room."""

    rule: ClassVar[str] = "budget"

    def __init__(self, spent_gwei: int, cost_gwei: int, limit_gwei: int) -> None:
        """Holds what was signed away in the last day, what is asked for, and the limit, in gwei."""
        self.spent_gwei = spent_gwei
        self.cost_gwei = cost_gwei
        self.limit_gwei = limit_gwei
        super().__init__(
            f"{spent_gwei} gwei may be spent today already, {cost_gwei} more exceed {limit_gwei}; wait, or raise policy.fees (rule budget)"
        )


# What the signer stands on


class SignerFailedError(SurroundingsError):
    """The signer could not do what it would have done: its disk, its token or its TPM failed."""

    rule: ClassVar[str] = "failed"

    def __init__(self, reason: str) -> None:
        """Holds the reason."""
        self.reason = reason
        super().__init__(f"the signer failed: {reason}; nothing was signed")


class SigningLogMissingError(SurroundingsError):
    """A signer's log is not there or cannot be read."""

    def __init__(self, path: Path, reason: str) -> None:
        """Holds the path and the reason."""
        self.path = path
        self.reason = reason
        super().__init__(
            f"{path}: cannot be read as a signer's log: {reason}; --log names it, signed.jsonl in the signer's state directory"
        )


class SignerUnreachableError(SurroundingsError):
    """No signer answers."""

    def __init__(self, where: str, reason: str) -> None:
        """Holds where it was looked for and what went wrong."""
        self.where = where
        self.reason = reason
        super().__init__(f"no signer answers at {where}: {reason}; is `aios-signer` running, and may this user ask it?")


class SignerChangedError(MisuseError):
    """The signer came back with other keys than it had."""

    def __init__(self, expected: bytes, actual: bytes) -> None:
        """Holds both addresses."""
        self.expected = expected
        self.actual = actual
        super().__init__(
            f"the signer signs as {to_checksum(actual)} now, it was {to_checksum(expected)}; restart the gateway if that is meant"
        )


class FrameRefusedError(MisuseError):
    """What came over the socket is no message of the signer's protocol."""

    rule: ClassVar[str] = "frame"

    def __init__(self, reason: str) -> None:
        """Holds the reason."""
        self.reason = reason
        super().__init__(f"not a message of the signer's protocol: {reason} (rule frame)")


class SigningLogError(SurroundingsError):
    """The log of what was signed does not hold; nothing is signed until a person has looked at it."""

    def __init__(self, path: Path | str, number: int, reason: str) -> None:
        """Holds the file, the number of the record where it breaks, and the reason."""
        self.path = path
        self.number = number
        self.reason = reason
        super().__init__(f"{path}: record {number}: {reason}; restore the log from a backup, or make a new key: see docs/keys.md")


class KeyUriError(MisuseError):
    """A key's URI cannot be used."""

    def __init__(self, uri: str, reason: str) -> None:
        """Holds the URI and the reason."""
        self.uri = uri
        self.reason = reason
        super().__init__(f"key {uri!r}: {reason}")


class KeyDeviceError(SurroundingsError):
    """A token or TPM refuses or is away."""

    def __init__(self, uri: str, reason: str) -> None:
        """Holds the key's URI and the reason, in the device's words."""
        self.uri = uri
        self.reason = reason
        super().__init__(f"key {uri!r}: {reason}")


RULES: dict[str, type[OracleError]] = {
    kind.rule: kind
    for kind in (
        BlsKeyForbiddenError,
        BudgetSpentError,
        CallForbiddenError,
        ChainForbiddenError,
        ContractForbiddenError,
        DomainForbiddenError,
        DoubleVerdictError,
        FeeForbiddenError,
        FormRefusedError,
        FrameRefusedError,
        PartyForbiddenError,
        PossessionForbiddenError,
        RateExceededError,
        SchemaForbiddenError,
        SequenceGapError,
        SequenceRepeatedError,
        SignerFailedError,
        TimeBackwardsError,
        TopicMissingError,
        ValueForbiddenError,
    )
}
"""Every refusal that crosses the socket, by its rule."""


def values(error: OracleError) -> dict[str, Any]:
    """Returns what a refusal holds, under the names by which its class is called."""
    return {name: getattr(error, name) for name in list(inspect.signature(type(error).__init__).parameters)[1:]}


def again(rule: str, held: dict[str, Any]) -> OracleError:
    """Returns the error of a rule; raises FrameRefusedError where there is no such rule or its values do not fit."""
    try:
        return RULES[rule](**held)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise FrameRefusedError(f"refusal {rule[:40]!r} is not known here") from error
