"""The brake: stops following when two valid messages contradict each other, and stays on until an operator releases it.

The mark lies on the disk with the evidence, so that a restart does not forget it and another process can release it. Without a folder it is
kept in memory. Invariant: while it is on, nothing that a source sends is applied.
"""

from lightclient.conditions import OnceEach
from lightclient.conflict import Conflict
from lightclient.errors import Frozen
from lightclient.evidence import EvidenceFolder

CONFLICT = "lightclient.conflict"
"""Condition while frozen."""

EQUIVOCATION = "lightclient.equivocation"
"""Condition from the first sight of members who signed two heads; it ends with the process, for it cannot be undone."""


class Brake:
    """One client's brake."""

    def __init__(self, evidence: EvidenceFolder | None, report: OnceEach) -> None:
        self._evidence = evidence
        self._report = report
        self._in_memory: str | None = None

    def reason(self) -> str | None:
        """Returns why everything is stopped, or None."""
        return self._in_memory or (None if self._evidence is None else self._evidence.frozen())

    def check(self) -> None:
        """Raises Frozen while the brake is on; says so once, and once when it was released."""
        reason = self.reason()
        if reason is not None:
            self._report(CONFLICT, "error", str(Frozen(reason)))
            raise Frozen(reason)
        self._report(CONFLICT, None, "an operator let the light client go on")

    def pull(self, conflict: Conflict) -> None:
        """Keeps the evidence, and stops everything where the conflict's kind demands; a disk that fails does not release anyone."""
        if conflict.kind.freezes:
            self._in_memory = str(conflict)
        try:
            if self._evidence is not None:
                self._evidence.add(conflict)
                self._in_memory = None
        except OSError as error:
            self._report("lightclient.disk", "warning", f"evidence cannot be written: {error}")
        if conflict.kind.freezes:
            self._report(CONFLICT, "error", str(Frozen(str(conflict))))
        else:
            self._report(EQUIVOCATION, "warning", f"members of the committee signed two heads: {conflict}")

    def release(self, note: str) -> bool:
        """Releases the brake on an operator's word; returns whether it was on."""
        was = self.reason() is not None
        self._in_memory = None
        if self._evidence is not None:
            self._evidence.unfreeze(note)
        return was
