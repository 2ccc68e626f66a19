"""Several sources as one: asks the best first, fails over, and keeps score.

What counts as a good answer is the caller's verification, run inside the attempt: a source whose answer is refused is passed over at once
and remembered for it. Nothing here knows what is asked.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from lightclient import scores
from lightclient.errors import EnvironmentalError, IrrelevantUpdate, NoSourceAnswers, PeerError
from lightclient.scores import Score
from lightclient.sources import BeaconSource

T = TypeVar("T")


class SourcePool:
    """The configured sources with their scores."""

    def __init__(self, sources: Sequence[BeaconSource]) -> None:
        self._sources = tuple(sources)
        self._scores = [Score(source.name) for source in sources]
        self.refusals: Counter[str] = Counter()
        """Refused answers by the name of the check."""

    @property
    def scores(self) -> tuple[Score, ...]:
        """Scores in the configured order."""
        return tuple(self._scores)

    def best(self) -> BeaconSource:
        """Returns the source that is preferred now."""
        return self._sources[scores.order(self._scores)[0]]

    async def ask(self, task: str, attempt: Callable[[BeaconSource], Awaitable[T]]) -> T:
        """Returns the first result of `attempt` that neither fails nor is refused, best source first.

        Raises:
            NoSourceAnswers: every source failed or was refused; the reasons are listed.
        """
        reasons: list[str] = []
        for index in scores.order(self._scores):
            source = self._sources[index]
            try:
                result = await attempt(source)
            except (PeerError, EnvironmentalError) as error:
                reasons.append(self.note(source, error))
            else:
                self._scores[index] = scores.accepted(self._scores[index])
                return result
        raise NoSourceAnswers(task, tuple(reasons))

    def note(self, source: BeaconSource, error: PeerError | EnvironmentalError) -> str:
        """Lowers the source's score for a refusal or failure, and returns the reason as text."""
        reason = f"{source.name}: {type(error).__name__}: {error}"
        index = self._sources.index(source)
        if isinstance(error, IrrelevantUpdate):
            return reason  # an honest server may be a little behind us
        if isinstance(error, PeerError):
            self.refusals[type(error).__name__] += 1
            self._scores[index] = scores.refused(self._scores[index], reason)
        else:
            self._scores[index] = scores.failed(self._scores[index], reason)
        return reason
