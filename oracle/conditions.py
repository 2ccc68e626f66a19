"""What stands in the publisher's way, as named conditions that begin once and end once.

A round notes what it met; what the next round does not meet is over. Refusals that concern one publication last until it is final.
"""

from collections.abc import Callable, Mapping

from oracle import key_errors
from oracle import publication_errors as refusals
from oracle.errors import MisuseError, OracleError, SurroundingsError
from oracle.publication import Key

Report = Callable[[str, str | None, str], None]
"""`report(name, severity or None when it is over, text)`; severities are info, warning, error."""

NAMES: Mapping[type[OracleError], tuple[str, str]] = {
    refusals.AnchorConflictError: ("publisher.anchor_conflict", "error"),
    refusals.AnchorNotProvenError: ("publisher.anchor_not_proven", "error"),
    refusals.AnchorOverdueError: ("publisher.anchor_overdue", "warning"),
    refusals.ContractChangedError: ("publisher.contract_changed", "error"),
    refusals.FeeBudgetError: ("publisher.fee_budget", "warning"),
    refusals.FeeCeilingError: ("publisher.fee_ceiling", "warning"),
    refusals.NodeRefusesError: ("publisher.node_refuses", "warning"),
    refusals.NonceGapError: ("publisher.nonce_gap", "warning"),
    refusals.NonceSpentError: ("publisher.nonce_spent", "error"),
    refusals.NothingFinalizedError: ("publisher.nothing_finalized", "info"),
    refusals.ProofRefusedError: ("publisher.proof_refused", "error"),
    refusals.RecordMovedError: ("publisher.record_moved", "warning"),
    refusals.RegistryAbsentError: ("publisher.registry_absent", "warning"),
    refusals.RegistryNotGenuineError: ("publisher.registry_not_genuine", "error"),
    refusals.RpcAnswerError: ("publisher.rpc_answer", "error"),
    refusals.RpcRefusedError: ("publisher.rpc_refuses", "warning"),
    refusals.RpcUnreachableError: ("publisher.rpc_unreachable", "warning"),
    key_errors.SigningRefusedError: ("publisher.signing_refused", "error"),
    refusals.VerdictRefusedOnChainError: ("publisher.verdict_refused", "error"),
    refusals.VerdictUnclearError: ("publisher.verdict_unclear", "error"),
    refusals.WrongChainError: ("publisher.wrong_chain", "error"),
}
"""Name and severity of each condition; subclasses share their base's. What is not listed falls under its family."""


def classify(error: OracleError) -> tuple[str, str]:
    """Returns name and severity of the condition that an error stands for."""
    for kind in type(error).__mro__:
        if kind in NAMES:
            return NAMES[kind]
    if isinstance(error, SurroundingsError):
        return "publisher.surroundings", "warning"
    return ("publisher.misuse", "error") if isinstance(error, MisuseError) else ("publisher.refused", "error")


class Conditions:
    """What is wrong now; tells `report` what changed after each round."""

    def __init__(self, report: Report) -> None:
        """Starts with nothing wrong."""
        self._report = report
        self._told: dict[str, str] = {}
        self._round: dict[str, OracleError] = {}
        self._lasting: dict[tuple[Key, str], OracleError] = {}

    def begin_round(self) -> None:
        """Forgets what the last round met."""
        self._round = {}

    def note(self, error: OracleError) -> None:
        """Notes something that this round met."""
        self._round.setdefault(classify(error)[0], error)

    def remember(self, key: Key, error: OracleError) -> None:
        """Notes something that concerns one publication until `forget`."""
        self._lasting[key, classify(error)[0]] = error

    def forget(self, key: Key, kind: type[OracleError] = OracleError) -> None:
        """Ends what concerned one publication, or those refusals of one kind."""
        self._lasting = {known: error for known, error in self._lasting.items() if known[0] != key or not isinstance(error, kind)}

    def end_round(self) -> None:
        """Tells what began, what it says now, and what is over."""
        now = {name: error for (_, name), error in sorted(self._lasting.items())} | self._round
        for name, error in now.items():
            if self._told.get(name) != (text := _said(error)):
                self._told[name] = text
                self._report(name, classify(error)[1], text)
        for name in self._told.keys() - now.keys():
            self._report(name, None, self._told.pop(name))


def _said(error: OracleError) -> str:
    """Returns what a condition says: to the error, what becomes of it in a process that tries again."""
    return f"{error}; publishing goes on by itself once it does" if isinstance(error, refusals.RpcUnreachableError) else str(error)
