"""Why a delay model or a history is not used."""

from pathlib import Path

from edge_agents.errors import AgentError


class DelayModelRefused(AgentError):
    """Ours: the model file is not what `edge_agents.delay.model` accepts."""

    def __init__(self, path: Path, reason: str) -> None:
        """Keeps `path` and `reason`."""
        super().__init__(f"delay model {path}: {reason}; train it again with `python -m edge_agents.delay.train`")
        self.path = path
        self.reason = reason


class HistoryRefused(AgentError):
    """The peer's: a file of earlier deliveries cannot be read."""

    def __init__(self, path: Path, line: int, reason: str) -> None:
        """Keeps `path`, `line` (0 for the file as a whole) and `reason`."""
        where = f"{path}, line {line}" if line else str(path)
        super().__init__(f"{where}: {reason}")
        self.path = path
        self.line = line
        self.reason = reason
