"""What the store refuses, and whose fault it is.

`StoreError` is the base. `OurFaultError` means that a caller broke a rule; `EnvironmentFaultError` that the machine must be seen to.
Failures of the disk while running are no exceptions to callers: they are conditions, and the work waits (see `gateway.store.failure`).
"""

from pathlib import Path

from oracle.hexes import to_checksum


class StoreError(Exception):
    """Base of everything the store raises."""


class OurFaultError(StoreError):
    """A caller broke a rule; trying again cannot help."""


class EnvironmentFaultError(StoreError):
    """The machine, not the program, stands in the way."""


class StoreLockedError(EnvironmentFaultError):
    """Another process has the store open."""

    def __init__(self, path: Path, holder: str) -> None:
        self.path = path
        """The store that was asked for."""
        self.holder = holder
        """Process id of the holder as it wrote it, or `unknown`."""
        super().__init__(f"{path} is in use by process {holder}: stop that gateway first, or give this one another data directory")


class StoreUnusableError(EnvironmentFaultError):
    """The store cannot be opened, and salvage cannot help."""

    def __init__(self, path: Path, reason: str) -> None:
        self.path = path
        """The store that was asked for."""
        self.reason = reason
        """What the system said."""
        super().__init__(f"cannot open {path}: {reason}; check that its directory exists, is writable and has space")


class NewerSchemaError(EnvironmentFaultError):
    """The file was written by a later release."""

    def __init__(self, path: Path, migration: str) -> None:
        self.path = path
        """The store that was asked for."""
        self.migration = migration
        """The first migration that this release does not know."""
        super().__init__(f"{path} has migration {migration}, which this release does not know: install the release that wrote it")


class MigrationFailedError(OurFaultError):
    """A migration did not apply; the file is as it was before."""

    def __init__(self, migration: str, reason: str) -> None:
        self.migration = migration
        """File name of the migration."""
        self.reason = reason
        """What SQLite said."""
        super().__init__(f"migration {migration} failed and was undone: {reason}")


class StoreClosedError(OurFaultError):
    """The store was closed before the work was done; nothing of it is stored."""

    def __init__(self) -> None:
        super().__init__("the store is closed: open it again to go on")


class StoreBacklogError(EnvironmentFaultError):
    """Too much unwritten work is waiting, usually because the disk is failing."""

    def __init__(self, waiting: int) -> None:
        self.waiting = waiting
        """How many writes are waiting."""
        super().__init__(f"{waiting} writes are waiting for the disk: see the store's conditions, then try again")


class BatchGapError(OurFaultError):
    """A batch would leave an index out, or use one again."""

    def __init__(self, gateway: bytes, batch_index: int, expected: int) -> None:
        self.gateway = gateway
        """Address of the gateway."""
        self.batch_index = batch_index
        """The refused index."""
        self.expected = expected
        """The only index that may come next."""
        super().__init__(f"batch {batch_index} of gateway {to_checksum(gateway)} refused: {expected} comes next")


class UnknownRowError(OurFaultError):
    """A row that must exist does not."""

    def __init__(self, table: str, key: str) -> None:
        self.table = table
        """Where it was looked for."""
        self.key = key
        """What was looked for."""
        super().__init__(f"no row {key!r} in {table}")
