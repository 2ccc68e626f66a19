"""Several sources as one: asks the best first, fails over, and keeps score.

What counts as a good answer is the caller's verification, run inside the attempt: a source whose answer is refused is passed over at once
and remembered for it. Nothing here knows what is asked.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, Protocol, TypeVar

from lightclient import scores
from lightclient.errors import EnvironmentalError, IrrelevantUpdate, NoSourceAnswers, PeerError
from lightclient.scores import Score


class Named(Protocol):
    """Anything that can be asked and kept score of."""

    name: str
    """Names it in scores, refusals and logs."""


S = TypeVar("S", bound=Named)
T = TypeVar("T")


class SourcePool(Generic[S]):
    """The configured sources with their scores."""

    def __init__(self, sources: Sequence[S]) -> None:
        self._sources = tuple(sources)
        self._scores = [Score(source.name) for source in sources]
        self.refusals: Counter[str] = Counter()
        """Refused answers by the name of the check."""

    @property
    def scores(self) -> tuple[Score, ...]:
        """Scores in the configured order."""
        return tuple(self._scores)

    @property
    def ordered(self) -> tuple[S, ...]:
        """The sources, best first."""
        return tuple(self._sources[index] for index in scores.order(self._scores))

    def best(self) -> S:
        """Returns the source that is preferred now."""
        return self._sources[scores.order(self._scores)[0]]

    @property
    def sources(self) -> tuple[S, ...]:
        """Sources in the configured order."""
        return self._sources

    def others(self) -> tuple[S, ...]:
        """Returns every source but the one that is preferred now."""
        best = self.best()
        return tuple(source for source in self._sources if source is not best)

    async def ask(self, task: str, attempt: Callable[[S], Awaitable[T]]) -> T:
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
                self.credit(source)
                return result
        raise NoSourceAnswers(task, tuple(reasons))

    def credit(self, source: S) -> None:
        """Raises the source's score for an answer that verified."""
        index = self._sources.index(source)
        self._scores[index] = scores.accepted(self._scores[index])

    def note(self, source: S, error: PeerError | EnvironmentalError) -> str:
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
